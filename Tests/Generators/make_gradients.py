"""Writes Tests/Engine/ExecutionTests/Goldens/gradients.json: graphs with what PyTorch says of their outputs and gradients.

Gradients are computed in double precision and, one by one, compared here with finite differences (torch.autograd.gradcheck).
"""
import json

import numpy as np
import torch
import torch.nn.functional as F

from support.graph_goldens import attribute, encoded
from support.places import goldens

random = np.random.default_rng(20260)
cases = []


def rand(*shape, low=-1.0, high=1.0):
    return random.uniform(low, high, shape).astype(np.float32)


def away(*shape):
    """Numbers that keep away from 0, where many functions have a kink."""
    values = rand(*shape)
    return (values + np.sign(values) * 0.1).astype(np.float32)


def apart(*shape):
    """Numbers of which no two are close, so that maxima are clear."""
    count = int(np.prod(shape))
    return ((random.permutation(count) / count - 0.5) * 2).astype(np.float32).reshape(shape)


def node(operation, inputs, outputs, **attributes):
    return {"operation": operation, "inputs": list(inputs), "outputs": list(outputs),
            "attributes": {name: attribute(value) for name, value in attributes.items()}}


def graph(name, nodes, inputs, weights, function, constants=None, opset=13, statistics=None, frozen=False, outputs=("y",),
          check=True):
    """`function` maps a dict of double tensors to the outputs (and a dict of running statistics afterwards)."""
    constants = constants or {}
    statistics = statistics or {}
    values = {}
    for key, array in {**inputs, **weights, **constants, **statistics}.items():
        tensor = torch.from_numpy(array.copy())
        values[key] = tensor.double() if tensor.is_floating_point() else tensor
    trained = [key for key, array in {**inputs, **weights}.items() if array.dtype == np.float32]
    for key in trained:
        values[key].requires_grad_()

    def run(*tensors):
        result = function({**values, **{k: v.clone() for k, v in values.items() if k in statistics}, **dict(zip(trained, tensors))})
        return result

    given = [values[key] for key in trained]
    result = run(*given)
    after = {}
    if isinstance(result, tuple) and isinstance(result[-1], dict):
        after = result[-1]
        result = result[:-1]
    result = result if isinstance(result, tuple) else (result,)
    cotangents = [rand(*r.shape) for r in result]
    if check:
        def plain(*tensors):
            r = run(*tensors)
            r = r if isinstance(r, tuple) else (r,)
            return tuple(t for t in r if not isinstance(t, dict))
        assert torch.autograd.gradcheck(plain, given, eps=1e-6, atol=1e-5, fast_mode=sum(v.numel() for v in given) > 400), name
    total = sum((r * torch.from_numpy(c).double()).sum() for r, c in zip(result, cotangents))
    gradients = torch.autograd.grad(total, given, allow_unused=True)
    cases.append({
        "name": name, "operatorSet": opset, "nodes": nodes, "isFrozen": frozen,
        "inputs": {k: encoded(v) for k, v in inputs.items()},
        "weights": {k: encoded(v) for k, v in weights.items()},
        "constants": {k: encoded(np.atleast_1d(v)) for k, v in {**constants, **statistics}.items()},
        "outputs": list(outputs),
        "expected": [encoded(r.detach().numpy().astype(np.float32)) for r in result],
        "cotangents": [encoded(c) for c in cotangents],
        "gradients": {k: encoded(np.zeros(values[k].shape, np.float32) if g is None else g.numpy().astype(np.float32)) for k, g in zip(trained, gradients)},
        "statistics": {k: encoded(v.detach().numpy().astype(np.float32)) for k, v in after.items()},
    })


def single(name, operation, inputs, function, weights=None, constants=None, opset=13, outputs=("y",), order=None, **attributes):
    weights = weights or {}
    constants = constants or {}
    order = order if order is not None else list(inputs) + list(weights) + list(constants)
    graph(name, [node(operation, order, outputs, **attributes)], inputs, weights, function, constants, opset, outputs=outputs)


# Convolutions
def conv(name, shape, weight, bias=True, groups=1, stride=(1, 1), pads=(0, 0, 0, 0), dilation=(1, 1)):
    axes = len(shape) - 2
    weights = {"w": rand(*weight)}
    if bias:
        weights["b"] = rand(weight[0])
    begin, end = pads[:axes], pads[axes:]
    padding = [p for axis in reversed(range(axes)) for p in (begin[axis], end[axis])]

    def function(v):
        x = F.pad(v["x"], padding)
        return (F.conv1d if axes == 1 else F.conv2d)(x, v["w"], v.get("b"), stride, 0, dilation, groups)
    single(name, "Conv", {"x": rand(*shape)}, function, weights, group=groups, strides=stride, pads=pads, dilations=dilation,
           kernel_shape=weight[2:])


conv("conv", (2, 3, 6, 5), (4, 3, 3, 3), pads=(1, 1, 1, 1))
conv("conv of stride 2", (2, 2, 7, 7), (3, 2, 3, 3), bias=False, stride=(2, 2), pads=(1, 1, 1, 1))
conv("conv, unequal pads", (1, 2, 6, 6), (3, 2, 3, 2), pads=(1, 0, 0, 1))
conv("conv in groups", (2, 4, 5, 5), (6, 2, 3, 3), groups=2)
conv("conv of each channel", (2, 4, 5, 5), (4, 1, 3, 3), groups=4, pads=(1, 1, 1, 1))
conv("conv, dilated", (1, 2, 7, 7), (3, 2, 3, 3), dilation=(2, 2))
conv("conv 1×1", (2, 5, 4, 4), (3, 5, 1, 1))
conv("conv along one axis", (2, 3, 9), (4, 3, 3), stride=(2,), pads=(1, 1), dilation=(1,))
conv("conv of 16 channels", (1, 16, 4, 4), (16, 16, 1, 1), bias=False)


def transposed(name, shape, weight, bias=True, groups=1, stride=(1, 1), pad=0, extra=0, dilation=(1, 1)):
    weights = {"w": rand(*weight)}
    if bias:
        weights["b"] = rand(weight[1] * groups)
    single(name, "ConvTranspose", {"x": rand(*shape)},
           lambda v: F.conv_transpose2d(v["x"], v["w"], v.get("b"), stride, pad, extra, groups, dilation), weights,
           group=groups, strides=stride, pads=[pad] * 4, output_padding=[extra] * 2, dilations=dilation, kernel_shape=weight[2:])


transposed("transposed conv", (2, 3, 3, 3), (3, 4, 4, 4), stride=(2, 2), pad=1)
transposed("transposed conv, no bias", (1, 4, 1, 1), (4, 3, 4, 4), bias=False)
transposed("transposed conv in groups", (1, 4, 3, 3), (4, 2, 3, 3), groups=2, stride=(2, 2), pad=1, extra=1)

# Pooling
single("max pool", "MaxPool", {"x": apart(2, 3, 6, 6)}, lambda v: F.max_pool2d(v["x"], 2), kernel_shape=[2, 2], strides=[2, 2])
single("max pool, overlapping", "MaxPool", {"x": apart(1, 2, 7, 7)}, lambda v: F.max_pool2d(v["x"], 3, 2, 1),
       kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
single("max pool, ceil", "MaxPool", {"x": apart(1, 2, 6, 6)}, lambda v: F.max_pool2d(v["x"], 3, 2, ceil_mode=True),
       kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1)
single("average pool", "AveragePool", {"x": rand(2, 3, 6, 6)}, lambda v: F.avg_pool2d(v["x"], 2), kernel_shape=[2, 2], strides=[2, 2])
single("average pool, padded", "AveragePool", {"x": rand(1, 2, 5, 5)},
       lambda v: F.avg_pool2d(v["x"], 3, 2, 1, count_include_pad=False), kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
single("average pool, padding counts", "AveragePool", {"x": rand(1, 2, 5, 5)}, lambda v: F.avg_pool2d(v["x"], 3, 2, 1),
       kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1], count_include_pad=1)
single("global average pool", "GlobalAveragePool", {"x": rand(2, 3, 4, 5)}, lambda v: v["x"].mean((2, 3), keepdim=True))
single("global max pool", "GlobalMaxPool", {"x": apart(2, 3, 4, 5)}, lambda v: v["x"].amax((2, 3), keepdim=True))
single("LRN", "LRN", {"x": rand(2, 7, 3, 3, low=-3, high=3)}, lambda v: F.local_response_norm(v["x"], 5, 0.1, 0.75, 1.0), size=5, alpha=0.1,
       beta=0.75, bias=1.0)

# Normalizations
for shape in [(4, 3, 3, 3), (2, 16, 2, 2), (5, 4), (3, 2, 5)]:
    c = shape[1]
    for frozen in [False, True]:
        def norm(v, frozen=frozen):
            m, s = v["m"].clone(), v["s"].clone()
            y = F.batch_norm(v["x"], m, s, v["g"], v["b"], training=not frozen, momentum=0.2, eps=1e-3)
            return y, {"m": m, "s": s}
        graph(f"batch normalization {shape}{', frozen' if frozen else ''}",
              [node("BatchNormalization", ["x", "g", "b", "m", "s"], ["y"], epsilon=1e-3, momentum=0.8)],
              {"x": rand(*shape)}, {"g": rand(c, low=0.5, high=1.5), "b": rand(c)}, norm, frozen=frozen,
              statistics={"m": rand(c), "s": rand(c, low=0.5, high=1.5)})
single("layer normalization", "LayerNormalization", {"x": rand(3, 4, 6)}, lambda v: F.layer_norm(v["x"], (6,), v["g"], v["b"], 1e-5),
       {"g": rand(6), "b": rand(6)}, opset=17, axis=-1, epsilon=1e-5)
single("layer normalization of two axes", "LayerNormalization", {"x": rand(3, 4, 5)},
       lambda v: F.layer_norm(v["x"], (4, 5), v["g"]), {"g": rand(4, 5)}, opset=17, axis=1)
single("instance normalization", "InstanceNormalization", {"x": rand(2, 3, 4, 4)},
       lambda v: F.instance_norm(v["x"], weight=v["g"], bias=v["b"]), {"g": rand(3), "b": rand(3)})
single("group normalization", "GroupNormalization", {"x": rand(2, 6, 3, 3)}, lambda v: F.group_norm(v["x"], 3, v["g"], v["b"]),
       {"g": rand(6), "b": rand(6)}, opset=21, num_groups=3)

# Functions of one number
functions = {
    "Relu": (torch.relu, {}), "LeakyRelu": (lambda x: F.leaky_relu(x, 0.2), {"alpha": 0.2}), "Elu": (lambda x: F.elu(x, 0.7), {"alpha": 0.7}),
    "Sigmoid": (torch.sigmoid, {}), "Tanh": (torch.tanh, {}), "Softplus": (F.softplus, {}), "Softsign": (F.softsign, {}),
    "HardSigmoid": (lambda x: torch.clamp(0.3 * x + 0.5, 0, 1), {"alpha": 0.3, "beta": 0.5}), "HardSwish": (F.hardswish, {}),
    "Exp": (torch.exp, {}), "Erf": (torch.erf, {}), "Abs": (torch.abs, {}), "Neg": (torch.neg, {}), "Selu": (F.selu, {}),
    "Celu": (lambda x: F.celu(x, 0.6), {"alpha": 0.6}), "Sin": (torch.sin, {}), "Cos": (torch.cos, {}),
}
for operation, (function, attributes) in functions.items():
    single(operation, operation, {"x": away(3, 7) * 2.3}, lambda v, f=function: f(v["x"]), **attributes)
for operation, function in {"Sqrt": torch.sqrt, "Log": torch.log, "Reciprocal": torch.reciprocal}.items():
    single(operation, operation, {"x": rand(3, 7, low=0.3, high=3)}, lambda v, f=function: f(v["x"]))
single("Mish", "Mish", {"x": rand(3, 7)}, lambda v: F.mish(v["x"]), opset=18)
single("Gelu", "Gelu", {"x": rand(3, 7) * 2}, lambda v: F.gelu(v["x"]), opset=20)
single("Gelu by tanh", "Gelu", {"x": rand(3, 7) * 2}, lambda v: F.gelu(v["x"], approximate="tanh"), opset=20, approximate="tanh")
single("Clip", "Clip", {"x": away(3, 7) * 3}, lambda v: torch.clamp(v["x"], -1.5, 2), constants={"lo": np.array(-1.5, np.float32), "hi": np.array(2, np.float32)})

# Functions of two
pairs = {"Add": torch.add, "Sub": torch.sub, "Mul": torch.mul, "Div": torch.div, "Pow": torch.pow}
for operation, function in pairs.items():
    for left, right in [((2, 3, 4), (2, 3, 4)), ((2, 3, 4), (3, 1)), ((4,), (2, 3, 4)), ((2, 1, 4), (1, 3, 1))]:
        single(f"{operation} {left} {right}", operation, {"x": rand(*left, low=0.4, high=2)}, lambda v, f=function: f(v["x"], v["w"]),
               {"w": rand(*right, low=0.4, high=2)})
single("Add of a value to itself", "Add", {"x": rand(2, 3)}, lambda v: v["x"] + v["x"], order=["x", "x"])
single("Mul of a value with itself", "Mul", {"x": rand(2, 3)}, lambda v: v["x"] * v["x"], order=["x", "x"])
single("Pow by a constant", "Pow", {"x": away(2, 5)}, lambda v: v["x"] ** 2, constants={"e": np.array(2, np.float32)})
single("Max", "Max", {"x": apart(2, 3, 4)}, lambda v: torch.maximum(v["x"], v["w"]), {"w": rand(3, 1)})
single("Min", "Min", {"x": apart(2, 3, 4)}, lambda v: torch.minimum(v["x"], v["w"]), {"w": rand(3, 1)})
single("PRelu", "PRelu", {"x": away(2, 3, 2, 2)}, lambda v: F.prelu(v["x"], v["w"].reshape(-1)), {"w": rand(3, 1, 1)})

# Products
for a, b, c in [(False, False, (4,)), (True, False, (3, 1)), (False, True, (3, 4)), (True, True, None)]:
    x, w = rand(*((5, 3) if a else (3, 5))), rand(*((4, 5) if b else (5, 4)))
    weights = {"w": w} if c is None else {"w": w, "c": rand(*c)}
    single(f"Gemm {a} {b} {c}", "Gemm", {"x": x},
           lambda v, a=a, b=b: 0.7 * ((v["x"].T if a else v["x"]) @ (v["w"].T if b else v["w"])) + (1.3 * v["c"] if "c" in v else 0),
           weights, transA=a, transB=b, alpha=0.7, beta=1.3)
single("Gemm of a layer", "Gemm", {"x": rand(3, 5)}, lambda v: F.linear(v["x"], v["w"], v["c"]), {"w": rand(4, 5), "c": rand(4)}, transB=1)
for left, right in [((3, 4), (4, 5)), ((2, 3, 4), (4, 5)), ((2, 3, 4), (2, 4, 5)), ((2, 1, 3, 4), (3, 4, 5)), ((3, 4), (2, 4, 2)), ((4,), (4, 3)), ((2, 3, 4), (4,))]:
    single(f"MatMul {left} {right}", "MatMul", {"x": rand(*left)}, lambda v: v["x"] @ v["w"], {"w": rand(*right)})

# Softmax
single("Softmax", "Softmax", {"x": rand(3, 5) * 2, }, lambda v: torch.softmax(v["x"], -1), axis=-1)
single("Softmax along channels", "Softmax", {"x": rand(2, 3, 4)}, lambda v: torch.softmax(v["x"], 1), axis=1)
single("Softmax, old", "Softmax", {"x": rand(2, 3, 4)}, lambda v: torch.softmax(v["x"].flatten(1), 1).reshape(2, 3, 4), opset=11, axis=1)
single("LogSoftmax", "LogSoftmax", {"x": rand(3, 5) * 2}, lambda v: torch.log_softmax(v["x"], -1), axis=-1)


# Movement
def i64(*values):
    return np.array(values, np.int64)


single("Concat", "Concat", {"x": rand(2, 3, 2)}, lambda v: torch.cat([v["x"], v["w"], v["x"]], 1), {"w": rand(2, 1, 2)}, order=["x", "w", "x"], axis=1)
single("Slice", "Slice", {"x": rand(4, 5, 3)}, lambda v: v["x"][1:4:2, 1:5], constants={"a": i64(1, 1), "b": i64(4, 5), "c": i64(0, 1), "d": i64(2, 1)})
single("Split", "Split", {"x": rand(2, 6)}, lambda v: tuple(torch.split(v["x"], [2, 4], 1)), constants={"s": i64(2, 4)}, outputs=("y", "z"), axis=1)
single("Pad", "Pad", {"x": rand(1, 2, 3)}, lambda v: F.pad(v["x"], (1, 2, 0, 1), value=0.5), constants={"p": i64(0, 0, 1, 0, 1, 2), "v": np.array(0.5, np.float32)})
single("Pad by reflection", "Pad", {"x": rand(1, 2, 4)}, lambda v: F.pad(v["x"], (2, 1), mode="reflect"), constants={"p": i64(0, 0, 2, 0, 0, 1)}, mode="reflect")
single("Reshape", "Reshape", {"x": rand(2, 6)}, lambda v: v["x"].reshape(3, 4), constants={"s": i64(3, 4)})
single("Flatten", "Flatten", {"x": rand(2, 3, 2)}, lambda v: v["x"].flatten(1), axis=1)
single("Transpose", "Transpose", {"x": rand(2, 3, 4)}, lambda v: v["x"].permute(2, 0, 1), perm=[2, 0, 1])
single("Squeeze", "Squeeze", {"x": rand(2, 1, 3)}, lambda v: v["x"].squeeze(1), constants={"a": i64(1)})
single("Unsqueeze", "Unsqueeze", {"x": rand(2, 3)}, lambda v: v["x"].unsqueeze(1), constants={"a": i64(1)})
single("Identity", "Identity", {"x": rand(2, 3)}, lambda v: v["x"] * 1)
single("Expand", "Expand", {"x": rand(3, 1)}, lambda v: v["x"].expand(2, 3, 4), constants={"s": i64(2, 3, 4)})
single("DepthToSpace", "DepthToSpace", {"x": rand(1, 8, 2, 3)}, lambda v: F.pixel_shuffle(v["x"], 2), blocksize=2, mode="CRD")
single("Resize to the nearest", "Resize", {"x": rand(1, 2, 3, 3)}, lambda v: F.interpolate(v["x"], scale_factor=2, mode="nearest"),
       constants={"s": np.array([1, 1, 2, 2], np.float32)}, order=["x", "", "s"], mode="nearest",
       coordinate_transformation_mode="asymmetric", nearest_mode="floor")
single("ReduceMean", "ReduceMean", {"x": rand(2, 3, 4)}, lambda v: v["x"].mean((0, 2)), axes=[0, 2], keepdims=0)
single("ReduceSum", "ReduceSum", {"x": rand(2, 3, 4)}, lambda v: v["x"].sum(1, keepdim=True), constants={"a": i64(-2)})
single("ReduceMean of all", "ReduceMean", {"x": rand(2, 3)}, lambda v: v["x"].mean().reshape(1, 1))
tokens = np.array([[1, 4, 1], [0, 2, 4]], np.int64)
graph("Gather", [node("Gather", ["w", "t"], ["y"])], {"t": tokens}, {"w": rand(5, 3)}, lambda v: F.embedding(v["t"], v["w"]))


# Recurrent operators: PyTorch's weights in ONNX's order of gates.
def reordered(weights, gates, order):
    return torch.cat([weights.chunk(gates)[i] for i in order])


def lstm(name, direction, bias=True, states=False, ends=False, t=4, n=2, i=3, h=4):
    d = 2 if direction == "bidirectional" else 1
    weights = {"w": rand(d, 4 * h, i), "r": rand(d, 4 * h, h)}
    if bias:
        weights["b"] = rand(d, 8 * h)
    inputs = {"x": rand(t, n, i)}
    if states:
        inputs.update(h0=rand(d, n, h), c0=rand(d, n, h))

    def function(v):
        flat, order = [], [0, 2, 3, 1]
        for k in range(d):
            flat += [reordered(v["w"][k], 4, order), reordered(v["r"][k], 4, order)]
            if bias:
                flat += [reordered(v["b"][k][:4 * h], 4, order), reordered(v["b"][k][4 * h:], 4, order)]
        x = v["x"].flip(0) if direction == "reverse" else v["x"]
        zero = torch.zeros(d, n, h).double()
        y, hn, cn = torch._VF.lstm(x, (v.get("h0", zero), v.get("c0", zero)), flat, bias, 1, 0.0, False, d == 2, False)
        if direction == "reverse":
            y = y.flip(0)
        y = y.reshape(t, n, d, h).transpose(1, 2)
        return (y, hn, cn) if ends else y
    order = ["x", "w", "r"] + (["b"] if bias else [""]) + (["", "h0", "c0"] if states else [])
    outputs = ("y", "hn", "cn") if ends else ("y",)
    graph(name, [node("LSTM", order, outputs, hidden_size=h, direction=direction)], inputs, weights, function, outputs=outputs)


lstm("LSTM", "forward")
lstm("LSTM from states", "forward", states=True, ends=True)
lstm("LSTM in reverse", "reverse", bias=False, states=True, ends=True)
lstm("LSTM in both directions", "bidirectional", states=True, ends=True)


def gru_cell(x, h, w, r, wb, rb, linear):
    n = h.shape[1]
    a, b = x @ w.T + wb, h @ r.T + rb
    z = torch.sigmoid(a[:, :n] + b[:, :n])
    q = torch.sigmoid(a[:, n:2 * n] + b[:, n:2 * n])
    if linear:
        c = torch.tanh(a[:, 2 * n:] + q * b[:, 2 * n:])
    else:
        c = torch.tanh(a[:, 2 * n:] + (q * h) @ r[2 * n:].T + rb[2 * n:])
    return (1 - z) * c + z * h


def gru(name, direction, linear, bias=True, states=False, ends=False, t=4, n=2, i=3, h=4):
    d = 2 if direction == "bidirectional" else 1
    weights = {"w": rand(d, 3 * h, i), "r": rand(d, 3 * h, h)}
    if bias:
        weights["b"] = rand(d, 6 * h)
    inputs = {"x": rand(t, n, i)}
    if states:
        inputs["h0"] = rand(d, n, h)

    def function(v):
        zero = torch.zeros(d, 6 * h).double()
        b = v.get("b", zero)
        results, last = [], []
        for k in range(d):
            reverse = direction == "reverse" or k == 1
            state = v["h0"][k] if states else torch.zeros(n, h).double()
            found = [None] * t
            for step in (reversed(range(t)) if reverse else range(t)):
                state = gru_cell(v["x"][step], state, v["w"][k], v["r"][k], b[k][:3 * h], b[k][3 * h:], linear)
                found[step] = state
            results.append(torch.stack(found))
            last.append(state)
        y, hn = torch.stack(results, 1), torch.stack(last)
        if linear and direction == "forward" and bias and states:  # the cell above is PyTorch's own
            flat = [reordered(v["w"][0], 3, [1, 0, 2]), reordered(v["r"][0], 3, [1, 0, 2]), reordered(b[0][:3 * h], 3, [1, 0, 2]), reordered(b[0][3 * h:], 3, [1, 0, 2])]
            own, _ = torch._VF.gru(v["x"], v["h0"], flat, True, 1, 0.0, False, False, False)
            assert torch.allclose(own, y[:, 0])
        return (y, hn) if ends else y
    order = ["x", "w", "r"] + (["b"] if bias else [""]) + (["", "h0"] if states else [])
    outputs = ("y", "hn") if ends else ("y",)
    graph(name, [node("GRU", order, outputs, hidden_size=h, direction=direction, linear_before_reset=int(linear))], inputs, weights, function, outputs=outputs)


gru("GRU", "forward", True, states=True, ends=True)
gru("GRU, reset before the product", "forward", False, states=True, ends=True)
gru("GRU in reverse", "reverse", True, bias=False)
gru("GRU in both directions", "bidirectional", False, states=True, ends=True)
gru("GRU in both directions, reset behind", "bidirectional", True)


# Whole small networks, gradients at the logits.
def lenet():
    w = {"c1": rand(4, 1, 5, 5) * .4, "d1": rand(4), "c2": rand(6, 4, 5, 5) * .2, "d2": rand(6), "f1": rand(10, 96) * .2, "g1": rand(10), "f2": rand(5, 10) * .5, "g2": rand(5)}
    nodes = [node("Conv", ["x", "c1", "d1"], ["a"]), node("MaxPool", ["a"], ["b"], kernel_shape=[2, 2], strides=[2, 2]),
             node("Conv", ["b", "c2", "d2"], ["c"]), node("MaxPool", ["c"], ["d"], kernel_shape=[2, 2], strides=[2, 2]),
             node("Flatten", ["d"], ["e"]), node("Gemm", ["e", "f1", "g1"], ["f"], transB=1), node("Relu", ["f"], ["g"]),
             node("Gemm", ["g", "f2", "g2"], ["y"], transB=1)]

    def f(v):
        a = F.max_pool2d(F.conv2d(v["x"], v["c1"], v["d1"]), 2)
        c = F.max_pool2d(F.conv2d(a, v["c2"], v["d2"]), 2).flatten(1)
        return F.linear(torch.relu(F.linear(c, v["f1"], v["g1"])), v["f2"], v["g2"])
    graph("network LeNet", nodes, {"x": apart(1, 1, 28, 28)}, w, f)


def residual():
    w = {"c1": rand(16, 3, 3, 3) * .3, "g1": rand(16, low=.5, high=1.5), "b1": rand(16), "c2": rand(16, 16, 1, 1) * .3, "g2": rand(16, low=.5, high=1.5), "b2": rand(16), "w": rand(4, 16), "v": rand(4)}
    s = {k: (rand(16, low=.5, high=1.5) if k[0] == "s" else rand(16)) for k in ["m1", "s1", "m2", "s2"]}
    nodes = [node("Conv", ["x", "c1"], ["a"], pads=[1, 1, 1, 1]), node("BatchNormalization", ["a", "g1", "b1", "m1", "s1"], ["b"]), node("Relu", ["b"], ["c"]),
             node("Conv", ["c", "c2"], ["d"]), node("BatchNormalization", ["d", "g2", "b2", "m2", "s2"], ["e"]), node("Add", ["e", "c"], ["f"]), node("Relu", ["f"], ["g"]),
             node("GlobalAveragePool", ["g"], ["h"]), node("Flatten", ["h"], ["i"]), node("Gemm", ["i", "w", "v"], ["y"], transB=1)]

    def f(v):
        m1, s1, m2, s2 = (v[k].clone() for k in ["m1", "s1", "m2", "s2"])
        c = torch.relu(F.batch_norm(F.conv2d(v["x"], v["c1"], padding=1), m1, s1, v["g1"], v["b1"], True, .1))
        e = F.batch_norm(F.conv2d(c, v["c2"]), m2, s2, v["g2"], v["b2"], True, .1)
        g = torch.relu(e + c).mean((2, 3))
        return F.linear(g, v["w"], v["v"]), {"m1": m1, "s1": s1, "m2": m2, "s2": s2}
    graph("network with a residual", nodes, {"x": rand(3, 3, 5, 5)}, w, f, statistics=s, check=False)


def generator():
    w = {"c1": rand(4, 6, 3, 3), "g1": rand(6, low=.5, high=1.5), "b1": rand(6), "c2": rand(6, 2, 4, 4)}
    s = {"m1": rand(6), "s1": rand(6, low=.5, high=1.5)}
    nodes = [node("ConvTranspose", ["x", "c1"], ["a"]), node("BatchNormalization", ["a", "g1", "b1", "m1", "s1"], ["b"]), node("Relu", ["b"], ["c"]),
             node("ConvTranspose", ["c", "c2"], ["d"], strides=[2, 2], pads=[1, 1, 1, 1]), node("Tanh", ["d"], ["y"])]

    def f(v):
        m, q = v["m1"].clone(), v["s1"].clone()
        b = torch.relu(F.batch_norm(F.conv_transpose2d(v["x"], v["c1"]), m, q, v["g1"], v["b1"], True, .1))
        return torch.tanh(F.conv_transpose2d(b, v["c2"], stride=2, padding=1)), {"m1": m, "s1": q}
    graph("network of a generator", nodes, {"x": rand(3, 4, 1, 1)}, w, f, statistics=s, check=False)


def classifier(kind):
    t, n, i, h = 5, 2, 4, 6
    gates = 4 if kind == "LSTM" else 3
    w = {"w": rand(1, gates * h, i), "r": rand(1, gates * h, h), "b": rand(1, 2 * gates * h), "f": rand(3, h), "g": rand(3)}
    nodes = [node("Transpose", ["x"], ["a"], perm=[1, 0, 2]), node(kind, ["a", "w", "r", "b"], ["", "z"], hidden_size=h, **({"linear_before_reset": 1} if kind == "GRU" else {})),
             node("Squeeze", ["z", "zero"], ["s"]), node("Gemm", ["s", "f", "g"], ["l"], transB=1), node("Softmax", ["l"], ["y"], axis=-1)]
    order = [0, 2, 3, 1] if kind == "LSTM" else [1, 0, 2]

    def f(v):
        flat = [reordered(v["w"][0], gates, order), reordered(v["r"][0], gates, order), reordered(v["b"][0][:gates * h], gates, order), reordered(v["b"][0][gates * h:], gates, order)]
        x, zero = v["x"].transpose(0, 1), torch.zeros(1, n, h).double()
        state = torch._VF.lstm(x, (zero, zero), flat, True, 1, 0., False, False, False)[1] if kind == "LSTM" else torch._VF.gru(x, zero, flat, True, 1, 0., False, False, False)[1]
        return F.linear(state[0], v["f"], v["g"])
    graph(f"network of a {kind}", nodes, {"x": rand(n, t, i)}, w, f, {"zero": i64(0)})


lenet()
residual()
generator()
classifier("LSTM")
classifier("GRU")

# Functions and reductions that exporters write less often.
for operation, function in {"Tan": torch.tan, "Asin": torch.asin, "Acos": torch.acos, "Atan": torch.atan, "Sinh": torch.sinh,
                            "Cosh": torch.cosh, "Asinh": torch.asinh, "Atanh": torch.atanh}.items():
    single(operation, operation, {"x": rand(2, 5) * 0.9}, lambda v, f=function: f(v["x"]))
single("Acosh", "Acosh", {"x": rand(2, 5, low=1.2, high=3)}, lambda v: torch.acosh(v["x"]))
single("Shrink", "Shrink", {"x": apart(3, 7)}, lambda v: F.hardshrink(v["x"], 0.33), lambd=0.33)
reductions = {
    "ReduceMax": lambda x: x.amax((0, 2)), "ReduceMin": lambda x: x.amin((0, 2)), "ReduceProd": lambda x: x.prod(2).prod(0),
    "ReduceL1": lambda x: x.abs().sum((0, 2)), "ReduceL2": lambda x: x.norm(dim=(0, 2)), "ReduceSumSquare": lambda x: (x * x).sum((0, 2)),
    "ReduceLogSumExp": lambda x: x.logsumexp((0, 2)),
}
for operation, function in reductions.items():
    single(operation, operation, {"x": away(2, 3, 4)}, lambda v, f=function: f(v["x"]), axes=[0, 2], keepdims=0)
single("ReduceLogSum", "ReduceLogSum", {"x": rand(2, 3, low=0.3, high=2)}, lambda v: v["x"].sum(1, keepdim=True).log(), axes=[1])
single("ReduceMax along the last axis", "ReduceMax", {"x": apart(2, 3, 4)}, lambda v: v["x"].amax(-1, keepdim=True),
       constants={"a": i64(-1)}, opset=18)
single("ReduceProd with a zero", "ReduceProd", {"x": np.array([[2, 0, 3], [0, 4, 0]], np.float32)}, lambda v: v["x"].prod(1), axes=[1], keepdims=0)
single("ReduceSum of nothing", "ReduceSum", {"x": rand(2, 3)}, lambda v: v["x"] * 1, constants={"a": i64()}, noop_with_empty_axes=1)
single("ReduceL2 of each element", "ReduceL2", {"x": away(2, 3)}, lambda v: v["x"].abs(), constants={"a": i64()}, opset=18, noop_with_empty_axes=1)

# Several values, and choices between them.
three = {"x": apart(2, 3, 4)}, {"w": rand(3, 1), "v": rand(4)}
single("Sum of three", "Sum", three[0], lambda v: v["x"] + v["w"] + v["v"], three[1])
single("Mean of three", "Mean", three[0], lambda v: (v["x"] + v["w"] + v["v"]) / 3, three[1])
single("Max of three", "Max", three[0], lambda v: torch.maximum(torch.maximum(v["x"], v["w"]), v["v"]), three[1])
single("Min of three", "Min", three[0], lambda v: torch.minimum(torch.minimum(v["x"], v["w"]), v["v"]), three[1])
single("Sum of one", "Sum", {"x": rand(2, 3)}, lambda v: v["x"] * 1)
graph("Where a computed condition holds", [node("Greater", ["x", "t"], ["c"]), node("Where", ["c", "w", "x"], ["y"])],
      {"x": away(2, 3, 4)}, {"w": rand(3, 1)}, lambda v: torch.where(v["x"] > 0, v["w"], v["x"]), {"t": np.array(0, np.float32)})
graph("Where a condition of one axis holds", [node("Greater", ["s", "t"], ["c"]), node("Where", ["c", "x", "w"], ["y"])],
      {"x": rand(2, 3, 4), "s": away(3, 1)}, {"w": rand(2, 1, 4)}, lambda v: torch.where(v["s"] > 0, v["x"], v["w"]), {"t": np.array(0, np.float32)})
single("ScatterElements", "ScatterElements", {"x": rand(3, 4)}, lambda v: v["x"].scatter(1, v["i"], v["w"]), {"w": rand(3, 2)},
       {"i": np.array([[0, 3], [1, 2], [3, 0]], np.int64)}, order=["x", "i", "w"], axis=1)
single("ScatterND", "ScatterND", {"x": rand(4, 3)}, lambda v: v["x"].index_put((v["i"][:, 0],), v["w"]), {"w": rand(2, 3)},
       {"i": np.array([[2], [0]], np.int64)}, order=["x", "i", "w"])
single("GatherElements", "GatherElements", {"x": rand(3, 4)}, lambda v: v["x"].gather(1, v["i"]),
       constants={"i": np.array([[0, 3, 3], [1, 2, 0], [3, 0, 1]], np.int64)}, axis=1)
single("Trilu", "Trilu", {"x": rand(3, 4)}, lambda v: v["x"].tril(), upper=0, opset=14)

# Resizing that mixes neighbours: PyTorch's upsampling as both exporters write it.
for mode, onnx, arguments in (("bilinear", "linear", {}), ("bicubic", "cubic", {"cubic_coeff_a": -0.75})):
    for corners in (False, True):
        single(f"Resize, {mode}{', corners aligned' if corners else ''}", "Resize", {"x": rand(1, 2, 4, 3)},
               lambda v, m=mode, c=corners: F.interpolate(v["x"], size=(7, 6), mode=m, align_corners=c),
               constants={"s": i64(1, 2, 7, 6)}, order=["x", "", "", "s"], mode=onnx,
               coordinate_transformation_mode="align_corners" if corners else "pytorch_half_pixel", **arguments)


def plain_recurrent(name, direction, kind, bias=True, states=False, ends=False, t=4, n=2, i=3, h=4):
    d = 2 if direction == "bidirectional" else 1
    weights = {"w": rand(d, h, i), "r": rand(d, h, h)}
    if bias:
        weights["b"] = rand(d, 2 * h)
    inputs = {"x": rand(t, n, i)}
    if states:
        inputs["h0"] = rand(d, n, h)

    def function(v):
        flat = []
        for k in range(d):
            flat += [v["w"][k], v["r"][k]] + ([v["b"][k][:h], v["b"][k][h:]] if bias else [])
        x = v["x"].flip(0) if direction == "reverse" else v["x"]
        run = torch._VF.rnn_relu if kind == "Relu" else torch._VF.rnn_tanh
        y, hn = run(x, v.get("h0", torch.zeros(d, n, h).double()), flat, bias, 1, 0.0, False, d == 2, False)
        if direction == "reverse":
            y = y.flip(0)
        y = y.reshape(t, n, d, h).transpose(1, 2)
        return (y, hn) if ends else y
    order = ["x", "w", "r"] + (["b"] if bias else [""]) + (["", "h0"] if states else [])
    graph(name, [node("RNN", order, ("y", "hn") if ends else ("y",), hidden_size=h, direction=direction, activations=[kind] * d)],
          inputs, weights, function, outputs=("y", "hn") if ends else ("y",))


plain_recurrent("RNN", "forward", "Tanh", states=True, ends=True)
plain_recurrent("RNN with Relu, in reverse", "reverse", "Relu", bias=False)
plain_recurrent("RNN in both directions", "bidirectional", "Tanh", states=True, ends=True)

# Attention as an operator, and the norms beside the common ones.
def attention(name, mask=None, causal=False, packed=False, queries=4, keys=4, cap=0.0, scale=None, **windows):
    """`queries` heads of queries on `keys` heads of keys and values, of 3 places and 5 to look at, heads of 2 and 3 numbers."""
    n, t, s, d, e = 2, 3, 5, 2, 3
    shapes = {"q": (n, queries, t, d), "k": (n, keys, s, d), "v": (n, keys, s, e)}
    inputs = {key: rand(*((i, l, h * w) if packed else (i, h, l, w))) for key, (i, h, l, w) in shapes.items()}
    weights, constants = {}, {}
    if mask == "numbers":
        weights["m"] = rand(queries, t, s)
    elif mask == "truth":
        constants["m"] = np.array([[1, 1, 0, 1, 0], [0, 1, 1, 1, 1], [1, 0, 0, 0, 1]], np.int64)

    def function(v):
        q, k, u = (v[key].reshape(i, l, h, w).transpose(1, 2) if packed else v[key] for key, (i, h, l, w) in shapes.items())
        k, u = (x.repeat_interleave(queries // keys, 1) for x in (k, u))
        scores = q @ k.transpose(2, 3) * (d ** -0.5 if scale is None else scale)
        if cap:
            scores = cap * torch.tanh(scores / cap)
        if causal:
            scores = scores.masked_fill(torch.ones(t, s).triu(1).bool(), -torch.inf)
        if mask == "numbers":
            scores = scores + v["m"]
        elif mask == "truth":
            scores = scores.masked_fill(v["m"] == 0, -torch.inf)
        y = scores.softmax(-1) @ u
        return y.transpose(1, 2).reshape(n, t, -1) if packed else y
    nodes = [node("Cast", ["m"], ["b"], to=9)] if mask == "truth" else []
    attributes = {"is_causal": 1} if causal else {}
    if packed:
        attributes |= {"q_num_heads": queries, "kv_num_heads": keys}
    if cap:
        attributes["softcap"] = cap
    if scale is not None:
        attributes["scale"] = scale
    order = ["q", "k", "v"] + (["b"] if mask == "truth" else ["m"] if mask else [])
    graph(name, nodes + [node("Attention", order, ["y"], **attributes)], inputs, weights, function, constants, opset=23)


attention("Attention")
attention("Attention, packed, with shared keys, causal", packed=True, causal=True, keys=2)
attention("Attention with a mask of numbers, bounded", mask="numbers", cap=0.7, scale=1.5)
attention("Attention with a mask of truth values", mask="truth", keys=1)
graph("Attention on itself", [node("Attention", ["x", "x", "x"], ["y"])], {"x": rand(2, 3, 4, 2)}, {},
      lambda v: (v["x"] @ v["x"].transpose(2, 3) / 2 ** 0.5).softmax(-1) @ v["x"], opset=23)
for p in (1, 2):
    single(f"LpNormalization {p}", "LpNormalization", {"x": away(2, 3, 4)}, lambda v, p=p: F.normalize(v["x"], p=p, dim=1), axis=1, p=p, opset=22)
single("RMSNormalization", "RMSNormalization", {"x": rand(2, 3, 5)}, lambda v: F.rms_norm(v["x"], (5,), v["w"], 1e-3), {"w": rand(5)},
       axis=-1, epsilon=1e-3, opset=23)
single("RMSNormalization over two axes", "RMSNormalization", {"x": rand(2, 3, 5)}, lambda v: F.rms_norm(v["x"], (3, 5), v["w"], 1e-5),
       {"w": rand(3, 5)}, axis=1, opset=23)
(goldens("Engine/ExecutionTests") / "gradients.json").write_text(json.dumps(cases, separators=(",", ":")))
