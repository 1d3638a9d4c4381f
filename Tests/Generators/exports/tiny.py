"""Networks of a few kilobytes with what exporters write differently: what `swift test` reads."""

import torch
import torch.nn.functional as F
from torch import nn

from .architecture import Architecture, images, signals


class Shuffled(nn.Module):
    """A norm to fold, halves that are swapped and shuffled, a residual, and a view before the product."""

    def __init__(self, width=8):
        super().__init__()
        self.first, self.norm = nn.Conv2d(3, width, 3, padding=1, bias=False), nn.BatchNorm2d(width)
        self.changing, self.last = nn.Conv2d(width // 2, width // 2, 3, padding=1), nn.Conv2d(width, width, 1)
        self.classes = nn.Linear(width * 4, 5)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.norm(self.first(x))), 2)
        batch, channels, height, width = x.shape
        kept, changed = x.chunk(2, 1)
        x = torch.cat([kept, F.hardswish(self.changing(changed))], 1)
        x = x.view(batch, 2, channels // 2, height, width).transpose(1, 2).reshape(batch, channels, height, width)
        x = F.relu(self.last(x) + x)
        return self.classes(F.avg_pool2d(x, 2).view(batch, -1))


class Directions(nn.Module):
    """A recurrent layer in both directions."""

    def __init__(self, width=6):
        super().__init__()
        self.recurrent = nn.LSTM(4, width, batch_first=True, bidirectional=True)
        self.classes = nn.Linear(2 * width, 3)

    def forward(self, x):
        return self.classes(self.recurrent(x)[0][:, -1])


class Attended(nn.Module):
    """One block of packed attention with its norms."""

    def __init__(self, width=8, heads=2):
        super().__init__()
        self.heads = heads
        self.before, self.after = nn.LayerNorm(width), nn.LayerNorm(width)
        self.packed, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.wide, self.narrow = nn.Linear(width, 16), nn.Linear(16, width)
        self.classes = nn.Linear(width, 3)

    def forward(self, x):
        batch, length, width = x.shape
        parts = self.packed(self.before(x)).reshape(batch, length, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(parts[0], parts[1], parts[2])
        x = x + self.out(mixed.transpose(1, 2).reshape(batch, length, width))
        x = x + self.narrow(F.gelu(self.wide(self.after(x))))
        return self.classes(x.mean(1))


TINY = [
    Architecture("shuffled", Shuffled, images(8), fixed=4),
    Architecture("directions", Directions, signals(5, 4), fixed=4),
    Architecture("attended", Attended, signals(6, 8), fixed=4),
]
