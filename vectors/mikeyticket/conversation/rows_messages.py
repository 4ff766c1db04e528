"""Rows of section 8 on what every message has: authentication, HDR, T, Error, replay, certificates."""

from . import certificates
from .form import of_ntp
from .keysets import update_keyset
from .message import ERROR, I, R, REQUEST_PK, RESOLVE_PK, RESOLVE_PSK, SENDER_OF, TRANSFER, TRANSFER_RESP
from .people import without_scheme
from .protection import covered, signature_is_good, verifier, verifies_with

MAC_ROW = {11: "RFC6043-4.2.1.2-04", 13: "RFC6043-4.2.1.5-13", 14: "RFC6043-4.2.2.1-09", 15: "RFC6043-4.2.2.3-19",
           16: "RFC6043-4.2.3.2-04", 18: "RFC6043-4.2.3.5-15"}
KEMAC_ROW = {13: "RFC6043-4.2.1.5-06", 18: "RFC6043-4.2.3.5-06", 14: "RFC6043-5.2-11", 15: "RFC6043-5.2-11"}
FRESH_ROW = {13: "RFC6043-4.2.1.5-03", 15: "RFC6043-4.2.2.3-07", 18: "RFC6043-4.2.3.5-03"}
HDR_ROW = {13: "RFC6043-4.2.1.5-01", 18: "RFC6043-4.2.3.5-01"}
INITIAL_TYPES = (0, 11, 12, 14, 16, 17)
COUNTER, NTP32 = 2, 3


def check(j, m):
    authentication(j, m)
    header(m)
    times(j, m)
    if m.data_type == ERROR:
        errors(j, m)
    if m.is_ticket_mode and m.given_sender and m.given_sender not in senders(m):
        m.find("RFC6043-4.2-x05")
    if m.data_type in INITIAL_TYPES and j.first_with.get(m.data, m.index) < m.index:
        m.find("RFC3830-5.4-x02")
    if m.data_type in (REQUEST_PK, RESOLVE_PK):
        public_key(j, m, "RFC6043-4.2.1.3" if m.data_type == REQUEST_PK else "RFC6043-4.2.3.3")


def senders(m):
    """Who sends such a message in the figures of 4.2 and 5.2; a KMS may resolve too (section 10)."""
    if m.update:
        answered = m.initial.sender if m.data_type == TRANSFER_RESP and m.initial else None
        return {"I", "R"} - {answered}
    return {"R", "K"} if m.data_type in (RESOLVE_PSK, RESOLVE_PK) else {SENDER_OF[m.data_type]}


def authentication(j, m):
    if m.auth == "fail":
        kind = verifier(m)[0]
        if m.data_type in MAC_ROW:
            m.find("RFC6043-5.2-06" if other_update_keys(j, m, kind) else MAC_ROW[m.data_type])
        elif kind == "SIGN" and m.data_type in (REQUEST_PK, RESOLVE_PK, ERROR):
            m.find("RFC6043-5.5-x01")
        elif m.data_type == ERROR:
            m.find("RFC6043-5.4-11")
    if m.auth == "ok" and m.kemac == "fail" and m.data_type in KEMAC_ROW:
        m.find(KEMAC_ROW[m.data_type])
    if m.vr_auth == "fail":
        m.find("RFC6043-6.10-30")
    if m.ticket_auth == "fail":
        parts = m.ticket["ticket_data"]
        if isinstance(parts, list) and parts and parts[-1]["payload"] == "V":
            m.find("RFC6043-A.1-08")
    if m.opened and m.opened.kemac_failed:
        m.find("RFC6043-A.1-04")


def other_update_keys(j, m, kind):
    """5.2-06: an update that verifies with the keys of the other reading of 5.2."""
    if kind != "MAC" or not m.update or m.data_type not in (TRANSFER, TRANSFER_RESP):
        return False
    other = update_keyset(j, m, "same_mpk" if j.settings["update_keys"] == "same_keys" else "same_keys")
    return other is not None and verifies_with(m, other, bytes.fromhex(m.derived["mac_input"]))


def header(m):
    if m.initial is None:
        return
    differs = m.head() != m.initial.head()
    if m.data_type in HDR_ROW:
        rest = (m.num_cs, m.hdr["cs_id_map_type"]) != (m.initial.num_cs, m.initial.hdr["cs_id_map_type"])
        if differs or rest:
            m.find(HDR_ROW[m.data_type])
    elif m.data_type == TRANSFER_RESP and differs:
        m.find("RFC6043-4.2.2.3-01")


def absolute(t):
    """A timestamp in units of 2^-32 s since 1900, None for a COUNTER (RFC 4330 3)."""
    if t is None or t[0] == COUNTER:
        return None
    return of_ntp(int.from_bytes(t[1], "big") << (32 if t[0] == NTP32 else 0))


def times(j, m):
    if m.data_type in FRESH_ROW and m.initial and not_fresh(m, m.initial):
        m.find(FRESH_ROW[m.data_type])
    time = absolute(m.t)
    if j.now is not None and time is not None and abs(time - j.now) > j.skew * (1 << 32):
        m.find("RFC3830-5.4-x01")
    if m.ticket and m.data_type in (TRANSFER, 16, RESOLVE_PK) and not m.update:
        validity(j, m, time)


def not_fresh(m, answered):
    return m.t is not None and m.t[0] in (0, 1) and m.t == answered.t


def validity(j, m, time):
    """6.10-x22: the ticket is used between TRs and TRe."""
    time = j.now if j.now is not None else time
    if time is not None and not is_valid(m.ticket, time):
        m.find("RFC6043-6.10-x22")


def is_valid(ticket, time):
    """Whether it is between TRs and TRe of a TICKET or TP node."""
    bounds = {}
    for node in ticket["tp_data"]:
        if node["payload"] == "TR":
            bounds.setdefault(node["ts_role"], absolute((node["ts_type"], bytes.fromhex(node["ts_value"]))))
    start, end = bounds.get(2), bounds.get(3)
    return (start is None or time >= start) and (end is None or time <= end)


def errors(j, m):
    about = m.about
    if about is None or not about.tree:
        return
    if m.head() != about.head():
        m.find("RFC6043-5.4-07")
    if not_fresh(m, about):
        m.find("RFC6043-5.4-09")
    if about.data_type == ERROR:
        m.find("RFC6043-5.4-x04")
    if about.data_type in (TRANSFER, TRANSFER_RESP) and m.last() and m.last()["payload"] == "SIGN":
        m.find("RFC6043-5.4-x05")
    if about.data_type in (REQUEST_PK, RESOLVE_PK) and j.settings["error_pk_key"] == "sign_only" and m.first("V"):
        m.find("RFC6043-5.4-x03")


def public_key(j, m, clause):
    """Certificates, PKE and CHASH of a *_INIT_PK."""
    chain = certificates.of(j, m)
    if any(one.followed for one in chain):
        m.find(f"{clause}-02")
    if any(not certificates.certifies(after.x509, before.x509) for before, after in zip(chain, chain[1:])):
        m.find(f"{clause}-04")
    if m.auth == "fail" and len(chain) > 1 and signed_by_another(j, m, chain):
        m.find(f"{clause}-03")
    if chain and chain[0].x509 is not None and not (m.data_type == RESOLVE_PK and m.sender == "K"):
        name = identity_of_sender(j, m)
        if name is not None and without_scheme(name[1]) not in certificates.names_of(chain[0].x509):
            m.find(f"{clause}-x03")
    if chain and j.trust is not None:
        time = j.now if j.now is not None else absolute(m.t)
        if not certificates.has_path(chain, j.trust, time):
            m.find(f"{clause}-x04")
    if m.pke_failed:
        m.find(f"{clause}-x05")
    certificate_hash(j, m, clause)


def signed_by_another(j, m, chain):
    _, s_type, value, field = verifier(m)
    data = covered(j, m, field)
    return any(one.rsa and signature_is_good(j, m, one.rsa, s_type, value, data) for one in chain[1:9])


def identity_of_sender(j, m):
    role, party = (I, "i") if m.data_type == REQUEST_PK else (R, "r")
    return m.idr(role) or j.identities.get(party)


def certificate_hash(j, m, clause):
    node, kms = m.first("CHASH"), j.rsa.get("kms")
    if node and kms and kms.certificate is not None:
        digest = j.certificate_digest(kms.certificate, node["hash_func"])
        if digest is not None and digest.hex() != node["hash"]:
            m.find(f"{clause}-x06")
