"""Malformed .pare files, made from one that `pare compress` wrote, and from one of the first version."""

import json
import pathlib
import re
import struct
import zlib

from support import text_stream
from support.text_stream import number

from .corpus import DECOMPRESS, INSPECT, VERIFY

FIRST = pathlib.Path(__file__).resolve().parents[2] / "Squeeze/PareFileTests/Goldens/graph.v1.pare"
CHECKSUM = 71  # where the eight digits of the header's are in the first version
LEB = lambda v: b"".join(bytes([(v >> s & 0x7F) | (0x80 if v >> s + 7 else 0)]) for s in range(0, max(1, v.bit_length()), 7))


def add(corpus, sample):
    """`sample` is a valid file."""
    parts = Parts(sample)
    head = parts.start + len(parts.head())
    first = FIRST.read_bytes()
    versions = [("pare", sample, head, rebuilt), ("pare-first", first, 8 + struct.unpack_from("<Q", first)[0], first_rebuilt)]
    for name, whole, head, rebuild in versions:
        size = len(whole)
        corpus.add(f"{name}-control.pare", whole, VERIFY, expected="sound")
        corpus.truncations(name, ".pare", whole, [9, 40, head // 2, head, head + 9, size // 2, -1], VERIFY)
        corpus.flips(name, ".pare", whole, 60, VERIFY, expected="refused")
        corpus.flips(f"{name}-header", ".pare", whole, 30, DECOMPRESS, within=head, expected="refused")
        corpus.add(f"{name}-longer.pare", whole + b"\0", VERIFY)
        eight = struct.Struct("<Q").pack
        corpus.patches(name, ".pare", whole, [
            (f"header-of-{what}", 0, eight(length)) for what, length in
            [("nothing", 0), ("little", 60), ("beyond", size), ("2-to-the-63", 1 << 63), ("all-ones", (1 << 64) - 1)]], VERIFY)
        for title, entry in entries().items():
            for command, label in [(VERIFY, "verify"), (INSPECT, "inspect")]:
                # A layer of which nothing is left may be of any size; the graph has another, but is not asked.
                expected = "sound" if title == "sparse-2-to-the-32" else "refused"
                corpus.add(f"{name}-entry-{title}-{label}.pare", rebuild(whole, entry), command, expected)
    for title, whole in lies(sample).items():
        for command, label in [(VERIFY, "verify"), (INSPECT, "inspect")]:
            # What follows the letters of a plan is anybody's recipe, and noise is some numbers.
            corpus.add(f"pare-{title}-{label}.pare", whole, command, "refused" if "graph" in title else "sound")


class Parts:
    """A file in its parts, whose checksums are right again when it is put together."""

    def __init__(self, sample):
        self.start = 8 + struct.unpack_from("<Q", sample)[0]
        body, at, self.sizes = sample[self.start :], 4, []
        for _ in range(5):
            value, at = number(body, at)
            self.sizes.append(value)
        table, at = body[at : at + self.sizes[4]], at + self.sizes[4]
        self.structure, at = body[at : at + self.sizes[1]], at + self.sizes[1]
        self.plan, at = body[at : at + self.sizes[3]], at + self.sizes[3]
        letters = re.match(rb"[ens]*", text_stream.text(self.plan, self.sizes[2]))[0]
        place, self.data = 0, []
        for _ in range(1 + letters.count(b"e")):
            size, place = number(table, place)
            self.data.append(body[at : at + size])
            at += size
        self.stored, self.stored_sums = body[at:], table[place + 4 * len(self.data) :]

    def head(self):
        table = b"".join(LEB(len(part)) for part in self.data)
        table += b"".join(struct.pack("<I", zlib.crc32(part)) for part in self.data if part) + self.stored_sums
        sizes = [self.sizes[0], len(self.structure), self.sizes[2], len(self.plan), len(table)]
        head = b"".join(map(LEB, sizes)) + table + self.structure + self.plan
        return struct.pack("<I", zlib.crc32(head)) + head

    def whole(self):
        body = self.head() + b"".join(self.data)
        body += b"\0" * (-len(body) % 8) * bool(self.stored) + self.stored.lstrip(b"\0")
        text = b'{"pare.2":{"dtype":"U8","shape":[%d],"data_offsets":[0,%d]}}' % (len(body), len(body))
        text += b" " * (-len(text) % 8)
        return struct.pack("<Q", len(text)) + text + body


def rebuilt(sample, entry):
    """The file with its first compressed layer's bytes replaced."""
    parts = Parts(sample)
    parts.data[1] = entry
    return parts.whole()


def lies(sample):
    """Files whose texts and numbers are not what their sizes say, under right checksums."""
    found = {}

    def lie(title, change):
        parts = Parts(sample)
        change(parts)
        found[title] = parts.whole()

    for title, size in [("nothing", 0), ("little", 9), ("more-than-it-is", 60_000), ("beyond", 1 << 40)]:
        lie(f"graph-of-{title}", lambda parts: parts.sizes.__setitem__(0, size))
        lie(f"plan-of-{title}", lambda parts: parts.sizes.__setitem__(2, size))
    for title, noise in [("zeros", bytes(64)), ("noise", bytes(range(7, 250, 5))), ("ones", b"\xff" * 4000), ("nothing", b"")]:
        lie(f"graph-stream-of-{title}", lambda parts: setattr(parts, "structure", noise))
        lie(f"plan-stream-of-{title}", lambda parts: setattr(parts, "plan", noise))
        if title == "noise":
            lie(f"numbers-of-{title}", lambda parts: parts.data.__setitem__(0, noise))
    lie("graph-of-300-kilobytes", lambda parts: (setattr(parts, "structure", bytes(1 << 12)), parts.sizes.__setitem__(0, 300_000)))
    return found


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


def first_rebuilt(sample, entry):
    """The same of a file of the first version."""
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
