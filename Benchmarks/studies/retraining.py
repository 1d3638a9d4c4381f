"""Deep Compression with retraining, through Pare's command line: what RESULTS.md tells, and the command that made it.

    python retraining.py DATA [STUDY ...] [--pare .build/release/pare] [--work .build/retraining]

DATA is the folder with the descriptions `mnist-train.yaml`, `mnist-test.yaml` and so on. Each study writes
`Benchmarks/results/STUDY.json`, and goes on where it was interrupted; RESULTS.md is drawn from those by `draw_results.py`. Networks are trained from nothing with the
seed below and compressed by `pare finetune`, which chooses its best epoch by a tenth of the training data. The test data is looked at
once, by `pare evaluate` of the file that was written; bytes are those of that file.
"""

import argparse
import json
import pathlib
import time

from command import json_of

parser = argparse.ArgumentParser()
parser.add_argument("data", type=pathlib.Path)
parser.add_argument("studies", nargs="*")
parser.add_argument("--pare", default=".build/release/pare")
parser.add_argument("--work", type=pathlib.Path, default=pathlib.Path(".build/retraining"))
parser.add_argument("--models", type=pathlib.Path, help="the folder of char-rnn.onnx")
parser.add_argument("--seed", type=int, default=1)
# One thread each, so that studies run side by side; other numbers of threads add in other orders.
parser.add_argument("--threads", type=int, default=1)
arguments = parser.parse_args()
training = ["--seed", arguments.seed, "--threads", arguments.threads]
work = arguments.work
work.mkdir(parents=True, exist_ok=True)
results = pathlib.Path(__file__).parents[1] / "results"
results.mkdir(exist_ok=True)
data = {
    "mnist": (arguments.data / "mnist-train.yaml", arguments.data / "mnist-test.yaml"),
    "cifar": (arguments.data / "cifar10-train.yaml", arguments.data / "cifar10-test.yaml"),
}

pare = json_of(arguments.pare)


def error(model, test):
    """The percentage of test samples that a model gets wrong."""
    return round(100 * (1 - pare("evaluate", model, "--data", test)["value"]), 3)


def trained(network, kind, *options):
    """A network trained from nothing, and its test error."""
    path = work / f"{network}.onnx"
    train, test = data[kind]
    if not path.exists():
        pare("train", network, "--data", train, "-o", path, *training, *options)
    return path, error(path, test)


def recipe(name, layers):
    path = work / f"{name}.yaml"
    lines = [f"  {layer}: {{{stages}}}" for layer, stages in layers.items()]
    path.write_text("\n".join(["pare: 1", "layers:", *lines, ""]))
    return path


def finetuned(name, model, layers, kind, *options):
    """A model under a recipe, fine-tuned and written: its size, error and account."""
    train, test = data[kind]
    path, known = work / f"{name}.pare", work / f"{name}.json"
    asked = {"layers": layers, "options": list(map(str, options)), "training": list(map(str, training))}
    if known.exists() and (row := json.loads(known.read_text()))["asked"] == asked:
        return row
    begun = time.monotonic()
    report = pare(
        "finetune", model, "--data", train, "-r", recipe(name, layers), "-o", path, *training, *options)
    row = {
        "name": name,
        "asked": asked,
        "bytes": path.stat().st_size,
        "original_bytes": report["original_bytes"],
        "ratio": report["original_bytes"] / path.stat().st_size,
        "error": error(path, test),
        "held_out": report["finetuned"]["accuracy"],
        "one_shot_held_out": report["one_shot"]["accuracy"],
        "account": report["account"]["layers"],
        "seconds": round(time.monotonic() - begun),
    }
    known.write_text(json.dumps(row))
    print(f"{name}: {row['ratio']:.1f}×, {row['bytes']} bytes, error {row['error']} %, {row['seconds']} s", flush=True)
    return row


def plan(sparsity, clusters, method="linear", entropy="huffman"):
    share = f"share: {{clusters: {clusters}, init: {method}}}"
    return f"prune: {{sparsity: {sparsity}}}, {share}, code: {{entropy: {entropy}}}"


def keep(study, **content):
    path = results / f"{study}.json"
    path.write_text(json.dumps({"seed": arguments.seed, **content}, indent=1, ensure_ascii=False) + "\n")


def lenet_300_100():
    """The figures of the paper, then further."""
    model, dense = trained("lenet-300-100", "mnist")
    print("dense error", dense, flush=True)
    rows = []
    # Han 2016: 8, 9 and 26 % are kept, 64 clusters.
    paper = {"fc1": plan(0.92, 64), "fc2": plan(0.91, 64), "fc3": plan(0.74, 64)}
    rows.append(finetuned("lenet-300-100-paper", model, paper, "mnist", "--epochs", 20, *RETRAINING))
    for name, kept, clusters, epochs in FURTHER_300:
        layers = {
            layer: plan(round(1 - part, 4), clusters, entropy="auto") for layer, part in zip(("fc1", "fc2", "fc3"), kept)}
        rows.append(finetuned(f"lenet-300-100-{name}", model, layers, "mnist", "--epochs", epochs, *RETRAINING))
        keep("lenet-300-100", dense_error=dense, rows=rows)


def lenet_5():
    model, dense = trained("lenet-5", "mnist")
    print("dense error", dense, flush=True)
    rows = []
    # Han 2016: 66, 12, 8 and 19 % are kept; 256 clusters in convolutions, 32 elsewhere.
    paper = {"conv1": plan(0.34, 256), "conv2": plan(0.88, 256), "fc1": plan(0.92, 32), "fc2": plan(0.81, 32)}
    rows.append(finetuned("lenet-5-paper", model, paper, "mnist", "--epochs", 10, *RETRAINING))
    for name, kept, clusters, epochs in FURTHER_5:
        layers = {
            layer: plan(round(1 - part, 4), clusters, entropy="auto")
            for layer, part in zip(("conv1", "conv2", "fc1", "fc2"), kept)}
        rows.append(finetuned(f"lenet-5-{name}", model, layers, "mnist", "--epochs", epochs, *RETRAINING))
        keep("lenet-5", dense_error=dense, rows=rows)


# Sparsities grow while the network learns what it answered before.
RETRAINING = ("--gradual", "--distill")

# Weights kept by layer, clusters, and epochs of retraining.
FURTHER_300 = [
    ("8-percent", (0.08, 0.09, 0.26), 16, 40),
    ("4-percent", (0.04, 0.08, 0.3), 16, 60),
    ("2-percent", (0.02, 0.06, 0.3), 16, 80),
    ("1-percent", (0.012, 0.05, 0.3), 16, 100),
]
FURTHER_5 = [
    ("8-percent", (0.66, 0.12, 0.08, 0.19), 16, 10),
    ("5-percent", (0.6, 0.12, 0.04, 0.19), 16, 10),
    ("2-percent", (0.5, 0.08, 0.015, 0.12), 16, 14),
]


def sweep():
    """Retrained against one-shot pruning, and trained against untrained centroids, at rising ratios on LeNet-5."""
    model, dense = trained("lenet-5", "mnist")
    train, test = data["mnist"]
    pruning, sharing = [], []
    layers = ("conv1", "conv2", "fc1", "fc2")
    for sparsity in (0.8, 0.9, 0.95, 0.98, 0.99):
        stages = {layer: f"prune: {{sparsity: {sparsity if layer != 'conv1' else sparsity / 2}}}" for layer in layers}
        name = f"sweep-prune-{sparsity}"
        path = work / f"{name}-one-shot.pare"
        written = pare("compress", model, "-r", recipe(name, stages), "-o", path)
        row = finetuned(name, model, stages, "mnist", "--epochs", 3)
        pruning.append({
            "sparsity": sparsity, "one_shot": {"ratio": written["ratio"], "error": error(path, test)},
            "retrained": {"ratio": row["ratio"], "error": row["error"]}})
        keep("sweep", dense_error=dense, pruning=pruning, sharing=sharing)
    # Sharing on top of one pruned and retrained network, so that nothing but the centroids differs.
    stages = {layer: f"prune: {{sparsity: {0.9 if layer != 'conv1' else 0.45}}}" for layer in layers}
    pruned = work / "sweep-pruned.onnx"
    pare("finetune", model, "--data", train, "-r", recipe("sweep-pruned", stages), "-o", pruned, "--epochs", 3, *training)
    for clusters in (2, 3, 4, 6, 8):
        stages = {
            layer: f"prune: {{threshold: 1e-30}}, share: {{clusters: {clusters}}}, code: {{entropy: huffman}}" for layer in layers}
        name = f"sweep-share-{clusters}"
        path = work / f"{name}-untrained.pare"
        written = pare("compress", pruned, "-r", recipe(name, stages), "-o", path)
        untrained = {"ratio": written["ratio"], "error": error(path, test)}
        row = finetuned(name, pruned, stages, "mnist", "--epochs", 0, "--centroid-epochs", 3)
        sharing.append({"clusters": clusters, "untrained": untrained, "trained": {"ratio": row["ratio"], "error": row["error"]}})
        keep("sweep", dense_error=dense, pruning=pruning, sharing=sharing)


def char_rnn():
    """How small the character model becomes at no more than 1 % more bits a character."""
    model, test = arguments.models / "char-rnn.onnx", arguments.data / "shakespeare.yaml"
    # What it is measured on is the end of the text; it learns from what lies before.
    folder = (arguments.data / "shakespeare").resolve()
    (work / "shakespeare-train.txt").write_text((folder / "input.txt").read_text()[:-100_000])
    train = work / "shakespeare-train.yaml"
    train.write_text(f"kind: text\ntext: shakespeare-train.txt\nvocabulary: {folder / 'vocab.json'}\n")
    original = pare("evaluate", model, "--data", test)["value"]
    bound = 1.01 * original
    layers = [layer["name"] for layer in pare("inspect", model)["layers"]]
    original_bytes = model.stat().st_size
    done = work / "char-rnn-rows.json"
    known = {(row[0], row[1]): row for row in json.loads(done.read_text())} if done.exists() else {}
    rows = []

    def tell(name, path, what, made):
        if (name, what) in known:
            rows.append(known[name, what])
            return
        made()
        bits = pare("evaluate", path, "--data", test)["value"]
        size = path.stat().st_size
        rows.append([name, what, f"{size / 1000:.1f} KB", f"{original_bytes / size:.1f}×", f"{bits:.4f}", f"{100 * (bits / original - 1):+.2f} %"])
        print(rows[-1], flush=True)
        known[name, what] = rows[-1]
        done.write_text(json.dumps(list(known.values())))

    def one_shot(step):
        stages = {layer: f"share: {{step: {step}, init: trellis}}, code: {{entropy: auto}}" for layer in layers}
        path = work / f"char-rnn-step-{step}.pare"
        tell(f"trellis, step {step}", path, "one-shot",
             lambda: pare("compress", model, "-r", recipe(f"char-rnn-step-{step}", stages), "-o", path))

    for step in (0.045, 0.05, 0.08, 0.11, 0.15):
        one_shot(step)
    for sparsity, step, epochs, centroid_epochs in ((0, 0.06, 0, 4), (0, 0.07, 0, 4), (0, 0.08, 0, 4), (0.3, 0.08, 6, 3)):
        pruned = f"prune: {{sparsity: {sparsity}}}, " if sparsity else ""
        stages = {layer: f"{pruned}share: {{step: {step}, init: entropy}}, code: {{entropy: auto}}" for layer in layers}
        name = f"char-rnn-{sparsity}-{step}"
        path = work / f"{name}.pare"
        options = ["--epochs", epochs, "--centroid-epochs", centroid_epochs, "--distill", "--batch", 32]
        tell(f"{sparsity:.0%} pruned, step {step}", path, f"{epochs} + {centroid_epochs} epochs", lambda: pare(
            "finetune", model, "--data", train, "-r", recipe(name, stages), "-o", path, *training, *options,
            *(["--gradual"] if sparsity else [])))
    (results / "char-rnn.json").write_text(json.dumps({
        "title": "A character model: char-rnn", "command": "python Benchmarks/studies/retraining.py DATA char-rnn --models MODELS",
        "says": [
            f"Two LSTMs of 128 units on Shakespeare: {original:.4f} bits a character on the last 100,000 characters;",
            f"the bound is 1 % more, {bound:.4f}. Retrained on the text before them, on what the original says of it too."],
        "heads": ["recipe", "", "file", "ratio", "bits a character", "more"],
        "rows": sorted(rows, key=lambda row: float(row[3][:-1]))}, indent=1, ensure_ascii=False) + "\n")


STUDIES = {"lenet-300-100": lenet_300_100, "lenet-5": lenet_5, "sweep": sweep, "char-rnn": char_rnn}

for study in arguments.studies or STUDIES:
    STUDIES[study]()
