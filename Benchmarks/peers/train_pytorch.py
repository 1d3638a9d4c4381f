"""PyTorch's time for a training step: train_pytorch.py lenet5|resnet20 STEPS prints the median seconds of a batch of 64.

Stochastic gradient descent with momentum and weight decay, two threads, batches in memory.
"""

import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

torch.set_num_threads(2)
torch.manual_seed(1)


class Block(nn.Module):
    def __init__(self, before, channels, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(before, channels, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(channels)
        self.pad = (channels - before) // 2
        self.stride = stride

    def forward(self, x):
        y = self.norm2(self.conv2(F.relu(self.norm1(self.conv1(x)))))
        if self.stride > 1:
            x = F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.pad, self.pad))
        return F.relu(x + y)


def resnet20():
    layers = [nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU()]
    before = 16
    for channels in (16, 32, 64):
        for index in range(3):
            layers.append(Block(before, channels, 2 if index == 0 and channels > 16 else 1))
            before = channels
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


def lenet5():
    return nn.Sequential(
        nn.Conv2d(1, 20, 5), nn.MaxPool2d(2), nn.Conv2d(20, 50, 5), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(800, 500),
        nn.ReLU(), nn.Linear(500, 10))


name, steps = sys.argv[1], int(sys.argv[2])
network = lenet5() if name == "lenet5" else resnet20()
shape = (1, 28, 28) if name == "lenet5" else (3, 32, 32)
images, labels = torch.rand(2048, *shape), torch.randint(10, (2048,))
optimizer = torch.optim.SGD(network.parameters(), 0.01, momentum=0.9, weight_decay=0.0005)
times = []
for step in range(steps + 5):
    start = time.perf_counter()
    batch = torch.randint(2048, (64,))
    loss = F.cross_entropy(network(images[batch]), labels[batch])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    times.append(time.perf_counter() - start)
print("seconds", sorted(times[5:])[steps // 2])
