"""Octets and keys -> what authenticates. Works from the decoder's spans, so that it looks at the octets received."""

import copy
import hmac

from . import ciphers, codec, coverage, derive, registry, rsa
from .kemac import open_octets
from .octets import cut


def verify(data, keys):
    """A list of (what, good): V or SIGN, the ticket's V, Vi, Vr, every KEMAC that opens to a chain, PKE."""
    spans = {}
    tree = codec.decode(data, spans)
    old = tree["hdr"]["data_type"] in range(0, 11) and tree["hdr"]["data_type"] != 6
    results = old_results(data, tree, spans, keys) if old else message_results(data, tree, spans, keys)
    for at, node in numbered(tree["payloads"], "KEMAC"):
        results.append((at, message_kemac(tree, node, keys, old) is not None))
    for at, node in numbered(tree["payloads"], "PKE"):
        opened = rsa.decrypt_envelope(keys.kms_key, bytes.fromhex(node["data"]), keys.settings["pke_pad"])
        results.append((at, opened == keys.protect))
    for at, ticket in numbered(tree["payloads"], "TICKET"):
        results += ticket_results(data, tree, spans, at, ticket, keys)
    return results


def numbered(payloads, name):
    found = [node for node in payloads if node["payload"] == name]
    return [(f"{name}[{i}]", node) for i, node in enumerate(found)]


def same(a, b):
    return hmac.compare_digest(a, b)


def message_auth_key(tree, keys, alg, old):
    func, csb_id, bits = keys.prf_of(tree["hdr"]["prf_func"]), tree["hdr"]["csb_id"], ciphers.AUTH_BITS[alg]
    if old:
        return derive.message_key_3830("auth_key", func, keys.protect, csb_id, keys.rand_i, bits)
    return derive.message_key("auth_key", func, keys.protect, csb_id, keys.direction, keys.rand_i, keys.rand_r, bits)


def signature_is_good(tree, node, covered, keys):
    hash_name = rsa.signature_hash(keys.settings["sig_hash"], tree["hdr"]["prf_func"])
    return rsa.signature_is_good(keys.sign_key.public_key(), node["s_type"], hash_name,
                                 bytes.fromhex(node["signature"]), covered)


def message_results(data, tree, spans, keys):
    """V or SIGN of a MIKEY-TICKET message or Error; a message without any has nothing to verify."""
    found = coverage.last_verifier(tree)
    if found is None:
        return []
    path, node = found
    covered = coverage.message_input(data, tree, spans, keys.known, keys.settings, keys.initial, keys.sender_role)
    if node["payload"] == "SIGN":
        return [(path, signature_is_good(tree, node, covered, keys))]
    return [(path, v_is_good(node, covered, lambda: message_auth_key(tree, keys, node["auth_alg"], False)))]


def v_is_good(node, covered, key):
    if node["auth_alg"] == 0:
        return False
    return same(ciphers.compute_mac(node["auth_alg"], key(), covered), bytes.fromhex(node["ver_data"]))


def old_results(data, tree, spans, keys):
    """The older modes (RFC 3830 3.1 to 3.3, 5.2; RFC 4650 3; RFC 4738 3)."""
    results, data_type = [], tree["hdr"]["data_type"]
    time = keys.iv_time[1] if keys.iv_time else bytes.fromhex(
        next((n["ts_value"] for n in tree["payloads"] if n["payload"] == "T"), ""))
    suffix = keys.known.get(1, b"") + keys.known.get(2, b"") + time if data_type in (1, 3, 5, 10) else b""
    for at, node in numbered(tree["payloads"], "KEMAC"):
        if node["mac_alg"]:
            start, end = spans[at]
            alone = b"\x00" + data[start + 1:spans[f"{at}.mac"][0]]
            covered = alone if data_type in (2, 10) else cut(data, spans[f"{at}.mac"])
            key = message_auth_key(tree, keys, node["mac_alg"], True)
            good = same(ciphers.compute_mac(node["mac_alg"], key, covered), bytes.fromhex(node["mac"]))
            results.append((f"{at}.mac", good))
    for at, node in numbered(tree["payloads"], "V"):
        covered = cut(data, spans[f"{at}.ver_data"]) + suffix
        results.append((at, v_is_good(node, covered, lambda: message_auth_key(tree, keys, node["auth_alg"], True))))
    for at, node in numbered(tree["payloads"], "SIGN"):
        covered = cut(data, spans[f"{at}.signature"]) + suffix
        results.append((at, signature_is_good(tree, node, covered, keys)))
    return results


def open_kemac(node, key_of, csb_id, time, data_type, settings):
    """The plaintext's payloads, or None when it does not open to a chain."""
    alg = node["encr_alg"]
    if alg == 0:
        return node["encr_data"]
    if alg not in ciphers.KEY_BITS:
        return None
    key, salt = key_of("encr_key", ciphers.KEY_BITS[alg]), key_of("salt_key", ciphers.SALT_BITS[alg])
    time = time()
    if alg != 2 and time is None:
        return None
    iv = salt if alg == 2 else ciphers.counter_iv(salt, csb_id, time)
    return open_octets(alg, key, iv, bytes.fromhex(node["encr_data"]), data_type, settings)[1]


def own_time(payloads, keys):
    node = next((n for n in payloads if n["payload"] == "T"), None)
    if node is None and keys.iv_time is None:
        return None
    ts_type, ts_value = keys.iv_time or (node["ts_type"], bytes.fromhex(node["ts_value"]))
    return ciphers.timestamp_64(ts_type, ts_value, keys.settings)


def message_kemac(tree, node, keys, old=False):
    hdr = tree["hdr"]
    func = keys.prf_of(hdr["prf_func"])

    def key_of(kind, bits):
        if old:
            return derive.message_key_3830(kind, func, keys.protect, hdr["csb_id"], keys.rand_i, bits)
        return derive.message_key(kind, func, keys.protect, hdr["csb_id"], keys.direction, keys.rand_i, keys.rand_r,
                                  bits)
    return open_kemac(node, key_of, hdr["csb_id"], lambda: own_time(tree["payloads"], keys), hdr["data_type"],
                      keys.settings)


def ticket_results(data, tree, spans, at, ticket, keys):
    """The ticket for who holds the TPK (RFC 6043 A.1) and the Initiator Data for who holds MPKr (6.10)."""
    results, parts = [], ticket["ticket_data"]
    if keys.tpk:
        results.append((f"{at}.ticket_data", isinstance(parts, list)
                        and ticket_is_good(data, spans, at, ticket, keys)))
        if isinstance(parts, list):
            results += [(f"{at}.ticket_data.{k}", ticket_kemac(ticket, node, keys) is not None)
                        for k, node in numbered(parts, "KEMAC")]
    if ticket.get("initiator_data"):
        results += initiator_data_results(data, tree, spans, at, ticket, keys)
    return results


def ticket_rand(ticket):
    return bytes.fromhex(next((n["rand"] for n in ticket["ticket_data"] if n["payload"] == "RAND"), ""))


def ticket_is_good(data, spans, at, ticket, keys):
    if not ticket["ticket_data"] or ticket["ticket_data"][-1]["payload"] != "V":
        return False
    k, node = numbered(ticket["ticket_data"], "V")[-1]
    covered = coverage.ticket_input(data, spans, at, f"{at}.ticket_data.{k}")
    return v_is_good(node, covered, lambda: derive.ticket_key("auth_key", keys.prf_of(ticket["prf_func"]), keys.tpk,
                                                              ticket_rand(ticket), ciphers.AUTH_BITS[node["auth_alg"]]))


def ticket_kemac(ticket, node, keys):
    """Keys of the ticket's KEMAC, the MPK first, or None."""
    func = keys.prf_of(ticket["prf_func"])
    csb_id = 0xFFFFFFFF if keys.settings["ticket_iv_csb"] == "ffffffff" else 0
    return open_kemac(node, lambda kind, bits: derive.ticket_key(kind, func, keys.tpk, ticket_rand(ticket), bits),
                      csb_id, lambda: own_time(ticket["ticket_data"], no_iv_time(keys)), 14, keys.settings)


def no_iv_time(keys):
    """iv_time belongs to the message, never to the ticket in it."""
    own = copy.copy(keys)
    own.iv_time = None
    return own


def initiator_data_results(data, tree, spans, at, ticket, keys):
    vs = numbered(ticket["initiator_data"], "V")
    results = []
    if tree["hdr"]["data_type"] == registry.DATA_TYPES["TRANSFER_INIT"] and vs:
        v = numbered(tree["payloads"], "V")
        results.append((f"{at}.Vi", bool(v) and (v[-1][1]["auth_alg"], v[-1][1]["ver_data"])
                        == (vs[0][1]["auth_alg"], vs[0][1]["ver_data"])))
    if keys.mpkr:
        results.append((f"{at}.Vr", len(vs) > 1 and vr_is_good(data, tree, spans, at, ticket, vs[-1], keys)))
    return results


def vr_is_good(data, tree, spans, at, ticket, numbered_v, keys):
    k, node = numbered_v
    func = keys.prf_of(ticket["prf_func"] if keys.settings["vr_prf"] == "ticket" else tree["hdr"]["prf_func"])
    covered = coverage.vr_input(data, spans, at, f"{at}.initiator_data.{k}")
    return v_is_good(node, covered, lambda: derive.vr_key(func, keys.mpkr, ciphers.AUTH_BITS[node["auth_alg"]]))
