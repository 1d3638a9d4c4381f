"""Prints what Tests/Models/DatasetsTests/SharedDataTests.swift expects of the real data sets, as Swift literals.

Written from each description by hand, without a reader of descriptions: name, samples, shape,
first labels, their sum, and over the first and last 10 samples the sum of all inputs, the sum weighted by index modulo 97,
and three inputs. The data lies in the folder that PARE_TEST_DATA names (../shared).
"""

import gzip
import json

import numpy
from PIL import Image

from support.places import required_real

DATA = required_real() / "data"


def report(name, inputs, labels):
    inputs = inputs.astype(numpy.float64)
    kept = numpy.concatenate([inputs[:10], inputs[-10:]]) if len(inputs) > 20 else inputs
    flat = kept.ravel()
    weights = numpy.arange(flat.size) % 97
    points = [flat[flat.size // 3], flat[flat.size // 2], flat[flat.size * 4 // 5]]
    print(f'.init("{name}", {len(inputs)}, {list(inputs.shape[1:])}, {labels[:5].tolist()}, {int(labels.sum())}, '
          f"sum: {flat.sum()!r}, weighted: {(flat * weights).sum()!r}, points: {[float(p) for p in points]}),"
          .replace("np.float64(", "").replace("), ", ", ", 2))


def idx(images, labels):
    pixels = numpy.frombuffer(gzip.open(DATA / "mnist" / images).read()[16:], numpy.uint8).reshape(-1, 1, 28, 28)
    return pixels, numpy.frombuffer(gzip.open(DATA / "mnist" / labels).read()[8:], numpy.uint8).astype(int)


def cifar(file):
    records = numpy.fromfile(DATA / "cifar10" / file, numpy.uint8).reshape(-1, 3073)
    return records[:, 1:].reshape(-1, 3, 32, 32), records[:, 0].astype(int)


mean, std = (numpy.array(v).reshape(1, 3, 1, 1) for v in ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]))

test, test_labels = idx("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz")
train, train_labels = idx("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz")
large = numpy.stack([numpy.asarray(Image.fromarray(i[0]).resize((32, 32), Image.Resampling.BILINEAR)) for i in test])
report("mnist-test", test / 255, test_labels)
report("mnist-train", train / 255, train_labels)
report("mnist-test-bytes", test, test_labels)
report("mnist-test-normalized", (test / 255 - 0.1307) / 0.3081, test_labels)
report("mnist-test-32", large[:, None] / 255, test_labels)
for name, file in [("cifar10-test", "test_2000.bin"), ("cifar10-train", "train_10000.bin")]:
    pixels, labels = cifar(file)
    report(name, (pixels / 255 - mean) / std, labels)
report("cifar10-test-bytes", *cifar("test_2000.bin"))

archive = numpy.load(DATA / "imagenet/dev250.npz")
images, labels = archive["x"], archive["y"]
caffe = numpy.array([104, 117, 123]).reshape(1, 3, 1, 1)
kept = numpy.concatenate([images[:10], images[-10:]])
filler = numpy.zeros((230, 3, 224, 224), numpy.uint8)


def with_filler(inputs):
    """Only the first and last 10 are looked at."""
    return numpy.concatenate([inputs[:10], filler, inputs[10:]])


report("imagenet-dev-caffe", with_filler(kept[..., ::-1].transpose(0, 3, 1, 2) - caffe), labels)
report("imagenet-dev-mobilenet", with_filler(kept.transpose(0, 3, 1, 2) * 0.00784313725490196 - 1), labels)

wnids = [line.split()[0] for line in (DATA / "imagenet/synset_words.txt").read_text().splitlines()]
files = sorted((DATA / "imagenet/images").iterdir())
folder = []
for file in files:
    image = Image.open(file).convert("RGB")
    width, height = image.size
    size = (256, 256 * height // width) if width < height else (256 * width // height, 256)
    pixels = numpy.asarray(image.resize(size, Image.Resampling.BILINEAR)).astype(float)
    top, left = round((pixels.shape[0] - 224) / 2), round((pixels.shape[1] - 224) / 2)
    folder.append(pixels[top:top + 224, left:left + 224, ::-1].transpose(2, 0, 1) - caffe[0])
report("imagenet-folder", numpy.stack(folder), numpy.array([wnids.index(file.name[:9]) for file in files]))

text = (DATA / "shakespeare/input.txt").read_text()[-100000:]
vocabulary = json.loads((DATA / "shakespeare/vocab.json").read_text())
tokens = [vocabulary[character] for character in text]
print(len(vocabulary), len(tokens), tokens[:5], tokens[-5:], sum(tokens), sum(t * (i % 97) for i, t in enumerate(tokens)))
