"""Writes Tests/Models/ModelFormatsTests/Goldens/models.tsv: parameters and multiply-accumulates of the real models.

Parameters come from the onnx and safetensors packages, multiply-accumulates from the shapes ONNX Runtime computes when it runs
the model on zeros. The models lie in the folder that PARE_TEST_DATA names (../shared).

Lines are `file TAB parameters TAB macs` and, below each, `TAB node[/W or /R] TAB macs` for its nodes; `-` where nothing is counted.
"""

import math

import numpy
import onnx
import safetensors

from support.onnx_counting import macs, parameters
from support.places import goldens, required_real

# Extents of named dimensions other than 1. Silero's windows span 256 samples; its LSTM lies in a subgraph, so the total of the
# nodes counted here is not the model's.
EXTENTS = {"silero-vad.onnx": {"sequence": 256}}
PARTIAL = {"silero-vad.onnx"}

models = required_real() / "models"
lines = []
for path in sorted(models.glob("*.onnx")) + sorted(models.glob("unsupported/*.onnx")):
    name = str(path.relative_to(models))
    count = parameters(onnx.load(path))
    if name.startswith("unsupported/"):
        lines.append(f"{name}\t{count}\t-")
        continue
    values = None
    if name == "silero-vad.onnx":
        values = {"sr": numpy.array(16000, numpy.int64)}
    nodes, total = macs(path, EXTENTS.get(name), values)
    lines.append(f"{name}\t{count}\t{'-' if name in PARTIAL else total}")
    lines += [f"\t{node}{'/' + part if part else ''}\t{n}" for node, part, n in nodes]
for path in sorted(models.glob("*.safetensors")):
    with safetensors.safe_open(path, "numpy") as file:
        count = sum(
            math.prod(file.get_slice(k).get_shape()) for k in file.keys() if file.get_slice(k).get_dtype()[0] in "FB"
            and file.get_slice(k).get_dtype() != "BOOL")
    lines.append(f"{path.name}\t{count}\t-")
target = goldens("Models/ModelFormatsTests") / "models.tsv"
target.write_text("\n".join(lines) + "\n")
