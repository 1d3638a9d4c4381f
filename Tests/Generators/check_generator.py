"""Holds `pare evaluate` of a generator against ONNX Runtime, scipy and scikit-image.

    python Tests/Generators/check_generator.py PARE GENERATOR.onnx RECIPE.yaml CLASSIFIER.onnx FEATURES

Latents are drawn here and given to both; what the recipe makes of the network is taken from `pare compress` and `pare decompress`.
FEATURES names the classifier's value that holds the features; generator and classifier must agree about the images' size.
"""

import json
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime
import scipy.linalg
from skimage.metrics import structural_similarity


def run(model, values, outputs=None):
    session = onnxruntime.InferenceSession(model if isinstance(model, str) else model.SerializeToString())
    return session.run(outputs, {session.get_inputs()[0].name: values})


def frechet(first, second):
    root = scipy.linalg.sqrtm(np.cov(first.T) @ np.cov(second.T)).real
    shift = first.mean(0) - second.mean(0)
    return shift @ shift + np.trace(np.cov(first.T)) + np.trace(np.cov(second.T)) - 2 * np.trace(root)


def main():
    pare, generator, recipe, classifier, features = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        shape = [d.dim_value for d in onnx.load(generator).graph.input[0].type.tensor_type.shape.dim][1:]
        latents = np.random.default_rng(5).normal(size=(600, *shape)).astype(np.float32)
        np.save(f"{folder}/latents.npy", latents)
        with open(f"{folder}/latents.yaml", "w") as file:
            file.write("kind: npy\nimages: latents.npy\nlayout: nchw\n")
        text = subprocess.run(
            [pare, "evaluate", generator, "--recipe", recipe, "--data", f"{folder}/latents.yaml", "--classifier", classifier, "--json"],
            check=True, capture_output=True, text=True).stdout
        found = {m["metric"]: m["value"] for m in json.loads(text)["metrics"]}
        subprocess.run([pare, "compress", generator, "--recipe", recipe, "-o", f"{folder}/small.pare"], check=True, capture_output=True)
        subprocess.run([pare, "decompress", f"{folder}/small.pare", "-o", f"{folder}/small.onnx"], check=True, capture_output=True)
        images = [run(model, latents)[0] for model in (generator, f"{folder}/small.onnx")]

    looking = onnx.load(classifier)
    looking.graph.output.append(onnx.helper.make_tensor_value_info(features, onnx.TensorProto.FLOAT, None))
    scores, seen = zip(*(run(looking, (x + 1) / 2) for x in images))
    error = ((images[0].astype(np.float64) - images[1]) ** 2).mean()
    expected = {
        "frechet_distance": frechet(*(x.reshape(len(x), -1).astype(np.float64) for x in seen)),
        "ssim": np.mean([
            structural_similarity(a.astype(np.float64), b.astype(np.float64), gaussian_weights=True, sigma=1.5,
                                  use_sample_covariance=False, data_range=2, channel_axis=0)
            for a, b in zip(*images)]),
        "psnr_db": 10 * np.log10(4 / error),
        "classifier_agreement": (scores[0].argmax(1) == scores[1].argmax(1)).mean(),
    }
    for name, value in expected.items():
        print(f"{name:22} pare {found[name]:.6g}   elsewhere {value:.6g}")
        assert abs(found[name] - value) <= 2e-3 * abs(value), name


main()
