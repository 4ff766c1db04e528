"""Keys of a vector from its JSON alone, as somebody without the generator would put them together."""

import pathlib

from cryptography.hazmat.primitives import serialization

from mikeyticket import codec, coverage
from mikeyticket.keys import Keys
from mikeyticket.settings import settings

KEY_FOLDER = pathlib.Path(__file__).resolve().parent.parent / "keys"
ROLES = {"i": 1, "r": 2, "kms": 3}


def private_key(name):
    return serialization.load_pem_private_key((KEY_FOLDER / f"{name}.pem").read_bytes(), None)


def payload(tree, name, role_name=None, role=None):
    for node in tree["payloads"]:
        if node["payload"] == name and (role is None or node[role_name] == role):
            return node
    return None


def rand_of(tree, role):
    node = tree and payload(tree, "RANDR", "rand_role", role)
    return bytes.fromhex(node["rand"]) if node else b""


def keys_of(vector):
    own = settings(**vector.get("settings", {}))
    given = {name: value for name, value in vector["keys"].items()}
    octets = {name: bytes.fromhex(value) for name, value in given.items() if isinstance(value, str) and name != "sign_key"}
    related = {name: bytes.fromhex(value) for name, value in vector.get("related", {}).items()}
    known = {ROLES[name]: bytes.fromhex(value) for name, value in given.get("identities", {}).items()}
    keys = Keys(known=known, settings=own, tpk=octets.get("tpk", b""), mpkr=octets.get("mpkr", b""))
    keys.kms_key = private_key("kms")
    if "sign_key" in given:
        keys.sign_key = private_key(given["sign_key"])
    tree = vector["tree"]
    if tree["hdr"]["data_type"] == 6:
        about = codec.decode(related["in_error"])
        fill(keys, about, {}, octets, related, own)
        keys.initial = None
        return keys
    fill(keys, tree, vector["context"], octets, related, own)
    return keys


def fill(keys, tree, context, octets, related, own):
    data_type = tree["hdr"]["data_type"]
    initial = codec.decode(related["initial"]) if "initial" in related else None
    keys.initial = related.get("initial")
    if data_type in (11, 12, 13, 16, 17, 18):
        keys.protect = octets.get("psk") or octets.get("env_key")
        source = initial if data_type in (13, 18) else tree
        keys.direction = 2 if data_type in (13, 18) else 1
        role = 1 if data_type < 16 else 2
        keys.rand_i, keys.rand_r = (rand_of(source, 1), b"") if role == 1 else (b"", rand_of(source, 2))
    elif data_type in (14, 15):
        transfer(keys, tree, context, octets, related, own, initial)
    else:
        older(keys, tree, octets, initial or codec.decode(related["transfer_init"]) if related else None)
    if own["iv_time"] == "initial" and initial:
        node = payload(initial, "T")
        keys.iv_time = (node["ts_type"], bytes.fromhex(node["ts_value"]))
    if own["resp_init_copy"] != "entire" and data_type == 15:
        spans = {}
        keys.initial = coverage.initial_copy(related["initial"], codec.decode(related["initial"], spans), spans, own)


def transfer(keys, tree, context, octets, related, own, initial):
    forked = "mpkr_forked" in octets
    keys.sender_role = 2 if context.get("sender") == "R" else 1
    keys.direction = 1 if tree["hdr"]["data_type"] == 14 else 2
    exchange = context.get("exchange") or ("update" if "transfer_init" in related else "initial")
    if exchange != "update":
        keys.protect = octets["mpki"] if keys.direction == 1 or not forked else octets["mpkr_forked"]
        keys.rand_i = rand_of(tree if keys.direction == 1 else initial, 1)
        keys.rand_r = rand_of(tree, 2) if keys.direction == 2 and granted(initial)["flags"]["G"] else b""
        return
    first, answer = codec.decode(related["transfer_init"]), related.get("transfer_resp")
    answer = codec.decode(answer) if answer else None
    keys.protect = octets["mpkr_forked"] if answer and forked else octets["mpki"]
    if own["update_keys"] == "same_keys":
        keys.direction = 2 if answer else 1
    keys.rand_i = rand_of(first, 1)
    keys.rand_r = rand_of(answer, 2) if answer and granted(first)["flags"]["G"] else b""


def granted(tree):
    return payload(tree, "TICKET")


def older(keys, tree, octets, initial):
    keys.protect = octets.get("psk") or octets.get("env_key") or b""
    node = payload(tree, "RAND") or (initial and payload(initial, "RAND"))
    keys.rand_i = bytes.fromhex(node["rand"]) if node else b""
    keys.kms_key = private_key("initiator" if tree["hdr"]["data_type"] == 10 else "responder")
