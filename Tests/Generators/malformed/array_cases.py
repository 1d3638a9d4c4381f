"""Malformed archives and arrays: ZIP, NPZ, NPY, IDX, gzip, safetensors, HDF5 and GGUF."""

import gzip
import io
import json
import struct
import zipfile
import zlib

from .corpus import DATA
from .torch_cases import archive


def npy(header, data=b"", version=1):
    header = header.encode() if isinstance(header, str) else header
    length = struct.pack("<H" if version == 1 else "<I", len(header))
    return b"\x93NUMPY" + bytes([version, 0]) + length + header + data


def described(shape, descr="'<f4'", order="False", rest=""):
    return f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, {rest}}}\n"


def safetensors(header, data=b""):
    header = header if isinstance(header, bytes) else header.encode() if isinstance(header, str) else json.dumps(header).encode()
    return struct.pack("<Q", len(header)) + header + data


def entry(dtype="F32", shape=(4,), offsets=(0, 16)):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets)}


def idx(kind, dims, data):
    return bytes([0, 0, kind, len(dims)]) + struct.pack(f">{len(dims)}I", *dims) + data


def add(corpus, golden):
    zips(corpus, golden)
    arrays(corpus)
    tensors(corpus, golden)
    data_sets(corpus)
    foreign(corpus)


def zips(corpus, golden):
    data = golden("pytorch/stored.npz")
    size = len(data)
    corpus.truncations("stored", ".npz", data, [4, 30, size // 2, size - 60, -22, -1])
    corpus.flips("stored", ".npz", data, 8)
    central, end = data.index(b"PK\1\2"), data.index(b"PK\5\6")
    four = struct.Struct("<I").pack
    # Bytes that are stored as they are stay in the file, and nobody reads them to open it.
    corpus.patches("zip", ".npz", data, [("crc-wrong", central + 16, four(0x12345678))], expected="sound")
    corpus.patches("zip", ".npz", data, [
        ("stored-size-huge", central + 20, four(0xFFFFFFFE)),
        ("size-huge", central + 24, four(0xFFFFFFFE)), ("sizes-zip64-without", central + 20, four(0xFFFFFFFF) * 2),
        ("size-off-by-one", central + 24, four(struct.unpack_from("<I", data, central + 24)[0] + 1)),
        ("offset-beyond", central + 42, four(size)), ("offset-into-another", central + 42, four(7)),
        ("method-unknown", central + 10, b"\x63\0"), ("encrypted", central + 8, b"\1\0"), ("name-longer", central + 28, b"\xff\xff"),
        ("extra-longer", central + 30, b"\xff\xff"), ("directory-beyond", end + 16, four(size)),
        ("directory-huge", end + 12, four(0xFFFFFFF0)), ("entries-too-many", end + 8, b"\xff\xff\xff\xff"),
        ("local-signature", 0, b"PK\7\x08"), ("local-name-longer", 26, b"\xff\xff"), ("comment-longer", end + 20, b"\xff\xff"),
    ])
    single = npy(described("(4,)"), b"\0" * 16)
    corpus.add("zip-name-twice.npz", archive([("a.npy", single), ("a.npy", single)]))
    corpus.add("zip-of-zip.npz", archive([("a.npz", archive([("a.npy", single)]))]))
    bomb = npy(described("(100000000,)"), b"\0" * 400_000_000)
    corpus.add("zip-bomb.npz", archive([("a.npy", bomb)], compression=zipfile.ZIP_DEFLATED, compresslevel=9))
    large = npy(described("(15000000,)"), b"\0" * 60_000_000)
    members = [(f"{index}.npy", large) for index in range(20)]
    corpus.add("zip-bomb-of-twenty.npz", archive(members, compression=zipfile.ZIP_DEFLATED, compresslevel=9))
    # Every entry of the directory points at the same bytes, as in Fifield's bomb.
    one = archive([("a.npy", large)], compression=zipfile.ZIP_DEFLATED, compresslevel=9)
    start, stop = one.index(b"PK\1\2"), one.index(b"PK\5\6")
    directory = b"".join(one[start : start + 46] + f"{i:05}"[:5].encode() + one[start + 51 : stop] for i in range(1000))
    corpus.add("zip-overlapping.npz", one[:start] + directory + struct.pack(
        "<IHHHHIIH", 0x06054B50, 0, 0, 1000, 1000, len(directory), start, 0))
    # A member that says it is small and inflates further.
    deflated = archive([("a.npy", npy(described("(25000,)"), b"\0" * 100_000))], compression=zipfile.ZIP_DEFLATED)
    place = deflated.index(b"PK\1\2")
    corpus.patches("deflated", ".npz", deflated, [
        ("size-small", place + 24, four(200)), ("size-large", place + 24, four(2_000_000)), ("crc-wrong", place + 16, four(1)),
        ("stream-damaged", 40, b"\xff\xff\xff")])
    sixty_four = struct.pack("<IQHHIIQQQQ", 0x06064B50, 44, 45, 45, 0, 0, 1 << 60, 1 << 60, 1 << 60, 1 << 60)
    locator = struct.pack("<IIQI", 0x07064B50, 0, len(data), 1)
    corpus.add("zip64-all-huge.npz", data + sixty_four + locator + struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0))
    far = struct.pack("<IIQI", 0x07064B50, 0, 1 << 62, 1)
    corpus.add("zip64-locator-beyond.npz", data + far + struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0))


def arrays(corpus):
    sixteen = b"\0" * 16
    cases = {
        "shape-huge": npy(described("(99999999999999999999,)"), sixteen), "shape-overflow": npy(described("(4294967296, 4294967296)"), sixteen),
        "shape-negative": npy(described("(-4,)"), sixteen), "shape-longer": npy(described("(5,)"), sixteen),
        "shape-shorter": npy(described("(3,)"), sixteen), "shape-word": npy(described("(a,)"), sixteen),
        "shape-call": npy(described("(__import__('os').system('touch pwned'),)"), sixteen), "shape-list": npy(described("[4]"), sixteen),
        "shape-of-10000": npy(described("(" + "1," * 10000 + ")"), sixteen), "shape-deep": npy("{'shape': " + "(" * 20000, sixteen),
        "type-object": npy(described("(4,)", "'|O'"), sixteen), "type-record": npy(described("(4,)", "[('a', '<f4')]"), sixteen),
        "type-unknown": npy(described("(4,)", "'<f3'"), sixteen), "type-long": npy(described("(4,)", "'<f4" + "0" * 5000 + "'"), sixteen),
        "order-number": npy(described("(4,)", order="2"), sixteen), "key-twice": npy(described("(4,)", rest="'shape': (4,)"), sixteen),
        "key-missing": npy("{'descr': '<f4', 'shape': (4,)}\n", sixteen), "header-open": npy("{'descr': '<f4'", sixteen),
        "header-not-text": npy(b"\xff" * 80, sixteen), "header-beyond": b"\x93NUMPY\1\0\xff\xff{}",
        "header-4-gigabytes": b"\x93NUMPY\2\0\xff\xff\xff\xff{}", "version-9": npy(described("(4,)"), sixteen, version=9),
        "version-only": b"\x93NUMPY\1", "nothing-behind": npy(described("(4,)")),
    }
    for name, data in cases.items():
        # NumPy too leaves what is behind an array unread.
        corpus.add(f"npy-{name}.npy", data, expected="sound" if name == "shape-shorter" else "refused")
    corpus.add("npy-pickled-in-npz.npz", archive([("a.npy", npy(described("(1,)", "'|O'"), b"cos\nsystem\n(S'touch pwned'\ntR."))]))


def tensors(corpus, golden):
    data = golden("safetensors/mixed.safetensors")
    size, header = len(data), struct.unpack_from("<Q", data)[0]
    corpus.truncations("mixed", ".safetensors", data, [0, 1, 7, 8, 9, header // 2, header + 8, -1])
    corpus.flips("mixed", ".safetensors", data, 12, within=header + 8)
    eight = struct.Struct("<Q").pack
    corpus.patches("mixed", ".safetensors", data, [
        (f"header-of-{what}", 0, eight(length)) for what, length in
        [("nothing", 0), ("too-little", header - 1), ("too-much", size), ("2-to-the-63", 1 << 63), ("all-ones", (1 << 64) - 1), ("2-to-the-31", 1 << 31)]])
    text = json.dumps
    one = {"a": entry()}
    two = lambda second: {"a": entry(), "b": second}
    sixteen = b"\0" * 16
    cases = {
        "overlapping": (two(entry(offsets=(8, 24))), 24), "same-place": (two(entry()), 16), "gap-between": (two(entry(offsets=(20, 36))), 36),
        "bytes-behind": (one, 20), "offsets-reversed": ({"a": entry(offsets=(16, 0))}, 16), "offsets-beyond": ({"a": entry(offsets=(0, 1 << 40))}, 16),
        "offset-overflow": ({"a": entry(offsets=((1 << 63) - 1, (1 << 63) - 1))}, 16), "shape-larger": ({"a": entry(shape=(5,))}, 16),
        "shape-overflow": ({"a": entry(shape=(1 << 40, 1 << 40))}, 16), "shape-to-zero": ({"a": entry(shape=(1 << 32, 1 << 32), offsets=(0, 0))}, 0),
        "shape-of-100000": ({"a": entry(shape=[1] * 100000, offsets=(0, 4))}, 4), "type-unknown": ({"a": entry("F33")}, 16),
    }
    for name, (header, count) in cases.items():
        corpus.add(f"safetensors-{name}.safetensors", safetensors(header, b"\0" * count))
    raw = {
        "name-twice": '{"a":%s,"a":%s}' % (text(entry()), text(entry())), "key-twice": '{"a":{"dtype":"F32","dtype":"F32","shape":[4],"data_offsets":[0,16]}}',
        "shape-negative": '{"a":{"dtype":"F32","shape":[-4],"data_offsets":[0,16]}}', "shape-fraction": '{"a":{"dtype":"F32","shape":[4.0],"data_offsets":[0,16]}}',
        "shape-exponent": '{"a":{"dtype":"F32","shape":[4e0],"data_offsets":[0,16]}}', "one-offset": '{"a":{"dtype":"F32","shape":[4],"data_offsets":[0]}}',
        "three-offsets": '{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16,16]}}', "no-offsets": '{"a":{"dtype":"F32","shape":[4]}}',
        "number-of-10000-digits": '{"a":{"dtype":"F32","shape":[%s],"data_offsets":[0,16]}}' % ("9" * 10000), "an-array": "[1,2,3]", "a-number": "7",
        "open": '{"a":{"dtype":"F32"', "text-behind": text(one) + "x", "surrogate": '{"\\ud800":%s}' % text(entry()), "control": '{"a\n":%s}' % text(entry()),
        "comma-behind": '{"a":%s,}' % text(entry()), "metadata-number": '{"__metadata__":{"a":7},"a":%s}' % text(entry()),
        "metadata-deep": '{"__metadata__":%s' % ('{"a":' * 200_000), "arrays-deep": '{"a":%s' % ("[" * 1_000_000), "objects-deep": '{"a":' * 200_000,
        "extra-key-deep": '{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16],"x":%s' % ("[" * 100_000),
        "metadata-twice": '{"__metadata__":{},"__metadata__":{},"a":%s}' % text(entry()),
    }
    for name, header in raw.items():
        corpus.add(f"safetensors-{name}.safetensors", safetensors(header, sixteen))
    corpus.add("safetensors-not-utf8.safetensors", safetensors(b'{"\xff\xfe":' + text(entry()).encode() + b"}", sixteen))
    many = {f"{i:06}": entry(shape=(0,), offsets=(0, 0)) for i in range(30_000)}
    corpus.add("safetensors-30000-empty.safetensors", safetensors(many), expected="sound")
    index = lambda parts: text({"metadata": {}, "weight_map": parts}).encode()
    for name, parts in {"upwards": {"a": "../../etc/passwd"}, "absolute": {"a": "/etc/passwd"}, "missing": {"a": "nowhere.safetensors"},
                        "itself": {"a": "shard-itself.safetensors.index.json"}, "empty": {}, "number": {"a": 7}}.items():
        corpus.add(f"shard-{name}.safetensors.index.json", index(parts), expected="refused" if parts else "sound")
    corpus.add("shard-deep.safetensors.index.json", b'{"weight_map":' + b'{"a":' * 100_000)
    corpus.add("shard-open.safetensors.index.json", b'{"weight_map":{"a":')


def data_sets(corpus):
    images = idx(8, [2, 28, 28], b"\0" * 1568)
    cases = {
        "cut": images[:-1], "longer": images + b"\0", "count-huge": idx(8, [0xFFFFFFFF, 28, 28], b"\0" * 1568),
        "extents-overflowing": idx(8, [0xFFFFFFFF] * 3, b"\0" * 1568), "255-extents": bytes([0, 0, 8, 255]) + b"\xff" * 1020,
        "type-unknown": idx(7, [2, 28, 28], b"\0" * 1568), "extent-zero": idx(8, [0, 28, 28], b""), "header-cut": images[:9], "magic": b"\1" + images[1:],
    }
    for name, data in cases.items():
        label = f"idx-{name}-images-idx3-ubyte"
        corpus.add(label, data, DATA, beside={label.replace("images-idx3", "labels-idx1"): idx(8, [2], b"\0\1")})
    sound = idx(8, [2], b"\0\1")
    beside = lambda name: {name.replace("images-idx3-ubyte", "labels-idx1-ubyte"): sound}
    packed = gzip.compress(images, mtime=0)
    for name, data in {
        "crc": packed[:-8] + b"\0\0\0\0" + packed[-4:], "size": packed[:-4] + b"\xff\xff\xff\x7f", "cut": packed[:-9], "method": packed[:2] + b"\7" + packed[3:],
        "flags": packed[:3] + b"\xff" + packed[4:], "header-cut": packed[:9], "damaged": packed[:14] + b"\xff\xff\xff\xff" + packed[18:],
        "bomb": gzip.compress(b"\0" * 700_000_000, 9, mtime=0), "bomb-under-idx": gzip.compress(idx(8, [700_000, 28, 28], b"\0" * 548_800_000), 9, mtime=0),
        "of-gzip": gzip.compress(packed, mtime=0),
    }.items():
        label = f"gzip-{name}-images-idx3-ubyte.gz"
        corpus.add(label, data, DATA, beside=beside(label[:-3]))
    members = gzip.compress(b"", mtime=0) * 200_000
    corpus.add("gzip-empty-members-images-idx3-ubyte.gz", members, DATA, beside=beside("gzip-empty-members-images-idx3-ubyte"))
    pixels = npy(described("(700000, 28, 28)", "'|u1'"), b"\0" * 548_800_000)
    corpus.add("data-bomb.npz", archive([("x.npy", pixels)], compression=zipfile.ZIP_DEFLATED, compresslevel=9), DATA)
    corpus.add("data-bomb-labels.npz", archive([("x.npy", npy(described("(2, 1, 28, 28)", "'|u1'"), b"\0" * 1568)), ("y.npy", pixels)],
                                               compression=zipfile.ZIP_DEFLATED, compresslevel=9), DATA)
    corpus.add("cifar-cut.bin", b"\3" * 3072, DATA)
    corpus.add("cifar-label.bin", b"\xff" * 3073, DATA)
    png = b"\x89PNG\r\n\x1a\n"
    chunk = lambda kind, data: struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    header = lambda width, height: chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    for name, picture in {
        "png-huge": png + header(0x7FFFFFFF, 0x7FFFFFFF), "png-wide": png + header(1_000_000, 1_000_000) + chunk(b"IDAT", zlib.compress(b"\0" * 9)),
        "png-bomb": png + header(30_000, 30_000) + chunk(b"IDAT", zlib.compress(b"\0" * (30_000 * 3 + 1) * 3000, 9)), "png-cut": png + header(8, 8)[:-3],
        "png-length": png + b"\xff\xff\xff\xffIHDR", "jpeg-cut": b"\xff\xd8\xff\xe0\0\x10JFIF", "jpeg-size": b"\xff\xd8\xff\xc0\0\x11\x08\xff\xff\xff\xff\3\1\x22\0\2\x11\1\3\x11\1",
        "neither": b"not a picture",
    }.items():
        suffix = ".jpg" if name.startswith("jpeg") else ".png"
        description = f"kind: folder\nimages: {name}-pictures\nlayout: flat\n".replace("layout: flat\n", "")
        corpus.add(f"picture-{name}.yaml", description.encode(), DATA, beside={f"{name}-pictures/0/a{suffix}": picture})


def foreign(corpus):
    """Formats that Pare may read only later: whatever it makes of them is one line."""
    hdf5 = b"\x89HDF\r\n\x1a\n"
    superblock = hdf5 + bytes([0, 0, 0, 0, 0, 8, 8, 0, 4, 0, 16, 0, 0, 0, 0, 0]) + struct.pack("<QQQQ", 0, 2**64 - 1, 2048, 2**64 - 1)
    for name, data in {
        "signature-only": hdf5, "superblock-cut": superblock[:40], "root-beyond": superblock + b"\0" * 40, "version-9": hdf5 + b"\x09" + superblock[9:],
        "offsets-of-3": superblock[:13] + b"\3\3" + superblock[15:] + b"\0" * 200, "noise": hdf5 + corpus.random.randbytes(4000),
        "superblock-2-noise": hdf5 + b"\2\x08\x08\0" + corpus.random.randbytes(2000),
    }.items():
        corpus.add(f"hdf5-{name}.h5", data)
    text = lambda value: struct.pack("<Q", len(value)) + value
    gguf = lambda tensors, pairs, rest=b"", version=3: b"GGUF" + struct.pack("<IQQ", version, tensors, pairs) + rest
    info = lambda name, dims, kind=0, offset=0: text(name) + struct.pack(f"<I{len(dims)}QIQ", len(dims), *dims, kind, offset)
    for name, data in {
        "magic-only": b"GGUF", "counts-huge": gguf((1 << 64) - 1, (1 << 64) - 1), "version-99": gguf(0, 0, version=99), "cut": gguf(1, 0, info(b"a", [4])[:-3]),
        "name-huge": gguf(1, 0, struct.pack("<Q", 1 << 62)), "shape-overflow": gguf(1, 0, info(b"a", [1 << 40, 1 << 40]) + b"\0" * 64),
        "offset-beyond": gguf(1, 0, info(b"a", [4], offset=1 << 40) + b"\0" * 64), "dimensions-huge": gguf(1, 0, text(b"a") + struct.pack("<I", 0xFFFFFFFF)),
        "arrays-deep": gguf(0, 1, text(b"k") + struct.pack("<I", 9) + struct.pack("<IQ", 9, 1) * 100_000),
        "array-huge": gguf(0, 1, text(b"k") + struct.pack("<IIQ", 9, 0, 1 << 62)), "type-unknown": gguf(1, 0, info(b"a", [4], kind=9999) + b"\0" * 64),
        "tensor-twice": gguf(2, 0, info(b"a", [4]) * 2 + b"\0" * 128),
    }.items():
        corpus.add(f"gguf-{name}.gguf", data)
    for name, data in {"text": b"hello", "zeros": b"\0" * 5000, "noise": corpus.random.randbytes(5000), "newlines": b"\n" * 100}.items():
        for suffix in ["bin", "onnx", "safetensors", "pth", "npz", "pare"]:
            corpus.add(f"junk-{name}.{suffix}", data)
