"""Notes: what is told and breaks nothing (TRACE.md section 5). One of a kind in a call, at the first place."""

from mikeyticket.conversation.message import TRANSFER_RESP
from mikeyticket.conversation.people import uid_of

from .calls import CALLED_BY
from .sip import uid
from pskmime.sip import address


def check(trace):
    for call in trace.calls.calls:
        for step in call.steps:
            if step.part in ("offer", "answer") and any(one.name == "crypto" for one in step.description.attributes):
                trace.note("sdes", step.unit, call)
        for offer in call.offers:
            second = list(offer.answers.values())[1:2]
            if second:
                trace.note("forked", second[0].unit, call)
    for one in trace.found.all:
        if one.data_type == TRANSFER_RESP and one.call is not None and (one.copy_of is None or one.call is not one.original.call):
            diverted(trace, one)


def diverted(trace, one):
    """`one`: a TRANSFER_RESP; of an update either end may answer."""
    if one.original.init is not None and one.original.init.updates:
        return
    identity = one.parsed.idr(2)
    answered = uid_of(identity) if identity is not None else None
    called = called_uids(one.call)
    if answered is not None and called and answered not in called:
        trace.note("application_server", one.unit, one.call)


def called_uids(call):
    """KMS UIDs of the called of a call: To, Request-URI, P-Called-Party-ID of its requests, on every leg."""
    found = set()
    for message in [one for one in call.requests if one.method in CALLED_BY] or call.requests:
        uris = [message.to_uri, message.uri] + [address(value) for value in message.all("p-called-party-id")]
        found |= {uid(uri) for uri in uris} - {None}
    return found
