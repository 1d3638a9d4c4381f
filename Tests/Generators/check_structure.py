"""Checks what `pare compress` makes of ONNX models under structural recipes.

    python check_structure.py PARE BENCH MODEL…

BENCH is the built program of Benchmarks, which runs what Pare makes of a recipe. Each model is pruned to 75 % of its filters, factorized by automatic ranks, and both. What is written must pass onnx.checker with
shape inference and run in ONNX Runtime; its outputs must equal those that Pare computes for the same recipe within 1e-4 (of the
largest output, on inputs that follow from a formula); its parameters and multiply-accumulates, counted here by
`support/onnx_counting.py`, must be those of `pare estimate`. A line for each; exit status 1 where one fails.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

import numpy
import onnx
import onnxruntime

from support import onnx_counting

EVERY = "Conv: {0}, ConvTranspose: {0}, Gemm: {0}, MatMul: {0}, LSTM: {0}, Gather: {0}"
RECIPES = {
    "filters": EVERY.format("{filters: {fraction: 0.75}}"),
    "factors": EVERY.format("{factorize: {ranks: auto}}"),
    "both": EVERY.format("{filters: {fraction: 0.75}, factorize: {ranks: auto}}"),
}

pare, bench, *models = sys.argv[1:]


def numbers(shape, seed):
    index = numpy.arange(int(numpy.prod(shape)), dtype=numpy.int64)
    return ((index * 48271 + 7919 * (seed + 1)) % 65521 / 32760.5 - 1).astype(numpy.float32).reshape(shape)


def symbols(shape, seed):
    index = numpy.arange(int(numpy.prod(shape)), dtype=numpy.int64)
    return ((index * 7 + 3 + seed) % 60).reshape(shape)


def extents(session):
    """Open dimensions count as 2, a second one as 7, as `bench outputs` has them."""
    names = []
    for value in session.get_inputs():
        names += [d for d in value.shape if isinstance(d, str) and d not in names]
    return {name: 7 if name == "T" or index > 0 and name != "B" else 2 for index, name in enumerate(names)}


def run(command):
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))}: {result.stderr.strip()}")
    return result.stdout


def check(model, kind, rules, work):
    recipe, exported, raw = (work / f"{model.stem}-{kind}.{end}" for end in ("yaml", "onnx", "raw"))
    graph = onnx.load(model).graph
    recipe.write_text(f"pare: 1\ntypes: {{{rules}}}\n")
    report = json.loads(run([pare, "compress", model, "-r", recipe, "-o", exported, "--json"]))
    onnx.checker.check_model(str(exported), full_check=True)
    session = onnxruntime.InferenceSession(str(exported), providers=["CPUExecutionProvider"])
    sizes = extents(session)
    feed = {}
    for seed, value in enumerate(session.get_inputs()):
        shape = [sizes[d] if isinstance(d, str) else d for d in value.shape]
        feed[value.name] = symbols(shape, seed) if "int64" in value.type else numbers(shape, seed)
    theirs = numpy.concatenate([o.ravel() for o in session.run(None, feed) if o.dtype == numpy.float32])
    run([bench, "outputs", model, "-r", recipe, "-o", raw])
    ours = numpy.fromfile(raw, numpy.float32)
    if ours.shape != theirs.shape:
        raise RuntimeError(f"{ours.size} outputs, ONNX Runtime has {theirs.size}")
    error = float(numpy.abs(ours - theirs).max() / max(numpy.abs(theirs).max(), 1e-30))
    if not error <= 1e-4:
        raise RuntimeError(f"outputs differ by {error:.1e}")
    single = {s: 1 for s in sizes}
    _, macs = onnx_counting.macs(str(exported), single, {})
    parameters = onnx_counting.parameters(onnx.load(exported))
    found, wanted = (parameters, macs), (report["parameters_after"], report["macs_after"])
    if found != wanted:
        raise RuntimeError(f"{found} parameters and MACs were counted, Pare says {wanted}")
    before = report["parameters_before"], report["macs_before"]
    return (f"parameters {before[0]:,} -> {parameters:,} ({parameters / before[0] - 1:+.1%}), "
            f"MACs {before[1]:,} -> {macs:,} ({macs / before[1] - 1:+.1%}), difference {error:.1e}")


failed = False
with tempfile.TemporaryDirectory() as folder:
    for model in map(pathlib.Path, models):
        for kind, rules in RECIPES.items():
            try:
                print(f"{model.stem} {kind}: {check(model, kind, rules, pathlib.Path(folder))}", flush=True)
            except Exception as failure:
                failed = True
                print(f"{model.stem} {kind}: FAILED: {(str(failure).strip() or repr(failure)).splitlines()[0]}", flush=True)
sys.exit(failed)
