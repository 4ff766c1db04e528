"""Rows of section 8 on the keys in KEMACs and tickets, and on lengths of keys and RANDs (6.2.1, 6.10, 12.1, A)."""

from .learned import GTGKS, MPK, TGKS
from .message import (ERROR, I, KMS, R, REQUEST_PK, REQUEST_PSK, REQUEST_RESP, RESOLVE_PK, RESOLVE_PSK, RESOLVE_RESP,
                      TRANSFER, TRANSFER_RESP)

KNOWN_TYPES = range(7)
WRONG_KEY_ROW = {REQUEST_RESP: "RFC6043-4.2.1.5-x03", RESOLVE_RESP: "RFC6043-4.2.3.5-x03", TRANSFER: "RFC6043-5.2-x02",
                 TRANSFER_RESP: "RFC6043-5.2-x02"}
SHORTEST = 16                               # 128 bits
SHORTER_PRFS, SHORTER_ENCRS, SHORTER_MACS = (0,), (1, 2), (1,)


def check(j, m):
    if not (m.is_ticket_mode or m.data_type == ERROR):
        return
    own = m.kemac_keys if m.auth == "ok" and m.kemac == "ok" and m.data_type in WRONG_KEY_ROW else None
    ticket = m.opened.keys if m.opened else None
    kinds(j, m, own, ticket)
    without_spi(j, m, own, ticket)
    short_keys(j, m, own, ticket)
    long_keys(j, m, own, ticket)
    if not m.update:
        rands(j, m, own)


def kinds(j, m, own, ticket):
    """Types of keys; TGKs with F=0 and I=1, and where the profile has none."""
    if own is not None:
        allowed = KNOWN_TYPES if m.data_type in (REQUEST_RESP, RESOLVE_RESP) else range(6)
        if any(key.type not in allowed for key in own):
            m.find(WRONG_KEY_ROW[m.data_type])
        if m.data_type in (REQUEST_RESP, RESOLVE_RESP):
            tgks(j, m, own, m.flags if m.data_type == REQUEST_RESP else m.initial and m.initial.flags)
    if ticket is not None:
        if not ticket or ticket[0].type != MPK or any(key.type not in range(6) for key in ticket[1:]):
            m.find("RFC6043-A-x05")
        tgks(j, m, ticket, m.flags)


def tgks(j, m, keys, flags):
    if not any(key.type in TGKS for key in keys):
        return
    if flags and flags["I"] and not flags["F"]:
        m.find("RFC6043-6.10-01")
    if j.profile.no_tgk:
        m.find(j.profile.no_tgk)


def without_spi(j, m, own, ticket):
    for keys in (own, ticket):
        for key in keys or ():
            if not key.spi and not (key.type == MPK and j.settings["spi_required"] == "session"):
                m.find("RFC6043-6.2.1-02")


def short_keys(j, m, own, ticket):
    """12.1-04."""
    found = [key.key for keys in (own, ticket) for key in keys or ()]
    if ticket is not None:
        found.append(j.secrets["tpk"])
    used = m.auth in ("ok", "fail") or m.kemac in ("ok", "fail")
    if m.keyset and m.keyset.of in ("psk", "env") and used:
        found.append(m.keyset.inkey)
    if any(len(key) < SHORTEST for key in found):
        m.find("RFC6043-12.1-04")


def long_keys(j, m, own, ticket):
    """12.1-09: keys longer than 128 bits with a 128-bit algorithm in the same scope."""
    if is_long(own) and shorter_in_message(j, m):
        m.find("RFC6043-12.1-09")
    if is_long(ticket) and (m.ticket["prf_func"] in SHORTER_PRFS or shorter_in(m.ticket["ticket_data"])):
        m.find("RFC6043-12.1-09")


def is_long(keys):
    return any(key.type in range(6) and len(key.key) > SHORTEST for key in keys or ())


def shorter_in(payloads):
    for node in payloads:
        if node["payload"] == "KEMAC" and (node["encr_alg"] in SHORTER_ENCRS or node["mac_alg"] in SHORTER_MACS):
            return True
        if node["payload"] == "V" and node["auth_alg"] in SHORTER_MACS:
            return True
    return False


def shorter_in_message(j, m):
    """FORMAT.md section 6, 12.1-08: whether the message has a number of the shorter family."""
    if m.hdr["prf_func"] in SHORTER_PRFS or shorter_in(m.tree["payloads"]):
        return True
    tickets = m.all("TICKET")
    if any(shorter_in(ticket.get("initiator_data", ())) for ticket in tickets):
        return True
    if j.settings["mix_scope"] == "outer":
        return False
    if any(node["prf_func"] in SHORTER_PRFS for name in ("TP", "TICKET") for node in m.all(name)):
        return True
    return j.secrets["tpk"] is not None and any(
        isinstance(ticket["ticket_data"], list) and shorter_in(ticket["ticket_data"]) for ticket in tickets)


# --- lengths of RANDs ---------------------------------------------------------------------------------------------


def rands(j, m, own):
    """12.1-05. A RAND that is not there is not judged: that it is missing has a row of its own."""
    kind = m.data_type
    if kind in (REQUEST_PSK, REQUEST_PK):
        shorter(m, m.rand(I), [request_key(j, m)])
    elif kind in (RESOLVE_PSK, RESOLVE_PK):
        shorter(m, m.rand(R), [request_key(j, m)])
    elif kind == TRANSFER and m.flags and m.ticket_state:
        keys = [m.ticket_state.mpki]
        if j.settings["rand_sum"] == "used":
            shorter(m, m.rand(I), keys)
        elif not m.flags["G"]:
            shorter(m, m.rand(I), keys + tgks_of(m.ticket_state))
    elif kind == TRANSFER_RESP and m.initial and m.initial.flags and m.ticket_state:
        response(j, m, m.initial.flags)
    elif kind == RESOLVE_RESP and own is not None and m.initial and m.initial.flags and m.initial.flags["I"]:
        mpks = [key.key for key in own if key.type == MPK][1:]
        shorter(m, m.rand(KMS), mpks + [key.key for key in own if key.type in TGKS])
    if m.opened and m.opened.keys is not None:
        shorter(m, m.opened.rand, [j.secrets["tpk"], m.opened.mpk])


def response(j, m, flags):
    rand_i, rand_r = m.initial.rand(I), m.rand(R)
    both = rand_i + rand_r if rand_i is not None and rand_r is not None else None
    if j.settings["rand_sum"] == "literal":
        if flags["G"]:
            shorter(m, both, [m.ticket_state.mpki] + tgks_of(m.ticket_state))
        return
    shorter(m, both if flags["G"] else rand_i, [m.keyset and m.keyset.inkey])
    parts = ([rand_i] if flags["H"] else []) + ([rand_r] if flags["G"] else [])
    if None not in parts:
        shorter(m, b"".join(parts), tgks_of(m.ticket_state))


def request_key(j, m):
    if m.data_type in (REQUEST_PK, RESOLVE_PK):
        return m.env_key
    return m.keyset and m.keyset.inkey


def tgks_of(state):
    return [key.key for key in state.keys or () if key.type in TGKS + GTGKS]


def shorter(m, rand, keys):
    """Whether the RAND is shorter than the longest of the keys that are known."""
    longest = max((len(key) for key in keys if key), default=0)
    if rand is not None and len(rand) < longest:
        m.find("RFC6043-12.1-05")
