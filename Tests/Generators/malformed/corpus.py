"""A collection of malformed files, each with the arguments that make `pare` read it and what it should answer."""

import random

# What a kind of file is read by; {file} is the file, {model} the demo model, {output} a path that must stay unwritten.
INSPECT = "inspect {file}"
VERIFY = "verify {file}"
DECOMPRESS = "decompress {file} -o {output}.safetensors"
ESTIMATE = "estimate {model} --recipe {file}"
COMPRESS = "compress {model} --recipe {file} -o {output}.pare"
EVALUATE = "evaluate {file}"
DATA = "evaluate {model} --data {file}"
SEARCH = "search {model} --data search-images-idx3-ubyte --size 100k --checkpoint {file} --resume"
THEME = "screenshot --theme {stem} -o {output}.svg"


class Corpus:
    """Files by name. `refused`: one line and exit 1. `sound`: that, or exit 0; for damage that may leave a valid file."""

    def __init__(self, seed=5):
        self.random = random.Random(seed)
        self.cases = {}

    def add(self, name, data, command=INSPECT, expected="refused", beside=None):
        """`beside` maps names of further files of the same folder to their bytes."""
        assert name not in self.cases, name
        self.cases[name] = (bytes(data), command, expected, beside or {})

    def truncations(self, name, suffix, data, lengths, command=INSPECT):
        for length in lengths:
            length = length if length >= 0 else len(data) + length
            if 0 <= length < len(data):
                self.add(f"{name}-cut-at-{length}{suffix}", data[:length], command)

    def patches(self, name, suffix, data, patches, command=INSPECT, expected="refused"):
        """Each patch is (what, offset, replacement)."""
        for what, offset, replacement in patches:
            offset = offset if offset >= 0 else len(data) + offset
            self.add(f"{name}-{what}{suffix}", data[:offset] + replacement + data[offset + len(replacement) :], command, expected)

    def flips(self, name, suffix, data, count, command=INSPECT, within=None, expected="sound"):
        for index in range(count):
            place = self.random.randrange(within or len(data))
            bit = self.random.randrange(8)
            flipped = bytearray(data)
            flipped[place] ^= 1 << bit
            self.add(f"{name}-flip-{index}{suffix}", flipped, command, expected)
