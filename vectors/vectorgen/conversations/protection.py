"""Protects a model; the keys of each message are put together by maker.py, not found out here."""

from dataclasses import dataclass, field

from mikeyticket import ciphers, codec, coverage, derive, registry, rsa
from mikeyticket.chains import write_chain
from mikeyticket.octets import Writer

TRANSFER_INIT = registry.DATA_TYPES["TRANSFER_INIT"]


@dataclass
class Label:
    """Where the keys of a message come from (RFC 6043 5.1.2; `old`: RFC 3830 4.1.4)."""
    func: int
    inkey: bytes
    csb_id: int
    direction: int = 1
    rand_i: bytes = b""
    rand_r: bytes = b""
    old: bool = False

    def key(self, kind, bits):
        if self.old:
            return derive.message_key_3830(kind, self.func, self.inkey, self.csb_id, self.rand_i, bits)
        return derive.message_key(kind, self.func, self.inkey, self.csb_id, self.direction, self.rand_i, self.rand_r, bits)


@dataclass
class Cover:
    """What a MAC or signature covers behind the message (RFC 6043 5.5)."""
    settings: dict
    known: dict = field(default_factory=dict)       # role -> identity as it is written, for IDRs that are left out
    initial: bytes = b""
    sender_role: int = 1
    suffix: bytes = None                            # RFC 3830: what follows instead

    def input(self, data, model, spans):
        if self.suffix is not None:
            at = "V[0].ver_data" if self.last(model)["payload"] == "V" else "KEMAC[0].mac"
            start, end = spans[at]
            return data[:start] + data[end:] + self.suffix
        return coverage.message_input(data, model, spans, self.known, self.settings, self.initial, self.sender_role)

    @staticmethod
    def last(model):
        return model["payloads"][-1]


def chain_octets(payloads):
    w = Writer()
    write_chain(w, payloads, "", None)
    return bytes(w.data)


def of_name(payloads, name):
    return [node for node in payloads if node["payload"] == name]


def first(payloads, name, **members):
    for node in payloads:
        if node["payload"] == name and all(node.get(k) == v for k, v in members.items()):
            return node
    return None


def seal(node, encr_key, salt_key, iv_csb, time, settings):
    """Encrypts Encr data in place; returns the plaintext (without padding)."""
    plaintext, alg = chain_octets(node["encr_data"]), node["encr_alg"]
    if alg:
        key, iv = encr_key(ciphers.KEY_BITS[alg]), kemac_iv(alg, salt_key(ciphers.SALT_BITS[alg]), iv_csb, time, settings)
        padding = {"kw_pad": "zero"} if settings.get("lenient") else settings
        padded = ciphers.pad_for_wrap(plaintext, padding) if alg == 2 else plaintext
        node["encr_data"] = ciphers.encrypt(alg, key, iv, padded).hex()
    return plaintext


def kemac_iv(alg, salt, csb_id, time, settings):
    return salt if alg == 2 else ciphers.counter_iv(salt, csb_id, ciphers.timestamp_64(*time, settings))


def time_of(payloads):
    """TS type and value of T; zero in a message whose T a deviation has taken."""
    node = first(payloads, "T")
    return (node["ts_type"], bytes.fromhex(node["ts_value"])) if node else (0, bytes(8))


def protect_message(model, label, cover, iv_time=None, sign_key=None, random=None, vr=None):
    """Fills KEMAC, MAC or signature and Initiator Data of a model in place; returns octets, spans, plaintext."""
    plain, payloads, hdr = None, model["payloads"], model["hdr"]
    for node in of_name(payloads, "KEMAC"):
        if isinstance(node["encr_data"], list):
            opened = seal(node, lambda bits: label.key("encr_key", bits), lambda bits: label.key("salt_key", bits),
                          hdr["csb_id"], (iv_time or time_of(payloads)) if node["encr_alg"] in (1, 3) else None, cover.settings)
            plain = opened if plain is None else plain
    ticket = first(payloads, "TICKET")
    inner = [n for n in (ticket or {}).get("initiator_data", []) if n.get("ver_data") in ("VI", "VR")]
    words = [n["ver_data"] for n in inner]
    for node in inner:
        node["ver_data"] = bytes(registry.MAC_LENGTH[node["auth_alg"]]).hex()
    if vr and hdr["data_type"] != TRANSFER_INIT and inner:
        set_initiator_data(model, inner, words, vr, first(payloads, "V"))
    verifier = payloads[-1] if payloads else {}
    names = {"V": "ver_data", "SIGN": "signature", "KEMAC": "mac"}
    member = names.get(verifier.get("payload"))
    if member and verifier[member] in ("MAC", "SIGNATURE"):
        set_verifier(model, verifier, member, label, cover, sign_key, random)
    if vr and hdr["data_type"] == TRANSFER_INIT and inner:
        set_initiator_data(model, inner, words, vr, next((n for n in reversed(payloads) if n["payload"] == "V"), None))
    spans = {}
    return codec.encode(model, spans), spans, plain


def set_verifier(model, node, member, label, cover, sign_key, random):
    spans = {}
    if member == "signature":
        node[member] = bytes(rsa.size(sign_key)).hex()
        data = codec.encode(model, spans)
        hash_name = rsa.signature_hash(cover.settings["sig_hash"], model["hdr"].get("prf_func", 0))
        node[member] = rsa.sign(sign_key, node["s_type"], hash_name, cover.input(data, model, spans), random).hex()
        return
    alg = node["auth_alg" if member == "ver_data" else "mac_alg"]
    node[member] = bytes(registry.MAC_LENGTH[alg]).hex()
    if alg:
        data = codec.encode(model, spans)
        node[member] = ciphers.compute_mac(alg, label.key("auth_key", ciphers.AUTH_BITS[alg]),
                                           cover.input(data, model, spans)).hex()


def set_initiator_data(model, inner, words, vr, v):
    """Vi is V again; Vr is keyed from MPKr (RFC 6043 6.10). `vr` = (PRF func, MPKr)."""
    for node, word in zip(inner, words):
        if word == "VI" and v is not None:
            node["ver_data"] = v["ver_data"]
    for node, word in zip(inner, words):
        if word == "VR" and node["auth_alg"]:
            spans = {}
            data = codec.encode(model, spans)
            vs = of_name(first(model["payloads"], "TICKET")["initiator_data"], "V")
            at = next(i for i, other in enumerate(vs) if other is node)
            covered = coverage.vr_input(data, spans, "TICKET[0]", f"TICKET[0].initiator_data.V[{at}]")
            key = derive.vr_key(vr[0], vr[1], ciphers.AUTH_BITS[node["auth_alg"]])
            node["ver_data"] = ciphers.compute_mac(node["auth_alg"], key, covered).hex()


def protect_ticket(ticket, tpk, settings, csb_setting=None):
    """KEMAC and V of Ticket Data in place (RFC 6043 A.1, A.2.1); returns the plaintext."""
    data, func = ticket["ticket_data"], ticket["prf_func"]
    rand_node = first(data, "RAND")
    rand, plain = bytes.fromhex(rand_node["rand"]) if rand_node else b"", None
    csb_id = 0xFFFFFFFF if settings["ticket_iv_csb"] == "ffffffff" else 0
    for node in of_name(data, "KEMAC"):
        if isinstance(node["encr_data"], list):
            plain = seal(node, lambda bits: derive.ticket_key("encr_key", func, tpk, rand, bits),
                         lambda bits: derive.ticket_key("salt_key", func, tpk, rand, bits), csb_id,
                         time_of(data) if node["encr_alg"] in (1, 3) else None, settings)
    v = data[-1] if data and data[-1]["payload"] == "V" else None
    if v and v["ver_data"] == "TICKET_MAC":
        v["ver_data"] = bytes(registry.MAC_LENGTH[v["auth_alg"]]).hex()
        covered = ticket_input(ticket, len(of_name(data, "V")) - 1)
        if v["auth_alg"]:
            key = derive.ticket_key("auth_key", func, tpk, rand, ciphers.AUTH_BITS[v["auth_alg"]])
            v["ver_data"] = ciphers.compute_mac(v["auth_alg"], key, covered).hex()
    return plain


def ticket_input(ticket, v_at):
    bare, spans = {k: v for k, v in ticket.items() if k not in ("initiator_data", "initiator_data_len")}, {}
    data = codec.encode({"hdr": {"data_type": 14, "csb_id": 0, "cs_id_map_type": 1}, "payloads": [bare]}, spans)
    return coverage.ticket_input(data, spans, "TICKET[0]", f"TICKET[0].ticket_data.V[{v_at}]")
