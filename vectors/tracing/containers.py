"""PSK S/MIME in MESSAGE and NOTIFY (TRACE.md section 3)."""

from pskmime import judge


class Container:
    def __init__(self, step, answer):
        self.unit, self.call = step.unit, step.call
        self.outcome, self.origin, self.type = answer["outcome"], answer["origin"], answer["type"]
        self.findings = set(answer["findings"])


def check(trace):
    """Every body that no other leg of the call had before; those that hold a container, or break something, are told."""
    out, seen = [], set()
    for call in trace.calls.calls:
        for step in call.steps:
            message = step.message
            if not message.request or message.method not in ("MESSAGE", "NOTIFY") or not message.body:
                continue
            same = (call.number, message.cseq, message.from_tag, message.body)
            if same in seen:
                continue
            seen.add(same)
            answer = judge.answer(question(trace, step))
            if answer["type"] or answer["findings"]:
                out.append(Container(step, answer))
    return sorted(out, key=lambda one: one.unit.index)


def question(trace, step):
    own = next((one.original for one in step.found if one.carrier == "sip" and one.original.conversation is not None), None)
    conversation = own.conversation if own else newest(trace, step)
    nothing = {"profile": "ims-message", "messages": []}
    ask = {"form": "sip", "octets": step.unit.octets.hex(), "profile": "ims-message", "settings": trace.given, "keys": [], "conversation": nothing}
    if conversation is None:
        return ask
    keyed = conversation.keyed
    ask["profile"] = keyed.name
    form = keyed.form(keyed.file if keyed.index is not None else None)
    if own is not None:
        form["messages"][conversation.messages.index(own)]["hex"] = None
    ask["conversation"] = form
    return ask


def newest(trace, step):
    """The conversation of the call's newest TRANSFER_INIT before the message."""
    own = [one for one in trace.found.originals if one.call is step.call and one.conversation is not None and one.unit.index < step.unit.index]
    return own[-1].conversation if own else None
