"""How far each layer of a generator can be compressed before its images leave the real ones, through Pare's command line.

    python generator_layers.py GENERATOR REAL [--classifier CLASSIFIER] [--limit 0.1] [--samples 4096] [--pare .build/release/pare]
        [--work .build/generator] > generator_layers.md

The measure is the Fréchet distance between features of the generator's images and those of real ones; a configuration passes while
that distance is at most `limit` (a tenth) above the original network's, on the same latents. Every layer is changed by itself, in
five ways (pruned, clusters, one step between values, filters, ranks), what is no layer (biases, norms) in one, and each way is bisected for the last
setting that passes. Nothing is trained afterwards. Then the ways are ranked by the part of all layers' bytes that each may take by itself. Then whole recipes are tried,
each family bisected in its one knob, and the smallest file that passes is told.
"""

import argparse
import json
import math
import pathlib
import subprocess

parser = argparse.ArgumentParser()
parser.add_argument("model")
parser.add_argument("real")
parser.add_argument("--classifier")
parser.add_argument("--limit", type=float, default=0.1)
parser.add_argument("--samples", type=int, default=4096)
parser.add_argument("--pare", default=".build/release/pare")
parser.add_argument("--work", default=".build/generator")
arguments = parser.parse_args()
work = pathlib.Path(arguments.work)
work.mkdir(parents=True, exist_ok=True)
path = work / "recipe.yaml"


def pare(*words):
    return json.loads(subprocess.run([arguments.pare, *map(str, words), "--json"], check=True, capture_output=True).stdout)


layers = pare("inspect", arguments.model)["layers"]


def recipe(plans, everywhere=""):
    lines = ["pare: 1"] + ([f"global: {{{everywhere}}}"] if everywhere else [])
    if plans:
        lines += ["layers:"] + [f"  {json.dumps(name)}: {{{plan}}}" for name, plan in plans.items()]
    path.write_text("\n".join(lines) + "\n")


def measure():
    words = ["evaluate", arguments.model, "--recipe", path, "--data", arguments.real, "--samples", arguments.samples]
    report = pare(*words, *(["--classifier", arguments.classifier] if arguments.classifier else []))
    return {figure["metric"]: figure for figure in report["metrics"]} | {"critic": report["critic"]}


def growth(found):
    figure = found["frechet_distance_to_real"]
    return math.inf if figure["value"] is None else figure["difference"] / figure["original"]


def size():
    return pare("estimate", arguments.model, "--recipe", path)["compressed_bytes"]


def last_passing(settings, write):
    """The last of settings, which ask for ever more, that passes; and what was measured there."""
    low, high, best = -1, len(settings), None
    while high - low > 1:
        middle = (low + high) // 2
        write(settings[middle])
        found = measure()
        if growth(found) <= arguments.limit:
            low, best = middle, found
        else:
            high = middle
    if best is not None:
        write(settings[low])
    return (None, None) if best is None else (settings[low], best)


SPARSITIES = [s / 100 for s in range(2, 100, 2)] + [0.99, 0.995, 1.0]
CLUSTERS = [128, 96, 64, 48, 32, 24, 16, 12, 10, 8, 7, 6, 5, 4, 3, 2]
LAYER_STEPS = [0.002 * 1.2**i for i in range(40)]
BITS = [24, 16, 14, 12, 11, 10, 9, 8, 7, 6, 5, 4]
SHARES = [s / 100 for s in range(95, 0, -5)] + [0.02]


def ranks(layer, share):
    first, second = layer["shape"][:2]
    out, inner = (second, first) if layer["op"] == "ConvTranspose" else (first, second)
    return f"[{max(1, math.ceil(share * out))}, {max(1, math.ceil(share * inner))}]"


recipe({})
before = measure()
distance = before["frechet_distance_to_real"]["original"]
critic = before["critic"]
print("# How far each layer of a generator can go\n")
print(f"`generator_layers.py` on {pathlib.Path(arguments.model).name}: {critic['feature_count']} features of {critic['classifier']} "
      f"({critic['features']}), {critic['real_count']:,} images of {critic['real']}, {arguments.samples:,} latents. The original's Fréchet "
      f"distance from the real images is {distance:.2f}; a setting passes up to {distance * (1 + arguments.limit):.2f}. Each place says the "
      "setting, the part of the layer's bytes that goes by it, and in brackets by how much the distance grows, with 95 %.\n", flush=True)
print("| layer | shape | weights | pruned | clusters | step | filters kept | ranks |")
print("|---|---|---|---|---|---|---|---|")
WAYS = ("pruned", "clusters", "step", "filters kept", "ranks")
taken = {way: 0 for way in WAYS}
whole = size() if recipe({}) is None else 0
limits = {}


def cell(way, weights, setting, found, text):
    """The place of a way; the recipe is still the last one that passed."""
    if setting is None:
        return "none"
    gone = whole - size()
    if way in taken:
        taken[way] += max(0, gone)
    figure = found["frechet_distance_to_real"]
    low, high = (end / figure["original"] for end in figure["difference_ci95"])
    return f"{text} −{max(0, gone) / (4 * weights):.0%} ({growth(found):+.1%}, {low:+.1%} … {high:+.1%})"


for layer in layers:
    name = layer["name"]

    def alone(plan):
        return lambda setting: recipe({name: plan(setting)})

    weights = math.prod(layer["shape"])
    row = {}
    sparsity, found = last_passing(SPARSITIES, alone(lambda s: f"prune: {{sparsity: {s}}}"))
    row["pruned"] = cell("pruned", weights, sparsity, found, f"{sparsity or 0:.1%}")
    clusters, found = last_passing(CLUSTERS, alone(lambda k: f"share: {{clusters: {k}}}"))
    row["clusters"] = cell("clusters", weights, clusters, found, clusters)
    step, found = last_passing(LAYER_STEPS, alone(lambda s: f"share: {{step: {s:.4g}, init: trellis}}, code: {{entropy: context}}"))
    row["step"] = cell("step", weights, step, found, f"{step or 0:.2g}")
    for way, settings, plan, text in [
        ("filters kept", SHARES, lambda s: f"filters: {{fraction: {s}, by: l1}}", lambda s: f"{s:.0%}"),
        ("ranks", SHARES, lambda s: f"factorize: {{ranks: {ranks(layer, s)}}}", lambda s: ranks(layer, s)),
    ]:
        try:
            setting, found = last_passing(settings, alone(plan))
            row[way] = cell(way, weights, setting, found, text(setting) if setting else "")
        except subprocess.CalledProcessError:
            row[way] = "cannot"
    limits[name] = (sparsity or 0, clusters)
    shape = "·".join(map(str, layer["shape"]))
    print(f"| {name} | {shape} | {weights:,} | {' | '.join(row[way] for way in WAYS)} |", flush=True)

bits, found = last_passing(BITS, lambda b: recipe({}, f"rest: {{bits: {b}}}"))
beside = pare("inspect", arguments.model)["parameters"] - sum(math.prod(layer["shape"]) for layer in layers)
print(f"\nWhat is no layer, {beside:,} biases and numbers of norms, passes with {bits} bits each: "
      f"{cell('rest', beside, bits, found, '')}.", flush=True)
total = 4 * sum(math.prod(layer["shape"]) for layer in layers)
ranking = sorted(WAYS, key=lambda way: -taken[way])
print("\nOf all layers' bytes may go, each layer by itself: " + ", ".join(f"{way} {taken[way] / total:.0%}" for way in ranking) + ".", flush=True)

PARTS = [p / 40 for p in range(1, 41)]
STEPS = [0.004 * 1.08**i for i in range(50)]


def pruned_and_shared(k):
    def write(part):
        recipe({name: f"prune: {{sparsity: {limits[name][0] * part:.4f}}}, share: {{clusters: {k}}}" for name in limits}, "code: {entropy: context}")
    return write


FAMILIES = [(f"pruned in proportion to its limit, {k} clusters, context coder", PARTS, pruned_and_shared(k)) for k in (64, 32, 16, 8)]
FAMILIES += [
    ("the same sparsity everywhere, 32 clusters, context coder", SPARSITIES,
     lambda s: recipe({}, f"prune: {{sparsity: {s}}}, share: {{clusters: 32}}, code: {{entropy: context}}")),
    ("k-means of the same size everywhere, huffman", CLUSTERS, lambda k: recipe({}, f"share: {{clusters: {k}}}")),
    ("entropy-constrained, one step, context coder", STEPS,
     lambda s: recipe({}, f"share: {{step: {s:.6f}, init: entropy}}, code: {{entropy: context}}")),
    ("trellis, one step, context coder", STEPS,
     lambda s: recipe({}, f"share: {{step: {s:.6f}, init: trellis}}, code: {{entropy: context}}")),
]

original = pare("inspect", arguments.model)["bytes"]
print("\n| recipe | knob | file | ratio | growth of the distance (95 %) | Fréchet from the original | SSIM | classifier agrees |")
print("|---|---|---|---|---|---|---|---|")
best = None
for title, settings, write in FAMILIES:
    setting, found = last_passing(settings, write)
    if setting is None:
        print(f"| {title} | none passes | | | | | | |", flush=True)
        continue
    count = size()
    figure = found["frechet_distance_to_real"]
    low, high = (end / figure["original"] for end in figure["difference_ci95"])
    print(f"| {title} | {setting:.4g} | {count:,} B | {original / count:.1f}× | {growth(found):+.1%} ({low:+.1%} … {high:+.1%}) "
          f"| {found['frechet_distance']['value']:.2f} | {found['ssim']['value']:.3f} | {found['classifier_agreement']['value']:.1%} |",
          flush=True)
    if best is None or count < best[0]:
        best = (count, title, path.read_text())
if best:
    print(f"\nThe smallest is {best[1]}, {original / best[0]:.1f}×:\n\n```yaml\n{best[2]}```")
