"""Writes Tests/Models/ArrayFilesTests/Goldens: arrays of every type and order in NPY, NPZ and IDX files.

(Seed 5.) `cases.tsv` has a line an array: archive, name, element type, shape, values as float64. `stored.npz`
holds every element type in both byte orders, C and Fortran order, and format versions 1 to 3; `deflated.npz` is
savez_compressed's; `zip64.npz` keeps every size and place in 64-bit fields; `streamed.npz` has data
descriptors, as archives that are written to a pipe.
"""

import gzip
import io
import struct
import zipfile
import zlib

import numpy

from support.places import goldens

FOLDER = goldens("Models/ArrayFilesTests")
random = numpy.random.default_rng(5)
lines = []
TYPES = {"f2": "float16", "f4": "float32", "f8": "float64", "i1": "int8", "i2": "int16", "i4": "int32", "i8": "int64",
         "u1": "uint8", "u2": "uint16", "u4": "uint32", "u8": "uint64", "b1": "boolean"}


def record(archive, name, array):
    values = ",".join(repr(float(v)) for v in array.astype(numpy.float64).ravel(order="C"))
    shape = "·".join(map(str, array.shape)) if array.ndim else "scalar"
    lines.append(f"{archive}\t{name}\t{TYPES[array.dtype.str[1:]]}\t{shape}\t{values}")


def npy(array, version=None):
    stream = io.BytesIO()
    numpy.lib.format.write_array(stream, array, version=version)
    return stream.getvalue()


def write(archive, arrays, compression=zipfile.ZIP_STORED, sink=None, **options):
    with zipfile.ZipFile(sink or FOLDER / archive, "w", compression) as file:
        for name, (array, version) in arrays.items():
            information = zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0))
            information.compress_type = compression
            with file.open(information, "w", **options) as member:
                member.write(npy(array, version))
            record(archive, name, array)


def of_type(code, shape):
    if code == "b1":
        return random.integers(0, 2, shape).astype(bool)
    if code[0] == "f":
        return random.standard_normal(shape).astype(code)
    information = numpy.iinfo(code)
    # float64 must hold the values exactly, for the table.
    low, high = max(information.min, -(2**52)), min(information.max, 2**52)
    return random.integers(low, high, shape, dtype="i8" if high < 2**62 else "u8").astype(code)


arrays = {}
for code in TYPES:
    for order in "<>" if code[1] != "1" else "|":
        array = of_type(code, (2, 3)).astype(order + code)
        arrays[f"{code} {'big' if order == '>' else 'little'}"] = (array, (1, 0))
        arrays[f"{code} {'big' if order == '>' else 'little'} fortran"] = (numpy.asfortranarray(array), (1, 0))
arrays["version 2"] = (of_type("f4", (4,)), (2, 0))
arrays["version 3"] = (of_type("f4", (4,)), (3, 0))
arrays["scalar"] = (numpy.array(0.5, "f4"), None)
arrays["empty"] = (numpy.zeros((0, 4), "f4"), None)
arrays["empty fortran"] = (numpy.zeros((3, 0, 4), ">f4", order="F"), None)
arrays["four axes"] = (numpy.asfortranarray(of_type("i2", (2, 3, 1, 4))), None)
arrays["column"] = (numpy.asfortranarray(of_type("f8", (5, 1)).astype(">f8")), None)
write("stored.npz", arrays)

large = {"x": (numpy.tile(of_type("u1", (1, 30)), (20, 1)), None), "y": (of_type("i8", (20,)), None)}
write("deflated.npz", large, zipfile.ZIP_DEFLATED)


def write_zip64(archive, arrays):
    """What zipfile only writes beyond 4 GiB."""
    content, directory = b"", b""
    for name, (array, _) in arrays.items():
        data = npy(array)
        deflated = zlib.compress(data, wbits=-15)
        place = len(content)
        common = struct.pack("<HHHHHI", 45, 0, 8, 0, 33, zlib.crc32(data))
        file = f"{name}.npy".encode()
        local = struct.pack("<HHQQ", 1, 16, len(data), len(deflated))
        content += b"PK\x03\x04" + common + struct.pack("<IIHH", 2**32 - 1, 2**32 - 1, len(file), len(local)) + file + local
        content += deflated
        # Another field first, so that the one that matters has to be looked for.
        extra = struct.pack("<HHI", 0x7777, 4, 0) + struct.pack("<HHQQQ", 1, 24, len(data), len(deflated), place)
        directory += b"PK\x01\x02" + struct.pack("<H", 45) + common
        directory += struct.pack("<IIHHHHHII", 2**32 - 1, 2**32 - 1, len(file), len(extra), 0, 0, 0, 0, 2**32 - 1) + file + extra
        record(archive, name, array)
    start, end = len(content), len(content) + len(directory)
    content += directory + b"PK\x06\x06"
    content += struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, len(arrays), len(arrays), len(directory), start)
    content += b"PK\x06\x07" + struct.pack("<IQI", 0, end, 1)
    content += b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 2**16 - 1, 2**16 - 1, 2**32 - 1, 2**32 - 1, 7) + b"comment"
    (FOLDER / archive).write_bytes(content)
    with numpy.load(FOLDER / archive) as found:
        assert all((found[name] == array).all() for name, (array, _) in arrays.items())


write_zip64("zip64.npz", large)


class Pipe(io.RawIOBase):
    """What cannot seek, so that sizes follow the data."""

    def __init__(self):
        self.content = b""

    def writable(self):
        return True

    def write(self, part):
        self.content += bytes(part)
        return len(part)


pipe = Pipe()
write("streamed.npz", large, zipfile.ZIP_DEFLATED, sink=pipe)
(FOLDER / "streamed.npz").write_bytes(pipe.content)

single = of_type("f4", (3, 4))
(FOLDER / "single.npy").write_bytes(npy(single))
record("single.npy", "", single)

# IDX: bytes, and every other type, plain and compressed.
CODES = {"u1": 8, "i1": 9, "i2": 11, "i4": 12, "f4": 13, "f8": 14}
for code, number in CODES.items():
    array = of_type(code, (2, 3, 2)).astype(">" + code)
    content = struct.pack(">BBBBIII", 0, 0, number, 3, *array.shape) + array.tobytes()
    name = f"{code}-idx3"
    (FOLDER / name).write_bytes(content)
    (FOLDER / f"{name}.gz").write_bytes(gzip.compress(content, mtime=0))
    record(name, "", array)
    record(f"{name}.gz", "", array)

# Two gzip members, as `cat a.gz b.gz` makes them.
array = of_type("u1", (2, 50))
content = struct.pack(">BBBBII", 0, 0, 8, 2, *array.shape) + array.tobytes()
(FOLDER / "joined-idx2.gz").write_bytes(gzip.compress(content[:40], mtime=0) + gzip.compress(content[40:], mtime=0))
record("joined-idx2.gz", "", array)

(FOLDER / "cases.tsv").write_text("\n".join(lines) + "\n")
print(sum(file.stat().st_size for file in FOLDER.iterdir()), "bytes")
