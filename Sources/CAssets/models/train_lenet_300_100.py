"""Trains the bundled LeNet-300-100 on the digits that Pare draws, and writes it as ONNX.

    pare digits --count 60000 --seed 300100 -o digits/train      # writes …-images-idx3-ubyte and …-labels-idx1-ubyte
    pare digits --count 2000  --seed 2828   -o digits/test
    pip install numpy==2.4.6 onnx==1.23.2
    python train_lenet_300_100.py digits/train digits/test lenet-300-100.onnx

Adam with decay apart from the gradient (Loshchilov and Hutter, 2019) and a cosine schedule, float32, seed 1. The decay is
that of the penalty √(w² + ε²), a rounded |w|: it gathers the weights that do little in a bell around zero and leaves the
others, so the network prunes well.
"""

import argparse

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SIZES = [784, 300, 100, 10]
ROUNDING = 0.007  # ε of the penalty


def read_digits(prefix):
    with open(prefix + "-images-idx3-ubyte", "rb") as file:
        images = np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 784)
    with open(prefix + "-labels-idx1-ubyte", "rb") as file:
        labels = np.frombuffer(file.read(), np.uint8, offset=8)
    return images.astype(np.float32) / 255, labels.astype(np.int64)


def initialize(random):
    """He initialisation; each weight is (out, in), as Gemm with transB takes it."""
    parameters = []
    for fan_in, fan_out in zip(SIZES, SIZES[1:]):
        parameters.append(random.normal(0, np.sqrt(2 / fan_in), (fan_out, fan_in)).astype(np.float32))
        parameters.append(np.zeros(fan_out, np.float32))
    return parameters


def forward(parameters, images):
    """Every layer's input, and the logits last."""
    activations = [images]
    for layer in range(3):
        weight, bias = parameters[2 * layer : 2 * layer + 2]
        output = activations[-1] @ weight.T + bias
        activations.append(output if layer == 2 else np.maximum(output, 0))
    return activations


def gradients(parameters, images, labels):
    activations = forward(parameters, images)
    logits = activations[-1]
    shifted = np.exp(logits - logits.max(1, keepdims=True))
    delta = shifted / shifted.sum(1, keepdims=True)
    delta[np.arange(len(labels)), labels] -= 1
    delta /= len(labels)
    result = [None] * 6
    for layer in (2, 1, 0):
        result[2 * layer] = delta.T @ activations[layer]
        result[2 * layer + 1] = delta.sum(0)
        if layer:
            delta = (delta @ parameters[2 * layer]) * (activations[layer] > 0)
    return result


def accuracy(parameters, images, labels):
    return float((forward(parameters, images)[-1].argmax(1) == labels).mean())


def train(images, labels, test, arguments):
    random = np.random.default_rng(1)
    parameters = initialize(random)
    first = [np.zeros_like(p) for p in parameters]
    second = [np.zeros_like(p) for p in parameters]
    batches = len(images) // arguments.batch
    steps = arguments.epochs * batches
    step = 0
    for epoch in range(arguments.epochs):
        order = random.permutation(len(images))
        for batch in range(batches):
            chosen = order[batch * arguments.batch : (batch + 1) * arguments.batch]
            step += 1
            rate = arguments.rate * 0.5 * (1 + np.cos(np.pi * step / steps))
            correction = np.sqrt(1 - 0.999**step) / (1 - 0.9**step)
            for index, gradient in enumerate(gradients(parameters, images[chosen], labels[chosen])):
                first[index] += 0.1 * (gradient - first[index])
                second[index] += 0.001 * (gradient * gradient - second[index])
                if gradient.ndim == 2:
                    pull = parameters[index] / np.sqrt(parameters[index] ** 2 + np.float32(ROUNDING**2))
                    parameters[index] -= np.float32(rate * arguments.decay) * pull
                parameters[index] -= np.float32(rate * correction) * first[index] / (np.sqrt(second[index]) + 1e-8)
        print(f"epoch {epoch + 1:2}  seen {accuracy(parameters, images[:10000], labels[:10000]):.4f}"
              f"  unseen {accuracy(parameters, *test):.4f}", flush=True)
    return parameters


def model(parameters):
    nodes = [helper.make_node("Flatten", ["image"], ["pixels"], name="flatten", axis=1)]
    initializers = []
    value = "pixels"
    for layer in range(3):
        name = f"fc{layer + 1}"
        for kind, array in zip(("weight", "bias"), parameters[2 * layer : 2 * layer + 2]):
            initializers.append(numpy_helper.from_array(np.ascontiguousarray(array), f"{name}.{kind}"))
        output = "logits" if layer == 2 else f"{name}.output"
        nodes.append(helper.make_node("Gemm", [value, f"{name}.weight", f"{name}.bias"], [output], name=name, transB=1))
        value = output
        if layer < 2:
            value = f"relu{layer + 1}.output"
            nodes.append(helper.make_node("Relu", [output], [value], name=f"relu{layer + 1}"))
    graph = helper.make_graph(
        nodes, "lenet-300-100",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["N", 1, 28, 28])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["N", 10])],
        initializers)
    result = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], producer_name="pare", ir_version=7)
    result.doc_string = "LeNet-300-100 for the synthetic handwritten digits that Pare draws; pixels 0 (paper) to 1 (ink)."
    onnx.checker.check_model(result, full_check=True)
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("train")
    parser.add_argument("test")
    parser.add_argument("output")
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--decay", type=float, default=0.04)
    arguments = parser.parse_args()
    test = read_digits(arguments.test)
    parameters = train(*read_digits(arguments.train), test, arguments)
    print(f"accuracy on {len(test[1])} unseen digits: {accuracy(parameters, *test):.4f}")
    onnx.save(model(parameters), arguments.output)


if __name__ == "__main__":
    main()
