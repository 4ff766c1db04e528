"""HDR, numbers and algorithms of a message (RFC 3830 6, RFC 6043 6.1, 12.1)."""

from .view import (EMPTY_MAP, ERROR, GENERIC_ID, REQUEST_PK, REQUEST_PSK, REQUEST_RESP, RESOLVE_PK, RESOLVE_PSK, RESOLVE_RESP,
                   SRTP_ID, TRANSFER, TRANSFER_RESP, is_base)

REGISTERED_TYPES, REGISTERED_ENCRS, REGISTERED_PRFS = range(27), range(4), (0, 1)
SHORTEST_RAND = 16
V_FLAG_0 = {REQUEST_RESP: "4.2.1.5-02a", TRANSFER_RESP: "4.2.2.3-02a", RESOLVE_RESP: "4.2.3.5-02a", ERROR: "5.4-08a"}
V_FLAG_1 = {REQUEST_PSK: "4.2.1.1-03a", REQUEST_PK: "4.2.1.1-03a", RESOLVE_PSK: "4.2.3.1-03a", RESOLVE_PK: "4.2.3.1-03a"}
NO_SESSIONS = {REQUEST_PSK: "4.2.1.1-04", REQUEST_PK: "4.2.1.1-04", REQUEST_RESP: "4.2.1.5-01", RESOLVE_PSK: "4.2.3.1-04",
               RESOLVE_PK: "4.2.3.1-04", RESOLVE_RESP: "4.2.3.5-01"}


def check(v):
    every_message(v)
    if v.ticket_mode or v.kind == ERROR:
        v_flag(v)
        maps(v)
        prfs(v)
        mixed(v)


def every_message(v):
    if v.hdr["version"] != 1 and v.kind != ERROR:
        v.find("RFC3830-6.1-x05")
    if v.kind not in REGISTERED_TYPES:
        v.find("RFC3830-6.1-x06")
    if any(node["encr_alg"] not in REGISTERED_ENCRS for node in v.everywhere("KEMAC")):
        v.find("RFC3830-6.2-x02")
    numbers = [node["policy_no"] for node in v.all("SP")]
    if len(numbers) != len(set(numbers)):
        v.find("RFC3830-6.10-x02")
    if any(len(node["rand"]) < 2 * SHORTEST_RAND for node in v.everywhere("RAND", "RANDR")):
        v.find("RFC3830-6.11-02")
    if v.hdr["cs_id_map_type"] == EMPTY_MAP and v.has("SP"):
        v.find("RFC4563-5-01")


def v_flag(v):
    flag = v.hdr["v"]
    if flag and v.kind in V_FLAG_0:
        v.rfc6043(V_FLAG_0[v.kind])
    if v.settings["v_flag"] == "sec6":
        if flag and not (v.update and v.kind == TRANSFER):
            v.rfc6043("6.1-01a")
        return
    if not flag and v.kind in V_FLAG_1:
        v.rfc6043(V_FLAG_1[v.kind])
    ticket = v.first("TICKET")
    if v.kind == TRANSFER and not v.update and ticket and flag != ticket["flags"]["F"]:
        v.rfc6043("4.2.2.1-03a")


def maps(v):
    map_type = v.hdr["cs_id_map_type"]
    if v.kind in NO_SESSIONS:
        if map_type != EMPTY_MAP or v.hdr.get("num_cs", len(v.hdr.get("cs", ()))):
            v.rfc6043(NO_SESSIONS[v.kind])
    if v.kind in (TRANSFER, TRANSFER_RESP) and map_type != GENERIC_ID:
        v.rfc6043("6.1-03")
        if map_type == SRTP_ID:
            v.rfc6043("6.1-04")
        if v.whole["generic_id"]:
            v.find(v.whole["generic_id"])


def prfs(v):
    named = [] if v.kind == ERROR else [v.hdr]
    if any(node["prf_func"] not in REGISTERED_PRFS for node in named + v.all("TP") + v.tickets):
        v.rfc6043("6.1-x01")


def families(payloads):
    """Of the algorithms in a chain: True for the 256-bit family, False for the shorter one (12.1)."""
    encr, mac = {3: True, 1: False, 2: False}, {2: True, 1: False}
    for node in payloads:
        if node["payload"] == "KEMAC":
            yield encr.get(node["encr_alg"])
            yield mac.get(node["mac_alg"])
        elif node["payload"] == "V":
            yield mac.get(node["auth_alg"])


def mixed(v):
    """12.1-08."""
    prf = {1: True, 0: False}
    found = set(families(v.payloads))
    if v.kind != ERROR:
        found.add(prf.get(v.hdr["prf_func"]))
    for ticket in v.tickets:
        found |= set(families(ticket.get("initiator_data", ())))
    if v.settings["mix_scope"] == "message":
        found |= {prf.get(node["prf_func"]) for node in v.all("TP") + v.tickets}
        for ticket, data in v.resolved():
            if isinstance(data, list) and is_base(ticket):
                found |= set(families(data))
    if {True, False} <= found:
        v.rfc6043("12.1-08")
