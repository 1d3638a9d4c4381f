"""Writes Tests/Squeeze/CompressionTests/Goldens/clustering.json: squared errors that kmeans1d and scikit-learn reach on Laplace weights.

kmeans1d finds the optimum; scikit-learn runs Lloyd's algorithm from a linear start until the assignment no longer changes. Both
see every weight on its own.
"""

import json

import kmeans1d
import numpy as np
from sklearn.cluster import KMeans

from support.places import goldens
from support.sample_weights import laplace

results = []
for count, k, seed, center in (
    (1_000, 8, 1, 0), (100_000, 256, 2, 0), (1_000_000, 32, 3, 0), (4_000, 16, 7, 100), (80_000, 64, 8, 100),
):
    weights = laplace(count, seed)
    if center:  # closer to each other than a bfloat16 is to the next
        weights = np.float32(center) + np.float32(0.05) * weights.astype(np.float32)
    weights = weights.astype(np.float64)
    clusters, centroids = kmeans1d.cluster(weights.tolist(), k)
    error = float(((weights - np.asarray(centroids)[clusters]) ** 2).sum())
    results.append({"method": "optimal", "count": count, "clusters": k, "seed": seed, "center": center, "squaredError": error})
    print(results[-1], flush=True)
for count, k, seed in ((1_000, 8, 1), (100_000, 16, 2), (1_000_000, 32, 3)):
    weights = laplace(count, seed).astype(np.float64)
    start = np.linspace(weights.min(), weights.max(), k).reshape(-1, 1)
    fit = KMeans(k, init=start, n_init=1, max_iter=20_000, tol=0, algorithm="lloyd").fit(weights.reshape(-1, 1))
    results.append({
        "method": "linear", "count": count, "clusters": k, "seed": seed, "squaredError": float(fit.inertia_),
        "iterations": int(fit.n_iter_)})
    print(results[-1], flush=True)
target = goldens("Squeeze/CompressionTests") / "clustering.json"
target.write_text("[\n" + ",\n".join(json.dumps(result) for result in results) + "\n]\n")
