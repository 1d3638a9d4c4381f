"""Holds what is foretold of random configurations against what is measured of them, in the order of a session.

    python calibration.py MODELS DATA [--bench .build/release/bench] [--count 700] [--seed 7] [--folder .build/calibration]

Each configuration is foretold from what is known of networks in general and, once more, from what the ones before it measured; then it is measured
and learned from. Rows lie in the folder, and are made where they are not there. The table goes to calibration.md, which draw_results.py puts into RESULTS.md.
"""

import argparse
import json
import pathlib
import statistics
import subprocess

root = pathlib.Path(__file__).parents[2]
networks = {
    "resnet20": ("cifar10-test.yaml", 1000), "mobilenet-025": ("imagenet-dev-mobilenet.yaml", None),
    "lenet5": ("mnist-test-32.yaml", 1000), "char-rnn": ("shakespeare.yaml", 8192),
}


def rows(name, given):
    path = given.folder / f"{name}.jsonl"
    if not path.exists():
        data, samples = networks[name]
        command = [given.bench, "calibration", given.models / f"{name}.onnx", "--data", given.data / data, "--seed", given.seed, "--count", given.count]
        done = subprocess.run([str(c) for c in command + (["--samples", samples] if samples else [])], capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(done.stderr)
        given.folder.mkdir(parents=True, exist_ok=True)
        path.write_text(done.stdout)
    return [json.loads(line) for line in path.read_text().splitlines()]


def cells(name, found, kind, first=500):
    isBits = found[0]["metric"] == "bits_per_character"
    scale, most, small = (1, 1.5, 0.3) if isBits else (100, 30, 10)

    def lost(row):
        return (row["measured"] - row["original"]) * (1 if isBits else -100)

    kept = [row for row in found if lost(row) <= most][:first]
    within = [row for row in kept if row[kind][1] - 1e-12 <= row["measured"] <= row[kind][2] + 1e-12]
    errors = [abs(row[kind][0] - row["measured"]) * scale for row in kept if lost(row) < small]
    widths = [(row[kind][2] - row[kind][1]) * scale for row in kept]
    digits = 3 if isBits else 2
    unit = "bits" if isBits else "points"
    return [name, len(kept), f"{100 * len(within) / len(kept):.1f} %", f"{statistics.mean(errors):.{digits}f} {unit}",
            f"{statistics.median(errors):.{digits}f}", f"{statistics.median(widths):.{digits}f}"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("models", type=pathlib.Path)
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--bench", type=pathlib.Path, default=root / ".build" / "release" / "bench")
    parser.add_argument("--folder", type=pathlib.Path, default=root / ".build" / "calibration")
    parser.add_argument("--count", type=int, default=700)
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    found = {name: rows(name, given) for name in networks}
    heads = ["network", "configurations", "within the interval", "mean error", "median", "width of the interval (median)"]

    def table(kind, first=500):
        lines = [heads] + [["---"] * len(heads)] + [cells(name, found[name], kind, first) for name in networks]
        return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)

    text = root / "Benchmarks" / "studies" / "calibration.md"
    text.write_text(f"""## What configurations are expected to measure

Random configurations (sparsity, clusters, grids, trellis, ranks and pairs of them, in some or all layers) that lose up to 30 points, of texts 1.5 bits a
character. Before each is measured, its figure is foretold with an interval that is to hold nine of ten; then it is learned from. Errors are those of
configurations that lose less than 10 points, of texts 0.3 bits. All constants were settled on other configurations.

`python Benchmarks/studies/calibration.py MODELS DATA`

From what the configurations before it measured:

{table("session")}

The first thirty of them:

{table("session", 30)}

From what is known of networks in general alone:

{table("general")}

MobileNet's mean error is above a point: it is measured on 250 images, by which a loss of some points is known to about four (95 %).
""")


main()
