"""Writes Tests/Squeeze/StructureTests/Goldens/filter_scores.json: filters' importance by numpy.

Each case is a group: the tensors of its producers with the axis along which its filters lie, and for each index of that axis
the filter it belongs to. l1 is the sum of magnitudes, l2 the Euclidean norm, median the sum of Euclidean distances to the
other filters; a group's score is the sum over its producers.
"""

import json

import numpy as np

from support.places import goldens


def weights(shape, seed):
    index = np.arange(np.prod(shape), dtype=np.int64)
    values = ((index * 48271 + 7919 * (seed + 1)) % 65521) / 32760.5 - 1
    return values.astype(np.float32).reshape(shape).astype(np.float64)


def filters(tensor, axis, owners):
    moved = np.moveaxis(tensor, axis, 0).reshape(tensor.shape[axis], -1)
    count = max(owners) + 1
    return np.stack([np.concatenate([moved[i] for i, o in enumerate(owners) if o == c]) for c in range(count)])


cases = {
    "conv": [((20, 4, 3, 3), 0, list(range(20)))],
    "conv, wide": [((40, 64, 3, 3), 0, list(range(40)))],
    "transposed": [((4, 6, 3, 3), 1, list(range(6)))],
    "product": [((70, 37), 1, list(range(37)))],
    "joined": [((6, 3, 1, 1), 0, list(range(6))), ((6, 5, 3, 3), 0, list(range(6)))],
    "grouped": [((8, 2, 3, 3), 0, [0, 1, 2, 3] * 2)],
    "recurrent": [((2, 20, 7), 1, list(range(5)) * 4), ((2, 20, 5), 1, list(range(5)) * 4)],
}
results = []
for name, producers in cases.items():
    scores = {"l1": 0, "l2": 0, "median": 0}
    for seed, (shape, axis, owners) in enumerate(producers):
        rows = filters(weights(shape, seed), axis, owners)
        scores["l1"] = scores["l1"] + np.abs(rows).sum(1)
        scores["l2"] = scores["l2"] + np.sqrt((rows**2).sum(1))
        scores["median"] = scores["median"] + np.linalg.norm(rows[:, None] - rows[None], axis=2).sum(1)
    results.append({
        "name": name, "shapes": [list(p[0]) for p in producers],
        **{key: [float(f"{v:.9g}") for v in value] for key, value in scores.items()}})
target = goldens("Squeeze/StructureTests") / "filter_scores.json"
target.write_text("[\n" + ",\n".join(json.dumps(result) for result in results) + "\n]\n")
