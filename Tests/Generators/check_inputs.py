"""Compares what pare says of networks with token ids, masks and images from an NPZ with ONNX Runtime.

    check_inputs.py PARE [FOLDER]

BERT-, GPT-2- and ViT-shaped networks of random weights are exported by both of PyTorch's exporters, with a fixed and with an open
batch. Each is compressed under recipes that prune, share and either take filters or factorize; the ONNX file that `pare compress` writes
runs in ONNX Runtime on the same arrays as the original, and the ratio of the outputs' power to that of the difference is compared with
what `pare evaluate` tells of each output.
"""

import json
import pathlib
import subprocess
import sys
import tempfile
import warnings

import numpy as np
import onnxruntime
import torch
from torch import nn

TOLERANCE = 0.1
SAMPLES = 24

RECIPES = {
    "prune": "global: {prune: {sparsity: 0.5}}",
    "share": "global: {share: {clusters: 12}}",
    "filters": "global: {filters: {fraction: 0.75}, prune: {sparsity: 0.2}}",
    "factors": "global: {factorize: {ranks: {energy: 0.9}}}",
}


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.before, self.between = nn.LayerNorm(width), nn.LayerNorm(width)
        self.packed, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.wide, self.narrow = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x, mask):
        n, t, c = x.shape
        q, k, v = self.packed(self.before(x)).split(c, dim=2)
        q, k, v = (y.view(n, t, self.heads, c // self.heads).transpose(1, 2) for y in (q, k, v))
        scores = q @ k.transpose(-2, -1) / (c // self.heads) ** 0.5
        if mask is not None:
            scores = scores + mask
        x = x + self.out((scores.softmax(-1) @ v).transpose(1, 2).reshape(n, t, c))
        return x + self.narrow(nn.functional.gelu(self.wide(self.between(x))))


class BERT(nn.Module):
    def __init__(self, vocabulary=300, width=32, length=24):
        super().__init__()
        self.words, self.places, self.types = nn.Embedding(vocabulary, width), nn.Embedding(length, width), nn.Embedding(2, width)
        self.norm = nn.LayerNorm(width)
        self.blocks = nn.ModuleList(Block(width, 4) for _ in range(2))
        self.pooler = nn.Linear(width, width)

    def forward(self, input_ids, attention_mask, token_type_ids):
        places = torch.arange(input_ids.shape[1], device=input_ids.device)
        x = self.norm(self.words(input_ids) + self.places(places) + self.types(token_type_ids))
        mask = (1.0 - attention_mask[:, None, None, :].to(x.dtype)) * -10000.0
        for block in self.blocks:
            x = block(x, mask)
        return x, torch.tanh(self.pooler(x[:, 0]))


class GPT2(nn.Module):
    def __init__(self, vocabulary=300, width=32, length=24):
        super().__init__()
        self.words, self.places = nn.Embedding(vocabulary, width), nn.Embedding(length, width)
        self.blocks = nn.ModuleList(Block(width, 4) for _ in range(2))
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, vocabulary, bias=False)
        self.head.weight = self.words.weight
        self.register_buffer("causal", torch.full((length, length), -10000.0).triu(1))

    def forward(self, input_ids):
        t = input_ids.shape[1]
        x = self.words(input_ids) + self.places(torch.arange(t, device=input_ids.device))
        for block in self.blocks:
            x = block(x, self.causal[:t, :t])
        return self.head(self.norm(x))


class ViT(nn.Module):
    def __init__(self, side=32, patch=8, width=32, classes=10):
        super().__init__()
        self.patches = nn.Conv2d(3, width, patch, patch)
        self.token = nn.Parameter(torch.randn(1, 1, width) * 0.5)
        self.places = nn.Parameter(torch.randn(1, (side // patch) ** 2 + 1, width) * 0.5)
        self.blocks = nn.ModuleList(Block(width, 4) for _ in range(2))
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, classes)

    def forward(self, pixel_values):
        x = self.patches(pixel_values).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], 1) + self.places
        for block in self.blocks:
            x = block(x, None)
        return self.head(self.norm(x)[:, 0])


def networks():
    random = np.random.default_rng(5)
    ids = random.integers(0, 300, (SAMPLES, 16))
    mask = (np.arange(16) < random.integers(6, 17, (SAMPLES, 1))).astype(np.int64)
    types = (np.arange(16) >= random.integers(4, 12, (SAMPLES, 1))).astype(np.int64)
    pixels = random.normal(size=(SAMPLES, 3, 32, 32)).astype(np.float32)
    torch.manual_seed(1)
    yield "bert", BERT(), {"input_ids": ids, "attention_mask": mask, "token_type_ids": types}, ["last_hidden_state", "pooled"], 1
    yield "gpt2", GPT2(), {"input_ids": ids}, ["logits"], 1
    yield "vit", ViT(), {"pixel_values": pixels}, ["logits"], None


def export(network, arrays, outputs, time_axis, dynamo, is_open, path):
    names = list(arrays)
    sample = tuple(torch.from_numpy(arrays[name][: 2 if is_open else 1].copy()) for name in names)
    options = {}
    if is_open and dynamo:
        batch, length = torch.export.Dim("batch"), torch.export.Dim("length", min=2, max=24)
        options["dynamic_shapes"] = tuple({0: batch} | ({1: length} if time_axis else {}) for _ in names)
    elif is_open:
        options["dynamic_axes"] = {name: {0: "batch"} | ({1: "length"} if time_axis else {}) for name in names}
        options["dynamic_axes"] |= {name: {0: "batch"} for name in outputs}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network.eval(), sample, str(path), input_names=names, output_names=outputs, dynamo=dynamo, verbose=False,
            **({} if dynamo else {"opset_version": 17}), **options)


def run(path, arrays):
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    batch = session.get_inputs()[0].shape[0]
    size = batch if isinstance(batch, int) else SAMPLES
    parts = [
        session.run(None, {name: array[start : start + size] for name, array in arrays.items()})
        for start in range(0, SAMPLES, size)
    ]
    return [np.concatenate(part) for part in zip(*parts)]


def decibels(original, changed):
    original, changed = original.astype(np.float64), changed.astype(np.float64)
    return 10 * np.log10((original**2).sum() / ((original - changed) ** 2).sum())


def main(pare, folder):
    wrong = 0
    print(f"{'network':8} {'exporter':12} {'batch':6} {'recipe':8} {'output':18} {'ORT':>8} {'pare':>8}")
    for name, network, arrays, outputs, time_axis in networks():
        data = folder / f"{name}.npz"
        np.savez(data, **arrays)
        for dynamo in (False, True):
            for is_open in (False, True):
                path = folder / f"{name}-{'dynamo' if dynamo else 'script'}-{'open' if is_open else 'fixed'}.onnx"
                export(network, arrays, outputs, time_axis, dynamo, is_open, path)
                original = run(path, arrays)
                for recipe, text in RECIPES.items():
                    yaml, small = folder / f"{recipe}.yaml", folder / f"{path.stem}-{recipe}.onnx"
                    yaml.write_text(f"pare: 1\n{text}\n")
                    command = [pare, "evaluate", path, "-r", yaml, "--data", data, "--json"]
                    told = subprocess.run(command, capture_output=True, text=True)
                    written = subprocess.run(
                        [pare, "compress", path, "-r", yaml, "-o", small], capture_output=True, text=True)
                    title = f"{name:8} {'dynamo' if dynamo else 'TorchScript':12} {'open' if is_open else 'fixed':6} {recipe:8}"
                    if told.returncode or written.returncode:
                        print(title, told.stderr.strip(), written.stderr.strip())
                        wrong += 1
                        continue
                    report = json.loads(told.stdout)
                    for (output, before), after in zip(zip(outputs, original), run(small, arrays)):
                        found = next(o["sqnr_db"] for o in report["outputs"] if o["name"] == output)
                        expected = decibels(before, after)
                        fits = found is not None and abs(found - expected) < TOLERANCE and report["samples"] == SAMPLES
                        wrong += not fits
                        shown = "equal" if found is None else f"{found:8.2f}"
                        print(f"{title} {output:18} {expected:8.2f} {shown:>8}{'' if fits else '   WRONG'}")
    print(f"{wrong} wrong" if wrong else "all equal")
    return 1 if wrong else 0


if __name__ == "__main__":
    pare = sys.argv[1]
    if len(sys.argv) > 2:
        sys.exit(main(pare, pathlib.Path(sys.argv[2])))
    with tempfile.TemporaryDirectory() as folder:
        sys.exit(main(pare, pathlib.Path(folder)))
