"""Writes Tests/Models/ModelFormatsTests/Goldens/pytorch: small files laid out as torch.save and torch.jit.save write them, and NumPy's.

(Seed 3.) PyTorch itself is not needed: stand-ins under its names make Python's own pickler write
what PyTorch's tensors do (`torch/_tensor.py`, `torch/serialization.py` of 2.x). `cases.tsv` has a line for each tensor Pare
should find: file, name, element type, shape, values as float64.
"""

import collections
import io
import pickle
import struct
import sys
import types
import zipfile

import ml_dtypes
import numpy

from support.places import goldens

FOLDER = goldens("Models/ModelFormatsTests") / "pytorch"
FOLDER.mkdir(parents=True, exist_ok=True)
random = numpy.random.default_rng(3)
lines = []


def module(name):
    found = sys.modules[name] = types.ModuleType(name)
    return found


torch, utils, storage_module, project = module("torch"), module("torch._utils"), module("torch.storage"), module("project")
script, script_fc = module("__torch__"), module("__torch__.torch.nn")
torch._utils, torch.storage = utils, storage_module


def named(where, name, base=object):
    made = type(name, (base,), {"__module__": where.__name__, "__qualname__": name})
    setattr(where, name, made)
    return made


def function(where, name):
    def stand_in(*arguments):
        raise AssertionError("only its name is pickled")
    stand_in.__module__, stand_in.__qualname__, stand_in.__name__ = where.__name__, name, name
    setattr(where, name, stand_in)
    return stand_in


STORAGES = {numpy.dtype(dtype): (named(torch, f"{name}Storage"), text) for dtype, name, text in [
    ("f4", "Float", "float32"), ("f8", "Double", "float64"), ("f2", "Half", "float16"),
    (ml_dtypes.bfloat16, "BFloat16", "bfloat16"), ("i8", "Long", "int64"), ("i4", "Int", "int32"), ("i2", "Short", "int16"),
    ("i1", "Char", "int8"), ("u1", "Byte", "uint8"), ("?", "Bool", "boolean")]}
UNTYPED = named(storage_module, "UntypedStorage")
REBUILD, REBUILD_3 = function(utils, "_rebuild_tensor_v2"), function(utils, "_rebuild_tensor_v3")
REBUILD_PARAMETER = function(utils, "_rebuild_parameter")


class DType:
    """Pickled by its name, as torch.uint16 is."""

    def __init__(self, name): self.name = name

    def __reduce__(self): return self.name


torch.uint16 = DType("uint16")
DType.__module__ = "torch"


class Storage:
    def __init__(self, array, untyped=False):
        self.array, self.untyped = numpy.ascontiguousarray(array).reshape(-1), untyped


class Tensor:
    """A view of a storage, with offset and strides in elements."""

    def __init__(self, storage, offset, shape, strides):
        self.storage, self.offset, self.shape, self.strides = storage, offset, tuple(shape), tuple(strides)

    def __reduce_ex__(self, protocol):
        head = (self.storage, self.offset, self.shape, self.strides, False, collections.OrderedDict())
        return (REBUILD_3, head + (torch.uint16,)) if self.storage.untyped else (REBUILD, head)

    def numpy(self):
        array = self.storage.array
        return numpy.lib.stride_tricks.as_strided(
            array[self.offset:], self.shape, tuple(s * array.itemsize for s in self.strides))

    def __getitem__(self, _): raise TypeError


class Parameter:
    def __init__(self, tensor): self.tensor = tensor

    def __reduce_ex__(self, protocol): return REBUILD_PARAMETER, (self.tensor, True, collections.OrderedDict())


def tensor(array, untyped=False):
    array = numpy.asarray(array)
    strides, step = [], 1
    for extent in reversed(array.shape):
        strides.insert(0, step)
        step *= max(extent, 1)
    return Tensor(Storage(array, untyped), 0, array.shape, strides)


def normal(*shape, dtype="f4"): return tensor(random.standard_normal(shape).astype(dtype))


class Pickler(pickle.Pickler):
    """Pickles storages by a persistent identifier, as torch.save does; whole modules of old also their classes."""

    def __init__(self, file, protocol, legacy):
        super().__init__(file, protocol)
        self.keys, self.legacy, self.classes = {}, legacy, set()

    def persistent_id(self, value):
        if isinstance(value, type) and value.__module__ == "project" and self.legacy and value not in self.classes:
            self.classes.add(value)
            return ("module", value, "project.py", "class source")
        if not isinstance(value, Storage): return None
        key = self.keys.setdefault(id(value), (str(94020255495056 + 64 * len(self.keys) if self.legacy else len(self.keys)), value))[0]
        kind = UNTYPED if value.untyped else STORAGES[value.array.dtype][0]
        count = value.array.nbytes if value.untyped else value.array.size
        return ("storage", kind, key, "cuda:0", count) + ((None,) if self.legacy else ())


def pickled(value, protocol=2, legacy=False):
    file = io.BytesIO()
    pickler = Pickler(file, protocol, legacy)
    pickler.dump(value)
    return file.getvalue(), pickler.keys


def array_of(value): return (value.tensor if isinstance(value, Parameter) else value).numpy() if not isinstance(value, numpy.ndarray) else value


def record(file, tensors):
    for name, value in tensors.items():
        array = array_of(value)
        kind = "uint16" if array.dtype == numpy.uint16 else STORAGES[array.dtype][1]
        shape = "·".join(map(str, array.shape)) or "scalar"
        values = ",".join(repr(float(v)) for v in array.astype(numpy.float64).ravel())
        lines.append(f"{file}\t{name}\t{kind}\t{shape}\t{values}")


def write_zip(file, members, compression=zipfile.ZIP_STORED):
    with zipfile.ZipFile(FOLDER / file, "w", compression) as archive:
        for name, data in members.items():
            entry = zipfile.ZipInfo(f"archive/{name}", (1980, 1, 1, 0, 0, 0))
            entry.compress_type = compression
            archive.writestr(entry, data)


def save(file, value, tensors, protocol=2, compression=zipfile.ZIP_STORED, order="<"):
    data, keys = pickled(value, protocol)
    members = {"data.pkl": data, "byteorder": b"little" if order == "<" else b"big"}
    for key, storage in keys.values():
        array = storage.array
        members[f"data/{key}"] = (array if order == "<" else array.byteswap()).tobytes()
    write_zip(file, members | {"version": b"3\n"}, compression)
    record(file, tensors)


def save_legacy(file, value, tensors, protocol=2):
    data, keys = pickled(value, protocol, legacy=True)
    system = {"protocol_version": 1001, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 4}}
    parts = [pickle.dumps(x, protocol) for x in (0x1950A86A20F9469CFC6C, 1001, system)] + [data]
    storages = sorted(keys.values(), key=lambda pair: pair[0], reverse=True)
    parts.append(pickle.dumps([key for key, _ in storages], protocol))
    for _, storage in storages: parts += [struct.pack("<q", storage.array.size), storage.array.tobytes()]
    (FOLDER / file).write_bytes(b"".join(parts))
    record(file, tensors)


base, shared = Storage(numpy.arange(24, dtype="f4")), normal(3, 2)
state = collections.OrderedDict({
    "float.weight": normal(2, 3), "float.bias": normal(2), "double": normal(2, 2, dtype="f8"), "half": normal(2, 3, dtype="f2"),
    "brain": normal(3, 2, dtype=ml_dtypes.bfloat16), "long": tensor(numpy.array([1, -2, 1 << 40])),
    "int": tensor(numpy.array([5, -6], "i4")), "short": tensor(numpy.array([7, -8], "i2")),
    "char": tensor(numpy.array([-9], "i1")), "byte": tensor(numpy.array([250], "u1")), "bool": tensor(numpy.array([True, False])),
    "scalar": tensor(numpy.array(0.5, "f4")), "empty": tensor(numpy.zeros((0, 4), "f4")),
    "transposed": Tensor(base, 0, (6, 4), (1, 6)), "slice": Tensor(base, 8, (2, 3), (6, 1)), "rows": Tensor(base, 12, (2, 6), (6, 1)),
    "expanded": Tensor(Storage(numpy.array([1, 2, 3], "f4")), 0, (3, 4), (1, 0)), "tied.a": shared,
    "tied.b": Tensor(shared.storage, 0, (3, 2), (2, 1)),
})
state._metadata = collections.OrderedDict({"": {"version": 1}})
save("state.pt", state, state)
save("deflated.pt", state, state, protocol=4, compression=zipfile.ZIP_DEFLATED)
save("big-endian.pt", state, state, order=">")
save_legacy("state-legacy.pth", state, state)
save_legacy("protocol5.pth", state, state, protocol=5)
untyped = {"w": tensor(numpy.array([1, 65535], "u2"), untyped=True)}
save("untyped.pt", untyped, untyped)

# Checkpoints: of DataParallel with an optimizer that has buffers, and of two networks.
plain = {"0.weight": normal(2, 3), "0.bias": normal(2), "1.running_mean": normal(2)}
optimizer = {"state": {0: {"step": 1, "exp_avg": normal(2, 3)}}, "param_groups": [{"lr": 0.1, "params": [0, 1]}]}
Options = named(project, "Options")
options = Options()
options.lr = 0.1
wrapped = collections.OrderedDict((f"module.{name}", value) for name, value in plain.items())
save("checkpoint.pth.tar", {"epoch": 3, "best": normal(), "args": options, "optimizer": optimizer, "state_dict": wrapped}, plain)
pair = {"generator": {"w": normal(2, 2)}, "discriminator": {"w": normal(2, 1)}, "optimizer_d": optimizer}
save("pair.pt", pair, {"generator.w": pair["generator"]["w"], "discriminator.w": pair["discriminator"]["w"]})

# Whole modules, of classes that only their author has.
Net, Linear = named(project, "Net"), named(project, "Linear")


def net_module(kind, parameters, buffers=(), modules=()):
    made = kind()
    made.training, made._parameters, made._buffers = False, collections.OrderedDict(parameters), collections.OrderedDict(buffers)
    made._modules, made._backward_hooks = collections.OrderedDict(modules), collections.OrderedDict()
    return made


head = net_module(Linear, {"weight": Parameter(normal(3, 2)), "bias": None})
net = net_module(Net, {"scale": Parameter(normal(2))}, {"steps": normal(2)}, {"head": head, "again": head})
net.cycle = net
found = {"scale": net._parameters["scale"], "steps": net._buffers["steps"], "head.weight": head._parameters["weight"]}
save("module.pt", net, found)
save_legacy("module-legacy.pt", {"epoch": 1, "model": net}, found)

# TorchScript: objects with their attributes, and the code's constants apart.
Root, Inner = named(script, "Root"), named(script_fc, "Linear")
root, inner = Root(), Inner()
inner.training, inner.weight, inner.bias = False, normal(3, 2), normal(3)
root.training, root.fc = False, inner
constant = normal(2, 2)
data, keys = pickled(root)
constants, constant_keys = pickled((constant,))
members = {"data.pkl": data, "code/__torch__.py": b"class Root(Module): pass", "constants.pkl": constants, "version": b"3\n"}
members |= {f"data/{key}": storage.array.tobytes() for key, storage in keys.values()}
members |= {f"constants/{key}": storage.array.tobytes() for key, storage in constant_keys.values()}
write_zip("script.pt", members)
record("script.pt", {"fc.weight": inner.weight, "fc.bias": inner.bias, "constants.0": constant})

arrays = {"fc.weight": numpy.arange(6, dtype="f4").reshape(2, 3), "fc.bias": numpy.array([0.5, -1], "f4"),
          "turned": numpy.asfortranarray(numpy.arange(6, dtype="f8").reshape(3, 2))}
numpy.savez(FOLDER / "stored.npz", **arrays)
numpy.savez_compressed(FOLDER / "deflated.npz", **arrays)
numpy.save(FOLDER / "single.npy", arrays["fc.weight"])
record("stored.npz", arrays)
record("deflated.npz", arrays)
record("single.npy", {"single": arrays["fc.weight"]})
(FOLDER / "cases.tsv").write_text("\n".join(lines) + "\n")
