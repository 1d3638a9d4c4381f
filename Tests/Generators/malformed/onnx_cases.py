"""Malformed ONNX models, encoded by hand so that they can say what no library would write."""

import struct

from .corpus import EVALUATE, INSPECT


def varint(value):
    value &= (1 << 64) - 1
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def number(tag, value):
    return varint(tag << 3) + varint(value)


def message(tag, data):
    data = data.encode() if isinstance(data, str) else data
    return varint(tag << 3 | 2) + varint(len(data)) + data


def tensor(name, dims, data=b"", kind=1, extra=b""):
    raw = message(9, data) if data is not None else b""
    return b"".join(number(1, d) for d in dims) + number(2, kind) + message(8, name) + raw + extra


def node(operation, inputs, outputs, name="", attributes=b""):
    return (
        b"".join(message(1, i) for i in inputs) + b"".join(message(2, o) for o in outputs)
        + message(3, name or outputs[0]) + message(4, operation) + attributes
    )


def integers(name, values):
    return message(5, message(1, name) + b"".join(number(8, v) for v in values) + number(20, 7))


def tensor_attribute(name, value):
    return message(5, message(1, name) + message(5, value) + number(20, 4))


def graph_attribute(name, graph):
    return message(5, message(1, name) + message(6, graph) + number(20, 5))


def value(name, dims, kind=1):
    shape = b"".join(message(1, number(1, d)) for d in dims)
    return message(1, name) + message(2, message(1, number(1, kind) + message(2, shape)))


def graph(nodes, initializers=(), inputs=(("x", [1, 4]),), outputs=(("y", [1, 4]),), name="g"):
    return (
        b"".join(message(1, n) for n in nodes) + message(2, name) + b"".join(message(5, i) for i in initializers)
        + b"".join(message(11, value(n, d)) for n, d in inputs) + b"".join(message(12, value(n, d)) for n, d in outputs)
    )


def model(graph, opset=13):
    return number(1, 8) + message(8, message(1, "") + number(2, opset)) + message(7, graph)


def floats(count):
    return struct.pack(f"<{count}f", *([0.5] * count))


def add(corpus, golden):
    """`golden` gives the bytes of a committed golden of the ONNX tests."""
    for name in ["convolutions", "everything", "recurrent"]:
        data = golden(f"onnx/{name}.onnx")
        size = len(data)
        corpus.truncations(name, ".onnx", data, [1, 2, 17, size // 7, size // 3, size // 2, size * 3 // 4, -40, -1])
        corpus.flips(name, ".onnx", data, 12, within=400)
    relu = lambda i, o: node("Relu", [i], [o])
    gemm = node("MatMul", ["x", "w"], ["y"])

    # Lengths and shapes.
    def weights(what, *arguments, **named):
        corpus.add(f"weights-{what}.onnx", model(graph([gemm], [tensor("w", *arguments, **named)])))

    weights("short-of-data", [4, 4], floats(15))
    weights("more-than-their-shape", [4, 4], floats(17))
    weights("of-2-to-the-62", [1 << 31, 1 << 31], floats(4))
    weights("overflowing-shape", [1 << 40, 1 << 40], floats(4))
    weights("overflowing-to-zero", [1 << 32, 1 << 32], b"")
    weights("negative", [-4, 4], floats(4))
    weights("most-negative", [-(1 << 63), 1], floats(4))
    weights("of-4096-dimensions", [2] * 4096, floats(4))
    weights("without-data", [4, 4], None)
    weights("short-float-data", [4, 4], None, extra=message(4, floats(3)))
    weights("ragged-float-data", [4, 4], None, extra=message(4, b"\0" * 63))
    weights("twice-raw", [4, 4], floats(16), extra=message(9, floats(8)))
    corpus.add("initializer-twice.onnx", model(graph([gemm], [tensor("w", [4, 4], floats(16))] * 2)))
    field = lambda tag, length: varint(tag << 3 | 2) + varint(length)
    for what, length in [("beyond", 1 << 20), ("2-to-the-31", 1 << 31), ("2-to-the-63", 1 << 63), ("all-ones", (1 << 64) - 1)]:
        corpus.add(f"graph-length-{what}.onnx", number(1, 8) + field(7, length) + graph([gemm]))
        corpus.add(f"raw-length-{what}.onnx", number(1, 8) + message(7, message(5, number(1, 4) + field(9, length) + floats(4))))
    corpus.add("endless-varint.onnx", number(1, 8) + b"\x3a" + b"\xff" * 4096)
    corpus.add("field-zero.onnx", number(1, 8) + b"\x02\x01\x00" + message(7, graph([gemm])))
    corpus.add("group-never-closed.onnx", number(1, 8) + b"\x3b" * 5000)
    corpus.add("nothing-but-version.onnx", number(1, 8))
    corpus.add("name-not-utf8.onnx", model(message(2, b"\xff\xfe") + graph([gemm])))

    # External data.
    def external(what, *pairs, expected="refused"):
        extra = number(14, 1) + b"".join(message(13, message(1, k) + message(2, v)) for k, v in pairs)
        corpus.add(
            f"external-{what}.onnx", model(graph([gemm], [tensor("w", [4, 4], None, extra=extra)])),
            beside={"external-near.bin": floats(16)}, expected=expected)

    external("upwards", ("location", "../../../../etc/passwd"))
    external("absolute", ("location", "/etc/passwd"))
    external("inner-upwards", ("location", "a/../../b"))
    external("missing", ("location", "nowhere.bin"))
    external("nowhere")
    external("folder", ("location", "."))
    external("nul", ("location", "external-near.bin\0/x"))
    external("offset-beyond", ("location", "external-near.bin"), ("offset", "64"), ("length", "64"))
    external("offset-huge", ("location", "external-near.bin"), ("offset", str(2**63 - 1)), ("length", "64"))
    external("offset-negative", ("location", "external-near.bin"), ("offset", "-4"), ("length", "64"))
    external("length-wrong", ("location", "external-near.bin"), ("offset", "0"), ("length", "8"))
    external("length-huge", ("location", "external-near.bin"), ("offset", "8"), ("length", str(2**64)))
    external("length-word", ("location", "external-near.bin"), ("offset", "a"), ("length", "b"))

    # Graphs.
    corpus.add("cycle-of-one.onnx", model(graph([relu("y", "y")])))
    corpus.add("cycle-of-two.onnx", model(graph([node("Add", ["x", "b"], ["a"]), relu("a", "b"), relu("b", "y")])))
    long = [node("Add", ["x", "v999"], ["v0"])] + [relu(f"v{i}", f"v{i + 1}") for i in range(999)] + [relu("v999", "y")]
    corpus.add("cycle-of-a-thousand.onnx", model(graph(long)))
    corpus.add("output-twice.onnx", model(graph([relu("x", "y"), relu("x", "y")])))
    corpus.add("output-named-as-input.onnx", model(graph([relu("x", "x"), relu("x", "y")])))
    deep = graph([relu("x", "y")])
    for _ in range(2000):
        deep = graph([node("If", ["x"], ["y"], attributes=graph_attribute("then_branch", deep))])
    corpus.add("subgraphs-2000-deep.onnx", model(deep))
    inner = graph([relu("x", "y")])
    deep = inner
    for _ in range(28):
        deep = graph([node("If", ["x"], ["y"], attributes=graph_attribute("then_branch", deep))])
    corpus.add("subgraphs-28-deep.onnx", model(deep), expected="sound")
    many = b"".join(graph_attribute(f"branch{i}", inner) for i in range(5000))
    corpus.add("subgraphs-5000-of-one-node.onnx", model(graph([node("If", ["x"], ["y"], attributes=many)])), expected="sound")
    shape = b""
    for _ in range(5000):
        shape = message(2, message(4, message(1, shape)))  # a sequence of sequences
    # Types of anything but tensors are kept as they lie in the file.
    corpus.add("types-5000-deep.onnx", model(graph([gemm]) + message(11, message(1, "z") + shape)), expected="sound")
    chain = [relu("x" if i == 0 else f"v{i}", f"v{i + 1}") for i in range(20000)] + [relu("v20000", "y")]
    corpus.add("chain-of-20000.onnx", model(graph(chain)), expected="sound")
    corpus.add("chain-of-20000-backwards.onnx", model(graph(chain[::-1])), expected="sound")

    # Local functions.
    def function(name, inputs, outputs, nodes, extra=b""):
        return message(25, message(1, name) + b"".join(message(4, i) for i in inputs) + b"".join(message(5, o) for o in outputs)
                       + b"".join(message(7, n) for n in nodes) + message(10, "own") + extra)

    def functions(what, definitions, call=None, expected="sound"):
        call = call or node("f0", ["x"], ["y"], attributes=message(7, "own"))
        corpus.add(f"function-{what}.onnx", model(graph([call])) + b"".join(definitions), expected=expected)

    own = message(7, "own")
    functions("of-itself", [function("f0", ["a"], ["b"], [node("f0", ["a"], ["b"], attributes=own)])])
    functions("of-each-other", [
        function("f0", ["a"], ["b"], [node("f1", ["a"], ["b"], attributes=own)]),
        function("f1", ["a"], ["b"], [node("f0", ["a"], ["b"], attributes=own)])])
    twice = lambda i: function(f"f{i}", ["a"], ["b"], [
        node(f"f{i + 1}", ["a"], ["m"], attributes=own), node(f"f{i + 1}", ["m"], ["b"], attributes=own)])
    functions("doubled-60-times", [twice(i) for i in range(60)] + [function("f60", ["a"], ["b"], [relu("a", "b")])])
    functions("named-twice", [function("f0", ["a"], ["b"], [relu("a", "b")])] * 2)
    functions("without-output", [function("f0", ["a"], ["b"], [relu("a", "c")])])
    functions("input-twice", [function("f0", ["a", "a"], ["b"], [relu("a", "b")])])
    functions("output-is-input", [function("f0", ["a"], ["a"], [relu("a", "c")])])
    functions("called-with-more", [function("f0", ["a"], ["b"], [relu("a", "b")])],
              node("f0", ["x", "x", "x"], ["y", "z"], attributes=own))
    functions("of-another-opset", [
        function("f0", ["a"], ["b"], [relu("a", "b")], extra=message(9, message(1, "") + number(2, 9)))])
    functions("cycle-inside", [function("f0", ["a"], ["b"], [node("Add", ["a", "d"], ["c"]), relu("c", "d"), relu("d", "b")])])
    functions("makes-it-twice", [function("f0", ["a"], ["b"], [relu("a", "b"), relu("a", "b")])])
    functions("header-cut-off", [function("f0", ["a"], ["b"], [relu("a", "b")], extra=message(9, b"\x12\xff"))])

    # Values that would be made of nothing; they run, or would.
    def makes(what, nodes, initializers=(), inputs=(("x", [1, 4]),), expected="refused"):
        data = model(graph(nodes, initializers, inputs=inputs))
        corpus.add(f"{what}.onnx", data, EVALUATE, expected)
        corpus.add(f"{what}-inspected.onnx", data, INSPECT, "sound")

    longs = lambda *v: struct.pack(f"<{len(v)}q", *v)
    shape_of = lambda *v: tensor("s", [len(v)], longs(*v), kind=7)
    makes("constant-of-shape-2-to-the-40", [node("ConstantOfShape", ["s"], ["y"])], [shape_of(1 << 40)])
    makes("constant-of-shape-overflow", [node("ConstantOfShape", ["s"], ["y"])], [shape_of(1 << 40, 1 << 40)])
    makes("constant-of-shape-negative", [node("ConstantOfShape", ["s"], ["y"])], [shape_of(-8)])
    makes("tile-2-to-the-40", [node("Tile", ["x", "s"], ["y"])], [shape_of(1 << 20, 1 << 20)])
    makes("tile-2-to-the-33", [node("Tile", ["x", "s"], ["y"])], [shape_of(1, 1 << 31)])
    makes("expand-2-to-the-40", [node("Expand", ["x", "s"], ["y"])], [shape_of(1 << 40, 1, 4)])
    makes("reshape-overflow", [node("Reshape", ["x", "s"], ["y"])], [shape_of(1 << 62, -1)])
    makes("reshape-two-unknown", [node("Reshape", ["x", "s"], ["y"])], [shape_of(-1, -1)])
    ends = [tensor("a", [], longs(0), kind=7), tensor("b", [], longs(1 << 50), kind=7), tensor("c", [], longs(1), kind=7)]
    makes("range-2-to-the-50", [node("Range", ["a", "b", "c"], ["y"])], ends)
    makes("range-step-zero", [node("Range", ["a", "b", "a"], ["y"])], ends)
    makes("input-2-to-the-40", [relu("x", "y")], inputs=(("x", [1 << 20, 1 << 20]),))
    makes("input-overflow", [relu("x", "y")], inputs=(("x", [1 << 40, 1 << 40]),))
    doubling = [node("Concat", [f"v{i}", f"v{i}"], [f"v{i + 1}"], attributes=message(5, message(1, "axis") + number(3, 0) + number(20, 2)))
                for i in range(60)]
    makes("concat-doubled-60-times", [relu("x", "v0")] + doubling + [relu("v60", "y")])
    kernel = tensor("w", [1, 1, 1, 1], floats(1))
    for what, name, values in [
        ("pads-2-to-the-40", "pads", [1 << 40] * 4), ("pads-negative", "pads", [-(1 << 40)] * 4),
        ("strides-zero", "strides", [0, 0]), ("dilations-2-to-the-62", "dilations", [1 << 62] * 2),
        ("kernel-shape-of-nothing", "kernel_shape", []), ("pads-most-negative", "pads", [-(1 << 63)] * 4),
    ]:
        makes(
            f"convolution-{what}", [node("Conv", ["x", "w"], ["y"], attributes=integers(name, values))], [kernel],
            inputs=(("x", [1, 1, 4, 4]),), expected="sound" if values == [] else "refused")
    makes("unknown-operator", [node("Frobnicate", ["x"], ["y"])])
    makes("input-of-nobody", [relu("nobody", "y")])
    makes("node-without-inputs", [node("Relu", [], ["y"])])
    makes("gather-beyond", [node("Gather", ["x", "s"], ["y"])], [shape_of(1 << 40)])
