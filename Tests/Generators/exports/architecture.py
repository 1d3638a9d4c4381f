"""What the export matrix knows of a network: how to build it, what it reads, and which axes may be symbolic."""

import dataclasses
import typing

import numpy
import torch
from torch import nn


@dataclasses.dataclass
class Architecture:
    """`inputs(samples, random)` gives {name: array}, samples along the first axis. `symbols` are axes beside the batch's that stay
    symbolic in every export: {input: {axis: name}}. `fixed` is how many samples a run of the fixed export takes. `written` gives the model
as a third exporter writes it, from the module and the batch (None where it is open)."""

    name: str
    build: typing.Callable[[], nn.Module]
    inputs: typing.Callable[[int, numpy.random.Generator], dict]
    outputs: tuple = ("y",)
    symbols: dict = dataclasses.field(default_factory=dict)
    fixed: int = 1
    samples: int = 48
    calibration: int = 160
    written: typing.Callable | None = None

    def module(self, seed=13):
        """The network in evaluation mode with seeded random weights, its norms' statistics those of what they see."""
        torch.manual_seed(seed)
        module = self.build()
        norms = [m for m in module.modules() if isinstance(m, nn.modules.batchnorm._BatchNorm)]
        with torch.no_grad():
            for norm in norms:
                norm.weight.uniform_(0.7, 1.3)
                norm.bias.uniform_(-0.3, 0.3)
                norm.momentum = None
            if norms:
                module.train()
                for layer in module.modules():
                    if isinstance(layer, (nn.Dropout, nn.Dropout2d)):
                        layer.eval()
                module(*self.tensors(16, seed=99).values())
            # Parameters that all begin as zeros or ones an exporter stores once, and layers that read one tensor are tied.
            for parameter in module.parameters():
                if parameter.dim() == 1 and (parameter == parameter[0]).all():
                    parameter += 0.1 * torch.randn_like(parameter)
        return module.eval()

    def arrays(self, samples=None, seed=7):
        return self.inputs(samples or self.samples, numpy.random.default_rng(seed))

    def tensors(self, samples, seed=7):
        return {name: torch.from_numpy(array) for name, array in self.arrays(samples, seed).items()}


def images(size, channels=3):
    """Noise with some smoothness, as pictures have."""
    def draw(samples, random):
        coarse = random.standard_normal((samples, channels, size // 8, size // 8))
        fine = random.standard_normal((samples, channels, size, size))
        return {"x": (numpy.kron(coarse, numpy.ones((8, 8))) + 0.5 * fine).astype(numpy.float32)}
    return draw


def signals(*extents, name="x"):
    return lambda samples, random: {name: random.standard_normal((samples, *extents)).astype(numpy.float32)}


def narrowed(module, divisor):
    """The same network with fewer channels: what convolutions, norms and products hold, divided; the images' channels, the classes of
    the last product or convolution and the groups of convolutions that are not depthwise stay."""
    last = [m for m in module.modules() if isinstance(m, (nn.Linear, nn.Conv2d))][-1]

    def less(count):
        return max(1, count // divisor)

    def replacement(m):
        if isinstance(m, nn.Conv2d):
            outputs = m.out_channels if m is last else less(m.out_channels)
            return nn.Conv2d(m.in_channels if m.in_channels == 3 else less(m.in_channels), outputs, m.kernel_size, m.stride,
                             m.padding, m.dilation, less(m.groups) if m.groups == m.in_channels else m.groups, m.bias is not None)
        if isinstance(m, nn.BatchNorm2d):
            return nn.BatchNorm2d(less(m.num_features), m.eps)
        if isinstance(m, nn.Linear):
            return nn.Linear(less(m.in_features), m.out_features if m is last else less(m.out_features), m.bias is not None)
        return None

    for parent in list(module.modules()):
        for name, child in list(parent.named_children()):
            other = replacement(child)
            if other is not None:
                setattr(parent, name, other)
    return module
