"""Decodes a .pare file with NumPy and safetensors alone, and compares it with what `pare decompress` made of it.

    python read_pare.py MODEL.pare [DECOMPRESSED.safetensors]

Written from the comments in Sources/Compression: Container/ContainerHeader.swift (the file), Streams/EntryHeader.swift (a
layer's entry) and Entropy/CodeLengthTable.swift (code lengths). Exit status 1: a checksum or a tensor differs.
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
    layout, huffman, shared = data[1] & 3, data[1] & 4, data[1] & 8
    (name, size), gap_bits, at, shape = TYPES[data[2]], data[3], 5, []
    for _ in range(data[4]):
        extent, at = number(data, at)
        shape.append(extent)
    count = int(numpy.prod(shape, dtype=numpy.int64))
    clusters = None
    if shared and layout:
        clusters, at = struct.unpack_from("<H", data, at)[0], at + 2
    if layout == 2:
        entries, at = number(data, at)
        code_bytes, at = number(data, at)
    book, code_lengths, gap_lengths = None, None, None
    if clusters is not None:
        book = numpy.concatenate([[0], numpy.frombuffer(data, "<f4", clusters, at)]).astype(numpy.float32)
        at += 4 * clusters
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
        return shape, name, stored_as(book[Bits(data[at:]).symbols(count, width, code_lengths)], name)
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
