"""Writes Tests/Engine/ExecutionTests/Goldens/operators.json: single operators with their inputs and what ONNX Runtime makes of them.

    python Tests/Generators/make_operators.py [only these operators …]

Where ONNX Runtime declines a case (batch-first recurrent operators), onnx's reference
evaluator answers. Random inputs are seeded by the case's name, so that a new case leaves the others as they were.
"""

import json
import sys
import zlib

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from support.graph_goldens import attribute, encoded
from support.places import goldens

cases = []
only = set(sys.argv[1:])
f32, f64, i64, i32, u8, b1 = np.float32, np.float64, np.int64, np.int32, np.uint8, np.bool_


class R:
    """A random input: its shape, type and range."""

    def __init__(self, *shape, dtype=f32, low=-3.0, high=3.0):
        self.shape, self.dtype, self.low, self.high = shape, dtype, low, high

    def array(self, rng):
        if self.dtype == b1:
            return rng.integers(0, 2, self.shape).astype(b1)
        if np.issubdtype(self.dtype, np.integer):
            return rng.integers(int(self.low), int(self.high) + 1, self.shape).astype(self.dtype)
        return np.asarray(rng.uniform(self.low, self.high, self.shape)).astype(self.dtype)


def ints(*values):
    return np.array(values, dtype=i64)


def case(name, op, inputs, opset=13, const=(), outputs=1, **attributes):
    """`const` are the inputs known beforehand; `outputs` their number, or names with the unwanted ones empty."""
    if only and op not in only:
        return
    title = f"{op}-{opset} {name}".strip()
    assert all(c["name"] != title for c in cases), title
    rng = np.random.default_rng(zlib.crc32(title.encode()))
    arrays = [None if i is None else i.array(rng) if isinstance(i, R) else np.asarray(i) for i in inputs]
    names = [f"x{i}" if a is not None else "" for i, a in enumerate(arrays)]
    outs = [f"y{i}" for i in range(outputs)] if isinstance(outputs, int) else outputs
    values = {
        k: numpy_helper.from_array(v) if isinstance(v, np.ndarray) else v for k, v in attributes.items()
    }
    node = helper.make_node(op, names, outs, **values)
    initializers = [numpy_helper.from_array(arrays[i], names[i]) for i in const if arrays[i] is not None]
    graph_inputs = [
        helper.make_tensor_value_info(n, helper.np_dtype_to_tensor_dtype(a.dtype), a.shape)
        for i, (n, a) in enumerate(zip(names, arrays)) if a is not None and i not in const
    ]
    graph = helper.make_graph(
        [node], "case", graph_inputs, [onnx.ValueInfoProto(name=o) for o in outs if o], initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    feeds = {n: a for i, (n, a) in enumerate(zip(names, arrays)) if a is not None and i not in const}
    try:
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        session = onnxruntime.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"])
        results = session.run([o for o in outs if o], feeds)
    except Exception as error:
        try:
            from onnx.reference import ReferenceEvaluator

            results = ReferenceEvaluator(model).run([o for o in outs if o], feeds)
            print("reference:", title, "|", str(error).splitlines()[0][:140])
        except Exception as second:
            print("LEFT OUT:", title, "|", str(error)[:300], "|", str(second)[:200])
            return
    results = iter(results)
    expected = [encoded(np.asarray(next(results))) if o else None for o in outs]
    cases.append({
        "name": title, "operation": op, "operatorSet": opset,
        "attributes": {k: attribute(v) for k, v in attributes.items()},
        "inputs": [
            None if a is None else {**encoded(a), "isConstant": i in const} for i, a in enumerate(arrays)
        ],
        "outputs": outs, "expected": expected,
    })


# Functions of one number.

special = np.array([0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 1.5, 2.5, -2.5, 100.0, -100.0, 1e-30, -1e-30], f32)
for op in [
    "Relu", "Sigmoid", "Tanh", "Erf", "Softplus", "Softsign", "Exp", "Abs", "Neg", "Floor", "Ceil", "Round", "Sign",
    "Sin", "Cos", "Tan", "Atan", "Sinh", "Cosh", "Asinh",
]:
    case("random", op, [R(3, 37)])
    case("special", op, [special if op not in ("Exp", "Sinh", "Cosh") else special[:9]])
for op in ["HardSwish"]:
    case("random", op, [R(2, 19, low=-5.0, high=5.0)], opset=14)
case("random", "Mish", [R(2, 33, low=-25.0, high=25.0)], opset=18)
for op in ["Log", "Sqrt", "Reciprocal", "Acosh"]:
    case("random", op, [R(2, 33, low=1.01, high=9.0)])
for op in ["Asin", "Acos", "Atanh"]:
    case("random", op, [R(2, 17, low=-0.99, high=0.99)])
case("of small numbers", "Log", [R(40, low=1e-6, high=1.2)])
case("int64", "Abs", [R(4, 5, dtype=i64)])
case("int32", "Neg", [R(4, 5, dtype=i32)])
case("int64", "Sign", [R(4, 5, dtype=i64)])
case("float64", "Exp", [R(7, dtype=f64)])
case("float64", "Sigmoid", [R(7, dtype=f64)])
case("scalar", "Relu", [R()])
case("empty", "Relu", [R(0, 3)])
for alpha in (None, 0.3):
    extra = {} if alpha is None else {"alpha": alpha}
    tag = "default" if alpha is None else "alpha"
    case(tag, "LeakyRelu", [R(3, 11)], **extra)
    case(tag, "Elu", [R(3, 11)], **extra)
    case(tag, "Celu", [R(3, 11)], opset=12, **extra)
    case(tag, "ThresholdedRelu", [R(3, 11)], **extra)
    case(tag, "Selu", [R(3, 11)], **({} if alpha is None else {"alpha": 1.2, "gamma": 0.7}))
    case(tag, "HardSigmoid", [R(3, 11)], **({} if alpha is None else {"alpha": 0.3, "beta": 0.4}))
case("none", "Gelu", [R(3, 33)], opset=20)
case("tanh", "Gelu", [R(3, 33)], opset=20, approximate="tanh")
case("", "Shrink", [R(3, 11)], lambd=0.8, bias=0.3)
case("attributes", "Clip", [R(3, 11)], opset=7, min=-1.0, max=0.5)
case("attribute max", "Clip", [R(3, 11)], opset=7, max=0.5)
case("inputs", "Clip", [R(3, 11), np.array(-1.0, f32), np.array(0.5, f32)], const=(1, 2))
case("computed bounds", "Clip", [R(3, 11), np.array(-1.0, f32), np.array(0.5, f32)])
case("max only", "Clip", [R(3, 11), None, np.array(0.5, f32)])
case("nothing", "Clip", [R(3, 11)], opset=12)
case("int64", "Clip", [R(3, 11, dtype=i64, low=-9, high=9), np.array(-2, i64), np.array(5, i64)])
case("", "IsNaN", [np.array([1.0, np.nan, np.inf, -np.nan], f32)])
case("", "IsInf", [np.array([1.0, np.nan, np.inf, -np.inf], f32)])
case("negative", "IsInf", [np.array([1.0, np.nan, np.inf, -np.inf], f32)], detect_positive=0)
case("", "Identity", [R(2, 3, dtype=i64)])
case("mask", "Dropout", [R(2, 5)], outputs=2)
case("", "Dropout", [R(2, 5)], opset=10, ratio=0.3)
case("mask", "Dropout", [R(2, 5)], opset=7, outputs=1, ratio=0.3)

# Functions of two numbers.

pairs = {
    "same": ((2, 3, 5), (2, 3, 5)), "scalar": ((2, 3, 5), ()), "one": ((2, 3, 5), (1,)),
    "scalar left": ((), (2, 3, 5)), "row": ((2, 3, 5), (5,)), "channel": ((2, 3, 4, 5), (3, 1, 1)),
    "column": ((4, 1), (5,)), "middle": ((2, 1, 5), (1, 3, 1)), "outer": ((3, 1, 1), (1, 4, 1)),
    "batch": ((2, 3), (4, 1, 1)), "empty": ((0, 3), (1, 3)), "scalars": ((), ()),
}
for name, (a, b) in pairs.items():
    case(name, "Add", [R(*a), R(*b)])
    if name in ("same", "row", "channel", "middle", "scalar left"):
        for op in ("Sub", "Mul", "Div"):
            case(name, op, [R(*a), R(*b, low=0.5)])
        case(name, "Greater", [R(*a), R(*b)])
        case(name, "Max", [R(*a), R(*b)])
        case(name, "Pow", [R(*a, low=0.1), R(*b)])
        case(name, "Where", [R(*a, dtype=b1), R(*b), R(*a)], opset=9)
for dtype in (i64, i32, f64):
    for op in ("Add", "Sub", "Mul", "Max", "Min"):
        case(np.dtype(dtype).name, op, [R(3, 4, dtype=dtype, low=-9, high=9), R(4, dtype=dtype, low=-9, high=9)])
case("int64 toward zero", "Div", [ints(7, -7, 7, -7, 0), ints(2, 2, -2, -2, 5)])
case("uint8", "Add", [R(9, dtype=u8, low=0, high=100), R(9, dtype=u8, low=0, high=100)], opset=14)
case("int64", "Mod", [ints(7, -7, 7, -7), ints(3, 3, -3, -3)])
case("int64 fmod", "Mod", [ints(7, -7, 7, -7), ints(3, 3, -3, -3)], fmod=1)
case("float fmod", "Mod", [R(12), R(12, low=0.5)], fmod=1)
case("int32", "Mod", [R(3, 4, dtype=i32, low=-20, high=20), np.array([3, -4, 5, 7], i32)])
case("square", "Pow", [R(3, 7), np.array(2.0, f32)])
case("root", "Pow", [R(3, 7, low=0.1), np.array([0.5], f32)])
case("negative", "Pow", [R(3, 7, low=0.5), np.array(-1.5, f32)])
case("cube of negative numbers", "Pow", [R(3, 7), np.array(3.0, f32)])
case("integer exponent", "Pow", [R(3, 7), np.array(3, i64)])
case("integers", "Pow", [R(3, 7, dtype=i64), np.array(2, i64)])
case("three", "Sum", [R(2, 3), R(3), R(2, 1)])
case("one", "Sum", [R(2, 3)])
case("three", "Mean", [R(2, 3), R(3), R(2, 1)])
case("three", "Max", [R(2, 3), R(3), R(2, 1)])
case("three", "Min", [R(2, 3), R(3), R(2, 1)])
case("NaN", "Max", [np.array([np.nan, 1, 2], f32), np.array([0, np.nan, 3], f32)])
case("channel", "PRelu", [R(2, 3, 4, 5), R(3, 1, 1)])
case("scalar", "PRelu", [R(2, 3), R(1)])
for op in ("Equal", "Less", "Greater"):
    case("int64", op, [R(3, 5, dtype=i64, low=-2, high=2), R(5, dtype=i64, low=-2, high=2)])
for op in ("GreaterOrEqual", "LessOrEqual"):
    case("float", op, [np.round(special), np.zeros(1, f32)])
    case("int32", op, [R(3, 5, dtype=i32, low=-2, high=2), R(1, dtype=i32, low=-2, high=2)], opset=16)
case("float", "Equal", [special, special[::-1].copy()])
case("boolean", "Equal", [R(3, 4, dtype=b1), R(4, dtype=b1)])
for op in ("And", "Or", "Xor"):
    case("", op, [R(3, 4, dtype=b1), R(4, dtype=b1)])
case("", "Not", [R(3, 4, dtype=b1)])
case("int64", "Where", [R(3, 1, dtype=b1), R(4, dtype=i64), np.array(7, i64)])
case("uint8", "Where", [R(3, 4, dtype=b1), R(3, 4, dtype=u8, low=0), R(1, dtype=u8, low=0)])

for source in (f32, f64, i64, i32, u8, b1, np.float16, np.int8):
    for target in (TensorProto.FLOAT, TensorProto.INT64, TensorProto.INT32, TensorProto.BOOL, TensorProto.FLOAT16,
                   TensorProto.DOUBLE, TensorProto.UINT8):
        case(f"{np.dtype(source).name} to {target}", "Cast", [R(9, dtype=source, low=0.0, high=9.0)], to=target)
case("halves", "Cast", [np.array([1e-8, 6e-8, 1e-5, 6.1e-5, 0.333, 2049.0, 2051.0, 65504.0, 65519.0, 65520.0, 1e9], f32)],
     to=TensorProto.FLOAT16)
case("negative", "Cast", [np.array([-1.7, -0.3, 2.9, -2.0], f32)], to=TensorProto.INT32)
case("", "CastLike", [R(3, 4), np.zeros(1, i64)], opset=15)

# Normalizations.

for opset in (7, 11, 13):
    for axis in (None, 0, 1, -1, 2):
        if axis == -1 and opset == 7:
            continue
        extra = {} if axis is None else {"axis": axis}
        case(f"axis {axis}", "Softmax", [R(2, 5, 7)], opset=opset, **extra)
case("axis 1", "LogSoftmax", [R(2, 5, 7)], axis=1)
case("", "LogSoftmax", [R(4, 33, low=-20.0, high=20.0)])
case("axis 1", "LogSoftmax", [R(2, 5, 7)], opset=7, axis=1)
case("large", "Softmax", [np.array([[1000, 999, -1000], [-1e30, 0, 1]], f32)])
for name, shape in {"images": (2, 3, 4, 5), "vectors": (4, 3), "signals": (2, 3, 7), "volumes": (1, 3, 2, 3, 4)}.items():
    inputs = [R(*shape), R(3), R(3), R(3), R(3, low=0.1)]
    case(name, "BatchNormalization", inputs, opset=15)
    case(name, "BatchNormalization", inputs, opset=9, epsilon=0.01)
case("", "BatchNormalization", [R(2, 3, 4), R(3), R(3), R(3), R(3, low=0.1)], opset=7)
case("", "InstanceNormalization", [R(2, 3, 4, 5), R(3), R(3)])
case("epsilon", "InstanceNormalization", [R(2, 3, 7), R(3), R(3)], epsilon=0.1)
case("", "LayerNormalization", [R(2, 3, 8), R(8), R(8)], opset=17)
case("no shift", "LayerNormalization", [R(2, 3, 8), R(8)], opset=17)
case("axis 1, statistics", "LayerNormalization", [R(2, 3, 4), R(3, 4), R(3, 4)], opset=17, axis=1, outputs=3, epsilon=1e-3)
case("axis -2", "LayerNormalization", [R(2, 3, 4), R(3, 4), R(3, 4)], opset=17, axis=-2)
case("per group", "GroupNormalization", [R(2, 6, 3, 4), R(3), R(3)], opset=18, num_groups=3)
case("per channel", "GroupNormalization", [R(2, 6, 3, 4), R(6), R(6)], opset=21, num_groups=3)
for size in (1, 3, 5, 7):
    case(f"size {size}", "LRN", [R(2, 7, 3, 2)], size=size, alpha=0.3, beta=0.6, bias=1.5)
case("default", "LRN", [R(1, 5, 4, 4, low=-50.0, high=50.0)], size=5)
case("default", "MeanVarianceNormalization", [R(2, 3, 4, 5)])
case("axes", "MeanVarianceNormalization", [R(2, 3, 4)], axes=[2])
case("axes apart", "MeanVarianceNormalization", [R(2, 3, 4)], axes=[0, 2])
for p in (1, 2):
    for axis in (-1, 0, 1):
        case(f"p {p} axis {axis}", "LpNormalization", [R(2, 3, 4)], p=p, axis=axis)

# Movement.

case("channels", "Concat", [R(2, 3, 4), R(2, 1, 4), R(2, 2, 4)], axis=1)
case("last", "Concat", [R(2, 3), R(2, 1)], axis=-1)
case("int64", "Concat", [R(3, dtype=i64), R(2, dtype=i64)], axis=0)
case("empty part", "Concat", [R(2, 0), R(2, 3)], axis=1)
case("one", "Concat", [R(2, 3)], axis=0)
case("boolean", "Concat", [R(2, 2, dtype=b1), R(2, 1, dtype=b1)], axis=1)
case("equal", "Split", [R(6, 4)], outputs=3, axis=0)
case("attribute", "Split", [R(2, 6)], opset=11, outputs=2, axis=1, split=[2, 4])
case("input", "Split", [R(2, 6, 3), ints(1, 0, 5)], const=(1,), outputs=3, axis=-2)
case("num_outputs", "Split", [R(2, 7)], opset=18, outputs=3, axis=1, num_outputs=3)
slices = {
    "plain": ((5, 6), [1, 2], [4, 5], [0, 1], None), "negative axes": ((5, 6), [1], [-1], [-1], None),
    "steps": ((7, 9), [1, 0], [7, 9], [0, 1], [2, 3]), "backward": ((7, 5), [5, -1], [0, -6], [0, 1], [-2, -1]),
    "to the end": ((7,), [2], [2**63 - 1], [0], [1]), "whole backward": ((7, 2), [-1], [-(2**63)], [0], [-1]),
    "nothing": ((7, 2), [4], [2], [0], [1]), "beyond": ((3, 4), [-10, 1], [10, 100], [0, 1], [1, 1]),
    "large step": ((9, 2), [0], [9], [0], [2**62]), "backward in the middle": ((2, 5, 3), [4], [-6], [1], [-1]),
    "start behind the end": ((4, 2), [9], [0], [0], [-1]),
}
for name, (shape, starts, ends, axes, steps) in slices.items():
    inputs = [R(*shape), ints(*starts), ints(*ends), ints(*axes)] + ([ints(*steps)] if steps else [])
    case(name, "Slice", inputs, const=(1, 2, 3, 4)[:len(inputs) - 1])
    if steps is None:
        case(name, "Slice", [R(*shape)], opset=9, starts=starts, ends=ends, axes=axes)
case("no axes", "Slice", [R(4, 5), ints(1, 2), ints(3, 4)], const=(1, 2))
case("int32 positions", "Slice", [R(4, 5), np.array([1], i32), np.array([3], i32), np.array([1], i32)], const=(1, 2, 3))
case("int64", "Slice", [R(6, dtype=i64), ints(1), ints(5), ints(0), ints(2)], const=(1, 2, 3, 4))
pads = {
    "around": ((2, 3), [1, 2, 3, 1]), "images": ((1, 2, 3, 4), [0, 0, 1, 2, 0, 0, 2, 1]),
    "cropped": ((5, 6), [-1, 1, 0, -2]),
}
for name, (shape, amounts) in pads.items():
    for mode in ("constant", "reflect", "edge", "wrap"):
        if mode == "reflect" and name == "around":
            amounts = [1, 2, 1, 1]
        if mode != "wrap":
            case(f"{name} {mode}", "Pad", [R(*shape), ints(*amounts)], const=(1,), mode=mode)
        if mode != "reflect" or name != "cropped":
            case(f"{name} {mode}", "Pad", [R(*shape), ints(*amounts)], opset=19, const=(1,), mode=mode)
case("value", "Pad", [R(2, 3), ints(1, 0, 0, 1), np.array(2.5, f32)], const=(1,))
case("computed value, int64", "Pad", [R(2, 3, dtype=i64), ints(1, 0, 0, 1), np.array(7, i64)], const=(1,))
case("attribute", "Pad", [R(2, 3)], opset=7, pads=[0, 1, 1, 2], value=1.5)
case("axes", "Pad", [R(2, 3, 4), ints(1, 2), None, ints(-1)], opset=18, const=(1, 3))
case("axes apart", "Pad", [R(2, 3, 4), ints(1, 2, 3, 0), np.array(9.0, f32), ints(2, 0)], opset=18, const=(1, 3))
case("empty", "Pad", [R(0, 3), ints(1, 0, 1, 0)], const=(1,))
case("copy and infer", "Reshape", [R(2, 3, 4), ints(0, -1)], const=(1,))
case("zero allowed", "Reshape", [R(0, 3), ints(3, 0)], opset=14, const=(1,), allowzero=1)
case("scalar", "Reshape", [R(1, 1), np.zeros(0, i64)], const=(1,))
for axis in (0, 1, 2, 3, -1):
    case(f"axis {axis}", "Flatten", [R(2, 3, 4)], axis=axis)
case("axes", "Squeeze", [R(1, 3, 1, 4), ints(0, -2)], const=(1,))
case("all", "Squeeze", [R(1, 3, 1)])
case("attribute", "Squeeze", [R(1, 3, 1)], opset=11, axes=[2])
case("axes", "Unsqueeze", [R(3, 4), ints(0, -1)], const=(1,))
case("attribute", "Unsqueeze", [R(3, 4)], opset=11, axes=[1, 2])
transpositions = {
    "default": ((2, 3, 4), None), "2-D": ((17, 19), [1, 0]), "images": ((2, 3, 5, 7), [0, 2, 3, 1]),
    "back": ((2, 5, 7, 3), [0, 3, 1, 2]), "heads": ((2, 5, 3, 4), [0, 2, 1, 3]), "all": ((2, 3, 4, 5), [3, 1, 0, 2]),
    "ones": ((1, 3, 1, 4), [2, 3, 0, 1]), "none": ((3, 4), [0, 1]), "empty": ((0, 3, 2), [2, 0, 1]),
    "tiles": ((2, 17, 18), [0, 2, 1]), "swap ends": ((17, 2, 18), [2, 1, 0]),
}
for name, (shape, perm) in transpositions.items():
    case(name, "Transpose", [R(*shape)], **({} if perm is None else {"perm": perm}))
case("int64", "Transpose", [R(4, 5, dtype=i64)])
case("bytes", "Transpose", [R(18, 19, dtype=u8, low=0, high=255)])
case("halves", "Transpose", [R(18, 19, dtype=np.float16)])
case("", "Expand", [R(3, 1), ints(2, 1, 4)], const=(1,))
case("inner", "Expand", [R(2, 1, 3), ints(2, 5, 3)], const=(1,))
case("scalar", "Expand", [R(), ints(2, 3)], const=(1,))
case("int64", "Expand", [R(1, dtype=i64), ints(4)], const=(1,))
case("", "Tile", [R(2, 3), ints(2, 3)], const=(1,))
case("one axis", "Tile", [R(2, 1, 3), ints(1, 4, 1)], const=(1,))
case("nothing", "Tile", [R(2, 3), ints(0, 1)], const=(1,))
for axis in (0, 1, -1):
    case(f"axis {axis}", "Gather", [R(3, 4, 5), np.array([[0, 2], [1, -1]], i64)], axis=axis)
case("known", "Gather", [R(4, 2), ints(3, 0)], const=(1,))
case("scalar", "Gather", [R(4, 3), np.array(2, i64)])
case("int32", "Gather", [R(9, 3), np.array([[1, 2, 8]], i32)], opset=7)
case("of integers", "Gather", [ints(4, 5, 6), np.array(-1, i64)])
case("nothing", "Gather", [R(3, 4), np.zeros((0,), i64)])
case("", "GatherElements", [R(3, 4), R(2, 4, dtype=i64, low=-3, high=2)], axis=0)
case("axis 1", "GatherElements", [R(3, 4), R(3, 6, dtype=i32, low=-4, high=3)], axis=1)
case("middle", "GatherElements", [R(3, 4, 2), R(3, 2, 2, dtype=i64, low=-4, high=3)], axis=1)
case("points", "GatherND", [R(3, 4), np.array([[0, 1], [2, -1]], i64)])
case("rows", "GatherND", [R(3, 4, 2), np.array([[[0], [2]], [[1], [-1]]], i64)])
case("batch", "GatherND", [R(2, 3, 4), np.array([[1], [2]], i64)], opset=12, batch_dims=1)
case("batch of many", "GatherND", [R(2, 3, 4, 2), np.array([[[1, 0], [2, 3]], [[0, 0], [1, 1]]], i64)], opset=12, batch_dims=1)
case("", "ScatterElements", [R(3, 4), np.array([[0, 2, 1, -1]], i64), R(1, 4)], opset=11, axis=0)
case("axis 1", "ScatterElements", [R(3, 4), np.array([[0, 2], [1, -1], [3, 0]], i32), R(3, 2)], opset=13, axis=1)
for reduction in ("add", "mul"):
    case(reduction, "ScatterElements", [R(2, 4), np.array([[0, 0, 1], [3, 3, 3]], i64), R(2, 3)], opset=16, axis=1,
         reduction=reduction)
for reduction in ("max", "min"):
    case(reduction, "ScatterElements", [R(2, 4), np.array([[0, 0, 1], [3, 3, 3]], i64), R(2, 3)], opset=18, axis=1,
         reduction=reduction)
case("", "Scatter", [R(3, 4), np.array([[0, 2, 1, -1]], i64), R(1, 4)], opset=9, axis=0)
case("points", "ScatterND", [R(3, 4), np.array([[0, 1], [2, 3]], i64), R(2)], opset=11)
case("rows", "ScatterND", [R(3, 4), np.array([[2], [0]], i64), R(2, 4)], opset=13)
for reduction in ("add", "mul"):
    case(reduction, "ScatterND", [R(3, 4), np.array([[2], [2]], i64), R(2, 4)], opset=16, reduction=reduction)
for mode in ("DCR", "CRD"):
    case(mode, "DepthToSpace", [R(2, 12, 2, 3)], blocksize=2, mode=mode)
case("", "DepthToSpace", [R(1, 9, 2, 3)], opset=7, blocksize=3)
case("", "SpaceToDepth", [R(2, 3, 4, 6)], blocksize=2)

# Values that follow from the file or from shapes.

case("", "Shape", [R(2, 3, 4)])
case("part", "Shape", [R(2, 3, 4, 5)], opset=15, start=1, end=-1)
case("scalar", "Shape", [R()])
case("", "Size", [R(2, 3, 4)])
case("tensor", "Constant", [], value=np.arange(6, dtype=f32).reshape(2, 3))
case("int64", "Constant", [], value=np.array(5, i64))
case("value_float", "Constant", [], value_float=1.5)
case("value_floats", "Constant", [], value_floats=[1.5, 2.5])
case("value_int", "Constant", [], value_int=3)
case("value_ints", "Constant", [], value_ints=[3, 4])
case("", "ConstantOfShape", [ints(2, 3)], const=(0,), opset=9)
case("int64", "ConstantOfShape", [ints(2, 3)], const=(0,), opset=9, value=np.array([7], i64))
case("boolean scalar", "ConstantOfShape", [np.zeros(0, i64)], const=(0,), opset=9, value=np.array([True]))
case("int64", "Range", [np.array(3, i64), np.array(20, i64), np.array(4, i64)], const=(0, 1, 2), opset=11)
case("float", "Range", [np.array(1.0, f32), np.array(-2.2, f32), np.array(-0.4, f32)], const=(0, 1, 2), opset=11)
case("nothing", "Range", [np.array(3, i32), np.array(1, i32), np.array(1, i32)], const=(0, 1, 2), opset=11)
case("", "EyeLike", [R(3, 5)], opset=9)
case("shifted int64", "EyeLike", [R(4, 3)], opset=9, k=-1, dtype=TensorProto.INT64)
case("last axis", "OneHot", [R(2, 3, dtype=i64, low=-5, high=6), np.array(5, i64), np.array([0.5, 2.0], f32)], const=(1,), opset=11)
case("axis 0 of int64", "OneHot", [R(4, dtype=i64, low=0, high=2), np.array([3], i64), ints(-1, 1)], const=(1,), opset=11, axis=0)
case("axis 1", "OneHot", [R(2, 3, dtype=i32, low=0, high=3), np.array(4, i32), np.array([0.0, 1.0], f32)], const=(1,), opset=11, axis=1)
case("", "TopK", [R(3, 9), ints(4)], const=(1,), opset=11, outputs=2)
case("smallest, axis 0", "TopK", [R(7, 3), ints(3)], const=(1,), opset=11, outputs=2, axis=0, largest=0)
case("ties", "TopK", [np.array([[1, 3, 3, 2, 3, 1, 2]], f32), ints(5)], const=(1,), opset=11, outputs=2)
case("int64", "TopK", [R(2, 8, dtype=i64, low=-3, high=3), ints(8)], const=(1,), opset=11, outputs=2)
case("attribute k", "TopK", [R(2, 8)], opset=7, outputs=2, k=2)
case("", "CumSum", [R(3, 5), np.array(1, i64)], const=(1,), opset=11)
case("exclusive", "CumSum", [R(3, 5), np.array(0, i64)], const=(1,), opset=11, exclusive=1)
case("reverse", "CumSum", [R(3, 5, 2), np.array(-2, i32)], const=(1,), opset=11, reverse=1)
case("both, int64", "CumSum", [R(3, 5, dtype=i64), np.array(1, i64)], const=(1,), opset=14, reverse=1, exclusive=1)
case("computed axis", "CumSum", [R(3, 5), np.array(1, i64)], opset=11)
for upper in (0, 1):
    case(f"upper {upper}", "Trilu", [R(2, 4, 5)], opset=14, upper=upper)
    case(f"upper {upper} k", "Trilu", [R(4, 3), np.array(-1, i64)], opset=14, const=(1,), upper=upper)
case("computed k", "Trilu", [R(3, 3, dtype=i64), np.array(1, i64)], opset=14)

# Resizing.

none = np.zeros(0, f32)
scales = {"up": [1, 1, 2, 3], "fraction": [1, 1, 1.7, 0.6], "down": [1, 1, 0.5, 0.5]}
for mode in ("nearest", "linear", "cubic"):
    for transform in ("half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric"):
        for name, s in scales.items():
            case(f"{mode} {transform} {name}", "Resize", [R(1, 2, 4, 5), none, np.array(s, f32)], const=(1, 2),
                 mode=mode, coordinate_transformation_mode=transform)
for rounding in ("round_prefer_floor", "round_prefer_ceil", "floor", "ceil"):
    for transform in ("half_pixel", "asymmetric", "align_corners"):
        case(f"{rounding} {transform}", "Resize", [R(1, 1, 5, 6), none, none, ints(1, 1, 8, 4)], const=(1, 2, 3),
             mode="nearest", nearest_mode=rounding, coordinate_transformation_mode=transform)
for mode in ("nearest", "linear", "cubic"):
    case(f"{mode} crop", "Resize",
         [R(1, 1, 5, 6), np.array([0, 0, 0.2, 0.1, 1, 1, 0.7, 1.3], f32), none, ints(1, 1, 4, 7)], const=(1, 2, 3),
         mode=mode, coordinate_transformation_mode="tf_crop_and_resize", extrapolation_value=9.0)
case("half_pixel_symmetric", "Resize", [R(1, 1, 5, 6), none, np.array([1, 1, 1.3, 0.7], f32)], opset=19, const=(1, 2),
     mode="linear", coordinate_transformation_mode="half_pixel_symmetric")
case("one axis linear", "Resize", [R(2, 7), none, np.array([1, 1.6], f32)], const=(1, 2), mode="linear")
case("volumes", "Resize", [R(1, 1, 2, 3, 4), none, none, ints(1, 1, 3, 5, 2)], const=(1, 2, 3), mode="linear")
case("volumes nearest", "Resize", [R(1, 1, 2, 3, 4), none, none, ints(1, 1, 3, 5, 2)], const=(1, 2, 3), mode="nearest")
case("cubic exclude outside", "Resize", [R(1, 1, 4, 5), none, np.array([1, 1, 2, 1.5], f32)], const=(1, 2),
     mode="cubic", exclude_outside=1, cubic_coeff_a=-0.5)
case("axes", "Resize", [R(1, 2, 4, 5), None, np.array([2, 1.5], f32)], opset=18, const=(2,), mode="linear", axes=[2, 3])
case("axes sizes", "Resize", [R(1, 2, 4, 5), None, None, ints(6, 3)], opset=18, const=(3,), mode="nearest", axes=[2, 3])
for policy in ("stretch", "not_larger", "not_smaller"):
    case(policy, "Resize", [R(1, 1, 4, 6), None, None, ints(7, 8)], opset=18, const=(3,), mode="linear", axes=[2, 3],
         keep_aspect_ratio_policy=policy)
case("channels too", "Resize", [R(1, 2, 3, 3), none, np.array([1, 2, 2, 2], f32)], const=(1, 2), mode="nearest")
case("nearest", "Resize", [R(1, 2, 3, 4), np.array([1, 1, 2, 2], f32)], opset=10, const=(1,), mode="nearest")
case("linear", "Resize", [R(1, 2, 3, 4), np.array([1, 1, 2, 1.5], f32)], opset=10, const=(1,), mode="linear")
case("down", "Resize", [R(1, 2, 6, 5), np.array([1, 1, 0.5, 0.6], f32)], opset=10, const=(1,), mode="nearest")
case("", "Resize", [R(1, 2, 3, 4), none, np.array([1, 1, 2, 2], f32)], opset=11, const=(1, 2), mode="nearest")
case("bytes", "Resize", [R(1, 1, 3, 4, dtype=u8, low=0, high=255), None, np.array([1, 1, 2, 2], f32)], const=(2,), mode="nearest")
for mode in ("nearest", "linear"):
    case(mode, "Upsample", [R(1, 2, 3, 4)], opset=7, mode=mode, scales=[1.0, 1.0, 2.0, 3.0])
    case(mode, "Upsample", [R(1, 2, 3, 4), np.array([1, 1, 2, 2], f32)], opset=9, const=(1,), mode=mode)
case("fraction", "Upsample", [R(1, 2, 3, 4), np.array([1, 1, 1.5, 2.3], f32)], opset=9, const=(1,), mode="nearest")

# Reductions.

reductions = ["Sum", "Mean", "Max", "Min", "Prod", "L1", "L2", "LogSum", "LogSumExp", "SumSquare"]
for name in reductions:
    op = "Reduce" + name
    low = 0.2 if name == "LogSum" else -3.0
    opset = 13
    case("all", op, [R(3, 4, 5, low=low)], opset=opset)
    case("last", op, [R(3, 4, 19, low=low)], opset=opset, **({"axes": [-1]} if name != "Sum" else {"keepdims": 1}))
    if name != "Sum":
        case("first", op, [R(3, 4, 5, low=low)], opset=11, axes=[0], keepdims=0)
        case("middle", op, [R(3, 4, 5, low=low)], opset=11, axes=[1])
        case("apart", op, [R(3, 4, 5, low=low)], opset=13, axes=[0, 2], keepdims=0)
    case("input", op, [R(3, 4, 5, low=low), ints(1, 2)], opset=18 if name != "Sum" else 13, const=(1,), keepdims=0)
    case("no axes", op, [R(3, 4, low=low), np.zeros(0, i64)], opset=18, const=(1,), noop_with_empty_axes=1)
case("first", "ReduceSum", [R(3, 4, 5), ints(0)], const=(1,))
case("apart", "ReduceSum", [R(3, 4, 5), ints(0, -1)], const=(1,))
for name in ("Sum", "Max", "Min", "Mean", "Prod"):
    case("int64", "Reduce" + name, [R(3, 4, dtype=i64, low=-9, high=9)], opset=13)
    case("int32", "Reduce" + name, [R(3, 4, dtype=i32, low=-9, high=9), ints(0)], opset=18 if name != "Sum" else 13, const=(1,))
case("scalar", "ReduceMean", [R()])
case("images", "ReduceMean", [R(2, 3, 4, 5)], opset=11, axes=[2, 3])
for op in ("ArgMax", "ArgMin"):
    case("default", op, [R(4, 5)])
    case("last", op, [R(2, 4, 5)], axis=-1, keepdims=0)
    case("middle ties", op, [R(2, 9, 3, dtype=i32, low=-1, high=1)], axis=1)
    case("last of ties", op, [R(2, 9, 3, dtype=i32, low=-1, high=1)], axis=1, select_last_index=1)

# Products.

products = {
    "2-D": ((3, 4), (4, 5)), "batch": ((2, 3, 4), (2, 4, 5)), "shared right": ((2, 3, 4), (4, 5)),
    "shared left": ((3, 4), (2, 4, 5)), "broadcast": ((2, 1, 3, 4), (5, 4, 2)), "vectors": ((4,), (4,)),
    "row": ((4,), (2, 4, 5)), "column": ((2, 3, 4), (4,)), "empty": ((0, 4), (4, 3)), "nothing inside": ((2, 0), (0, 3)),
}
for name, (a, b) in products.items():
    case(name, "MatMul", [R(*a), R(*b)])
gemms = {
    "plain": ((3, 4), (4, 5), (5,), {}), "transposed": ((4, 3), (5, 4), (3, 1), {"transA": 1, "transB": 1}),
    "scaled": ((3, 4), (5, 4), (3, 5), {"transB": 1, "alpha": 0.5, "beta": 2.0}), "no addend": ((3, 4), (4, 5), None, {"alpha": 0.25}),
    "scalar addend": ((3, 4), (4, 5), (), {"beta": 0.5}), "alpha 0": ((3, 4), (4, 5), (1, 5), {"alpha": 0.0}),
    "beta 0": ((3, 4), (4, 5), (5,), {"beta": 0.0}),
}
for name, (a, b, c, extra) in gemms.items():
    case(name, "Gemm", [R(*a), R(*b)] + ([R(*c)] if c is not None else []), **extra)
case("plain", "Gemm", [R(3, 4), R(4, 5), R(5)], opset=7)

# Windows.

pools = {
    "plain": ((1, 2, 6, 7), dict(kernel_shape=[2, 3])), "strides": ((1, 2, 7, 8), dict(kernel_shape=[3, 3], strides=[2, 2])),
    "pads": ((1, 2, 6, 7), dict(kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])),
    "uneven pads": ((1, 2, 6, 7), dict(kernel_shape=[3, 3], strides=[2, 1], pads=[0, 1, 2, 0])),
    "ceil": ((1, 2, 7, 8), dict(kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1)),
    "ceil and pads": ((1, 1, 8, 9), dict(kernel_shape=[3, 2], strides=[3, 3], pads=[1, 1, 1, 1], ceil_mode=1)),
    "ceil leaves out": ((1, 1, 4, 4), dict(kernel_shape=[1, 1], strides=[2, 2], ceil_mode=1)),
    "same upper": ((1, 2, 6, 7), dict(kernel_shape=[3, 2], strides=[2, 2], auto_pad="SAME_UPPER")),
    "same lower": ((1, 2, 6, 7), dict(kernel_shape=[3, 2], strides=[2, 2], auto_pad="SAME_LOWER")),
    "valid": ((1, 2, 6, 7), dict(kernel_shape=[3, 2], strides=[2, 2], auto_pad="VALID")),
    "signals": ((2, 3, 11), dict(kernel_shape=[3], strides=[2], pads=[1, 1])),
    "volumes": ((1, 2, 4, 5, 6), dict(kernel_shape=[2, 2, 3], strides=[1, 2, 2], pads=[1, 0, 1, 0, 1, 1])),
}
for name, (shape, extra) in pools.items():
    case(name, "MaxPool", [R(*shape)], opset=12, **extra)
    case(name, "AveragePool", [R(*shape)], opset=11, **extra)
    case(name + " counted", "AveragePool", [R(*shape)], opset=19, count_include_pad=1, **extra)
    if "ceil_mode" not in extra:
        case(name, "LpPool", [R(*shape)], opset=11, **extra)
case("dilations", "MaxPool", [R(1, 2, 8, 9)], opset=12, kernel_shape=[3, 2], dilations=[2, 3], strides=[1, 2])
case("dilations and ceil", "MaxPool", [R(1, 1, 9, 10)], opset=12, kernel_shape=[2, 2], dilations=[3, 2], strides=[2, 3], ceil_mode=1, pads=[1, 0, 1, 1])
case("dilations", "AveragePool", [R(1, 2, 8, 9)], opset=19, kernel_shape=[3, 2], dilations=[2, 3], strides=[1, 2], pads=[1, 1, 1, 1])
case("dilations counted", "AveragePool", [R(1, 2, 8, 9)], opset=19, kernel_shape=[3, 2], dilations=[2, 3], pads=[1, 1, 1, 1], count_include_pad=1)
case("plain", "MaxPool", [R(1, 2, 6, 6)], opset=7, kernel_shape=[2, 2], strides=[2, 2])
case("p 1", "LpPool", [R(1, 2, 6, 7)], opset=11, kernel_shape=[2, 3], p=1)
case("p 3", "LpPool", [R(1, 2, 6, 7)], opset=11, kernel_shape=[2, 3], p=3)
for op in ("GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool"):
    case("images", op, [R(2, 3, 5, 7)])
    case("signals", op, [R(2, 3, 9)])
case("p 1", "GlobalLpPool", [R(2, 3, 5)], p=1)
case("p 3", "GlobalLpPool", [R(2, 3, 5)], p=3)

convolutions = {
    "plain": ((1, 2, 6, 7), (3, 2, 3, 3), {}), "pointwise": ((2, 4, 3, 5), (3, 4, 1, 1), {}),
    "strides and pads": ((1, 2, 7, 8), (3, 2, 3, 3), dict(strides=[2, 2], pads=[1, 1, 1, 1])),
    "uneven pads": ((1, 2, 6, 7), (3, 2, 3, 2), dict(pads=[0, 1, 2, 0])),
    "dilations": ((1, 2, 9, 9), (2, 2, 3, 3), dict(dilations=[2, 3], pads=[2, 3, 2, 3])),
    "groups": ((2, 4, 5, 6), (6, 2, 3, 3), dict(group=2, pads=[1, 1, 1, 1])),
    "depthwise": ((2, 3, 6, 7), (3, 1, 3, 3), dict(group=3, pads=[1, 1, 1, 1], strides=[2, 1])),
    "depthwise twice": ((1, 3, 6, 6), (6, 1, 3, 3), dict(group=3)),
    "depthwise dilated": ((1, 2, 9, 8), (2, 1, 3, 2), dict(group=2, dilations=[3, 2], pads=[3, 0, 2, 2], strides=[1, 2])),
    "same upper": ((1, 2, 6, 7), (2, 2, 3, 2), dict(strides=[2, 2], auto_pad="SAME_UPPER")),
    "same lower": ((1, 2, 6, 7), (2, 2, 3, 2), dict(strides=[2, 2], auto_pad="SAME_LOWER")),
    "valid": ((1, 2, 6, 7), (2, 2, 3, 2), dict(auto_pad="VALID")),
    "signals": ((2, 3, 11), (4, 3, 3), dict(strides=[2], pads=[1, 1])),
    "signals strided pointwise": ((1, 3, 11), (4, 3, 1), dict(strides=[3])),
    "volumes": ((1, 2, 4, 5, 6), (3, 2, 2, 2, 3), dict(strides=[1, 2, 2], pads=[1, 0, 1, 0, 1, 1])),
    "kernel as large as the input": ((2, 3, 4, 4), (5, 3, 4, 4), {}),
    "empty batch": ((0, 3, 4, 4), (5, 3, 3, 3), {}),
    "more pads than input": ((1, 1, 2, 2), (1, 1, 3, 3), dict(pads=[4, 4, 4, 4], strides=[2, 3])),
}
for name, (x, w, extra) in convolutions.items():
    case(name, "Conv", [R(*x), R(*w), R(w[0])], opset=11, **extra)
case("no bias", "Conv", [R(1, 2, 5, 5), R(3, 2, 3, 3)], opset=7, kernel_shape=[3, 3])
transposed = {
    "plain": ((1, 2, 4, 5), (2, 3, 3, 3), {}), "strides": ((1, 2, 4, 5), (2, 3, 4, 4), dict(strides=[2, 2], pads=[1, 1, 1, 1])),
    "output padding": ((1, 2, 4, 5), (2, 3, 3, 3), dict(strides=[3, 2], output_padding=[2, 1], pads=[1, 0, 0, 1])),
    "groups": ((2, 4, 3, 3), (4, 2, 3, 3), dict(group=2, strides=[2, 2])),
    "dilations": ((1, 2, 3, 4), (2, 2, 3, 2), dict(dilations=[2, 3], strides=[2, 1], pads=[1, 1, 2, 0])),
    "output shape": ((1, 2, 4, 5), (2, 3, 3, 3), dict(strides=[3, 2], output_shape=[11, 12])),
    "output shape upper": ((1, 2, 4, 5), (2, 3, 3, 3), dict(strides=[3, 2], output_shape=[11, 10], auto_pad="SAME_UPPER")),
    "output shape lower": ((1, 2, 4, 5), (2, 3, 3, 3), dict(strides=[3, 2], output_shape=[11, 10], auto_pad="SAME_LOWER")),
    "same upper": ((1, 2, 4, 5), (2, 3, 3, 4), dict(strides=[2, 3], auto_pad="SAME_UPPER")),
    "same lower": ((1, 2, 4, 5), (2, 3, 4, 4), dict(strides=[2, 3], auto_pad="SAME_LOWER")),
    "signals": ((2, 3, 7), (3, 2, 4), dict(strides=[2], pads=[1, 1])),
    "volumes": ((1, 2, 2, 3, 3), (2, 2, 2, 3, 2), dict(strides=[2, 1, 2], pads=[0, 1, 0, 1, 0, 1])),
}
for name, (x, w, extra) in transposed.items():
    case(name, "ConvTranspose", [R(*x), R(*w), R(w[1] * extra.get("group", 1))], opset=11, **extra)
case("no bias", "ConvTranspose", [R(1, 2, 3, 3), R(2, 1, 2, 2)], opset=7)

# Recurrent operators.


def recurrent(name, op, gates, opset=14, sequence=5, batch=2, size=3, hidden=4, directions=1, bias=True, lengths=None,
              initial=False, peepholes=False, outputs=None, **extra):
    first = extra.get("layout", 0) == 1
    state = (batch, directions, hidden) if first else (directions, batch, hidden)
    low, high = -0.6, 0.6
    inputs = [
        R(*((batch, sequence, size) if first else (sequence, batch, size)), low=-1.0, high=1.0),
        R(directions, gates * hidden, size, low=low, high=high), R(directions, gates * hidden, hidden, low=low, high=high),
        R(directions, 2 * gates * hidden, low=low, high=high) if bias else None,
        np.array(lengths, i32) if lengths else None, R(*state, low=low, high=high) if initial else None,
    ]
    if op == "LSTM":
        inputs += [R(*state, low=low, high=high) if initial else None, R(directions, 3 * hidden, low=low, high=high) if peepholes else None]
    while inputs[-1] is None:
        inputs.pop()
    case(name, op, inputs, opset=opset, outputs=outputs or (3 if op == "LSTM" else 2), hidden_size=hidden, **extra)


for op, gates in (("LSTM", 4), ("GRU", 3), ("RNN", 1)):
    recurrent("forward", op, gates)
    recurrent("no bias", op, gates, bias=False)
    recurrent("reverse", op, gates, direction="reverse")
    recurrent("bidirectional", op, gates, directions=2, direction="bidirectional", initial=True)
    recurrent("lengths", op, gates, lengths=[3, 5], initial=True)
    recurrent("reverse with lengths", op, gates, lengths=[5, 2], direction="reverse")
    recurrent("bidirectional with lengths", op, gates, batch=3, lengths=[3, 5, 1], directions=2, direction="bidirectional", initial=True)
    recurrent("clip", op, gates, clip=0.2, initial=True)
    recurrent("batch first", op, gates, layout=1, initial=True)
    recurrent("older", op, gates, opset=7)
    recurrent("long", op, gates, sequence=20, batch=3, size=2, hidden=9, initial=True)
    recurrent("one sequence", op, gates, sequence=130, batch=1, size=2, hidden=3)
    recurrent("states only", op, gates, outputs=["", "h"])
recurrent("peepholes", "LSTM", 4, peepholes=True, initial=True)
recurrent("peepholes, clip, lengths, both ways", "LSTM", 4, peepholes=True, initial=True, clip=0.3, lengths=[4, 5],
          directions=2, direction="bidirectional")
recurrent("input_forget", "LSTM", 4, input_forget=1, initial=True)
recurrent("activations", "LSTM", 4, initial=True, activations=["HardSigmoid", "Softsign", "Relu"],
          activation_alpha=[0.3], activation_beta=[0.4])
recurrent("activations both ways", "LSTM", 4, initial=True, directions=2, direction="bidirectional",
          activations=["Sigmoid", "ScaledTanh", "LeakyRelu", "HardSigmoid", "Elu", "Softplus"],
          activation_alpha=[0.9, 0.2, 0.3, 0.7], activation_beta=[1.1, 0.4])
for direct in (0, 1):
    recurrent(f"linear_before_reset {direct}", "GRU", 3, linear_before_reset=direct, initial=True)
    recurrent(f"linear_before_reset {direct} without bias", "GRU", 3, linear_before_reset=direct, bias=False)
    recurrent(f"linear_before_reset {direct}, long, lengths", "GRU", 3, sequence=18, batch=3, hidden=5, directions=2,
              direction="bidirectional", linear_before_reset=direct, initial=True, lengths=[18, 3, 7], clip=0.5)
recurrent("activations", "GRU", 3, activations=["HardSigmoid", "ScaledTanh"], activation_alpha=[0.3, 0.8], activation_beta=[0.4, 1.2])
recurrent("relu", "RNN", 1, activations=["Relu"], initial=True)
recurrent("affine both ways", "RNN", 1, directions=2, direction="bidirectional", activations=["Affine", "ThresholdedRelu"],
          activation_alpha=[0.5, 0.1], activation_beta=[0.2])

# Quantized values.

i8, i16, u16 = np.int8, np.int16, np.uint16
case("one scale", "QuantizeLinear", [R(3, 9, high=40.0), np.float32(0.11), np.uint8(128)])
case("to int8", "QuantizeLinear", [R(3, 9, high=40.0), np.float32(0.11), np.int8(-3)])
case("without zero point", "QuantizeLinear", [R(3, 9, high=40.0), np.float32(0.11)])
case("by axis", "QuantizeLinear", [R(2, 3, 4, high=20.0), np.array([0.1, 0.2, 0.05], f32), np.array([1, 0, 200], u8)], axis=1)
case("of halves", "QuantizeLinear", [np.arange(-6, 7).astype(f32) / 2, np.float32(1.0), np.int8(0)])
case("to int16", "QuantizeLinear", [R(3, 9, high=4000.0), np.float32(0.11), np.int16(5)], opset=21)
case("in blocks", "QuantizeLinear", [R(2, 5, high=20.0), R(2, 3, low=0.05, high=0.4), np.zeros((2, 3), i8)], opset=21, axis=1, block_size=2)
case("one scale", "DequantizeLinear", [R(3, 9, dtype=u8, low=0, high=255), np.float32(0.11), np.uint8(128)])
case("int8", "DequantizeLinear", [R(3, 9, dtype=i8, low=-128, high=127), np.float32(0.11), np.int8(-7)])
case("int32", "DequantizeLinear", [R(3, 9, dtype=i32, low=-4000, high=4000), np.float32(0.11)])
case("by axis", "DequantizeLinear", [R(2, 3, 4, dtype=i8, low=-128, high=127), np.array([0.1, 0.2, 0.05], f32), np.array([1, 0, -9], i8)], axis=1)
case("by last axis", "DequantizeLinear", [R(4, 3, dtype=i8, low=-128, high=127), np.array([0.1, 0.2, 0.05], f32)], axis=-1)
case("in blocks", "DequantizeLinear", [R(5, 4, dtype=u8, low=0, high=255), R(2, 4, low=0.05, high=0.4), R(2, 4, dtype=u8, low=0, high=255)], opset=21, axis=0, block_size=3)
case("uint16", "DequantizeLinear", [R(3, 9, dtype=u16, low=0, high=60000), np.float32(0.01), np.uint16(300)], opset=21)
case("random", "DynamicQuantizeLinear", [R(4, 7, low=-2.0, high=5.0)], opset=11, outputs=3)
case("positive", "DynamicQuantizeLinear", [R(4, 7, low=1.0, high=5.0)], opset=11, outputs=3)
case("negative", "DynamicQuantizeLinear", [R(4, 7, low=-5.0, high=-1.0)], opset=11, outputs=3)
byte = dict(dtype=u8, low=0, high=255)
sbyte = dict(dtype=i8, low=-128, high=127)
case("zero points", "MatMulInteger", [R(3, 5, **byte), R(5, 4, **sbyte), np.uint8(12), np.int8(-3)], opset=10)
case("without zero points", "MatMulInteger", [R(2, 3, 5, **byte), R(5, 4, **byte)], opset=10)
case("by column", "MatMulInteger", [R(3, 5, **byte), R(5, 4, **sbyte), np.uint8(12), np.array([1, -3, 4, 0], i8)], opset=10)
one = [np.float32(0.03), np.uint8(113)]
case("matrices", "QLinearMatMul", [R(3, 5, **byte), *one, R(5, 4, **byte), np.float32(0.02), np.uint8(99), np.float32(0.4), np.uint8(120)], opset=10)
case("stacks", "QLinearMatMul", [R(2, 3, 5, **byte), *one, R(2, 5, 4, **byte), np.float32(0.02), np.uint8(99), np.float32(0.4), np.uint8(120)], opset=10)
case("by column", "QLinearMatMul", [R(3, 5, **byte), *one, R(5, 4, **sbyte), np.array([0.02, 0.01, 0.03, 0.015], f32), np.array([1, -3, 40, 0], i8), np.float32(0.4), np.uint8(120)], opset=10)
case("stacks by column", "QLinearMatMul", [R(2, 3, 5, **byte), *one, R(5, 4, **byte), np.array([0.02, 0.01, 0.03, 0.015], f32), np.array([99, 3, 140, 0], u8), np.float32(0.4), np.uint8(120)], opset=10)
case("padded", "ConvInteger", [R(1, 2, 5, 6, **byte), R(3, 2, 3, 3, **byte), np.uint8(7)], opset=10, pads=[1, 1, 1, 1])
case("padded", "QLinearConv", [R(1, 2, 5, 6, **byte), *one, R(3, 2, 3, 3, **byte), np.float32(0.02), np.uint8(99), np.float32(0.9), np.uint8(120)], opset=10, pads=[1, 1, 1, 1])
case("by filter, groups, bias", "QLinearConv", [R(2, 4, 5, 6, **byte), *one, R(6, 2, 3, 2, **sbyte), R(6, low=0.01, high=0.04), np.zeros(6, i8), np.float32(0.7), np.uint8(120), R(6, dtype=i32, low=-2000, high=2000)], opset=10, group=2, strides=[2, 1])

# Attention.

head = dict(low=-1.5, high=1.5)
case("heads", "Attention", [R(2, 3, 4, 8, **head), R(2, 3, 6, 8, **head), R(2, 3, 6, 5, **head)], opset=23)
case("packed, shared keys", "Attention", [R(2, 4, 24, **head), R(2, 6, 12, **head), R(2, 6, 12, **head)], opset=23, q_num_heads=4, kv_num_heads=2)
case("causal", "Attention", [R(1, 2, 5, 4, **head), R(1, 2, 5, 4, **head), R(1, 2, 5, 4, **head)], opset=23, is_causal=1, scale=0.3)
case("mask of numbers", "Attention", [R(2, 2, 4, 4, **head), R(2, 2, 6, 4, **head), R(2, 2, 6, 4, **head), R(4, 6)], opset=23)
case("mask", "Attention", [R(2, 2, 4, 4, **head), R(2, 2, 6, 4, **head), R(2, 2, 6, 4, **head), R(2, 1, 4, 6, dtype=b1)], opset=23)
case("softcap", "Attention", [R(1, 2, 4, 4, low=-4.0, high=4.0), R(1, 2, 6, 4, low=-4.0, high=4.0), R(1, 2, 6, 4, **head)], opset=23, softcap=2.0)
case("past", "Attention", [R(1, 2, 3, 4, **head), R(1, 2, 3, 4, **head), R(1, 2, 3, 4, **head), None, R(1, 2, 2, 4, **head), R(1, 2, 2, 4, **head)], opset=23, outputs=3)
for mode in (0, 3):
    case(f"scores {mode}", "Attention", [R(1, 2, 3, 4, **head), R(1, 2, 5, 4, **head), R(1, 2, 5, 4, **head), R(3, 5)], opset=23, outputs=["y", "", "", "scores"], qk_matmul_output_mode=mode)
for interleaved in (0, 1):
    case(f"interleaved {interleaved}", "RotaryEmbedding", [R(2, 3, 4, 8), R(10, 4, low=-1.0, high=1.0), R(10, 4, low=-1.0, high=1.0), np.array([[0, 1, 2, 3], [9, 4, 5, 6]], i64)], opset=23, interleaved=interleaved)
case("packed, in part", "RotaryEmbedding", [R(2, 4, 24), R(2, 4, 2, low=-1.0, high=1.0), R(2, 4, 2, low=-1.0, high=1.0)], opset=23, num_heads=3, rotary_embedding_dim=4)
past = R(2, 2, 3, 4, **head)
sequence = [R(2, 5, 12, **head), R(2, 5, 6, **head), R(2, 5, 8, **head)]
case("linear", "LinearAttention", [*sequence, past], opset=27, outputs=2, q_num_heads=4, kv_num_heads=2, update_rule="linear")
case("gated", "LinearAttention", [*sequence, None, R(2, 5, 2, low=-1.0, high=0.0)], opset=27, outputs=2, q_num_heads=4, kv_num_heads=2, update_rule="gated")
case("delta", "LinearAttention", [*sequence, past, None, R(2, 5, 1, low=0.0, high=1.0)], opset=27, outputs=2, q_num_heads=4, kv_num_heads=2, update_rule="delta", scale=0.2)
case("gated delta", "LinearAttention", [*sequence, past, R(2, 5, 6, low=-1.0, high=0.0), R(2, 5, 2, low=0.0, high=1.0)], opset=27, outputs=2, q_num_heads=4, kv_num_heads=2)
case("state and bias", "CausalConvWithState", [R(2, 3, 6), R(3, 1, 4), R(3), R(2, 3, 3)], opset=27, outputs=2)
case("silu", "CausalConvWithState", [R(2, 3, 6), R(3, 1, 4)], opset=27, outputs=2, activation="silu")
case("random", "SwiGLU", [R(2, 7), R(2, 7)], opset=28, alpha=1.7)

# Sums of products.

for equation, *shapes in [
    ("bij,bjk->bik", (2, 3, 4), (2, 4, 5)), ("ij,kj->ik", (3, 4), (5, 4)), ("bhid,bhjd->bhij", (2, 2, 3, 4), (2, 2, 5, 4)),
    ("ij->ji", (3, 4)), ("ii->i", (4, 4)), ("ij->", (3, 4)), ("...ij,...jk->...ik", (2, 3, 4), (2, 4, 5)), ("i,i", (5,), (5,)),
    ("ij,jk,kl->il", (2, 3), (3, 4), (4, 2)), ("b...i,oi->b...o", (2, 3, 4), (5, 4)), ("ij,k->ij", (2, 3), (4,)), ("bi,i->b", (1, 4), (4,)),
    ("ba", (2, 3)),
]:
    case(equation, "Einsum", [R(*shape) for shape in shapes], opset=12, equation=equation)

# Bits.

for op in ("BitwiseAnd", "BitwiseOr", "BitwiseXor"):
    case("broadcast", op, [R(3, 4, dtype=i32, low=-9000, high=9000), R(4, dtype=i32, low=-9000, high=9000)], opset=18)
case("bytes", "BitwiseNot", [R(3, 4, **byte)], opset=18)
for direction in ("LEFT", "RIGHT"):
    case(direction, "BitShift", [R(3, 4, dtype=np.uint32, low=0, high=9000), R(4, dtype=np.uint32, low=0, high=9)], opset=11, direction=direction)
case("to int32", "BitCast", [R(3, 4)], opset=26, to=int(TensorProto.INT32))

# Losses.

for op, low, high in (("SoftmaxCrossEntropyLoss", -3.0, 3.0), ("NegativeLogLikelihoodLoss", -3.0, 0.0)):
    for reduction in ("none", "sum", "mean"):
        case(f"{reduction}, weights", op, [R(3, 5, low=low, high=high), R(3, dtype=i64, low=0, high=4), R(5, low=0.1, high=2.0)], reduction=reduction)
    case("places, one ignored", op, [R(2, 4, 3, low=low, high=high), R(2, 3, dtype=i64, low=0, high=3)], ignore_index=2)
case("log probabilities", "SoftmaxCrossEntropyLoss", [R(3, 5), R(3, dtype=i64, low=0, high=4)], outputs=2)

# Places given by the data.

for mode in ("linear", "nearest", "cubic"):
    for padding in ("zeros", "border", "reflection"):
        for aligned in (0, 1):
            case(f"{mode}, {padding}, {aligned}", "GridSample", [R(1, 2, 4, 5), R(1, 3, 2, 2, low=-1.4, high=1.4)], opset=20, mode=mode, padding_mode=padding, align_corners=aligned)
case("volumes", "GridSample", [R(1, 1, 3, 4, 3), R(1, 2, 2, 2, 3, low=-1.2, high=1.2)], opset=20)
case("older", "GridSample", [R(1, 2, 4, 5), R(1, 3, 2, 2, low=-1.4, high=1.4)], opset=16, mode="bilinear")
for aligned in (0, 1):
    case(f"plane {aligned}", "AffineGrid", [R(2, 2, 3), ints(2, 3, 3, 4)], opset=20, const=(1,), align_corners=aligned)
    case(f"volume {aligned}", "AffineGrid", [R(1, 3, 4), ints(1, 3, 2, 3, 4)], opset=20, const=(1,), align_corners=aligned)
case("crop and pad", "CenterCropPad", [R(7, 3, 4), ints(4, 6, 4)], opset=18, const=(1,))
case("odd", "CenterCropPad", [R(7, 2, 3), ints(5, 4)], opset=18, const=(1,), axes=[-1, 0])
case("batch last", "ReverseSequence", [R(5, 3, 2), ints(1, 5, 3)], opset=10, time_axis=0, batch_axis=1)
case("batch first", "ReverseSequence", [R(3, 5, 2), ints(1, 5, 3)], opset=10, time_axis=1, batch_axis=0)
case("linear", "TensorScatter", [R(2, 3, 5, 2), R(2, 3, 2, 2), ints(1, 3)], opset=24)
case("circular", "TensorScatter", [R(2, 5, 2), R(2, 3, 2), ints(4, 1)], opset=24, mode="circular")
case("along an axis", "Compress", [R(3, 4), np.array([True, False, True])], opset=11, const=(1,), axis=0)
case("elements", "Compress", [R(3, 4), np.array([False, True, True, False, True])], opset=11, const=(1,))
case("known", "NonZero", [np.array([[1.0, 0.0], [0.0, 2.0], [3.0, 4.0]], f32)], const=(0,))
for exclusive in (0, 1):
    for reverse in (0, 1):
        case(f"{exclusive} {reverse}", "CumProd", [R(3, 4), np.int64(1)], opset=26, const=(1,), exclusive=exclusive, reverse=reverse)
case("planes", "Det", [R(2, 3, 4, 4)], opset=11)
case("one matrix", "Det", [np.array([[0.0, 2.0], [3.0, 1.0]], f32)], opset=11)
case("last axis", "Hardmax", [R(3, 4, 5)])
case("first axis", "Hardmax", [R(3, 4, 5)], axis=0)
case("older", "Hardmax", [R(3, 4, 5)], opset=11)
case("ties", "Hardmax", [np.array([[1, 3, 3], [2, 2, 1]], f32)])
case("indices", "MaxPool", [R(2, 3, 6, 7)], opset=12, outputs=2, kernel_shape=[3, 2], strides=[2, 1], pads=[1, 0, 1, 0])
case("indices of columns", "MaxPool", [R(2, 1, 6, 7)], opset=12, outputs=2, kernel_shape=[3, 3], storage_order=1)
case("crd", "SpaceToDepth", [R(2, 3, 4, 6)], opset=28, blocksize=2, mode="CRD")
case("floor of numbers", "Mod", [np.array([4.5, -4.5, 4.5, -4.5, 0.0, 6.0], f32), np.array([2.0, 2.0, -2.0, -2.0, -3.0, -3.0], f32)], opset=28)

# Signals.

for op in ("HannWindow", "HammingWindow", "BlackmanWindow"):
    for periodic in (0, 1):
        case(f"{periodic}", op, [np.int64(9)], opset=17, const=(0,), periodic=periodic)
case("real", "DFT", [R(2, 9, 1)], opset=17, axis=1)
case("complex, inverse", "DFT", [R(2, 8, 2)], opset=17, axis=1, inverse=1)
case("onesided", "DFT", [R(2, 9, 3, 1)], opset=17, axis=1, onesided=1)
case("padded, axis as input", "DFT", [R(2, 5, 3, 1), np.int64(8), np.int64(1)], opset=20, const=(1, 2))
case("windowed", "STFT", [R(2, 20, 1), np.int64(4), R(8, low=0.0, high=1.0), np.int64(8)], opset=17, const=(1, 3))
case("overlapping", "Col2Im", [R(1, 8, 6), ints(4, 3), ints(2, 2)], opset=18, const=(1, 2))
case("strides, pads, dilations", "Col2Im", [R(2, 12, 9), ints(6, 6), ints(2, 2)], opset=18, const=(1, 2), strides=[2, 2], pads=[1, 1, 1, 1], dilations=[2, 2])

place = goldens("Engine/ExecutionTests") / "operators.json"
if only:
    print(len(cases), "cases, not written")
else:
    place.write_text("[\n" + ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases) + "\n]\n")
    print(len(cases), "cases,", place.stat().st_size, "bytes")
    print("operators:", len({c["operation"] for c in cases}))
