"""TensorLy's Tucker-2: partial_tucker.py FILE.f32 OUT IN H W RANK_OUT RANK_IN ITERATIONS TOLERANCE RUNS prints its median seconds.

Also the squared error it ends with, that of its start (the truncated higher-order singular value decomposition), both counted in
float64, and its iterations. NumPy runs on all cores, as it does by default.
"""

import sys
import time

import numpy as np
from tensorly.decomposition import partial_tucker
from tensorly.decomposition._tucker import initialize_tucker

out, inputs, height, width, rank_out, rank_in, iterations = map(int, sys.argv[2:9])
tolerance, runs = float(sys.argv[9]), int(sys.argv[10])
kernel = np.fromfile(sys.argv[1], np.float32).reshape(out, inputs, height, width)
wide = kernel.astype(np.float64)


def squared_error(core, factors):
    left, right = (factor.astype(np.float64) for factor in factors)
    middle = np.tensordot(left, core.astype(np.float64), (1, 0))
    return float(((wide - np.moveaxis(np.tensordot(middle, right, (1, 1)), -1, 1)) ** 2).sum())


times = []
for _ in range(runs):
    start = time.perf_counter()
    (core, factors), errors = partial_tucker(
        kernel, rank=[rank_out, rank_in], modes=[0, 1], n_iter_max=iterations, tol=tolerance)
    times.append(time.perf_counter() - start)
result = {"seconds": sorted(times)[len(times) // 2], "squared_error": squared_error(core, factors), "iterations": len(errors)}
if iterations == 1:
    start_core, start_factors = initialize_tucker(wide, [rank_out, rank_in], [0, 1], None)
    result["start_error"] = squared_error(start_core, start_factors)
print(*(f"{name} {value}" for name, value in result.items()))
