"""A network that reads its images channels last, also as tf2onnx writes a Keras model: it moves the channels at the entry and before
the products, whose weights lie the other way round, and names nodes after their place in the graph that was saved."""

import numpy
import onnx
import torch.nn.functional as F
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from .architecture import Architecture, images

CLASSES, SIZE, WIDTH = 10, 16, 8


class ChannelsLast(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.depthwise = nn.Conv2d(3, WIDTH, 3, padding=1), nn.Conv2d(WIDTH, WIDTH, 3, padding=1, groups=WIDTH)
        self.second = nn.Conv2d(WIDTH, 2 * WIDTH, 1)
        self.inner, self.classes = nn.Linear(2 * WIDTH * (SIZE // 4) ** 2, 32), nn.Linear(32, CLASSES)

    def forward(self, x):
        x = F.relu(self.first(x.permute(0, 3, 1, 2)))
        x = F.max_pool2d(x + F.relu6(self.depthwise(x)), 2)
        x = F.max_pool2d(F.relu(self.second(x)), 2)
        x = x.permute(0, 2, 3, 1).flatten(1)
        return self.classes(F.relu(self.inner(x)))


def written(module, batch):
    """What tf2onnx makes of it, opset 15; `batch` None leaves the batch open."""
    prefix = "StatefulPartitionedCall/model/"
    weights, nodes = [], []

    def store(name, array):
        weights.append(numpy_helper.from_array(numpy.ascontiguousarray(array), prefix + name))
        return prefix + name

    def node(operation, inputs, name, **attributes):
        nodes.append(helper.make_node(operation, inputs, [f"{prefix}{name}:0"], name=prefix + name, **attributes))
        return f"{prefix}{name}:0"

    def convolved(layer, x, name, **attributes):
        pads = layer.padding[0]
        return node("Conv", [x, store(f"{name}/weights_fused_bn", layer.weight.detach().numpy()),
                             store(f"{name}/bias_fused_bn", layer.bias.detach().numpy())], name,
                    strides=[1, 1], dilations=[1, 1], kernel_shape=list(layer.kernel_size), pads=[pads] * 4, group=layer.groups)

    def dense(layer, x, name):
        product = node("MatMul", [x, store(f"{name}/MatMul/ReadVariableOp:0", layer.weight.detach().numpy().T)], f"{name}/MatMul")
        return node("Add", [product, store(f"{name}/BiasAdd/ReadVariableOp:0", layer.bias.detach().numpy())], f"{name}/BiasAdd")

    x = node("Transpose", ["x"], "conv2d/Conv2D__6", perm=[0, 3, 1, 2])
    x = node("Relu", [convolved(module.first, x, "conv2d/Conv2D")], "conv2d/Relu")
    y = convolved(module.depthwise, x, "depthwise_conv2d/depthwise")
    y = node("Clip", [y, store("zero", numpy.float32(0)), store("six", numpy.float32(6))], "re_lu/Relu6")
    x = node("Add", [y, x], "add/add")
    x = node("MaxPool", [x], "max_pooling2d/MaxPool", kernel_shape=[2, 2], strides=[2, 2], auto_pad="VALID")
    x = node("Relu", [convolved(module.second, x, "conv2d_1/Conv2D")], "conv2d_1/Relu")
    x = node("MaxPool", [x], "max_pooling2d_1/MaxPool", kernel_shape=[2, 2], strides=[2, 2], auto_pad="VALID")
    x = node("Transpose", [x], "max_pooling2d_1/MaxPool__22", perm=[0, 2, 3, 1])
    x = node("Reshape", [x, store("flatten/const", numpy.array([-1, module.inner.in_features], numpy.int64))], "flatten/Reshape")
    x = node("Relu", [dense(module.inner, x, "dense")], "dense/Relu")
    x = dense(module.classes, x, "dense_1")
    nodes.append(helper.make_node("Identity", [x], ["y"], name="Identity"))
    extent = batch or "unk__24"
    graph = helper.make_graph(
        nodes, "tf2onnx", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [extent, SIZE, SIZE, 3])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [extent, CLASSES])], weights)
    model = helper.make_model(graph, producer_name="tf2onnx", opset_imports=[helper.make_opsetid("", 15)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    return model


def channels_last(samples, random):
    return {"x": numpy.ascontiguousarray(images(SIZE)(samples, random)["x"].transpose(0, 2, 3, 1))}


LAYOUTS = [Architecture("channels-last", ChannelsLast, channels_last, written=written)]
