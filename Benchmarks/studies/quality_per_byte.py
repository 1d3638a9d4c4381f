"""Bytes at equal quality: Pare's values decided with error feedback beside NNCodec's, both as whole entries or streams of the layers.

    python quality_per_byte.py NETWORK… [--models FOLDER] [--data FOLDER] [--pare .build/release/pare] [--work .build/quality] > quality_per_byte.md

For each network Pare compresses with one price of a bit in all layers (`share: {lambda: …, init: trellis}`, the context coder, `reconstruct`) at
five prices, and NNCodec (2.1.3, ISO/IEC 15938-17) codes each weight tensor of two dimensions or more by itself, with its defaults but the
quality parameter. Pare is measured by `pare evaluate` on samples that it did not look at; where there is one small set of data, twice with other draws, and the
two are averaged. NNCodec looks at no samples and is measured on all. At each quality that NNCodec reaches, Pare's bytes are interpolated
(the logarithm of bytes, linear in the quality) and divided by NNCodec's.
"""

import argparse
import json
import math
import pathlib
import subprocess

# Network: data that calibrates, data that tests (None: the other half of the first), samples, prices of a bit, NNCodec's parameters.
NETWORKS = {
    "resnet20": ("cifar10-train.yaml", "cifar10-test.yaml", 1024, (7e-7, 1.4e-6, 2.5e-6, 4e-6, 7e-6), (-27, -26, -25, -24, -22)),
    "resnet56": ("cifar10-train.yaml", "cifar10-test.yaml", 1024, (2e-7, 4e-7, 8e-7, 1.4e-6, 2.4e-6), (-28, -27, -26, -25, -24)),
    "lenet5": ("mnist-test-32.yaml", None, 1024, (2e-8, 6e-8, 2e-7, 6e-7, 2e-6), (-22, -18, -16, -14, -12)),
    "mobilenet-025": ("imagenet-dev-mobilenet.yaml", None, 125, (2e-8, 4e-8, 8e-8, 1.6e-7, 3.2e-7), (-38, -36, -34, -32, -30)),
    "googlenet": ("imagenet-dev-caffe.yaml", None, 125, (1.3e-8, 2.5e-8, 4.5e-8, 8e-8, 1.4e-7), (-28, -26, -24, -22, -20)),
    "char-rnn": ("shakespeare.yaml", None, 1024, (5e-8, 1.6e-7, 5e-7, 1e-6, 2e-6), (-24, -22, -20, -18, -16)),
    "dcgan-generator": ("random", "random", 256, (1e-8, 3e-8, 1e-7, 3e-7, 1e-6), (-26, -24, -22, -20, -18)),
}

parser = argparse.ArgumentParser()
parser.add_argument("networks", nargs="+")
parser.add_argument("--models", default="../shared/models")
parser.add_argument("--data", default="../shared/data")
parser.add_argument("--pare", default=".build/release/pare")
parser.add_argument("--work", default=".build/quality")
arguments = parser.parse_args()
work = pathlib.Path(arguments.work)
work.mkdir(parents=True, exist_ok=True)


def run(*words):
    result = subprocess.run([arguments.pare, *map(str, words)], capture_output=True, text=True)
    if result.returncode != 0:
        raise SystemExit(f"pare {' '.join(map(str, words))}: {result.stderr.strip()}")
    return json.loads(result.stdout) if "--json" in words else None


def measured(file, model, data):
    """The change of accuracy in points (nil without labels), and the rise of the loss: cross-entropy, bits, or the Fréchet distance."""
    words = ["evaluate", file, "--original", model, "--json"] + ([] if data is None else ["--data", data])
    metrics = {metric["metric"]: metric for metric in run(*words)["metrics"]}
    if "frechet_distance" in metrics:
        return None, metrics["frechet_distance"]["value"]
    rises = [metrics[name]["difference"] for name in ("cross_entropy", "bits_per_character", "bits_per_symbol") if name in metrics]
    top = metrics.get("top1", {}).get("difference")
    return None if top is None else 100 * top, rises[0] if rises else None


def pare(name, model, calibration, test, samples, price, seed):
    recipe = work / f"{name}.yaml"
    recipe.write_text(
        f"pare: 1\nglobal:\n  share: {{lambda: {price}, init: trellis}}\n  code: {{entropy: context}}\n  rest: {{bits: 16}}\n"
        f"reconstruct: {{samples: {samples}, ridge: 0.001, seed: {seed}}}\n")
    file = work / f"{name}.pare"
    words = ["compress", model, "--recipe", recipe, "-o", file, "--json"]
    if calibration is not None:
        words += ["--calibration", calibration]
    made = run(*words)
    return sum(layer["bytes"] for layer in made["layers"]), measured(file, model, test)


def nncodec(name, model, test, quality):
    import numpy
    import onnx
    import torch
    from nncodec.tensor import decode, encode

    network = onnx.load(model)
    total = 0
    folder = work / "nncodec"
    folder.mkdir(exist_ok=True)
    for tensor in network.graph.initializer:
        array = onnx.numpy_helper.to_array(tensor)
        if array.dtype != numpy.float32 or array.ndim < 2:
            continue
        stream = encode(torch.tensor(array), {"qp": quality, "results": str(folder), "verbose": False, "tensor_id": "0"})
        total += len(stream)
        decoded = numpy.asarray(decode(stream, "0"), dtype=numpy.float32).reshape(array.shape)
        tensor.CopyFrom(onnx.numpy_helper.from_array(decoded, tensor.name))
    file = work / f"{name}.onnx"
    onnx.save(network, file)
    return total, measured(file, model, test)


def interpolated(points, wanted):
    """Bytes at a quality between two points' (bytes, loss), or nothing outside of them."""
    points = sorted(points)
    for (more, low), (less, high) in zip(points[1:], points):
        if low <= wanted <= high and high > low:
            part = (wanted - low) / (high - low)
            return math.exp(math.log(more) + part * (math.log(less) - math.log(more)))
    return None


def main():
    print("# Bytes at equal quality\n")
    print("Made by `python Benchmarks/studies/quality_per_byte.py " + " ".join(arguments.networks) + "`.\n")
    print("| network | codec | setting | bytes of the layers | change of top-1 | rise of the loss | Pare's bytes at that loss | ratio |")
    print("|---|---|---|---|---|---|---|---|")
    for name in arguments.networks:
        calibrating, testing, samples, prices, qualities = NETWORKS[name]
        folder = pathlib.Path(arguments.data)
        model = pathlib.Path(arguments.models) / f"{name}.onnx"
        calibration = None if calibrating == "random" else folder / calibrating
        test = calibration if testing is None else None if testing == "random" else folder / testing
        seeds = (0, 1) if testing is None else (0,)
        ours = []
        for price in prices:
            found = [pare(name, model, calibration, test, samples, price, seed) for seed in seeds]
            size = sum(bytes for bytes, _ in found) / len(found)
            top, loss = (
                None if found[0][1][i] is None else sum(quality[i] for _, quality in found) / len(found) for i in (0, 1))
            ours.append((size, loss))
            print(f"| {name} | Pare | {price:g} | {size:,.0f} | {shown(top, 1)} | {shown(loss, 3)} | | |", flush=True)
        for quality in qualities:
            size, (top, loss) = nncodec(name, model, test, quality)
            own = interpolated(ours, loss)
            print(
                f"| {name} | NNCodec | {quality} | {size:,} | {shown(top, 1)} | {shown(loss, 3)} | "
                f"{'outside' if own is None else f'{own:,.0f}'} | {'' if own is None else f'{own / size:.2f}'} |", flush=True)


def shown(value, digits):
    return "" if value is None else f"{value:+.{digits}f}"


main()
