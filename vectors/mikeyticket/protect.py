"""Model -> protected octets.

A model is a message tree in which what protection makes is still a word: ver_data "MAC" (V of the message), "VI" and
"VR" (Initiator Data), "TICKET_MAC" (V of Ticket Data), KEMAC mac "MAC", signature "SIGNATURE", PKE data "PKE"; and the
encr_data of a KEMAC is the array of its plaintext whatever its Encr alg. Everything else is written as it stands, so
that a broken model becomes a broken message with valid MACs.
"""

import copy

from . import ciphers, codec, coverage, derive, registry, rsa
from .chains import write_chain
from .octets import Writer, cut

OLD_TYPES = range(0, 11)                # RFC 3830, 4650, 4738; Error (6) is protected as RFC 6043 5.4 says
ERROR = 6


class Protected:
    """The tree as it is on the wire, its octets, and the intermediate values in the order they were made."""

    def __init__(self, tree, data, log):
        self.tree, self.data, self.log = tree, data, log


def protect(model, keys):
    tree, log = copy.deepcopy(model), []
    for i, ticket in enumerate(of_name(tree["payloads"], "TICKET")):
        if isinstance(ticket["ticket_data"], list):
            protect_ticket(ticket, f"TICKET[{i}]", keys, log)
    for node in of_name(tree["payloads"], "PKE"):
        if node["data"] == "PKE":
            make_pke(node, keys, log)
    for i, node in enumerate(of_name(tree["payloads"], "KEMAC")):
        encrypt_kemac(tree, node, f"KEMAC[{i}]", keys, log)
    sized = placeholders(tree["payloads"], keys)
    if is_old(tree):
        old_macs(tree, sized, keys, log)
    else:
        ticket_macs(tree, sized, keys, log)
    return Protected(tree, codec.encode(tree), log)


def is_old(tree):
    return tree["hdr"]["data_type"] in OLD_TYPES and tree["hdr"]["data_type"] != ERROR


def of_name(payloads, name):
    return [node for node in payloads if node["payload"] == name]


def first(payloads, name):
    return next((node for node in payloads if node["payload"] == name), None)


def placeholders(payloads, keys):
    """Puts zero octets of the right number where a MAC or signature will stand; returns (node, member, word)."""
    found = []
    for node in payloads:
        for name in ("ver_data", "mac", "signature"):
            word = node.get(name)
            if word in ("MAC", "VI", "VR", "TICKET_MAC", "SIGNATURE"):
                length = rsa.size(keys.sign_key) if name == "signature" else mac_length(node)
                node[name] = bytes(length).hex()
                found.append((node, name, word))
    return found


def mac_length(node):
    return registry.MAC_LENGTH[node["auth_alg"] if node["payload"] == "V" else node["mac_alg"]]


def plaintext_octets(payloads):
    w = Writer()
    write_chain(w, payloads, "", None)
    return bytes(w.data)


def label_key(kind, tree, keys, bits, log, name=None):
    """A key that protects this message (RFC 6043 5.1.2, RFC 3830 4.1.4)."""
    hdr = tree["hdr"]
    func = keys.prf_of(hdr.get("prf_func", 0))
    if is_old(tree):
        return derive.message_key_3830(kind, func, keys.protect, hdr["csb_id"], keys.rand_i, bits, log, name)
    return derive.message_key(kind, func, keys.protect, hdr["csb_id"], keys.direction, keys.rand_i, keys.rand_r, bits,
                              log, name)


def time_of(payloads, keys):
    node = first(payloads, "T")
    ts_type, ts_value = keys.iv_time or (node["ts_type"], bytes.fromhex(node["ts_value"]))
    return ciphers.timestamp_64(ts_type, ts_value, keys.settings)


def encrypt_kemac(tree, node, path, keys, log):
    """KEMAC of a message: encr_key and salt_key of that message, IV with its CSB ID and T (setting iv_time)."""
    alg = node["encr_alg"]
    if not isinstance(node["encr_data"], list) or alg not in ciphers.KEY_BITS:
        return
    key = label_key("encr_key", tree, keys, ciphers.KEY_BITS[alg], log)
    salt = label_key("salt_key", tree, keys, ciphers.SALT_BITS[alg], log)
    iv = salt if alg == 2 else ciphers.counter_iv(salt, tree["hdr"]["csb_id"], time_of(tree["payloads"], keys))
    seal(node, path, key, iv, keys, log)


def seal(node, path, key, iv, keys, log):
    plaintext = plaintext_octets(node["encr_data"])
    if node["encr_alg"] == 2:
        plaintext = ciphers.pad_for_wrap(plaintext, keys.settings)
    node["encr_data"] = ciphers.encrypt(node["encr_alg"], key, iv, plaintext).hex()
    log.append({"name": "KEMAC", "path": path, "encr_alg": node["encr_alg"], "key": key.hex(), "iv": iv.hex(),
                "plaintext": plaintext.hex(), "ciphertext": node["encr_data"]})


def make_pke(node, keys, log):
    data = rsa.encrypt_envelope(keys.kms_key.public_key(), keys.protect, keys.settings["pke_pad"],
                                lambda n: keys.random("pke", n))
    node["data"] = data.hex()
    log.append({"name": "PKE", "padding": keys.settings["pke_pad"], "env_key": keys.protect.hex(),
                "ciphertext": node["data"]})


def protect_ticket(ticket, path, keys, log):
    """Ticket Data of a base ticket: KEMAC and V from the TPK (RFC 6043 A.1, A.2.1)."""
    payloads, func = ticket["ticket_data"], keys.prf_of(ticket["prf_func"])
    rand_node = first(payloads, "RAND")
    rand = bytes.fromhex(rand_node["rand"]) if rand_node else b""
    for i, node in enumerate(of_name(payloads, "KEMAC")):
        alg = node["encr_alg"]
        if isinstance(node["encr_data"], list) and alg in ciphers.KEY_BITS:
            key = derive.ticket_key("encr_key", func, keys.tpk, rand, ciphers.KEY_BITS[alg], log)
            salt = derive.ticket_key("salt_key", func, keys.tpk, rand, ciphers.SALT_BITS[alg], log)
            csb_id = 0xFFFFFFFF if keys.settings["ticket_iv_csb"] == "ffffffff" else 0
            iv = salt if alg == 2 else ciphers.counter_iv(salt, csb_id, time_of(payloads, no_override(payloads, keys)))
            seal(node, f"{path}.ticket_data.KEMAC[{i}]", key, iv, keys, log)
    for node, name, word in placeholders(payloads, keys):
        set_ticket_mac(ticket, payloads, node, func, rand, keys, log)


def no_override(payloads, keys):
    """The ticket has its own T; iv_time stands in for it only where the ticket's is missing."""
    if first(payloads, "T") is None:
        return keys
    own = copy.copy(keys)
    own.iv_time = None
    return own


def set_ticket_mac(ticket, payloads, node, func, rand, keys, log):
    bare = {**ticket}
    bare.pop("initiator_data", None)
    spans = {}
    data = codec.encode({"hdr": {"data_type": 14, "csb_id": 0, "cs_id_map_type": 1}, "payloads": [bare]}, spans)
    v_path = f"TICKET[0].ticket_data.V[{[n for n in payloads if n['payload'] == 'V'].index(node)}]"
    covered = coverage.ticket_input(data, spans, "TICKET[0]", v_path)
    node["ver_data"] = log_mac("ticket_V", node["auth_alg"], lambda bits: derive.ticket_key(
        "auth_key", func, keys.tpk, rand, bits, log), covered, log)


def log_mac(name, alg, auth_key, covered, log):
    """Computes a MAC and writes it down; auth_key is a function of the key length, not called for the NULL MAC."""
    if alg == 0:
        return ""
    key = auth_key(ciphers.AUTH_BITS[alg])
    mac = ciphers.compute_mac(alg, key, covered).hex()
    log.append({"name": name, "alg": alg, "key": key.hex(), "input": covered.hex(), "mac": mac})
    return mac


def ticket_macs(tree, sized, keys, log):
    """KEMAC MACs (which no MIKEY-TICKET message should have), then V or SIGN, then the Initiator Data."""
    inner = [found for ticket in of_name(tree["payloads"], "TICKET")
             for found in placeholders(ticket.get("initiator_data", []), keys)]
    for node, name, word in sized:
        if name == "mac":
            node["mac"] = kemac_mac(tree, node, keys, log)
    if tree["hdr"]["data_type"] != registry.DATA_TYPES["TRANSFER_INIT"]:      # there V covers the Initiator Data
        set_initiator_data(tree, inner, keys, log)
        inner = []
    for node, name, word in sized:
        if name in ("ver_data", "signature"):
            set_message_mac(tree, node, name, keys, log)
    set_initiator_data(tree, inner, keys, log)


def set_initiator_data(tree, inner, keys, log):
    for node, name, word in inner:
        if word == "VI":
            node["ver_data"] = last_v(tree)["ver_data"]
    for node, name, word in inner:
        if word == "VR":
            set_vr(tree, node, keys, log)


def last_v(tree):
    return of_name(tree["payloads"], "V")[-1]


def kemac_mac(tree, node, keys, log):
    """RFC 3830 5.2, public key case: over the KEMAC payload without the MAC field, Next Payload 0."""
    spans = {}
    alone = codec.encode({"hdr": tree["hdr"], "payloads": [{**node, "next_payload": 0}]}, spans)
    start, end = spans["KEMAC[0]"]
    covered = cut(alone, spans["KEMAC[0].mac"])[start:]
    return log_mac("KEMAC_mac", node["mac_alg"], lambda bits: label_key("auth_key", tree, keys, bits, log), covered,
                   log)


def set_message_mac(tree, node, name, keys, log):
    spans = {}
    data = codec.encode(tree, spans)
    covered = coverage.message_input(data, tree, spans, keys.known, keys.settings, keys.initial, keys.sender_role)
    put_mac(tree, node, name, covered, keys, log)


def put_mac(tree, node, name, covered, keys, log):
    if name == "ver_data":
        node[name] = log_mac("V", node["auth_alg"], lambda bits: label_key("auth_key", tree, keys, bits, log), covered,
                             log)
        return
    hash_name = rsa.signature_hash(keys.settings["sig_hash"], tree["hdr"].get("prf_func", 0))
    signature = rsa.sign(keys.sign_key, node["s_type"], hash_name, covered, lambda n: keys.random("pss", n))
    node[name] = signature.hex()
    log.append({"name": "SIGN", "s_type": node["s_type"], "hash": hash_name, "input": covered.hex(),
                "signature": node[name]})


def set_vr(tree, node, keys, log):
    spans = {}
    data = codec.encode(tree, spans)
    for i, ticket in enumerate(of_name(tree["payloads"], "TICKET")):
        vs = of_name(ticket.get("initiator_data", []), "V")
        position = next((k for k, v in enumerate(vs) if v is node), None)
        if position is not None:
            covered = coverage.vr_input(data, spans, f"TICKET[{i}]", f"TICKET[{i}].initiator_data.V[{position}]")
            func = keys.prf_of(ticket["prf_func"] if keys.settings["vr_prf"] == "ticket" else tree["hdr"]["prf_func"])
            node["ver_data"] = log_mac("Vr", node["auth_alg"],
                                       lambda bits: derive.vr_key(func, keys.mpkr, bits, log), covered, log)


def old_macs(tree, sized, keys, log):
    """RFC 3830 5.2 and 6.2: KEMAC of the PSK and DHHMAC modes covers the message, that of the PK modes itself;
    V, and SIGN of a response, also the identities and the timestamp."""
    data_type = tree["hdr"]["data_type"]
    for node, name, word in sized:
        if name == "mac" and data_type in (2, 10):
            node["mac"] = kemac_mac(tree, node, keys, log)
    for node, name, word in sized:
        spans = {}
        data = codec.encode(tree, spans)
        if name == "mac" and data_type not in (2, 10):
            covered = cut(data, spans["KEMAC[0].mac"])
            node["mac"] = log_mac("KEMAC_mac", node["mac_alg"],
                                  lambda bits: label_key("auth_key", tree, keys, bits, log), covered, log)
        elif name in ("ver_data", "signature"):
            path = "V[0].ver_data" if name == "ver_data" else "SIGN[0].signature"
            covered = cut(data, spans[path]) + old_suffix(tree, keys)
            put_mac(tree, node, name, covered, keys, log)


def old_suffix(tree, keys):
    """Identity_i || Identity_r || Timestamp behind a verification message or a signed response (RFC 3830 5.2)."""
    if tree["hdr"]["data_type"] not in (1, 3, 5, 10):
        return b""
    time = keys.iv_time[1] if keys.iv_time else bytes.fromhex(first(tree["payloads"], "T")["ts_value"])
    return keys.known.get(1, b"") + keys.known.get(2, b"") + time
