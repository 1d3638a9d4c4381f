"""Writes safetensors files larger than memory should have to hold: layers | big | sparse.

    python make_large.py layers /tmp/layers.safetensors     4 GiB: 64 layers of 64 MiB
    python make_large.py big /tmp/big.safetensors           4 GiB: two layers of 1 GiB, eight of 256 MiB
    python make_large.py sparse /tmp/sparse.safetensors     14 GB: the tensors of a language model, all zero, a sparse file

Weights are float32 of a normal distribution (seed 1), in the sparse file bfloat16; `--scale 0.1` makes smaller files of the same kind.
"""

import argparse
import json

import numpy as np


def header(tensors, kind, size):
    described, offset = {}, 0
    for name, shape in tensors:
        count = size
        for extent in shape:
            count *= extent
        described[name] = {"dtype": kind, "shape": shape, "data_offsets": [offset, offset + count]}
        offset += count
    text = json.dumps(described, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text, offset


def language_model(blocks):
    tensors = [("model.embed_tokens.weight", [32000, 4096])]
    for block in range(blocks):
        name = f"model.layers.{block}"
        tensors += [(f"{name}.self_attn.{part}_proj.weight", [4096, 4096]) for part in "qkvo"]
        tensors += [(f"{name}.mlp.{part}_proj.weight", [11264, 4096]) for part in ("gate", "up")]
        tensors += [(f"{name}.mlp.down_proj.weight", [4096, 11264]), (f"{name}.input_layernorm.weight", [4096])]
    return tensors + [("lm_head.weight", [32000, 4096])]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=["layers", "big", "sparse"])
    parser.add_argument("path")
    parser.add_argument("--scale", type=float, default=1)
    options = parser.parse_args()
    scale = options.scale
    if options.kind == "sparse":
        head, size = header(language_model(max(1, round(33 * scale))), "BF16", 2)
        with open(options.path, "wb") as file:
            file.write(head)
            file.truncate(len(head) + size)
        return
    side = lambda extent: max(16, round(extent * scale**0.5))
    if options.kind == "layers":
        tensors = [(f"layer{index}.weight", [side(4096), side(4096)]) for index in range(64)]
    else:
        tensors = [(f"large{index}.weight", [side(16384), side(16384)]) for index in range(2)]
        tensors += [(f"middle{index}.weight", [side(8192), side(8192)]) for index in range(8)]
    head, _ = header(tensors, "F32", 4)
    random = np.random.default_rng(1)
    with open(options.path, "wb") as file:
        file.write(head)
        for _, (rows, columns) in tensors:
            for start in range(0, rows, 1024):
                rows_here = min(1024, rows - start)
                (random.standard_normal((rows_here, columns), dtype=np.float32) * np.float32(0.05)).tofile(file)


main()
