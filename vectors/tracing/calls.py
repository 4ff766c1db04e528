"""Calls, legs, transactions, offers and answers (TRACE.md section 1; RFC 3264, RFC 6337)."""

import re

from . import sdp
from .units import address_of

CALLED_BY = ("INVITE", "MESSAGE", "SUBSCRIBE", "NOTIFY")


class Step:
    """A SIP message on its leg. `part`: offer, answer, other (a description that is neither), copy, or None without one."""

    def __init__(self, unit, call, leg):
        self.unit, self.message, self.call, self.leg = unit, unit.message, call, leg
        self.transaction = None
        self.found = []                         # MIKEY messages
        self.parts = self.message.parts()
        self.description = self.sdp_part = None
        for part in self.parts:
            if describes(part, self.message):
                self.sdp_part = part
                self.description = sdp.read(part.content() or b"")
                break
        self.part = "other" if self.description else None
        self.offer = self.answer = None         # what it is or belongs to


def describes(part, message):
    """Whether a body, or part of one, is the description of the session (RFC 3264; RFC 3959's early-session is another)."""
    if part.disposition not in (None, "session"):
        return False
    if part.type is None and message.get("content-type") is None:
        return (part.content() or b"").startswith(b"v=0")
    return part.type == "application/sdp"


class Leg:
    def __init__(self, number, unit):
        self.number, self.source, self.destination, self.first = number, unit.source, unit.destination, unit
        self.steps, self.offers, self.transactions = [], [], {}
        self.started = unit.message.request


class Transaction:
    """`call`: of its leg; `request`: its step, None where it is not in the capture."""

    def __init__(self, leg, call, request):
        self.leg, self.call, self.request = leg, call, request
        self.offer, self.final = None, {}       # final: To tag -> the first final response
        self.reliable = {}                      # RSeq -> offer in a reliable 1xx
        self.early = {}

    def ended_badly(self):
        return next((step for step in self.final.values() if step.message.status >= 300), None)


class Offer:
    """`sender_tag`: of who offers; `source`: where the offer came from."""

    def __init__(self, step, transaction, to_tag=None):
        self.step, self.transaction, self.to_tag = step, transaction, to_tag
        self.description, self.leg, self.call = step.description, step.leg, step.call
        self.sender_tag, self.source, self.destination = step.message.sender_tag, step.unit.source, step.unit.destination
        self.answers = {}                       # To tag -> Answer
        self.acked = {}                         # To tag -> the first ACK's step

    @property
    def unit(self):
        return self.step.unit

    def rejected(self):
        """The final response of 300 or more."""
        return self.transaction.ended_badly() if self.to_tag is None else None

    def accepting(self):
        """(Answer, the step that accepts: the 2xx, or the ACK that answers the offer of one) of each To tag."""
        out = []
        for tag, answer in self.answers.items():
            if answer.step.message.method == "ACK":
                out.append((answer, answer.step))
                continue
            final = self.transaction.final.get(tag)
            if final is not None and final.message.status < 300:
                out.append((answer, final))
        return out

    def newer(self, others):
        """The next offer of the leg."""
        return next((one for one in others if one.unit.index > self.unit.index), None)


class Answer:
    def __init__(self, step, offer):
        self.step, self.offer, self.description = step, offer, step.description

    @property
    def unit(self):
        return self.step.unit

    def takes(self, m_line):
        return m_line < len(self.description.media) and self.description.media[m_line].port != 0


class Call:
    def __init__(self, number, call_id):
        self.number, self.call_id = number, call_id
        self.legs, self.steps, self.linked = [], [], set()
        self.ids = set()                        # icid-values
        self.inits = set()                      # octets of TRANSFER_INITs
        self.conversations = []

    @property
    def requests(self):
        return [step.message for step in self.steps if step.message.request]

    @property
    def caller(self):
        return self.requests[0].from_uri if self.requests else ""

    @property
    def called(self):
        wanted = [one for one in self.requests if one.method in CALLED_BY] or self.requests
        return wanted[0].uri if wanted else ""

    def leg_of(self, unit):
        ends = frozenset((unit.end(unit.source), unit.end(unit.destination)))
        for leg in self.legs:
            if leg.ends == ends:
                if not leg.started and unit.message.request:
                    leg.source, leg.destination, leg.first, leg.started = unit.source, unit.destination, unit, True
                return leg
        leg = Leg(len(self.legs), unit)
        leg.ends = ends
        self.legs.append(leg)
        return leg

    @property
    def offers(self):
        return sorted((offer for leg in self.legs for offer in leg.offers), key=lambda offer: offer.unit.index)


class Calls:
    def __init__(self, units):
        self.calls, self.by_id, self.hop_of = [], {}, None
        for unit in units:
            if unit.kind == "sip":
                self.take(unit)
        for call in self.calls:
            self.number_legs(call)

    def take(self, unit):
        call_id = unit.message.call_id or ""
        call = self.by_id.get(call_id)
        if call is None:
            call = self.by_id[call_id] = Call(len(self.calls), call_id)
            self.calls.append(call)
        leg = call.leg_of(unit)
        step = Step(unit, call, leg)
        call.steps.append(step)
        leg.steps.append(step)
        vector = step.message.get("p-charging-vector")
        found = re.search(r"icid-value\s*=\s*\"?([^\";,\s]+)", vector or "", re.IGNORECASE)
        if found:
            call.ids.add(found[1])
        self.place(step)

    def number_legs(self, call):
        """In the order of their first request; those without one come last."""
        call.legs.sort(key=lambda leg: (not leg.started, leg.first.index))
        for number, leg in enumerate(call.legs):
            leg.number = number

    # --- offers and answers ---------------------------------------------------------------------------------------

    def place(self, step):
        message, leg = step.message, step.leg
        number, method = message.cseq
        method = "INVITE" if method == "ACK" else method
        ends = step.unit.end(step.unit.source), step.unit.end(step.unit.destination)
        key = (number, method, message.from_tag, ends if message.request else ends[::-1])
        transaction = leg.transactions.get((*key, message.to_tag))
        if transaction is None and (message.method == "ACK" or not message.request):
            transaction = leg.transactions.get((*key, None))            # the request began the dialog
        if transaction is None:
            tag = message.to_tag if message.request else None
            transaction = leg.transactions[*key, tag] = Transaction(leg, step.call, step if message.request else None)
        step.transaction = transaction
        if message.request:
            self.request(step, transaction, message.method)
        else:
            self.response(step, transaction, method)

    def request(self, step, transaction, method):
        leg, message = step.leg, step.message
        if method == "ACK":
            offer = transaction.early.get(message.to_tag)
            final = transaction.final.get(message.to_tag)
            if offer is not None and step.description:
                self.answered(offer, step, message.to_tag)
            for one in ([transaction.offer] if transaction.offer else []) + ([offer] if offer else []):
                if final is not None and final.message.status < 300:
                    one.acked.setdefault(message.to_tag, step)
            return
        if not step.description or method not in ("INVITE", "UPDATE", "PRACK"):
            return
        if method == "PRACK":
            delayed = self.delayed(leg, message)
            if delayed is not None:
                self.answered(delayed, step, message.to_tag)
                return
        if transaction.offer is not None:
            step.part = "copy"
            return
        self.offered(step, transaction)

    @staticmethod
    def delayed(leg, message):
        """The offer in a reliable 1xx that a PRACK acknowledges (RFC 3262 5), without an answer yet."""
        for transaction in leg.transactions.values():
            offer = transaction.early.get(message.to_tag)
            if offer is not None and message.to_tag not in offer.answers and offer.step.message.status < 200:
                return offer
        return None

    def offered(self, step, transaction, to_tag=None):
        offer = Offer(step, transaction, to_tag)
        step.part, step.offer = "offer", offer
        step.leg.offers.append(offer)
        if to_tag is None:
            transaction.offer = offer
        else:
            transaction.early[to_tag] = offer

    @staticmethod
    def answered(offer, step, tag):
        if tag in offer.answers:
            step.part = "copy"
            return
        answer = offer.answers[tag] = Answer(step, offer)
        step.part, step.answer, step.offer = "answer", answer, offer

    def response(self, step, transaction, method):
        message = step.message
        if message.status >= 200:
            transaction.final.setdefault(message.to_tag, step)
        if not step.description or method not in ("INVITE", "UPDATE", "PRACK"):
            return
        if not (180 <= message.status < 190 or 200 <= message.status < 300):
            return
        if transaction.offer is not None:
            self.answered(transaction.offer, step, message.to_tag)
        elif method == "INVITE" and message.to_tag not in transaction.early:
            reliable = any("100rel" in value.lower() for value in message.all("require"))
            if message.status >= 200 or reliable:
                self.offered(step, transaction, message.to_tag)
        elif method == "INVITE":
            step.part = "copy"

    # --- legs and hops --------------------------------------------------------------------------------------------

    def link(self):
        """Calls with the same TRANSFER_INIT or the same icid-value are linked."""
        for one in self.calls:
            for other in self.calls:
                if one is not other and (one.ids & other.ids or one.inits & other.inits):
                    one.linked.add(other.number)

    def together(self, call):
        return [call] + [self.calls[number] for number in sorted(call.linked)]

    def hop_before(self, transaction):
        """The transaction whose request this one's goes on from: the newest earlier one that went to where this one's came from, of the same call with
        the same CSeq and From tag, or of a linked call with the same method."""
        return self.hops().get(transaction)

    def next_hops(self, transaction):
        return [one for one, before in self.hops().items() if before is transaction]

    def hops(self):
        if self.hop_of is None:
            self.hop_of, seen = {}, {}
            for step in sorted((step for call in self.calls for step in call.steps), key=lambda step: step.unit.index):
                if step.transaction.request is not step:
                    continue
                earlier = [one for one in seen.get(address_of(step.unit.source), ()) if self.passes_on(one, step)]
                if earlier:
                    self.hop_of[step.transaction] = earlier[-1].transaction
                seen.setdefault(address_of(step.unit.destination), []).append(step)
        return self.hop_of

    @staticmethod
    def passes_on(earlier, step):
        one, other = earlier.message, step.message
        if earlier.call is step.call:
            return one.cseq == other.cseq and one.from_tag == other.from_tag
        return earlier.call.number in step.call.linked and one.method == other.method

    def next_offers(self, offer):
        """The offers that an offer of a request goes on as."""
        if offer.to_tag is not None:
            return []
        return [one.offer for one in self.next_hops(offer.transaction) if one.offer is not None]
