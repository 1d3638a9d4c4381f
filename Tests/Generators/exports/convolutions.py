"""Convolutions that classify no images: segmentation, detection, style, one and three axes."""

import numpy
import torch
import torch.nn.functional as F
from torch import nn

from .architecture import Architecture, images, narrowed, signals
from .vision import models  # before all else of torchvision

from torchvision.models.segmentation.deeplabv3 import DeepLabHead
from torchvision.models.segmentation.fcn import FCNHead
from torchvision.models.segmentation.lraspp import LRASPPHead


def block(inputs, outputs):
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True),
        nn.Conv2d(outputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True))


class UNet(nn.Module):
    """Ronneberger 2015: down by pooling, up by transposed convolution, with what was before concatenated."""

    def __init__(self, width=8, classes=3):
        super().__init__()
        widths = [width, 2 * width, 4 * width]
        self.down = nn.ModuleList(block(i, o) for i, o in zip([3, *widths], widths))
        self.middle = block(4 * width, 8 * width)
        self.up = nn.ModuleList(nn.ConvTranspose2d(2 * w, w, 2, 2) for w in reversed(widths))
        self.join = nn.ModuleList(block(2 * w, w) for w in reversed(widths))
        self.head = nn.Conv2d(width, classes, 1)

    def forward(self, x):
        kept = []
        for layer in self.down:
            x = layer(x)
            kept.append(x)
            x = F.max_pool2d(x, 2)
        x = self.middle(x)
        for up, join in zip(self.up, self.join):
            x = join(torch.cat([kept.pop(), up(x)], 1))
        return self.head(x)


class Waves(nn.Module):
    """Convolutions along time, dilated and gated, as keyword spotters and WaveNets have."""

    def __init__(self, width=24):
        super().__init__()
        self.first = nn.Conv1d(4, width, 5, padding=2)
        self.gated = nn.ModuleList(nn.Conv1d(width, 2 * width, 3, padding=d, dilation=d) for d in (1, 2, 4))
        self.norms = nn.ModuleList(nn.BatchNorm1d(width) for _ in range(3))
        self.depthwise = nn.Conv1d(width, width, 3, padding=1, groups=width)
        self.classes = nn.Linear(width, 10)

    def forward(self, x):
        x = F.elu(self.first(x))
        for gated, norm in zip(self.gated, self.norms):
            value, gate = gated(x).chunk(2, 1)
            x = norm(x + torch.tanh(value) * torch.sigmoid(gate))
        x = F.leaky_relu(self.depthwise(x), 0.1)
        return self.classes(F.adaptive_avg_pool1d(x, 1).flatten(1))


class Volumes(nn.Module):
    """Convolutions over volumes, as for scans and video."""

    def __init__(self, width=8):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv3d(1, width, 3, padding=1, bias=False), nn.BatchNorm3d(width), nn.ReLU(), nn.MaxPool3d(2),
            nn.Conv3d(width, 2 * width, 3, padding=1, bias=False), nn.BatchNorm3d(2 * width), nn.ReLU(), nn.AvgPool3d(2),
            nn.Conv3d(2 * width, 4 * width, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool3d(1))
        self.classes = nn.Linear(4 * width, 10)

    def forward(self, x):
        return self.classes(torch.flatten(self.features(x), 1))


class Unit(nn.Module):
    def __init__(self, inputs, outputs, kernel=3, stride=1):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
        self.norm = nn.BatchNorm2d(outputs)

    def forward(self, x):
        return F.silu(self.norm(self.conv(x)))


class CrossStage(nn.Module):
    """YOLOv8's C2f: split in halves, bottlenecks on the last, all of them joined."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.first, self.last = Unit(inputs, outputs, 1), Unit(outputs // 2 * 3, outputs, 1)
        self.inner = nn.Sequential(Unit(outputs // 2, outputs // 2), Unit(outputs // 2, outputs // 2))

    def forward(self, x):
        parts = list(self.first(x).chunk(2, 1))
        parts.append(parts[-1] + self.inner(parts[-1]))
        return self.last(torch.cat(parts, 1))


class Pyramid(nn.Module):
    """Pooling over growing neighbourhoods (SPPF)."""

    def __init__(self, width):
        super().__init__()
        self.first, self.last = Unit(width, width // 2, 1), Unit(width * 2, width, 1)

    def forward(self, x):
        parts = [self.first(x)]
        for _ in range(3):
            parts.append(F.max_pool2d(parts[-1], 5, 1, 2))
        return self.last(torch.cat(parts, 1))


class Yolo(nn.Module):
    """YOLOv8 in small: backbone, a neck that goes up and down again, heads at two scales, boxes by expected distances."""

    def __init__(self, width=8, classes=4, bins=4):
        super().__init__()
        w, self.bins, self.classes = width, bins, classes
        self.stem = nn.Sequential(Unit(3, w, 3, 2), Unit(w, 2 * w, 3, 2), CrossStage(2 * w, 2 * w))
        self.deep = nn.Sequential(Unit(2 * w, 4 * w, 3, 2), CrossStage(4 * w, 4 * w), Pyramid(4 * w))
        self.up = CrossStage(6 * w, 2 * w)
        self.down, self.join = Unit(2 * w, 2 * w, 3, 2), CrossStage(6 * w, 4 * w)
        self.boxes = nn.ModuleList(nn.Sequential(Unit(c, c), nn.Conv2d(c, 4 * bins, 1)) for c in (2 * w, 4 * w))
        self.names = nn.ModuleList(nn.Sequential(Unit(c, c), nn.Conv2d(c, classes, 1)) for c in (2 * w, 4 * w))
        self.register_buffer("steps", torch.arange(bins, dtype=torch.float32).view(1, bins, 1, 1))

    def forward(self, x):
        fine = self.stem(x)
        coarse = self.deep(fine)
        fine = self.up(torch.cat([F.interpolate(coarse, scale_factor=2.0, mode="nearest"), fine], 1))
        coarse = self.join(torch.cat([self.down(fine), coarse], 1))
        heads = [torch.cat([box(f), name(f)], 1).flatten(2) for f, box, name in zip((fine, coarse), self.boxes, self.names)]
        boxes, names = torch.cat(heads, 2).split((4 * self.bins, self.classes), 1)
        batch, _, places = boxes.shape
        distances = F.conv2d(boxes.view(batch, 4, self.bins, places).transpose(2, 1).softmax(1), self.steps).view(batch, 4, places)
        near, far = distances.chunk(2, 1)
        return torch.cat([(far - near) / 2, near + far, names.sigmoid()], 1)


class Style(nn.Module):
    """A style network (Johnson 2016): reflected borders, instance norms, a residual block, bilinear upsampling."""

    def __init__(self, width=8):
        super().__init__()
        w = width
        self.layers = nn.ModuleList([
            nn.Conv2d(3, w, 5), nn.Conv2d(w, 2 * w, 3, 2), nn.Conv2d(2 * w, 2 * w, 3), nn.Conv2d(2 * w, 2 * w, 3),
            nn.Conv2d(2 * w, w, 3), nn.Conv2d(w, 3, 5)])
        self.norms = nn.ModuleList(nn.InstanceNorm2d(c, affine=True) for c in (w, 2 * w, 2 * w, 2 * w, w))
        self.mix = nn.GroupNorm(1, w)

    def padded(self, index, x):
        layer = self.layers[index]
        return layer(F.pad(x, [layer.kernel_size[0] // 2] * 4, mode="reflect"))

    def forward(self, x):
        x = F.relu(self.norms[0](self.padded(0, x)))
        x = F.relu(self.norms[1](self.padded(1, x)))
        x = x + self.norms[3](self.padded(3, F.relu(self.norms[2](self.padded(2, x)))))
        x = F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
        x = self.mix(F.relu(self.norms[4](self.padded(4, x))))
        return torch.tanh(self.padded(5, x))


class Heads(nn.Module):
    """One of torchvision's heads for segmentation on two stages of a backbone, brought back to the image's size."""

    def __init__(self, head, width=16):
        super().__init__()
        self.low = nn.Sequential(block(3, width), nn.MaxPool2d(2), block(width, width), nn.MaxPool2d(2))
        self.high = nn.Sequential(block(width, 2 * width), nn.MaxPool2d(2))
        self.head = head

    def forward(self, x):
        low = self.low(x)
        high = self.high(low)
        y = self.head({"low": low, "high": high} if isinstance(self.head, LRASPPHead) else high)
        return F.interpolate(y, size=x.shape[-2:], mode="bilinear", align_corners=False)


CONVOLUTIONS = [
    Architecture("u-net", UNet, images(32), fixed=2),
    Architecture("conv-1d", Waves, signals(4, 64)),
    Architecture("conv-3d", Volumes, signals(1, 8, 16, 16)),
    Architecture("yolo", Yolo, images(64), symbols={"x": {2: "height", 3: "width"}}),
    Architecture("style", Style, images(32)),
    Architecture("fcn", lambda: Heads(FCNHead(32, 5)), images(64)),
    Architecture("deeplab", lambda: Heads(narrowed(DeepLabHead(256, 5, (2, 4, 6)), 8)), images(64)),
    Architecture("lraspp", lambda: Heads(LRASPPHead(16, 32, 5, 24)), images(64)),
]
