"""TP and TICKET: flags, TP Data, Initiator Data, Ticket Data (6.10, A), and what profiles pin."""

from .figures import MANY_IN_POLICY, POLICY, TICKET_DATA, chain_against
from .view import (ERROR, R, REQUEST_PK, REQUEST_PSK, REQUEST_RESP, RESOLVE_PK, RESOLVE_PSK, TGKS, TRANSFER, keys_in,
                   of_name)

COUNTER, NTP32 = 2, 3
V_NUMBER = 9


def check(v):
    if not (v.ticket_mode or v.kind == ERROR):
        return
    for node in v.all("TP"):
        policy(v, node)
        asked(v, node)
    for node in v.tickets:
        policy(v, node)
        granted(v, node)
        initiator_data(v, node)
    for ticket, data in v.resolved():
        ticket_data(v, data)


def policy(v, node):
    flags, number = node["flags"], node["ticket_type"]
    implied = (("x01", not flags["D"], "L"), ("x02", flags["G"], "F"), ("x03", not flags["G"], "H"), ("x04", not flags["H"], "G"),
               ("x05", flags["I"], "E"), ("x06", flags["K"], "D"), ("x07", flags["M"], "F"))
    for row, given, flag in implied:
        if given and not flags[flag]:
            v.rfc6043(f"6.10-{row}")
    for flag, rule in v.whole["flags"].items():
        if rule and flags[flag] != rule["value"]:
            v.find(rule["id"])
    known = [entry for entry in v.whole["tickets"] if entry["ticket_type"] == number]
    triple = (number, node["subtype"], node["version"])
    if not known:
        v.rfc6043("6.10-x14")
    elif not any(entry.get("subtype") in (None, triple[1]) and entry.get("version") in (None, triple[2]) for entry in known):
        v.rfc6043("6.10-x15")
    pinned = v.whole["pinned_ticket"]
    if pinned and triple != (pinned["ticket_type"], pinned["subtype"], pinned["version"]):
        v.find(pinned["id"])
    policy_data(v, node)


def policy_data(v, node):
    data = node["tp_data"]
    if not any(n["payload"] == "IDR" and n["id_role"] == R for n in data):
        v.rfc6043("6.10-x10")
    order, repeated, unexpected = chain_against(data, POLICY, MANY_IN_POLICY)
    for broken, row in ((order, "x11"), (repeated, "x12"), (unexpected, "x13")):
        if broken:
            v.rfc6043(f"6.10-{row}")
    for role, row in ((2, "16"), (3, "17")):
        if any(n["ts_role"] == role and n["ts_type"] == COUNTER for n in of_name(data, "TR")):
            v.rfc6043(f"6.10-{row}")
    if any(n["ts_role"] == 4 and n["ts_type"] != NTP32 for n in of_name(data, "TR")):
        v.rfc6043("6.10-19")
    visible = [key for kemac in of_name(data, "KEMAC") for key in keys_in(kemac)]
    if isinstance(node.get("ticket_data"), list):
        visible += [key for kemac in of_name(node["ticket_data"], "KEMAC") for key in keys_in(kemac)]
    if any(key["type"] in TGKS for key in visible):
        if node["flags"]["I"] and not node["flags"]["F"]:
            v.rfc6043("6.10-01")
        if v.whole["no_tgk"]:
            v.find(v.whole["no_tgk"])


def asked(v, node):
    if v.kind in (REQUEST_PSK, REQUEST_PK) and not node["flags"]["D"]:
        v.rfc6043("6.10-x16")
    if node["flags"]["K"]:
        v.rfc6043("6.10-09a")
    for kemac in of_name(node["tp_data"], "KEMAC"):
        if kemac["encr_alg"] or kemac["mac_alg"]:
            v.rfc6043("6.10-20")
        if any(set(key["key_data"] + key.get("salt_data", "")) - {"0"} for key in keys_in(kemac)):
            v.rfc6043("6.10-21a")


def granted(v, node):
    if v.kind == REQUEST_RESP and not node["flags"]["D"]:
        v.rfc6043("6.10-x17")
    if of_name(node["tp_data"], "KEMAC"):
        v.rfc6043("6.10-22")
    there = "initiator_data" in node
    if v.kind in (TRANSFER, RESOLVE_PSK, RESOLVE_PK) and there != bool(node["flags"]["I"]) or v.kind == REQUEST_RESP and there:
        v.rfc6043("6.10-24")


def initiator_data(v, node):
    if "initiator_data" not in node:
        return
    data = node["initiator_data"]
    vs = of_name(data, "V")
    vi = data[0] if data and data[0]["payload"] == "V" else None
    vr = data[-1] if len(data) > 1 and data[-1]["payload"] == "V" else None
    end = v.payloads[-1] if v.payloads and v.payloads[-1]["payload"] == "V" else None
    if vi is None or (v.kind == TRANSFER and not v.update and end is not None
                      and (vi["auth_alg"], vi["ver_data"]) != (end["auth_alg"], end["ver_data"])):
        v.rfc6043("6.10-27")
    if vr is None:
        v.rfc6043("6.10-28")
    if vi and vr and vi["auth_alg"] != vr["auth_alg"]:
        v.rfc6043("6.10-29")
    if vi and len(data) > 1 and data[1]["payload"] == "V":
        if vi.get("next_payload", V_NUMBER) != (V_NUMBER if v.settings["vi_next"] == "chain" else 0):
            v.rfc6043("6.10-x18")
    if len(vs) > 2 or len(vs) < len(data):
        v.rfc6043("6.10-x19")


def ticket_data(v, data):
    """Appendix A, for who resolves the ticket."""
    if not isinstance(data, list):
        v.rfc6043("A.1-01")
        return
    names = [n["payload"] for n in data]
    if not {"T", "RAND", "KEMAC"} <= set(names):
        v.rfc6043("A-x01")
    order, repeated, unexpected = chain_against(data, TICKET_DATA)
    for broken, row in ((order, "A-x02"), (repeated, "A-x03"), (unexpected, "A-x04")):
        if broken:
            v.rfc6043(row)
    if any(kemac["mac_alg"] for kemac in of_name(data, "KEMAC")):
        v.rfc6043("A.1-03")
    if names[-1] != "V":
        v.rfc6043("A.1-07")
