"""Trains every network shortly with `pare train` and holds what comes out against programs that know nothing of Pare.

    python check_networks.py PARE [--images DESCRIPTION] [--text DESCRIPTION] [--only lenet-5]

Each file must pass onnx.checker with shape inference and run in ONNX Runtime; a sample must get the same scores alone as in a batch;
quality counted here from ONNX Runtime's outputs must be what `pare train` and `pare evaluate` say, on the digits `pare digits`
draws, the images (CIFAR-10's .bin, normalised as the description says) or the text; the same seed and threads must give the
same bytes; and `pare finetune` must take it under a recipe. Networks whose data is not given are left out. Prints a line each; exit status 1: a check
failed.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy
import onnx
import onnxruntime
import yaml

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("pare")
parser.add_argument("--images", type=pathlib.Path)
parser.add_argument("--text", type=pathlib.Path)
parser.add_argument("--only")
parser.add_argument("--threads", default="1")
options = parser.parse_args()
failures = []


def pare(*arguments):
    done = subprocess.run([options.pare, *map(str, arguments)], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"pare {' '.join(map(str, arguments))}: {done.stderr.strip()}")
    return json.loads(done.stdout) if done.stdout.startswith("{") else done.stdout


def check(holds, text):
    if not holds:
        failures.append(text)
        print(f"  FAILED: {text}")


def digits(folder):
    pare("digits", "-o", folder / "digits")
    images = numpy.fromfile(folder / "digits-images-idx3-ubyte", numpy.uint8)[16:].reshape(-1, 1, 28, 28)
    labels = numpy.fromfile(folder / "digits-labels-idx1-ubyte", numpy.uint8)[8:]
    (folder / "digits.yaml").write_text(
        "kind: idx\nimages: digits-images-idx3-ubyte\nlabels: digits-labels-idx1-ubyte\nscale: 0.00392156862745098\n")
    return folder / "digits.yaml", images.astype(numpy.float32) / 255, labels


def images(description):
    settings = yaml.safe_load(description.read_text())
    records = numpy.concatenate([
        numpy.fromfile(description.parent / name, numpy.uint8).reshape(-1, 3073) for name in settings["images"]])
    pixels = records[:, 1:].reshape(-1, 3, 32, 32).astype(numpy.float32) * numpy.float32(settings.get("scale", 1))
    mean, deviation = (numpy.float32(settings.get(key, [default])).reshape(1, -1, 1, 1) for key, default in (("mean", 0), ("std", 1)))
    return (pixels - mean) / deviation, records[:, 0]


def session(path):
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    return onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])


def image_network(name, folder, data, pixels, labels):
    path = folder / f"{name}.onnx"
    arguments = ["--epochs", 1, "--threads", options.threads, "--json"]
    if name == "inception-small":
        arguments += ["--data", data, "--test", data]
    report = pare("train", name, "-o", path, *arguments)
    run = session(path)
    scores = numpy.concatenate([run.run(None, {"image": pixels[i : i + 250]})[0] for i in range(0, len(pixels), 250)])
    accuracy = float((scores.argmax(1) == labels).mean())
    alone = run.run(None, {"image": pixels[7:8]})[0]
    check(numpy.allclose(alone[0], scores[7], rtol=1e-4, atol=1e-4), f"{name}: a sample alone has other scores than in a batch")
    evaluated = pare("evaluate", path, "--data", data, "--json")
    said = report["test"] or report["held_out"]
    if said["count"] == len(labels):
        check(abs(said["accuracy"] - accuracy) < 1e-3, f"{name}: trained to {said['accuracy']}, ONNX Runtime finds {accuracy}")
    check(abs(evaluated["value"] - accuracy) < 1e-3, f"{name}: evaluates to {evaluated['value']}, ONNX Runtime finds {accuracy}")
    print(f"{name}: {report['parameters']:,} parameters, {path.stat().st_size:,} bytes, accuracy {accuracy:.4f} after one epoch")
    return path, arguments


def text_network(name, folder, description):
    path = folder / f"{name}.onnx"
    arguments = ["--data", description, "--epochs", 1, "--threads", options.threads, "--json"]
    report = pare("train", name, "-o", path, *arguments)
    run = session(path)
    settings = yaml.safe_load(description.read_text())
    text = (description.parent / settings["text"]).read_text()
    text = text[-settings["last"]:] if "last" in settings else text
    vocabulary = json.loads((description.parent / settings["vocabulary"]).read_text())
    numbers = vocabulary if isinstance(vocabulary, dict) else {symbol: index for index, symbol in enumerate(vocabulary)}
    tokens = numpy.array([numbers[symbol] for symbol in text], numpy.int64)[-20_001:]
    states = {i.name: numpy.zeros((1, 1, 128), numpy.float32) for i in run.get_inputs() if i.name != "tokens"}
    logits, *ends = run.run(None, {"tokens": tokens[:-1, None], **states})
    half, *middle = run.run(None, {"tokens": tokens[:10_000, None], **states})
    rest, *_ = run.run(None, {"tokens": tokens[10_000:-1, None], **dict(zip(states, middle))})
    check(numpy.allclose(numpy.concatenate([half, rest]), logits, atol=1e-3), f"{name}: carried states do not go on")
    shifted = logits[:, 0] - logits[:, 0].max(1, keepdims=True)
    scores = shifted - numpy.log(numpy.exp(shifted).sum(1, keepdims=True))
    bits = float(-scores[numpy.arange(len(scores)), tokens[1:]].mean() / numpy.log(2))
    said = report["held_out"]["bits_per_character"]
    check(abs(bits - said) < 0.15, f"{name}: trained to {said} bits a character, ONNX Runtime finds {bits} on the last 20,000")
    print(f"{name}: {report['parameters']:,} parameters, {path.stat().st_size:,} bytes, {bits:.3f} bits a character after one epoch")
    return path, arguments


with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    drawn, pixels, labels = digits(folder)
    recipe = folder / "recipe.yaml"
    recipe.write_text("pare: 1\nglobal: {prune: {sparsity: 0.5}, share: {clusters: 16}}\n")
    known = pare("train", "--json")["networks"]
    for network in known:
        name, kind = network["name"], network["data"]
        if options.only not in (None, name):
            continue
        if kind == "digits":
            data = drawn
            path, arguments = image_network(name, folder, data, pixels, labels)
        elif kind == "images" and options.images:
            data = options.images
            path, arguments = image_network(name, folder, data, *images(data))
        elif kind == "text" and options.text:
            data = options.text
            path, arguments = text_network(name, folder, data)
        else:
            continue
        again = folder / "again.onnx"
        pare("train", name, "-o", again, *arguments)
        check(again.read_bytes() == path.read_bytes(), f"{name}: the same seed gives other bytes")
        tuned = pare("finetune", path, "--recipe", recipe, "--data", data, "--epochs", 1, "--centroid-epochs", 1,
                     "--threads", options.threads, "-o", folder / "tuned.pare", "--json")
        check(tuned["outcome"] == "finished" and tuned["ratio"] > 5, f"{name}: fine-tuned to {tuned['ratio']}")
sys.exit(1 if failures else 0)
