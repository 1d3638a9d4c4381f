"""Runs onnx's node tests through Pare and prints how many come out equal, by operator set.

    python Tests/Generators/check_conformance.py CONFORMANCE [--filter NAME] [--list]

CONFORMANCE is the built program of Benchmarks/Conformance. The onnx package makes the tests, inputs and expected outputs; floating-point
results are compared as its own runner does, within each test's rtol and atol. Needs numpy, onnx and onnxruntime.
Ends with 1 where a result differs that ONNX Runtime gets right.
"""

import argparse
import base64
import collections
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import warnings

import numpy as np
import onnx
from onnx import TensorProto, numpy_helper

warnings.filterwarnings("ignore")

TYPES = {
    TensorProto.FLOAT: "float32", TensorProto.DOUBLE: "float64", TensorProto.FLOAT16: "float16",
    TensorProto.BFLOAT16: "bfloat16", TensorProto.FLOAT8E4M3FN: "float8e4m3", TensorProto.FLOAT8E5M2: "float8e5m2",
    TensorProto.INT64: "int64", TensorProto.INT32: "int32", TensorProto.INT16: "int16", TensorProto.INT8: "int8",
    TensorProto.UINT64: "uint64", TensorProto.UINT32: "uint32", TensorProto.UINT16: "uint16", TensorProto.UINT8: "uint8",
    TensorProto.BOOL: "boolean",
}
NUMBERS = {name: number for number, name in TYPES.items()}


class Untransferable(Exception):
    """A value that is no tensor of numbers Pare holds."""


class Runner:
    """Pare in a process of its own, which is started anew where it dies."""

    def __init__(self, program):
        self.program, self.process = program, None

    def run(self, model, inputs):
        if self.process is None:
            self.process = subprocess.Popen(
                [self.program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        request = json.dumps({"model": str(model), "inputs": inputs}) + "\n"
        try:
            self.process.stdin.write(request.encode())
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = b""
        if not line:
            status = self.process.wait()
            self.process = None
            return {"crashed": status}
        return json.loads(line)


def packed(value, info):
    if isinstance(value, TensorProto):
        tensor = value
    elif isinstance(value, (np.ndarray, np.generic)):
        array = np.asarray(value)
        declared = info.type.tensor_type.elem_type if info.type.HasField("tensor_type") else 0
        if array.dtype.kind in "OUS":
            raise Untransferable("strings")
        tensor = numpy_helper.from_array(array)
        if declared and tensor.data_type != declared:
            tensor.data_type = declared
    else:
        raise Untransferable("a sequence, an optional value or a map")
    if tensor.data_type not in TYPES:
        raise Untransferable("element type " + TensorProto.DataType.Name(tensor.data_type).lower())
    array = numpy_helper.to_array(tensor)
    return {
        "type": TYPES[tensor.data_type], "shape": list(array.shape),
        "data": base64.b64encode(np.ascontiguousarray(array).tobytes()).decode(),
    }


def unpacked(value):
    tensor = TensorProto(data_type=NUMBERS[value["type"]], dims=value["shape"], raw_data=base64.b64decode(value["data"]))
    return numpy_helper.to_array(tensor)


def plain(array):
    """An array that NumPy computes with."""
    if array.dtype.kind in "biufc":
        return array
    return array.astype(np.float32)


def difference(case, expected, results):
    """How results differ from what is expected, as onnx's runner judges; None where they are equal."""
    for index, (wanted, result) in enumerate(zip(expected, results)):
        if isinstance(wanted, TensorProto):
            wanted = numpy_helper.to_array(wanted)
        wanted, result = plain(np.asarray(wanted)), plain(np.asarray(result))
        if wanted.shape != result.shape:
            return f"output {index} is of shape {list(result.shape)}, not {list(wanted.shape)}"
        if wanted.dtype.kind != result.dtype.kind:
            return f"output {index} is of {result.dtype}, not {wanted.dtype}"
        if wanted.dtype.kind == "f":
            if not np.allclose(
                result.astype(np.float64), wanted.astype(np.float64), rtol=case.rtol, atol=case.atol, equal_nan=True):
                return f"output {index} differs by up to {np.nanmax(np.abs(result.astype(np.float64) - wanted)):.3g}"
        elif not np.array_equal(result, wanted):
            return f"output {index} differs in {np.count_nonzero(result != wanted)} of {wanted.size} places"
    return None


def peer_differs(case, inputs, expected):
    """Whether ONNX Runtime gets the same test wrong or declines it; says how."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(
            case.model.SerializeToString(), options, providers=["CPUExecutionProvider"])
        feeds = {info.name: value for info, value in zip(case.model.graph.input, inputs)}
        results = session.run(None, feeds)
    except Exception as error:
        return "declines: " + str(error).splitlines()[0][:100]
    return difference(case, expected, results)


def kind(reason):
    """A reason without what is particular to a test."""
    reason = re.sub(r"\([^()]*(node|, )[^()]*\)$", "", reason).strip()
    reason = re.sub(r"^[A-Z]\w*(, node \d+| \S+): ", lambda match: match.group(0).split(",")[0].split()[0].rstrip(":") + ": ", reason)
    return re.sub(r"\[[^]]*\]|\b\d+(·\d+)*\b", "…", reason)


def node_tests():
    from onnx.backend.test.case.node import collect_testcases

    for case in collect_testcases():
        versions = {entry.domain: entry.version for entry in case.model.opset_import}
        if set(versions) - {"", "ai.onnx.preview"} or versions.get("", 0) < 7:
            continue
        yield ("7 to 21" if versions[""] <= 21 else "22 and above"), case


def judge(runner, folder, case):
    """(verdict, reason) of a test."""
    path = folder / "model.onnx"
    path.write_bytes(case.model.SerializeToString())
    for inputs, expected in case.data_sets:
        try:
            given = {
                info.name: packed(value, info) for info, value in zip(case.model.graph.input, inputs) if value is not None}
        except Untransferable as error:
            return "refused", f"inputs: {error}"
        answer = runner.run(path, given)
        if "crashed" in answer:
            return "crashed", f"ended with {answer['crashed']}"
        if "refused" in answer:
            return "refused", answer["refused"]
        found = difference(case, expected, [unpacked(value) for value in answer["outputs"]])
        if found:
            peer = peer_differs(case, inputs, expected)
            return ("different, as ONNX Runtime is", f"{found}; it {peer}") if peer else ("different", found)
    return "equal", ""


def open_models(program):
    """Opens the models that the package ships; the number of those that open, and of all."""
    data = pathlib.Path(onnx.__file__).parent / "backend/test/data"
    paths = sorted(data.glob("*/*/model.onnx")) + sorted(data.glob("light/*.onnx"))
    runner, opened = Runner(program), 0
    for path in paths:
        answer = runner.run(path, {})
        # Without inputs no model runs: opening it comes first.
        if "crashed" in answer or "malformed" in answer.get("refused", ""):
            print(f"does not open: {path.parent.name}: {answer}")
        else:
            opened += 1
    return opened, len(paths)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("--filter", default="", help="only tests whose name contains this")
    parser.add_argument("--list", action="store_true", help="name each test that is not equal, with the reason")
    arguments = parser.parse_args()
    runner = Runner(arguments.program)
    verdicts = collections.defaultdict(collections.Counter)
    reasons = collections.defaultdict(collections.Counter)
    with tempfile.TemporaryDirectory() as folder:
        for group, case in node_tests():
            if arguments.filter not in case.name:
                continue
            verdict, reason = judge(runner, pathlib.Path(folder), case)
            verdicts[group][verdict] += 1
            if verdict != "equal":
                reasons[group][f"{verdict}: {kind(reason)}"] += 1
                if arguments.list:
                    print(f"{case.name}: {verdict}: {reason}")
    columns = ["equal", "different", "different, as ONNX Runtime is", "refused", "crashed"]
    print("| operator set | tests | " + " | ".join(columns) + " |")
    print("|---" * (len(columns) + 2) + "|")
    for group in sorted(verdicts, key=lambda name: int(name.split()[0])):
        counts = verdicts[group]
        print(f"| {group} | {sum(counts.values())} | " + " | ".join(str(counts[column]) for column in columns) + " |")
    for group in reasons:
        print(f"\nNot equal, operator set {group}:")
        for reason, count in reasons[group].most_common():
            print(f"{count:5} {reason}")
    if not arguments.filter:
        opened, count = open_models(arguments.program)
        print(f"\nThe package's models: {opened} of {count} open")
        if opened < count:
            sys.exit(1)
    if any(counts["different"] or counts["crashed"] for counts in verdicts.values()):
        sys.exit(1)


main()
