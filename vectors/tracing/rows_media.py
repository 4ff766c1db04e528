"""Rows that media break (TRACE.md section 5): RTP, and connections of MSRP and BFCP."""

import hashlib

from tlspsk import suites

from .media import CERTIFICATE, HASHES
from .report import identity_of, rank
from .rows_sdp import errors_in, mikeys
from .units import same_address

SERVER_HELLO = 2


def check(trace):
    ssrcs(trace)
    for call in trace.calls.calls:
        for offer in call.offers:
            after_errors(trace, offer)
    for connection in trace.media.connections:
        if connection.line is not None:
            of_connection(trace, connection)


# --- RTP --------------------------------------------------------------------------------------------------------------


def ssrcs(trace):
    for unit, line in trace.media.packets:
        known = expected(trace, line)
        ssrc = int.from_bytes(unit.octets[8:12], "big") if len(unit.octets) >= 12 else None
        if not known or ssrc is None or 192 <= unit.octets[1] <= 223:           # RTCP (RFC 5761 4)
            continue
        if line.since is None or unit.index < line.since.index:                 # early media
            continue
        if ssrc not in known:
            trace.report.of_unit("RFC6043-6.1.1-08", unit, line.offer.call, line.index, ssrc)


def expected(trace, line):
    """The SSRCs of the m-line's crypto sessions; None where one has no Session Data (RFC 6043 6.1.1)."""
    entries = line.sessions()
    if not entries:
        return None
    answered = {}
    own = line.covering(line.answer.step) if line.answer else ()
    for one in own or [other for other in trace.found.originals if other.init is line.init.original]:      # the answer to what the offer repeats
        if one.original.data_type == 15 and one.original.tree["hdr"]["cs_id_map_type"] == 2:
            answered = {entry["cs_id"]: entry for entry in one.original.tree["hdr"].get("cs", ())}
    found = []
    for entry in entries:
        ssrc = ssrc_of(answered.get(entry["cs_id"], {}))
        found.append(ssrc if ssrc is not None else ssrc_of(entry))
    return None if None in found else set(found)


def ssrc_of(entry):
    data = entry.get("session_data")
    if isinstance(data, dict):
        return data["ssrc"]
    return int(data[:8], 16) if data and len(data) >= 8 else None


# --- media in spite of the key management ---------------------------------------------------------------------------------


def after_errors(trace, offer):
    """Rows 4.1.1-17 and -20."""
    for answer, accepts in offer.accepting():
        covered = {media.index for one in mikeys(offer.step) for media in one.covered}
        newer = offer.newer(offer.leg.offers)
        until = newer.unit.index if newer else float("inf")
        if not accepts.message.request and errors_in(answer.step) and answer.step.found:
            first = first_media(trace, offer, covered, accepts.unit.index, until, None)
            if first is not None:
                in_spite(trace, "RFC4567-4.1.1-17", first, offer)
        rejected = [one for one in mikeys(answer.step) if one.rejected]
        acked = offer.acked.get(accepts.message.to_tag)
        if rejected and acked is not None and not accepts.message.request:
            lines = {media.index for one in rejected for media in one.covered}
            first = first_media(trace, offer, lines, acked.unit.index, until, offer)
            if first is not None:
                in_spite(trace, "RFC4567-4.1.1-20", first, offer)


def in_spite(trace, row, unit, offer):
    """Of an offer on several hops, at the media behind the first."""
    trace.report.add((row, offer.call.number, identity_of(offer.step)), (*rank(offer.step), row, unit, offer.call))


def first_media(trace, offer, lines, after, until, by_offerer):
    """The first unit of media of these m-lines; of the offerer alone where one is given."""
    units = []
    for unit, line in trace.media.packets:
        if line.offer.call is offer.call and line.index in lines:
            units.append((unit, line))
    for connection in trace.media.connections:
        if connection.line is not None and connection.line.offer.call is offer.call and connection.line.index in lines:
            units += [(unit, connection.line) for unit in connection.units]
    fitting = [unit for unit, line in units if after < unit.index < until
               and (by_offerer is None or same_address(line.offer_end[0], unit.source))]
    return min(fitting, key=lambda unit: unit.index, default=None)


# --- connections ----------------------------------------------------------------------------------------------------------


def indicated(trace, description, index, which):
    return trace.indications.is_indicated(description, index, which)


def of_connection(trace, connection):
    line = connection.line
    msrp, bfcp = line.media.carries("MSRP"), line.media.carries("BFCP")
    if msrp or bfcp:
        def find(row, unit):
            trace.report.of_unit(row if msrp else "TS33328-G.2-01", unit, line.offer.call, row, connection.first.index)
        requested = indicated(trace, line.offer.description, line.index, "requested")
        applied = indicated(trace, line.offer.description, line.index, "applied")
        by_certificate(trace, connection, find)
        for said, end, description, row in ((requested, line.offer_end, line.offer.description, "TS33328-7.2.1-04"),
                                            (applied, line.answer_end, line.answer and line.answer.description, "TS33328-7.3.1-03")):
            if said and description is not None:
                certificate(connection, end, description, find, row)
        if line.accepted and not connection.begins_with_tls():
            for said, row in ((requested, "TS33328-7.2.1-06"), (applied, "TS33328-7.3.1-05")):
                if said:
                    find(row, connection.first)
    ticketed(trace, connection)


def by_certificate(trace, connection, find):
    """Row 6.2.1.2-01."""
    line = connection.line
    both = [line.offer.description] + ([line.answer.description] if line.answer else [])
    if not line.media.tls or any(one.mikey_for(line.index) for one in both):
        return
    if not any(one.fingerprints(line.index) or indicated(trace, one, line.index, "requested") or indicated(trace, one, line.index, "applied") for one in both):
        return
    for body in connection.handshake(connection.server, SERVER_HELLO)[:1]:
        at = 35 + body[34]
        name = suites.names().get(int.from_bytes(body[at:at + 2], "big"), "")
        if body[at:at + 2] == b"\0\0" or "_anon_" in name or ("PSK_" in name and "RSA_PSK" not in name):
            find("TS33328-6.2.1.2-01", connection.unit_with(connection.server, SERVER_HELLO))


def certificate(connection, end, description, find, row):
    """Rows 7.2.1-04 and 7.3.1-03: what the UE sends."""
    sender = next((one for one in (connection.client, connection.server) if end and same_address(end[0], one)), None)
    fingerprints = [(name, octets) for name, octets in description.fingerprints(connection.line.index) if name in HASHES]
    if sender is None or not fingerprints or not connection.begins_with_tls() or not connection.completed():
        return
    for sent in connection.certificates(sender):
        if not any(hashlib.new(HASHES[name], sent).digest() == octets for name, octets in fingerprints):
            find(row, connection.unit_with(sender, CERTIFICATE))


def ticketed(trace, connection):
    """Rows 7.2.3-01 and 7.3.3-01; RFC4567-3.1-02."""
    line = connection.line
    if not (line.media.tls and line.answer):
        return
    offered, answered = (side.description.mikey_for(line.index) for side in (line.offer, line.answer))
    if offered and answered and not connection.begins_with_tls():
        side = line.side(connection.first.source)
        if side is not None:
            trace.report.of_unit("TS33328-7.2.3-01" if side == "offerer" else "TS33328-7.3.3-01", connection.first, line.offer.call, connection.first.index)
    own_and_sessions(trace, connection)


def own_and_sessions(trace, connection):
    line, judgement = connection.line, connection.judgement
    own = line.init
    session = [one for one in mikeys(line.offer.step) if one.m_line is None and one.tree]
    if judgement is None or connection.tek is None or own is None or own.m_line is None or not session:
        return
    if "failed" not in (judgement["client"], judgement["server"]):
        return
    for one in session:
        for entry in one.original.tree["hdr"].get("cs", ()):
            tek = trace.secrets.tek(one.original.csb_id, entry["cs_id"]) if "cs_id" in entry else None
            if tek and trace.media.under(connection, tek)["client"] == "verified":
                trace.report.of_unit("RFC4567-3.1-02", connection.first, line.offer.call, connection.first.index)
