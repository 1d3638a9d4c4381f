"""Writes Tests/Squeeze/FactorizationTests/Goldens: tucker.json, noise.json and googlenet-ranks.tsv.

tucker.json: squared errors of TensorLy's Tucker-2, at its start (the truncated higher-order singular value decomposition) and
converged, and singular values by NumPy, of kernels drawn from seeds as SampleKernels.swift draws them. noise.json: ranks and noise
by empirical variational Bayes, written here from the paper (Nakajima et al. 2013, theorem 2 and corollary 1) with SciPy's bounded
minimization, of matrices of known rank. googlenet-ranks.tsv: the same of every convolution of GoogLeNet, where the real models
are there, from the singular values of both unfoldings.
"""

import json
import math

import numpy as np
from scipy.optimize import minimize_scalar
from tensorly.decomposition import partial_tucker

from support.places import goldens, real

GOLDENS = goldens("Squeeze/FactorizationTests")


def normal(count, seed):
    """SplitMix64 through Box–Muller, as SeededRandom does."""
    steps = np.arange(1, 2 * count + 1, dtype=np.uint64)
    with np.errstate(over="ignore"):
        z = np.uint64(seed) + steps * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    uniform = (z >> np.uint64(11)).astype(np.float64) * 2.0**-53
    values = np.sqrt(-2 * np.log(1 - uniform[0::2])) * np.cos(2 * np.pi * uniform[1::2])
    return values.astype(np.float32)


def decaying(first, second, window, terms, decay, noise, seed):
    """Stored order (first, second, window): a sum of separable patterns and noise."""
    left = normal(terms * first, seed + 1).reshape(terms, first).astype(np.float64)
    right = normal(terms * second, seed + 2).reshape(terms, second).astype(np.float64)
    windows = normal(terms * window, seed + 3).reshape(terms, window).astype(np.float64)
    rest = normal(first * second * window, seed + 4).reshape(first, second, window)
    weights = np.arange(1, terms + 1) ** -float(decay)
    values = np.einsum("k,ka,kb,kd->abd", weights, left, right, windows, optimize=True)
    return values.astype(np.float32) + np.float32(noise) * rest


def squared_error(kernel, core, factors):
    rebuilt = np.einsum("pqd,ap,bq->abd", core, factors[0], factors[1], optimize=True)
    return float(((kernel - rebuilt) ** 2).sum())


def tucker():
    cases = []
    for out, inputs, window, terms, decay, noise, seed, ranks in [
        (24, 17, 9, 12, 1.0, 0.05, 100, [(8, 6), (3, 9), (20, 15), (24, 5), (10, 17), (1, 1)]),
        (17, 24, 25, 10, 0.5, 0.5, 200, [(6, 8), (12, 4)]),
        (40, 3, 9, 20, 0.7, 0.1, 300, [(12, 2), (20, 1)]),
        (96, 80, 9, 60, 0.7, 0.3, 400, [(24, 20), (64, 60), (10, 40)]),
        (48, 48, 9, 20, 2.0, 0.0003, 500, [(16, 16), (24, 20), (40, 30)]),  # errors down to 1e-6 of the power
    ]:
        kernel = decaying(out, inputs, window, terms, decay, noise, seed).astype(np.float64)
        points = []
        for pair in ranks:
            start, _ = partial_tucker(kernel, rank=list(pair), modes=[0, 1], n_iter_max=0)
            (core, factors), errors = partial_tucker(kernel, rank=list(pair), modes=[0, 1], n_iter_max=100, tol=1e-8)
            points.append({
                "out": pair[0], "in": pair[1], "start": squared_error(kernel, *start),
                "converged": squared_error(kernel, core, factors), "iterations": len(errors)})
            print(out, inputs, window, points[-1], points[-1]["start"] / float((kernel**2).sum()), flush=True)
        cases.append({
            "out": out, "in": inputs, "window": window, "terms": terms, "decay": decay, "noise": noise, "seed": seed,
            "power": float((kernel**2).sum()), "points": points,
            "singularOut": np.linalg.svd(kernel.reshape(out, -1), compute_uv=False)[:5].tolist(),
            "singularIn": np.linalg.svd(np.swapaxes(kernel, 0, 1).reshape(inputs, -1), compute_uv=False)[:5].tolist()})
    for case in cases:
        case["singularOut"], case["singularIn"] = ([float(f"{v:.9g}") for v in case[k]] for k in ("singularOut", "singularIn"))
    write("tucker.json", cases)


def noise_estimate(singular, rows, columns):
    """Rank, σ² and the singular value of the cut. At least rank 1."""
    small, large = min(rows, columns), max(rows, columns)
    scale = math.sqrt((singular[:small] ** 2).sum())
    values = singular[:small] / scale
    alpha = small / large
    tau = 2.5129 * math.sqrt(alpha)
    critical = (1 + tau) * (1 + alpha / tau)

    def free_energy(variance):
        x = values**2 / (large * variance)
        signal, rest = x[x > critical], x[x <= critical]
        t = (signal - (1 + alpha) + np.sqrt((signal - (1 + alpha)) ** 2 - 4 * alpha)) / 2
        return (
            (rest - np.log(rest)).sum() + (signal - t).sum() + np.log((t + 1) / signal).sum()
            + alpha * np.log(t / alpha + 1).sum())

    most = max(0, math.ceil(small / (1 + alpha)) - 1)
    lower = max(values[most] ** 2 / (large * critical), (values[most:] ** 2).mean() / large)
    upper = (values**2).sum() / (small * large)
    variance = minimize_scalar(
        free_energy, bounds=(min(lower, upper), upper), method="bounded", options={"xatol": 1e-9 * upper}).x
    cut = math.sqrt(large * variance * critical)
    return max(1, int((values > cut).sum())), variance * scale**2, cut * scale


def noise():
    cases = []
    for rows, columns, rank, strength, seed in [
        (60, 90, 5, 1.0, 1), (90, 60, 5, 1.0, 2), (100, 100, 10, 0.3, 3), (30, 400, 3, 0.5, 4), (50, 60, 0, 0.0, 5),
        (5, 700, 2, 1.0, 6), (1, 40, 1, 1.0, 7), (64, 576, 20, 0.2, 8),
    ]:
        matrix = normal(rows * columns, 10 * seed).reshape(rows, columns).astype(np.float64)
        if rank:
            left = normal(rows * rank, 10 * seed + 1).reshape(rows, rank).astype(np.float64)
            right = normal(rank * columns, 10 * seed + 2).reshape(rank, columns).astype(np.float64)
            matrix = matrix + strength * left @ right
        matrix = (0.02 * matrix).astype(np.float32)
        singular = np.linalg.svd(matrix.astype(np.float64), compute_uv=False)
        estimated, variance, cut = noise_estimate(singular, rows, columns)
        cases.append({
            "rows": rows, "columns": columns, "rank": rank, "strength": strength, "seed": seed, "estimated": estimated,
            "variance": variance, "cut": cut})
        print(cases[-1], flush=True)
    write("noise.json", cases)


def googlenet(path):
    import onnx
    from onnx import numpy_helper

    graph = onnx.load(path).graph
    stored = {tensor.name: tensor for tensor in graph.initializer}
    lines = []
    for node in graph.node:
        if node.op_type != "Conv":
            continue
        kernel = numpy_helper.to_array(stored[node.input[1]]).astype(np.float64)
        out, inputs = kernel.shape[:2]
        unfoldings = kernel.reshape(out, -1), np.swapaxes(kernel, 0, 1).reshape(inputs, -1)
        if kernel[0, 0].size == 1:
            unfoldings = unfoldings[:1]
        ranks = [noise_estimate(np.linalg.svd(u, compute_uv=False), *u.shape)[0] for u in unfoldings]
        lines.append([node.input[1], *ranks] if len(ranks) == 2 else [node.input[1], ranks[0], ranks[0]])
    (GOLDENS / "googlenet-ranks.tsv").write_text("".join("\t".join(map(str, line)) + "\n" for line in lines))


def write(name, cases):
    (GOLDENS / name).write_text("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")


tucker()
noise()
if real():
    googlenet(real() / "models/googlenet.onnx")
else:
    print("googlenet-ranks.tsv stays: there is no folder of real models; PARE_TEST_DATA names it")
