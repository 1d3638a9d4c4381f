"""Writes Tests/Squeeze/CompressionTests/Goldens/streams.json: layers of sample weights under plans, by support/layer_streams.py.

Weights come from seeds (support/sample_weights.py). Each case also walks its weights position by position for every gap width and
checks the entries against the vectorised count.
"""

import json

import numpy as np

from support.layer_streams import Layer, huffman
from support.places import goldens
from support.sample_weights import KINDS, sample


def walked(weights, threshold, gap_bits):
    """Gaps and fillers, one weight after another."""
    gaps, fillers, last = [], 0, -1
    for position, weight in enumerate(weights):
        if abs(float(weight)) < threshold or weight == 0:
            continue
        distance = position - last
        last = position
        while distance > 1 << gap_bits:
            gaps.append((1 << gap_bits) - 1)
            fillers += 1
            distance -= 1 << gap_bits
        gaps.append(distance - 1)
    return gaps, fillers


RULES = [None, {"sparsity": 0.5}, {"sparsity": 0.9}, {"sparsity": 0.995}, {"sparsity": 1.0}, {"sigma": 1.25}, {"threshold": 0.05}]
SHARES = [None, 1, 2, 16, 200, 65535]
cases = []
seed = 0
for kind in KINDS:
    for count in (1, 700, 60_000):
        for _ in range(5 if count == 700 else 3):
            seed += 1
            rule, clusters = RULES[seed % len(RULES)], SHARES[seed * 5 % 6 if seed % 3 else 3]
            share = clusters and {"clusters": clusters, "init": ("linear", "density")[seed % 2]}
            if kind == "patterns":
                # Over seventy orders of magnitude it is the order of summation that decides where k-means comes to rest.
                share = None
            entropy = ("huffman", "huffman", "huffman", "none")[seed % 4]
            weights = sample(kind, count, seed)
            plan = {"prune": rule, "share": share, "code": {"entropy": entropy}}
            layer = Layer(weights, [count], plan)
            widths = []
            for gap_bits in range(1, 17):
                account = layer.account("sparse", gap_bits)
                gaps, fillers = walked(weights, layer.threshold, gap_bits)
                bits = huffman(np.bincount(gaps))[0] if gaps else 0
                assert account["fillers"] == fillers
                assert account["gaps"] == (bits if entropy == "huffman" else len(gaps) * gap_bits)
                widths.append([account[key] for key in ("fillers", "codes", "gaps", "tables", "bytes")])
            chosen = layer.chosen()
            cases.append({
                "kind": kind, "count": count, "seed": seed, "prune": rule, "share": share, "entropy": entropy,
                "threshold": layer.threshold, "nonzeros": layer.nonzeros, "squaredError": layer.squared_error,
                "clusters": None if layer.centroids is None else len(layer.centroids),
                # Beyond a few dozen, the squared error and the code's bits tell of them all.
                "centroids": layer.centroids.tolist() if layer.centroids is not None and len(layer.centroids) <= 16 else None,
                "sparse": widths, "denseBytes": layer.account("dense")["bytes"], "rawBytes": layer.account("raw")["bytes"],
                "layout": chosen["layout"], "gapBits": chosen["gap_bits"], "bytes": chosen["bytes"],
            })
target = goldens("Squeeze/CompressionTests") / "streams.json"
lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
target.write_text(f"[\n{lines}\n]\n")
