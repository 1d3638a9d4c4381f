"""Writes into Tests/Models/ModelFormatsTests/Goldens/pytorch small files of PyTorch's own, and checks those of make_pytorch.py.

(Seed 3.) `torch-cases.tsv` has a line for each tensor as in `cases.tsv`. PyTorch notes addresses in memory and where it is installed in
what it saves; here they are numbers and names of its own files, so that the same bytes come out everywhere.
"""

import collections
import io
import sys
import types
import zipfile
from unittest import mock

import torch
from torch import serialization

from support.places import goldens

FOLDER = goldens("Models/ModelFormatsTests") / "pytorch"
torch.manual_seed(3)
lines = []


def values(tensor):
    return [float(v) for v in tensor.detach().to(torch.float64).reshape(-1).tolist()]


def record(file, tensors):
    for name, tensor in tensors.items():
        shape = "·".join(map(str, tensor.shape)) or "scalar"
        kind = str(tensor.dtype).removeprefix("torch.")
        lines.append(f"{file}\t{name}\t{kind}\t{shape}\t{','.join(map(repr, values(tensor)))}")


class Numbered(str):
    """A `str` that gives addresses the numbers in which they come, as many digits long as addresses are."""

    met = {}

    def __new__(cls, value):
        return f"9{cls.met.setdefault(value, len(cls.met)):013}" if isinstance(value, int) and value >= 1 << 32 else str(value)


def source(kind):
    lines, first, file = torch._sources.get_source_lines_and_file(kind)
    return lines, first, file[file.index("torch/nn/"):]


def without_origins(script):
    """A TorchScript archive without the records of where in which file each line came from."""
    bare = io.BytesIO()
    with zipfile.ZipFile(script) as archive, zipfile.ZipFile(bare, "w") as kept:
        for entry in archive.infolist():
            if not entry.filename.endswith((".debug_pkl", "serialization_id")):
                kept.writestr(entry, archive.read(entry))
    return bare.getvalue()


# What the stand-ins wrote, PyTorch reads as they meant it.
expected = collections.defaultdict(dict)
for line in (FOLDER / "cases.tsv").read_text().splitlines():
    file, name, _, _, numbers = line.split("\t")
    expected[file][name] = [float(v) for v in numbers.split(",") if v]
for file in ["state.pt", "deflated.pt", "big-endian.pt", "state-legacy.pth", "protocol5.pth", "untyped.pt"]:
    read = torch.load(FOLDER / file, map_location="cpu", weights_only=False)
    assert {name: values(tensor) for name, tensor in read.items()} == expected[file], file

project = types.ModuleType("project")
sys.modules["project"] = project
exec("""
import torch
class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.body = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 2), torch.nn.BatchNorm2d(2), torch.nn.ReLU())
        self.head = torch.nn.Linear(2, 3)
        self.register_buffer("steps", torch.tensor([1.0, 2.0]))
        self.activation = torch.nn.functional.relu
    def forward(self, x):
        return self.head(self.body(x).mean((2, 3)))
""", project.__dict__)
net = project.Net().eval()
state = net.state_dict()
torch.save(net, FOLDER / "torch-module.pt")
record("torch-module.pt", state)
legacy = io.BytesIO()
with mock.patch.object(serialization, "str", Numbered, create=True), \
        mock.patch.object(serialization, "get_source_lines_and_file", source):
    torch.save({"epoch": 1, "model": net}, legacy, _use_new_zipfile_serialization=False)
(FOLDER / "torch-module-legacy.pt").write_bytes(legacy.getvalue())
record("torch-module-legacy.pt", state)
optimizer = torch.optim.Adam(net.parameters())
net(torch.randn(2, 1, 4, 4)).sum().backward()
optimizer.step()
wrapped = collections.OrderedDict((f"module.{name}", tensor) for name, tensor in state.items())
checkpoint = {"epoch": torch.tensor(3), "optimizer": optimizer.state_dict(), "rng_state": torch.get_rng_state()[:4],
              "model_state_dict": wrapped, "size": torch.Size([2, 3]), "device": torch.device("cpu"), "dtype": torch.float16}
torch.save(checkpoint, FOLDER / "torch-checkpoint.pt")
record("torch-checkpoint.pt", state)
script = io.BytesIO()
torch.jit.save(torch.jit.trace(net, torch.randn(1, 1, 4, 4)), script)
(FOLDER / "torch-script.pt").write_bytes(without_origins(script))
record("torch-script.pt", state)
(FOLDER / "torch-cases.tsv").write_text("\n".join(lines) + "\n")
