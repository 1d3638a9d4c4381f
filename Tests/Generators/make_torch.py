"""Adds to Tests/Models/ModelFormatsTests/Goldens/pytorch small files that PyTorch itself wrote, and checks those of make_pytorch.py.

(torch 2.13.0+cpu; seed 3.) `torch-cases.tsv` has a line for each tensor as in `cases.tsv`.
"""

import collections
import pathlib
import sys
import types

import torch

FOLDER = pathlib.Path(__file__).parent.parent / "Models/ModelFormatsTests/Goldens/pytorch"
torch.manual_seed(3)
lines = []


def values(tensor):
    return [float(v) for v in tensor.detach().to(torch.float64).reshape(-1).tolist()]


def record(file, tensors):
    for name, tensor in tensors.items():
        shape = "·".join(map(str, tensor.shape)) or "scalar"
        kind = str(tensor.dtype).removeprefix("torch.")
        lines.append(f"{file}\t{name}\t{kind}\t{shape}\t{','.join(map(repr, values(tensor)))}")


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
torch.save({"epoch": 1, "model": net}, FOLDER / "torch-module-legacy.pt", _use_new_zipfile_serialization=False)
record("torch-module-legacy.pt", state)
optimizer = torch.optim.Adam(net.parameters())
net(torch.randn(2, 1, 4, 4)).sum().backward()
optimizer.step()
wrapped = collections.OrderedDict((f"module.{name}", tensor) for name, tensor in state.items())
checkpoint = {"epoch": torch.tensor(3), "optimizer": optimizer.state_dict(), "rng_state": torch.get_rng_state()[:4],
              "model_state_dict": wrapped, "size": torch.Size([2, 3]), "device": torch.device("cpu"), "dtype": torch.float16}
torch.save(checkpoint, FOLDER / "torch-checkpoint.pt")
record("torch-checkpoint.pt", state)
torch.jit.save(torch.jit.trace(net, torch.randn(1, 1, 4, 4)), str(FOLDER / "torch-script.pt"))
record("torch-script.pt", state)
(FOLDER / "torch-cases.tsv").write_text("\n".join(lines) + "\n")
