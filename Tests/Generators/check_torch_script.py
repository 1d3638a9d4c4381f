"""Checks the scripts that `pare script` writes, in PyTorch, against what `pare compress` writes of the same recipes.

    python check_torch_script.py PARE [MODELS]

MODELS is the folder of real models; without it, the models are a small state dictionary made here and those that Pare brings along.
Weights must be equal bit for bit, products of factors near; after steps of training, zeros are zero and clusters
equal; the gradient of a codebook is the sum of its weights'; once removed, weights are plain and the same. Also that
`safetensors.torch.load_file` gives decompressed models back, and `numpy.load` the same arrays. Exit status 1: something differs.
"""

import importlib.util
import pathlib
import shutil
import subprocess
import sys
import tempfile

import numpy
import onnx
import onnx.numpy_helper
import onnxruntime
import safetensors.torch
import torch
import torch.nn.utils.prune
from torch import nn

from support.places import DEMOS

pare, models = sys.argv[1], pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else None
scratch = tempfile.TemporaryDirectory()
work = pathlib.Path(scratch.name)
failures = []

PRUNE_AND_SHARE = "pare: 1\nglobal: {prune: {sparsity: 0.8}, share: {clusters: 32}}\n"
MANY = "pare: 1\nglobal: {prune: {sigma: 0.5}, share: {clusters: 300}}\n"
PRUNE = "pare: 1\nglobal: {prune: {sigma: 1.0}}\n"
SHARE = "pare: 1\nglobal: {share: {clusters: 16}}\n"
SPLIT = "pare: 1\nglobal: {factorize: {ranks: auto}, prune: {sparsity: 0.3}, share: {clusters: 64}}\n"
SPLIT_ONLY = "pare: 1\nglobal: {factorize: {ranks: [4, 3]}}\n"
FILTERS = "pare: 1\ntypes:\n  Conv: {filters: {fraction: 0.7}, prune: {sparsity: 0.5}, share: {clusters: 20}}\n"
FILTERS_SPLIT = "pare: 1\ntypes:\n  Conv: {filters: {fraction: 0.7}, factorize: {ranks: [4, 3]}}\n"

CASES = [
    ("lenet5.pth", PRUNE_AND_SHARE), ("lenet5.pth", MANY), ("resnet20.th", PRUNE), ("resnet20.th", SHARE),
    ("mnist-cnn.pt", PRUNE_AND_SHARE), ("dcgan-generator.pth", PRUNE_AND_SHARE), ("resnet20.th", SPLIT),
    ("lenet5.pth", SPLIT_ONLY), ("lenet5.onnx", FILTERS), ("resnet20.onnx", FILTERS), ("resnet20.onnx", FILTERS_SPLIT),
]
DECOMPRESSED = ["lenet5.pth", "resnet20.th", "dcgan-discriminator.pth", "distiller-resnet20.pth.tar", "mnist-cnn.pt", "resnet8.h5"]

if models is None:
    models = work / "models"
    models.mkdir()
    torch.manual_seed(2)
    layers = nn.Sequential(nn.Conv2d(3, 12, 3), nn.BatchNorm2d(12), nn.Conv2d(12, 16, 3), nn.Linear(64, 40), nn.Linear(40, 10))
    torch.save(layers.state_dict(), models / "small.pth")
    shutil.copy(DEMOS / "digits-cnn.onnx", models)
    CASES = [("small.pth", recipe) for recipe in (PRUNE_AND_SHARE, MANY, PRUNE, SHARE, SPLIT, SPLIT_ONLY)]
    CASES += [("digits-cnn.onnx", recipe) for recipe in (FILTERS, FILTERS_SPLIT)]
    DECOMPRESSED = ["small.pth"]


def check(holds, what):
    if not holds:
        failures.append(what)
        print("DIFFERS", what)


def run(*arguments):
    done = subprocess.run([pare, *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


class Holder(nn.Module):
    """A module that has the parameters of a state dictionary under their names."""

    def __init__(self, state):
        super().__init__()
        for name, value in state.items():
            *path, last = name.split(".")
            owner = self
            for part in path:
                if not hasattr(owner, part):
                    owner.add_module(part, nn.Module())
                owner = getattr(owner, part)
            if value.is_floating_point():
                owner.register_parameter(last, nn.Parameter(value.clone()))

    def weight(self, name):
        owner, _, last = name.rpartition(".")
        return getattr(self.get_submodule(owner), last)


def bits(tensor):
    return tensor.detach().contiguous().numpy().tobytes()


def without_zeros(tensor):
    """The tensor without the indices along its first two axes that hold zeros alone."""
    for axis in range(min(2, tensor.dim())):
        others = [other for other in range(tensor.dim()) if other != axis]
        tensor = tensor.index_select(axis, (tensor != 0).any(dim=others[0]).nonzero().flatten() if tensor.dim() == 2 else
                                     (tensor.abs().amax(dim=others) != 0).nonzero().flatten())
    return tensor


def product(state, name, shape):
    """The weights that exported factors stand for, put together by the convolutions' own rules."""
    factors = {role: state[f"{name}.{role}"].double() for role in ["in", "core", "out"] if f"{name}.{role}" in state}
    weight = factors.get("core")
    if weight is None:
        return (factors["out"].flatten(1) @ factors["in"].flatten(1)).reshape(shape)
    if "in" in factors:
        weight = torch.einsum("pqhw,qt->pthw", weight, factors["in"].flatten(1))
    if "out" in factors:
        weight = torch.einsum("sp,pthw->sthw", factors["out"].flatten(1), weight)
    return weight


def parameters(path):
    """The model's tensors by name, as PyTorch would have them."""
    if path.suffix == ".onnx":
        graph = onnx.load(path).graph
        return {i.name: torch.tensor(onnx.numpy_helper.to_array(i).copy()) for i in graph.initializer}
    run("compress", path, "-r", work / "nothing.yaml", "-o", work / "plain.safetensors")
    return safetensors.torch.load_file(work / "plain.safetensors")


def train(module, script, case):
    """A few steps on an arbitrary loss, with momentum and decay, which would move whatever is not held."""
    before = {name: module.weight(name).detach().clone() for name in script.LAYERS}
    optimizer = torch.optim.SGD(module.parameters(), lr=0.01, momentum=0.9, weight_decay=0.01)
    for step in range(3):
        optimizer.zero_grad()
        torch.manual_seed(step)
        sum((module.weight(name) * torch.randn_like(before[name])).sum() for name in script.LAYERS).backward()
        optimizer.step()
    for name, layer in script.LAYERS.items():
        weight, old = module.weight(name).detach(), before[name]
        check(not torch.equal(weight, old), f"{case} {name} is trained")
        if "factors" in layer:
            check((weight[old == 0] == 0).all() or layer["kept"] == [], f"{case} {name}: dropped channels after training")
            continue
        codes = script.ARRAYS.get(name + "/codes")
        mask = script.ARRAYS.get(name + "/mask") if codes is None else codes.int() != 0
        if mask is not None:
            check(bool((weight[~mask] == 0).all()), f"{case} {name}: zeros after training")
        if codes is not None:
            codes = codes.int().flatten()
            first = torch.zeros(int(codes.max()) + 1).scatter_(0, codes.long(), weight.flatten())
            first[0] = 0
            check(torch.equal(first[codes], weight.flatten()), f"{case} {name}: clusters after training")


def gradients(module, script, case):
    """The gradient of a codebook against the sums of the gradients of its weights."""
    for name in script.LAYERS:
        codes = script.ARRAYS.get(name + "/codes")
        if codes is None:
            continue
        codes = codes.long().flatten()
        owner, _, last = name.rpartition(".")
        codebook = module.get_submodule(owner).parametrizations[last].original
        factor = torch.randn(codes.shape)
        gradient, = torch.autograd.grad((module.weight(name).flatten() * factor).sum(), codebook)
        expected = torch.zeros(len(codebook) + 1, dtype=torch.float64).index_add_(0, codes, factor.double())[1:]
        check(torch.allclose(gradient.double(), expected, atol=1e-3), f"{case} {name}: the codebook's gradient")


def outputs(path, weights):
    """What a graph makes of some inputs, with some of its weights replaced."""
    graph = onnx.load(path)
    for initializer in graph.graph.initializer:
        if initializer.name in weights:
            array = weights[initializer.name].detach().numpy()
            initializer.CopyFrom(onnx.numpy_helper.from_array(numpy.ascontiguousarray(array), initializer.name))
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    given = session.get_inputs()[0]
    shape = [extent if isinstance(extent, int) and extent > 0 else 2 for extent in given.shape]
    return session.run(None, {given.name: numpy.random.default_rng(1).standard_normal(shape).astype(numpy.float32)})[0]


(work / "nothing.yaml").write_text("pare: 1\n")
for number, (file, recipe) in enumerate(CASES):
    case = f"{file} {recipe.splitlines()[-1].strip()}"
    (work / "recipe.yaml").write_text(recipe)
    run("script", models / file, "-r", work / "recipe.yaml", "-o", work / f"apply_{number}.py")
    export = work / ("compressed.onnx" if file.endswith(".onnx") else "compressed.safetensors")
    run("compress", models / file, "-r", work / "recipe.yaml", "-o", export)
    if file.endswith(".onnx"):
        expected = {i.name: torch.tensor(onnx.numpy_helper.to_array(i).copy()) for i in onnx.load(export).graph.initializer}
    else:
        expected = safetensors.torch.load_file(export)
    specification = importlib.util.spec_from_file_location(f"apply_{number}", work / f"apply_{number}.py")
    script = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(script)
    check(script.LAYERS, f"{case} changes something")
    state = parameters(models / file)
    module = script.apply(Holder(state))
    for name, layer in script.LAYERS.items():
        weight = module.weight(name)
        if "factors" in layer and not file.endswith(".onnx"):
            near = product(expected, name, layer["shape"])
            check(torch.allclose(weight.double(), near, atol=1e-5), f"{case} {name}: the product of its factors")
        elif "factors" not in layer and name in expected:
            same = weight if list(expected[name].shape) == layer["shape"] else without_zeros(weight)
            own = expected[name] if list(expected[name].shape) == layer["shape"] else without_zeros(expected[name])
            check(bits(same) == bits(own), f"{case} {name}: bits")
        elif "factors" not in layer:
            check(False, f"{case} {name} is not in the export")
    if file.endswith(".onnx"):
        own = outputs(models / file, {name: module.weight(name) for name in script.LAYERS})
        check(numpy.allclose(own, outputs(export, {}), rtol=1e-3, atol=1e-3), f"{case}: outputs of the smaller network")
    gradients(module, script, case)
    train(module, script, case)
    trained = {name: module.weight(name).detach().clone() for name in script.LAYERS}
    script.remove(module)
    check(set(dict(module.named_parameters())) == set(name for name, value in state.items() if value.is_floating_point()),
          f"{case}: names once removed")
    check(all(torch.equal(module.weight(name), trained[name]) for name in trained), f"{case}: weights once removed")
    # From the command line, with the prefix of DataParallel.
    torch.save({"epoch": 3, "state_dict": {"module." + name: value for name, value in state.items()}}, work / "in.pth")
    subprocess.run([sys.executable, work / f"apply_{number}.py", work / "in.pth", work / "out.pth"], check=True)
    again = torch.load(work / "out.pth", weights_only=True)
    fresh = script.apply(Holder(state))
    check(again["epoch"] == 3, f"{case}: the rest of the checkpoint")
    for name, value in state.items():
        wanted = fresh.weight(name) if name in script.LAYERS else value
        check(bits(again["state_dict"]["module." + name]) == bits(wanted), f"{case} {name} in the checkpoint")
    print(f"{case}: {len(script.LAYERS)} tensors, {len(script.ARRAYS)} arrays")

# Checkpoints that hold weights in parts: masks, lengths and directions, and spectral norms, of both kinds.
def in_parts(kind):
    torch.manual_seed(4)
    module = nn.Sequential(nn.Conv2d(3, 8, 3), nn.Linear(8, 5))
    if kind == "mask":
        nn.utils.prune.l1_unstructured(module[0], "weight", 0.6)
    elif kind.endswith("spectral norm"):
        module.append(nn.ConvTranspose2d(5, 4, 3))
        for layer in module:
            (nn.utils.parametrizations.spectral_norm if kind.startswith("parametrized") else nn.utils.spectral_norm)(layer)
    else:
        norm = nn.utils.weight_norm if kind == "norm" else nn.utils.parametrizations.weight_norm
        norm(module[0])
        norm(module[1], dim=None)
    return module.state_dict()


for kind in ["mask", "norm", "parametrized norm", "spectral norm", "parametrized spectral norm"]:
    torch.save(in_parts(kind), work / "parts.pth")
    (work / "recipe.yaml").write_text(PRUNE)
    run("script", work / "parts.pth", "-r", work / "recipe.yaml", "-o", work / "apply_parts.py")
    run("compress", work / "parts.pth", "-r", work / "recipe.yaml", "-o", work / "parts.safetensors")
    subprocess.run([sys.executable, work / "apply_parts.py", work / "parts.pth", work / "out.pth"], check=True)
    made, wanted = torch.load(work / "out.pth", weights_only=True), safetensors.torch.load_file(work / "parts.safetensors")
    check(sorted(made) == sorted(wanted), f"{kind}: names")
    check(all(torch.allclose(made[name], wanted[name], atol=1e-6) for name in wanted), f"{kind}: weights")
    print(f"{kind}: {len(made)} tensors")

# Decompressed models: the names of the original state dictionary, and the same bits in every format.
for file in DECOMPRESSED:
    (work / "recipe.yaml").write_text(PRUNE_AND_SHARE)
    run("compress", models / file, "-r", work / "recipe.yaml", "-o", work / "model.pare")
    run("decompress", work / "model.pare", "-o", work / "model.safetensors")
    run("decompress", work / "model.pare", "-o", work / "model.npz")
    run("compress", models / file, "-r", work / "recipe.yaml", "-o", work / "direct.safetensors")
    loaded, direct = (safetensors.torch.load_file(work / f"{name}.safetensors") for name in ["model", "direct"])
    arrays = numpy.load(work / "model.npz")
    check(list(loaded.keys()) == list(direct.keys()), f"{file}: names")
    check(sorted(arrays.files) == sorted(loaded), f"{file}: names in the npz")
    for name, tensor in loaded.items():
        check(bits(tensor) == bits(direct[name]), f"{file} {name}: decompressed")
        check(arrays[name].tobytes() == bits(tensor) and arrays[name].shape == tuple(tensor.shape), f"{file} {name}: npz")
    if file.endswith(".h5"):
        import h5py

        run("compress", models / file, "-r", work / "nothing.yaml", "-o", work / "plain.npz")
        plain, found = numpy.load(work / "plain.npz"), {}
        with h5py.File(models / file) as source:
            weights = source["model_weights"]
            for layer in weights.attrs["layer_names"]:
                group = weights[layer]
                found |= {name.decode(): group[name][()] for name in group.attrs["weight_names"]}
        check(list(plain.files) == list(found), f"{file}: names and order of h5py")
        check(all(plain[name].tobytes() == found[name].tobytes() for name in found), f"{file}: bits of h5py")
    else:
        original = torch.load(models / file, "cpu", weights_only=False) if file != "distiller-resnet20.pth.tar" else None
        if isinstance(original, dict):
            original = original.get("state_dict", original)
            names = {name.removeprefix("module.") for name in original}
            check(names == set(loaded), f"{file}: names of the state dictionary")
    print(f"{file}: {len(loaded)} tensors")

print(f"{len(failures)} differ" if failures else "all alike")
sys.exit(bool(failures))
