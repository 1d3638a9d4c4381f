"""Writes Tests/Models/ModelFormatsTests/Goldens/gguf: small GGUF files, by the gguf package and by hand.

(Seed 6.) `cases.tsv` has a line for each tensor Pare should find: file, name,
element type, shape, values as float64.
"""

import struct

import gguf
import ml_dtypes
import numpy

from support.places import goldens

FOLDER = goldens("Models/ModelFormatsTests") / "gguf"
FOLDER.mkdir(parents=True, exist_ok=True)
random = numpy.random.default_rng(6)
lines = []


def expect(file, name, array, kind=None):
    values = ",".join(repr(float(value)) for value in array.astype(numpy.float64).ravel())
    lines.append("\t".join([file, name, kind or array.dtype.name, "·".join(map(str, array.shape)), values]))


def integers(kind, *shape):
    return random.integers(-100, 100, shape).astype(kind)


# By the package: metadata of every kind, all types that are read, and two that are quantized.
writer = gguf.GGUFWriter(FOLDER / "package.gguf", "llama")
writer.add_uint8("u8", 1)
writer.add_int16("i16", -2)
writer.add_float64("f64", 0.5)
writer.add_bool("bool", True)
writer.add_string("text", "ein Wort")
writer.add_array("numbers", [1, 2, 3])
writer.add_array("tokens", ["<s>", "</s>", "ä"])
for kind in ["float32", "float16", "float64", "int8", "int16", "int32", "int64"]:
    array = integers(kind, 3, 8)
    writer.add_tensor(f"blk.0.{kind}.weight", array)
    expect("package.gguf", f"blk.0.{kind}.weight", array)
brain = integers("float32", 2, 4).astype(ml_dtypes.bfloat16)
writer.add_tensor("brain", brain.view(numpy.uint8), raw_dtype=gguf.GGMLQuantizationType.BF16)
expect("package.gguf", "brain", brain)
single = numpy.float32([1.25])
writer.add_tensor("one", single)
expect("package.gguf", "one", single)
for kind in [gguf.GGMLQuantizationType.Q8_0, gguf.GGMLQuantizationType.Q4_0, gguf.GGMLQuantizationType.Q8_0]:
    quantized = gguf.quants.quantize(random.standard_normal((2, 64)).astype(numpy.float32), kind)
    writer.add_tensor(f"quantized {len(writer.tensors[0])}", quantized, raw_dtype=kind)
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()


# By hand.
def text(value):
    return struct.pack("<Q", len(value.encode())) + value.encode()


def by_hand(file, tensors, version=3, alignment=None, more_metadata=b"", keys=0):
    """Tensors are (name, array, ggml type, extents as NumPy orders them)."""
    metadata = more_metadata
    if alignment:
        metadata += text("general.alignment") + struct.pack("<II", 4, alignment)
        keys += 1
    step = alignment or 32
    infos, data = b"", b""
    for name, content, kind, shape in tensors:
        data += bytes(-len(data) % step)
        infos += text(name) + struct.pack("<I", len(shape)) + b"".join(struct.pack("<Q", extent) for extent in reversed(shape))
        infos += struct.pack("<IQ", kind, len(data))
        data += content
    head = b"GGUF" + struct.pack("<IQQ", version, len(tensors), keys) + metadata + infos
    (FOLDER / file).write_bytes(head + bytes(-len(head) % step) + data)


a, b = integers("float32", 3, 2, 5), integers("float16", 7)
nested = text("deep") + struct.pack("<IIQ", 9, 9, 2) + struct.pack("<IQI", 4, 1, 5) + struct.pack("<IQ", 8, 1) + text("x")
by_hand("aligned.gguf", [("a", a.tobytes(), 0, a.shape), ("b", b.tobytes(), 1, b.shape)], 2, 64, nested, 1)
expect("aligned.gguf", "a", a)
expect("aligned.gguf", "b", b)
by_hand("quantized.gguf", [("q", bytes(144), 12, (1, 256)), ("r", bytes(9), 77, (3, 3))])
by_hand("overlap.gguf", [("a", a.tobytes(), 0, a.shape), ("b", b.tobytes(), 1, b.shape)])
bytes_ = bytearray((FOLDER / "overlap.gguf").read_bytes())
place = bytes_.index(struct.pack("<IQ", 1, 128))
bytes_[place + 4 : place + 12] = struct.pack("<Q", 32)
(FOLDER / "overlap.gguf").write_bytes(bytes_)
by_hand("version1.gguf", [("a", a.tobytes(), 0, a.shape)], 1)
(FOLDER / "cases.tsv").write_text("\n".join(lines) + "\n")
