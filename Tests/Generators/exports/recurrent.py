"""Recurrent networks, one and both directions, batch first."""

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


RECURRENT = [
    Architecture(name, lambda kind=kind, both=both: Reader(kind, both), signals(10, 12), fixed=fixed)
    for name, kind, both, fixed in (
        ("lstm", nn.LSTM, False, 1), ("gru", nn.GRU, False, 1), ("lstm-both", nn.LSTM, True, 2), ("gru-both", nn.GRU, True, 1))
]
