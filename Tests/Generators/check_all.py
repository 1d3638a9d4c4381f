"""Runs the checks that no other target runs, or those with NAME in their own: on the models that Pare brings along, on small exports, and
on real models where PARE_TEST_DATA names some.

    python check_all.py PARE [NAME] [--bench BENCH] [--full]

Prints a line for each: ok, skipped with the reason, or failed with its last words. --full takes more models and settings, and hours where
the rest takes minutes. Exit status 1: one failed. A check that was skipped held nothing, and does not count as passed.
"""

import argparse
import pathlib
import sys
import tempfile

from support.places import DEMOS, ROOT, real
from support.runs import GENERATORS, Report

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("pare", type=pathlib.Path)
parser.add_argument("name", nargs="?", default="")
parser.add_argument("--bench", type=pathlib.Path, help="the built program of Benchmarks")
parser.add_argument("--full", action="store_true")
options = parser.parse_args()
pare, shared, full = options.pare.resolve(), real(), options.full

FILTERS = "pare: 1\ntypes: {Conv: {filters: {fraction: 0.75}}, ConvTranspose: {filters: {fraction: 0.75}}, LSTM: {filters: {fraction: 0.75}}}\n"
USUAL = "pare: 1\nglobal: {prune: {sparsity: 0.5}, share: {clusters: 32}}\n"
NOTHING = "pare: 1\n"


def models(*names, more=()):
    """The demos, and of the real models those with these names, `more` where everything is wanted."""
    found = [DEMOS / f"digits-{name}.onnx" for name in ("cnn", "rnn", "gan")]
    return found + [shared / "models" / name for name in (*names, *(more if full else ())) if shared]


def exports(folder):
    """Each model written unchanged, under filters that are left out, and pruned and shared, held against the original."""
    for model in models("lenet5.onnx", "resnet20.onnx", more=["squeezenet.onnx", "mobilenet-025.onnx"]):
        for kind, recipe in (("same", NOTHING), ("filters", FILTERS), ("usual", USUAL)):
            path, exported = folder / f"{kind}.yaml", folder / f"{model.stem}-{kind}.onnx"
            path.write_text(recipe)
            yield [pare, "compress", model, "-r", path, "-o", exported]
            yield script("export", model, exported, *(["--same"] if kind == "same" else []))


def generator(folder):
    (folder / "generator.yaml").write_text(USUAL)
    return [script("generator", pare, DEMOS / "digits-gan.onnx", folder / "generator.yaml", DEMOS / "digits-cnn.onnx", "relu1.output")]


def networks(folder):
    data = ["--images", shared / "data/cifar10-train.yaml", "--text", shared / "data/shakespeare.yaml"] if shared else []
    return [script("networks", pare, *(data if full else ["--only", "lenet-5"]))]


def structure(folder):
    if not options.bench or not options.bench.exists():
        return "the program of Benchmarks is not built (--bench)"
    more = [f"{name}.onnx" for name in ("googlenet", "squeezenet", "mobilenet-025", "resnet56", "dcgan-generator", "char-rnn")]
    return [script("structure", pare, options.bench.resolve(), *models("resnet20.onnx", more=more))]


def script(name, *arguments):
    return [sys.executable, GENERATORS / f"check_{name}.py", *arguments]


# What each runs, or why it cannot; packages that lack are found out by running.
CHECKS = {
    "estimate": lambda folder: [script("estimate", pare, *models("lenet5.onnx", "resnet20.onnx", more=["char-rnn.onnx", "squeezenet.onnx"]))],
    "export": exports,
    "generator": generator,
    "inputs": lambda folder: [script("inputs", pare)],
    "networks": networks,
    "pare": lambda folder: [script(
        "pare", pare, *models("lenet5.onnx", "mnist-cnn-2.safetensors", more=["resnet56.onnx", "squeezenet.onnx", "char-rnn.onnx"]),
        *([] if full else ["--recipes", "usual,shapes,trellis", "--flips", "12"]))],
    "recipes": lambda folder: [
        script("recipes", pare, *([shared] if shared else []))
        if full else script("recipes", pare, "--networks", "demo,digits-rnn", "--recipes", "4", "--samples", "100")],
    "structure": structure,
    "torch_script": lambda folder: [script("torch_script", pare, *([shared / "models"] if shared else []))],
}

wanted = [name for name in CHECKS if options.name in name]
if not wanted:
    sys.exit(f"no check has “{options.name}” in its name; there are {', '.join(CHECKS)}")
targets = (ROOT / "Makefile").read_text()
for path in sorted(GENERATORS.glob("check_*.py")):
    if path.stem.removeprefix("check_") not in CHECKS and path.name not in targets:
        sys.exit(f"{path.name} has neither a row in {pathlib.Path(__file__).name} nor a target in the Makefile")
if not shared:
    print("note: no real models (PARE_TEST_DATA); on those that Pare brings along and on small exports alone")
report = Report(max(map(len, wanted)))
with tempfile.TemporaryDirectory() as scratch:
    for name in wanted:
        commands = CHECKS[name](pathlib.Path(scratch))
        if isinstance(commands, str):
            report.skip(name, commands)
        else:
            report.run(name, *commands)
sys.exit(report.finish("checks"))
