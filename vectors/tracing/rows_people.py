"""Rows about who takes part: Request-URIs, groups, conferences (TS 33.328 B.1, F.3, G)."""

from mikeyticket.conversation.message import TRANSFER, TRANSFER_RESP
from mikeyticket.conversation.people import group_matches, uid_of

from .sip import asserted_uid, bare, uid
from .units import address_of


def check(trace):
    request_uris(trace)
    messages(trace)
    individual_keys(trace)
    if trace.participants is not None:
        for call in trace.calls.calls:
            conference(trace, call)
            subscriptions(trace, call)


def matches(own, identities):
    groups = [uid_of(identity) for identity in identities]
    return any(group is not None and group_matches(group, own) for group in groups)


def transfers(step):
    return [one for one in step.found if one.original.data_type == TRANSFER and one.original.ticket is not None]


def request_uris(trace):
    """Row B.1-x01: INVITEs that begin a dialog, on their first hop."""
    for call in trace.calls.calls:
        for step in call.steps:
            message = step.message
            if not message.request or message.method != "INVITE" or message.to_tag is not None or trace.calls.hop_before(step.transaction) is not None:
                continue
            own = uid(message.uri)
            for one in transfers(step):
                first = one.original
                if one.key is not None and own is not None and first.conversation.keyed.profile.kms_uids and not matches(own, first.allowed()):
                    trace.report.of_step("TS33328-B.1-x01", step)


def messages(trace):
    """Rows F.3-18 and F.3-20."""
    seen = []                                   # (Found, step, UID of the Request-URI)
    for one in trace.found.all:
        step = one.step
        if step is None or not step.message.request or step.message.method != "MESSAGE" or one.original.data_type != TRANSFER or one.original.ticket is None:
            continue
        own = uid(step.message.uri)
        passed_on = [other for other, earlier, _ in seen if other.octets == one.octets and earlier.call is not step.call
                     and address_of(earlier.unit.destination) == address_of(step.unit.source)]
        if passed_on and own is not None and not matches(own, one.original.allowed()):
            trace.report.of_step("TS33328-F.3-20", step)
        if one.copy_of is None and own is not None and not passed_on and any(
                other.ticket == one.ticket and other.copy_of is None and there not in (None, own) for other, _, there in seen):
            trace.report.of_step("TS33328-F.3-18", step)
        seen.append((one, step, None if passed_on else own))


# --- conferences ------------------------------------------------------------------------------------------------------


class Focus:
    """The conference URI of a call, and the tag of the focus."""

    def __init__(self, call):
        self.uri = self.tag = self.participant = None
        for step in call.steps:
            uri = step.message.contact_focus()
            if uri is not None:
                self.uri, self.tag, self.participant = uri, step.message.sender_tag, bare(step.message.other_uri)
                return


def individual_keys(trace):
    """Row G.1-01."""
    known = {}                                  # conference URI -> [(TEK, participant, m-line, Found)]
    for call in trace.calls.calls:
        focus = Focus(call)
        if focus.uri is None:
            continue
        for one in trace.found.originals:
            if one.call is not call or one.data_type != TRANSFER or one.conversation is None:
                continue
            for (csb_id, cs_id), (tek, source) in one.conversation.keyed.teks().items():
                if csb_id == one.csb_id and source.call is call:
                    known.setdefault(focus.uri, []).append((tek, focus.participant, line_of(one, cs_id), source))
    for entries in known.values():
        for i, (tek, who, line, source) in enumerate(entries):
            for other_tek, other_who, other_line, other in entries[:i] + entries[i + 1:]:
                lines_differ = line is not None and other_line is not None and line != other_line
                if tek == other_tek and (who != other_who or lines_differ) and (other.number, source.number) <= (source.number, source.number):
                    trace.report.of_unit("TS33328-G.1-01", source.unit, source.call, source.number)


def line_of(init, cs_id):
    from .keyed import crypto_sessions
    for media in init.covered:
        if any(entry["cs_id"] == cs_id for entry in crypto_sessions(init, media.index)):
            return media.index
    return None


def allowed(trace, uri):
    if isinstance(trace.participants, dict):
        return next((people for one, people in trace.participants.items() if bare(one) == bare(uri)), None)
    return trace.participants


def takes_part(own, people):
    return any(group_matches(group.encode(), own) for group in people)


def conference(trace, call):
    """Row G.3.2-02."""
    focus = Focus(call)
    people = allowed(trace, focus.uri) if focus.uri else None
    if people is None:
        return
    for step in call.steps:
        message = step.message
        by_focus = message.sender_tag == focus.tag
        if not message.request and message.cseq[1] == "INVITE" and 200 <= message.status < 300:
            accepts = by_focus
        else:
            accepts = message.request and message.method == "ACK" and by_focus and any(
                200 <= final.message.status < 300 for final in step.transaction.final.values())
        if not accepts:
            continue
        own = participant_uid(trace, call, focus, step)
        if own is not None and not takes_part(own, people):
            trace.report.of_step("TS33328-G.3.2-02", step)


def participant_uid(trace, call, focus, accepting):
    """IDRi of the participant's TRANSFER_INIT, else IDRr of the participant's TRANSFER_RESP, before the call is accepted."""
    own = [one for one in trace.found.originals if one.call is call and one.tree and one.unit.index <= accepting.unit.index
           and one.step.message.sender_tag != focus.tag]
    for kind, role in ((TRANSFER, 1), (TRANSFER_RESP, 2)):
        for one in reversed(own):
            identity = one.parsed.idr(role) if one.data_type == kind and not one.updates else None
            if identity is not None:
                return uid_of(identity)
    return None


def subscriptions(trace, call):
    """Row G.3.3-01."""
    for step in call.steps:
        message = step.message
        request = step.transaction.request
        if message.request or message.cseq[1] != "SUBSCRIBE" or not 200 <= message.status < 300 or request is None:
            continue
        if trace.calls.next_hops(step.transaction):
            continue                            # who answers is further on
        package = (request.message.get("event") or "").split(";")[0].strip()
        people = allowed(trace, request.message.uri)
        own = asserted_uid(request.message)
        if package == "conference" and people is not None and (own is None or not takes_part(own, people)):
            trace.report.of_step("TS33328-G.3.3-01", step)
