"""BER (X.690) read strictly into trees, and trees written; DER checked and made. asn1crypto reads DER and forgives too much of BER for a judge."""

from .errors import CmsError

MAX_DEPTH, MAX_OCTETS, MAX_NODES = 32, 64 << 20, 65536         # SMIME.md section 4, "What is read as a container"
UNIVERSAL, CONTEXT = 0, 2
INTEGER, BIT_STRING, OCTET_STRING, NULL, OID, SEQUENCE, SET, UTC_TIME, GENERALIZED_TIME = 2, 3, 4, 5, 6, 16, 17, 23, 24
CONSTRUCTED_ONLY = (SEQUENCE, SET)
PRIMITIVE_ONLY = (1, INTEGER, NULL, OID, 9, 10, 13)             # X.690 8.2.1, 8.3.1, 8.8.1, 8.19.1, 8.5.1, 8.4, 8.20.1
STRINGS = (BIT_STRING, OCTET_STRING, 7, 12, *range(18, 29), 30)         # X.680 8.4
CONTENT_INFO = "RFC5652-3-x01"


class Node:
    """One encoding: `octets` of a primitive, `children` of a constructed one. `start` and `end` are places in what was read."""

    def __init__(self, tag, octets=None, children=None, cls=UNIVERSAL, indefinite=False, long_length=0):
        self.cls, self.tag, self.octets, self.children = cls, tag, octets, children
        self.indefinite, self.long_length = indefinite, long_length
        self.start = self.end = None
        self.shortest = True            # of the length octets, as they were read

    @property
    def constructed(self):
        return self.children is not None

    def universal(self, tag):
        return self.cls == UNIVERSAL and self.tag == tag

    def context(self, tag):
        return self.cls == CONTEXT and self.tag == tag


def bad(text="", row=CONTENT_INFO):
    return CmsError("bad_cms", row, text)


def read(data):
    """The tree of all of `data`."""
    if len(data) > MAX_OCTETS:
        raise CmsError("too_large", None)
    node, end = read_node(data, 0, len(data), 1, [0])
    if end != len(data):
        raise CmsError("trailing", CONTENT_INFO)
    return node


def read_node(data, pos, end, depth, count):
    """`count`: [encodings read so far]."""
    if depth > MAX_DEPTH:
        raise CmsError("too_deep", None)
    count[0] += 1
    if count[0] > MAX_NODES:
        raise CmsError("too_large", None)
    start = pos
    cls, constructed, tag, pos = read_tag(data, pos, end)
    length, shortest, pos = read_length(data, pos, end)
    node = Node(tag, cls=cls, indefinite=length is None)
    if length is None and not constructed:
        raise bad("a primitive of indefinite length")
    if length is not None and length > end - pos:
        raise CmsError("truncated", CONTENT_INFO)
    if (cls, tag) == (UNIVERSAL, 0):
        raise bad("end-of-contents where none can be")
    if cls == UNIVERSAL and not constructed and tag in CONSTRUCTED_ONLY:
        raise bad("a SEQUENCE or SET that is primitive")
    if constructed:
        node.children, pos = read_children(data, pos, end if length is None else pos + length, length is None, depth, count)
    else:
        node.octets, pos = data[pos:pos + length], pos + length
    node.start, node.end, node.shortest = start, pos, shortest
    return node, pos


def read_children(data, pos, end, indefinite, depth, count):
    children = []
    while True:
        if indefinite:
            if data[pos:pos + 2] == b"\0\0" and end - pos >= 2:
                return children, pos + 2
            if pos >= end:
                raise bad("an indefinite length that does not end")
        elif pos == end:
            return children, pos
        child, pos = read_node(data, pos, end, depth + 1, count)
        children.append(child)


def read_tag(data, pos, end):
    if pos >= end:
        raise bad("a tag expected")
    first, pos = data[pos], pos + 1
    tag = first & 31
    if tag == 31:               # X.690 8.1.2.4
        tag, count = 0, 0
        while True:
            if pos >= end or count == 4:
                raise bad("a tag number")
            tag, count, pos = tag << 7 | data[pos] & 127, count + 1, pos + 1
            if not data[pos - 1] & 128:
                break
    return first >> 6, bool(first & 32), tag, pos


def read_length(data, pos, end):
    """(length or None, is it the shortest form, the place behind it)."""
    if pos >= end:
        raise bad("a length expected")
    first, pos = data[pos], pos + 1
    if first < 128:
        return first, True, pos
    if first == 128:
        return None, False, pos
    count = first & 127
    if first == 255 or count > end - pos:
        raise bad("length octets")
    length = int.from_bytes(data[pos:pos + count], "big")
    return length, length >= 128 and data[pos] != 0, pos + count


def segments_of(node, tag, row):
    """The primitive segments of a constructed string, in order; `tag` is theirs."""
    out = []
    for child in node.children:
        if not child.universal(tag):
            raise bad("a segment of another type", row)
        out += segments_of(child, tag, row) if child.constructed else [child.octets]
    return out


def string(node, row=CONTENT_INFO):
    """The octets of a string as a primitive one would have them. Its segments are OCTET STRINGs whatever its own type is (X.690 8.23.6, 8.7.3)."""
    if not node.constructed:
        return node.octets
    if node.universal(BIT_STRING):
        return bits(segments_of(node, BIT_STRING, row), row)
    return b"".join(segments_of(node, OCTET_STRING, row))


def bits(segments, row):
    """X.690 8.6.4: each segment has its initial octet, and the last alone may have unused bits."""
    if any(not segment for segment in segments) or any(segment[0] for segment in segments[:-1]):
        raise bad("a segment of a BIT STRING", row)
    return (segments[-1][:1] if segments else b"\0") + b"".join(segment[1:] for segment in segments)


def is_string(node):
    return node.cls == UNIVERSAL and node.tag in STRINGS


def encode(node):
    """BER as the node wants it; DER where it wants nothing."""
    content = b"".join(encode(child) for child in node.children) if node.constructed else node.octets
    return head(node, content)


def head(node, content):
    form = node.cls << 6 | (32 if node.constructed else 0)
    tag = bytes([form | node.tag]) if node.tag < 31 else bytes([form | 31]) + base128(node.tag)
    if node.indefinite:
        return tag + b"\x80" + content + b"\0\0"
    return tag + length_octets(len(content), node.long_length) + content


def length_octets(length, at_least=0):
    if length < 128 and not at_least:
        return bytes([length])
    octets = length.to_bytes(max((length.bit_length() + 7) // 8, at_least, 1), "big")
    return bytes([128 | len(octets)]) + octets


def base128(number):
    out = [number & 127]
    while number := number >> 7:
        out.append(128 | number & 127)
    return bytes(reversed(out))


def der(node, tag_octet=None):
    """The DER of a tree (X.690 10, 11): definite shortest lengths, primitive strings, sorted SETs. `tag_octet` replaces the tag."""
    if not node.constructed:
        content, plain = node.octets, node
    elif is_string(node):
        content, plain = string(node), Node(node.tag, b"")
    else:
        parts = [der(child) for child in node.children]
        if node.universal(SET) or tag_octet == 0x31:
            parts.sort()
        content, plain = b"".join(parts), Node(node.tag, children=[], cls=node.cls)
    written = head(Node(plain.tag, plain.octets, plain.children, plain.cls), content)
    return written if tag_octet is None else bytes([tag_octet]) + written[1:]


def is_der(node, set_of=False):
    """Whether the tree stands in DER as it was read; `set_of`: it is a SET OF under an implicit tag."""
    if node.indefinite or not node.shortest:
        return False
    if not node.constructed:
        return True
    if is_string(node) or node.cls == UNIVERSAL and node.tag in PRIMITIVE_ONLY:
        return False
    if not all(is_der(child) for child in node.children):
        return False
    parts = [der(child) for child in node.children]
    return not (set_of or node.universal(SET)) or parts == sorted(parts)


def oid_text(octets):
    """Dotted decimal, None where the octets are no OBJECT IDENTIFIER (X.690 8.19)."""
    if not octets or octets[-1] & 128 or len(octets) > 64:
        return None
    arcs, number, fresh = [], 0, True
    for octet in octets:
        if fresh and octet == 128:
            return None
        number, fresh = number << 7 | octet & 127, not octet & 128
        if fresh:
            arcs.append(number)
            number = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, [first, arcs[0] - 40 * first] + arcs[1:]))


def oid_octets(text):
    arcs = [int(arc) for arc in text.split(".")]
    return b"".join(base128(number) for number in [arcs[0] * 40 + arcs[1]] + arcs[2:])


# Nodes to write

def seq(*children, **how):
    return Node(SEQUENCE, children=list(children), **how)


def set_of(*children, **how):
    """A SET OF in the order of DER."""
    return Node(SET, children=sorted(children, key=encode), **how)


def oid(text):
    return Node(OID, oid_octets(text))


def integer(number):
    return Node(INTEGER, number.to_bytes(number.bit_length() // 8 + 1, "big", signed=True))


def octet_string(octets):
    return Node(OCTET_STRING, octets)


def explicit(tag, child):
    return Node(tag, children=[child], cls=CONTEXT)


def implicit(tag, node):
    return Node(tag, node.octets, node.children, CONTEXT, node.indefinite, node.long_length)
