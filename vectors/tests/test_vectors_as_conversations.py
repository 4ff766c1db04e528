"""Each vector put into a conversation with its keys and the messages it names, for the judge with keys: a conforming one breaks
nothing that needs them either, and a keyed one breaks the rows that its `clauses` name."""

import pytest

from conftest import ROOT, VECTORS
from mikeyticket import conversation

PEM = {"initiator": "i", "responder": "r"}
EXCHANGES = {11: "request", 12: "request", 13: "request", 14: "transfer", 15: "transfer", 16: "resolve", 17: "resolve", 18: "resolve"}
SENDERS = {11: "I", 12: "I", 13: "K", 14: "I", 15: "R", 16: "R", 17: "R", 18: "K"}


def vague(vector):
    """Vectors made for a judge who does not know the exchange: a conversation says what it is."""
    return vector["tree"]["hdr"]["data_type"] in (14, 15) and "exchange" not in vector["context"]


JUDGED = [v for v in VECTORS if v["tree"] and v["tree"]["hdr"]["data_type"] in EXCHANGES and v["keys"]
          and {"conforming", "keyed"} & set(v["flags"]) and not vague(v)]


def messages(vector):
    context, related = vector["context"], vector.get("related", {})
    answered = related.get("initial")
    before = [related[name] for name in ("transfer_init", "transfer_resp") if name in related]
    own = ([answered] if answered else []) + [vector["message"]]
    kind = context.get("exchange") or ("update" if before else "initial")
    out = [entry(octets, "transfer") for octets in before]
    for octets in own:
        one = entry(octets, {"initial": None, "update": "update0", "reuse": "reuse"}[kind])
        if octets == vector["message"] and "sender" in context:
            one["from"] = context["sender"]
        elif kind == "update" and octets == answered and context.get("sender"):
            one["from"] = {"I": "R", "R": "I"}[context["sender"]]
        out.append(one)
    return out


def entry(octets, ex=None):
    data_type = int(octets[2:4], 16)
    return {"ex": ex or EXCHANGES[data_type], "from": SENDERS[data_type], "hex": octets}


def secrets(vector):
    keys, first = vector["keys"], EXCHANGES[vector["tree"]["hdr"]["data_type"]]
    side = "r" if first == "resolve" else "i"
    out = {name: keys[name] for name in ("tpk", "mpki", "mpkr", "mpkr_forked") if name in keys}
    out.update({f"{name}_{side}": keys[name] for name in ("psk", "env_key") if name in keys})
    out["rsa"] = {party: {"pem": (ROOT / "keys" / f"{name}.pem").read_text()} for name, party in (*PEM.items(), ("kms", "kms"))}
    return out


def judged(vector, profile):
    value = {"profile": profile, "settings": vector.get("settings", {}), "secrets": secrets(vector), "messages": messages(vector),
             "identities": {party: {"type": 1 if party == "kms" else 0, "data": data} for party, data in vector["keys"]["identities"].items()}}
    answer = conversation.answer(value)
    assert answer["verdict"] != "error", answer
    return answer["messages"][-1]


CONFORMING = [v for v in JUDGED if "conforming" in v["flags"]]
KEYED = [v for v in JUDGED if "keyed" in v["flags"]]


def test_there_are_enough():
    assert len(CONFORMING) > 200 and len(KEYED) > 45


def made_for(vector):
    """The profile that the vector conforms to as a whole: that of TS 33.328 where there is one, for wildcards and forking are its own."""
    names = sorted(name for name, expected in vector["profiles"].items() if expected["sends"] == "conforms")
    return next((name for name in names if name.startswith("ims") and name != "ims-message"), names[0] if names else None)


@pytest.mark.parametrize("vector", [v for v in CONFORMING if made_for(v)], ids=lambda v: v["id"])
def test_conforming(vector):
    one = judged(vector, made_for(vector))
    assert one["auth"] == "ok" and not one["findings"], (vector["title"], made_for(vector), one["auth"], one["findings"])


@pytest.mark.parametrize("vector", KEYED, ids=lambda v: v["id"])
def test_keyed(vector):
    """H.1-05 is judged where F=0 lets TRANSFER_INIT complete the session, else in TRANSFER_RESP (CONVERSATION.md section 8)."""
    found = {f["id"] for profile in vector["profiles"] for f in judged(vector, profile)["findings"]}
    wanted = set(vector["clauses"]) - ({"TS33328-H.1-05"} if vector["message"][2:4] == "0e" else set())
    assert wanted <= found, (vector["title"], sorted(wanted - found))
