"""MACs, signatures, KEMAC, ticket and Vr of one message (sections 3 to 6), from the octets received."""

import hmac

from .. import ciphers, coverage, derive, rsa
from ..kemac import open_octets
from ..octets import cut
from . import certificates
from .form import MAX_COVERED, limit
from .learned import MPK, keys_in, usable
from .message import (ERROR, I, KMS, R, REQUEST_PK, REQUEST_PSK, REQUEST_RESP, RESOLVE_PK, RESOLVE_PSK,
                      RESOLVE_RESP, TRANSFER, TRANSFER_RESP)

IDENTITIES = {REQUEST_PSK: (I, KMS), REQUEST_PK: (I, KMS), TRANSFER: (I, R), RESOLVE_PSK: (R, KMS), RESOLVE_PK: (R, KMS)}
BASE_TICKETS = ((1, 1, 1), (2, 0, 0))
PARTY = {"I": "i", "R": "r", "K": "kms"}
JUDGED_TYPES = (0, 1, ERROR, *range(11, 19))


# --- what is covered (section 5) ----------------------------------------------------------------------------------


def identity(j, m, role):
    """(ID Type, ID Data) as it follows an initial message, None where there is none."""
    found = m.idr(role)
    if found or j.settings["absent_identity"] == "empty":
        return found
    if m.data_type == TRANSFER and m.update:
        exchange = m.exchange
        if role == R:
            found = exchange and ((exchange.resp and exchange.resp.idr(R)) or exchange.init.idr(R))
        else:
            found = exchange and exchange.init.idr(I)
    if m.data_type == TRANSFER and role == R:
        found = found or j.identities.get("r_called")
    return found or j.identities.get({I: "i", R: "r", KMS: "kms"}[role])


def written_identity(found, setting):
    if found is None:
        return b""
    id_type, data = found
    head = {"id_data": b"", "len_data": len(data).to_bytes(2, "big"),
            "type_len_data": bytes([id_type]) + len(data).to_bytes(2, "big")}
    return head[setting] + data


def initiator_data_span(m, settings):
    """What TRANSFER_INIT's MAC leaves out of its first TICKET (setting idata_excl)."""
    return coverage.initiator_data_spans(m.tree, m.spans, settings)


def old_suffix(j, m):
    """RFC 3830 5.2: identities and timestamp behind a verification message."""
    ids = m.initial.all("ID")
    out = b""
    for place, party in enumerate(("i", "r")):
        if place < len(ids):
            out += bytes.fromhex(ids[place]["id_data"])
        elif j.settings["absent_identity"] == "known" and party in j.identities:
            out += j.identities[party][1]
    return out + (m.initial.t[1] if m.initial.t else b"")


def covered(j, m, field):
    """The octets that the MAC or signature in the field with this path covers."""
    j.covered += len(m.data) + (len(m.initial.data) if m.initial else 0)
    if j.covered > MAX_COVERED:
        limit("messages: too many octets under MACs")
    left_out = [m.spans[field]]
    if m.data_type == TRANSFER:
        left_out += initiator_data_span(m, j.settings)
    own = cut(m.data, *left_out)
    if m.data_type == 1:
        return own + old_suffix(j, m)
    if m.data_type in (REQUEST_RESP, TRANSFER_RESP, RESOLVE_RESP):
        if m.data_type == TRANSFER_RESP:
            return own + coverage.initial_copy(m.initial.data, m.initial.tree, m.initial.spans, j.settings)
        return own + m.initial.data
    roles = IDENTITIES.get(m.data_type, ())
    if m.data_type == TRANSFER and m.update and m.sender == "R" and j.settings["update_id_order"] == "sender":
        roles = (R, I)
    return own + b"".join(written_identity(identity(j, m, role), j.settings["mac_identity"]) for role in roles)


# --- auth ---------------------------------------------------------------------------------------------------------


def verifier(m):
    """(kind, node, path of the MAC or signature field) of what authenticates the message; None without (absent)."""
    node = m.last()
    if node is None:
        return None
    path = m.last_path()
    if m.data_type == 0:
        return ("MAC", node["mac_alg"], bytes.fromhex(node["mac"]), f"{path}.mac") \
            if node["payload"] == "KEMAC" and node["mac_alg"] else None
    if node["payload"] == "V":
        return ("MAC", node["auth_alg"], bytes.fromhex(node["ver_data"]), f"{path}.ver_data") if node["auth_alg"] else None
    if node["payload"] == "SIGN" and m.data_type != 1:
        return ("SIGN", node["s_type"], bytes.fromhex(node["signature"]), f"{path}.signature")
    return None


def judge_auth(j, m):
    """Sets `auth`, and in `derived` auth_key and mac_input."""
    if m.data_type not in JUDGED_TYPES:
        m.auth = "skipped"
        return
    found = verifier(m)
    if found is None:
        m.auth = "absent"
        return
    kind, alg, value, field = found
    if m.data_type in (1, REQUEST_RESP, TRANSFER_RESP, RESOLVE_RESP) and m.initial is None:
        return
    if m.data_type == ERROR and m.about is None:
        return
    if kind == "SIGN":
        judge_signature(j, m, alg, value, field)
        return
    if m.keyset is None:
        return
    data, key = covered(j, m, field), m.keyset.key("auth_key", ciphers.AUTH_BITS[alg])
    m.derived.update(auth_key=key.hex(), mac_input=data.hex())
    m.auth = "ok" if hmac.compare_digest(ciphers.compute_mac(alg, key, data), value) else "fail"


def verifies_with(m, keyset, data):
    """Whether the V of the message verifies with other keys."""
    kind, alg, value, field = verifier(m)
    return hmac.compare_digest(ciphers.compute_mac(alg, keyset.key("auth_key", ciphers.AUTH_BITS[alg]), data), value)


def judge_signature(j, m, s_type, value, field):
    key = certificates.signer_key(j, m)
    if key is None or s_type not in (0, 1):
        return
    data = covered(j, m, field)
    m.derived["mac_input"] = data.hex()
    m.auth = "ok" if signature_is_good(j, m, key, s_type, value, data) else "fail"


def signature_is_good(j, m, key, s_type, value, data):
    hash_name = rsa.signature_hash(j.settings["sig_hash"], m.hdr["prf_func"])
    return rsa.signature_is_good(key, s_type, hash_name, value, data)


def open_envelope(j, m):
    """PKE of a *_INIT_PK, only after SIGN verified (section 6); else the envelope key that was given."""
    node, kms = m.first("PKE"), j.rsa.get("kms")
    opened = None
    m.pke_failed = False
    if node and m.auth == "ok" and kms and kms.private:
        opened = rsa.decrypt_envelope(kms.private, bytes.fromhex(node["data"]), j.settings["pke_pad"])
        m.pke_failed = not opened
    m.env_key = opened or j.secrets["env_key_i" if m.data_type == REQUEST_PK else "env_key_r"]
    if m.env_key:
        m.derived["env_key"] = m.env_key.hex()


# --- KEMAC (section 4) --------------------------------------------------------------------------------------------


def iv_time(j, m):
    source = m.initial if m.initial and j.settings["iv_time"] == "initial" else m
    return source.t and ciphers.timestamp_64(*source.t, j.settings)


def judge_kemac(j, m):
    node = m.first("KEMAC")
    if node is None:
        m.kemac = "absent"
        return
    alg, plain = node["encr_alg"], None
    if alg == 0:
        plain, payloads = m.octets_of("KEMAC[0].encr_data"), node["encr_data"]
    else:
        if alg not in ciphers.KEY_BITS or m.keyset is None or m.data_type not in (0, *range(11, 19)):
            return
        time = iv_time(j, m)
        if alg != 2 and time is None:
            return
        plain, payloads = decrypt(node, m.keyset.key, m.hdr["csb_id"], time, m.data_type, j.settings, m.derived)
    m.kemac = "ok" if payloads is not None else "fail"
    if payloads is not None:
        m.derived["kemac_plain"] = plain.hex()
        m.kemac_keys = keys_in(payloads)


def decrypt(node, key_of, csb_id, time, data_type, settings, derived):
    """(plaintext, payloads), both None where it does not open; keys and IV go into `derived`."""
    alg = node["encr_alg"]
    key, salt = key_of("encr_key", ciphers.KEY_BITS[alg]), key_of("salt_key", ciphers.SALT_BITS[alg])
    iv = salt if alg == 2 else ciphers.counter_iv(salt, csb_id, time)
    derived.update(encr_key=key.hex(), salt_key=salt.hex(), iv=iv.hex())
    return open_octets(alg, key, iv, bytes.fromhex(node["encr_data"]), data_type, settings)


# --- ticket and Vr ------------------------------------------------------------------------------------------------


class OpenedTicket:
    """A base ticket whose MAC verified. `keys`: those of its KEMAC, None where that does not open."""

    def __init__(self, rand):
        self.rand, self.keys, self.kemac_failed = rand, None, False
        self.mpk = self.mpki = self.mpkr = None


def judge_ticket(j, m):
    ticket = m.ticket
    if ticket is None:
        m.ticket_auth = "absent"
        return
    tpk = usable(j.secrets["tpk"])
    if tpk is None or (ticket["ticket_type"], ticket["subtype"], ticket["version"]) not in BASE_TICKETS \
            or ticket["prf_func"] not in (0, 1):
        return
    octets = m.ticket_octets()
    if octets not in j.opened_tickets:          # one ticket travels in several messages
        if len(j.opened_tickets) > 64:
            j.opened_tickets.clear()
        j.opened_tickets[octets] = open_ticket(j, m, ticket, tpk)
    m.ticket_auth, m.opened, derived = j.opened_tickets[octets]
    if derived:
        m.derived["ticket"] = dict(derived)


def open_ticket(j, m, ticket, tpk):
    """(ticket_auth, OpenedTicket or None, derived)."""
    parts, derived = ticket["ticket_data"], {}
    last = parts[-1] if isinstance(parts, list) and parts else None
    rand = next((n for n in parts if n["payload"] == "RAND"), None) if last else None
    if last is None or last["payload"] != "V" or rand is None or last["auth_alg"] == 0:
        return "fail", None, derived
    rand = bytes.fromhex(rand["rand"])
    path = f"TICKET[0].ticket_data.V[{sum(n['payload'] == 'V' for n in parts) - 1}]"
    data = coverage.ticket_input(m.data, m.spans, "TICKET[0]", path)

    def key_of(kind, bits):
        return derive.ticket_key(kind, ticket["prf_func"], tpk, rand, bits)
    key = key_of("auth_key", ciphers.AUTH_BITS[last["auth_alg"]])
    derived.update(auth_key=key.hex(), mac_input=data.hex())
    if not hmac.compare_digest(ciphers.compute_mac(last["auth_alg"], key, data), bytes.fromhex(last["ver_data"])):
        return "fail", None, derived
    opened = OpenedTicket(rand)
    open_ticket_kemac(j, m, ticket, key_of, opened, derived)
    return "ok", opened, derived


def open_ticket_kemac(j, m, ticket, key_of, opened, derived):
    """The keys of a ticket whose MAC is good (A.1), and MPKi and MPKr (A.2.2)."""
    parts, settings = ticket["ticket_data"], j.settings
    node, t = (next((n for n in parts if n["payload"] == name), None) for name in ("KEMAC", "T"))
    if node is None:
        return
    alg = node["encr_alg"]
    if alg == 0:
        payloads, plain = node["encr_data"], m.octets_of("TICKET[0].ticket_data.KEMAC[0].encr_data")
    elif alg not in ciphers.KEY_BITS or (alg != 2 and t is None):
        return
    else:
        time = t and ciphers.timestamp_64(t["ts_type"], bytes.fromhex(t["ts_value"]), settings)
        csb_id = 0xFFFFFFFF if settings["ticket_iv_csb"] == "ffffffff" else 0
        plain, payloads = decrypt(node, key_of, csb_id, time, TRANSFER, settings, derived)
    if payloads is None:
        opened.kemac_failed = True
        return
    derived["kemac_plain"] = plain.hex()
    opened.keys = keys_in(payloads)
    first = opened.keys[0] if opened.keys else None
    if first and first.type == MPK:
        opened.mpk = first.key
        derived["mpk"] = first.key.hex()
        if usable(first.key):
            opened.mpki, opened.mpkr = (derive.ticket_mpk(name, ticket["prf_func"], first.key, opened.rand)
                                        for name in ("mpki", "mpkr"))


def judge_vr(j, m):
    ticket = m.ticket
    vs = [n for n in (ticket or {}).get("initiator_data", ()) if n["payload"] == "V"]
    if len(vs) < 2:
        m.vr_auth = "absent"
        return
    known = m.ticket_state
    mpkr = known.mpkr if known else m.opened.mpkr if m.opened else None
    prf = ticket["prf_func"]
    if j.settings["vr_prf"] == "hdr":
        sent = j.transfer_resolved(m) if m.data_type in (RESOLVE_PSK, RESOLVE_PK) else None
        prf = (sent or m).hdr["prf_func"]
    if usable(mpkr) is None or prf not in (0, 1):
        return
    alg, value = vs[-1]["auth_alg"], bytes.fromhex(vs[-1]["ver_data"])
    if alg == 0:
        m.vr_auth = "fail"
        return
    data = coverage.vr_input(m.data, m.spans, "TICKET[0]", f"TICKET[0].initiator_data.V[{len(vs) - 1}]")
    key = derive.vr_key(prf, mpkr, ciphers.AUTH_BITS[alg])
    m.derived["vr"] = {"auth_key": key.hex(), "mac_input": data.hex()}
    m.vr_auth = "ok" if hmac.compare_digest(ciphers.compute_mac(alg, key, data), value) else "fail"
