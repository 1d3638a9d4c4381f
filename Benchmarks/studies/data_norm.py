"""Factors in the norm of what layers give on data beside those in the weights' own, at equal ranks.

    python data_norm.py MODEL DATA [--pare .build/release/pare] [--work .build/norms] [--reconstruct] [--once] > data_norm.md

MODEL is googlenet.onnx, DATA the folder of the data descriptions. Ranks are those of the smallest factors that hold a part of the weights'
energy. Half of the 250 images of `imagenet-dev-caffe.yaml` says what layers read (and is fitted to with --reconstruct), the other half
measures; both ways round, unless --once is given, and averaged.
"""

import argparse
import pathlib

import numpy

from command import json_of

parser = argparse.ArgumentParser()
parser.add_argument("model", type=pathlib.Path)
parser.add_argument("data", type=pathlib.Path)
parser.add_argument("--pare", default=".build/release/pare")
parser.add_argument("--work", type=pathlib.Path, default=pathlib.Path(".build/norms"))
parser.add_argument("--reconstruct", action="store_true")
parser.add_argument("--once", action="store_true")
arguments = parser.parse_args()
arguments.work.mkdir(parents=True, exist_ok=True)

pare = json_of(arguments.pare)


def halves():
    images = numpy.load(arguments.data / "imagenet" / "dev250.npz")
    files = []
    for half in (0, 1):
        numpy.savez(arguments.work / f"half{half}.npz", x=images["x"][half::2], y=images["y"][half::2])
        file = arguments.work / f"half{half}.yaml"
        file.write_text(f"kind: npz\nimages: half{half}.npz\nlayout: nhwc\nchannels: bgr\nmean: [104, 117, 123]\n")
        files.append(file)
    return files


def recipe(lines, name):
    file = arguments.work / f"{name}.yaml"
    file.write_text("\n".join(["pare: 1", *lines]) + "\n")
    return file


def ranks(energy):
    rules = recipe([f"types: {{Conv: {{factorize: {{ranks: {{energy: {energy}}}}}}}}}"], "energy")
    layers = pare("estimate", arguments.model, "--recipe", rules)["layers"]
    return {layer["name"]: layer["ranks"] for layer in layers if layer.get("ranks")}


def measured(chosen, norm, calibration, test):
    lines = ["layers:"]
    for name, pair in chosen.items():
        lines.append(f'  "{name}": {{factorize: {{ranks: {pair[0] if len(pair) == 1 else pair}, norm: {norm}}}}}')
    if arguments.reconstruct:
        lines.append("reconstruct: {samples: 125, ridge: 0.001, seed: 0}")
    file = arguments.work / "factors.pare"
    report = pare("compress", arguments.model, "--recipe", recipe(lines, "factors"), "--data", calibration, "-o", file)
    metrics = {metric["metric"]: metric for metric in pare("evaluate", file, "--original", arguments.model, "--data", test)["metrics"]}
    return report, 100 * metrics["top1"]["difference"], metrics["cross_entropy"]["difference"]


def main():
    first, second = halves()
    print("# Factors in the data's norm\n")
    print("Made by `python Benchmarks/studies/data_norm.py MODEL DATA" + (" --reconstruct" if arguments.reconstruct else "")
          + (" --once" if arguments.once else "") + "`.\n")
    print("| ranks of | norm | change of top-1 | rise of cross-entropy |")
    print("|---|---|---|---|")
    for energy in (0.8, 0.85, 0.9, 0.95):
        chosen = ranks(energy)
        for norm in ("weights", "data"):
            ways = [(first, second)] if arguments.once else [(first, second), (second, first)]
            found = [measured(chosen, norm, *way) for way in ways]
            top = sum(top for _, top, _ in found) / len(found)
            loss = sum(loss for _, _, loss in found) / len(found)
            print(f"| {100 * energy:.0f} % | {norm} | {top:+.1f} | {loss:+.3f} |", flush=True)


main()
