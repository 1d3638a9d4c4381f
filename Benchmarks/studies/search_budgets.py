"""What `pare search` finds beside three other ways to spend the same bytes.

    python search_budgets.py NETWORK… [--models FOLDER] [--data FOLDER] [--pare .build/release/pare] [--work .build/search] [--ratios 8,12,16,24,32]

For each network and size of the whole file:

- **search**: `pare search --size` as it is, values fitted (`reconstruct`);
- **search, not fitted**: `pare search --no-reconstruct --stages prune,share`;
- **(a) one rule**: the same setting in all layers; of one step, one step in root mean squares of each layer's weights, one price of a bit (`lambda`), and
  a sparsity with one such relative step, each fitted to the size by bisection, the one that loses least on the choosing samples;
- **(b) greedy**: AIMET's selection, over the same settings of each layer as (c): each layer by itself under each setting is run on 128 choosing samples; then the
  lowest score is found such that every layer under its smallest setting of at least that score comes to the size;
- **(c) layer errors**: of each layer's settings those by which the sum of the layers' relative squared errors is least within the size, by dynamic programming
  over bytes (2,048 steps of them).

(a) to (c) are given too what the search's recipe has: the trellis and the context coder. None but the first is fitted. All are judged by samples that
nothing was chosen by, as the rise of the loss and the points that are lost.
"""

import argparse
import json
import math
import pathlib
import subprocess

import numpy

# Network: data that is chosen by, data that judges (None: what the search leaves of the first).
NETWORKS = {
    "lenet5": ("mnist-test-32.yaml", None),
    "resnet20": ("cifar10-train.yaml", "cifar10-test.yaml"),
    "resnet56": ("cifar10-train.yaml", "cifar10-test.yaml"),
    "char-rnn": ("shakespeare.yaml", None),
    "mobilenet-025": ("imagenet-dev-mobilenet.yaml", None),
    "googlenet": ("imagenet-dev-caffe.yaml", None),
    "dcgan-generator": (None, None),
}
STEPS = [2 ** (exponent / 2) for exponent in range(-6, 6)]
SPARSITIES = [0.5, 0.7, 0.85, 0.94]

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("networks", nargs="+", choices=NETWORKS)
parser.add_argument("--models", default="../shared/models")
parser.add_argument("--data", default="../shared/data")
parser.add_argument("--pare", default=".build/release/pare")
parser.add_argument("--work", default=".build/search")
parser.add_argument("--only", default="", help="words of the ways to run, with commas between them, of: search, not fitted, one rule, errors, greedy; all without")
parser.add_argument("--ratios", default="8,12,16,24,32")
arguments = parser.parse_args()
work = pathlib.Path(arguments.work)
work.mkdir(parents=True, exist_ok=True)


def pare(*words):
    result = subprocess.run([arguments.pare, *map(str, words)], capture_output=True, text=True)
    if result.returncode != 0:
        raise SystemExit(f"pare {' '.join(map(str, words))}: {result.stderr.strip()}")
    return json.loads(result.stdout)


class Network:
    def __init__(self, name):
        self.name, (choosing, judging) = name, NETWORKS[name]
        self.model = pathlib.Path(arguments.models) / f"{name}.onnx"
        self.choosing = [] if choosing is None else ["--data", pathlib.Path(arguments.data) / choosing]
        self.judging = self.choosing if judging is None else ["--data", pathlib.Path(arguments.data) / judging]
        self.splits = judging is None and choosing is not None
        self.share = []
        # Root mean squares of weights by layer.
        self.layers = [layer for layer in self.estimate(recipe({"*": {"prune": {"sparsity": 0.5}}}))["layers"]]
        self.scales = {}

    def estimate(self, text):
        (work / f"{self.name}.yaml").write_text(text)
        return pare("estimate", self.model, "-r", work / f"{self.name}.yaml", "--json")

    def evaluate(self, text, data, samples=None):
        """The rise of the loss, and what of the headline figure is lost."""
        (work / f"{self.name}.yaml").write_text(text)
        words = ["evaluate", self.model, "-r", work / f"{self.name}.yaml", *data, "--json"] + ([] if samples is None else ["--samples", samples])
        metrics = {metric["metric"]: metric for metric in pare(*words)["metrics"]}
        for name in ("cross_entropy", "bits_per_character"):
            if name in metrics:
                top = metrics.get("top1", metrics[name])
                return metrics[name]["difference"], -top["difference"] * 100 if name == "cross_entropy" else metrics[name]["difference"]
        return metrics["frechet_distance"]["value"], 1 - metrics["ssim"]["value"]


def recipe(layers, reconstruct=None):
    """`layers` by name; `*` is all of them."""
    lines = ["pare: 1"]
    if "*" in layers:
        lines.append("global: " + json.dumps({**layers["*"], "code": {"entropy": "context"}}))
    named = {name: {**plan, "code": {"entropy": "context"}} for name, plan in layers.items() if name != "*" and plan}
    if named:
        lines.append("layers: " + json.dumps(named))
    return "\n".join(lines) + "\n"


def step(value):
    return {"share": {"step": float(f"{value:.2g}"), "init": "trellis"}}


def bisected(network, size, text, low, high):
    """The text for the number, found by halving its logarithm, with which the file is as large as it may be."""
    best = None
    for _ in range(11):
        middle = math.sqrt(low * high)
        if network.estimate(text(middle))["compressed_bytes"] <= size:
            best, high = text(middle), middle
        else:
            low = middle
    return best


def options(network):
    """By layer, settings with bytes and relative squared errors: each estimate tells one setting of all layers."""
    found = {layer["name"]: [] for layer in network.layers}
    settings = [(s, None) for s in STEPS] + [(s, p) for p in SPARSITIES for s in STEPS[::2]]
    for relative, sparsity in settings:
        plans = {name: {**step(relative * scale), **({"prune": {"sparsity": sparsity}} if sparsity else {})} for name, scale in network.scales.items()}
        for layer in network.estimate(recipe(plans))["layers"]:
            name = layer["name"]
            power = network.scales[name] ** 2 * layer["weights"]
            found[name].append((layer["bytes"], layer["squared_error"] / power, plans[name]))
    return found


def cheapest(found, allowed):
    """Of each layer the smallest setting that is allowed; the finest where none is."""
    return {name: min((option for option in own if allowed(name, option)), key=lambda option: option[0], default=min(own, key=lambda option: option[1]))
            for name, own in found.items()}


def within(network, size, choose):
    """The finest choice whose whole file keeps to the size; `choose(strictness)` gives one, the finest at 0."""
    low, high, best = 0.0, 1.0, None
    for _ in range(14):
        middle = (low + high) / 2
        text = recipe({name: option[2] for name, option in choose(middle).items()})
        if network.estimate(text)["compressed_bytes"] <= size:
            best, high = text, middle
        else:
            low = middle
    return best


def knapsack(found, limit, cells=2048):
    """Of each layer an option, by which the sum of errors is least within bytes: dynamic programming over equal steps of them; None where none is."""
    unit = max(1.0, limit / cells)
    least = numpy.zeros(cells + 1)
    taken = []
    for own in found.values():
        costs = [math.ceil(option[0] / unit) for option in own]
        table = numpy.full((len(own), cells + 1), numpy.inf)
        for index, (cost, option) in enumerate(zip(costs, own)):
            if cost <= cells:
                table[index, cost:] = least[: cells + 1 - cost] + option[1]
        taken.append((table.argmin(axis=0), costs))
        least = table.min(axis=0)
    if not numpy.isfinite(least[cells]):
        return None
    place, chosen = cells, {}
    for (name, own), (best, costs) in reversed(list(zip(found.items(), taken))):
        index = best[place]
        chosen[name] = own[index]
        place -= costs[index]
    return chosen


def by_errors(network, found, size):
    """The choice whose whole file keeps to the size: what is no layer takes about as much whatever the choice."""
    limit = size
    for _ in range(12):
        chosen = knapsack(found, limit)
        if chosen is None:
            break
        text = recipe({name: option[2] for name, option in chosen.items()})
        excess = network.estimate(text)["compressed_bytes"] - size
        if excess <= 0:
            return text
        limit -= max(excess, size // 2048)
    return None


def by_greed(network, found, size, scores):
    ordered = sorted({score for own in scores.values() for score in own})

    def choose(strictness):
        most = ordered[min(len(ordered) - 1, int(strictness * len(ordered)))]
        return cheapest(found, lambda name, option: scores[name][found[name].index(option)] <= most)

    return within(network, size, choose)


def wanted(way):
    """Whether a way is to be run; greedy selection runs each layer under each setting, which takes long."""
    return not arguments.only or any(word in way for word in arguments.only.split(","))


def study(name):
    network = Network(name)
    relative = network.estimate(recipe({"*": {"prune": {"sparsity": 0.999999}}}))
    for layer in relative["layers"]:
        # All but a handful of weights gone: the error is the power.
        network.scales[layer["name"]] = math.sqrt(max(layer["squared_error"], 1e-30) / layer["weights"])
    found = options(network)
    whole = network.model.stat().st_size
    scores = {}
    if wanted("greedy"):
        scores = {layer: [network.evaluate(recipe({layer: option[2]}), network.choosing, 128)[0] for option in own] for layer, own in found.items()}
    for ratio in map(float, arguments.ratios.split(",")):
        size = int(whole / ratio)
        rows = {}
        file = work / f"{name}-{ratio:g}.yaml"
        judged = network.judging
        if wanted("search") or network.splits:
            told = pare("search", network.model, "--size", size, *network.choosing, "-o", file, "--json")
            if network.splits:
                judged = judged + ["--calibration-share", told["calibration_share"]]
            rows["search"] = told["bytes"], network.evaluate(file.read_text(), judged + (network.choosing and ["--calibration", network.choosing[1]]))
        if wanted("not fitted"):
            told = pare("search", network.model, "--size", size, "--no-reconstruct", "--stages", "prune,share", *network.choosing, "-o", file, "--json")
            rows["search, not fitted"] = told["bytes"], network.evaluate(file.read_text(), judged)
        texts = {} if not wanted("one rule") else {
            "one step": bisected(network, size, lambda x: recipe({"*": step(x)}), 1e-4, 1),
            "one relative step": bisected(network, size, lambda x: recipe({n: step(x * s) for n, s in network.scales.items()}), 0.02, 8),
            "one price": bisected(network, size, lambda x: recipe({"*": {"share": {"lambda": float(f"{x:.2g}"), "init": "trellis"}}}), 1e-9, 1e-2),
            "sparsity and step": bisected(
                network, size, lambda x: recipe({n: {"prune": {"sparsity": 0.7}, **step(x * s)} for n, s in network.scales.items()}), 0.02, 8),
        }
        texts = {rule: text for rule, text in texts.items() if text}
        if texts:
            best = min(texts, key=lambda rule: network.evaluate(texts[rule], network.choosing, 512)[0])
            rows[f"(a) {best}"] = network.estimate(texts[best])["compressed_bytes"], network.evaluate(texts[best], judged)
        others = {"(c) layer errors": by_errors(network, found, size) if wanted("errors") else None}
        if scores:
            others["(b) greedy"] = by_greed(network, found, size, scores)
        for way, text in others.items():
            if text:
                rows[way] = network.estimate(text)["compressed_bytes"], network.evaluate(text, judged)
        for way, (count, (loss, points)) in rows.items():
            print(f"| {name} | {size:,} | {way} | {count:,} | {loss:+.4f} | {points:+.2f} |", flush=True)


print("| network | size | way | bytes | loss | points |\n|---|---|---|---|---|---|", flush=True)
for each in arguments.networks:
    study(each)
