"""Holds `pare compress` to its word, over real models and recipes from mild to extreme.

    python check_pare.py PARE MODEL… [--recipes mild,half] [--flips 56] [--reader-limit 3000000]

For each model and recipe: the file has the bytes that `pare estimate --json` said; `pare verify` finds it sound, and as the recipe makes
it of the original; what `pare decompress` writes is bit for bit what `pare compress -o x.safetensors` makes of the plan, and has the
nonzeros, the numbers of values and the squared errors of the account, counted here with NumPy; support/read_pare.py decodes the same; and
after any single bit is flipped (in the size, the header's text, the beginning of what follows, and anywhere) `pare verify` fails. Prints a Markdown table; exit status 1: something failed.
"""

import argparse
import concurrent.futures
import json
import pathlib
import random
import struct
import subprocess
import sys
import tempfile

import numpy

RECIPES = {
    "nothing": {},
    "mild": {"prune": {"sigma": 0.3}, "share": {"clusters": 256}},
    "half": {"prune": {"sparsity": 0.5}},
    "shared": {"share": {"clusters": 16, "init": "optimal"}},
    "usual": {"prune": {"sparsity": 0.9}, "share": {"clusters": 32}},
    "fields": {"prune": {"sigma": 1.0}, "share": {"clusters": 20, "init": "density"}, "code": {"entropy": "none", "gapBits": 3}},
    "shapes": {"filters": {"fraction": 0.75}, "factorize": {"ranks": 8}, "prune": {"sparsity": 0.4}, "share": {"clusters": 64}},
    "extreme": {"prune": {"sparsity": 0.995}, "share": {"clusters": 1}},
    "range": {"prune": {"sparsity": 0.8}, "share": {"clusters": 16}, "code": {"entropy": "range"}},
    "context": {"share": {"clusters": 32}, "code": {"entropy": "context"}},
    "grid": {"share": {"init": "entropy", "clusters": 40}, "code": {"entropy": "auto"}},
    "trellis": {"prune": {"sparsity": 0.3}, "share": {"init": "trellis", "clusters": 48}, "code": {"entropy": "context"}},
    "trellis shapes": {"filters": {"fraction": 0.75}, "factorize": {"ranks": 8}, "share": {"init": "trellis", "step": 0.02}, "code": {"entropy": "auto"}},
    "all gone": {"prune": {"sparsity": 1.0}, "share": {"clusters": 2}},
}
READER = pathlib.Path(__file__).parent / "support/read_pare.py"
TYPES = {"F32": "<f4", "F64": "<f8", "F16": "<f2", "BF16": "<u2"}


class Failure(Exception):
    pass


def pare(*arguments, fails=False):
    done = subprocess.run([options.pare, *map(str, arguments)], capture_output=True, text=True, timeout=900)
    if done.returncode != (1 if fails else 0):
        raise Failure(f"pare {arguments[0]}: exit {done.returncode}, {(done.stderr or done.stdout).strip()[:200]}")
    return done.stdout


def tensors(path):
    data = path.read_bytes()
    start = 8 + struct.unpack_from("<Q", data)[0]
    header = json.loads(data[8:start])
    header.pop("__metadata__", None)
    return {
        name: (item["dtype"], tuple(item["shape"]), data[start + item["data_offsets"][0] : start + item["data_offsets"][1]])
        for name, item in header.items()
    }


def floats(tensor):
    dtype, _, data = tensor
    values = numpy.frombuffer(data, TYPES[dtype])
    return (values.astype(numpy.uint32) << 16).view(numpy.float32) if dtype == "BF16" else values.astype(numpy.float64)


def positions(path, count, source):
    """(byte, bit) pairs: in the size, in the header, in the first bytes of tensors, and anywhere; those of padding cannot be in use."""
    data = path.read_bytes()
    start = 8 + struct.unpack_from("<Q", data)[0]
    header = json.loads(data[8:start])
    header.pop("__metadata__", None)
    spans = [item["data_offsets"] for item in header.values() if item["data_offsets"][1] > item["data_offsets"][0]]
    found = {(source.randrange(8), source.randrange(8)) for _ in range(4)}
    found |= {(source.randrange(8, start), source.randrange(8)) for _ in range(count // 4)}
    for _ in range(count // 4 if spans else 0):
        begin, end = source.choice(spans)
        found.add((start + source.randrange(begin, min(end, begin + 48)), source.randrange(8)))
    while len(found) < count:
        found.add((source.randrange(len(data)), source.randrange(8)))
    return sorted(found)


def check(model, name, rule, folder):
    recipe, packed = folder / "recipe.yaml", folder / "model.pare"
    again, plain, flipped = folder / "again.safetensors", folder / "plain.safetensors", folder / "flipped"
    recipe.write_text("pare: 1\n" + (f"global: {json.dumps(rule)}\n" if rule else ""))
    estimate = json.loads(pare("estimate", model, "-r", recipe, "--json"))
    report = json.loads(pare("compress", model, "-r", recipe, "-o", packed, "--json"))
    size = packed.stat().st_size
    if not size == estimate["compressed_bytes"] == report["compressed_bytes"] == report["output_bytes"]:
        raise Failure(f"{size} bytes, {estimate['compressed_bytes']} accounted")
    pare("verify", packed)
    pare("verify", packed, "--original", model)
    pare("decompress", packed, "-o", again)
    pare("compress", model, "-r", recipe, "-o", plain)
    restored, planned = tensors(again), tensors(plain)
    if restored != planned:
        differing = [key for key in {*restored, *planned} if restored.get(key) != planned.get(key)]
        raise Failure(f"{len(differing)} tensors are not the plan's, {differing[0]} among them")
    counted = statistics(model, estimate, restored, rule, folder)
    read = "–"
    if estimate["parameters_before"] <= options.reader_limit:
        done = subprocess.run([sys.executable, READER, packed, again], capture_output=True, text=True)
        if done.returncode:
            raise Failure(f"read_pare.py: {done.stderr.strip()[-200:]}")
        read = "agrees"
    data, source = packed.read_bytes(), random.Random(f"{model.name} {name}")
    missed = []

    def flip(place):
        byte, bit = place
        damaged = bytearray(data)
        damaged[byte] ^= 1 << bit
        path = folder / f"flipped-{byte}-{bit}.pare"
        path.write_bytes(damaged)
        try:
            pare("verify", path, fails=True)
        except Failure as failure:
            missed.append(f"byte {byte} bit {bit}: {failure}")
        path.unlink()

    places = positions(packed, options.flips, source) if options.flips else []
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        list(pool.map(flip, places))
    if missed:
        raise Failure(f"{len(missed)} of {len(places)} flips not found, {missed[0]}")
    return size, estimate["ratio"], len(restored), counted, read, len(places)


def statistics(model, estimate, restored, rule, folder):
    """Compares nonzeros, values and errors of whole layers with the account; answers with how many layers were compared."""
    original = folder / "original.safetensors"
    empty = folder / "empty.yaml"
    empty.write_text("pare: 1\n")
    pare("compress", model, "-r", empty, "-o", original)
    before = tensors(original)
    by_shape = {}
    for key in restored:
        if key in before and before[key][0] in TYPES:
            by_shape.setdefault(before[key][1], []).append(key)
    compared = 0
    for layer in estimate["layers"]:
        # A tensor is found by its shape where that is the only one; factors and smaller layers are compared above.
        keys = by_shape.get(tuple(layer["shape"]), [])
        if len(keys) != 1 or layer["refused"] if "refused" in layer else len(keys) != 1:
            continue
        if layer["ranks"] or layer["parts"] or restored[keys[0]][1] != before[keys[0]][1]:
            continue
        values, old = floats(restored[keys[0]]), floats(before[keys[0]])
        if not rule:
            if not numpy.array_equal(values, old):
                raise Failure(f"{layer['name']} was changed by a recipe of nothing")
            continue
        compared += 1
        # A centroid may be zero, and a weight that is zero survives an empty threshold.
        nonzeros = int(numpy.count_nonzero(values))
        if nonzeros > layer["nonzeros"] or (not rule.get("share") and rule.get("prune") and nonzeros != layer["nonzeros"]):
            raise Failure(f"{layer['name']}: {nonzeros} nonzeros, {layer['nonzeros']} accounted")
        distinct = len(numpy.unique(values[values != 0]))
        # A level of a trellis has a value in either quantizer.
        quantizers = 2 if rule.get("share", {}).get("init") == "trellis" else 1
        if layer["clusters"] is not None and distinct > quantizers * layer["clusters"]:
            raise Failure(f"{layer['name']}: {distinct} values of {layer['clusters']} clusters")
        error = float(((values - old) ** 2).sum())
        if abs(error - layer["squared_error"]) > 1e-5 * max(error, 1e-12):
            raise Failure(f"{layer['name']}: squared error {error}, {layer['squared_error']} accounted")
    return compared


parser = argparse.ArgumentParser()
parser.add_argument("pare")
parser.add_argument("models", nargs="+", type=pathlib.Path)
parser.add_argument("--recipes")
parser.add_argument("--flips", type=int, default=56)
parser.add_argument("--reader-limit", type=int, default=3_000_000, help="parameters up to which the Python reader is run")
options = parser.parse_args()
failed = 0
print("| model | recipe | bytes | ratio | tensors equal | layers counted | Python reader | flips found |\n|---|---|---|---|---|---|---|---|")
for model in options.models:
    try:
        pare("inspect", model)
    except Failure as failure:
        print(f"| {model.name} | – | not opened: {failure} | | | | | |", flush=True)
        continue
    for name in (options.recipes or ",".join(RECIPES)).split(","):
        with tempfile.TemporaryDirectory() as folder:
            try:
                size, ratio, count, counted, read, flips = check(model, name, RECIPES[name], pathlib.Path(folder))
                print(f"| {model.name} | {name} | {size:,} | {ratio:.2f} | {count} | {counted} | {read} | {flips} of {flips} |", flush=True)
            except Failure as failure:
                failed += 1
                print(f"| {model.name} | {name} | **{failure}** | | | | | |", flush=True)
sys.exit(1 if failed else 0)
