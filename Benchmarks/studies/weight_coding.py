"""Bits a weight at equal squared error: Pare's ways of sharing and coding weights beside NNCodec's.

    python weight_coding.py MODEL… [--pare .build/release/pare] [--work .build/coding] > weight_coding.md

NNCodec (2.1.3, ISO/IEC 15938-17) codes each weight tensor of two dimensions or more by itself, with its defaults but the quality
parameter; its own decoder tells the error. Where it is not installed, the figures it gave before are used, and said so. Pare's bits
are all bytes of the layers' entries. Its step is the same in all layers and chosen by halving, so that the total squared error is
NNCodec's; k-means takes the same number of clusters in every layer, and bits between two numbers follow from the error between them.
"""

import argparse
import json
import math
import pathlib
import subprocess
import tempfile

parser = argparse.ArgumentParser()
parser.add_argument("models", nargs="+")
parser.add_argument("--pare", default=".build/release/pare")
parser.add_argument("--work", default=".build/coding")
arguments = parser.parse_args()
work = pathlib.Path(arguments.work)
work.mkdir(parents=True, exist_ok=True)

# Total squared error and bits a weight of NNCodec 2.1.3 at each quality parameter.
KNOWN = {
    "resnet20": {-30: (2.218, 4.838), -24: (14.715, 3.503), -20: (53.648, 2.644)},
    "lenet5": {-30: (0.5256, 4.812), -24: (3.488, 3.439), -20: (12.485, 2.563)},
}


def nncodec(model):
    """Error and bits a weight at each quality parameter, measured where NNCodec and ONNX are installed."""
    try:
        import numpy
        import onnx
        import torch
        from nncodec.tensor import decode, encode
    except ImportError:
        return KNOWN.get(pathlib.Path(model).stem, {}), "known"
    arrays = [onnx.numpy_helper.to_array(tensor) for tensor in onnx.load(model).graph.initializer]
    arrays = [array for array in arrays if array.dtype == numpy.float32 and array.ndim >= 2]
    found = {}
    for quality in (-30, -24, -20):
        error = bits = 0
        for array in arrays:
            with tempfile.TemporaryDirectory() as folder:
                settings = {"qp": quality, "results": folder, "verbose": False, "tensor_id": "0"}
                stream = encode(torch.tensor(array), settings)
                bits += 8 * len(stream)
                decoded = numpy.asarray(decode(stream, "0"))
                error += float(((array.astype(numpy.float64) - decoded.reshape(array.shape)) ** 2).sum())
        found[quality] = (error, bits / sum(array.size for array in arrays))
    return found, "measured"


def pare(model, share, entropy):
    recipe = work / "recipe.yaml"
    recipe.write_text(f"pare: 1\nglobal: {{share: {{{share}}}, code: {{entropy: {entropy}}}}}\n")
    words = [arguments.pare, "estimate", model, "--recipe", str(recipe), "--json"]
    layers = json.loads(subprocess.run(words, check=True, capture_output=True).stdout)["layers"]
    layers = [layer for layer in layers if len(layer["shape"]) >= 2]
    return sum(l["squared_error"] for l in layers), 8 * sum(l["bytes"] for l in layers) / sum(l["weights"] for l in layers)


def on_grid(model, method, entropy, error):
    """Bits at the largest step whose error is not above the one wanted."""
    low, high = 1e-4, 10.0
    for _ in range(18):
        step = math.sqrt(low * high)
        if pare(model, f"init: {method}, step: {step:.6g}", entropy)[0] <= error:
            low = step
        else:
            high = step
    return pare(model, f"init: {method}, step: {low:.6g}", entropy)


def k_means(model, error):
    """Bits of k-means and Huffman at an error, between the two numbers of clusters around it."""
    few, many = 2, 4096
    while many - few > 1:
        middle = (few + many) // 2
        if pare(model, f"clusters: {middle}", "huffman")[0] > error:
            few = middle
        else:
            many = middle
    (more, fewer_bits), (less, more_bits) = (pare(model, f"clusters: {k}", "huffman") for k in (few, many))
    part = (math.log(more) - math.log(error)) / (math.log(more) - math.log(less))
    return fewer_bits + part * (more_bits - fewer_bits)


print("# Bits a weight at equal squared error\n")
print("Made by `python Benchmarks/studies/weight_coding.py " + " ".join(pathlib.Path(m).name for m in arguments.models) + "`.")
print("Bits of Pare are all bytes of the layers' entries; in brackets the ratio to NNCodec 2.1.3. *To k-means* is the ratio of the")
print("scalar quantizer with the context coder to k-means with Huffman, Deep Compression's way.\n")
print("| model | NNCodec's qp | squared error | NNCodec | scalar, context | trellis, context | k-means, Huffman | to k-means |")
print("|---|---|---|---|---|---|---|---|")
for model in arguments.models:
    found, source = nncodec(model)
    for quality, (error, bits) in found.items():
        scalar, trellis = (on_grid(model, method, "context", error)[1] for method in ("entropy", "trellis"))
        clustered = k_means(model, error)
        print(
            f"| {pathlib.Path(model).stem} | {quality} | {error:.5g} | {bits:.3f}{'' if source == 'measured' else ' (known)'} "
            f"| {scalar:.3f} ({scalar / bits:.3f}) | {trellis:.3f} ({trellis / bits:.3f}) | {clustered:.3f} "
            f"| {scalar / clustered:.3f} |", flush=True)
