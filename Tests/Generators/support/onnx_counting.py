"""Shapes and multiply-accumulates of ONNX models, measured: ONNX Runtime runs the model on zeros and hands out every value."""

import math

import numpy
import onnx
import onnxruntime

FLOATS = {
    onnx.TensorProto.FLOAT, onnx.TensorProto.DOUBLE, onnx.TensorProto.FLOAT16, onnx.TensorProto.BFLOAT16,
    onnx.TensorProto.FLOAT8E4M3FN, onnx.TensorProto.FLOAT8E5M2,
}
NUMPY = {
    onnx.TensorProto.FLOAT: numpy.float32, onnx.TensorProto.DOUBLE: numpy.float64, onnx.TensorProto.INT64: numpy.int64,
    onnx.TensorProto.INT32: numpy.int32, onnx.TensorProto.BOOL: numpy.bool_, onnx.TensorProto.FLOAT16: numpy.float16,
}


def graphs(graph):
    yield graph
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.type == onnx.AttributeProto.GRAPH:
                yield from graphs(attribute.g)


def parameters(model):
    """Elements of the floating-point initializers, those of subgraphs included."""
    return sum(
        math.prod(t.dims) for g in graphs(model.graph) for t in g.initializer if t.data_type in FLOATS)


def executed_shapes(path, extents=None, values=None):
    """Name to shape of every value in the main graph, from a run; named dimensions are 1 unless `extents` says otherwise."""
    extents = extents or {}
    model = onnx.load(path)
    stored = {t.name for t in model.graph.initializer}
    feeds = {}
    for value in model.graph.input:
        if value.name in stored:
            continue
        kind = value.type.tensor_type
        shape = [extents.get(d.dim_param, 1) if d.dim_param else max(d.dim_value, 1) for d in kind.shape.dim]
        feeds[value.name] = numpy.zeros(shape, NUMPY[kind.elem_type])
    for name, value in (values or {}).items():
        feeds[name] = value
    declared = {o.name for o in model.graph.output}
    for node in model.graph.node:
        for output in node.output:
            if output and output not in declared:
                model.graph.output.append(onnx.ValueInfoProto(name=output))
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 3
    import os
    here = os.getcwd()
    os.chdir(os.path.dirname(os.path.abspath(path)))  # external data lies beside the model
    try:
        session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    finally:
        os.chdir(here)
    names = [o.name for o in session.get_outputs()]
    shapes = {t.name: tuple(t.dims) for t in model.graph.initializer}
    shapes |= {name: array.shape for name, array in feeds.items()}
    shapes |= {name: array.shape for name, array in zip(names, session.run(names, feeds)) if hasattr(array, "shape")}
    return shapes


def attribute(node, name, default):
    for a in node.attribute:
        if a.name == name:
            return onnx.helper.get_attribute_value(a)
    return default


def node_macs(node, shapes):
    """Multiply-accumulates of a node, by the textbook; None for operators that have none to count."""
    kind = node.op_type
    if kind == "Conv":
        out, weight = shapes[node.output[0]], shapes[node.input[1]]  # weight: (M, C / group, kernel…)
        return math.prod(out) * math.prod(weight[1:])
    if kind == "ConvTranspose":
        data, weight = shapes[node.input[0]], shapes[node.input[1]]  # weight: (C, M / group, kernel…)
        return math.prod(data) * math.prod(weight[1:])
    if kind == "Gemm":
        a, out = shapes[node.input[0]], shapes[node.output[0]]
        inner = a[0] if attribute(node, "transA", 0) else a[1]
        return math.prod(out) * inner
    if kind == "MatMul":
        return math.prod(shapes[node.output[0]]) * shapes[node.input[0]][-1]
    if kind in ("LSTM", "GRU", "RNN"):
        gates = {"LSTM": 4, "GRU": 3, "RNN": 1}[kind]
        x, r = shapes[node.input[0]], shapes[node.input[2]]
        directions, hidden = r[0], r[2]
        steps = x[0] * x[1] * directions * gates * hidden
        return steps * x[2], steps * hidden
    if kind == "Einsum":
        terms = attribute(node, "equation", b"").decode().split("->")[0].replace(" ", "").split(",")
        extents = {}
        for term, value in zip(terms, node.input):
            extents |= dict(zip(term, shapes[value]))
        return math.prod(extents.values())
    return None


def macs(path, extents=None, values=None):
    """List of (node name, W or R or empty, multiply-accumulates) for the main graph's nodes, and their sum."""
    shapes = executed_shapes(path, extents, values)
    found = []
    graph = onnx.load(path).graph
    stored = {t.name for t in graph.initializer}
    for node in graph.node:
        # What follows from stored tensors alone is worked out once, when a model is loaded.
        if node.op_type in ("MatMul", "Gemm") and all(name in stored for name in node.input if name):
            stored |= set(node.output)
            continue
        count = node_macs(node, shapes)
        if isinstance(count, tuple):
            found += [(node.name, "W", count[0]), (node.name, "R", count[1])]
        elif count is not None:
            found.append((node.name, "", count))
    return found, sum(count for _, _, count in found)
