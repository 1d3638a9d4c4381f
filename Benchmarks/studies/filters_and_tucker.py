"""Filters alone, Tucker alone, and both, brought back: GoogLeNet by reconstruction, a small Inception network by fine-tuning.

    python filters_and_tucker.py DATA googlenet MODEL [--pare .build/release/pare] [--work .build/structure]
    python filters_and_tucker.py DATA inception-small

DATA is the folder of the data descriptions. GoogLeNet's weights are fitted to its own outputs on the first half of
`imagenet-dev-caffe.yaml`, and its accuracy is that of the second half. The small Inception network is trained from nothing on
`cifar10-train.yaml` with the seed below and fine-tuned there; its accuracy is that of `cifar10-test.yaml`. Writes
`Benchmarks/results/STUDY.json`, which `draw_results.py` draws.
"""

import argparse
import json
import math
import pathlib

from command import json_of

parser = argparse.ArgumentParser()
parser.add_argument("data", type=pathlib.Path)
parser.add_argument("study", choices=["googlenet", "inception-small"])
parser.add_argument("model", nargs="?")
parser.add_argument("--pare", default=".build/release/pare")
parser.add_argument("--work", type=pathlib.Path, default=pathlib.Path(".build/structure"))
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--epochs", type=int, default=6)
# One thread, so that studies run side by side; other numbers of threads add in other orders.
parser.add_argument("--threads", type=int, default=1)
arguments = parser.parse_args()
training = ["--seed", arguments.seed, "--threads", arguments.threads]
arguments.work.mkdir(parents=True, exist_ok=True)
out = pathlib.Path(__file__).parents[1] / "results" / f"{arguments.study}.json"
out.parent.mkdir(exist_ok=True)

pare = json_of(arguments.pare)


def ranks(layer, share, kept):
    """Ranks that are a share of the channels; of 1 × 1 windows, of the rank at which factors are as large as the layer."""
    out_count, in_count, *window = layer["shape"]
    out_count = math.ceil(kept * out_count)
    in_count = in_count if in_count <= 4 else math.ceil(kept * in_count)
    if math.prod(window) == 1:
        return str(max(1, int(share * out_count * in_count / (out_count + in_count))))
    inner = in_count if in_count <= 4 else max(1, math.ceil(share * in_count))
    return f"[{max(1, math.ceil(share * out_count))}, {inner}]"


def recipe(model, kept, share, reconstructs=False, by="l1", energy=None):
    """Filters by `by`, and ranks: a share of the channels, or the smallest factors that hold a part of the energy."""
    rules = [f"filters: {{fraction: {kept}, by: {by}}}"] if kept else []
    rules += [f"factorize: {{ranks: {{energy: {energy}}}}}"] if energy else []
    lines = ["pare: 1"] + ([f"types: {{Conv: {{{', '.join(rules)}}}}}"] if rules else [])
    if share:
        lines.append("layers:")
        for layer in pare("inspect", model)["layers"]:
            if layer["op"] == "Conv":
                lines.append(f"  {json.dumps(layer['name'])}: {{factorize: {{ranks: {ranks(layer, share, kept or 1)}}}}}")
    if reconstructs:
        lines.append("reconstruct: {samples: 125, ridge: 0.01}")
    path = arguments.work / f"{arguments.study}-{kept}-{share or energy}.yaml"
    path.write_text("\n".join(lines) + "\n")
    return path


def row(kept, share, recovered, sizes, quality):
    """`share`: of the ranks, or of the energy."""
    made = {
        "filters": f"{kept:.0%}" if kept else "all", "ranks": f"{share:.0%}" if share else "whole", "recovered": recovered,
        "parameters": sizes["parameters_after"], "macs": sizes["macs_after"], "bytes": 4 * sizes["parameters_after"],
        "value": quality["value"], "ci95": quality["ci95"]}
    print(made, flush=True)
    return made


def googlenet():
    data = arguments.data / "imagenet-dev-caffe.yaml"
    rows = []
    configurations = [(None, None)]
    configurations += [(kept, None) for kept in (0.97, 0.95, 0.9, 0.85)]
    configurations += [(None, energy) for energy in (0.95, 0.9, 0.85, 0.8)]
    configurations += [(kept, energy) for kept in (0.97, 0.95) for energy in (0.95, 0.9, 0.85)]
    for kept, energy in configurations:
        # Where nothing was taken nothing is fitted: the original on the same half.
        path = recipe(arguments.model, kept, None, True, "l2", energy)
        sizes = pare("estimate", arguments.model, "-r", path)
        quality = pare("evaluate", arguments.model, "--data", data, "-r", path, "--calibration-share", 0.5)
        rows.append(row(kept, energy, bool(kept or energy), sizes, quality))
        keep(
            rows, "Nothing is trained: after the same fraction of filters (by their L2 norm) went from every convolution, and ranks were cut to "
            "those of the smallest factors that hold a part of the energy, the weights that are left are fitted to the original "
            "layers' outputs on the first 125 images; accuracy is that of the other 125.")


def inception():
    train, test = arguments.data / "cifar10-train.yaml", arguments.data / "cifar10-test.yaml"
    model = arguments.work / "inception-small.onnx"
    if not model.exists():
        pare("train", "inception-small", "--data", train, "-o", model, *training)
    rows = []
    configurations = [(None, None), (0.75, None), (0.6, None), (0.5, None), (None, 0.6), (None, 0.45), (None, 0.3)]
    configurations += [(0.75, 0.6), (0.75, 0.45), (0.6, 0.45)]
    for kept, share in configurations:
        path = recipe(model, kept, share)
        sizes = pare("estimate", model, "-r", path)
        if not kept and not share:
            rows.append(row(kept, share, False, sizes, pare("evaluate", model, "--data", test)))
            continue
        tuned = arguments.work / f"inception-{kept}-{share}.onnx"
        pare("finetune", model, "--data", train, "-r", path, "-o", tuned, "--epochs", arguments.epochs, "--flip", "--shift", 2,
             *training)
        rows.append(row(kept, share, True, sizes, pare("evaluate", tuned, "--data", test)))
        keep(
            rows, f"Trained from nothing on 10,000 images with the seed {arguments.seed}, compressed, and fine-tuned for {arguments.epochs} "
            "epochs; accuracy is that of the 2,000 test images.")


def keep(rows, says):
    out.write_text(json.dumps({"says": says, "rows": rows}, indent=1, ensure_ascii=False) + "\n")


googlenet() if arguments.study == "googlenet" else inception()
