"""The weights of Tests/Squeeze/CompressionTests/SampleWeights.swift, from the same seeds."""

import numpy as np

KINDS = ("product", "lattice", "scattered", "tiny", "patterns", "positive", "zeros", "equal")


def split_mix(count, seed):
    """The first numbers of SplitMix64."""
    with np.errstate(over="ignore"):
        z = np.uint64(seed) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))


def sample(kind, count, seed):
    bits = split_mix(count, seed)
    u = np.uint64
    sign = np.where(bits >> u(63) == 0, np.float32(1), np.float32(-1))
    if kind == "product":
        return sign * ((bits & u(0xFFFF)) * (bits >> u(16) & u(0xFFFF))).astype(np.float32) * np.float32(2.0**-33)
    if kind == "lattice":
        return ((bits % u(17)).astype(np.int64) - 8).astype(np.float32) / np.float32(64)
    if kind == "scattered":
        return np.where(bits % u(40_000) == 0, sign, np.float32(0))
    if kind == "tiny":
        low = np.where(bits % u(5) == 0, u(0), bits & u(0x7FFFFF))
        return (bits >> u(32) & u(0x80000000) | low).astype(np.uint32).view(np.float32)
    if kind == "patterns":
        return (bits.astype(np.uint32) & np.uint32(0xBFFFFFFF)).view(np.float32)
    if kind == "positive":
        return np.float32(1) + (bits & u(0xFFFFFF)).astype(np.float32) * np.float32(2.0**-24)
    return np.full(count, 0 if kind == "zeros" else -0.3, np.float32)


def laplace(count, seed):
    """Laplace-distributed with mean magnitude 1: −log(1 − uniform) with a random sign."""
    bits = split_mix(2 * count, seed)
    magnitude = -np.log(1 - (bits[0::2] >> np.uint64(11)).astype(np.float64) * 2.0**-53)
    return np.where(bits[1::2] & np.uint64(1) == 0, magnitude, -magnitude).astype(np.float32)
