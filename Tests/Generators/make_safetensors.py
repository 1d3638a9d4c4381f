"""Writes Tests/Models/ModelFormatsTests/Goldens/safetensors: one small file of several types, and one model in two shards.

(Seed 7.) `cases.tsv` has a line for each tensor as the safetensors package
reads it: file, name, dtype, shape, values as float64.
"""

import json

import ml_dtypes
import numpy
from safetensors import safe_open
from safetensors.numpy import save_file

from support.places import goldens

FOLDER = goldens("Models/ModelFormatsTests") / "safetensors"
FOLDER.mkdir(parents=True, exist_ok=True)
random = numpy.random.default_rng(7)
lines = []


def text(shape):
    return "·".join(map(str, shape)) if len(shape) else "scalar"


def record(name, tensors):
    with safe_open(FOLDER / name, "numpy") as file:
        assert set(file.keys()) == set(tensors)
        for key in sorted(file.keys()):
            kept = file.get_slice(key)
            array = tensors[key] if kept.get_dtype() == "BF16" else file.get_tensor(key)
            values = ",".join(repr(float(v)) for v in array.astype(numpy.float64).ravel())
            lines.append(f"{name}\t{key}\t{kept.get_dtype()}\t{text(kept.get_shape())}\t{values}")


mixed = {
    "fc.weight": random.standard_normal((3, 4)).astype(numpy.float32),
    "fc.bias": random.standard_normal(3).astype(numpy.float32),
    "half.weight": random.standard_normal((2, 5)).astype(numpy.float16),
    "brain.weight": random.standard_normal((2, 3)).astype(ml_dtypes.bfloat16),
    "double.weight": random.standard_normal((2, 2, 2)).astype(numpy.float64),
    "scale": numpy.array(0.5, numpy.float32),
    "empty": numpy.zeros((0, 4), numpy.float32),
    "ids": numpy.array([1, -2, 3], numpy.int64),
    "näme \"quoted\" \\": numpy.array([1], numpy.uint8),
}
save_file(mixed, FOLDER / "mixed.safetensors", {"format": "pt"})
record("mixed.safetensors", mixed)

shards = {
    "model-00001-of-00002.safetensors": {"a.weight": random.standard_normal((4, 3)).astype(numpy.float32),
                                         "a.bias": random.standard_normal(4).astype(numpy.float32)},
    "model-00002-of-00002.safetensors": {"b.weight": random.standard_normal((2, 4)).astype(numpy.float16)},
}
weight_map = {}
for name, tensors in shards.items():
    save_file(tensors, FOLDER / name)
    record(name, tensors)
    weight_map |= {key: name for key in tensors}
index = {"metadata": {"total_size": sum(t.nbytes for s in shards.values() for t in s.values())}, "weight_map": weight_map}
(FOLDER / "model.safetensors.index.json").write_text(json.dumps(index, indent=2, sort_keys=True) + "\n")
(FOLDER / "cases.tsv").write_text("\n".join(lines) + "\n")
