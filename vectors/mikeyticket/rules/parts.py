"""V, KEMAC and keys of a message (4.2, 5.2, 6.2), and what a profile asks of forked keys."""

from .view import (KMS, MPK, R, REQUEST_RESP, RESOLVE_RESP, TRANSFER, TRANSFER_RESP, keys_in, of_name)

NULL_MAC = {REQUEST_RESP: "4.2.1.5-05", RESOLVE_RESP: "4.2.3.5-05", TRANSFER: "5.2-10", TRANSFER_RESP: "5.2-10"}


def check(v):
    if not (v.ticket_mode or v.kind == 6):
        return
    if any(node["auth_alg"] == 0 for node in v.everywhere("V")):
        v.rfc6043("4.2-x01")
    if v.kind in NULL_MAC and any(node["mac_alg"] for node in v.all("KEMAC")):
        v.rfc6043(NULL_MAC[v.kind])
    supplied_keys(v)
    forking(v)
    spis(v)


def supplied_keys(v):
    """4.2.2.1-07, and 5.2-08 where the update repeats the TICKET."""
    ticket = v.first("TICKET")
    if not ticket or not v.has("KEMAC") or v.kind not in (TRANSFER, TRANSFER_RESP):
        return
    flags, sender = ticket["flags"], v.context.sender
    if v.kind == TRANSFER and not v.update and not flags["L"]:
        v.rfc6043("4.2.2.1-07")
    if v.update and ((sender == "I" and not flags["L"]) or (sender == "R" and not flags["M"])):
        v.rfc6043("5.2-08")


def forking(v):
    """Profiles in which keys are always forked: the modifier is always sent."""
    idrr, rand = v.has("IDR", id_role=R), v.has("RANDR", rand_role=KMS)
    if v.kind == RESOLVE_RESP and v.whole["always_forked"] and not (idrr and rand):
        v.rfc6043("4.2.3.5-11")
    if v.kind != TRANSFER_RESP or v.context.exchange not in ("initial", "reuse"):
        return
    if v.whole["always_forked"] and not idrr:
        v.rfc6043("4.2.2.3-10")
    if v.whole["always_forked"] and not rand:
        v.rfc6043("4.2.2.3-12")
    if v.whole["transfer_resp_idrr"] and not idrr:
        v.find(v.whole["transfer_resp_idrr"])


def spis(v):
    """6.2.1-02, of the keys that can be seen."""
    kemacs = list(v.all("KEMAC"))
    for _, data in v.resolved():
        kemacs += of_name(data, "KEMAC") if isinstance(data, list) else []
    for key in (key for kemac in kemacs for key in keys_in(kemac)):
        if (key["kv"] != 1 or not key["spi"]) and not (key["type"] == MPK and v.settings["spi_required"] == "session"):
            v.rfc6043("6.2.1-02")
