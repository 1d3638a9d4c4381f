"""Writes several hundred malformed files, the same ones at every run: what `pare` must refuse in one line.

    python make_malformed.py                                 the smaller models, packed: Tests/Models/ModelFormatsTests/Goldens/malformed.bin
    python make_malformed.py FOLDER [--sample MODEL.pare]    all of them

They are made from the goldens of the tests and from small files made here; those of .pare only where a sample is given. Beside
them goes cases.tsv: name, `refused` or `sound` (may be a valid file), and the arguments of `pare`. check_malformed.py runs them.
"""

import argparse
import pathlib
import struct

from malformed import array_cases, onnx_cases, pare_cases, text_cases, torch_cases
from malformed.corpus import INSPECT, Corpus
from support.places import goldens

GOLDENS = goldens("Models/ModelFormatsTests")


def corpus(sample=None):
    made = Corpus()
    golden = lambda name: (GOLDENS / name).read_bytes()
    for module in [onnx_cases, torch_cases, array_cases, text_cases]:
        module.add(made, golden)
    if sample:
        data = pathlib.Path(sample).read_bytes()
        pare_cases.add(made, data)
    return made


def write(made, folder):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for name, (data, command, expected, beside) in made.cases.items():
        for path, content in [(name, data), *beside.items()]:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)
        lines.append(f"{name}\t{expected}\t{command}\n")
    (folder / "cases.tsv").write_text("".join(lines))
    return len(lines)


def packed(made):
    """Models that Swift's tests open, in one file: a line "name size outcome" for each, and its bytes."""
    parts = []
    for name, (data, command, expected, beside) in made.cases.items():
        # Cuts and flips are made by the tests themselves.
        if command != INSPECT or "-cut-at-" in name or "-flip-" in name or len(data) > 6000:
            continue
        for path, content, outcome in [(path, content, "beside") for path, content in beside.items()] + [(name, data, expected)]:
            parts.append(f"{path} {len(content)} {outcome}\n".encode() + content)
    return b"".join(parts)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?")
    parser.add_argument("--sample", help="a .pare file that pare compress wrote")
    arguments = parser.parse_args()
    if arguments.folder:
        print(write(corpus(arguments.sample), arguments.folder), "files")
    else:
        (GOLDENS / "malformed.bin").write_bytes(packed(corpus()))
