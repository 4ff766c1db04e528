"""Rows of e2ae security for MSRP and BFCP in signalling (TS 33.328 7.1.2, 7.2.1, 7.3.1, G.2)."""

import re

from pskmime.sip import address as uri_in

from .sip import bare, behind_uri, mechanisms
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


class Registrations:
    """REGISTERs in the capture that got a 2xx, with the responses of their Call-ID."""

    def __init__(self, calls, indications):
        self.all, self.indications = [], indications            # (unit of the 2xx, address, address of record, step of the REGISTER)
        for call in calls.calls:
            for step in call.steps:
                request = step.transaction.request
                if not step.message.request and step.message.cseq[1] == "REGISTER" and 200 <= step.message.status < 300 and request is not None:
                    self.all.append((step.unit, address_of(request.unit.source), identity(request.message.to_uri), request))

    def newest(self, where, who, before):
        """The step of the REGISTER by which a UE is registered before a unit; None."""
        own = [(done, step) for done, address, record, step in self.all if address == where and record in who and done.index < before.index]
        step = max(own, key=lambda one: one[0].index, default=(None, None))[1]
        return None if step is None or ends(step.message) else step

    def network(self, step, kind, before):
        """Whether a response to the registration says it."""
        return any(self.indications.says(one.message, kind) for one in step.call.steps
                   if not one.message.request and one.unit.index < before.index and one.message.cseq[1] == "REGISTER")

    def agreed(self, where, who, kind, before):
        """Whether the registration of a UE says it, and the network's responses too."""
        step = self.newest(address_of(where), who, before)
        return step is not None and self.indications.says(step.message, kind) and self.network(step, kind, before)

    def unsupported(self, where, who, kind, before):
        """Whether the UE is registered, and the network did not say it (7.2.1 step 2)."""
        step = self.newest(address_of(where), who, before)
        return step is not None and not self.network(step, kind, before)


def ends(message):
    """Whether a REGISTER ends the registration (RFC 3261 10.2.2)."""
    contacts = message.all("contact")
    expires = [re.search(r";\s*expires\s*=\s*([0-9]+)", behind_uri(one), re.IGNORECASE) for one in contacts]
    if contacts and all(expires):
        return all(int(one[1]) == 0 for one in expires)
    return (message.get("expires") or "").strip() == "0"


def identity(uri):
    """A URI without parameters, its scheme and host in small letters."""
    scheme, colon, rest = (bare(uri) or "").partition(":")
    user, at, host = rest.rpartition("@")
    return scheme.lower() + colon + user + at + host.lower()


def caller_of(message):
    return {identity(message.from_uri)}


def called_of(message):
    return {identity(uri) for uri in [message.to_uri, *(uri_in(value) for value in message.all("p-called-party-id"))]}


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
            bfcp_in_clear(trace, leg)


class Check:
    def __init__(self, trace, kind, call, offer, index):
        self.trace, self.kind, self.call, self.offer, self.index = trace, kind, call, offer, index
        self.leg, self.description = offer.leg, offer.description
        self.requested, self.applied = self.says("requested"), self.says("applied")

    def says(self, which, description=None):
        return self.trace.indications.is_indicated(description or self.description, self.index, which)

    def find(self, row, step):
        self.trace.report.of_step(self.kind.row(row), step, row, self.index)

    def prints(self, description):
        return set(description.fingerprints(self.index))

    def run(self):
        if not self.description.media[self.index].port:
            return
        if self.requested:
            if not self.prints(self.description):
                self.find("TS33328-7.2.1-02", self.offer.step)
            if not self.unsupported():
                self.goes_on()
                self.answered()
        else:
            self.not_requested()
        self.terminating()

    @property
    def transaction(self):
        return self.offer.transaction

    def unsupported(self):
        """Whether the UE that offers is registered with a network that does not support it."""
        first = self.transaction
        while self.offer.to_tag is None and self.trace.calls.hop_before(first) is not None:
            first = self.trace.calls.hop_before(first)
        unit = self.offer.unit if first is self.transaction else first.request.unit
        return self.trace.registrations.unsupported(unit.source, {identity(unit.message.sender_uri)}, self.kind.name, unit)

    def not_requested(self):
        """Row 7.2.1-01."""
        message = self.offer.step.message
        if self.applied or self.trace.calls.hop_before(self.transaction) is not None or message.method != "INVITE" or message.to_tag is not None \
                or self.description.mikey_for(self.index):
            return
        if self.trace.registrations.agreed(self.offer.source, caller_of(message), self.kind.name, self.offer.unit):
            self.find("TS33328-7.2.1-01", self.offer.step)

    def next_offers(self):
        return [one for one in self.trace.calls.next_offers(self.offer) if self.index < len(one.description.media)]

    def goes_on(self):
        """Row 7.2.1-03. What goes on as applied is row 7.3.1-01's: one node is P-CSCF of both UEs."""
        for later in self.next_offers():
            if not later.description.media[self.index].port or self.says("applied", later.description):
                continue
            own, now = self.prints(self.description), self.prints(later.description)
            indicated = self.says("requested", later.description)
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
        if self.trace.calls.hop_before(self.transaction) is not None:
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
        before = calls.hop_before(self.transaction) if self.offer.to_tag is None else None
        earlier = before.offer if before else None
        prints = self.prints(self.description)
        broken = self.applied and not prints
        if earlier is not None and not calls.next_hops(self.transaction) and self.index < len(earlier.description.media) \
                and earlier.description.media[self.index].carries(self.kind.protocol) and not self.kind.secured(earlier.description, self.index) \
                and self.trace.registrations.agreed(self.offer.destination, called_of(self.offer.step.message), self.kind.name, self.offer.unit):
            broken = broken or not self.kind.secured(self.description, self.index) or not prints or not self.applied
        if broken:
            self.find("TS33328-7.3.1-01", self.offer.step)
        if not self.applied:
            return
        for tag, answer in self.offer.answers.items():
            if answer.takes(self.index) and not self.prints(answer.description):
                self.find("TS33328-7.3.1-02", answer.step)
            if earlier is not None and not self.says("requested", earlier.description):
                self.answer_goes_on(answer, earlier, tag)

    def answer_goes_on(self, answer, earlier, tag):
        """Row 7.3.1-04. Where the hop before requests, one node is P-CSCF of both UEs, and row 7.2.1-05 speaks of the answer there."""
        there = earlier.answers.get(tag) or (list(earlier.answers.values()) or [None])[0]
        if there is None or not answer.takes(self.index) or not there.takes(self.index):
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


def bfcp_in_clear(trace, leg):
    """Row G.2-02: what is requested by a UE, on a hop that nothing came before; what is applied to one, on a hop that nothing follows."""
    for step in leg.steps:
        if step.part not in ("offer", "answer"):
            continue
        first = trace.calls.hop_before(step.transaction) is None
        last = not trace.calls.next_hops(step.transaction)
        for media in step.description.media:
            if not media.carries("BFCP") or media.tls or not media.port:
                continue
            if first and trace.indications.is_indicated(step.description, media.index, "requested") or \
                    last and trace.indications.is_indicated(step.description, media.index, "applied"):
                trace.report.of_step("TS33328-G.2-02", step, media.index)
