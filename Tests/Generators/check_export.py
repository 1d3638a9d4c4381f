"""Checks an exported ONNX model with programs that know nothing of Pare, and prints what was found as JSON.

    python check_export.py ORIGINAL EXPORTED [--pare-outputs F.json] [--extent N=4]… [--value sr=16000]… [--shrinks h0]… [--same] [--tolerance 1e-4]

The model must pass onnx.checker with shape inference, load and run in ONNX Runtime on seeded numbers, keep the initial
interface (names, types and declared shapes of inputs and outputs, opset, the other domains) and hold no initializer twice,
unread or as an input. `parameters` and `macs` are counted here, from the shapes of a
run, without Pare (`support/onnx_counting.py`). With --same, for an export that changes nothing, every node, tensor and
declaration must say the same and the outputs be bit-identical. F.json, `{output name: {"shape": […], "values": […]}}` and under "inputs" what was fed in the same form, is
Pare's own answer, compared within the tolerance (absolute, and relative to the largest magnitude). Exit status 1: a check
failed.
"""

import argparse
import json
import math
import pathlib

import numpy
import onnx
import onnxruntime

from support import onnx_counting

parser = argparse.ArgumentParser()
parser.add_argument("original")
parser.add_argument("exported")
parser.add_argument("--pare-outputs")
parser.add_argument("--extent", action="append", default=[])
parser.add_argument("--value", action="append", default=[], help="the number an integer input holds")
parser.add_argument("--shrinks", action="append", default=[], help="a state's input or output, which a smaller layer makes smaller")
parser.add_argument("--same", action="store_true")
parser.add_argument("--tolerance", type=float, default=1e-4)
parser.add_argument("--no-run", action="store_true", help="for models with operators ONNX Runtime does not know")
arguments = parser.parse_args()
extents = {name: int(value) for name, value in (item.split("=") for item in arguments.extent)}
values = {name: int(value) for name, value in (item.split("=") for item in arguments.value)}
failures = []


def check(holds, text):
    if not holds:
        failures.append(text)


def session(path):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def interface(model):
    """Name, element type and declared shape of the values that a caller gives and gets."""
    stored = {t.name for t in model.graph.initializer} | {t.values.name for t in model.graph.sparse_initializer}

    def described(values):
        return [
            (v.name, v.type.tensor_type.elem_type,
             [d.dim_param or d.dim_value for d in v.type.tensor_type.shape.dim]
             if v.type.tensor_type.HasField("shape") and v.name not in arguments.shrinks else None)
            for v in values if v.name not in stored]
    return described(model.graph.input), described(model.graph.output)


def read_names(graph):
    names = {o.name for o in graph.output}
    for node in graph.node:
        names |= set(node.input)
        for a in node.attribute:
            for inner in ([a.g] if a.HasField("g") else []) + list(a.graphs):
                names |= read_names(inner)
    return names


def check_initializers(graph):
    contents, read = {}, read_names(graph)
    for tensor in graph.initializer:
        twin = contents.setdefault(content(tensor), tensor.name)
        check(twin == tensor.name or {twin, tensor.name} & {o.name for o in graph.output},
              f"initializers {twin} and {tensor.name} are equal")
        check(tensor.name in read, f"nobody reads initializer {tensor.name}")
        check(tensor.name not in {i.name for i in graph.input}, f"initializer {tensor.name} is an input")


def content(tensor):
    array = onnx.numpy_helper.to_array(tensor)
    return tensor.data_type, tuple(tensor.dims), repr(array.tolist()) if array.dtype == object else array.tobytes()


def compare(before, after, place="graph", outer=({}, {})):
    """Whether a graph says the same as before: nodes with their attributes, documentation and declared values."""

    def attributes(node):
        result = {}
        for a in node.attribute:
            copy = onnx.AttributeProto()
            copy.CopyFrom(a)
            copy.ClearField("g")
            if a.HasField("t") and a.t.data_type != onnx.TensorProto.STRING:
                copy.ClearField("t")
            result[a.name] = (copy.SerializeToString(deterministic=True), content(a.t) if a.HasField("t") else None)
        return result

    def described(values):
        return {v.name: v.SerializeToString(deterministic=True) for v in values}

    old, new = ({t.name: content(t) for t in g.initializer} for g in (before, after))
    seen = outer[0] | old, outer[1] | new
    check(len(before.node) == len(after.node), f"{place} has another number of nodes")
    for one, other in zip(before.node, after.node):
        at = f"{place}, node {one.name or list(one.output)}"
        for field in ("name", "op_type", "overload", "doc_string"):
            check(getattr(one, field) == getattr(other, field), f"{at}: {field} changed")
        check(one.domain.replace("ai.onnx", "", one.domain == "ai.onnx") == other.domain, f"{at}: domain changed")
        check(list(one.output) == list(other.output), f"{at}: outputs changed")
        check([(p.key, p.value) for p in one.metadata_props] == [(p.key, p.value) for p in other.metadata_props],
              f"{at}: metadata changed")
        for a, b in zip(one.input, other.input, strict=True):
            check(a == b or (a in seen[0] and seen[0][a] == seen[1].get(b)), f"{at}: input {a} became {b}")
        check(attributes(one) == attributes(other), f"{at}: attributes changed")
        for a in one.attribute:
            if a.HasField("g"):
                compare(a.g, next(b.g for b in other.attribute if b.name == a.name), f"{at}, {a.name}", seen)
    for name, stored in new.items():
        check(old.get(name) == stored, f"{place}: initializer {name} changed")
    sparse = [{t.values.name: t.SerializeToString(deterministic=True) for t in g.sparse_initializer} for g in (before, after)]
    check(sparse[0] == sparse[1], f"{place}: sparse initializers changed")
    for field in ("doc_string", "quantization_annotation", "metadata_props"):
        check(str(getattr(before, field)) == str(getattr(after, field)), f"{place}: {field} changed")
    made = {o for n in before.node for o in n.output} - {v.name for v in before.input} - {v.name for v in before.output}
    inputs = [v for v in before.input if v.name not in old]
    declared = [v for v in before.value_info if v.name in made]
    for field, values in (("input", inputs), ("output", before.output), ("value_info", declared)):
        check(described(values) == described(getattr(after, field)), f"{place}: {field} changed")


def feeds(path, seed=1):
    model = onnx.load(path, load_external_data=False)
    stored = {t.name for t in model.graph.initializer}
    random = numpy.random.default_rng(seed)
    result = {}
    for value in model.graph.input:
        if value.name in stored:
            continue
        kind = value.type.tensor_type
        shape = [extents.get(d.dim_param, 1) if d.dim_param else max(d.dim_value, 1) for d in kind.shape.dim]
        dtype = onnx_counting.NUMPY[kind.elem_type]
        if value.name in arguments.shrinks:
            result[value.name] = numpy.zeros(shape, dtype)
        elif numpy.issubdtype(dtype, numpy.floating):
            result[value.name] = random.standard_normal(shape).astype(dtype)
        else:
            result[value.name] = numpy.full(shape, values.get(value.name, 1), dtype)
    return result


original, exported = onnx.load(arguments.original), onnx.load(arguments.exported)
report = {"file_bytes": pathlib.Path(arguments.exported).stat().st_size}
data = pathlib.Path(arguments.exported + ".data")
if data.exists() and any(t.data_location for t in onnx.load(arguments.exported, load_external_data=False).graph.initializer):
    report["file_bytes"] += data.stat().st_size



def verdict(path):
    try:
        onnx.checker.check_model(path, full_check=not arguments.no_run)
        return "passed"
    except Exception as error:
        return str(error).strip().splitlines()[0]


# A fault of the original stays.
report["checker"] = verdict(arguments.exported)
check(report["checker"] == "passed" or verdict(arguments.original) == report["checker"], f"onnx.checker: {report['checker']}")

check(interface(original) == interface(exported), f"interface {interface(original)} became {interface(exported)}")
versions = [{(o.domain if o.domain != "ai.onnx" else ""): o.version for o in m.opset_import} for m in (original, exported)]
check(versions[0] == versions[1], f"opset {versions[0]} became {versions[1]}")
check(exported.ir_version == max(original.ir_version, 4), f"IR {original.ir_version} became {exported.ir_version}")
for field in ("producer_name", "producer_version", "domain", "model_version", "doc_string"):
    check(getattr(original, field) == getattr(exported, field), f"{field} changed")
check([(p.key, p.value) for p in original.metadata_props] == [(p.key, p.value) for p in exported.metadata_props], "metadata changed")
for graph in onnx_counting.graphs(exported.graph):
    check_initializers(graph)
if arguments.same:
    compare(original.graph, exported.graph)
    check([f.SerializeToString(deterministic=True) for f in original.functions]
          == [f.SerializeToString(deterministic=True) for f in exported.functions], "functions changed")
same_names = {n.name for n in exported.graph.node} & {n.name for n in original.graph.node if n.name}
report |= {
    "opset": versions[1], "ir_version": exported.ir_version, "nodes": len(exported.graph.node),
    "node_names_kept": len(same_names), "node_names_before": len({n.name for n in original.graph.node if n.name}),
    "initializers": len(exported.graph.initializer),
    "parameters_before": onnx_counting.parameters(original), "parameters": onnx_counting.parameters(exported),
}

if not arguments.no_run:
    given = feeds(arguments.original)
    (_, report["macs_before"]), (_, report["macs"]) = (
        onnx_counting.macs(path, extents, {name: array for name, array in given.items() if name in values})
        for path in (arguments.original, arguments.exported))
    kept = [o.name for o in original.graph.output if o.name not in arguments.shrinks]
    before, after = (session(path).run(kept, feeds(path)) for path in (arguments.original, arguments.exported))
    finite = all(numpy.isfinite(a).all() for a in after if numpy.issubdtype(a.dtype, numpy.floating))
    expected_finite = all(numpy.isfinite(a).all() for a in before if numpy.issubdtype(a.dtype, numpy.floating))
    check(finite or not expected_finite, "outputs are not finite")
    check([a.shape for a in before] == [a.shape for a in after], "shapes of the outputs changed")
    report["difference_to_original"] = max(
        (float(numpy.abs(a.astype(numpy.float64) - b).max()) for a, b in zip(before, after) if a.size and a.shape == b.shape),
        default=0.0)
    if arguments.same:
        check(all(a.tobytes() == b.tobytes() for a, b in zip(before, after)), "outputs changed")

if arguments.pare_outputs:
    answer = json.loads(pathlib.Path(arguments.pare_outputs).read_text())

    def array(entry, dtype):
        return numpy.array(entry["values"], dtype).reshape(entry["shape"])
    types = {v.name: onnx_counting.NUMPY[v.type.tensor_type.elem_type] for v in exported.graph.input}
    run = session(arguments.exported)
    outputs = [o.name for o in run.get_outputs() if o.name in answer]
    check(outputs, "Pare's answer has none of the outputs")
    given = {name: array(entry, types[name]) for name, entry in answer["inputs"].items()}
    worst = 0.0
    for name, found in zip(outputs, run.run(outputs, given)):
        expected = array(answer[name], numpy.float64)
        check(expected.shape == found.shape, f"{name}: shape {expected.shape} became {found.shape}")
        if expected.shape == found.shape and found.size:
            scale = max(1.0, float(numpy.abs(found).max()))
            worst = max(worst, float(numpy.abs(expected - found).max()) / scale)
    report["difference_to_pare"] = worst
    check(worst <= arguments.tolerance and math.isfinite(worst), f"outputs differ from Pare's by {worst}")

print(json.dumps(report | {"failures": failures}, indent=1))
raise SystemExit(1 if failures else 0)
