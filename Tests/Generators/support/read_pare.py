"""Decodes a .pare file with NumPy and safetensors alone, and compares it with what `pare decompress` made of it.

    python Tests/Generators/support/read_pare.py MODEL.pare [DECOMPRESSED.safetensors]

Written from the comments in Sources/Squeeze/Compression: Container/ContainerHeader.swift (the file), Streams/EntryHeader.swift (a
layer's entry), Entropy/Huffman/CodeLengthTable.swift (code lengths), Entropy/Arithmetic (RangeEncoder.swift, AdaptiveBit.swift,
OrderZeroModel.swift, MagnitudeBuckets.swift, ContextModel.swift) and Sharing/Trellis/TrellisCode.swift. Exit status 1: a checksum or a tensor differs.
"""

import json
import struct
import sys
import zlib

import numpy
import safetensors

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


ONE, CAP = 1 << 22, 1 << 24
STARTS = list(range(8)) + [place << octave for octave in range(1, 16) for place in range(4, 8)]


class Arithmetic:
    """Reads bits of a range coder; an expectation is a list of probability and count."""

    def __init__(self, data):
        self.data, self.at, self.range = data, 4, 0xFFFFFFFF
        self.distance = int.from_bytes(data[:4].ljust(4, b"\0"), "big")

    def fill(self):
        while self.range < CAP:
            self.distance = self.distance << 8 | (self.data[self.at] if self.at < len(self.data) else 0)
            self.range, self.at = self.range << 8, self.at + 1

    def bit(self, expectation):
        probability, count = expectation
        bound = self.range * probability >> 22
        bit = self.distance < bound
        if bit:
            self.range = bound
        else:
            self.distance, self.range = self.distance - bound, self.range - bound
        moved = probability + ((bit * ONE - probability) * (65536 * 5 // (5 * count + 8)) >> 16)
        expectation[:] = min(max(moved, 64), ONE - 64), min(count + 1, 511)
        self.fill()
        return int(bit)

    def evenly(self, count):
        value = 0
        for _ in range(count):
            self.range >>= 1
            upper = self.distance >= self.range
            self.distance -= self.range * upper
            value = value << 1 | upper
            self.fill()
        return value


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


def number(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 0x7F) << shift
        shift, at = shift + 7, at + 1
        if data[at - 1] < 0x80:
            return value, at


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


header, metadata, packed = tensors(sys.argv[1])
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
if len(sys.argv) > 2:
    again = {name: (dtype, shape, data) for name, dtype, shape, data in tensors(sys.argv[2])[2]}
    differing = sorted(name for name in again if model.get(name) != again[name])
    # Of equal tensors, an export of a model with a graph holds the first.
    differing += sorted(name for name in set(model) - set(again) if model[name] not in again.values())
    assert not differing, f"{differing} differ"
print(f"{sys.argv[1]}: {len(model)} tensors, {sum(len(data) for _, _, data in model.values())} bytes decoded, all alike")
