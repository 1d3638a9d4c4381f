"""Writes everything.onnx: what a model may hold beside the common, so that an export can be seen to repeat it.

"""


import numpy
import onnx
from onnx import AttributeProto, TensorProto, helper, numpy_helper

from support.places import goldens

FOLDER = goldens("Models/ModelFormatsTests") / "onnx"
HOSTILE = ["", " ", "a\nb", "\\\"quoted\"", "../../etc/passwd", "名前/µ.β", "x" * 300]


def tensor(name, array):
    return numpy_helper.from_array(numpy.asarray(array), name)


def raw(name, kind, dims, data):
    return TensorProto(name=name, data_type=kind, dims=dims, raw_data=data)


def value(name, type_proto=None, doc=""):
    result = onnx.ValueInfoProto(name=name, doc_string=doc)
    if type_proto is not None:
        result.type.CopyFrom(type_proto)
    return result


def floats(*dims):
    return helper.make_tensor_type_proto(TensorProto.FLOAT, list(dims))


nodes, outputs, initializers = [], [], []


def node(op, inputs, outs, **attributes):
    nodes.append(helper.make_node(op, inputs, outs, name=attributes.pop("name", outs[0] + "_node"), **attributes))
    return outs[0]


def sink(name, kind, dims):
    """Gives an initializer out, so that somebody reads it."""
    # An extent of 0 is read as one that is left open, as old exporters meant it.
    declared = [extent or None for extent in dims]
    outputs.append(value(node("Identity", [name], [name + "_out"]), helper.make_tensor_type_proto(kind, declared)))


# Scalars, empty tensors, extremes of 64 bits, types of 8 and 16 bits, and those Pare does not hold.
for stored in (
    tensor("scalar", numpy.float32(2.5)), tensor("empty", numpy.zeros((0, 3), numpy.float32)),
    tensor("extremes", numpy.array([-2 ** 63, -1, 0, 2 ** 63 - 1])), tensor("unsigned", numpy.array([2 ** 64 - 1], numpy.uint64)),
    tensor("halves", numpy.array([1, -2, 65504], numpy.float16)), tensor("doubles", numpy.array([numpy.pi])),
    tensor("truths", numpy.array([True, False])), tensor("bytes", numpy.array([-128, 127], numpy.int8)),
    raw("brains", TensorProto.BFLOAT16, [2], b"\x80\x3f\x00\xc0"), raw("eights", TensorProto.FLOAT8E4M3FN, [2], b"\x38\xc0"),
    tensor("words", numpy.array([b"one", b"", "zwölf".encode()], object)), raw("quarters", TensorProto.INT4, [3], b"\x21\x0f"),
    tensor("complex", numpy.array([1 + 2j], numpy.complex64)),
):
    initializers.append(stored)
    sink(stored.name, stored.data_type, list(stored.dims))

# Two pairs of equal initializers, one of which is an output itself, and one nobody reads.
initializers += [tensor(name, numpy.arange(4, dtype=numpy.float32)) for name in ("twin_a", "twin_b", "twin_out")]
initializers.append(tensor("unread", numpy.ones(5, numpy.float32)))
node("Add", ["x", "twin_a"], ["sum_a"])
node("Add", ["sum_a", "twin_b"], ["sum_b"])
outputs += [value("sum_b", floats("N", 4), "the sum"), value("twin_out", floats(4))]

# A subgraph reads a twin from outside.
inner = helper.make_graph(
    [helper.make_node("Mul", ["sum_b", "twin_b"], ["inner_product"]), helper.make_node("Add", ["inner_product", "inner_b"], ["inner_out"])],
    "then", [], [value("inner_out", floats("N", 4))], [tensor("inner_a", [1.0]), tensor("inner_b", numpy.full(4, 3, numpy.float32))],
    doc_string="a branch")
other = helper.make_graph(
    [helper.make_node("Identity", ["sum_b"], ["other_out"])], "else", [], [value("other_out", floats("N", 4))])
initializers.append(tensor("yes", True))
nodes.append(helper.make_node("If", ["yes"], ["chosen"], name="if", then_branch=inner, else_branch=other))
outputs.append(value("chosen", floats("N", 4)))

# Attributes of every kind; the domain's operators are unknown to everybody but need no meaning to be checked.
sparse = helper.make_sparse_tensor(tensor("", numpy.array([1.5], numpy.float32)), tensor("", numpy.array([3])), [2, 2])
custom = helper.make_node(
    "Everything", ["x", "", "sum_a"], ["", "custom_out"], name="custom", domain="pare.tests", an_int=-7, a_zero=0, a_float=-0.0,
    a_text="naïve", some_ints=[1, -2 ** 63, 3], some_floats=[0.1, numpy.inf], many_floats=[float(i) for i in range(400)],
    some_texts=["a", ""], a_tensor=tensor("inside", numpy.eye(2, dtype=numpy.float32)), a_sparse_tensor=sparse,
    a_graph=other, doc_string="what it does")
custom.attribute.append(AttributeProto(name="no_text", type=AttributeProto.STRING, s=b"\xff\xfe"))
custom.attribute.append(AttributeProto(name="no_ints", type=AttributeProto.INTS))
custom.attribute.append(AttributeProto(name="tensors", type=AttributeProto.TENSORS, tensors=[tensor("t0", [1, 2]), tensor("t1", [[3.0]])]))
custom.attribute.append(AttributeProto(name="type", type=AttributeProto.TYPE_PROTO, tp=floats(1, 2)))
custom.metadata_props.append(onnx.StringStringEntryProto(key="from", value="a test"))
nodes.append(custom)
outputs.append(value("custom_out", floats()))

# Types that are no tensors' and tensors of types Pare does not hold.
node("SequenceConstruct", ["x", "x"], ["sequence"])
outputs.append(value("sequence", helper.make_sequence_type_proto(floats("N", 4))))
node("Optional", ["x"], ["optional"])
outputs.append(value("optional", helper.make_optional_type_proto(floats("N", 4))))

# Constants of every form, a sparse initializer, a call of a local function with a reference to its attribute.
constants = [
    ("value", tensor("", numpy.array([[1, 2]], numpy.float32)), floats(1, 2)), ("value_float", 0.1, floats()),
    ("value_floats", [0.1, 0.2], floats(2)), ("value_int", -5, helper.make_tensor_type_proto(TensorProto.INT64, [])),
    ("value_ints", [1, 2, 3], helper.make_tensor_type_proto(TensorProto.INT64, [3])),
    ("value_string", "s", helper.make_tensor_type_proto(TensorProto.STRING, [])),
    ("value_strings", ["s", "t"], helper.make_tensor_type_proto(TensorProto.STRING, [2])),
]
for key, content, kind in constants:
    outputs.append(value(node("Constant", [], ["constant_" + key], **{key: content}), kind))
held = helper.make_sparse_tensor(
    tensor("sparse_w", numpy.array([1, 2], numpy.float32)), tensor("", numpy.array([0, 7])), [4, 2])
node("MatMul", ["x", "sparse_w"], ["through_sparse"])
outputs.append(value("through_sparse", floats("N", 2)))
leaky = onnx.helper.make_node("LeakyRelu", ["a"], ["b"])
leaky.attribute.append(AttributeProto(name="alpha", type=AttributeProto.FLOAT, ref_attr_name="slope"))
function = helper.make_function(
    "pare.tests", "Slope", ["a"], ["b"], [leaky], [helper.make_opsetid("", 21)], ["slope"])
nodes.append(helper.make_node("Slope", ["x"], ["sloped"], name="call", domain="pare.tests", slope=0.3))
outputs.append(value("sloped", floats("N", 4)))

# Names nobody would choose.
previous = "x"
for name in HOSTILE[1:]:
    node("Relu", [previous], [name], name=name)
    previous = name
outputs.append(value(previous, floats("N", 4)))

graph = helper.make_graph(
    nodes, "everything", [value("x", floats("N", 4), "what goes in")], outputs, initializers, doc_string="a graph",
    value_info=[value("sum_a", floats("N", 4), "half way")], sparse_initializer=[held])
graph.metadata_props.append(onnx.StringStringEntryProto(key="graph", value="note"))
graph.quantization_annotation.append(onnx.TensorAnnotation(
    tensor_name="sum_a", quant_parameter_tensor_names=[onnx.StringStringEntryProto(key="SCALE_TENSOR", value="scalar")]))
model = helper.make_model(
    graph, opset_imports=[helper.make_opsetid("", 21), helper.make_opsetid("pare.tests", 1)], ir_version=10, functions=[function],
    producer_name="tests", producer_version="1.2", domain="pare.tests", model_version=3, doc_string="a model")
helper.set_model_props(model, {"key": "value", "ключ": ""})
onnx.save(model, FOLDER / "everything.onnx")
try:
    onnx.checker.check_model(model)
    print("passed")
except Exception as error:
    print(error)
