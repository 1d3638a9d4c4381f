"""Optimal one-dimensional k-means by kmeans1d: kmeans_optimal.py FILE.f32 K prints its seconds and its squared error."""

import sys
import time

import kmeans1d
import numpy as np

weights = np.fromfile(sys.argv[1], np.float32)
values = weights.astype(np.float64).tolist()  # what it takes; not counted
start = time.perf_counter()
clusters, centroids = kmeans1d.cluster(values, int(sys.argv[2]))
seconds = time.perf_counter() - start
# Pare's centroids are float32 too.
shared = np.asarray(centroids, np.float32).astype(np.float64)[np.asarray(clusters)]
print("seconds", seconds, "squared_error", float(((weights.astype(np.float64) - shared) ** 2).sum()))
