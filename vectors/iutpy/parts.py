"""Payloads, keys and tickets as a role makes them; what is random comes from the operating system."""

import secrets

from mikeyticket import derive, registry
from mikeyticket.conversation.protection import written_identity
from mikeyticket.octets import Writer
from mikeyticket.chains import write_chain
from vectorgen.conversations.protection import protect_ticket

I, R, KMS, PSK, APP = 1, 2, 3, 4, 5
TGK, TGK_SALT, TEK, TEK_SALT, GTGK, GTGK_SALT, MPK = range(7)
TGKS, SALTED = (TGK, TGK_SALT), (TGK_SALT, TEK_SALT, GTGK_SALT)
NTP_UTC, NTP, COUNTER, NTP32 = range(4)
AES_KW = 2
DEFAULT_SALT = 14


def random(length):
    return secrets.token_bytes(length)


def idr(role, identity):
    return {"payload": "IDR", "id_role": role, "id_type": identity[0], "id_data": identity[1].hex()}


def randr(role, octets):
    return {"payload": "RANDR", "rand_role": role, "rand": octets.hex()}


def v(auth_alg, word="MAC"):
    return {"payload": "V", "auth_alg": auth_alg, "ver_data": word}


def kemac(encr_alg, keys):
    return {"payload": "KEMAC", "encr_alg": encr_alg, "encr_data": keys, "mac_alg": 0, "mac": ""}


def ts(ts_type, value):
    """T with a 64-bit time or a counter."""
    octets = value.to_bytes(4, "big") if ts_type in (COUNTER, NTP32) else value.to_bytes(8, "big")
    return {"payload": "T", "ts_type": ts_type, "ts_value": octets.hex()}


def tr(role, ts_type, stamp):
    """TR of a 64-bit NTP timestamp."""
    short = ts_type in (COUNTER, NTP32)
    octets = (stamp >> 32).to_bytes(4, "big") if short else stamp.to_bytes(8, "big")
    return {"payload": "TR", "ts_role": role, "ts_type": ts_type, "ts_value": octets.hex()}


def known_identity(identity, settings):
    """An identity as it stands behind a message whose IDR is left out (settings absent_identity, mac_identity)."""
    return written_identity(identity, settings["mac_identity"])


# --- keys ---------------------------------------------------------------------------------------------------------


def key_node(kind, key, salt=b"", spi=b""):
    out = {"payload": "KEY_DATA", "type": kind, "kv": 1, "key_data": key.hex()}
    if kind in SALTED:
        out["salt_data"] = salt.hex()
    return {**out, "spi": spi.hex()}


def new_spi(taken, length=4):
    while True:
        spi = random(length)
        if spi not in taken:
            taken.add(spi)
            return spi


def new_keys(wanted, taken=None):
    """Fresh session keys as options.WantedKey asks for them; an SPI of length 0 is chosen here."""
    taken = set() if taken is None else taken
    taken |= {one.spi for one in wanted if one.spi}
    out = []
    for one in wanted:
        salt = random(one.salt_len or DEFAULT_SALT) if one.type in SALTED else b""
        out.append(key_node(one.type, random(one.key_len), salt, one.spi or new_spi(taken)))
    return out


def chain_length(payloads):
    w = Writer()
    write_chain(w, payloads, "", None)
    return len(w.data)


def fit_for_wrap(alg, keys, free):
    """RFC 3394 wraps multiples of 8 octets: with setting kw_pad=none the SPI of key `free` is made longer (A14)."""
    missing = -chain_length(keys) % 8 if alg == AES_KW else 0
    if missing:
        keys[free]["spi"] += random(missing).hex()


def own_keys(wanted, alg, taken):
    """The keys of a KEMAC of one's own (flags L, M); None where they cannot be wrapped."""
    keys = new_keys(wanted, taken)
    free = next((i for i, one in enumerate(wanted) if not one.spi), None)
    if free is not None:
        fit_for_wrap(alg, keys, free)
    return keys


def longest(keys, least):
    return max([least] + [len(key["key_data"]) // 2 for key in keys])


# --- tickets ------------------------------------------------------------------------------------------------------


def base_ticket(node, tpk, keys, suite, t_node, settings):
    """Fills Ticket Data of a TICKET node (RFC 6043 A.1); `keys`: session keys. `suite`: Encr alg, MAC alg."""
    encr, mac = suite
    size = max(len(tpk), 32 if node["prf_func"] == 1 else 16)
    keys = [key_node(MPK, random(32 if node["prf_func"] == 1 else 16), spi=random(4))] + keys
    fit_for_wrap(encr, keys, 0)
    node["ticket_data"] = [{"payload": "THDR", "thdr_data": random(8).hex()}, t_node,
                           {"payload": "RAND", "rand": random(longest(keys, size)).hex()}, kemac(encr, keys),
                           v(mac, "TICKET_MAC")]
    protect_ticket(node, tpk, settings)
    return node


def mpk_nodes(opened_mpki, second, spi_len=4):
    """MPKi, and MPKr or MPKr' behind it where there is one."""
    return [key_node(MPK, key, spi=random(spi_len)) for key in (opened_mpki, second) if key]


def flag_node(ones):
    return {flag: int(flag in ones) for flag in registry.FLAGS}


def fork_key(node, prf, modifier):
    """A session key as the Responder gets it with key forking: TGKs alone are forked (5.1.1)."""
    if node["type"] not in TGKS:
        return node
    return {**node, "key_data": derive.forked_key("tgk_forked", prf, bytes.fromhex(node["key_data"]), *modifier).hex()}
