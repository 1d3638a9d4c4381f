"""Writes Tests/Quality/EvaluationTests/Goldens, activity.onnx and activity.tsv: what channels of a small
network do on noise, worked out by numpy alone.

Samples are uniform numbers of SplitMix64 in [-1, 1). Groups: `first`, the channels between two convolutions (one strided,
dilated, in groups, padded unevenly; one 1 × 1), and `second`, those that a Flatten spreads over a Gemm's inputs. Ranks come
from the contributions to all outputs, each reader's weighed alike; the channels' weights are spread so far apart that
samples of a thousand outputs give the same order, which is asserted here.
"""

import numpy
import onnx
import onnxruntime
from onnx import helper, numpy_helper

from support.places import goldens

FOLDER = goldens("Quality/EvaluationTests")
SAMPLES, SEED = 50, 5


class SplitMix64:
    def __init__(self, seed):
        self.state = seed

    def next(self):
        mask = 2 ** 64 - 1
        self.state = (self.state + 0x9e3779b97f4a7c15) & mask
        z = self.state
        z = ((z ^ z >> 30) * 0xbf58476d1ce4e5b9) & mask
        z = ((z ^ z >> 27) * 0x94d049bb133111eb) & mask
        return z ^ z >> 31

    def uniform(self):
        return (self.next() >> 11) * 2.0 ** -53


random = numpy.random.default_rng(11)
weights = {
    "a_w": random.normal(size=(8, 3, 3, 3)), "a_b": random.uniform(-1, 0.5, 8),
    "b_w": random.normal(size=(6, 4, 3, 2)), "b_b": random.uniform(-1, 0.3, 6),
    "c_w": random.normal(size=(5, 8, 1, 1)), "d_w": random.normal(size=(4, 6 * 16)), "e_w": random.normal(size=(5, 4)),
}
# How much each channel matters to those that read it; group g of b reads channels 4g … 4g + 3.
importance = 1.9 ** numpy.array([3, 6, 0, 5, 1, 7, 4, 2]) / 20
weights["b_w"] *= numpy.repeat(importance.reshape(2, 1, 4), 3, 1).reshape(6, 4, 1, 1)
weights["c_w"] *= importance[None, :, None, None]
weights["d_w"] *= numpy.repeat(3.0 ** numpy.array([2, 5, 0, 4, 1, 3]) / 60, 16)[None, :]
weights = {name: array.astype(numpy.float32) for name, array in weights.items()}

node = helper.make_node
nodes = [
    node("Conv", ["x", "a_w", "a_b"], ["a"], name="a", pads=[1, 1, 1, 1]), node("Relu", ["a"], ["first"]),
    node("Conv", ["first", "b_w", "b_b"], ["b"], name="b", group=2, strides=[3, 2], dilations=[1, 2], pads=[1, 0, 2, 1]),
    node("Relu", ["b"], ["second"]), node("Flatten", ["second"], ["flat"]),
    node("Gemm", ["flat", "d_w"], ["d"], name="d", transB=1, alpha=0.5),
    node("Conv", ["first", "c_w"], ["c"], name="c"), node("GlobalAveragePool", ["c"], ["pooled"]),
    node("Flatten", ["pooled"], ["means"]), node("MatMul", ["means", "e_w"], ["e"], name="e"), node("Add", ["d", "e"], ["y"]),
]
value = helper.make_tensor_value_info
graph = helper.make_graph(
    nodes, "activity", [value("x", 1, ["N", 3, 10, 9])], [value("y", 1, ["N", 4])],
    [numpy_helper.from_array(array, name) for name, array in weights.items()])
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
onnx.checker.check_model(model, full_check=True)
onnx.save(model, FOLDER / "activity.onnx")

source = SplitMix64(SEED)
x = numpy.array([source.uniform() * 2 - 1 for _ in range(SAMPLES * 270)], numpy.float32).reshape(SAMPLES, 3, 10, 9)
for name in ("first", "second", "b", "c", "d"):
    model.graph.output.append(onnx.ValueInfoProto(name=name))
session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
found = dict(zip((o.name for o in session.get_outputs()), session.run(None, {"x": x})))
assert found["second"].shape == (SAMPLES, 6, 4, 4), found["second"].shape


def convolution(values, w, groups, strides, dilations, pads):
    """Contributions, (sample, output, place, input channel), by the definition."""
    values = numpy.pad(values.astype(numpy.float64), ((0, 0), (0, 0), (pads[0], pads[2]), (pads[1], pads[3])))
    count, channels = values.shape[:2]
    rows, columns = (
        (values.shape[2 + i] - (w.shape[2 + i] - 1) * dilations[i] - 1) // strides[i] + 1 for i in (0, 1))
    result = numpy.zeros((count, w.shape[0], rows, columns, channels))
    width, per = channels // groups, w.shape[0] // groups
    for o in range(w.shape[0]):
        for c in range(width):
            at = o // per * width + c
            for i in range(w.shape[2]):
                for j in range(w.shape[3]):
                    top, left = i * dilations[0], j * dilations[1]
                    window = values[:, at, top:top + (rows - 1) * strides[0] + 1:strides[0],
                                    left:left + (columns - 1) * strides[1] + 1:strides[1]]
                    result[:, o, :, :, at] += w[o, c, i, j] * window
    return result


def greedy(gram):
    """The order in which channels go, the cost of every choice worked out anew."""
    channels, gone, ranks = len(gram), [], [0] * len(gram)
    for rank in range(channels):
        costs = {c: gram[numpy.ix_(gone + [c], gone + [c])].sum() for c in range(channels) if c not in gone}
        best = min(costs, key=lambda c: (costs[c], c))
        ranks[best] = rank
        gone.append(best)
    return ranks


def order(readers, name):
    readers = [r.reshape(-1, r.shape[-1]) for r in readers]
    ranks = greedy(sum(r.T @ r / len(r) for r in readers))
    for seed in range(50):
        draw = numpy.random.default_rng(seed)
        parts = [r[draw.integers(len(r), size=2048 // len(readers))] for r in readers]
        assert greedy(sum(p.T @ p / len(p) for p in parts)) == ranks, f"{name}: the order depends on the draw"
    return ranks


first, second = found["first"], found["second"]
b = convolution(first, weights["b_w"], 2, (3, 2), (1, 2), (1, 0, 2, 1))
c = convolution(first, weights["c_w"], 1, (1, 1), (1, 1), (0, 0, 0, 0))
assert numpy.allclose(b.sum(-1) + weights["b_b"][None, :, None, None], found["b"], atol=1e-4)
assert numpy.allclose(c.sum(-1), found["c"], atol=1e-4)
flat = second.reshape(SAMPLES, 1, 6, 16).astype(numpy.float64)
d = 0.5 * (flat * weights["d_w"].reshape(1, 4, 6, 16)).sum(-1)
lines = []
for name, values, readers in (("first", first, [b, c]), ("second", second, [d])):
    shares = (values != 0).mean((0, 2, 3))
    energies = (values.astype(numpy.float64) ** 2).mean((0, 2, 3))
    for kind, numbers in (("shares", shares), ("energies", energies), ("ranks", order(readers, name))):
        lines.append("\t".join([name, kind, " ".join(repr(float(v)) for v in numbers)]))

# The order alone, of columns that nearly cancel each other: 40 rows of 12 channels.
source = SplitMix64(9)
matrix = numpy.array([source.uniform() * 2 - 1 for _ in range(480)], numpy.float32).reshape(40, 12)
matrix[:, 7] = -matrix[:, 2]
matrix[:, 4] = 0
lines.append("matrix\tranks\t" + " ".join(map(str, greedy(matrix.astype(numpy.float64).T @ matrix))))
(FOLDER / "activity.tsv").write_text("\n".join(lines) + "\n")
print("\n".join(lines))
