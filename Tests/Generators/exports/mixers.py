"""Networks that mix places and channels by turns: MLP-Mixer, ConvNeXt, windows of attention, a conformer."""

import torch
import torch.nn.functional as F
from torch import nn

from .architecture import Architecture, images, signals
from .vision import models

from torchvision.models.convnext import CNBlockConfig


class MixerBlock(nn.Module):
    def __init__(self, places, width):
        super().__init__()
        self.before, self.after = nn.LayerNorm(width), nn.LayerNorm(width)
        self.places = nn.Sequential(nn.Linear(places, 2 * places), nn.GELU(), nn.Linear(2 * places, places))
        self.channels = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))

    def forward(self, x):
        x = x + self.places(self.before(x).transpose(1, 2)).transpose(1, 2)
        return x + self.channels(self.after(x))


class Mixer(nn.Module):
    """MLP-Mixer (Tolstikhin 2021)."""

    def __init__(self, width=24, patch=8, size=32):
        super().__init__()
        self.embed = nn.Conv2d(3, width, patch, patch)
        self.blocks = nn.Sequential(*(MixerBlock((size // patch) ** 2, width) for _ in range(2)))
        self.norm, self.classes = nn.LayerNorm(width), nn.Linear(width, 10)

    def forward(self, x):
        x = self.embed(x).flatten(2).transpose(1, 2)
        return self.classes(self.norm(self.blocks(x)).mean(1))


def convnext():
    settings = [CNBlockConfig(16, 24, 1), CNBlockConfig(24, 32, 1), CNBlockConfig(32, None, 1)]
    return models.ConvNeXt(settings, layer_scale=0.5, num_classes=10)


def swin(kind):
    return lambda: kind([4, 4], 16, [2, 2], [2, 4], [4, 4], stochastic_depth_prob=0.0, num_classes=10)


class Conformer(nn.Module):
    """A conformer's block (Gulati 2020): gated convolution along time between products."""

    def __init__(self, width=24, heads=4):
        super().__init__()
        self.first = nn.Linear(8, width)
        self.wide, self.narrow = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)
        self.attention = nn.MultiheadAttention(width, heads, batch_first=True)
        self.point, self.last = nn.Conv1d(width, 2 * width, 1), nn.Conv1d(width, width, 1)
        self.depth, self.norm = nn.Conv1d(width, width, 5, padding=2, groups=width), nn.BatchNorm1d(width)
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(4))
        self.classes = nn.Linear(width, 10)

    def forward(self, x):
        x = self.first(x)
        x = x + 0.5 * self.narrow(F.silu(self.wide(self.norms[0](x))))
        h = self.norms[1](x)
        x = x + self.attention(h, h, h, need_weights=False)[0]
        h = F.glu(self.point(self.norms[2](x).transpose(1, 2)), 1)
        x = x + self.last(F.silu(self.norm(self.depth(h)))).transpose(1, 2)
        return self.classes(self.norms[3](x))


MIXERS = [
    Architecture("mlp-mixer", Mixer, images(32)),
    Architecture("convnext", convnext, images(64)),
    Architecture("swin", swin(models.SwinTransformer), images(32)),
    Architecture("conformer", Conformer, signals(16, 8)),
]
