"""Writes Tests/Squeeze/CompressionTests/Goldens/feedback.json: small layers whose weights are decided one after the other, each error made
up for by the inputs still to come, in NumPy and double precision: the nearest value of a codebook, and the nearest multiple of a step.

Optimal brain surgeon in a fixed order of the inputs: with H⁻¹ = UᵀU, U upper triangular, the error (w − q) at input i takes
(w − q) · U[i, j] / U[i, i] off what is wanted at each j > i. (Seed 7.)
"""

import json

import numpy as np

from support.places import goldens


def curvature(random, inputs):
    rows = random.normal(size=(3 * inputs, inputs)) @ (np.eye(inputs) + 0.5 * random.normal(size=(inputs, inputs)) / inputs ** 0.5)
    return rows.T @ rows / len(rows) + 0.05 * np.eye(inputs)


def decided(wanted, h, nearest, keeps):
    upper = np.linalg.cholesky(np.linalg.inv(h)).T
    left, values = wanted.copy(), np.zeros_like(wanted)
    for i in range(wanted.shape[1]):
        values[:, i] = np.where(keeps[:, i], nearest(left[:, i]), 0)
        left[:, i + 1:] -= np.outer(left[:, i] - values[:, i], upper[i, i + 1:] / upper[i, i])
    return upper, values


def main():
    random = np.random.default_rng(7)
    cases = []
    # Groups, outputs and inputs of each; the last stored with so many inputs of an output together (0: all).
    for groups, outputs, inputs, window, keeps_zeros in [
        (1, 5, 150, 0, False), (2, 3, 40, 0, True), (1, 9, 70, 1, False), (1, 4, 60, 4, True), (2, 40, 24, 6, False),
    ]:
        wanted = np.round(random.laplace(size=(groups, outputs, inputs)), 3)
        if keeps_zeros:
            wanted[np.abs(wanted) < 0.4] = 0
        wanted[(wanted == 0) & (not keeps_zeros)] = 0.001
        codebook = np.sort(np.round(random.laplace(size=7), 2) + 0.004)
        step = 0.3
        shared, stepped, uppers = [], [], []
        for group in range(groups):
            h = curvature(random, inputs)
            keeps = wanted[group] != 0 if keeps_zeros else np.ones_like(wanted[group], bool)
            upper, values = decided(wanted[group], h, lambda w: codebook[np.abs(w[:, None] - codebook).argmin(1)], keeps)
            uppers.append(upper)
            shared.append(values)
            stepped.append(decided(wanted[group], h, lambda w: np.sign(w) * np.floor(np.abs(w) / step + 0.5) * step, keeps)[1])

        def stored(matrices):
            if window == 0:
                return np.concatenate([matrix.flatten() for matrix in matrices])
            return np.concatenate([
                matrix.reshape(outputs, inputs // window, window).transpose(1, 0, 2).flatten() for matrix in matrices])

        cases.append(dict(
            outputs=outputs, inputs=inputs, window=window, keepsZeros=keeps_zeros, step=step, codebook=codebook.round(3).tolist(),
            wanted=[matrix.flatten().tolist() for matrix in wanted],
            pull=[[float(f"{x:.8g}") for x in (upper / np.diag(upper)[:, None]).flatten()] for upper in uppers],
            curvature=[[float(f"{x:.8g}") for x in 1 / np.diag(upper) ** 2] for upper in uppers],
            shared=stored(shared).round(4).tolist(), stepped=stored(stepped).round(4).tolist()))
    (goldens("Squeeze/CompressionTests") / "feedback.json").write_text(json.dumps(cases))


main()
