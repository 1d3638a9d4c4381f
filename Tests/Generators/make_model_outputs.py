"""Writes Tests/Engine/ExecutionTests/Goldens/models.json: what ONNX Runtime computes for the real models in the folder of PARE_TEST_DATA.

Inputs follow from a formula that the test repeats. Of every output the shape and up to 200 evenly spaced elements are kept.
"""

import json

import numpy as np
import onnxruntime

from support.places import goldens, required_real

CASES = [
    ("lenet5", {"input": [3, 1, 32, 32]}, {}),
    ("mnist-cnn", {"input": [2, 1, 28, 28]}, {}),
    ("mnist-cntk", {"Input3": [1, 1, 28, 28]}, {}),
    ("resnet8", {"input": [2, 3, 32, 32]}, {}),
    ("resnet20", {"input": [3, 3, 32, 32]}, {}),
    ("resnet56", {"input": [1, 3, 32, 32]}, {}),
    ("squeezenet", {"data": [2, 3, 224, 224]}, {}),
    ("googlenet", {"data": [2, 3, 224, 224]}, {}),
    ("mobilenet-025", {"input": [2, 3, 224, 224]}, {}),
    ("dcgan-generator", {"input": [4, 64, 1, 1]}, {}),
    ("super-resolution", {"input": [1, 1, 224, 224]}, {}),
    ("char-rnn", {"tokens": [7, 3], "h0": [1, 3, 128], "c0": [1, 3, 128], "h1": [1, 3, 128], "c1": [1, 3, 128]}, {}),
    ("silero-vad", {"input": [2, 576], "state": [2, 2, 128]}, {"sr": 16000}),
    ("silero-vad", {"input": [3, 288], "state": [2, 3, 128]}, {"sr": 8000}),
]
KEPT = 200


def numbers(shape, seed):
    index = np.arange(int(np.prod(shape)), dtype=np.int64)
    return ((index * 48271 + 7919 * (seed + 1)) % 65521 / 32760.5 - 1).astype(np.float32).reshape(shape)


def symbols(shape, seed):
    index = np.arange(int(np.prod(shape)), dtype=np.int64)
    return ((index * 7 + 3 + seed) % 60).reshape(shape)


models = required_real() / "models"
result = []
for name, shapes, bound in CASES:
    session = onnxruntime.InferenceSession(models / f"{name}.onnx")
    feed = {}
    for seed, value in enumerate(session.get_inputs()):
        if value.name in bound:
            feed[value.name] = np.array(bound[value.name], np.int64)
        elif "int64" in value.type:
            feed[value.name] = symbols(shapes[value.name], seed)
        else:
            feed[value.name] = numbers(shapes[value.name], seed)
    outputs = []
    for value, output in zip(session.get_outputs(), session.run(None, feed)):
        step = max(1, output.size // KEPT)
        outputs.append({
            "name": value.name, "shape": list(output.shape), "step": step, "largest": float(np.abs(output).max()),
            "values": [float(f"{v:.8g}") for v in output.ravel()[::step]],
        })
    result.append({"model": name, "inputs": shapes, "bound": bound, "outputs": outputs})
text = json.dumps(result, separators=(",", ":")).replace("},{\"model\"", "},\n{\"model\"")
(goldens("Engine/ExecutionTests") / "models.json").write_text(text + "\n")
