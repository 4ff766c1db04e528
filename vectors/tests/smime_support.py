"""The vectors of PSK S/MIME, and ways to ask the judge."""

import json
import pathlib

from pskmime import judge

DATA = pathlib.Path(__file__).resolve().parent.parent / "data" / "smime"
ASK = ("form", "octets", "profile", "settings", "keys", "allow_unauthenticated", "conversation")


def load():
    return [vector for path in sorted(DATA.glob("*.json")) for vector in json.loads(path.read_text())["vectors"]]


SMIME = load()


def ask_of(vector, **other):
    return {**{name: vector[name] for name in ASK}, **other}


def cms_ask(octets, kek=None, key_id=None, **other):
    keys = [] if kek is None else [{"id": key_id and key_id.hex(), "kek": kek.hex()}]
    return {"form": "cms", "octets": octets.hex(), "keys": keys, **other}


def ask(octets, kek=None, **other):
    return judge.answer(cms_ask(octets, kek, **other))


def opened(form=None, kind=None):
    return [v for v in SMIME if v["answer"]["outcome"] == "opened" and form in (None, v["form"]) and kind in (None, v["answer"]["type"])]
