"""Reads the streams of text and of numbers in .pare files, as Compression.docc/CompressedFile.md documents them. Independent of Pare but for the
dictionary, which is a part of the format and stands in Sources/Squeeze/Compression/Entropy/Text/TextDictionary.swift.
"""

import pathlib
import re

ONE, CAP = 1 << 22, 1 << 24
MASK = 0xFFFFFFFF
SOURCE = pathlib.Path(__file__).resolve().parents[3] / "Sources/Squeeze/Compression/Entropy/Text/TextDictionary.swift"


class Arithmetic:
    """Reads bits of a range coder; an expectation is a list of probability and count."""

    def __init__(self, data):
        self.data, self.at, self.range = data, 4, 0xFFFFFFFF
        self.distance = int.from_bytes(data[:4].ljust(4, b"\0"), "big")

    def fill(self):
        while self.range < CAP:
            self.distance = self.distance << 8 | (self.data[self.at] if self.at < len(self.data) else 0)
            self.range, self.at = self.range << 8, self.at + 1

    def likely(self, probability):
        bound = self.range * probability >> 22
        bit = self.distance < bound
        if bit:
            self.range = bound
        else:
            self.distance, self.range = self.distance - bound, self.range - bound
        self.fill()
        return int(bit)

    def bit(self, expectation):
        bit = self.likely(expectation[0])
        learn(expectation, bit)
        return bit

    def evenly(self, count):
        value = 0
        for _ in range(count):
            self.range >>= 1
            upper = self.distance >= self.range
            self.distance -= self.range * upper
            value = value << 1 | upper
            self.fill()
        return value

    def number(self, nodes, width):
        node = 1
        for _ in range(width):
            node = node << 1 | self.bit(nodes[node])
        return node - (1 << width)


class Known:
    """Stands in for a decoder while the dictionary is learned."""

    def __init__(self, data):
        self.bits = (byte >> place & 1 for byte in data for place in range(7, -1, -1))

    def likely(self, _):
        return next(self.bits)


def number(data, at):
    """A number of seven bits a byte, the least significant first, and the place behind it."""
    value = shift = 0
    while True:
        value |= (data[at] & 0x7F) << shift
        shift, at = shift + 7, at + 1
        if data[at - 1] < 0x80:
            return value, at


def learn(expectation, bit):
    probability, count = expectation
    moved = probability + ((bit * ONE - probability) * (65536 * 5 // (5 * count + 8)) >> 16)
    expectation[:] = min(max(moved, 64), ONE - 64), min(count + 1, 511)


LOWER = [26, 42, 70, 115, 190, 314, 518, 853, 1407, 2319, 3821, 6296, 10371, 17071, 28072, 46083, 75440, 122944, 198919, 318172, 499973, 765148, 1128022, 1583520, 2097152]
POINTS = LOWER + [ONE - value for value in LOWER[-2::-1]]


def squash(odds):
    place, part = divmod(odds + 3072, 128)
    return POINTS[place] + ((POINTS[place + 1] - POINTS[place]) * part >> 7)


def odds_table():
    table = []
    for odds in range(-3071, 3072):
        while len(table) <= squash(odds) >> 10:
            table.append(odds)
    return table + [3071] * (4096 - len(table))


ODDS = odds_table()


def mix(a, b):
    mixed = ((a ^ (b * 0x9E3779B1 & MASK)) * 0x2F0B4C47) & MASK
    return mixed ^ mixed >> 15


def toward_zero(value, divisor):
    return -(-value // divisor) if value < 0 else value // divisor


class Text:
    """The model of texts, which has learned the dictionary."""

    def __init__(self):
        self.slots = [{} for _ in range(7)]
        self.weights = [[20000, 4000] * 7 + [30000, 10000, 0] for _ in range(16)]
        self.matches = [[ONE - ONE // (length + 3), 4] for length in range(32)]
        self.places, self.history = {}, bytearray()
        self.match = self.length = self.word = self.start = self.skeleton = 0
        self.last, self.last_skeleton = (0, 0), 0
        words = dictionary()
        decoder = Known(words)
        for _ in words:
            self.byte(decoder)

    def before(self, distance):
        return self.history[-distance] if distance <= len(self.history) else 0

    def contexts(self):
        one = self.before(1)
        two = one | self.before(2) << 8
        place = len(self.history) - self.start
        above = [self.history[self.last[0] + place + ahead] if place + ahead < self.last[1] else 0 for ahead in (0, 1)]
        run, left = 7, 5
        for byte in self.history[: -33 : -1]:
            if left and not 48 <= byte <= 57:
                run, left = mix(run, byte), left - 1
        return [mix(1, one), mix(2, two), mix(3, two | self.before(3) << 16), mix(6, self.word), run,
                mix(mix(mix(8, self.skeleton), self.last_skeleton), one), mix(mix(10, above[0] | above[1] << 8), one)]

    def byte(self, decoder):
        contexts = self.contexts()
        expected = self.history[self.match] | 256 if self.length else 0
        follows, node = self.length > 0, 1
        for place in range(7, -1, -1):
            inputs, used, known = [], [], 0
            for number, context in enumerate(contexts):
                slot = mix(context, node + (number << 8)) >> 15
                expectation = self.slots[number].setdefault(slot, [ONE // 2, 0])
                used.append(expectation)
                likely, seen = expectation[0] >> 10, expectation[1]
                inputs += [ODDS[likely] if seen else 0, toward_zero((likely - 2048) * min(seen, 3), 4)]
                if number < 3 and seen:
                    known = number + 1
            follows = follows and expected >> place + 1 == node
            if follows:
                coming, going_on = expected >> place & 1, self.matches[min(self.length, 31)]
                likely, sign = going_on[0] >> 10, 1 if coming else -1
                inputs += [sign * ODDS[likely], sign * (likely - 2048), 256]
                known += 4 if self.length < 16 else 8 if self.length < 32 else 12
            else:
                inputs += [0, 0, 256]
            weights = self.weights[known]
            mixed = squash(min(max(sum(i * w for i, w in zip(inputs, weights)) >> 16, -3071), 3071))
            bit = decoder.likely(mixed)
            error = ((bit << 22) - mixed >> 10) * 4
            for number, value in enumerate(inputs):
                weights[number] = min(max(weights[number] + (value * error + 0x2000 >> 14), -ONE), ONE)
            for expectation in used:
                learn(expectation, bit)
            if follows:
                learn(going_on, int(bit == coming))
            node = node << 1 | bit
        self.take(node & 255)
        return node & 255

    def take(self, byte):
        self.history.append(byte)
        count, is_digit = len(self.history), 48 <= byte <= 57
        if byte == 0:
            length = count - 1 - self.start
            if length:
                self.last, self.last_skeleton = (self.start, length), self.skeleton
            self.start, self.skeleton = count, 0
        elif not is_digit:
            self.skeleton = mix(self.skeleton, byte)
        if 97 <= byte | 32 <= 122 or byte == 95:
            self.word = mix(self.word, byte)
        elif not is_digit:
            self.word = 0
        if self.length and self.history[self.match] == byte:
            self.match, self.length = self.match + 1, min(self.length + 1, 65535)
        else:
            self.length = 0
        if count < 5:
            return
        key = mix(mix(int.from_bytes(self.history[-1:-5:-1], "little"), self.before(5)), 9) >> 16
        if not self.length:
            self.match = self.places.get(key, 0)
            while self.length < min(32, self.match) and self.history[self.match - 1 - self.length] == self.history[count - 1 - self.length]:
                self.length += 1
            if self.length < 5:
                self.length = 0
        self.places[key] = count


def dictionary():
    """The bytes of the dictionary, from the literals of its source."""
    found = b""
    for number, text in enumerate(re.findall(r'"""\n(.*?)\n        """', SOURCE.read_text(), re.S)):
        text = "\n".join(line[8:] for line in text.split("\n")).replace("\\\n", "")
        text = re.sub(r"\\u\{([0-9A-F]+)\}|\\(.)", lambda m: chr(int(m[1], 16)) if m[1] else {"0": "\0"}.get(m[2], m[2]), text)
        found += (text if number else text.replace("\n", "\0")).encode("latin-1")
    return found


def text(stream, count):
    model, decoder = Text(), Arithmetic(stream)
    return bytes(model.byte(decoder) for _ in range(count))


def numbers(stream, tensors):
    """The bytes of tensors, each given by its element type as safetensors names it, the bytes of an element and their number."""
    even = lambda count: [[ONE // 2, 0] for _ in range(count)]
    coder, flags, tops, depths, lengths = Arithmetic(stream), even(6), even(512), even(512), even(32)
    falls, seconds, plain, farther, constants = even(96), even(48), even(2048), even(4), [0] * 4
    found = []
    for name, width, count in tensors:
        if name != "F32" or count and coder.bit(flags[0]):
            values = bytearray()
            for place in range(count * width):
                node = 1
                for _ in range(8):
                    node = node << 1 | coder.bit(plain[place % width * 256 + node])
                values.append(node & 255)
            found.append(bytes(values))
            continue
        words = []
        if count and coder.bit(flags[1]):
            place = 0
            while place < 4 and coder.bit(farther[place]):
                place += 1
            constant = constants.pop(min(place, 3))
            if place == 4:
                constant = coder.evenly(16) << 16
                constant |= coder.evenly(16)
            constants.insert(0, constant)
            words = [constant] * count
        elif count:
            signed, signed_zeros = coder.bit(flags[2]), coder.bit(flags[3])
            top, depth, length = coder.number(tops, 9), coder.number(depths, 9), coder.number(lengths, 5)
            for _ in range(count):
                fall = 0
                while fall <= depth and coder.bit(falls[48 * signed + min(fall, 47)]):
                    fall += 1
                if fall > depth:
                    words.append((coder.bit(flags[5]) if signed_zeros else 0) << 31)
                    continue
                sign = coder.bit(flags[4]) if signed else 0
                bits = min(length, depth - fall)
                fraction = 0
                if bits:
                    fraction = coder.bit(seconds[min(fall, 47)]) << bits - 1
                    fraction |= coder.evenly(bits - 1)
                place, fraction = top - fall, fraction << 23 - bits
                words.append(sign << 31 | (place - 22 << 23 | fraction if place >= 23 else (1 << 23 | fraction) >> 23 - place))
        found.append(b"".join(word.to_bytes(4, "little") for word in words))
    return found
