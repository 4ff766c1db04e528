"""MIKEY messages in a trace (TRACE.md section 2): where they stand, which are copies, what exchange and conversation they are of."""

import base64
import re

from mikeyticket.conversation.message import (ERROR, REQUEST_PK, REQUEST_PSK, REQUEST_RESP, RESOLVE_PK, RESOLVE_PSK,
                                              RESOLVE_RESP, TRANSFER, TRANSFER_RESP, SENDER_OF, Message)

from .units import address_of

MIKEY = "application/mikey"
REQUESTS, RESOLVES = (REQUEST_PSK, REQUEST_PK), (RESOLVE_PSK, RESOLVE_PK)
ANSWERS = (REQUEST_RESP, RESOLVE_RESP, ERROR)


class Found:
    """`key`: the sdp.KeyMgmt it stands in. `covered`: m-lines. `step`: calls.Step of SIP."""

    def __init__(self, unit, carrier, octets, step=None, key=None):
        self.unit, self.carrier, self.octets, self.step, self.key = unit, carrier, octets, step, key
        self.call = step.call if step else None
        self.covered = step.description.covered(key) if key else []
        self.number = self.copy_of = self.conversation = self.ex = self.sender = self.entry = None
        self.parsed = Message(0, None, None, octets, None) if octets is not None else None
        self.tree = self.parsed.tree if self.parsed else None
        self.data_type = self.parsed.data_type if self.tree else None
        self.shown_type = octets[1] if octets is not None and len(octets) > 1 else None        # of one that does not parse too
        self.init = None                        # the Found that it answers, or belongs to
        self.steps = [step] if step else []     # copies' too
        self.original = self

    @property
    def transactions(self):
        return [step.transaction for step in self.steps]

    def sent_until(self, unit):
        return [step for step in self.steps if step.unit.index <= unit.index]

    def in_call(self, call, unit):
        """The first step of the call, not behind the unit, that carries it; None."""
        return next((step for step in self.sent_until(unit) if step.call is call), None)

    @property
    def kind(self):
        """Request or response."""
        return self.unit.message.request

    @property
    def m_line(self):
        return self.key.m_line if self.key else None

    @property
    def csb_id(self):
        return self.tree["hdr"]["csb_id"]

    @property
    def ticket(self):
        return self.parsed.ticket_octets() if self.tree and self.parsed.ticket is not None else None

    @property
    def begins(self):
        """TRANSFER_INIT with TICKET, or with RANDRi: no update."""
        return self.data_type == TRANSFER and (self.parsed.ticket is not None or self.parsed.rand(1) is not None)

    @property
    def updates(self):
        return self.data_type == TRANSFER and self.parsed.ticket is None and self.parsed.rand(1) is None

    def wants_answer(self):
        """TICKET with F=1, or an update with V=1."""
        if self.data_type != TRANSFER:
            return False
        return bool(self.parsed.flags["F"]) if self.parsed.ticket else self.updates and self.tree["hdr"]["v"] == 1

    def sdp_ids(self):
        """The octets of General Extension SDP IDs; None without."""
        for node in self.tree["payloads"] if self.tree else ():
            if node["payload"] == "GENERAL_EXT" and node["type"] == 1:
                return ";".join(node["sdp_ids"]).encode() if "sdp_ids" in node else bytes.fromhex(node["data"])
        return None

    def allowed(self):
        """The IDRr of the ticket policy."""
        return [(node["id_type"], bytes.fromhex(node["id_data"])) for node in self.parsed.ticket["tp_data"]
                if node["payload"] == "IDR" and node["id_role"] == 2]


def readable_type(text):
    """The data type in what can be read of broken base64."""
    start = re.match("[A-Za-z0-9+/]*", text)[0][:4]
    octets = base64.b64decode(start) if len(start) == 4 else b""
    return octets[1] if octets else None


def body_octets(raw, transfer_encoding):
    """Octets, or base64 where the first octet is not 0x01 or the transfer encoding says so."""
    if transfer_encoding == "base64" or raw[:1] != b"\x01":
        try:
            return base64.b64decode(raw.translate(None, b" \t\r\n"), validate=True)
        except ValueError:
            return raw
    return raw


def same_sender(one, other):
    """The same call, From tag, and of a response the same To tag."""
    if one.step is None or other.step is None or one.call is not other.call:
        return False
    here, there = one.step.message, other.step.message
    return here.from_tag == there.from_tag and (here.request or here.to_tag == there.to_tag)


class Finder:
    """`targets`: of the KMS, where the profile names them."""

    def __init__(self, units, calls, targets=()):
        self.calls, self.all, self.open_http, self.targets = calls, [], {}, targets
        self.answer_to = {}                     # index of the unit of an HTTP request -> the unit of its response
        steps = {step.unit.index: step for call in calls.calls for step in call.steps}
        for unit in units:
            if unit.kind == "sip":
                self.sip(steps[unit.index])
            elif unit.kind == "http":
                self.http(unit)
        for number, one in enumerate(self.all):
            one.number = number
        self.copies()
        Grouping(self).run()

    def add(self, *parts, **more):
        one = Found(*parts, **more)
        self.all.append(one)
        return one

    def sip(self, step):
        if step.description is not None:
            for key in step.description.keys:
                if key.mikey:
                    one = self.add(step.unit, "sdp", key.octets, step, key)
                    if key.octets is None:
                        one.shown_type = readable_type(key.data)
                    step.found.append(one)
        for part in step.parts:
            if part.type == MIKEY:
                raw = part.data[part.body:part.end]
                one = self.add(step.unit, "sip", body_octets(raw, part.encoding), step)
                step.found.append(one)
        for one in step.found:
            if one.begins:
                step.call.inits.add(one.octets)

    def http(self, unit):
        message, ends = unit.message, frozenset((unit.source, unit.destination))
        if message.request:
            mapped = message.target in self.targets
            self.open_http.setdefault(ends, []).append((unit, mapped))
            request = None
        elif message.interim:
            return
        else:
            waiting = self.open_http.get(ends) or [(None, False)]
            request, mapped = waiting.pop(0)
            if request is not None:
                self.answer_to[request.index] = unit
        if not message.body or not (message.content_type == MIKEY or mapped and message.content_type in ("", "application/octet-stream")):
            return
        one = self.add(unit, "http", body_octets(message.body, None))
        one.http_request = request
        one.place_of = unit

    def copies(self):
        by_octets, originals, refused = {}, [], {}         # refused: original -> the unit of the newest MIKEY Error about it
        for one in self.all:
            if one.octets is not None:
                seen = by_octets.setdefault((one.octets, one.kind), [])
                first = self.copied(one, [other for other in seen if other.unit is not one.unit], refused)
                seen.append(one)
                if first is not None:
                    one.copy_of, one.original = first.number, first
                    first.steps += one.steps
            if one.copy_of is None:
                originals.append(one)
            if one.data_type == ERROR and one.step is not None:
                about = Grouping.answered(one, originals)
                if about is not None:
                    refused[about] = one.unit

    def not_taken(self, one, earlier):
        """Over HTTP: the client sends them once more after a response of 300 or more to the newest sending of them, that held no MIKEY message."""
        sent = [other for other in earlier if other.carrier == "http"]
        if one.carrier != "http" or not one.unit.message.request or not sent:
            return []
        newest = max(sent, key=lambda other: other.unit.index)
        answer = self.answer_to.get(newest.unit.index)
        if answer is None or answer.index > one.unit.index or answer.message.status < 300 or any(other.unit is answer for other in self.all):
            return []
        return [other.original for other in sent if address_of(other.unit.source) == address_of(one.unit.source)]

    def copied(self, one, earlier, refused):
        """The newest message of which this one is a copy (TRACE.md section 2)."""
        passed = [other.original for other in earlier if address_of(other.unit.destination) == address_of(one.unit.source)]
        mine = [other for other in earlier if same_sender(one, other)]
        again = [other.original for other in mine if one.step.message.cseq[0] == other.step.message.cseq[0]]
        if mine and not again:
            sent = max(other.unit.index for other in mine)
            if not any(other.original in refused and refused[other.original].index > sent for other in mine):
                again = [other.original for other in mine]
        return max(passed + again + self.not_taken(one, earlier), key=lambda other: other.number, default=None)

    @property
    def originals(self):
        return [one for one in self.all if one.copy_of is None]


class Conversation:
    def __init__(self, ticket):
        self.ticket, self.messages, self.number = ticket, [], None

    def add(self, one):
        one.conversation = self
        self.messages.append(one)


class Grouping:
    """Exchanges and conversations."""

    def __init__(self, finder):
        self.found = [one for one in finder.originals]
        self.by_ticket, self.conversations = {}, []
        self.finder = finder

    def run(self):
        parsed = [one for one in self.found if one.tree]
        answers_of = {}
        for one in parsed:
            if one.carrier == "http" and not one.unit.message.request and one.http_request is not None:
                asked = next((other.original for other in self.finder.all if other.unit is one.http_request), None)
                if asked is not None and asked.tree:
                    one.init = asked
                    answers_of.setdefault(asked, []).append(one)
        for i, one in enumerate(parsed):
            self.place(one, parsed[:i], answers_of)
        for conversation in self.conversations:
            conversation.messages.sort(key=lambda one: one.number)
        self.conversations.sort(key=lambda conversation: conversation.messages[0].number)
        for number, conversation in enumerate(self.conversations):
            conversation.number = number
            self.name(conversation)
        self.finder.conversations = self.conversations

    def of_ticket(self, ticket):
        if ticket not in self.by_ticket:
            self.by_ticket[ticket] = self.fresh(ticket)
        return self.by_ticket[ticket]

    def fresh(self, ticket=None):
        conversation = Conversation(ticket)
        self.conversations.append(conversation)
        return conversation

    def place(self, one, before, answers_of):
        if one.conversation is not None:
            return
        kind = one.data_type
        if one.init is None and one.carrier != "http":
            one.init = self.answered(one, before)
        if kind in REQUESTS:
            granted = next((answer.ticket for answer in answers_of.get(one, ()) if answer.ticket), None)
            (self.of_ticket(granted) if granted else self.fresh()).add(one)
        elif one.ticket is not None:
            self.of_ticket(one.ticket).add(one)
        elif one.init is not None and one.init.conversation is not None:
            one.init.conversation.add(one)
        else:
            self.fresh().add(one)

    @staticmethod
    def answered(one, before):
        """The TRANSFER_INIT that a TRANSFER_RESP or Error answers, or that an update is of."""
        inits = [other for other in before if other.data_type == TRANSFER and other.in_call(one.call, one.unit) is not None]
        if one.updates:
            begun = [other for other in inits if other.begins and other.csb_id == one.csb_id]
            return begun[-1] if begun else None
        if one.data_type in (TRANSFER_RESP, ERROR):
            same = [other for other in inits if other.csb_id == one.csb_id]
            there = [other for other in inits if any(step.transaction is one.step.transaction for step in other.sent_until(one.unit))]
            here = [other for other in same if other in there]
            return (here or same or there or inits or [None])[-1]
        if one.data_type in ANSWERS:
            wanted = REQUESTS if one.data_type == REQUEST_RESP else RESOLVES
            asked = [other for other in before if other.data_type in wanted and other.in_call(one.call, one.unit) is not None]
            return asked[-1] if asked else None
        return None

    def name(self, conversation):
        """`ex` and `from` of each message."""
        counts = {"request": 0, "resolve": 0, "reuse": 0, "update": 0}
        transferred = False

        def numbered(word):
            counts[word] += 1
            number = counts[word] - 1
            return f"update{number}" if word == "update" else word + (str(number) if number else "")
        for one in conversation.messages:
            kind = one.data_type
            one.sender = SENDER_OF.get(kind)
            if kind in REQUESTS:
                one.ex = numbered("request")
            elif kind in RESOLVES:
                one.ex = numbered("resolve")
            elif kind in (REQUEST_RESP, RESOLVE_RESP) or (kind == ERROR and one.carrier == "http"):
                one.ex, one.sender = one.init.ex if one.init else None, "K"
            elif kind == TRANSFER and one.ticket is not None:
                one.ex = numbered("reuse") if transferred else "transfer"
                transferred = True
            elif one.updates:
                if one.init is not None:
                    one.ex = numbered("update")
                    one.sender = "I" if by_sender(one, one.init) else "R"
                else:
                    one.ex, one.sender = None, "I"
            elif kind == TRANSFER and not one.updates:
                one.ex = "transfer"
            elif kind in (TRANSFER_RESP, ERROR):
                one.ex, one.sender = (one.init.ex if one.init else "transfer" if kind == TRANSFER_RESP else None), "R"
                if one.init is not None and one.init.updates:
                    one.sender = other_party(one.init.sender)
                if kind == ERROR and one.init is not None and by_sender(one, one.init):
                    one.sender = one.init.sender        # RFC 6043 5.4: either end may refuse


def by_sender(one, init):
    """Whether a message comes from who sent the TRANSFER_INIT, by the tags of the call."""
    return one.step.message.sender_tag == (init.in_call(one.call, one.unit) or init.step).message.sender_tag


def other_party(party):
    return "R" if party == "I" else "I"
