"""Writes Tests/Quality/ReconstructionTests/Goldens, least-squares.json and convolution.json: what reconstruction solves, by numpy.linalg.lstsq.

Ridge towards the weights before is the least-squares problem with rows sqrt(λ)·I and sqrt(λ)·w0 added. Rows with zeros of
their own are solved over their support alone. (Seed 7.)
"""

import json

import numpy as np

from support.places import goldens


def case(name, rng, samples, inputs, outputs, ridge, sparsity=0.0, deficient=0):
    x = rng.normal(size=(samples, inputs))
    if deficient:
        x[:, -deficient:] = x[:, :deficient]
    w = rng.normal(size=(outputs, inputs))
    y = x @ w.T + 0.1 * rng.normal(size=(samples, outputs))
    start = rng.normal(size=(outputs, inputs)).round(3)
    mask = rng.random((outputs, inputs)) >= sparsity
    start = start * mask
    # What is read back must be what is solved here.
    x, y = x.round(3), y.round(3)
    second, cross = x.T @ x / samples, y.T @ x / samples
    damping = ridge * np.trace(second) / inputs
    solution = np.zeros_like(start)
    for row in range(outputs):
        support = np.flatnonzero(mask[row])
        left = np.vstack([x[:, support] / np.sqrt(samples), np.sqrt(damping) * np.eye(len(support))])
        right = np.concatenate([y[:, row] / np.sqrt(samples), np.sqrt(damping) * start[row, support]])
        solution[row, support] = np.linalg.lstsq(left, right, rcond=None)[0]
    return dict(
        name=name, inputs=inputs, outputs=outputs, ridge=ridge, masked=sparsity > 0, second=second.ravel().tolist(),
        cross=cross.ravel().tolist(), start=start.ravel().tolist(), solution=solution.ravel().tolist())


def convolution(rng):
    """A grouped, strided, dilated and padded convolution: the weights that give its outputs are its own."""
    samples, groups, channels, outputs, size = 6, 2, 4, 6, 7
    strides, dilations, pads, kernel = (2, 1), (1, 2), (1, 2, 0, 1), (3, 2)
    x = rng.normal(size=(samples, channels, size, size)).astype(np.float32)
    w = rng.normal(size=(outputs, channels // groups, *kernel)).astype(np.float32)
    padded = np.pad(x, ((0, 0), (0, 0), (pads[0], pads[2]), (pads[1], pads[3])))
    spans = [(kernel[a] - 1) * dilations[a] + 1 for a in (0, 1)]
    extents = [(padded.shape[2 + a] - spans[a]) // strides[a] + 1 for a in (0, 1)]
    y = np.zeros((samples, outputs, *extents), np.float32)
    for row in range(extents[0]):
        for column in range(extents[1]):
            for o in range(outputs):
                group = o // (outputs // groups)
                inputs = range(group * channels // groups, (group + 1) * channels // groups)
                top, left = row * strides[0], column * strides[1]
                window = padded[:, inputs, top : top + spans[0] : dilations[0], left : left + spans[1] : dilations[1]]
                y[:, o, row, column] = np.einsum("scij,cij->s", window, w[o])
    return dict(x=x.ravel().tolist(), xshape=x.shape, y=y.ravel().tolist(), yshape=y.shape, w=w.ravel().tolist(), wshape=w.shape)


def main():
    rng = np.random.default_rng(7)
    cases = [
        case("whole", rng, 60, 9, 5, 0.0),
        case("ridge", rng, 60, 9, 5, 0.05),
        case("fewer samples than inputs", rng, 6, 12, 4, 0.01),
        case("inputs twice", rng, 50, 10, 4, 0.02, deficient=3),
        case("zeros", rng, 80, 16, 6, 0.0, sparsity=0.6),
        case("zeros and ridge", rng, 80, 16, 6, 0.03, sparsity=0.7),
    ]
    folder = goldens("Quality/ReconstructionTests")
    (folder / "least-squares.json").write_text(json.dumps(cases))
    (folder / "convolution.json").write_text(json.dumps(convolution(rng)))


main()
