"""Crypto sessions and their policies: GENERIC-ID (6.1.1), annexes of TS 33.328, m-lines (RFC 4567)."""

from .view import GENERIC_ID, TRANSFER, TRANSFER_RESP

PRIVATE = range(241, 256)
NO_POLICIES = ("tls", "psk_smime", "application_specific")
AEAD = (4, 5, 6, 8)                     # SRTP encryption algorithms that authenticate by themselves
ROWS_3GPP = {"tls": ("TS33328-H.1-02", "TS33328-H.1-03"), "psk_smime": ("TS33328-F.3-08", "TS33328-F.3-09"),
             "application_specific": ("TS33328-J.1-01", None)}
RESPONSES = (1, 3, 5, 8, 10, 13, 15, 18)


def check(v):
    own = {}
    for node in v.all("SP"):
        own.setdefault(node["policy_no"], node["prot_type"])
    numbers = [entry["cs_id"] for entry in v.sessions]
    if len(numbers) != len(set(numbers)):
        v.rfc6043("6.1.1-x03")
    for entry in v.sessions:
        kind = v.kind_of(entry["prot_type"])
        if entry["prot_type"] not in (0, 1, *PRIVATE) and kind is None:
            v.rfc6043("6.1.1-x05")
        annexes(v, entry, kind)
        if v.kind in (TRANSFER, TRANSFER_RESP):
            policies(v, entry, own)
            profile_kinds(v, kind)
            session_data(v, entry, kind)
        if v.kind == TRANSFER:
            offered(v, entry, kind, own)
        if v.kind == TRANSFER_RESP:
            answered(v, entry, kind)
    exactly(v)
    security_policies(v)
    m_lines(v)


def policies(v, entry, own):
    if any(number in own and own[number] != entry["prot_type"] for number in entry["ps"]):
        v.rfc6043("6.1.1-06")


def profile_kinds(v, kind):
    wanted = v.whole["crypto_sessions"]
    if wanted and kind not in wanted["prot_types"]:
        v.find(wanted["id"])


def exactly(v):
    wanted = v.whole["crypto_sessions"]
    if wanted and wanted.get("exactly") is not None and v.kind == TRANSFER and not v.update:
        if len(v.hdr.get("cs", ())) != wanted["exactly"]:
            v.find(wanted["exactly_id"])


def octets_of(entry):
    data = entry["session_data"]
    if isinstance(data, dict):
        return 10 if "roc" in data else 4
    return len(data) // 2


def session_data(v, entry, kind):
    if kind != "srtp":
        return
    length, fits = octets_of(entry), octets_of(entry) == (10 if entry["s"] else 4)
    if v.kind == TRANSFER and length and not fits:
        v.rfc6043("6.1.1-x04a")
    if v.kind == TRANSFER_RESP and not fits:
        v.rfc6043("6.1.1-x04b" if length else "6.1.1-07b")


def has_no_policies(v, kind):
    return kind in NO_POLICIES and v.settings["tls_policies"] == "3gpp"


def offered(v, entry, kind, own):
    if v.update:
        return
    if any(number not in own for number in entry["ps"]):
        v.rfc6043("6.1.1-x02")
    ticket = v.first("TICKET")
    if ticket and not ticket["flags"]["F"]:
        without = not entry["ps"] and kind not in NO_POLICIES
        if without or not entry["spi"] or (kind == "srtp" and not octets_of(entry)):
            v.rfc6043("6.1.1-x06")
    if kind == "psk_smime" and not entry["spi"]:
        v.find("TS33328-F.3-10")


def answered(v, entry, kind):
    if len(entry["ps"]) != 1 and not has_no_policies(v, kind):
        v.rfc6043("6.1.1-02", "4.2.2.3-03")
    if not entry["spi"]:
        v.rfc6043("6.1.1-09b")


def annexes(v, entry, kind):
    """Annexes H, F.3 and J of TS 33.328: Prot types without policies and Session Data."""
    if kind not in ROWS_3GPP:
        return
    policy_row, data_row = ROWS_3GPP[kind]
    if entry["ps"] and (v.settings["tls_policies"] == "3gpp" or v.kind not in RESPONSES):
        v.find(policy_row)
    if data_row and entry["session_data"]:
        v.find(data_row)
    if kind == "tls" and entry["s"]:
        v.find("TS33328-H.1-01")


def security_policies(v):
    generic = v.hdr["cs_id_map_type"] == GENERIC_ID
    for node in v.all("SP"):
        kind = v.kind_of(node["prot_type"])
        allowed = v.settings["tls_policies"] == "rfc6043" and not node["policy_param"]
        if generic and kind in ("tls", "psk_smime") and not allowed:
            v.find("TS33328-H.1-04")
        if generic and kind == "application_specific" and not allowed:
            v.find("TS33328-J.1-01")
        if v.whole["srtcp_integrity"] and kind == "srtp" and without_srtcp(node):
            v.find(v.whole["srtcp_integrity"])


def without_srtcp(node):
    """SRTCP without authentication (TS 33.328 5.2): parameters 15, else 2, and 19, else 11, are 0, and the cipher is no AEAD."""
    values = {}
    for param in node["policy_param"]:
        values.setdefault(param["type"], int(param["value"] or "0", 16) if param["value"] else None)
    if values.get(0) in AEAD:
        return False
    return values.get(15, values.get(2)) == 0 or values.get(19, values.get(11)) == 0


def m_lines(v):
    lines = v.context.m_lines
    if lines is None or not v.whole["m_lines"] or v.kind != TRANSFER or v.update:
        return
    kinds = [v.kind_of(entry["prot_type"]) if "prot_type" in entry else "srtp" for entry in v.hdr.get("cs", ())]   # SRTP-ID: SRTP
    tls, srtp = kinds.count("tls") == lines.count("tls"), kinds.count("srtp") == 2 * lines.count("rtp")
    if not tls:
        v.find("TS33328-H.3-01")
    if not srtp:
        v.find("RFC4567-7.1-04")
    wanted = [kind for line in lines for kind in (["tls"] if line == "tls" else ["srtp", "srtp"])]
    if tls and srtp and [kind for kind in kinds if kind in ("tls", "srtp")] != wanted:
        v.find("TS33328-H.3-02")
