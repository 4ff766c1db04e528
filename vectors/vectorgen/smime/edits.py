"""What is changed in the tree of a container that was made, or in its octets. Each function makes an edit."""

from pskmime import ber


def put(name, node):
    """The node of that name replaced by another, in its place."""
    def edit(made):
        old = made.nodes[name]
        old.__dict__.update(node.__dict__)
    return edit


def put_kekri(member, node, at=0):
    def edit(made):
        made.nodes["kekri"][at][member].__dict__.update(node.__dict__)
    return edit


def add(name, node, at=None):
    """A child more in the node of that name, behind the last one or at a place."""
    def edit(made):
        children = made.nodes[name].children
        children.insert(len(children) if at is None else at, node)
    return edit


def drop(name, at):
    def edit(made):
        del made.nodes[name].children[at]
    return edit


def swap(name, first, second):
    def edit(made):
        children = made.nodes[name].children
        children[first], children[second] = children[second], children[first]
    return edit


def flip(name, at=0, bit=1):
    """One bit of the octets of a primitive; `name` of a node, or (member, place) of a KEKRecipientInfo."""
    def edit(made):
        node = made.nodes[name] if isinstance(name, str) else made.nodes["kekri"][name[1]][name[0]]
        node.octets = flipped(node.octets, at, bit)
    return edit


def flipped(octets, at, bit=1):
    out = bytearray(octets)
    out[at] ^= bit
    return bytes(out)


def encap_type(oid):
    """Another eContentType."""
    def edit(made):
        made.nodes["encap"].children[0] = ber.oid(oid)
    return edit


def shape(name, **how):
    """Another length form: `indefinite` or `long_length`."""
    def edit(made):
        made.nodes[name].__dict__.update(how)
    return edit


def both(*edits):
    def edit(made):
        for one in edits:
            one(made)
    return edit


def attribute(member, at):
    """Edit of the children of an Attribute: its node is given to `change`."""
    def with_change(change):
        def edit(made):
            change(made.nodes[member].children[at])
        return edit
    return with_change


def segments(octets, *sizes):
    """A constructed OCTET STRING of definite length."""
    parts, at = [], 0
    for size in sizes:
        parts.append(ber.octet_string(octets[at:at + size]))
        at += size
    return ber.Node(ber.OCTET_STRING, children=parts + ([ber.octet_string(octets[at:])] if at < len(octets) else []))
