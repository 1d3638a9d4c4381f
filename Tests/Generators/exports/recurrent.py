"""Recurrent networks, one and both directions, batch first."""

import torch
import torch.nn.functional as F
from torch import nn

from .architecture import Architecture, signals


class Reader(nn.Module):
    """Two recurrent layers over a sequence, and classes of what was read last."""

    def __init__(self, kind, both, width=24):
        super().__init__()
        self.recurrent = kind(12, width, num_layers=2, batch_first=True, bidirectional=both)
        self.classes = nn.Linear(width * (2 if both else 1), 10)

    def forward(self, x):
        states, _ = self.recurrent(x)
        return self.classes(states[:, -1])


class LanguageModel(nn.Module):
    """Words in, words out, by one table (Press 2017)."""

    def __init__(self, words=61, width=24):
        super().__init__()
        self.words, self.recurrent = nn.Embedding(words, width), nn.LSTM(width, width, num_layers=2, batch_first=True)
        self.head = nn.Linear(width, words)
        self.head.weight = self.words.weight

    def forward(self, input_ids):
        return self.head(self.recurrent(self.words(input_ids))[0])


class Translator(nn.Module):
    """A reader whose last state a writer starts from, and looks back at what was read (Luong 2015)."""

    def __init__(self, words=61, width=24):
        super().__init__()
        self.source, self.target = nn.Embedding(words, 16), nn.Embedding(words, 16)
        self.reader, self.writer = nn.GRU(16, width, batch_first=True), nn.GRU(16, width, batch_first=True)
        self.query, self.joined, self.head = nn.Linear(width, width, bias=False), nn.Linear(2 * width, width), nn.Linear(width, words)

    def forward(self, source_ids, target_ids):
        read, state = self.reader(self.source(source_ids))
        written, _ = self.writer(self.target(target_ids), state)
        scores = torch.bmm(self.query(written), read.transpose(1, 2))
        seen = torch.bmm(F.softmax(scores, -1), read)
        return self.head(torch.tanh(self.joined(torch.cat([written, seen], -1))))


class Lines(nn.Module):
    """Convolutions over an image of a line of text, columns read both ways (CRNN, Shi 2015)."""

    def __init__(self, width=8, classes=12):
        super().__init__()
        w = width
        self.features = nn.Sequential(
            nn.Conv2d(1, w, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(w, 2 * w, 3, padding=1, bias=False), nn.BatchNorm2d(2 * w),
            nn.ReLU(), nn.MaxPool2d((2, 1)), nn.Conv2d(2 * w, 2 * w, (4, 1)), nn.ReLU())
        self.recurrent, self.classes = nn.LSTM(2 * w, 16, bidirectional=True), nn.Linear(32, classes)

    def forward(self, x):
        columns = self.features(x).squeeze(2).permute(2, 0, 1)
        return self.classes(self.recurrent(columns)[0]).transpose(0, 1)


def words(*names, length=10, count=61):
    return lambda samples, random: {name: random.integers(0, count, (samples, length)) for name in names}


RECURRENT = [
    Architecture(name, lambda kind=kind, both=both: Reader(kind, both), signals(10, 12), fixed=fixed)
    for name, kind, both, fixed in (
        ("lstm", nn.LSTM, False, 1), ("gru", nn.GRU, False, 1), ("lstm-both", nn.LSTM, True, 2), ("gru-both", nn.GRU, True, 1))
] + [
    Architecture("language-model", LanguageModel, words("input_ids")),
    Architecture("translator", Translator, words("source_ids", "target_ids"), fixed=2),
    Architecture("lines", Lines, signals(1, 16, 24)),
]
