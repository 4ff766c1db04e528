"""Rows of RFC 4567 on offers and answers, and RFC6043-4.2.2.2-04 (TRACE.md section 5)."""

import re

from mikeyticket.conversation.message import ERROR, TRANSFER, TRANSFER_RESP, Message

from .report import identity_of
from .sdp import from_base64


def check(trace):
    for call in trace.calls.calls:
        for step in call.steps:
            if step.part in ("offer", "answer", "other"):
                attributes(trace, step)
        for offer in call.offers:
            offered(trace, offer)
            for answer, accepts in offer.accepting():
                accepted(trace, offer, answer, accepts)
            refused(trace, offer)
        rekeyed(trace, call)


def attributes(trace, step):
    for key in step.description.keys:

        def find(row, key=key):
            trace.report.of_step(row, step, key.index, key.attribute.value)
        if not key.whole and step.part in ("offer", "answer"):
            find("RFC4567-4.1.1-02" if step.part == "offer" else "RFC4567-4.1.1-11")
        if key.protocol.lower() == "mikey" and key.octets is None:
            find("RFC4567-3-01")
        if not key.mikey and (key.protocol.lower() == "mikey" or is_message(key.data)):
            find("RFC4567-7-01")
        if key.mikey and key.m_line is not None:
            media = step.description.media[key.m_line]
            if media.carries("BFCP") and not media.tls:
                find("TS33328-G.3.2-04")


def is_message(data):
    octets = from_base64(data)
    return octets is not None and Message(0, None, None, octets, None).tree is not None


def mikeys(step):
    """The messages of a description, with their attributes."""
    return [one for one in step.found if one.key is not None]


def errors_in(step):
    return [one for one in step.found if one.shown_type == ERROR]


def takes_covered(answer, found):
    return any(answer.takes(media.index) for media in found.covered)


def offered(trace, offer):
    step, description = offer.step, offer.description
    wanted = b";".join(name.encode() for name in description.protocols())
    for one in mikeys(step):
        first = one.original

        def find(row, index=one.key.index):
            trace.report.of_step(row, step, index)
        media = description.media[one.m_line] if one.m_line is not None else None
        if not one.covered and not (media is not None and media.carries("BFCP") and not media.tls):
            find("RFC4567-4.1.2-15")
        ids = first.sdp_ids()
        if first.data_type == TRANSFER and first.ticket is not None and ids is None and trace.settings["sdp_ids"] == "required":
            find("RFC4567-4.1.4-01" if len(description.protocols()) > 1 else "RFC4567-4.1.4-04")
        broken = list_row(ids, wanted) if ids is not None else None
        if broken:
            find(broken)


def list_row(ids, wanted):
    pieces = [piece for piece in re.split(rb"[;, \t]", ids) if piece]
    if b";".join(pieces) == wanted and ids != wanted:
        return "RFC4567-4.1.4-05"
    return "RFC4567-4.1.4-06" if ids != wanted else None


def another_selected(offer, answer):
    """Whether the offer names other protocols too, and the answer has one of those alone (RFC 4567 4.1.2)."""
    keys = answer.description.keys
    return any(not key.mikey for key in offer.description.keys) and bool(keys) and not any(key.mikey for key in keys)


def accepted(trace, offer, answer, accepts):
    find, found = trace.report.of_step, mikeys(offer.step)
    for one in mikeys(answer.step):
        if one.shown_type == TRANSFER:
            find("RFC4567-4.1.2-16", answer.step, one.key.index)
    if another_selected(offer, answer):
        return
    has_error = bool(errors_in(answer.step))
    rejected = [one for one in found if one.rejected]
    if not has_error and len(found) == 1 and rejected and takes_covered(answer, rejected[0]):
        find("RFC4567-4.1.1-08", accepts, identity_of(offer.step))
    if not has_error and len(found) > 1 and rejected and any(answer.takes(media.index) for media in offer.description.media):
        find("RFC4567-4.1.2-11", accepts, identity_of(offer.step))
    unanswered(trace, offer, answer, accepts, found)
    wanted = b";".join(name.encode() for name in offer.description.protocols())
    listed = [one.original.sdp_ids() for one in found]
    if any(ids is not None and list_row(ids, wanted) for ids in listed) and any(one.shown_type == TRANSFER_RESP for one in answer.step.found):
        find("RFC4567-7-02", answer.step)


def unanswered(trace, offer, answer, accepts, found):
    """Rows 4.1.2-10 and 4.2.2.2-04."""
    find = trace.report.of_step
    repeated = accepted_before(trace, offer)
    wanting = [one for one in found if one.original.wants_answer() and one not in repeated]
    answered_places = {one.m_line for one in mikeys(answer.step)}
    with_message = [one for one in wanting if one.m_line in answered_places]
    without = [one for one in wanting if one.m_line not in answered_places and takes_covered(answer, one)]
    if len(wanting) > 1 and with_message and without:
        find("RFC4567-4.1.2-10", answer.step)
    inits = [one for one in offer.step.found if one.original.data_type == TRANSFER and one.original.ticket is not None and one.original.parsed.flags["F"]
             and one not in repeated]
    tag = accepts.message.to_tag
    replies = [one for step in offer.leg.steps if step.transaction is offer.transaction and answers_offer(step, offer, tag) for one in step.found] + answer.step.found
    if any(one.shown_type in (TRANSFER_RESP, ERROR) for one in replies):
        return
    if any(one.key is None or takes_covered(answer, one) for one in inits):
        find("RFC6043-4.2.2.2-04", accepts, identity_of(offer.step))


def accepted_before(trace, offer):
    """The copies in the offer that repeat what was accepted before in the call."""
    out = []
    for one in offer.step.found:
        steps = [step for step in one.original.steps if step.call is offer.call and step.unit.index < offer.unit.index]
        if one.copy_of is not None and any(accepts.unit.index < offer.unit.index for step in steps if step.offer is not None and step.part == "offer"
                                           for _, accepts in step.offer.accepting()):
            out.append(one)
    return out


def answers_offer(step, offer, tag):
    """Whether the message may carry the answer to the offer, with that To tag."""
    if step is offer.step or step.message.to_tag != tag:
        return False
    return step.unit.index > offer.unit.index and step.message.request == (offer.to_tag is not None)


def refused(trace, offer):
    step = offer.rejected()
    if step is not None and errors_in(step) and step.message.status != 488:
        trace.report.of_step("RFC4567-4.1.2-07", step)


def rekeyed(trace, call):
    """Row 4.1.2-18."""
    accepted_at = []                            # (unit, sender tag, m-line): a MIKEY message answered
    for offer in call.offers:
        had = {(tag, index) for unit, tag, index in accepted_at if unit.index < offer.unit.index}
        for media in offer.description.media:
            keys = offer.description.keys_for(media.index)
            who = (offer.sender_tag, media.index)
            if any(key.mikey for key in keys):
                accepted_at += [(accepts.unit, *who) for answer, accepts in offer.accepting() if mikeys(answer.step)]
            elif keys and who in had:
                trace.report.of_step("RFC4567-4.1.2-18", offer.step, keys[0].index)
