"""Decodes a .pare file with NumPy, onnx and safetensors alone, and compares it with what `pare decompress` made of it.

    python Tests/Generators/support/read_pare.py MODEL.pare [DECOMPRESSED.safetensors]

Written from the comments in Sources/Squeeze: PareFile/Container/FileLayout.swift and PareFile/Graph (the file), Streams/EntryHeader.swift (a
layer's entry), Entropy/Huffman/CodeLengthTable.swift (code lengths), Entropy/Arithmetic (RangeEncoder.swift, AdaptiveBit.swift,
OrderZeroModel.swift, MagnitudeBuckets.swift, ContextModel.swift) and Sharing/Trellis/TrellisCode.swift. Exit status 1: a checksum or a tensor differs.
"""

import json
import struct
import sys
import zlib

import numpy
import onnx
import safetensors

from text_stream import CAP, ONE, Arithmetic, number, numbers, text

TYPES = [("F32", 4), ("F64", 8), ("F16", 2), ("BF16", 2)]


class Bits:
    """Reads fields, most significant bit first."""

    def __init__(self, data):
        self.bits, self.at = numpy.unpackbits(numpy.frombuffer(data, numpy.uint8)).tolist(), 0

    def field(self, width):
        value = 0
        for bit in self.bits[self.at : self.at + width]:
            value = value << 1 | bit
        self.at += width
        return value

    def lengths(self, alphabet):
        longest, lengths = self.field(6), []
        while longest and len(lengths) < alphabet:
            length = self.field(longest.bit_length())
            lengths.append(length)
            if length == 0:
                zeros = 0
                while self.field(1) == 0:
                    zeros += 1
                lengths += [0] * ((1 << zeros | self.field(zeros)) - 1)
        return lengths + [0] * (alphabet - len(lengths))

    def symbols(self, count, width, lengths):
        if lengths is None:
            return [self.field(width) for _ in range(count)]
        words, word, last, found = {}, 0, 0, []
        for length, symbol in sorted((length, symbol) for symbol, length in enumerate(lengths) if length):
            word <<= length - last
            words[length, word], last, word = symbol, length, word + 1
        bits, at = self.bits, self.at
        for _ in range(count):
            word, length = bits[at], 1
            while (length, word) not in words:
                word, length = word << 1 | bits[at + length], length + 1
            found.append(words[length, word])
            at += length
        self.at = at
        return found


STARTS = list(range(8)) + [place << octave for octave in range(1, 16) for place in range(4, 8)]


def expectations():
    """Of each class: of each bin, of both quantizers."""
    everything, keep = [], lambda p: [[min(max(p, 25600), ONE - 25600), 10] for _ in range(2)]
    for kind in range(76):
        edge = (((4 + kind % 4) << kind // 4) * 64 - 256) // 4 + 10
        powers = [ONE * edge // (edge + 256)]
        for _ in range(14):
            powers.append(powers[-1] * powers[-1] // ONE)
        width = lambda bucket: 0 if bucket < 8 else bucket // 4 - 1
        bins = [keep(powers[width(bucket)]) for bucket in range(40)]
        for step in (1, 2):
            for bucket in range(8, 20):
                half = powers[max(width(bucket) - step, 0)]
                bins.append(keep(ONE * half // (ONE + half)))
        everything.append(bins)
    return everything


def next_state(state, level, place):
    """The state of a trellis after the level at a place."""
    return 0 if (place + 1) % 65536 == 0 else state >> 1 ^ (state & 1) * 18 ^ (level & 1) * 4


def context_levels(data, shape, trellis):
    extents = list(shape)
    while extents and extents[0] == 1:
        extents.pop(0)
    if int(numpy.prod(extents[1:], dtype=numpy.int64)) > 1 << 20:
        extents = [0, 1 << 20]
    inputs, kernel = extents[1] if len(extents) > 1 else 1, extents[-1] if len(extents) > 2 else 1
    positions = int(numpy.prod(extents[2:], dtype=numpy.int64))
    columns, coder, known = inputs * positions, Arithmetic(data), expectations()
    column_sums, input_sums, position_sums = [0] * columns, [0] * inputs, [0] * positions
    levels, total, state, size = [], 0, 0, []
    for place in range(int(numpy.prod(shape, dtype=numpy.int64))):
        row, column = divmod(place, columns)
        i, k = divmod(column, positions)
        if column == 0:
            row_sum = 0
        g = min(max(1, 256 * (total + 1) // (place + 1)), CAP)
        along = min((256 * row_sum + 8 * g) // (column + 8), CAP)
        inside = min((256 * input_sums[i] + 8 * g) // (row * positions + k + 8), CAP)
        at = min((256 * position_sums[k] + 8 * g) // (row * inputs + i + 8), CAP)
        down = min((256 * column_sums[column] + 3 * g) // (row + 3), CAP)
        near, weights = 2 * g, 2
        for there, weight, back in (
            (column >= 1, 2, 1), (column >= 2, 1, 2), (kernel > 1 and k >= kernel, 2, kernel),
            (positions > 1 and i >= 1, 2, positions), (row >= 1, 2, columns),
        ):
            if there:
                near, weights = near + 256 * weight * size[place - back], weights + weight
        m = 6 * min(min(along * inside // g, CAP) * at // g, CAP) + 5 * min(near // weights, CAP) + 5 * min(along * down // g, CAP)
        scaled = 4 * (m // 16) + 256
        exponent = scaled.bit_length() - 9
        bins, quantizer = known[4 * exponent + (scaled >> exponent + 6 & 3)], state & 1 if trellis else 0
        bucket = negative = 0
        while bucket < 63 and coder.bit(bins[min(bucket, 39)][quantizer]):
            if bucket == 0:
                negative = coder.evenly(1)
            bucket += 1
        size_, bits = STARTS[bucket], 0 if bucket < 8 else bucket // 4 - 1
        if bits > 0:
            inner = coder.bit(bins[40 + min(bucket - 8, 11)][quantizer])
            if bits > 1:
                inner = inner << 1 | coder.bit(bins[52 + min(bucket - 8, 11)][quantizer])
            size_ += inner << max(bits - 2, 0) | coder.evenly(max(bits - 2, 0))
        size.append(size_)
        levels.append(-size_ if negative else size_)
        state = next_state(state, size_, place)
        row_sum, total = row_sum + size_, total + size_
        column_sums[column] += size_
        input_sums[i] += size_
        position_sums[k] += size_
    return levels


def range_codes(data, count, width):
    coder, nodes, codes = Arithmetic(data), {}, []
    for _ in range(count):
        node = 1
        for _ in range(width):
            node = node << 1 | coder.bit(nodes.setdefault(node, [ONE // 2, 0]))
        codes.append(node - (1 << width))
    return codes


def trellis_values(levels, step):
    state, values = 0, []
    for place, level in enumerate(levels):
        sign = (level > 0) - (level < 0)
        values.append(numpy.float32(float(step) * 0.5 * (2 * level - (sign if state & 1 else 0))))
        state = next_state(state, level, place)
    return numpy.array(values, numpy.float32)


def stored_as(values, name):
    """float32 values as the source's type stores them."""
    if name == "BF16":
        pattern = values.view(numpy.uint32).astype(numpy.uint64)
        return ((pattern + 0x7FFF + (pattern >> 16 & 1)) >> 16).astype("<u2").tobytes()
    return values.astype({"F32": "<f4", "F64": "<f8", "F16": "<f2"}[name]).tobytes()


def decode(data):
    """The shape, the type's name and the bytes of an entry."""
    assert data[0] == 1, "version"
    layout, coder, shared, grid, trellis = data[1] & 3, data[1] >> 2 & 3, data[1] & 16, data[1] & 32, data[1] & 64
    huffman = coder == 1
    (name, size), gap_bits, at, shape = TYPES[data[2]], data[3], 5, []
    for _ in range(data[4]):
        extent, at = number(data, at)
        shape.append(extent)
    count = int(numpy.prod(shape, dtype=numpy.int64))
    clusters = None
    if shared and layout and not grid:
        clusters, at = struct.unpack_from("<H", data, at)[0], at + 2
    if layout == 2:
        entries, at = number(data, at)
        code_bytes, at = number(data, at)
    book, code_lengths, gap_lengths = None, None, None
    below = 0
    if grid:
        step = numpy.frombuffer(data, "<f4", 1, at)[0]
        below, at = number(data, at + 4)
        above, at = number(data, at)
        clusters = below + above
        levels = [level for level in range(-below, above + 1) if level]
        book = numpy.array([0] + [float(step) * level for level in levels], numpy.float64).astype(numpy.float32)
    elif clusters is not None:
        book = numpy.concatenate([[0], numpy.frombuffer(data, "<f4", clusters, at)]).astype(numpy.float32)
        at += 4 * clusters
        below = int((book[1:] < 0).sum())
    if clusters is not None:
        if huffman:
            bits = Bits(data[at:])
            code_lengths, at = bits.lengths(clusters + 1), at + (bits.at + 7) // 8
    if layout == 2 and huffman:
        bits = Bits(data[at:])
        gap_lengths, at = bits.lengths(1 << gap_bits), at + (bits.at + 7) // 8
    if layout == 0:
        return shape, name, stored_as(numpy.frombuffer(data, "<f4", count, at), name) if shared else data[at:]
    width = (clusters or 0).bit_length()
    if layout == 1:
        if coder == 3:
            levels = context_levels(data[at:], shape, trellis)
            codes = [level and level + below + (level < 0) for level in levels]
        else:
            codes = range_codes(data[at:], count, width) if coder == 2 else Bits(data[at:]).symbols(count, width, code_lengths)
            levels = [code and code - below - (code <= below) for code in codes]
        return shape, name, stored_as(trellis_values(levels, step) if trellis else book[codes], name)
    codes, gaps = data[at : at + code_bytes], Bits(data[at + code_bytes :]).symbols(entries, gap_bits, gap_lengths)
    places = numpy.cumsum(numpy.array(gaps, numpy.int64) + 1) - 1
    if shared:
        values = numpy.zeros(count, numpy.float32)
        values[places] = book[Bits(codes).symbols(entries, width, code_lengths)]
        return shape, name, stored_as(values, name)
    raw = numpy.zeros((count, size), numpy.uint8)
    raw[places] = numpy.frombuffer(codes, numpy.uint8).reshape(entries, size)
    return shape, name, raw.tobytes()


def tensors(path):
    """The metadata, and each tensor of a safetensors file in the order of its data: name, type, shape, bytes."""
    data = open(path, "rb").read()
    start = 8 + struct.unpack_from("<Q", data)[0]
    header = json.loads(data[8:start])
    metadata = header.pop("__metadata__", {})
    assert set(safetensors.safe_open(path, "np").keys()) == set(header)
    entries = sorted(header.items(), key=lambda item: item[1]["data_offsets"])
    found = [(name, i["dtype"], i["shape"], data[start + i["data_offsets"][0] : start + i["data_offsets"][1]]) for name, i in entries]
    return data[:start], metadata, found


def first_version(path):
    header, metadata, packed = tensors(path)
    assert (metadata["format"], metadata["version"]) == ("pare", "1")
    assert header[71:79].decode() == metadata["header_crc32"]
    assert zlib.crc32(header[:71] + b"00000000" + header[79:]) == int(metadata["header_crc32"], 16), "the header's checksum"
    model, filled = {}, 0
    for name, dtype, shape, data in packed:
        kind = "s"
        if data:
            kind, checksum = metadata["kinds"][filled], metadata["crc32"][8 * filled : 8 * filled + 8]
            assert zlib.crc32(data) == int(checksum, 16), f"the checksum of {name}"
            filled += 1
        if kind == "e":
            shape, dtype, data = decode(data)
        if kind != "g":
            model[name] = (dtype, shape, data)
    return model


# The fields of ONNX's messages that hold messages (by name) or strings.
MESSAGES = {
    "model": {7: "graph", 8: "set", 14: "entry", 2: 0, 3: 0, 4: 0, 6: 0}, "set": {1: 0}, "entry": {1: 0, 2: 0},
    "graph": {1: "node", 5: "tensor", 11: "value", 12: "value", 13: "value", 2: 0, 10: 0},
    "node": {5: "attribute", 1: 0, 2: 0, 3: 0, 4: 0, 6: 0, 7: 0},
    "attribute": {5: "tensor", 6: "graph", 11: "graph", 1: 0, 4: 0, 9: 0, 13: 0}, "value": {2: "type", 1: 0, 3: 0},
    "type": {1: "tensor type"}, "tensor type": {2: "shape"}, "shape": {1: "extent"}, "extent": {2: 0}, "tensor": {13: "entry", 8: 0},
}


def string(data, at):
    found = bytearray()
    while data[at]:
        found.append(data[at] if data[at] != 1 else data[at + 1] & 1)
        at += 1 if data[at] != 1 else 2
    return bytes(found), at + 1


def varint(value):
    return b"".join(bytes([value >> s & 0x7F | (0x80 if value >> s + 7 else 0)]) for s in range(0, max(1, value.bit_length()), 7))


def message(data, at, kind):
    """The ONNX message of a text, and where it ends."""
    found = b""
    while at < len(data):
        begin = at
        tag, at = number(data, at)
        if tag == 0:
            return found, at
        found, content = found + data[begin:at], MESSAGES[kind].get(tag >> 3) if tag & 7 == 2 else None
        if content is not None:
            inner, at = message(data, at, content) if content else string(data, at)
            found += varint(len(inner)) + inner
            continue
        begin = at
        if tag & 7 in (0, 2):
            value, at = number(data, at)
            at += value if tag & 7 == 2 else 0
        else:
            at += {1: 8, 5: 4}[tag & 7]
        found += data[begin:at]
    return found, at


ONNX_TYPES = {1: "F32", 2: "U8", 3: "I8", 4: "U16", 5: "I16", 6: "I32", 7: "I64", 9: "BOOL", 10: "F16", 11: "F64", 12: "U32", 13: "U64", 16: "BF16", 17: "F8_E4M3", 19: "F8_E5M2"}
WIDTHS = {"F64": 8, "I64": 8, "U64": 8, "C64": 8, "F32": 4, "I32": 4, "U32": 4, "F16": 2, "BF16": 2, "I16": 2, "U16": 2}
BITS = {"C64": 64, "F8_E8M0": 8, "F6_E2M3": 6, "F6_E3M2": 6, "F4": 4}


def referred(graph):
    """The tensors that a graph refers to, each once: name, type, shape."""
    found = {}

    def take(tensor):
        if tensor.data_location == 1:
            name = next((entry.value for entry in tensor.external_data if entry.key == "location"), tensor.name)
            found.setdefault(name, (ONNX_TYPES[tensor.data_type], list(tensor.dims)))

    def visit(graph):
        for attribute in (attribute for node in graph.node for attribute in node.attribute):
            if attribute.HasField("t"):
                take(attribute.t)
            for tensor in attribute.tensors:
                take(tensor)
            for inner in ([attribute.g] if attribute.HasField("g") else []) + list(attribute.graphs):
                visit(inner)
        for tensor in graph.initializer:
            take(tensor)

    visit(graph)
    return [(name, *rest) for name, rest in found.items()]


def second_version(path):
    whole = open(path, "rb").read()
    start = 8 + struct.unpack_from("<Q", whole)[0]
    body = tensors(path)[2][0][3]
    sizes, at = [], 4
    for _ in range(5):
        value, at = number(body, at)
        sizes.append(value)
    structure_bytes, structure_stream, plan_bytes, plan_stream, table_bytes = sizes
    table, at = body[at : at + table_bytes], at + table_bytes
    structure, at = text(body[at : at + structure_stream], structure_bytes), at + structure_stream
    plan, at = text(body[at : at + plan_stream], plan_bytes), at + plan_stream
    assert zlib.crc32(body[4:at]) == struct.unpack_from("<I", body)[0], "the head's checksum"
    place = 0

    def size():
        nonlocal place
        value, place = number(table, place)
        return value

    def checked(data, name):
        nonlocal place
        assert zlib.crc32(data) == struct.unpack_from("<I", table, place)[0], f"the checksum of {name}"
        place += 4
        return data

    parts = [("the numbers", size())]
    if structure[:1] == b"p":
        parts.append(("the graph", size()))
    names, cursor = [], 1
    if structure[:1] == b"t":
        metadata, cursor = string(structure, 1)
        while cursor < len(structure):
            line = []
            for _ in range(3):
                value, cursor = string(structure, cursor)
                line.append(value.decode())
            names.append((line[0], line[1], [int(extent) for extent in line[2].split(",")] if line[2] else []))
    else:
        graph = {b"g": lambda: message(structure, 1, "model")[0], b"r": lambda: structure[1:], b"p": lambda: body[at + parts[0][1] :][: parts[1][1]]}[structure[:1]]()
        names = referred(onnx.ModelProto.FromString(graph).graph)
    kinds = plan[: len(names)].decode()
    count = {name: int(numpy.prod(shape, dtype=numpy.int64)) for name, _, shape in names}
    parts += [(name, size()) for (name, _, _), kind in zip(names, kinds) if kind == "e"]
    stored = [(name, (count[name] * BITS.get(dtype, 8 * WIDTHS.get(dtype, 1)) + 7) // 8, dtype) for (name, dtype, _), kind in zip(names, kinds) if kind == "s"]
    stored = [item for item in stored if item[1]]
    found, end = {}, at
    for name, byte_count in parts:
        found[name], end = body[end : end + byte_count], end + byte_count
    order = [part for part in parts if part[1]] + stored
    if stored:
        end += -end % 8
    for name, byte_count, _ in sorted(stored, key=lambda item: -WIDTHS.get(item[2], 1)):
        found[name], end = body[end : end + byte_count], end + byte_count
    assert end == len(body), "bytes behind the parts"
    for name, *_ in order:
        checked(found[name], name)
    assert place == len(table), "bytes behind the table"
    counted = [(name, dtype, WIDTHS.get(dtype, 1)) for (name, dtype, _), kind in zip(names, kinds) if kind == "n"]
    values = numbers(found["the numbers"], [(dtype, width, count[name]) for name, dtype, width in counted])
    found.update({name: data for (name, _, _), data in zip(counted, values)})
    model = {}
    for (name, dtype, shape), kind in zip(names, kinds):
        data = found.get(name, b"")
        if kind == "e":
            own_shape, own_type, data = decode(data)
            assert (own_shape, own_type) == (shape, dtype), f"{name} is {own_shape} of {own_type}"
        model[name] = (dtype, shape, data)
    return model


model = (first_version if open(sys.argv[1], "rb").read(32)[8:].startswith(b'{"__metadata__"') else second_version)(sys.argv[1])
if len(sys.argv) > 2:
    again = {name: (dtype, shape, data) for name, dtype, shape, data in tensors(sys.argv[2])[2]}
    differing = sorted(name for name in again if model.get(name) != again[name])
    # Of equal tensors, an export of a model with a graph holds the first.
    differing += sorted(name for name in set(model) - set(again) if model[name] not in again.values())
    assert not differing, f"{differing} differ"
print(f"{sys.argv[1]}: {len(model)} tensors, {sum(len(data) for _, _, data in model.values())} bytes decoded, all alike")
