"""Malformed .pare files, made from one that `pare compress` wrote."""

import json
import struct
import zlib

from .corpus import DECOMPRESS, INSPECT, VERIFY

CHECKSUM = 71  # where the header's eight digits are
LEB = lambda v: b"".join(bytes([(v >> s & 0x7F) | (0x80 if v >> s + 7 else 0)]) for s in range(0, max(1, v.bit_length()), 7))


def add(corpus, sample, head):
    """`sample` is a valid file, `head` the number of bytes of its header, with the eight of its size."""
    size = len(sample)
    corpus.add("pare-control.pare", sample, VERIFY, expected="sound")
    corpus.truncations("pare", ".pare", sample, [9, 40, head // 2, head, head + 9, size // 2, -1], VERIFY)
    corpus.flips("pare", ".pare", sample, 60, VERIFY, expected="refused")
    corpus.flips("pare-header", ".pare", sample, 30, DECOMPRESS, within=head, expected="refused")
    corpus.add("pare-longer.pare", sample + b"\0", VERIFY)
    eight = struct.Struct("<Q").pack
    corpus.patches("pare", ".pare", sample, [
        (f"header-of-{what}", 0, eight(length)) for what, length in
        [("nothing", 0), ("little", 60), ("beyond", size), ("2-to-the-63", 1 << 63), ("all-ones", (1 << 64) - 1)]], VERIFY)
    for name, entry in entries().items():
        for command, label in [(VERIFY, "verify"), (INSPECT, "inspect")]:
            # A layer of which nothing is left may be of any size; the graph has another, but is not asked.
            expected = "sound" if name == "sparse-2-to-the-32" else "refused"
            corpus.add(f"pare-entry-{name}-{label}.pare", rebuilt(sample, entry), command, expected)


def entries():
    """Entries of a layer that are no such thing; fields as in Sources/Squeeze/Compression/Streams/EntryHeader.swift."""
    head = lambda flags, kind=0, gap=0, shape=(4,): bytes([1, flags, kind, gap, len(shape)]) + b"".join(map(LEB, shape))
    return {
        "empty": b"\0", "version": b"\7" + head(0)[1:], "flags": head(0xFF), "type": head(0, kind=200), "gap-bits": head(2, gap=99),
        "raw-short": head(0) + b"\0" * 15, "raw-long": head(0) + b"\0" * 17, "raw-huge": head(0, shape=(1 << 30,)), "shape-overflow": head(2, gap=16, shape=(1 << 40, 1 << 40)),
        "leb-endless": bytes([1, 0, 0, 0, 1]) + b"\xff" * 64, "shape-of-255": bytes([1, 0, 0, 0, 255]) + b"\1" * 30,
        "sparse-2-to-the-32": head(2, gap=16, shape=(1 << 32,)) + LEB(0) + LEB(0), "sparse-512-megabytes": head(2, gap=16, shape=(1 << 27,)) + LEB(1) + LEB(4),
        "sparse-entries-beyond": head(2, gap=1, shape=(8,)) + LEB(9) + LEB(36), "sparse-codes-beyond": head(2, gap=1, shape=(8,)) + LEB(1) + LEB(1 << 40),
        "dense-clusters-beyond": head(9) + b"\xff\xff", "dense-not-finite": head(9) + b"\1\0" + b"\xff\xff\xff\xff" + b"\0",
        "dense-huge": head(13, shape=(1 << 28,)) + b"\1\0" + b"\0" * 4 + b"\x04\x80" + b"\0" * 64,
        "huffman-lengths": head(13) + b"\2\0" + b"\0" * 8 + b"\xff" * 64, "sparse-gap-lengths": head(6, gap=16, shape=(8,)) + LEB(4) + LEB(16) + b"\xff" * 64,
    }


def rebuilt(sample, entry):
    """The file with its first compressed layer's bytes replaced, and every checksum right again."""
    size = struct.unpack_from("<Q", sample)[0]
    header, data = json.loads(sample[8 : 8 + size]), sample[8 + size :]
    metadata = header["__metadata__"]
    order = sorted((v["data_offsets"], k) for k, v in header.items() if k != "__metadata__" and v["data_offsets"][0] < v["data_offsets"][1])
    place = metadata["kinds"].index("e")
    parts = [data[a:b] for (a, b), _ in order]
    parts[place] = entry
    at, sums = 0, []
    for ((_, name), part) in zip(order, parts):
        header[name]["shape"] = [len(part)] if header[name]["dtype"] == "U8" else header[name]["shape"]
        header[name]["data_offsets"] = [at, at + len(part)]
        at += len(part)
        sums.append(f"{zlib.crc32(part):08x}")
    for name, value in header.items():
        if name != "__metadata__" and name not in {n for _, n in order}:
            value["data_offsets"] = [at, at]
    metadata["crc32"] = "".join(sums)
    body = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    body += b" " * (-len(body) % 8)
    return seal(struct.pack("<Q", len(body)) + body) + b"".join(parts)


def seal(head):
    """The header with its own checksum, which is counted with zeros in its place."""
    zeros = head[:CHECKSUM] + b"0" * 8 + head[CHECKSUM + 8 :]
    return zeros[:CHECKSUM] + f"{zlib.crc32(zeros):08x}".encode() + zeros[CHECKSUM + 8 :]
