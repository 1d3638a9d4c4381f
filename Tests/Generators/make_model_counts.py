"""Writes Tests/Models/ModelFormatsTests/Goldens/models.tsv: parameters and multiply-accumulates of the shared models.

Parameters come from the onnx and safetensors packages, multiply-accumulates from the shapes ONNX Runtime computes when it runs
the model on zeros. Run with the folder that holds `models`:  make_model_counts.py ../shared
(onnx 1.23.2, onnxruntime 1.31.1, safetensors 0.8.0, numpy 2.4.6)

Lines are `file TAB parameters TAB macs` and, below each, `TAB node[/W or /R] TAB macs` for its nodes; `-` where nothing is counted.
"""

import math
import pathlib
import sys

import onnx
import safetensors

from support.onnx_counting import macs, parameters

# Extents of named dimensions other than 1. Silero's windows span 256 samples; its LSTM lies in a subgraph, so the total of the
# nodes counted here is not the model's.
EXTENTS = {"silero-vad.onnx": {"sequence": 256}}
PARTIAL = {"silero-vad.onnx"}

shared = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "../shared") / "models"
lines = []
for path in sorted(shared.glob("*.onnx")) + sorted(shared.glob("unsupported/*.onnx")):
    name = str(path.relative_to(shared))
    count = parameters(onnx.load(path))
    if name.startswith("unsupported/"):
        lines.append(f"{name}\t{count}\t-")
        continue
    values = None
    if name == "silero-vad.onnx":
        import numpy
        values = {"sr": numpy.array(16000, numpy.int64)}
    nodes, total = macs(path, EXTENTS.get(name), values)
    lines.append(f"{name}\t{count}\t{'-' if name in PARTIAL else total}")
    lines += [f"\t{node}{'/' + part if part else ''}\t{n}" for node, part, n in nodes]
for path in sorted(shared.glob("*.safetensors")):
    with safetensors.safe_open(path, "numpy") as file:
        count = sum(
            math.prod(file.get_slice(k).get_shape()) for k in file.keys() if file.get_slice(k).get_dtype()[0] in "FB"
            and file.get_slice(k).get_dtype() != "BOOL")
    lines.append(f"{path.name}\t{count}\t-")
target = pathlib.Path(__file__).parent.parent / "Models/ModelFormatsTests/Goldens/models.tsv"
target.write_text("\n".join(lines) + "\n")
