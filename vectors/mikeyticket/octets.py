"""A reader over a window of the message, and a writer; both remember where every field stands (spans)."""

from .errors import EncodeError, ParseError


class Reader:
    """Reads from `pos` to `end` of the whole message, so that offsets are those of the message."""

    def __init__(self, data, pos=0, end=None, spans=None):
        self.data, self.pos = data, pos
        self.end = len(data) if end is None else end
        self.spans = {} if spans is None else spans

    def left(self):
        return self.end - self.pos

    def take(self, length, path, row):
        if self.left() < length:
            raise ParseError("truncated", row, path, self.pos)
        start, self.pos = self.pos, self.pos + length
        self.spans[path] = (start, self.pos)
        return self.data[start:self.pos]

    def uint(self, bits, path, row):
        return int.from_bytes(self.take(bits // 8, path, row), "big")

    def window(self, length, path, row):
        """A reader over the next `length` octets, which this reader steps over."""
        self.take(length, path, row)
        return Reader(self.data, self.pos - length, self.pos, self.spans)


class Writer:
    """Octets written so far, with the span of every field."""

    def __init__(self):
        self.data = bytearray()
        self.spans = {}

    def put(self, octets, path):
        start = len(self.data)
        self.data += octets
        self.spans[path] = (start, len(self.data))

    def uint(self, value, bits, path):
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << bits:
            raise EncodeError(f"{path}: {value!r} is no number of {bits} bits")
        self.put(value.to_bytes(bits // 8, "big"), path)


def hexed(value, path):
    """The octets of a hex member."""
    if not isinstance(value, str):
        raise EncodeError(f"{path}: hex digits expected")
    try:
        return bytes.fromhex(value)
    except ValueError:
        raise EncodeError(f"{path}: not hex: {value[:20]!r}") from None


def member(node, name, path):
    if name not in node:
        raise EncodeError(f"{path}.{name} is missing")
    return node[name]


def array(node, name, path):
    """A member that has to be an array."""
    value = member(node, name, path)
    if not isinstance(value, list):
        raise EncodeError(f"{path}.{name}: an array expected")
    return value


def cut(data, *spans):
    """The octets without those of the spans."""
    out, pos = bytearray(), 0
    for start, end in sorted(spans):
        out += data[pos:start]
        pos = max(pos, end)
    return bytes(out + data[pos:])
