"""Holds the loss that `pare estimate --data` predicts of single layers' plans against what other programs measure of them.

    python predicted_loss.py MODELS DATA [--pare .build/release/pare] [--plans 200] [--networks resnet20 lenet5 char-rnn dcgan-generator mobilenet-025]

Random plans (sparsity, clusters, grids with and without entropy, trellis, ranks, two of them) of all layers are estimated together; then each is
applied to its layer alone, written as ONNX and run by ONNX Runtime: on samples that were not looked at, the divergence of the answers from
the original's and the rise of cross-entropy; of the generator half of the squared difference over the variance. What comes of it is
added to Benchmarks/results/predicted_loss.json, which draw_results.py draws.
"""

import argparse
import gzip
import json
import pathlib
import random
import subprocess
import tempfile

import numpy as np
import onnxruntime
import yaml

root = pathlib.Path(__file__).parents[2]


def cifar(path):
    raw = np.frombuffer(path.read_bytes(), np.uint8).reshape(-1, 3073)
    mean, std = (np.array(v, np.float32)[:, None, None] for v in ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]))
    return ((raw[:, 1:].reshape(-1, 3, 32, 32) / np.float32(255)) - mean) / std, raw[:, 0].astype(int)


def mnist(folder, name):
    images = np.frombuffer(gzip.decompress((folder / f"{name}-images-idx3-ubyte.gz").read_bytes()), np.uint8, offset=16)
    labels = np.frombuffer(gzip.decompress((folder / f"{name}-labels-idx1-ubyte.gz").read_bytes()), np.uint8, offset=8)
    images = np.pad(images.reshape(-1, 1, 28, 28), ((0, 0), (0, 0), (2, 2), (2, 2)))
    return (images / np.float32(255)).astype(np.float32), labels.astype(int)


class Task:
    """What a network is calibrated on, and how its answers are measured."""

    def __init__(self, name, models, data):
        self.name, self.model = name, models / f"{name}.onnx"
        self.labels = None
        if name.startswith("resnet"):
            self.calibration = [data / "cifar10-train.yaml"]
            self.inputs, self.labels = cifar(data / "cifar10" / "test_2000.bin")
        elif name == "lenet5":
            self.calibration = [data / "mnist-test-32.yaml"]
            self.inputs, self.labels = mnist(data / "mnist", "train") if (data / "mnist" / "train-images-idx3-ubyte.gz").exists() else mnist(data / "mnist", "t10k")
            self.inputs, self.labels = self.inputs[:4000], self.labels[:4000]
        elif name == "mobilenet-025":
            # One half calibrates, the other measures.
            images, labels = (np.load(data / "imagenet" / "dev250.npz")[k] for k in "xy")
            self.calibration = [self.half(images[::2], labels[::2])]
            self.inputs = (images[1::2].astype(np.float32) * np.float32(2 / 255) - 1).transpose(0, 3, 1, 2)
            self.labels = labels[1::2].astype(int)
        elif name == "char-rnn":
            # The file's last 100,000 characters calibrate, earlier ones measure.
            self.calibration = [data / "shakespeare.yaml"]
            vocabulary = json.loads((data / "shakespeare" / "vocab.json").read_text())
            index = vocabulary if isinstance(vocabulary, dict) else {c: i for i, c in enumerate(vocabulary)}
            text = (data / "shakespeare" / "input.txt").read_text()[-200_000:-100_000]
            codes = np.array([index[c] for c in text], np.int64)[:64 * 257]
            windows = codes.reshape(64, 257).T
            self.inputs, self.labels = np.ascontiguousarray(windows[:-1]), windows[1:].reshape(-1)
        else:
            self.calibration = ["random"]
            self.inputs = np.random.default_rng(5).normal(size=(128, 64, 1, 1)).astype(np.float32)

    def half(self, images, labels):
        """The description of a part of the images, as data that the program reads."""
        self.folder = tempfile.TemporaryDirectory()
        np.savez(pathlib.Path(self.folder.name) / "half.npz", x=images, y=labels)
        path = pathlib.Path(self.folder.name) / "half.yaml"
        path.write_text("kind: npz\nimages: half.npz\nlayout: nhwc\nscale: 0.00784313725490196\nmean: [1]\n")
        return path

    def answers(self, path):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        name = session.get_inputs()[0].name
        if self.name == "char-rnn":
            feed = {name: self.inputs}
            for given in session.get_inputs()[1:]:
                feed[given.name] = np.zeros((given.shape[0], self.inputs.shape[1], given.shape[2]), np.float32)
            return session.run(None, feed)[0].reshape(len(self.labels), -1)
        return np.concatenate([session.run(None, {name: self.inputs[i:i + 100]})[0] for i in range(0, len(self.inputs), 100)])


def log_softmax(x):
    if x.min() >= 0 and np.allclose(x.sum(1), 1, atol=1e-3):
        # The network gives probabilities.
        return np.log(np.maximum(x, 1e-12))
    x = x - x.max(1, keepdims=True)
    return x - np.log(np.exp(x).sum(1, keepdims=True))


def plan(layer, draw):
    """A random plan as a recipe writes it."""
    kinds = ["prune", "clusters", "grid", "trellis", "both"]
    if min(layer["shape"][:2]) >= 4 and layer["op"] in ("Conv", "ConvTranspose", "Gemm", "MatMul"):
        kinds += ["ranks", "ranks"]
    kind = draw.choice(kinds)
    stages = {}
    if kind in ("prune", "both"):
        stages["prune"] = {"sparsity": round(draw.uniform(0.05, 0.95), 3)}
    if kind in ("clusters", "both"):
        stages["share"] = {"clusters": int(2 ** draw.uniform(1, 6)), "init": draw.choice(["linear", "density", "optimal"])}
    if kind in ("grid", "trellis"):
        deviation = (layer["signal"] / layer["weights"]) ** 0.5
        stages["share"] = {"step": float(f"{deviation * draw.uniform(0.1, 2):.4g}"), "init": "entropy" if kind == "grid" else "trellis"}
        stages["code"] = {"entropy": "context"}
    if kind == "ranks":
        stages["factorize"] = {"ranks": {"energy": round(draw.uniform(0.4, 0.99), 3)}}
    return kind, stages


def run(*command):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))}: {done.stderr}")
    return done.stdout


def study(task, pare, plans, seed):
    draw = random.Random(seed)
    rows = []
    before = task.answers(task.model).astype(np.float64)
    if task.labels is not None:
        before = log_softmax(before)
    with tempfile.TemporaryDirectory() as folder:
        recipe, written = pathlib.Path(folder) / "recipe.yaml", pathlib.Path(folder) / "out.onnx"
        recipe.write_text("pare: 1\n")
        layers = json.loads(run(pare, "estimate", task.model, "-r", recipe, "--json"))["layers"]
        for layer in layers:
            layer["signal"] = signal(task.model, layer)
        while len(rows) < plans:
            chosen = {layer["name"]: plan(layer, draw) for layer in layers}
            recipe.write_text(yaml.safe_dump({"pare": 1, "layers": {name: stages for name, (_, stages) in chosen.items()}}))
            named = ["--calibration", "random"] if task.calibration == ["random"] else ["--data", task.calibration[0]]
            estimate = json.loads(run(pare, "estimate", task.model, "-r", recipe, "--json", *named))
            for layer in estimate["layers"]:
                if layer.get("loss") is None or layer["loss"] <= 0 or len(rows) == plans:
                    continue
                kind, stages = chosen[layer["name"]]
                recipe.write_text(yaml.safe_dump({"pare": 1, "layers": {layer["name"]: stages}}))
                run(pare, "compress", task.model, "-r", recipe, "-o", written)
                after = task.answers(written).astype(np.float64)
                row = dict(layer=layer["name"], kind=kind, error=layer["squared_error"], predicted=layer["loss"], interval=layer["loss_interval"])
                if task.labels is not None:
                    after = log_softmax(after)
                    row["measured"] = float((np.exp(before) * (before - after)).sum(1).mean())
                    places = np.arange(len(task.labels))
                    row["cross_entropy"] = float((before[places, task.labels] - after[places, task.labels]).mean())
                else:
                    row["measured"] = float(0.5 * np.square(after - before).mean() / before.var())
                rows.append(row)
                print(task.name, len(rows), json.dumps(row), flush=True)
    return dict(network=task.name, seed=seed, samples=len(before), unit=estimate["loss"]["unit"], rows=rows)


def signal(model, layer):
    """The sum of a layer's squared weights."""
    import onnx
    from onnx import numpy_helper
    tensors = [numpy_helper.to_array(t) for t in onnx.load(model).graph.initializer]
    alike = [t for t in tensors if list(t.shape) == layer["shape"]]
    return float(np.mean([np.square(t, dtype=np.float64).sum() for t in alike]))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("models", type=pathlib.Path)
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--pare", default=root / ".build" / "release" / "pare")
    parser.add_argument("--plans", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--networks", nargs="+", default=["resnet20", "lenet5", "char-rnn", "dcgan-generator", "mobilenet-025"])
    given = parser.parse_args()
    path = root / "Benchmarks" / "results" / "predicted_loss.json"
    for name in given.networks:
        found = study(Task(name, given.models, given.data), given.pare, given.plans, given.seed)
        known = json.loads(path.read_text()) if path.exists() else []
        path.write_text(json.dumps([k for k in known if k["network"] != name] + [found]))


main()
