"""Writes Tests/Engine/TrainingTests/Goldens/optimizers.json: trajectories of PyTorch's optimizers, and what its losses say.
"""
import json

import torch
import torch.nn.functional as F

from support.places import goldens

torch.manual_seed(4711)
count, steps = 6, 12
start = torch.randn(count)
gradients = torch.randn(steps, count)
rules = {
    "plain": lambda p: torch.optim.SGD(p, 0.1),
    "momentum": lambda p: torch.optim.SGD(p, 0.1, momentum=0.9),
    "momentum with decay": lambda p: torch.optim.SGD(p, 0.1, momentum=0.8, weight_decay=0.05),
    "nesterov": lambda p: torch.optim.SGD(p, 0.1, momentum=0.9, nesterov=True, weight_decay=0.01),
    "adam": lambda p: torch.optim.Adam(p, 0.1),
    "adam with decay": lambda p: torch.optim.Adam(p, 0.05, betas=(0.5, 0.99), eps=1e-6, weight_decay=0.1),
    "adamw": lambda p: torch.optim.AdamW(p, 0.1, weight_decay=0.2),
}


def trajectory(make, clip=None):
    weights = start.clone().double().requires_grad_()
    optimizer = make([weights])
    found = []
    for gradient in gradients:
        weights.grad = gradient.clone().double()
        if clip:
            torch.nn.utils.clip_grad_norm_([weights], clip)
        optimizer.step()
        found.append(weights.detach().tolist())
    return found


logits, teacher = torch.randn(4, 5).double() * 2, torch.randn(4, 5).double() * 2
labels = torch.tensor([3, 0, 4, -1])
targets = torch.rand(4, 5).double()


def loss(function):
    x = logits.clone().requires_grad_()
    value = function(x)
    return {"value": value.item(), "gradient": torch.autograd.grad(value, x)[0].flatten().tolist()}


def divergence(x, t=3.0):
    return F.kl_div(F.log_softmax(x / t, 1), F.log_softmax(teacher / t, 1), log_target=True, reduction="batchmean") * t * t


(goldens("Engine/TrainingTests") / "optimizers.json").write_text(json.dumps({
    "start": start.tolist(), "gradients": gradients.tolist(), "logits": logits.flatten().tolist(),
    "teacher": teacher.flatten().tolist(), "labels": labels.tolist(), "targets": targets.flatten().tolist(),
    "trajectories": {**{name: trajectory(make) for name, make in rules.items()}, "clipped": trajectory(rules["momentum"], 1.5)},
    "losses": {
        "cross-entropy": loss(lambda x: F.cross_entropy(x, labels, ignore_index=-1)),
        "divergence": loss(divergence),
        "distillation": loss(lambda x: 0.7 * divergence(x) + 0.3 * F.cross_entropy(x, labels, ignore_index=-1)),
        "binary": loss(lambda x: F.binary_cross_entropy_with_logits(x, targets)),
        "squared": loss(lambda x: F.mse_loss(x, targets)),
    },
}))
