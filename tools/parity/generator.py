"""What the generators of parity vectors share, as the tests have it in src/base/split_mix64.h."""
import struct

MASK = (1 << 64) - 1


class Random:
    """SplitMix64."""

    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & MASK
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB & MASK
        return z ^ (z >> 31)

    def below(self, limit):
        return self.next() % limit

    def of(self, values):
        return values[self.below(len(values))]


def code_point(random, limit=0x110000):
    c = random.below(limit)
    return chr(0xFFFD if 0xD800 <= c <= 0xDFFF else c)


def sized(data):
    """Bytes with their number before them."""
    return struct.pack("<I", len(data)) + data
