"""Conversations for tests: the messages of an Exchange, one of them changed before it is protected."""

import copy
import pathlib

from mikeyticket import conversation
from mikeyticket.protect import protect
from vectorgen.exchange import Exchange, MEDIA_FLAGS

KEYS = pathlib.Path(__file__).resolve().parent.parent / "keys"
FULL = ("request_init", "request_resp", "transfer_init", "resolve_init", "resolve_resp", "transfer_resp")
SENDER = {"request_init": "I", "request_resp": "K", "transfer_init": "I", "resolve_init": "R", "resolve_resp": "K",
          "transfer_resp": "R", "update_init": "I", "update_resp": "R"}
ANSWERS = {"request_resp": "request_init", "resolve_resp": "resolve_init", "transfer_resp": "transfer_init",
           "update_resp": "update_init"}
KEY_FILES = {"i": "initiator", "r": "responder", "kms": "kms"}


def plain(name="plain", **more):
    return Exchange(name, **more)


def media(name="media", **more):
    """Key forking, G and H, 256-bit algorithms."""
    return Exchange(name, **{"suite": "256", "ones": MEDIA_FLAGS, **more})


def of(payloads, name, index=0):
    payloads = payloads["payloads"] if isinstance(payloads, dict) else payloads
    return [node for node in payloads if node["payload"] == name][index]


def setting(name, index=0, inside=(), **members):
    """A change: members of a payload are replaced; `inside`: (payload, member) pairs that lead to its chain."""
    def change(model):
        chain = model["payloads"]
        for outer, member in inside:
            chain = of(chain, outer)[member]
        of(chain, name, index).update(members)
    return change


def dropping(name, **members):
    def change(model):
        model["payloads"] = [node for node in model["payloads"]
                             if node["payload"] != name or any(node[k] != v for k, v in members.items())]
    return change


def adding(node, before="V"):
    def change(model):
        place = [n["payload"] for n in model["payloads"]].index(before)
        model["payloads"].insert(place, copy.deepcopy(node))
    return change


def hdr(**members):
    return lambda model: model["hdr"].update(members)


def flags(name="TICKET", **values):
    return lambda model: of(model, name)["flags"].update(values)


def keys_in_kemac(change):
    """A change of the keys in the message's KEMAC, an array of Key data payloads."""
    return lambda model: change(of(model, "KEMAC")["encr_data"])


class Script:
    """Messages in the order they are added; each answers the last of its exchange, whatever it has become."""

    def __init__(self, exchange, ticket=None):
        self.e, self.messages, self.octets, self.trees, self.with_tpk = exchange, [], {}, {}, True
        if ticket:
            own = exchange.ticket_payload

            def changed(*arguments):
                node = own(*arguments)
                ticket(node)
                return node
            exchange.ticket_payload = changed

    def add(self, name, change=None, keys=None, after=None, ex=None, sender=None, made=None, **more):
        """`change` the model, the `keys` it is protected with, the octets `after`; `made` is an own (model, keys)."""
        if made is None:
            made = self.e.update_resp(initial=self.e.update_init()) if name == "update_resp" else getattr(self.e, name)(**more)
        model, own = made
        if name in ANSWERS:
            own.initial = self.octets[ANSWERS[name]]
        if name == "resolve_init" and "transfer_init" in self.trees:
            of(model, "TICKET").update(copy.deepcopy(
                {k: v for k, v in of(self.trees["transfer_init"], "TICKET").items() if k != "next_payload"}))
        if change:
            change(model)
        if keys:
            keys(own)
        done = protect(model, own)
        self.trees[name], self.octets[name] = done.tree, after(done.data) if after else done.data
        self.messages.append({"ex": ex or {"update_init": "update0", "update_resp": "update0"}.get(name, name.split("_")[0]),
                              "from": sender or SENDER.get(name, "I"), "hex": self.octets[name].hex()})
        return self

    def full(self, changes=None, keys=None, after=None, names=FULL):
        for name in names:
            self.add(name, (changes or {}).get(name), (keys or {}).get(name), (after or {}).get(name))
        return self

    def conversation(self, **members):
        e = self.e
        secrets = {"psk_i": e.psk_i.hex(), "psk_r": e.psk_r.hex(), "tpk": e.tpk.hex(),
                   "rsa": {n: {"pem": (KEYS / f"{f}.pem").read_text()} for n, f in KEY_FILES.items()}}
        secrets.update(members.pop("secrets", {}))
        return {"settings": dict(e.settings), "messages": self.messages, "secrets": secrets,
                "identities": {n: {"type": e.who[role][1], "data": e.identity(role).hex()}
                               for n, role in (("i", 1), ("r", 2), ("kms", 3))}, **members}

    def answer(self, **members):
        return conversation.answer(self.conversation(**members))

    def found(self, **members):
        return found(self.answer(**members))


def found(answer, only=conversation.SECTION_8_IDS):
    """{index of message: rows of section 8} of what has findings."""
    assert answer["verdict"] != "error", answer
    rows = {i: {f["id"] for f in m["findings"]} & only for i, m in enumerate(answer["messages"])}
    return {i: ids for i, ids in rows.items() if ids}


def states(answer, member="auth"):
    return [m[member] for m in answer["messages"]]


def flipped(octets):
    return octets[:-1] + bytes([octets[-1] ^ 1])


def certificate_pem(name):
    import base64
    text = base64.encodebytes((KEYS / f"{name}.der").read_bytes()).decode()
    return f"-----BEGIN CERTIFICATE-----\n{text}-----END CERTIFICATE-----\n"
