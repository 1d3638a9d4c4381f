"""Writes Tests/Models/ModelFormatsTests/Goldens/hdf5: small files as Keras lays them out, arrays of every type and layout, and files
that must be refused.

(Seed 5.) `cases.tsv` has a line for each tensor Pare should find, in its order: file, name, element
type, shape, values as float64.
"""

import zipfile

import h5py
import numpy

from support.places import goldens

FOLDER = goldens("Models/ModelFormatsTests") / "hdf5"
FOLDER.mkdir(parents=True, exist_ok=True)
random = numpy.random.default_rng(5)
lines = []


def expect(file, name, array, kind=None):
    array = numpy.asarray(array)
    values = ",".join(repr(float(value)) for value in array.astype(numpy.float64).ravel())
    shape = "·".join(map(str, array.shape)) or "scalar"
    lines.append("\t".join([file, name, kind or {"bool": "boolean"}.get(array.dtype.name, array.dtype.name), shape, values]))


def floats(*shape):
    return random.standard_normal(shape).astype(numpy.float32)


def add_layer(file, group, layer, weights, names=None):
    """A layer's weights, named by an attribute as Keras names them."""
    made = group.create_group(layer)
    made.attrs["weight_names"] = names if names is not None else [name.encode() for name, _ in weights]
    for name, array in weights:
        made.create_dataset(name, data=array)
        expect(file, name, array)


# As model.save writes it in Keras 2: layers in the model's order, which is not the names'.
with h5py.File(FOLDER / "keras.h5", "w", libver="earliest") as out:
    out.attrs["keras_version"] = b"2.4.0"
    weights = out.create_group("model_weights")
    weights.attrs["layer_names"] = [b"input", b"zebra", b"conv2d", b"block"]
    weights.create_group("input").attrs["weight_names"] = numpy.array([])
    add_layer("keras.h5", weights, "zebra", [("zebra/kernel:0", floats(4, 3)), ("zebra/bias:0", floats(3))])
    add_layer("keras.h5", weights, "conv2d", [("conv2d/kernel:0", floats(3, 3, 2, 5)), ("conv2d/bias:0", floats(5))])
    # A model within the model names its layers below itself.
    add_layer("keras.h5", weights, "block", [("block/inner/kernel:0", floats(2, 2)), ("block/inner/step:0", numpy.int64(7))])
    training = out.create_group("optimizer_weights")
    training.create_dataset("Adam/zebra/kernel/m:0", data=floats(4, 3))

# As model.save_weights writes it: at the root, here with texts of variable length, and names split into pieces.
with h5py.File(FOLDER / "weights.hdf5", "w", libver="latest") as out:
    texts = h5py.string_dtype()
    out.attrs.create("layer_names0", numpy.array(["dense"], object), dtype=texts)
    out.attrs.create("layer_names1", numpy.array(["dense_1"], object), dtype=texts)
    for layer in ["dense", "dense_1"]:
        # In this Keras two layers may have weights of one name.
        add_layer("weights.hdf5", out, layer, [("kernel", floats(3, 2))], numpy.array(["kernel"], object))
    lines[-1] = lines[-1].replace("\tkernel\t", "\tkernel#2\t")

# A .keras file of Keras 3.
with h5py.File(FOLDER / "model.weights.h5", "w") as out:
    for name, array in [("layers/dense/vars/0", floats(2, 4)), ("layers/dense/vars/1", floats(4))]:
        out.create_dataset(name, data=array)
        expect("keras3.keras", name, array)
    out.create_dataset("optimizer/vars/0", data=numpy.int64(3))
with zipfile.ZipFile(FOLDER / "keras3.keras", "w") as archive:
    archive.writestr(zipfile.ZipInfo("config.json"), "{}")
    archive.writestr(zipfile.ZipInfo("model.weights.h5"), (FOLDER / "model.weights.h5").read_bytes())
(FOLDER / "model.weights.h5").unlink()

# Every type, both byte orders, every layout.
with h5py.File(FOLDER / "arrays.h5", "w") as out:
    arrays = {}
    for code in ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"]:
        for order in "<>":
            values = random.integers(-100, 100, (3, 5)) if code[0] != "u" else random.integers(0, 200, (3, 5))
            arrays[f"types/{code}{'le' if order == '<' else 'be'}"] = values.astype(order + code)
    arrays["scalar"] = numpy.float32(1.5)
    arrays["empty"] = numpy.zeros((0, 3), numpy.float32)
    arrays["truth"] = numpy.array([True, False, True])
    for name, array in arrays.items():
        out.create_dataset(name, data=array)
    packed = floats(70, 30)
    out.create_dataset("packed/deflated", data=packed, chunks=(16, 7), compression="gzip", shuffle=True, fletcher32=True)
    out.create_dataset("packed/chunked", data=packed[:9], chunks=(4, 30))
    out.create_dataset("packed/big", data=packed[:3].astype(">f4"), chunks=(2, 30), compression="gzip")
    arrays |= {"packed/deflated": packed, "packed/chunked": packed[:9], "packed/big": packed[:3]}
    compact = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    compact.set_layout(h5py.h5d.COMPACT)
    compact.set_obj_track_times(False)
    small = floats(4)
    made = h5py.h5d.create(out.id, b"compact", h5py.h5t.IEEE_F32LE, h5py.h5s.create_simple((4,)), dcpl=compact)
    made.write(h5py.h5s.ALL, h5py.h5s.ALL, small)
    arrays["compact"] = small
    out.create_dataset("words", data="no numbers")
    out["soft"] = h5py.SoftLink("/scalar")
    out["types/cycle"] = out["/"]
    out["zz same"] = out["scalar"]
    for name in sorted(arrays):
        expect("arrays.h5", name, arrays[name].astype(arrays[name].dtype.newbyteorder("<")))

# What is refused.
with h5py.File(FOLDER / "external-link.h5", "w") as out:
    out["elsewhere"] = h5py.ExternalLink("/etc/passwd", "/x")
with h5py.File(FOLDER / "external-storage.h5", "w") as out:
    out.create_dataset("elsewhere", (4,), "<f4", external=[("/etc/passwd", 0, 16)])
with h5py.File(FOLDER / "virtual.h5", "w") as out:
    virtual, four = h5py.h5p.create(h5py.h5p.DATASET_CREATE), h5py.h5s.create_simple((4,))
    virtual.set_virtual(four, b"arrays.h5", b"compact", four)
    virtual.set_obj_track_times(False)
    h5py.h5d.create(out.id, b"elsewhere", h5py.h5t.IEEE_F32LE, four, dcpl=virtual)
with h5py.File(FOLDER / "filter.h5", "w") as out:
    out.create_dataset("packed", data=floats(64), compression="lzf")
with h5py.File(FOLDER / "bomb.h5", "w") as out:
    out.create_dataset("large", (1 << 20, 1 << 10), "<f4", chunks=(1 << 10, 1 << 10), compression="gzip")
with h5py.File(FOLDER / "loop.h5", "w") as out:
    out.attrs["layer_names"] = [b"a"]
    out.create_group("a").attrs["weight_names"] = [b"b"]
    out["a/b"] = h5py.SoftLink("/a/c")
    out["a/c"] = h5py.SoftLink("/a/b")
with h5py.File(FOLDER / "texts.h5", "w") as out:
    out.create_dataset("words", data="no numbers")

(FOLDER / "cases.tsv").write_text("\n".join(lines) + "\n")
