"""Transformers as they are commonly written: packed and separate projections, causal and masked attention."""

import math

import numpy
import torch
import torch.nn.functional as F
from torch import nn

from .architecture import Architecture, images, signals
from .vision import models

WORDS = 61


class Encoder(nn.Module):
    """torch.nn.TransformerEncoder over feature vectors."""

    def __init__(self, width=32, heads=4):
        super().__init__()
        layer = nn.TransformerEncoderLayer(width, heads, 64, dropout=0.0, batch_first=True, activation="gelu")
        self.layers = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        # Its layers begin as copies of one, which an exporter would store once.
        for parameter in self.layers.parameters():
            nn.init.xavier_uniform_(parameter) if parameter.dim() > 1 else nn.init.normal_(parameter, 1 if parameter.mean() == 1 else 0, 0.1)
        self.classes = nn.Linear(width, 10)

    def forward(self, x):
        return self.classes(self.layers(x).mean(1))


class Conv1D(nn.Module):
    """GPT-2's own product, its weight the other way round."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(inputs, outputs) / math.sqrt(inputs))
        self.bias = nn.Parameter(torch.randn(outputs) * 0.1)

    def forward(self, x):
        shape = x.size()[:-1] + (self.bias.numel(),)
        return torch.addmm(self.bias, x.view(-1, x.size(-1)), self.weight).view(shape)


class CausalBlock(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads, self.width = heads, width
        self.before, self.after = nn.LayerNorm(width), nn.LayerNorm(width)
        self.packed, self.out = Conv1D(width, 3 * width), Conv1D(width, width)
        self.wide, self.narrow = Conv1D(width, 4 * width), Conv1D(4 * width, width)

    def forward(self, x):
        parts = self.packed(self.before(x)).split(self.width, dim=2)
        q, k, v = (p.view(*p.shape[:-1], self.heads, -1).transpose(1, 2) for p in parts)
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2)
        x = x + self.out(mixed.reshape(*x.shape[:-1], -1))
        h = self.wide(self.after(x))
        h = 0.5 * h * (1.0 + torch.tanh(math.sqrt(2.0 / math.pi) * (h + 0.044715 * torch.pow(h, 3.0))))
        return x + self.narrow(h)


class GPT2(nn.Module):
    """GPT-2's shape: learned places, causal blocks, the embedding for a head."""

    def __init__(self, width=32, heads=4, length=12):
        super().__init__()
        self.words, self.places = nn.Embedding(WORDS, width), nn.Embedding(length, width)
        self.blocks = nn.ModuleList(CausalBlock(width, heads) for _ in range(2))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, WORDS, bias=False)
        self.head.weight = self.words.weight

    def forward(self, input_ids):
        places = torch.arange(input_ids.shape[1], device=input_ids.device).unsqueeze(0)
        x = self.words(input_ids) + self.places(places)
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x))


class EagerAttention(nn.Module):
    """Separate projections, a product, a softmax and a product (BERT, Whisper)."""

    def __init__(self, width, heads, key_bias=True):
        super().__init__()
        self.heads = heads
        self.query, self.key = nn.Linear(width, width), nn.Linear(width, width, bias=key_bias)
        self.value, self.out = nn.Linear(width, width), nn.Linear(width, width)

    def split(self, x):
        batch, length, width = x.shape
        return x.view(batch, length, self.heads, width // self.heads).transpose(1, 2)

    def forward(self, x, mask=None):
        q, k, v = self.split(self.query(x)), self.split(self.key(x)), self.split(self.value(x))
        scores = torch.matmul(q, k.transpose(-1, -2)) / math.sqrt(q.shape[-1])
        if mask is not None:
            scores = scores + mask
        mixed = torch.matmul(F.softmax(scores, dim=-1), v).transpose(1, 2).contiguous()
        return self.out(mixed.view(x.shape))


class Bert(nn.Module):
    """BERT's shape: token ids, a mask of what counts, kinds of tokens; norms behind the sums."""

    def __init__(self, width=32, heads=4, length=12, layers=2):
        super().__init__()
        self.words, self.places, self.kinds = nn.Embedding(WORDS, width), nn.Embedding(length, width), nn.Embedding(2, width)
        self.first = nn.LayerNorm(width)
        self.attention = nn.ModuleList(EagerAttention(width, heads) for _ in range(layers))
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(2 * layers))
        self.wide = nn.ModuleList(nn.Linear(width, 2 * width) for _ in range(layers))
        self.narrow = nn.ModuleList(nn.Linear(2 * width, width) for _ in range(layers))
        self.pool, self.classes = nn.Linear(width, width), nn.Linear(width, 5)
        self.register_buffer("ids", torch.arange(length).unsqueeze(0))

    def forward(self, input_ids, attention_mask, token_type_ids):
        mask = (1.0 - attention_mask[:, None, None, :].to(torch.float32)) * torch.finfo(torch.float32).min
        x = self.first(self.words(input_ids) + self.kinds(token_type_ids) + self.places(self.ids[:, : input_ids.shape[1]]))
        for i, attention in enumerate(self.attention):
            x = self.norms[2 * i](x + attention(x, mask))
            x = self.norms[2 * i + 1](x + self.narrow[i](F.gelu(self.wide[i](x))))
        return self.classes(torch.tanh(self.pool(x[:, 0])))


class Whisper(nn.Module):
    """Whisper's encoder: two convolutions along time, fixed places, blocks with the norms before."""

    def __init__(self, bands=8, width=32, heads=4, length=24, layers=2):
        super().__init__()
        self.first, self.second = nn.Conv1d(bands, width, 3, padding=1), nn.Conv1d(width, width, 3, stride=2, padding=1)
        self.places = nn.Embedding(length // 2, width)
        self.attention = nn.ModuleList(EagerAttention(width, heads, key_bias=False) for _ in range(layers))
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(2 * layers + 1))
        self.wide = nn.ModuleList(nn.Linear(width, 4 * width) for _ in range(layers))
        self.narrow = nn.ModuleList(nn.Linear(4 * width, width) for _ in range(layers))

    def forward(self, input_features):
        x = F.gelu(self.second(F.gelu(self.first(input_features)))).permute(0, 2, 1) + self.places.weight
        for i, attention in enumerate(self.attention):
            x = x + attention(self.norms[2 * i](x))
            x = x + self.narrow[i](F.gelu(self.wide[i](self.norms[2 * i + 1](x))))
        return self.norms[-1](x)


class Pairs(nn.Module):
    """torch.nn.Transformer: what is written looks at what was read."""

    def __init__(self, width=32, heads=4):
        super().__init__()
        self.words = nn.Embedding(WORDS, width)
        self.layers = nn.Transformer(width, heads, 1, 1, 48, dropout=0.0, batch_first=True)
        self.head = nn.Linear(width, WORDS)
        self.register_buffer("mask", torch.full((12, 12), -1e9).triu(1))

    def forward(self, source_ids, target_ids):
        length = target_ids.shape[1]
        return self.head(self.layers(self.words(source_ids), self.words(target_ids), tgt_mask=self.mask[:length, :length], tgt_is_causal=True))


class RootNorm(nn.Module):
    """A norm by the root of the mean of squares, written out as Llama's and T5's are."""

    def __init__(self, width, epsilon=1e-6):
        super().__init__()
        self.weight, self.epsilon = nn.Parameter(torch.ones(width)), epsilon

    def forward(self, x):
        return self.weight * (x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.epsilon))


class Rotary(nn.Module):
    """A Llama-shaped block: norms by the root of squares, turned places, few keys for many queries, a gated product."""

    def __init__(self, width=32, heads=4, shared=2):
        super().__init__()
        self.heads, self.shared, self.size = heads, shared, width // heads
        self.query, self.out = nn.Linear(width, width, bias=False), nn.Linear(width, width, bias=False)
        self.key, self.value = (nn.Linear(width, shared * self.size, bias=False) for _ in range(2))
        self.gate, self.wide = nn.Linear(width, 2 * width, bias=False), nn.Linear(width, 2 * width, bias=False)
        self.narrow = nn.Linear(2 * width, width, bias=False)
        self.before, self.after = RootNorm(width), RootNorm(width)

    def turned(self, x, cosine, sine):
        first, second = x[..., : self.size // 2], x[..., self.size // 2 :]
        return x * cosine + torch.cat([-second, first], -1) * sine

    def forward(self, x, cosine, sine):
        batch, length, _ = x.shape
        h = self.before(x)
        q, k, v = (p.view(batch, length, -1, self.size).transpose(1, 2) for p in (self.query(h), self.key(h), self.value(h)))
        q, k = self.turned(q, cosine, sine), self.turned(k, cosine, sine)
        times = self.heads // self.shared
        k, v = (p[:, :, None].expand(batch, self.shared, times, length, self.size).reshape(batch, self.heads, length, self.size) for p in (k, v))
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(mixed.transpose(1, 2).reshape(batch, length, -1))
        h = self.after(x)
        return x + self.narrow(F.silu(self.gate(h)) * self.wide(h))


class Llama(nn.Module):
    def __init__(self, width=32, heads=4):
        super().__init__()
        self.words, self.blocks = nn.Embedding(WORDS, width), nn.ModuleList(Rotary(width, heads) for _ in range(2))
        self.norm, self.head = RootNorm(width), nn.Linear(width, WORDS, bias=False)
        self.register_buffer("speeds", 1.0 / 100 ** (torch.arange(0, width // heads, 2) / (width // heads)))

    def forward(self, input_ids):
        angles = torch.arange(input_ids.shape[1], device=input_ids.device)[:, None].float() * self.speeds[None]
        angles = torch.cat([angles, angles], -1)
        x = self.words(input_ids)
        for block in self.blocks:
            x = block(x, angles.cos(), angles.sin())
        return self.head(self.norm(x))


class T5(nn.Module):
    """T5's encoder: biases by distance in buckets, scores that are not scaled, norms without means."""

    def __init__(self, width=32, heads=4):
        super().__init__()
        self.heads, self.words, self.distances = heads, nn.Embedding(WORDS, width), nn.Embedding(8, heads)
        self.parts = nn.ModuleList(nn.Linear(width, width, bias=False) for _ in range(4))
        self.norms = nn.ModuleList(RootNorm(width) for _ in range(3))
        self.wide, self.narrow, self.head = nn.Linear(width, 48, bias=False), nn.Linear(48, width, bias=False), nn.Linear(width, 7)

    def forward(self, input_ids):
        x = self.words(input_ids)
        batch, length, width = x.shape
        places = torch.arange(length, device=x.device)
        distance = (places[None] - places[:, None]).clamp(-4, 3) + 4
        bias = self.distances(distance).permute(2, 0, 1).unsqueeze(0)
        h = self.norms[0](x)
        q, k, v = (part(h).view(batch, -1, self.heads, width // self.heads).transpose(1, 2) for part in self.parts[:3])
        weights = F.softmax(torch.matmul(q, k.transpose(3, 2)) + bias, -1)
        x = x + self.parts[3](torch.matmul(weights, v).transpose(1, 2).contiguous().view(batch, -1, width))
        x = x + self.narrow(F.relu(self.wide(self.norms[1](x))))
        return self.head(self.norms[2](x)[:, 0])


def vit():
    module = models.VisionTransformer(32, 8, num_layers=2, num_heads=4, hidden_dim=32, mlp_dim=64, num_classes=10)
    nn.init.normal_(module.heads.head.weight, std=0.2)
    return module


def tokens(length=12):
    return lambda samples, random: {"input_ids": random.integers(0, WORDS, (samples, length))}


def pairs(length=12):
    return lambda samples, random: {n: random.integers(0, WORDS, (samples, length)) for n in ("source_ids", "target_ids")}


def masked(length=12):
    def draw(samples, random):
        lengths = random.integers(4, length + 1, (samples, 1))
        place = numpy.arange(length)[None]
        return {"input_ids": random.integers(0, WORDS, (samples, length)), "attention_mask": (place < lengths).astype(numpy.int64),
                "token_type_ids": (place >= lengths // 2).astype(numpy.int64)}
    return draw


TRANSFORMERS = [
    Architecture("transformer", Encoder, signals(10, 32)),
    Architecture("vit", vit, images(32)),
    Architecture("gpt2", GPT2, tokens()),
    Architecture("bert", Bert, masked(), fixed=2),
    Architecture("whisper", Whisper, signals(8, 24, name="input_features")),
    Architecture("pairs", Pairs, pairs()),
    Architecture("llama", Llama, tokens()),
    Architecture("t5", T5, tokens()),
]
