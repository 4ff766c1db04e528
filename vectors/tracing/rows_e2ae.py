"""Rows of e2ae security for MSRP and BFCP in signalling (TS 33.328 7.1.2, 7.2.1, 7.3.1, G.2)."""

from .report import of_step
from .sip import mechanisms
from .units import address_of

DEFAULTS = {"attribute": "3ge2ae", "requested": "requested", "applied": "applied", "parameter": "mediasec", "msrp": "msrp-tls", "bfcp": "bfcp-tls"}
SECURITY = ("security-client", "security-server", "security-verify")


class Indications:
    def __init__(self, names):
        self.names = {**DEFAULTS, **(names or {})}

    def is_indicated(self, description, index, which=None):
        """Whether the m-line has the attribute; `which`: requested or applied."""
        if index >= len(description.media) or self.names["attribute"] is None:
            return False
        wanted = [self.names[one] for one in ("requested", "applied") if which in (None, one)]
        return any(value is not None and value in wanted for value in description.own(index, self.names["attribute"]))

    def says(self, message, kind):
        """Whether a message of a registration says that e2ae security for it (msrp, bfcp) is supported."""
        return any(self.names[kind] is not None and name == self.names[kind].lower() and self.names["parameter"] in parameters
                   for header in SECURITY for name, parameters in mechanisms(message, header))

    def any(self, message):
        return any(self.names["parameter"] in parameters for header in SECURITY for _, parameters in mechanisms(message, header))


class Registrations:
    """REGISTERs in the capture with the responses to them."""

    def __init__(self, calls, indications):
        self.all = []                           # (step of the REGISTER, steps of its responses)
        self.indications = indications
        for call in calls.calls:
            for step in call.steps:
                if step.message.request and step.message.method == "REGISTER":
                    answers = [one for one in call.steps if not one.message.request and one.transaction is step.transaction]
                    self.all.append((step, answers))

    def agreed(self, address, kind, before=None):
        """Whether a REGISTER from the address said it and its response too (before a unit)."""
        for step, answers in self.all:
            if address_of(step.unit.source) != address or not self.indications.says(step.message, kind):
                continue
            if any(self.indications.says(one.message, kind) and (before is None or one.unit.index < before.index) for one in answers):
                return True
        return False

    def without(self, address, kind):
        """The last REGISTER from the address with such mechanisms, where none of all has the kind; None else."""
        own = [step for step, _ in self.all if address_of(step.unit.source) == address and self.indications.any(step.message)]
        if not own or any(self.indications.says(step.message, kind) for step in own):
            return None
        return own[-1]


class Kind:
    """MSRP, or BFCP, whose findings are of G.2-01."""

    def __init__(self, protocol, name):
        self.protocol, self.name = protocol, name

    def row(self, row):
        return row if self.protocol == "MSRP" else "TS33328-G.2-01"

    def lines(self, description):
        return [media.index for media in description.media if media.carries(self.protocol)]

    def secured(self, description, index):
        return index < len(description.media) and description.media[index].carries(self.protocol) and description.media[index].tls


KINDS = (Kind("MSRP", "msrp"), Kind("BFCP", "bfcp"))


def check(trace):
    for kind in KINDS:
        for call in trace.calls.calls:
            for leg in call.legs:
                for offer in leg.offers:
                    for index in kind.lines(offer.description):
                        Check(trace, kind, call, offer, index).run()
    for call in trace.calls.calls:
        for leg in call.legs:
            bfcp_in_clear(trace, call, leg)


class Check:
    def __init__(self, trace, kind, call, offer, index):
        self.trace, self.kind, self.call, self.offer, self.index = trace, kind, call, offer, index
        self.leg, self.description = offer.leg, offer.description
        self.requested, self.applied = self.says("requested"), self.says("applied")

    def says(self, which, description=None):
        return self.trace.indications.is_indicated(description or self.description, self.index, which)

    def find(self, row, step):
        self.trace.report.find(self.kind.row(row), step.unit, step.call, (row, of_step(step), self.index))

    def prints(self, description):
        return set(description.fingerprints(self.index))

    def run(self):
        if self.requested:
            self.registered()
            if not self.prints(self.description):
                self.find("TS33328-7.2.1-02", self.offer.step)
            self.goes_on()
            self.answered()
        else:
            self.not_requested()
        self.terminating()

    def registered(self):
        """Row 7.1.2-01, at the REGISTER."""
        register = self.trace.registrations.without(address_of(self.offer.source), self.kind.name)
        if register is not None:
            row = "TS33328-7.1.2-01"
            self.trace.report.find(self.kind.row(row), register.unit, register.call, (row, register.unit.index, self.kind.name))

    def not_requested(self):
        """Row 7.2.1-01."""
        if self.applied or self.leg is not self.call.legs[0] or self.offer.step.message.method != "INVITE" \
                or self.description.mikey_for(self.index) or not self.description.media[self.index].port:
            return
        if self.trace.registrations.agreed(address_of(self.offer.source), self.kind.name, self.offer.unit):
            self.find("TS33328-7.2.1-01", self.offer.step)

    def next_offers(self):
        calls = self.trace.calls
        found = [calls.goes_on(self.offer, leg) for leg in calls.next_hops(self.leg, self.call)]
        return [one for one in found if one is not None and self.index < len(one.description.media)]

    def goes_on(self):
        """Row 7.2.1-03."""
        for later in self.next_offers():
            own, now = self.prints(self.description), self.prints(later.description)
            indicated = self.says(None, later.description)
            if self.trace.settings["e2ae_core"] == "tls":
                broken = indicated or own & now
                if self.kind.secured(later.description, self.index):
                    self.trace.note("core_tls", later.unit, later.call)
            else:
                broken = indicated or now or self.kind.secured(later.description, self.index)
            if broken:
                self.find("TS33328-7.2.1-03", later.step)

    def answered(self):
        """Row 7.2.1-05, on the leg of the UE."""
        if self.trace.calls.hop_before(self.leg, self.call) is not None:
            return
        for tag, answer in self.offer.answers.items():
            if not answer.takes(self.index):
                continue
            prints = self.prints(answer.description)
            beyond = set()
            for later in self.next_offers():
                for other_tag, other in later.answers.items():
                    if other_tag == tag or len(later.answers) == 1:
                        beyond |= self.prints(other.description)
            if not self.kind.secured(answer.description, self.index) or not prints or prints & beyond:
                self.find("TS33328-7.2.1-05", answer.step)

    def terminating(self):
        """Rows 7.3.1-01, -02, -04."""
        calls = self.trace.calls
        before = calls.hop_before(self.leg, self.call)
        earlier = next((one for one in before.offers[::-1] if calls.goes_on(one, self.leg) is self.offer), None) if before else None
        prints = self.prints(self.description)
        broken = self.applied and not prints
        if earlier is not None and self.leg is self.call.legs[-1] and self.index < len(earlier.description.media) \
                and earlier.description.media[self.index].carries(self.kind.protocol) and not self.kind.secured(earlier.description, self.index) \
                and self.trace.registrations.agreed(address_of(self.offer.destination), self.kind.name, self.offer.unit):
            broken = broken or not self.kind.secured(self.description, self.index) or not prints or not self.applied
        if broken:
            self.find("TS33328-7.3.1-01", self.offer.step)
        if not self.applied:
            return
        for tag, answer in self.offer.answers.items():
            if answer.takes(self.index) and not self.prints(answer.description):
                self.find("TS33328-7.3.1-02", answer.step)
            if earlier is not None:
                self.answer_goes_on(answer, earlier, tag)

    def answer_goes_on(self, answer, earlier, tag):
        """Row 7.3.1-04."""
        there = earlier.answers.get(tag) or (list(earlier.answers.values()) or [None])[0]
        if there is None or not there.takes(self.index):
            return
        prints = self.prints(there.description)
        if self.trace.settings["e2ae_core"] == "tls":
            broken = prints & self.prints(answer.description)
            for side in (earlier, there):
                if self.kind.secured(side.description, self.index):
                    self.trace.note("core_tls", side.unit, side.step.call)
        else:
            broken = prints or self.kind.secured(there.description, self.index)
        if broken:
            self.find("TS33328-7.3.1-04", there.step)


def bfcp_in_clear(trace, call, leg):
    """Row G.2-02: what is requested by a UE, on a leg that nothing came before; what is applied to one, on a leg that nothing follows."""
    first = trace.calls.hop_before(leg, call) is None
    last = not trace.calls.next_hops(leg, call)
    for step in leg.steps:
        if step.part not in ("offer", "answer"):
            continue
        for media in step.description.media:
            if not media.carries("BFCP") or media.tls:
                continue
            if first and trace.indications.is_indicated(step.description, media.index, "requested") or \
                    last and trace.indications.is_indicated(step.description, media.index, "applied"):
                trace.report.find("TS33328-G.2-02", step.unit, call, (of_step(step), media.index))
