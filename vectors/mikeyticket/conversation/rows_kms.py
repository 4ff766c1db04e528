"""Rows of section 8 on the Ticket Request and Ticket Resolve exchanges, and on who may ask."""

from .learned import MPK, TEKS, GTGKS, TGKS, fork, leading_mpks, modifier_of, session_keys
from .message import (I, PSK, R, REQUEST_PK, REQUEST_PSK, REQUEST_RESP, RESOLVE_PK, RESOLVE_PSK, RESOLVE_RESP, idr_in)
from .people import group_matches, uid_of, wildcard_in_user

REQUESTS, RESOLVES = (REQUEST_PSK, REQUEST_PK), (RESOLVE_PSK, RESOLVE_PK)


def check(j, m):
    if m.data_type == REQUEST_RESP and m.initial:
        granted_policy(m)
        if authentic_keys(m):
            mpk_rows(m, m.flags, "RFC6043-4.2.1.5-08", "RFC6043-4.2.1.5-09")
            granted_keys(m)
    if m.data_type == RESOLVE_RESP and m.initial:
        resolved(j, m)
    if m.data_type in RESOLVES:
        sent = j.last_transfer(m)
        if sent and sent.ticket and m.ticket and m.payload_octets("TICKET[0]") != sent.payload_octets("TICKET[0]"):
            m.find("RFC6043-4.2.3.1-x02")
        if not_authorised(j, m):
            m.find("RFC6043-4.2.3.4-x01")
    if m.data_type in REQUESTS + RESOLVES:
        subscriber(j, m)
    if j.profile.kms_uids and m.data_type in (11, 12, 14, 15, 16, 17, 18):
        if any(node["id_role"] in (I, R) and wildcard_in_user((node["id_type"], bytes.fromhex(node["id_data"])))
               for node in m.all("IDR")):
            m.find("TS33328-6.2.3.2-01")


def authentic_keys(m):
    return m.auth == "ok" and m.kemac == "ok"


# --- keys ---------------------------------------------------------------------------------------------------------


def mpk_rows(m, flags, first_row, number_row):
    """The MPKs of REQUEST_RESP and RESOLVE_RESP: MPKi first, a second one with key forking, none later."""
    keys = m.kemac_keys
    if not keys or keys[0].type != MPK:
        m.find(first_row)
        return
    if flags is None:
        return
    following = len(leading_mpks(keys)) - 1
    stray = any(key.type == MPK for key in keys[following + 1:])
    if stray or following != flags["I"]:
        m.find(number_row)


def granted_keys(m):
    """4.2.1.5-x02: the keys beside the ticket are those in it (judged with the TPK)."""
    ticket = m.opened
    if ticket is None or ticket.keys is None:
        return
    mpks, flags = leading_mpks(m.kemac_keys), m.flags
    wrong = ticket.mpki is not None and bool(mpks) and mpks[0] != ticket.mpki
    wrong |= ticket.mpkr is not None and bool(flags["I"]) and len(mpks) > 1 and mpks[1] != ticket.mpkr
    ours, theirs = session_keys(m.kemac_keys), session_keys(ticket.keys)
    if wrong or len(ours) != len(theirs) or not all(a.same_as(b) for a, b in zip(ours, theirs)):
        m.find("RFC6043-4.2.1.5-x02")


def resolved(j, m):
    request = m.initial
    flags = request.flags
    if request.data_type in RESOLVES and not_authorised(j, request):
        m.find("RFC6043-4.2.3.4-01")
    if flags and flags["I"] and modifier_of(m) is None:
        m.find("RFC6043-4.2.3.5-11")
    if j.directory.known and j.profile.kms_uids and m.idr(R):
        uids = uids_of(j, request)
        if uids and uid_of(m.idr(R)) not in uids:
            m.find("TS33328-6.2.3.6-03")
    if not authentic_keys(m):
        return
    mpk_rows(m, flags, "RFC6043-4.2.3.5-07", "RFC6043-4.2.3.5-08")
    if flags and m.ticket_state is not None:
        resolved_keys(m, m.ticket_state, bool(flags["I"]))


def resolved_keys(m, known, forked):
    """What the KMS resolved, held against what is known of the ticket: forked what has to be, and nothing else."""
    mpks, ours, theirs = leading_mpks(m.kemac_keys), session_keys(m.kemac_keys), known.keys
    modifier = modifier_of(m) if forked else None
    if modifier is not None:
        forking(m, known, modifier, mpks, ours)
    wrong = bool(mpks) and known.mpki is not None and mpks[0] != known.mpki
    if theirs is not None:
        wrong |= len(ours) != len(theirs)
        wrong |= any(differs(known, modifier, forked, a, b) for a, b in zip(ours, theirs))
    if wrong:
        m.find("RFC6043-4.2.3.5-x02")


def forking(m, known, modifier, mpks, ours):
    """4.2.3.5-10 and 5.1.1-02."""
    wanted = fork("mpkr_forked", known.prf, known.mpkr, modifier)
    wrong = wanted is not None and len(mpks) > 1 and mpks[1] != wanted
    if known.original is not None:
        pairs = zip([key for key in ours if key.type in TGKS], [key for key in known.original if key.type in TGKS])
        for our, their in pairs:
            wanted = fork("tgk_forked", known.prf, their.key, modifier)
            wrong |= wanted is not None and our.key != wanted
        if any(is_fork(known, modifier, a, b) for a, b in zip(ours, known.original)):
            m.find("RFC6043-5.1.1-02")
    if wrong:
        m.find("RFC6043-4.2.3.5-10")


def is_fork(known, modifier, our, their):
    """A TEK or GTGK that was forked although it must not be."""
    if our.type not in TEKS + GTGKS or our.type != their.type or our.key == their.key:
        return False
    wanted = fork("tgk_forked", known.prf, their.key, modifier)
    return wanted is not None and our.key == wanted


def differs(known, modifier, forked, our, their):
    if (our.type, our.spi, our.salt) != (their.type, their.spi, their.salt):
        return True
    if our.key == their.key or (forked and our.type in TGKS):
        return False
    return not (modifier is not None and known.original is not None and is_fork(known, modifier, our, their))


# --- the granted policy -------------------------------------------------------------------------------------------


def granted_policy(m):
    request = m.initial
    asked, granted = request.first("TP"), m.ticket
    if granted is None:
        return
    wanted = request.idr(I)
    if wanted is not None and idr_in(granted["tp_data"], I) != wanted:
        m.find("RFC6043-4.2.1.1-05")
    if asked is not None:
        changed, k = policy_differs(request, asked, m, granted), bool(granted["flags"]["K"])
        keys = keys_differ(m, asked)
        if (changed or bool(keys)) != k and not (keys is None and k):
            m.find("RFC6043-6.10-x20")


def policy_differs(request, asked, m, granted):
    def head(node):
        flags = {name: value for name, value in node["flags"].items() if name != "K"}
        return [node[name] for name in ("ticket_type", "subtype", "version", "prf_func", "res")] + [flags]

    def body(message, name, node):
        out, counts = [], {}
        for payload in node["tp_data"]:
            kind = payload["payload"]
            path = f"{name}[0].tp_data.{kind}[{counts.get(kind, 0)}]"
            counts[kind] = counts.get(kind, 0) + 1
            if kind != "KEMAC" and not (kind == "IDR" and payload["id_role"] == I):
                out.append((kind, message.payload_octets(path)))
        return out
    return head(asked) != head(granted) or body(request, "TP", asked) != body(m, "TICKET", granted)


def keys_differ(m, asked):
    """The session keys granted against those asked for: type, lengths of key and salt. None where they cannot be seen."""
    node = next((n for n in asked["tp_data"] if n["payload"] == "KEMAC"), None)
    if node is None or not isinstance(node["encr_data"], list):
        return False
    if not authentic_keys(m):
        return None

    def shape(kind, key, salt):
        return kind, len(key), len(salt)
    wanted = [shape(n["type"], n["key_data"], n.get("salt_data", "")) for n in node["encr_data"]
              if n["payload"] == "KEY_DATA" and n["type"] != MPK]
    return wanted != [shape(key.type, key.key.hex(), key.salt.hex()) for key in session_keys(m.kemac_keys)]


# --- who may ask --------------------------------------------------------------------------------------------------


def responder(j, request):
    return request.idr(R) or j.identities.get("r")


def asking_subscriber(j, request):
    """The subscriber that the Responder is, where he is known."""
    idrpsk = request.idr(PSK) if request.sender != "K" else None        # section 10: that one names a key of the KMSs
    return j.directory.find(idrpsk, responder(j, request)) if j.directory.known else None


def uids_of(j, request):
    """The UIDs of the Responder: all of the subscriber's where he is known, else the identity of the request."""
    found, identity = asking_subscriber(j, request), responder(j, request)
    if found:
        return found.uids
    uid = uid_of(identity) if identity else None
    return [uid] if uid is not None else []


def not_authorised(j, request):
    """4.2.3.4-x01: no UID of the Responder matches an IDRr of the ticket policy."""
    if request.ticket is None or (responder(j, request) is None and not j.directory.known):
        return False
    allowed = [(n["id_type"], bytes.fromhex(n["id_data"])) for n in request.ticket["tp_data"]
               if n["payload"] == "IDR" and n["id_role"] == R]
    if j.profile.kms_uids:
        uids = uids_of(j, request)
        groups = [uid_of(identity) for identity in allowed]
        return not any(group is not None and group_matches(group, uid) for group in groups for uid in uids)
    found = asking_subscriber(j, request)
    uids = found.uids if found else ()          # a UID is an NAI, or a URI without its scheme
    return responder(j, request) not in allowed and not any(uid_of(identity) in uids for identity in allowed)


def subscriber(j, m):
    """TS33328-6.2.3.5-01: the KMS UID of the request is one of the subscriber's."""
    if not j.directory.known or m.sender == "K":
        return
    identity, idrpsk = m.idr(I if m.data_type in REQUESTS else R), m.idr(PSK)
    found = j.directory.find(idrpsk, identity)
    if idrpsk is not None and found is None:
        m.find("TS33328-6.2.3.5-01")
    elif identity is not None and (found is None or uid_of(identity) not in found.uids):
        m.find("TS33328-6.2.3.5-01")
