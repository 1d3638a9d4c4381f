"""Networks that make images or signals of others: autoencoders, translators between kinds of images, upscalers, waves."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.parametrizations import weight_norm

from .architecture import Architecture, images, signals


class Autoencoder(nn.Module):
    """A variational autoencoder (Kingma 2013) that decodes the mean; its shapes are read of the input."""

    def __init__(self, width=8, hidden=12):
        super().__init__()
        w = width
        self.down = nn.Sequential(
            nn.Conv2d(3, w, 4, 2, 1), nn.ReLU(), nn.Conv2d(w, 2 * w, 4, 2, 1), nn.ReLU(), nn.Conv2d(2 * w, 4 * w, 4, 2, 1), nn.ReLU())
        self.mean, self.spread = nn.Linear(4 * w * 16, hidden), nn.Linear(4 * w * 16, hidden)
        self.wide = nn.Linear(hidden, 4 * w * 16)
        self.up = nn.Sequential(
            nn.ConvTranspose2d(4 * w, 2 * w, 4, 2, 1), nn.ReLU(), nn.ConvTranspose2d(2 * w, w, 4, 2, 1), nn.ReLU(),
            nn.ConvTranspose2d(w, 3, 4, 2, 1))

    def forward(self, x):
        x = self.down(x)
        flat = x.view(x.size(0), -1)
        code = self.mean(flat) + 0.1 * torch.exp(0.5 * self.spread(flat))
        return torch.sigmoid(self.up(self.wide(code).view(x.size(0), -1, 4, 4)))


class Residual(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.layers = nn.Sequential(
            nn.ReflectionPad2d(1), nn.Conv2d(width, width, 3), nn.InstanceNorm2d(width), nn.ReLU(True),
            nn.ReflectionPad2d(1), nn.Conv2d(width, width, 3), nn.InstanceNorm2d(width))

    def forward(self, x):
        return x + self.layers(x)


def cycle_gan(width=8):
    """CycleGAN's generator (Zhu 2017): instance norms without parameters, residual blocks, transposed convolutions."""
    w = width
    return nn.Sequential(
        nn.ReflectionPad2d(3), nn.Conv2d(3, w, 7), nn.InstanceNorm2d(w), nn.ReLU(True),
        nn.Conv2d(w, 2 * w, 3, 2, 1), nn.InstanceNorm2d(2 * w), nn.ReLU(True), Residual(2 * w), Residual(2 * w),
        nn.ConvTranspose2d(2 * w, w, 3, 2, 1, 1), nn.InstanceNorm2d(w), nn.ReLU(True), nn.ReflectionPad2d(3), nn.Conv2d(w, 3, 7), nn.Tanh())


class Skip(nn.Module):
    """A level of pix2pix's generator (Isola 2017): what comes up again is joined with what went down."""

    def __init__(self, outer, inner, below=None, inputs=None, isOutermost=False):
        super().__init__()
        self.isOutermost = isOutermost
        down = nn.Conv2d(inputs or outer, inner, 4, 2, 1, bias=False)
        up = nn.ConvTranspose2d(inner * (2 if below else 1), outer, 4, 2, 1, bias=isOutermost)
        if isOutermost:
            layers = [down, below, nn.ReLU(True), up, nn.Tanh()]
        elif below is None:
            layers = [nn.LeakyReLU(0.2, True), down, nn.ReLU(True), up, nn.BatchNorm2d(outer)]
        else:
            layers = [nn.LeakyReLU(0.2, True), down, nn.BatchNorm2d(inner), below, nn.ReLU(True), up, nn.BatchNorm2d(outer)]
        self.layers = nn.Sequential(*layers)

    def forward(self, x):
        return self.layers(x) if self.isOutermost else torch.cat([x, self.layers(x)], 1)


def pix2pix(width=8):
    w = width
    return Skip(3, w, Skip(w, 2 * w, Skip(2 * w, 4 * w, Skip(4 * w, 4 * w))), inputs=3, isOutermost=True)


class WaveNet(nn.Module):
    """Causal dilated convolutions, gated, with residual and skip sums (van den Oord 2016)."""

    def __init__(self, width=16, skip=24):
        super().__init__()
        self.first = nn.Conv1d(1, width, 1)
        self.filters = nn.ModuleList(nn.Conv1d(width, width, 2, dilation=d) for d in (1, 2, 4, 8))
        self.gates = nn.ModuleList(nn.Conv1d(width, width, 2, dilation=d) for d in (1, 2, 4, 8))
        self.residuals = nn.ModuleList(nn.Conv1d(width, width, 1) for _ in range(4))
        self.skips = nn.ModuleList(nn.Conv1d(width, skip, 1) for _ in range(4))
        self.inner, self.last = nn.Conv1d(skip, skip, 1), nn.Conv1d(skip, 8, 1)

    def forward(self, x):
        x, total = self.first(x), 0
        for value, gate, residual, skip in zip(self.filters, self.gates, self.residuals, self.skips):
            padded = F.pad(x, (value.dilation[0], 0))
            z = torch.tanh(value(padded)) * torch.sigmoid(gate(padded))
            total = total + skip(z)
            x = x + residual(z)
        return self.last(F.relu(self.inner(F.relu(total))))


class Temporal(nn.Module):
    """A temporal network (Bai 2018): causal by cutting off what is behind, weights kept as direction and length."""

    def __init__(self, width=16):
        super().__init__()
        self.first, self.second = (weight_norm(nn.Conv1d(i, width, 3, padding=p, dilation=p // 2)) for i, p in ((4, 2), (width, 4)))
        self.short, self.classes = nn.Conv1d(4, width, 1), nn.Linear(width, 6)

    def forward(self, x):
        h = F.relu(self.first(x)[:, :, :-2].contiguous())
        h = F.relu(self.second(h)[:, :, :-4].contiguous())
        return self.classes(F.relu(h + self.short(x))[:, :, -1])


class Upscaler(nn.Module):
    """An upscaler: dense joins, a long residual, channels moved into space (ESPCN, RDN)."""

    def __init__(self, width=8):
        super().__init__()
        w = width
        self.first = nn.Conv2d(3, w, 3, padding=1)
        self.dense = nn.ModuleList(nn.Conv2d(w * (i + 1), w, 3, padding=1) for i in range(3))
        self.fuse, self.slope = nn.Conv2d(4 * w, w, 1), nn.PReLU(w)
        self.grow, self.last = nn.Conv2d(w, 4 * w, 3, padding=1), nn.Conv2d(w, 3, 3, padding=1)

    def forward(self, x):
        first = self.first(x)
        parts = [first]
        for layer in self.dense:
            parts.append(F.leaky_relu(layer(torch.cat(parts, 1)), 0.2))
        h = self.slope(self.fuse(torch.cat(parts, 1)) + first)
        return self.last(F.pixel_shuffle(self.grow(h), 2)) + F.interpolate(x, scale_factor=2, mode="nearest")


GENERATORS = [
    Architecture("vae", Autoencoder, images(32)),
    Architecture("cycle-gan", cycle_gan, images(32)),
    Architecture("pix2pix", pix2pix, images(32), fixed=2),
    Architecture("wavenet", WaveNet, signals(1, 64)),
    Architecture("temporal", Temporal, signals(4, 32)),
    Architecture("upscaler", Upscaler, images(16)),
]
