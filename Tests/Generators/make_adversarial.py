"""Writes Tests/Engine/TrainingTests/Goldens/adversarial.json: the loop of PyTorch's own DCGAN example on two small networks.

Each step trains the discriminator on a real and a generated batch apart (targets 0.9 and 0), then the generator by the non-saturating loss
on the same generated batch.
"""
import json

import torch
from torch import nn

from support.places import goldens

torch.manual_seed(5)
torch.set_num_threads(1)
BATCH, STEPS = 8, 6

generator = nn.Sequential(
    nn.ConvTranspose2d(4, 6, 3, bias=False), nn.BatchNorm2d(6), nn.ReLU(),
    nn.ConvTranspose2d(6, 1, 3, stride=2, padding=1), nn.Tanh())
discriminator = nn.Sequential(
    nn.Conv2d(1, 5, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(5), nn.LeakyReLU(0.2), nn.Flatten(), nn.Linear(45, 1))


def weights(network):
    return {name: value.detach().flatten().tolist() for name, value in network.named_parameters()}


latents = torch.randn(STEPS, BATCH, 4, 1, 1)
real = torch.tanh(torch.randn(STEPS, BATCH, 1, 5, 5) + 0.7)
golden = {
    "batch": BATCH, "latents": [step.flatten().tolist() for step in latents], "real": [step.flatten().tolist() for step in real],
    "generator": weights(generator), "discriminator": weights(discriminator), "steps": [],
}
logistic = nn.BCEWithLogitsLoss()
rules = [torch.optim.Adam(network.parameters(), 0.002, (0.5, 0.999)) for network in (generator, discriminator)]
for noise, truth in zip(latents, real):
    discriminator.zero_grad()
    judged = discriminator(truth)
    loss = logistic(judged, torch.full_like(judged, 0.9))
    loss.backward()
    drawn = generator(noise)
    other = discriminator(drawn.detach())
    loss_drawn = logistic(other, torch.zeros_like(other))
    loss_drawn.backward()
    rules[1].step()
    generator.zero_grad()
    final = discriminator(drawn)
    own = logistic(final, torch.ones_like(final))
    own.backward()
    rules[0].step()
    golden["steps"].append({
        "discriminatorLoss": (loss + loss_drawn).item(), "generatorLoss": own.item(),
        "realScore": torch.sigmoid(judged).mean().item(), "generatedScore": torch.sigmoid(final).mean().item(),
        "generator": weights(generator), "discriminator": weights(discriminator)})

path = goldens("Engine/TrainingTests") / "adversarial.json"
text = json.dumps(golden, separators=(",", ":"), indent=None)
path.write_text(json.dumps(json.loads(text, parse_float=lambda number: float(f"{float(number):.7g}")), separators=(",", ":")) + "\n")
print(path, path.stat().st_size)
