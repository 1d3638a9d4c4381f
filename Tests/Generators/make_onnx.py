"""Writes Tests/Models/ModelFormatsTests/Goldens/onnx: small ONNX files, and cases.tsv with what they hold.

Shapes and multiply-accumulates are measured by running each file (support/onnx_counting.py), tensor values are read by the onnx package. (Seed 7.)

Lines of cases.tsv, tab-separated:
    shape    file  value  2·3·4             (`scalar` for rank 0)
    macs     file  node[/W or /R]  count    (total: the node is *)
    params   file  count
    tensor   file  name  element type  shape  values as float64, comma-separated
"""


import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

from support import onnx_counting
from support.places import goldens

FOLDER = goldens("Models/ModelFormatsTests") / "onnx"
FOLDER.mkdir(parents=True, exist_ok=True)
random = numpy.random.default_rng(7)
lines = []


def weights(*shape):
    return (random.standard_normal(shape) * 0.5).astype(numpy.float32)


class Builder:
    """Nodes and initializers of a model under construction."""

    def __init__(self):
        self.nodes, self.stored, self.count = [], [], 0

    def store(self, array, name=None):
        self.count += 1
        name = name or f"t{self.count}"
        self.stored.append(numpy_helper.from_array(numpy.asarray(array), name))
        return name

    def ints(self, *values):
        return self.store(numpy.array(values, numpy.int64))

    def node(self, op, inputs, outputs=1, name=None, **attributes):
        self.count += 1
        name = name or f"{op.lower()}{self.count}"
        made = [f"{name}_{i}" for i in range(outputs)] if outputs > 1 else [name + "_out"]
        self.nodes.append(helper.make_node(op, inputs, made, name=name, **attributes))
        return made if outputs > 1 else made[0]

    def model(self, inputs, outputs, opset, **more):
        graph = helper.make_graph(
            self.nodes, "case",
            [helper.make_tensor_value_info(n, t, s) for n, t, s in inputs],
            [onnx.ValueInfoProto(name=o) for o in outputs], self.stored, **more)
        ir = {7: 3, 8: 3, 9: 4, 10: 5, 11: 6, 13: 7, 18: 8, 21: 10}[opset]
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=ir)


def text(shape):
    return "·".join(map(str, shape)) if len(shape) else "scalar"


def record(name, model, run=True, values=None):
    path = FOLDER / name
    onnx.save(model, path)
    lines.append(f"params\t{name}\t{onnx_counting.parameters(model)}")
    if not run:
        return
    for value, shape in onnx_counting.executed_shapes(str(path), values=values).items():
        lines.append(f"shape\t{name}\t{value}\t{text(shape)}")
    nodes, total = onnx_counting.macs(str(path), values=values)
    for node, part, count in nodes:
        lines.append(f"macs\t{name}\t{node}{'/' + part if part else ''}\t{count}")
    lines.append(f"macs\t{name}\t*\t{total}")


def record_tensor(name, tensor, array):
    values = ",".join(repr(float(v)) for v in numpy.asarray(array).astype(numpy.float64).ravel())
    kind = TensorProto.DataType.Name(tensor.data_type).lower()
    lines.append(f"tensor\t{name}\t{tensor.name}\t{kind}\t{text(tensor.dims)}\t{values}")


def convolutions():
    b = Builder()
    x = "x"  # (N, 6, 17, 14)
    conv = lambda w, **a: b.node("Conv", [x, b.store(weights(*w))], **a)
    conv((4, 6, 3, 3), pads=[1, 0, 2, 1], strides=[2, 3])
    conv((4, 6, 3, 5), dilations=[2, 1], auto_pad="VALID")
    conv((12, 2, 3, 3), group=3, auto_pad="SAME_UPPER", strides=[2, 2])
    conv((6, 1, 3, 3), group=6, auto_pad="SAME_LOWER", strides=[3, 2], kernel_shape=[3, 3])
    transposed = lambda w, **a: b.node("ConvTranspose", [x, b.store(weights(*w))], **a)
    transposed((6, 4, 3, 3), strides=[2, 2], output_padding=[1, 0], pads=[1, 1, 0, 1])
    transposed((6, 2, 4, 4), group=2, strides=[2, 3], dilations=[1, 2])
    transposed((6, 3, 3, 3), strides=[2, 2], output_shape=[35, 29])
    transposed((6, 3, 3, 3), strides=[2, 2], auto_pad="SAME_UPPER")
    for op in ("MaxPool", "AveragePool"):
        b.node(op, [x], kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1)
        b.node(op, [x], kernel_shape=[3, 2], strides=[3, 3], pads=[1, 1, 1, 1], ceil_mode=1)
        b.node(op, [x], kernel_shape=[2, 2], strides=[2, 2], auto_pad="SAME_UPPER")
        b.node(op, [x], kernel_shape=[3, 3], strides=[2, 2], dilations=[2, 1])
    b.node("GlobalAveragePool", [x])
    b.node("MaxPool", [x], outputs=2, kernel_shape=[2, 2])
    y = b.node("Unsqueeze", [x, b.ints(2)])  # (N, 6, 1, 17, 14)
    b.node("Conv", [y, b.store(weights(3, 6, 1, 3, 3))])
    z = b.node("Reshape", [x, b.ints(0, 0, -1)])
    last = b.node("Conv", [z, b.store(weights(5, 6, 7)), b.store(weights(5))], strides=[4], name="temporal")
    record("convolutions.onnx", b.model([("x", TensorProto.FLOAT, ["N", 6, 17, 14])], [last], 21))


def products():
    b = Builder()
    w = b.store(weights(5, 7), "shared_weight")
    b.node("MatMul", ["x", w], name="first")           # (2, 3, 5) × (5, 7)
    b.node("MatMul", ["x", w], name="second")
    b.node("MatMul", ["y", "z"], name="no_weights")    # (4, 1, 2, 3) × (6, 3, 5)
    b.node("MatMul", [b.store(weights(8, 3)), "z"], name="left")
    b.node("MatMul", ["x", b.store(weights(5))], name="vector")
    flat = b.node("Flatten", ["x"], axis=2)            # (6, 5)
    b.node("Gemm", [flat, b.store(weights(9, 5)), b.store(weights(9))], transB=1, name="gemm_b")
    b.node("Gemm", [flat, b.store(weights(6, 4))], transA=1, name="gemm_a")
    r = b.node("Reshape", [b.store(weights(5, 2, 3)), b.ints(5, 6)])
    t = b.node("Transpose", [b.store(weights(6, 5))])
    b.node("MatMul", ["x", r], name="through_reshape")
    b.node("MatMul", ["x", t], name="through_transpose")
    b.node("Einsum", ["y", "z"], equation="abij,cjk->acik", name="einsum")
    out = b.node("Einsum", ["x", b.store(weights(5, 4))], equation="abc,cd", name="implicit")
    record("products.onnx", b.model(
        [("x", TensorProto.FLOAT, [2, 3, 5]), ("y", TensorProto.FLOAT, [4, 1, 2, 3]), ("z", TensorProto.FLOAT, [6, 3, 5])],
        [out], 13))


def shapes_new():
    b = Builder()
    x = "x"  # (N, 6, 8, 10)
    b.node("Flatten", [x], axis=-2)
    b.node("Flatten", [x], axis=0)
    u = b.node("Unsqueeze", [x, b.ints(-1, 1)])
    b.node("Squeeze", [u, b.ints(1)])
    b.node("Squeeze", [u])
    b.node("Transpose", [x])
    b.node("Transpose", [x], perm=[0, 2, 3, 1])
    b.node("Slice", [x, b.ints(1, -3), b.ints(2**63 - 1, 100), b.ints(1, -1), b.ints(2, 1)])
    b.node("Slice", [x, b.ints(-1), b.ints(-2**63 + 1), b.ints(2), b.ints(-3)])
    b.node("Slice", [x, b.ints(7, 1), b.ints(2, 3), b.ints(2, 1), b.ints(-2, 1)])
    b.node("Pad", [x, b.ints(0, 1, 2, -1, 0, 0, 3, 1)])
    b.node("Pad", [x, b.ints(1, 2), "", b.ints(-1)])
    b.node("Split", [x], outputs=4, axis=2, num_outputs=4)
    b.node("Split", [x], outputs=3, axis=3, num_outputs=3)
    b.node("Split", [x, b.ints(1, 5)], outputs=2, axis=1)
    b.node("Tile", [x, b.ints(2, 1, 3, 1)])
    b.node("Expand", [b.store(weights(3, 1)), b.ints(2, 1, 4)])
    b.node("Concat", [x, x, x], axis=-2)
    b.node("Gather", [x, b.store(numpy.array([[0, 1], [2, -1]], numpy.int64))], axis=2)
    b.node("Gather", [x, b.store(numpy.array(1, numpy.int64))], axis=1)
    b.node("GatherElements", [x, b.store(numpy.zeros((1, 2, 3, 4), numpy.int64))], axis=1)
    b.node("GatherND", [x, b.store(numpy.zeros((5, 2), numpy.int64))])
    d = b.node("DepthToSpace", [b.node("Slice", [x, b.ints(0), b.ints(4), b.ints(1)])], blocksize=2)
    b.node("SpaceToDepth", [x], blocksize=2)
    b.node("Resize", [x, "", b.store(numpy.array([1, 1, 2.5, 0.3], numpy.float32))], mode="nearest")
    b.node("Resize", [x, "", "", b.ints(1, 6, 5, 5)], mode="linear")
    b.node("Resize", [x, "", "", b.ints(4, 7)], mode="nearest", axes=[2, 3], keep_aspect_ratio_policy="not_larger")
    b.node("ReduceMean", [x, b.ints(2, 3)], keepdims=0)
    b.node("ReduceMax", [x])
    b.node("ReduceSum", [x, b.ints(-1)])
    b.node("ArgMax", [x], axis=1, keepdims=0)
    b.node("TopK", [x, b.ints(3)], outputs=2, axis=-1)
    b.node("OneHot", [b.ints(0, 2), b.store(numpy.array(5, numpy.int64)), b.store(numpy.array([0, 1], numpy.float32))])
    b.node("Add", [x, b.store(weights(6, 1, 1))])
    b.node("Where", [b.node("Greater", [x, b.store(numpy.float32(0))]), x, b.store(weights(10))])
    b.node("LayerNormalization", [x, b.store(weights(10)), b.store(weights(10))], outputs=3, axis=3)
    # Arithmetic on shapes, as exporters write it.
    s = b.node("Shape", [x])
    tail = b.node("Shape", [x], start=-2, end=4)
    n = b.node("Gather", [s, b.store(numpy.array(0, numpy.int64))])
    c = b.node("Gather", [s, b.ints(1)])
    area = b.node("ReduceProd", [tail], keepdims=1)
    target = b.node("Concat", [b.node("Unsqueeze", [n, b.ints(0)]), c, area], axis=0)
    b.node("Reshape", [x, target], name="computed_reshape")
    half = b.node("Div", [b.node("Mul", [tail, b.ints(3)]), b.ints(2)])
    b.node("Resize", [x, "", "", b.node("Concat", [b.node("Slice", [s, b.ints(0), b.ints(2)]), half], axis=0)], mode="nearest")
    scale = b.node("Div", [b.node("Cast", [half], to=1), b.node("Cast", [tail], to=1)])
    ones = b.store(numpy.ones(2, numpy.float32))
    b.node("Resize", [x, "", b.node("Concat", [ones, scale], axis=0)], mode="nearest", name="computed_scales")
    b.node("ConstantOfShape", [target], value=numpy_helper.from_array(numpy.array([2], numpy.int64)))
    equal = b.node("Equal", [b.ints(-1, 1, 3), b.ints(-1, -1, -1)])
    chosen = b.node("Where", [equal, b.ints(5, 5, 5), b.ints(-1, 1, 3)])
    b.node("Expand", [b.store(weights(1)), chosen])
    b.node("Range", [b.store(numpy.array(2, numpy.int64)), b.store(numpy.array(11, numpy.int64)), b.store(numpy.array(4, numpy.int64))])
    b.node("Expand", [b.store(weights(1)), b.node("Slice", [s, b.ints(-1), b.ints(-100), b.ints(0), b.ints(-2)])])
    parts = b.node("Split", [tail], outputs=2, axis=0, num_outputs=2)
    b.node("Expand", [b.store(weights(1)), b.node("Max", [parts[0], parts[1]])])
    z = b.node("NonZero", [b.node("ConstantOfShape", [tail], value=numpy_helper.from_array(numpy.array([1], numpy.int64)))])
    b.node("Transpose", [z], name="places")
    out = b.node("Size", [d])
    record("shapes-opset21.onnx", b.model([("x", TensorProto.FLOAT, ["N", 6, 8, 10])], [out], 21))


def shapes_old():
    b = Builder()
    x = "x"  # (1, 6, 8, 10)
    u = b.node("Unsqueeze", [x], axes=[0, 3])
    b.node("Squeeze", [u], axes=[3])
    b.node("Slice", [x], starts=[1, -4], ends=[1000, -1], axes=[1, 3])
    b.node("Pad", [x], pads=[0, 0, 1, 2, 0, 0, 3, 4])
    b.node("Split", [x], outputs=2, axis=1, split=[2, 4])
    b.node("Split", [x], outputs=2, axis=1)
    b.node("Upsample", [x], scales=[1.0, 1.0, 2.0, 3.0])
    b.node("ReduceSum", [x], axes=[1, 2])
    b.node("ReduceMean", [x], axes=[3], keepdims=0)
    b.node("TopK", [x], outputs=2, k=2, axis=3)
    b.node("Reshape", [x, b.ints(1, -1, 8)])
    b.node("BatchNormalization", [x] + [b.store(numpy.abs(weights(6))) for _ in range(4)])
    b.node("Dropout", [x])
    b.node("Clip", [x], min=0.0, max=6.0)
    out = b.node("Conv", [x, b.store(weights(3, 6, 3, 3))], name="conv")
    record("shapes-opset7.onnx", b.model([("x", TensorProto.FLOAT, [1, 6, 8, 10])], [out], 7))


def recurrent():
    b = Builder()
    outs = []
    for op, gates in (("LSTM", 4), ("GRU", 3), ("RNN", 1)):
        for direction, d in (("forward", 1), ("bidirectional", 2)):
            states = 3 if op == "LSTM" else 2
            name = f"{op.lower()}_{direction}"
            outs += b.node(
                op, ["x", b.store(weights(d, gates * 4, 3), name + ".W"), b.store(weights(d, gates * 4, 4), name + ".R"),
                     b.store(weights(d, gates * 8), name + ".B")],
                outputs=states, name=name, hidden_size=4, direction=direction)
    record("recurrent.onnx", b.model([("x", TensorProto.FLOAT, [5, 2, 3])], outs, 13))


def element_types():
    """Weights of every floating-point type, raw and in typed fields."""
    import ml_dtypes
    values = numpy.array([[0.0, -1.5, 3.140625], [2.0 ** -14, -65504.0, 1e-3]])
    stored = []
    for kind, dtype in ((TensorProto.FLOAT, numpy.float32), (TensorProto.DOUBLE, numpy.float64),
                        (TensorProto.FLOAT16, numpy.float16), (TensorProto.BFLOAT16, ml_dtypes.bfloat16)):
        array = values.astype(dtype)
        label = TensorProto.DataType.Name(kind).lower()
        raw = TensorProto(name=f"{label}_raw", data_type=kind, dims=array.shape, raw_data=array.tobytes())
        typed = TensorProto(name=f"{label}_typed", data_type=kind, dims=array.shape)
        if kind == TensorProto.FLOAT:
            typed.float_data.extend(array.ravel().tolist())
        elif kind == TensorProto.DOUBLE:
            typed.double_data.extend(array.ravel().tolist())
        else:
            typed.int32_data.extend(int(v) for v in array.view(numpy.uint16).ravel())
        stored += [(raw, array), (typed, array)]
    for kind, dtype, field in ((TensorProto.INT64, numpy.int64, "int64_data"), (TensorProto.INT32, numpy.int32, "int32_data"),
                               (TensorProto.INT8, numpy.int8, "int32_data"), (TensorProto.UINT64, numpy.uint64, "uint64_data"),
                               (TensorProto.BOOL, numpy.bool_, "int32_data")):
        array = numpy.array([0, 1, 5] if kind != TensorProto.BOOL else [0, 1, 1]).astype(dtype)
        if kind in (TensorProto.INT64, TensorProto.INT32, TensorProto.INT8):
            array = array - dtype(2)
        typed = TensorProto(name=f"{TensorProto.DataType.Name(kind).lower()}_typed", data_type=kind, dims=array.shape)
        getattr(typed, field).extend(int(v) for v in array)
        stored.append((typed, array))
    graph = helper.make_graph(
        [helper.make_node("Identity", ["x"], ["y"])], "case", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1])], [tensor for tensor, _ in stored])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    record("element-types.onnx", model, run=False)
    loaded = onnx.load(FOLDER / "element-types.onnx")
    for tensor in loaded.graph.initializer:
        record_tensor("element-types.onnx", tensor, numpy_helper.to_array(tensor))


def constants():
    """Weights in Constant nodes, as value, value_floats and value_float; literals beside them."""
    b = Builder()
    constant = lambda name, **a: b.nodes.append(helper.make_node("Constant", [], [name], name=name + "_node", **a)) or name
    w = constant("conv_w", value=numpy_helper.from_array(weights(2, 3, 3, 3)))
    bias = constant("conv_b", value_floats=[0.5, -0.25])
    y = b.node("Conv", ["x", w, bias], name="conv")
    y = b.node("Mul", [y, constant("scale", value_float=2.0)])
    y = b.node("Flatten", [y])
    long = constant("long", value_floats=[float(v) for v in weights(2 * 16 * 40)])
    m = b.node("Reshape", [long, constant("long_shape", value_ints=[32, 40])])
    y = b.node("MatMul", [y, m], name="fc")
    y = b.node("Reshape", [y, constant("split", value=numpy_helper.from_array(numpy.array([-1, 2], numpy.int64)))])
    out = b.node("MatMul", [y, constant("rotation", value=numpy_helper.from_array(weights(2, 2)))], name="colours")
    record("constants.onnx", b.model([("x", TensorProto.FLOAT, ["N", 3, 6, 6])], [out], 13))


def external():
    """Weights in a second file: two tensors at offsets of one, and the length left out for a third."""
    b = Builder()
    first, second, third = weights(4, 3), weights(4), weights(5, 4)
    b.store(first, "first"), b.store(second, "second"), b.store(third, "third")
    y = b.node("Gemm", ["x", "first", "second"], transB=1, name="one")
    out = b.node("Gemm", [y, "third"], transB=1, name="two")
    model = b.model([("x", TensorProto.FLOAT, [1, 3])], [out], 13)
    data = b""
    for tensor in model.graph.initializer:
        offset, length = len(data), len(tensor.raw_data)
        data += tensor.raw_data + (b"\0" * 12 if tensor.name != "third" else b"")
        tensor.ClearField("raw_data")
        tensor.data_location = TensorProto.EXTERNAL
        entries = {"location": "external.bin", "offset": str(offset)}
        if tensor.name != "third":
            entries["length"] = str(length)
        for key, value in entries.items():
            tensor.external_data.add(key=key, value=value)
    (FOLDER / "external.bin").write_bytes(data)
    record("external.onnx", model)
    for tensor, array in zip(model.graph.initializer, (first, second, third)):
        record_tensor("external.onnx", tensor, array)


def branches():
    """An If on a computed condition, one on a constant, weights in subgraphs, and a Loop of three turns."""
    def branch(name, op_name, w, out):
        return helper.make_graph(
            [helper.make_node("MatMul", ["x", op_name + "_w"], [out], name=op_name)], name, [],
            [helper.make_tensor_value_info(out, TensorProto.FLOAT, None)],
            [numpy_helper.from_array(w, op_name + "_w")])
    b = Builder()
    wide, narrow = weights(4, 6), weights(4, 6)
    condition = b.node("Greater", [b.node("ReduceMax", ["x"], keepdims=0), b.store(numpy.float32(0.5))])
    b.nodes.append(helper.make_node(
        "If", [condition], ["either"], name="either_if", then_branch=branch("t", "then_fc", wide, "a"),
        else_branch=branch("e", "else_fc", narrow, "b")))
    b.nodes.append(helper.make_node(
        "If", [b.store(numpy.array(False))], ["fixed"], name="fixed_if", then_branch=branch("t2", "dead_fc", weights(4, 50), "a2"),
        else_branch=branch("e2", "live_fc", weights(4, 2), "b2")))
    body = helper.make_graph(
        [helper.make_node("MatMul", ["h", "loop_w"], ["h2"], name="loop_fc"), helper.make_node("Identity", ["c"], ["c2"]),
         helper.make_node("Identity", ["h2"], ["scan"])], "body",
        [helper.make_tensor_value_info("i", TensorProto.INT64, []), helper.make_tensor_value_info("c", TensorProto.BOOL, []),
         helper.make_tensor_value_info("h", TensorProto.FLOAT, None)],
        [helper.make_tensor_value_info("c2", TensorProto.BOOL, []), helper.make_tensor_value_info("h2", TensorProto.FLOAT, None),
         helper.make_tensor_value_info("scan", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(weights(6, 6), "loop_w")])
    b.nodes.append(helper.make_node(
        "Loop", [b.store(numpy.array(3, numpy.int64)), b.store(numpy.array(True)), "either"], ["looped", "collected"],
        name="loop", body=body))
    model = b.model([("x", TensorProto.FLOAT, ["N", 4])], ["looped", "collected", "fixed"], 13)
    path = FOLDER / "branches.onnx"
    onnx.save(model, path)
    lines.append(f"params\tbranches.onnx\t{onnx_counting.parameters(model)}")
    for value, shape in onnx_counting.executed_shapes(str(path)).items():
        lines.append(f"shape\tbranches.onnx\t{value}\t{text(shape)}")


def sparse():
    values = numpy_helper.from_array(weights(3), "sparse_w")
    indices = numpy_helper.from_array(numpy.array([1, 5, 7], numpy.int64), "sparse_w_indices")
    graph = helper.make_graph(
        [helper.make_node("MatMul", ["x", "sparse_w"], ["y"], name="fc")], "case",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [2, 4])], [onnx.ValueInfoProto(name="y")],
        sparse_initializer=[helper.make_sparse_tensor(values, indices, [4, 3])])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.save(model, FOLDER / "sparse.onnx")


def values_not_finite():
    b = Builder()
    array = weights(3, 4)
    array[0, 0], array[1, 1], array[2, 2] = numpy.nan, numpy.inf, -numpy.inf
    out = b.node("MatMul", ["x", b.store(array, "w")], name="fc")
    record("not-finite.onnx", b.model([("x", TensorProto.FLOAT, [1, 3])], [out], 13))


for case in (convolutions, products, shapes_new, shapes_old, recurrent, element_types, constants, external, branches, sparse,
             values_not_finite):
    case()
(FOLDER / "cases.tsv").write_text("\n".join(lines) + "\n")
