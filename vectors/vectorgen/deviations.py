"""Small changes of a model, as functions (model, keys) -> None, for Draft.deviate."""

from mikeyticket.registry import FLAGS

from .draft import drop, insert, of
from .material import octets


def without(name, i=0, inside=None):
    """Leaves out payload i of that name; `inside`: (payload, member) of a nested chain."""
    def change(model, keys):
        chain = nested(model, inside)
        node = of(chain, name, i)
        drop(chain, node)
    return change


def nested(model, inside):
    return model["payloads"] if inside is None else of(model, inside[0])[inside[1]]


def header(**members):
    def change(model, keys):
        model["hdr"].update(members)
    return change


def member(name, i=0, inside=None, **members):
    """Sets members of payload i of that name."""
    def change(model, keys):
        of(nested(model, inside), name, i).update(members)
    return change


def flag(name, **values):
    """Sets flags of the TP or TICKET."""
    assert set(values) <= set(FLAGS)

    def change(model, keys):
        of(model, name)["flags"].update(values)
    return change


def entry(i=0, **members):
    """Sets members of crypto session i."""
    def change(model, keys):
        model["hdr"]["cs"][i].update(members)
    return change


def added(node, before=None, after=None, inside=None):
    """Adds a payload beside another, given as (name, index)."""
    def change(model, keys):
        chain = nested(model, inside)
        anchor = of(chain, *(before or after))
        insert(chain, dict(node), before=anchor if before else None, after=anchor if after else None)
    return change


def moved(which, before, inside=None):
    """Moves a payload in front of another, both given as (name, index)."""
    def change(model, keys):
        chain = nested(model, inside)
        node, anchor = of(chain, *which), of(chain, *before)
        drop(chain, node)
        insert(chain, node, before=anchor)
    return change


def repeated(which, inside=None):
    """A second copy directly behind the first."""
    def change(model, keys):
        import copy
        chain = nested(model, inside)
        node = of(chain, *which)
        insert(chain, copy.deepcopy(node), after=node)
    return change


def both(*changes):
    def change(model, keys):
        for one in changes:
            one(model, keys)
    return change


def keyed(**members):
    """Sets what protects the message."""
    def change(model, keys):
        for name, value in members.items():
            setattr(keys, name, value)
    return change


VENDOR = {"payload": "GENERAL_EXT", "type": 0, "data": b"Example Corp".hex()}
PLAIN_ID = {"payload": "ID", "id_type": 0, "id_data": b"alice@example.com".hex()}


def some(name, length):
    return octets("deviation/" + name, length).hex()
