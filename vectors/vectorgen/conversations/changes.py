"""Changes for golden conversations: hooks of a Maker."""

import copy

from ..deviations import some
from .maker import Key
from .protection import first, of_name


def model(at, change):
    """change(model, maker, made) before protection."""
    return {("model", at): change}


def last_bit(at):
    return {("octets", at): lambda data, m, made: data[:-1] + bytes([data[-1] ^ 1])}


def octets(at, change):
    return {("octets", at): change}


def protected(at, change):
    """change(use) of the keys and cover that a message is protected with; what is right stays as it was."""
    def apply(use, m, made):
        use["label"], use["cover"] = copy.copy(use["label"]), copy.copy(use["cover"])
        use["cover"].settings = dict(use["cover"].settings)
        change(use, m)
    return {("protect", at): apply}


def label(**members):
    """Other parts of the label or another inkey, given as value or function of the maker."""
    def change(use, m):
        for name, value in members.items():
            setattr(use["label"], name, value(m) if callable(value) else value)
    return change


def csb_id(at):
    """A CSB ID of its own; the keys follow HDR."""
    def change(tree, m, made):
        tree["hdr"]["csb_id"] ^= 0x01010101
        made.label = copy.copy(made.label)
        made.label.csb_id = tree["hdr"]["csb_id"]
    return model(at, change)


def same_t(at, of=None):
    """T of the message that is answered (or of message `of`)."""
    def change(tree, m, made):
        earlier = made.answers if of is None else m.made[of]
        first(tree["payloads"], "T").update(ts_value=first(earlier.model["payloads"], "T")["ts_value"])
    return model(at, change)


def kemac(at, change):
    """change(list of Key, maker) of the keys in the message's KEMAC."""
    def apply(tree, m, made):
        keys = [copy.copy(key) for key in made.keys or []]
        change(keys, m)
        node = first(tree["payloads"], "KEMAC")
        node["encr_data"] = [key.node() for key in keys]
        made.keys = keys
    return model(at, apply)


def kemac_nodes(at, change):
    """change(array of KEY_DATA nodes)."""
    def apply(tree, m, made):
        change(first(tree["payloads"], "KEMAC")["encr_data"])
    return model(at, apply)


def not_a_kemac(at, length=60):
    def apply(tree, m, made):
        first(tree["payloads"], "KEMAC").update(encr_data=some("not a kemac at all", length))
    return model(at, apply)


def without(at, name, **members):
    def apply(tree, m, made):
        node = first(tree["payloads"], name, **members)
        tree["payloads"].remove(node)
    return model(at, apply)


def added(at, node, before="V", index=None):
    """Adds a payload (or what a function of the maker gives) in front of another."""
    def apply(tree, m, made):
        payloads = tree["payloads"]
        where = payloads.index(first(payloads, before)) if index is None else index
        payloads.insert(where, copy.deepcopy(node(m) if callable(node) else node))
    return model(at, apply)


def member(at, name, pick=None, **members):
    def apply(tree, m, made):
        first(tree["payloads"], name, **(pick or {})).update(members)
    return model(at, apply)


def header(at, **members):
    def apply(tree, m, made):
        tree["hdr"].update(members)
    return model(at, apply)


def entry(at, i, **members):
    def apply(tree, m, made):
        tree["hdr"]["cs"][i].update(members)
    return model(at, apply)


def ticket(change):
    """change(TICKET node, maker, keys) before the ticket is protected."""
    return {"ticket": change}


def ticket_after(change):
    return {"ticket_after": change}


def both(*hooks):
    out = {}
    for one in hooks:
        for name, change in one.items():
            out[name] = chained(out[name], change) if name in out else change
    return out


def chained(a, b):
    def apply(*arguments):
        a(*arguments)
        return b(*arguments)
    return apply


def key(kind, name, length, spi="0a0b0c0d"):
    return Key(kind, bytes.fromhex(some(name, length)), bytes.fromhex(some(name + " salt", 14)) if kind in (1, 3, 5) else b"",
               bytes.fromhex(spi))


__all__ = ["of_name"]
