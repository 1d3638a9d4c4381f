"""Writes a network with random weights: vision_networks.py googlenet|resnet18|vgg16|resnet20 OUT.onnx

The first three layer by layer after torchvision's googlenet.py, resnet.py and vgg.py (inference, no auxiliary classifiers),
as its ONNX export has them, batch normalizations left in; resnet20 is the one for 32×32 images of He et al. 2016.
"""

import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


class Builder:
    def __init__(self):
        self.nodes, self.weights, self.count = [], [], 0
        self.random = np.random.default_rng(7)

    def name(self, kind):
        self.count += 1
        return f"{kind}_{self.count}"

    def tensor(self, values):
        name = self.name("w")
        self.weights.append(numpy_helper.from_array(values.astype(np.float32), name))
        return name

    def node(self, kind, inputs, **attributes):
        name = self.name(kind.lower())
        self.nodes.append(helper.make_node(kind, inputs, [name], name, **attributes))
        return name

    def conv(self, x, inputs, outputs, kernel, stride=1, pad=0, bias=False):
        scale = np.sqrt(2 / (inputs * kernel * kernel))
        given = [x, self.tensor(self.random.standard_normal((outputs, inputs, kernel, kernel)) * scale)]
        if bias:
            given.append(self.tensor(self.random.standard_normal(outputs) * 0.01))
        return self.node("Conv", given, kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=[pad] * 4)

    def norm(self, x, channels, epsilon=1e-5):
        random = self.random
        given = [random.uniform(0.8, 1.2, channels), random.standard_normal(channels) * 0.1,
                 random.standard_normal(channels) * 0.1, random.uniform(0.8, 1.2, channels)]
        return self.node("BatchNormalization", [x] + [self.tensor(v) for v in given], epsilon=epsilon)

    def relu(self, x):
        return self.node("Relu", [x])

    def pool(self, x, kernel, stride, pad=0, ceil=0):
        return self.node("MaxPool", [x], kernel_shape=[kernel] * 2, strides=[stride] * 2, pads=[pad] * 4, ceil_mode=ceil)

    def linear(self, x, inputs, outputs):
        weight = self.tensor(self.random.standard_normal((outputs, inputs)) / np.sqrt(inputs))
        return self.node("Gemm", [x, weight, self.tensor(np.zeros(outputs))], transB=1)

    def save(self, output, path, extent=224, classes=1000):
        data = helper.make_tensor_value_info("input", TensorProto.FLOAT, ["N", 3, extent, extent])
        result = helper.make_tensor_value_info(output, TensorProto.FLOAT, ["N", classes])
        graph = helper.make_graph(self.nodes, "network", [data], [result], self.weights)
        onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), path)


def googlenet(b):
    def basic(x, inputs, outputs, kernel, **how):
        return b.relu(b.norm(b.conv(x, inputs, outputs, kernel, **how), outputs, 1e-3))

    def inception(x, inputs, c1, c3r, c3, c5r, c5, pool):
        branches = [
            basic(x, inputs, c1, 1),
            basic(basic(x, inputs, c3r, 1), c3r, c3, 3, pad=1),
            basic(basic(x, inputs, c5r, 1), c5r, c5, 3, pad=1),  # torchvision has 3×3 here
            basic(b.pool(x, 3, 1, 1, 1), inputs, pool, 1),
        ]
        return b.node("Concat", branches, axis=1)

    x = b.pool(basic("input", 3, 64, 7, stride=2, pad=3), 3, 2, ceil=1)
    x = b.pool(basic(basic(x, 64, 64, 1), 64, 192, 3, pad=1), 3, 2, ceil=1)
    x = inception(x, 192, 64, 96, 128, 16, 32, 32)
    x = b.pool(inception(x, 256, 128, 128, 192, 32, 96, 64), 3, 2, ceil=1)
    x = inception(x, 480, 192, 96, 208, 16, 48, 64)
    x = inception(x, 512, 160, 112, 224, 24, 64, 64)
    x = inception(x, 512, 128, 128, 256, 24, 64, 64)
    x = inception(x, 512, 112, 144, 288, 32, 64, 64)
    x = b.pool(inception(x, 528, 256, 160, 320, 32, 128, 128), 2, 2, ceil=1)
    x = inception(x, 832, 256, 160, 320, 32, 128, 128)
    x = inception(x, 832, 384, 192, 384, 48, 128, 128)
    return b.linear(b.node("Flatten", [b.node("GlobalAveragePool", [x])]), 1024, 1000)


def block(b, x, inputs, outputs, stride):
    y = b.relu(b.norm(b.conv(x, inputs, outputs, 3, stride, 1), outputs))
    y = b.norm(b.conv(y, outputs, outputs, 3, 1, 1), outputs)
    if stride != 1 or inputs != outputs:
        x = b.norm(b.conv(x, inputs, outputs, 1, stride), outputs)
    return b.relu(b.node("Add", [y, x]))


def resnet18(b):
    x = b.pool(b.relu(b.norm(b.conv("input", 3, 64, 7, 2, 3), 64)), 3, 2, 1)
    inputs = 64
    for outputs, stride in [(64, 1), (128, 2), (256, 2), (512, 2)]:
        x = block(b, block(b, x, inputs, outputs, stride), outputs, outputs, 1)
        inputs = outputs
    return b.linear(b.node("Flatten", [b.node("GlobalAveragePool", [x])]), 512, 1000)


def resnet20(b):
    x, inputs = b.relu(b.norm(b.conv("input", 3, 16, 3, 1, 1), 16)), 16
    for outputs, stride in [(16, 1), (32, 2), (64, 2)]:
        for position in range(3):
            x = block(b, x, inputs, outputs, stride if position == 0 else 1)
            inputs = outputs
    return b.linear(b.node("Flatten", [b.node("GlobalAveragePool", [x])]), 64, 10)


def vgg16(b):
    x, inputs = "input", 3
    for outputs in [64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512, 0]:
        if outputs == 0:
            x = b.pool(x, 2, 2)
        else:
            x, inputs = b.relu(b.conv(x, inputs, outputs, 3, pad=1, bias=True)), outputs
    x = b.node("Flatten", [x])
    x = b.relu(b.linear(x, 512 * 7 * 7, 4096))
    return b.linear(b.relu(b.linear(x, 4096, 4096)), 4096, 1000)


name, path = sys.argv[1:3]
builder = Builder()
output = {"googlenet": googlenet, "resnet18": resnet18, "vgg16": vgg16, "resnet20": resnet20}[name](builder)
builder.save(output, path, *((32, 10) if name == "resnet20" else ()))
