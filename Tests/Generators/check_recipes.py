"""Holds Pare to "one recipe, one network", over random recipes and real models.

    python check_recipes.py PARE [SHARED] [--recipes 60] [--seed 1] [--samples 300] [--networks lenet5,resnet20]

SHARED holds models/ and data/; without it, the networks are those that Pare brings along. For each network and random recipe (filters, factors, prune, share by
every init, code; reconstruct or not; one of each network fine-tuned) these must be the same: what the explorer shows after it has come to
rest (`pare screenshot -o x.json`), the file that its X writes, the file of `pare compress`, the account of `pare estimate`: to the byte;
the quality that the explorer shows, of `pare evaluate -r`, and of `pare evaluate x.pare --original`: to the last digit but for
rounding; and `pare verify --original` must pass. Data is cut to so many samples, so that a check takes minutes. Prints a Markdown table;
exit status 1: something differed.
"""

import argparse
import gzip
import json
import pathlib
import random
import subprocess
import sys
import tempfile

import numpy

from support.places import DEMOS

# The model, its data, and layer operators whose filters can be left out.
NETWORKS = {
    "lenet5": ("models/lenet5.onnx", "mnist32"),
    "resnet20": ("models/resnet20.onnx", "cifar10-test.yaml"),
    "char-rnn": ("models/char-rnn.onnx", "shakespeare.yaml"),
    "mnist-cnn": ("models/mnist-cnn.onnx", "mnist"),
    "dcgan-generator": ("models/dcgan-generator.onnx", None),
    "demo": ("demo.onnx", "digits"),  # as the explorer writes it
    "digits-rnn": (DEMOS / "digits-rnn.onnx", "digits"),
    "digits-gan": (DEMOS / "digits-gan.onnx", None),
}


def run(pare, *arguments, code=0):
    result = subprocess.run([pare, *map(str, arguments)], capture_output=True, text=True)
    if result.returncode != code:
        raise RuntimeError(f"pare {' '.join(map(str, arguments))}: status {result.returncode}: {result.stderr.strip()}")
    return result.stdout


def share(draw):
    method = draw.choice(["linear", "density", "random", "optimal", "entropy", "trellis"])
    amount = f"clusters: {draw.choice([4, 8, 16, 24, 32, 64])}"
    if method in ("entropy", "trellis") and draw.random() < 0.3:
        amount = f"step: {draw.choice([0.01, 0.02, 0.05])}"
    seed = f", seed: {draw.randrange(9)}" if method == "random" else ""
    return f"share: {{{amount}, init: {method}{seed}}}"


def recipe(draw, reconstructs, data):
    stages = []
    if draw.random() < 0.4:
        by = draw.choice(["l1", "l2", "median", "apoz", "thinet", "fisher"])
        stages.append(f"filters: {{fraction: {draw.choice([0.5, 0.7, 0.9])}, by: {by}}}")
    if draw.random() < 0.3:
        stages.append(f"factorize: {{ranks: {draw.choice([4, 8, 'auto', '{energy: 0.9}'])}}}")
    if draw.random() < 0.8:
        stages.append("prune: " + draw.choice(["{sparsity: %.2f}" % draw.uniform(0.2, 0.9), "{sigma: %.2f}" % draw.uniform(0.2, 1.5)]))
    if draw.random() < 0.8 or not stages:
        stages.append(share(draw))
    if draw.random() < 0.6:
        stages.append(f"code: {{entropy: {draw.choice(['none', 'huffman', 'range', 'context', 'auto'])}}}")
    text = f"pare: 1\nglobal: {{{', '.join(stages)}}}\n"
    if reconstructs:
        text += f"reconstruct: {{samples: {draw.choice([32, 48, 64])}, ridge: {draw.choice([0.01, 0.05])}, seed: {draw.randrange(4)}}}\n"
    return text


def idx(path):
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rb") as file:
        bytes_ = file.read()
    rank = bytes_[3]
    shape = numpy.frombuffer(bytes_, ">i4", rank, 4)
    return numpy.frombuffer(bytes_, numpy.uint8, offset=4 + 4 * rank).reshape(shape)


def datasets(pare, shared, folder, count):
    """Small data sets beside the models' own: the first samples of what there is."""
    run(pare, "digits", "--count", count, "-o", folder / "digits")
    (folder / "digits.yaml").write_text(
        "kind: idx\nimages: digits-images-idx3-ubyte\nlabels: digits-labels-idx1-ubyte\nscale: 0.00392156862745098\n")
    found = {"digits": folder / "digits.yaml"}
    if shared is None:
        return found
    mnist = shared / "data" / "mnist"
    images = next(path for path in sorted(mnist.iterdir()) if path.name.startswith("t10k-images"))
    labels = next(path for path in sorted(mnist.iterdir()) if path.name.startswith("t10k-labels"))
    x, y = idx(images)[:count].astype(numpy.float32) / 255, idx(labels)[:count].astype(numpy.int64)
    numpy.savez(folder / "mnist.npz", x=(x[:, None] - 0.1307) / 0.3081, y=y)
    numpy.savez(folder / "mnist32.npz", x=numpy.pad(x, ((0, 0), (2, 2), (2, 2)))[:, None], y=y)
    text = shared / "data" / "shakespeare"
    (folder / "shakespeare.yaml").write_text(
        f"kind: text\ntext: {text}/input.txt\nvocabulary: {text}/vocab.json\nlast: {32 * count}\n")
    found |= {"mnist": folder / "mnist.npz", "mnist32": folder / "mnist32.npz", "shakespeare.yaml": folder / "shakespeare.yaml"}
    cifar = next(path for path in sorted((shared / "data" / "cifar10").iterdir()) if "test" in path.name and path.suffix == ".bin")
    records = numpy.fromfile(cifar, numpy.uint8)[:3073 * count]
    records.tofile(folder / "cifar.bin")
    lines = (shared / "data" / "cifar10-test.yaml").read_text().splitlines()
    kept = [line for line in lines if not line.startswith(("images", "classes"))]
    (folder / "cifar.yaml").write_text("\n".join(kept + ["images: cifar.bin"]) + "\n")
    found["cifar10-test.yaml"] = folder / "cifar.yaml"
    return found


def near(left, right):
    if left is None or right is None:
        return left is right
    return abs(left - right) <= 1e-4 * max(1, abs(left), abs(right))


def check(pare, model, data, text, folder, tuned):
    """Compares all ways to one network; gives a row of the table."""
    path = folder / "r.yaml"
    path.write_text(text)
    own = ["-d", data] if data else []
    reconstructs = "reconstruct" in text
    shown_file, file, shown = folder / "x.pare", folder / "c.pare", folder / "s.json"
    for old in (shown_file, file):
        old.unlink(missing_ok=True)
    keys = ("T enter esc " if tuned else "") + f"X ctrl-u '{shown_file}' enter"
    run(pare, "screenshot", model, "-r", path, *own, "-k", keys, "-o", shown)
    screen = json.loads(shown.read_text())
    faults = []
    if screen["compressed_bytes"] != shown_file.stat().st_size:
        faults.append(f"shown {screen['compressed_bytes']}, written {shown_file.stat().st_size}")
    # Where no epoch was better, what training began with stands.
    tuned = tuned and screen["recovered"] == "finetuning"
    if not tuned:
        run(pare, "compress", model, "-r", path, *own, "-o", file)
        if file.read_bytes() != shown_file.read_bytes():
            faults.append(f"X {shown_file.stat().st_size}, compress {file.stat().st_size}")
        account = json.loads(run(pare, "estimate", model, "-r", path, *own, "--json"))
        if account["compressed_bytes"] != file.stat().st_size:
            faults.append(f"estimate {account['compressed_bytes']}")
        asked = json.loads(run(pare, "evaluate", model, "-r", path, *own, "--json"))
        if not near(asked["value"], screen["value"]) or asked["samples"] != screen["samples"]:
            faults.append(f"shown {screen['value']} of {screen['samples']}, evaluate -r {asked['value']} of {asked['samples']}")
    of_file = json.loads(run(pare, "evaluate", shown_file, "--original", model, *own, "--json"))
    if not near(of_file["value"], screen["value"]) or of_file["samples"] != screen["samples"]:
        faults.append(f"shown {screen['value']} of {screen['samples']}, of the file {of_file['value']} of {of_file['samples']}")
    if not near(of_file["original"], screen["original"]):
        faults.append(f"original {screen['original']}, of the file {of_file['original']}")
    run(pare, "verify", shown_file, "--original", model, *own)
    what = "fine-tuned" if tuned else "" if not reconstructs else "used" if screen["recovered"] else "worse, not used"
    value = "" if screen["value"] is None else f"{screen['metric']} {screen['value']:.4f}"
    return [str(screen["compressed_bytes"]), value, str(screen["samples"]), what], faults


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pare")
    parser.add_argument("shared", nargs="?", type=pathlib.Path)
    parser.add_argument("--recipes", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--samples", type=int, default=300)
    parser.add_argument("--networks")
    arguments = parser.parse_args()
    shared = arguments.shared and arguments.shared.resolve()
    draw = random.Random(arguments.seed)
    names = arguments.networks.split(",") if arguments.networks else [
        name for name, (place, _) in NETWORKS.items() if shared or not str(place).startswith("models/")]
    failures = done = 0
    print("| network | recipe | bytes | quality | samples | reconstructed | |\n|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        found = datasets(arguments.pare, shared, folder, arguments.samples)
        run(arguments.pare, "screenshot", "-k", f"enter X ctrl-u '{folder}/demo.onnx' enter", "-o", folder / "demo.json")
        for number in range(arguments.recipes):
            name = names[number % len(names)]
            place, data = NETWORKS[name]
            model = (shared if str(place).startswith("models/") else folder) / place
            turn = number // len(names)
            tuned = turn == 0
            text = recipe(draw, turn % 2 == 0, data)
            try:
                row, faults = check(arguments.pare, model, found[data] if data else None, text, folder, tuned)
            except RuntimeError as error:
                row, faults = ["", "", "", ""], [str(error)]
            done += 1
            failures += bool(faults)
            shown = " ".join(text.split("\n")[1:]).strip()
            print(f"| {name} | `{shown}` | {' | '.join(row)} | {'; '.join(faults) or 'equal'} |", flush=True)
    print(f"\n{done - failures} of {done} recipes give one network")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
