"""Exports the architectures of `exports` through both of PyTorch's exporters, with fixed and with symbolic batch.

    python make_exports.py                                           a few small ones: Tests/Quality/ReconstructionTests/Goldens/exports
    python make_exports.py FOLDER [--only resnet18,lstm] [--opsets]  all of them, what is there already left as it is

FOLDER gets NAME.EXPORTER.BATCH.onnx, with --opsets NAME.EXPORTER.symbolic.opsetN.onnx of some, and NAME.npz and NAME.calibration.npz: seeded
inputs, named as the network's. EXPORTER is dynamo (torch.onnx.export as it comes), script (dynamo=False) or, of one
network, tf2onnx (written here as that writes it). Every file is run in ONNX Runtime and
must say what PyTorch says. The small ones are bare of what tells where a node came from.
"""

import argparse
import contextlib
import io
import logging
import pathlib
import sys
import time
import warnings

import numpy
import onnx
import onnxruntime
import torch

from exports import ARCHITECTURES
from exports.tiny import TINY
from support.places import goldens

EXPORTERS = ("dynamo", "script")
BATCHES = ("fixed", "symbolic")
OPSETS = {"script": range(11, 21), "dynamo": range(18, 26)}
# torch.nn.functional.scaled_dot_product_attention is exported from 14 on.
FIRST_OPSET = {"transformer": 14}
OF_ALL_OPSETS = ("resnet18", "mobilenet-v3", "lstm", "u-net", "transformer", "whisper")


def export(architecture, exporter, batch, path, opset=None):
    module = architecture.module()
    samples = architecture.fixed if batch == "fixed" else 2
    tensors = architecture.tensors(samples)
    if exporter == "tf2onnx":
        onnx.save(architecture.written(module, samples if batch == "fixed" else None), path)
        return agree(architecture, module, path, samples if batch == "fixed" else 3)
    axes = {name: dict(architecture.symbols.get(name, {})) for name in tensors}
    if batch == "symbolic":
        for named in axes.values():
            named[0] = "batch"
    arguments = {"input_names": list(tensors), "output_names": list(architecture.outputs), "dynamo": exporter == "dynamo"}
    if opset:
        arguments["opset_version"] = opset
    if exporter == "dynamo":
        arguments |= {"external_data": False, "verbose": False}
        if any(axes.values()):
            arguments["dynamic_shapes"] = tuple({axis: torch.export.Dim.DYNAMIC for axis in named} for named in axes.values())
    else:
        arguments["dynamic_axes"] = axes
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        torch.onnx.export(module, tuple(tensors.values()), str(path), **arguments)
    agree(architecture, module, path, samples if batch == "fixed" else 3)


def bare(path):
    """Leaves out what tells where a node came from, the most of a small file."""
    model = onnx.load(path)
    model.doc_string = ""
    for part in [model, model.graph, *model.graph.node, *model.graph.initializer, *model.graph.value_info, *model.graph.input,
                 *model.graph.output]:
        part.ClearField("metadata_props")
        if hasattr(part, "doc_string"):
            part.ClearField("doc_string")
    del model.graph.value_info[:]
    onnx.save(model, path)


def agree(architecture, module, path, samples):
    arrays = architecture.arrays(samples, seed=3)
    with torch.no_grad():
        expected = module(*(torch.from_numpy(a) for a in arrays.values())).numpy()
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    try:
        found, = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"]).run(None, arrays)
    except Exception as problem:
        print(f"  {path.name}: ONNX Runtime does not run it: {str(problem)[:200]}")
        return
    difference = numpy.abs(found - expected).max() / numpy.abs(expected).max()
    if not difference < 1e-3:
        raise SystemExit(f"{path.name}: ONNX Runtime differs from PyTorch by {difference}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=pathlib.Path)
    parser.add_argument("--only")
    parser.add_argument("--opsets", action="store_true", help="write some networks in all opsets, too")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    torch.set_num_threads(1)
    tiny = options.folder is None
    folder = goldens("Quality/ReconstructionTests") / "exports" if tiny else options.folder
    folder.mkdir(parents=True, exist_ok=True)
    failed = 0
    for architecture in TINY if tiny else ARCHITECTURES:
        if options.only and architecture.name not in options.only.split(","):
            continue
        if not tiny:
            numpy.savez(folder / f"{architecture.name}.npz", **architecture.arrays())
            numpy.savez(folder / f"{architecture.name}.calibration.npz", **architecture.arrays(architecture.calibration, seed=8))
        variants = [(e, b, None) for e in EXPORTERS + (("tf2onnx",) if architecture.written else ()) for b in BATCHES]
        if options.opsets and architecture.name in OF_ALL_OPSETS:
            variants += [(e, "symbolic", n) for e in EXPORTERS for n in OPSETS[e]
                         if n >= FIRST_OPSET.get(architecture.name, 0)]
        for exporter, batch, opset in variants:
            path = folder / ".".join([architecture.name, exporter, batch] + ([f"opset{opset}"] if opset else []) + ["onnx"])
            if path.exists() and not tiny:
                continue
            begin = time.monotonic()
            try:
                export(architecture, exporter, batch, path, opset)
                if tiny:
                    bare(path)
                print(f"{path.name}: {path.stat().st_size:,} bytes, {time.monotonic() - begin:.1f} s", flush=True)
            except Exception as problem:
                failed += 1
                path.unlink(missing_ok=True)
                reason = (str(problem).strip() or "?").splitlines()[0][:200]
                print(f"{path.name}: {type(problem).__name__}: {reason}", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
