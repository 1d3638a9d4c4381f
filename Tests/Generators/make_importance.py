"""Writes Tests/Quality/ImportanceTests/Goldens/gradients.json: the gradients of every sample and label at the weights of a small network
of convolutions (one in groups), an LSTM and a matrix, by PyTorch's autograd in double precision. (Seed 11.)
"""

import json

import torch
from torch import nn
from torch.nn import functional

from support.places import goldens

SAMPLES, CLASSES, HIDDEN = 6, 3, 5


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(2, 4, 3, padding=1, bias=False)
        self.conv2 = nn.Conv2d(4, 4, 3, stride=2, padding=1, groups=2, bias=False)
        self.lstm = nn.LSTM(4, HIDDEN, bias=False)
        self.fc = nn.Linear(HIDDEN, CLASSES, bias=False)

    def forward(self, x):
        x = functional.relu(self.conv1(x))
        x = functional.relu(self.conv2(x))
        # (batch, 36) as nine steps of four.
        steps = x.reshape(len(x), 9, 4).transpose(0, 1)
        return self.fc(self.lstm(steps)[1][0][0])


def onnx_order(gates):
    """Input, forget, cell, output → input, output, forget, cell."""
    i, f, g, o = gates.chunk(4)
    return torch.cat([i, o, f, g])


def main():
    torch.manual_seed(11)
    torch.use_deterministic_algorithms(True)
    network = Network().double()
    x = torch.randn(SAMPLES, 2, 6, 6, dtype=torch.float64).round(decimals=3)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.copy_((1.5 * torch.randn(parameter.shape, dtype=torch.float64) / parameter[0].numel() ** 0.5).round(decimals=3))
    names = {"conv1": network.conv1.weight, "conv2": network.conv2.weight, "w": network.lstm.weight_ih_l0,
             "r": network.lstm.weight_hh_l0, "fc": network.fc.weight}

    def ordered(name, tensor):
        return (onnx_order(tensor) if name in ("w", "r") else tensor).flatten()

    logits = network(x)
    gradients = {name: [] for name in names}
    for sample in range(SAMPLES):
        for label in range(CLASSES):
            loss = functional.cross_entropy(network(x[sample:sample + 1]), torch.tensor([label]))
            for (name, _), gradient in zip(names.items(), torch.autograd.grad(loss, list(names.values()))):
                gradients[name].append([float(f"{value:.7g}") for value in ordered(name, gradient)])
    (goldens("Quality/ImportanceTests") / "gradients.json").write_text(json.dumps(dict(
        x=x.flatten().tolist(), logits=logits.detach().flatten().tolist(), gradients=gradients,
        weights={name: ordered(name, weight.detach()).tolist() for name, weight in names.items()})))


main()
