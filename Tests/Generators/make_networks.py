"""Writes Tests/Engine/ExecutionTests/Goldens/networks.json: small whole models, their inputs, and what ONNX Runtime makes of them.

What they have in common is that more than one operator matters: element types that change on the way, quantized weights, local
functions.
"""

import base64
import json
import zlib

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from support.places import goldens

f16, f32, f64, i8, u8, i64 = np.float16, np.float32, np.float64, np.int8, np.uint8, np.int64
cases = []
TYPES = {"float32": "float32", "float16": "float16", "float64": "float64", "int64": "int64", "int8": "int8", "uint8": "uint8", "bool": "boolean"}
node = helper.make_node


def packed(array):
    array = np.asarray(array, order="C")
    return {"type": TYPES[array.dtype.name], "shape": list(array.shape), "data": base64.b64encode(array.tobytes()).decode()}


def info(name, array):
    return helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(array.dtype), array.shape)


def case(name, nodes, inputs, outputs, stored=(), functions=(), layers=0, opset=17):
    """`inputs` and `stored` are arrays by name, `outputs` element types by name; `layers` is how many Pare should list."""
    graph = helper.make_graph(
        nodes, "case", [info(n, a) for n, a in inputs.items()],
        [helper.make_tensor_value_info(n, t, None) for n, t in outputs.items()],
        [numpy_helper.from_array(a, n) for n, a in dict(stored).items()])
    model = helper.make_model(
        graph, functions=functions, ir_version=10,
        opset_imports=[helper.make_opsetid("", opset)] + ([helper.make_opsetid("own", 1)] if functions else []))
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    results = session.run(None, inputs)
    cases.append({
        "name": name, "model": base64.b64encode(model.SerializeToString()).decode(), "layers": layers,
        "inputs": {n: packed(a) for n, a in inputs.items()}, "outputs": [packed(r) for r in results],
    })


def random(name, *shape, dtype=f32, low=-1.0, high=1.0):
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    if np.issubdtype(dtype, np.integer):
        return rng.integers(int(low), int(high) + 1, shape).astype(dtype)
    return rng.uniform(low, high, shape).astype(dtype)


FLOAT, HALF, DOUBLE, BRAIN = TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.DOUBLE, TensorProto.BFLOAT16
image = {"x": random("image", 2, 3, 6, 6)}

case(
    "float16 between float32 inputs and outputs",
    [node("Cast", ["x"], ["h"], to=HALF), node("Conv", ["h", "w", "b"], ["c"], name="conv"), node("Relu", ["c"], ["r"]),
     node("GlobalAveragePool", ["r"], ["p"]), node("Flatten", ["p"], ["f"]), node("Cast", ["f"], ["y"], to=FLOAT)],
    image, {"y": FLOAT}, {"w": random("w", 4, 3, 3, 3, dtype=f16), "b": random("b", 4, dtype=f16)}, layers=1)
case(
    "float16 throughout", [node("MatMul", ["x", "w"], ["m"]), node("Softmax", ["m"], ["y"])],
    {"x": random("rows", 3, 5, dtype=f16)}, {"y": HALF}, {"w": random("v", 5, 4, dtype=f16)}, layers=1)
case(
    "bfloat16 and back", [node("Cast", ["x"], ["h"], to=BRAIN), node("Cast", ["h"], ["y"], to=FLOAT)],
    {"x": random("numbers", 4, 9, low=-300.0, high=300.0)}, {"y": FLOAT})
case(
    "float64 for a while",
    [node("Cast", ["x"], ["d"], to=DOUBLE), node("MatMul", ["d", "w"], ["m"]), node("Softmax", ["m"], ["s"]),
     node("Cast", ["s"], ["y"], to=FLOAT)],
    {"x": random("rows", 3, 5)}, {"y": FLOAT}, {"w": random("v", 5, 4, dtype=f64)}, layers=1)
case(
    "cast like a float16 input", [node("CastLike", ["x", "like"], ["h"]), node("Cast", ["h"], ["y"], to=FLOAT)],
    {"x": random("numbers", 4, 9), "like": np.zeros(1, f16)}, {"y": FLOAT})
case(
    "integers and Booleans",
    [node("Cast", ["x"], ["i"], to=TensorProto.INT32), node("Cast", ["i"], ["b"], to=TensorProto.BOOL), node("Cast", ["b"], ["h"], to=HALF),
     node("Cast", ["h"], ["y"], to=FLOAT)],
    {"x": random("numbers", 4, 9, low=-2.0, high=2.0)}, {"y": FLOAT})
case(
    "weights of int8 by channel",
    [node("DequantizeLinear", ["w", "s"], ["d"], axis=0), node("Conv", ["x", "d"], ["y"])],
    image, {"y": FLOAT}, {"w": random("q", 4, 3, 3, 3, dtype=i8, low=-127, high=127), "s": random("s", 4, low=0.01, high=0.02)})
case(
    "quantized between nodes",
    [node("QuantizeLinear", ["x", "sx", "zx"], ["qx"]), node("DequantizeLinear", ["qx", "sx", "zx"], ["dx"]),
     node("DequantizeLinear", ["w", "sw"], ["dw"]), node("MatMul", ["dx", "dw"], ["m"]),
     node("QuantizeLinear", ["m", "sy", "zy"], ["qy"]), node("DequantizeLinear", ["qy", "sy", "zy"], ["y"])],
    {"x": random("rows", 3, 5)}, {"y": FLOAT},
    {"sx": f32(0.01), "zx": u8(128), "w": random("q", 5, 4, dtype=i8, low=-127, high=127), "sw": f32(0.013), "sy": f32(0.02), "zy": u8(120)})
case(
    "products of bytes",
    [node("DynamicQuantizeLinear", ["x"], ["q", "s", "z"]), node("MatMulInteger", ["q", "w", "z"], ["i"]), node("Cast", ["i"], ["f"], to=FLOAT),
     node("Mul", ["s", "sw"], ["t"]), node("Mul", ["f", "t"], ["y"])],
    {"x": random("rows", 3, 5)}, {"y": FLOAT}, {"w": random("q", 5, 4, dtype=i8, low=-127, high=127), "sw": f32(0.013)})

# Local functions: a layer with its bias, an attribute that has a default, a function that calls another twice, and one in a branch.

own = [helper.make_opsetid("", 17), helper.make_opsetid("own", 1)]
scale_value = onnx.helper.make_attribute("alpha", 0.25)
leak = helper.make_function(
    "own", "leak", ["a"], ["b"], [helper.make_node("LeakyRelu", ["a"], ["b"])], own, [], [scale_value])
reference = leak.node[0].attribute.add()
reference.name, reference.ref_attr_name, reference.type = "alpha", "alpha", onnx.AttributeProto.FLOAT
dense = helper.make_function(
    "own", "dense", ["a", "w", "c"], ["b"],
    [node("MatMul", ["a", "w"], ["m"], name="product"), node("Add", ["m", "c"], ["s"]), node("leak", ["s"], ["b"], domain="own", alpha=0.3)], own)
twice = helper.make_function(
    "own", "twice", ["a", "w", "c"], ["b", "first"],
    [node("dense", ["a", "w", "c"], ["m"], domain="own"), node("Identity", ["m"], ["first"]), node("dense", ["m", "w", "c"], ["b"], domain="own")], own)
square = {"w": random("square", 5, 5), "c": random("c", 5)}
rows = {"x": random("rows", 3, 5)}
functions = [leak, dense, twice]
case(
    "functions in functions", [node("twice", ["x", "w", "c"], ["m", "z"], domain="own", name="pair"), node("leak", ["m"], ["y"], domain="own")],
    rows, {"y": FLOAT, "z": FLOAT}, square, functions, layers=1)
case(
    "the same function twice", [node("dense", ["x", "w", "c"], ["m"], domain="own"), node("dense", ["m", "v", "c"], ["y"], domain="own")],
    rows, {"y": FLOAT}, {**square, "v": random("v", 5, 5)}, functions, layers=2)
stored_weight = helper.make_function(
    "own", "stored", ["a"], ["b"],
    [node("Constant", [], ["k"], value=numpy_helper.from_array(random("k", 5, 5))), node("MatMul", ["a", "k"], ["b"])], own)
case("weights in a function", [node("stored", ["x"], ["y"], domain="own")], rows, {"y": FLOAT}, functions=[stored_weight], layers=1)
branches = [
    helper.make_graph([node("dense", ["x", "w", "c"], ["t"], domain="own")], "then", [], [helper.make_tensor_value_info("t", FLOAT, None)]),
    helper.make_graph([node("leak", ["x"], ["e"], domain="own")], "else", [], [helper.make_tensor_value_info("e", FLOAT, None)]),
]
case(
    "a function in a branch",
    [node("ReduceMax", ["x"], ["top"], keepdims=0), node("Greater", ["top", "zero"], ["is"]),
     node("If", ["is"], ["y"], then_branch=branches[0], else_branch=branches[1])],
    rows, {"y": FLOAT}, {**square, "zero": f32(0)}, functions, layers=1)

place = goldens("Engine/ExecutionTests") / "networks.json"
place.write_text("[\n" + ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases) + "\n]\n")
print(len(cases), "cases,", place.stat().st_size, "bytes")
