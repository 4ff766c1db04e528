"""Rows of section 8 on Ticket Transfer: the exchange itself, reuse of a ticket, CSB updates, crypto sessions."""

from .learned import GTGKS, TGKS
from .message import GENERIC_ID, I, KMS, R, TRANSFER, TRANSFER_RESP, idr_in
from .people import without_scheme
from .rows_messages import absolute
from .sessions import named_key


def check(j, m):
    if m.data_type not in (TRANSFER, TRANSFER_RESP):
        return
    if m.update:
        update(m)
    elif m.data_type == TRANSFER:
        initial(j, m)
    elif m.initial:
        response(j, m)
    if m.data_type == TRANSFER_RESP and m.initial:
        any_response(m)
    spis(j, m)


def initial(j, m):
    if m.ticket is None:
        return
    octets = m.ticket_octets()
    if j.grants_others(octets, m):
        m.find("RFC6043-4.2.2.1-x02")
    requester = idr_in(m.ticket["tp_data"], I)
    if m.flags["I"] and m.idr(I) and requester and without_scheme(m.idr(I)[1]) != without_scheme(requester[1]):
        m.find("RFC6043-4.2.2.1-x03")
    earlier = j.transfers_of(octets, m)
    if not earlier:
        return
    if not m.flags["J"]:
        m.find("RFC6043-5.3-03")
    for one in earlier:
        if one.hdr["csb_id"] == m.hdr["csb_id"] or (m.t is not None and one.t == m.t) \
                or (m.rand(I) is not None and one.rand(I) == m.rand(I)):
            m.find("RFC6043-5.3-01")


def response(j, m):
    """TRANSFER_RESP that is no update, by the flags of the TICKET in its TRANSFER_INIT."""
    init, flags = m.initial, m.initial.flags
    modifier_of_kms(j, m, init, flags)
    policies(m, init)
    if flags is None:
        return
    rand_r = m.rand(R) is not None
    if flags["G"] and not rand_r:
        m.find("RFC6043-4.2.2.3-09")
    if not flags["G"] and rand_r:
        m.find("RFC6043-6.10-05")
    if m.first("KEMAC") and not flags["M"]:
        m.find("RFC6043-4.2.2.3-17")
    if not flags["F"]:
        m.find("RFC6043-6.10-04")
    same_modifier(j, m, init, flags)
    if rand_r and j.transfers_of(init.ticket_octets(), init) and any(
            one.rand(R) == m.rand(R) for one in j.other_responses(m)):
        m.find("RFC6043-5.3-01")


def modifier_of_kms(j, m, init, flags):
    """4.2.2.3-10, -12: IDRr and RANDRkms with key forking, and as the KMS sent them."""
    found = j.resolved(init, m)
    own_rand = m.rand(KMS)
    resolved = next((one for one in found if own_rand is not None and one.rand(KMS) == own_rand), found[0] if found else None)
    for row, own, theirs in (("RFC6043-4.2.2.3-10", m.idr(R), resolved and resolved.idr(R)),
                             ("RFC6043-4.2.2.3-12", m.rand(KMS), resolved and resolved.rand(KMS))):
        if (flags and flags["I"] and own is None) or (theirs is not None and own != theirs):
            m.find(row)


def same_modifier(j, m, init, flags):
    """5.3-02: a ticket reused without being resolved again keeps its modifier."""
    if not flags["I"] or j.resolved(init, m):
        return
    before = j.last_response(init)
    if before is None:
        return
    for own, theirs in ((m.idr(R), before.idr(R)), (m.rand(KMS), before.rand(KMS))):
        if own is not None and theirs is not None and own != theirs:
            m.find("RFC6043-5.3-02")


def policies(m, init):
    """6.1.1-x07 and 6.1.1-06: policy numbers of TRANSFER_RESP that is no update."""
    own = {node["policy_no"] for node in m.all("SP")}
    theirs = {}
    for node in init.all("SP"):
        theirs.setdefault(node["policy_no"], node["prot_type"])
    for entry in m.sessions:
        for number in entry["ps"]:
            if number not in own and number not in theirs:
                m.find("RFC6043-6.1.1-x07")
            elif number not in own and theirs[number] != entry["prot_type"]:
                m.find("RFC6043-6.1.1-06")


def any_response(m):
    """Rows of TRANSFER_RESP in initial exchanges and updates."""
    init = m.initial
    theirs = {init.payload_octets(f"SP[{i}]") for i in range(len(init.all("SP")))}
    if any(m.payload_octets(f"SP[{i}]") in theirs for i in range(len(m.all("SP")))):
        m.find("RFC6043-4.2.2.3-14")
    if m.hdr["cs_id_map_type"] != GENERIC_ID or init.hdr["cs_id_map_type"] != GENERIC_ID:
        return
    answered = {(entry["cs_id"], entry["prot_type"]) for entry in m.sessions}
    if any((entry["cs_id"], entry["prot_type"]) not in answered for entry in init.sessions):
        m.find("RFC6043-4.2.2.3-x02")
    offered = {}
    for entry in init.sessions:
        offered.setdefault(entry["cs_id"], entry["ps"])
    for entry in m.sessions:
        named = offered.get(entry["cs_id"])
        if named and len(entry["ps"]) == 1 and entry["ps"][0] not in named:
            m.find("RFC6043-6.1.1-04")


# --- CSB updates --------------------------------------------------------------------------------------------------


def update(m):
    if m.data_type == TRANSFER_RESP and m.initial and not m.initial.hdr["v"]:
        m.find("RFC6043-5.2-02")
    exchange = m.exchange
    if exchange is None:
        return
    if m.hdr["csb_id"] != exchange.init.hdr["csb_id"]:
        m.find("RFC6043-5.2-01a")
    last = exchange.last_t.get(m.sender)
    if last is not None and m.t is not None and not_newer(m.t, last):
        m.find("RFC6043-5.2-01b")
    if any(bytes.fromhex(node["rand"]) != exchange.rand(node["rand_role"]) for node in m.all("RANDR")):
        m.find("RFC6043-5.2-04")
    if m.all("TICKET") and (exchange.init.ticket is None or any(
            m.ticket_octets(i) != exchange.init.ticket_octets() for i in range(len(m.all("TICKET"))))):
        m.find("RFC6043-5.2-04")
    if m.first("KEMAC") and exchange.flags and not exchange.flags.get({"I": "L", "R": "M"}.get(m.sender), 1):
        m.find("RFC6043-5.2-08")


def not_newer(t, last):
    """Whether T, of the same type, is not newer: a COUNTER as a number, the others as times of 1968-2104 (6.3)."""
    if t[0] != last[0]:
        return False
    own, before = absolute(t), absolute(last)
    return t[1] <= last[1] if own is None or before is None else own <= before


# --- which key an SPI names ---------------------------------------------------------------------------------------


def spis(j, m):
    """6.1.1-10 and 5.2-09, and the kind of key in TLS and PSK S/MIME sessions."""
    if m.auth != "ok" or m.ticket_state is None or m.ticket_state.keys is None:
        return
    if m.data_type == TRANSFER and (m.update or not m.flags or m.flags["F"]):
        return
    for entry in m.sessions:
        if not entry["spi"]:
            continue
        found = named_key(m, bytes.fromhex(entry["spi"]))
        if found is None:
            m.find("RFC6043-5.2-09" if m.update else "RFC6043-6.1.1-10")
        elif not m.update:
            kinds(j, m, entry, found[1].type)


def kinds(j, m, entry, key_type):
    if j.settings["tls_key"] == "tgk" and j.profile.is_kind(entry["prot_type"], "tls") and key_type not in TGKS:
        m.find("TS33328-H.1-05")
    if j.profile.no_tgk and j.profile.is_kind(entry["prot_type"], "psk_smime") and key_type not in GTGKS:
        m.find("TS33328-F.3-11")
