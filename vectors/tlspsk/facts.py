"""What a transcript shows, gathered by judge.py; the answer and the rows are made of it."""

import hmac

from . import order, reading, rows, suites, tls12, tls13
from .catalogue import reject

VERSIONS = {0x0300: "SSL3", 0x0301: "1.0", 0x0302: "1.1", 0x0303: "1.2", 0x0304: "1.3"}
MOST_ALERTS = 64                        # that are listed (TLS.md section 2)
PUT_IN = "put in"                       # a Finished of the client that was not read, among the messages
DTLS_VERSIONS = {0xFEFF: "d1.0", 0xFEFD: "d1.2"}


class End:
    """One end, of versions up to 1.2: `ccs` seen, a protected handshake record `sent`, how many records (`count`), whether one
    was `tried`, has `opened`, whether a Finished was `read`; `position`: of its Finished among the messages; `status`: None,
    "did not open" (DTLS: another may), verified, failed. Of TLS 1.3: `protected13`."""

    def __init__(self):
        self.ccs = self.count = 0
        self.sent = self.opened = self.read = self.tried = self.protected13 = False
        self.position = self.status = None
        self.numbers = set()            # of records of DTLS that were opened
        self.changed = set()            # further ChangeCipherSpec: of a second handshake, whose keys are not followed

    def changed_before(self, record):
        return record.epoch > 1 if record.version[0] == 0xFE else bool(self.changed)


class Facts:
    def __init__(self, ask):
        self.ask, self.dtls, self.identity13, self.tls13_allowed = ask, ask.dtls, ask.identity13, ask.tls13_allowed
        self.error = self.first_hello = self.hello = self.server_hello = self.suite = None
        self.hint = self.psk_identity = None
        self.not_offered = self.retry_key_share = self.server_hello_said = self.key_exchange_said = False
        self.behind_hello = None        # what the server says first behind its ServerHello
        self.ends = {"client": End(), "server": End()}
        self.alerts, self.events = [], []
        self.goes_on = self.turned = False      # a full handshake, whatever was announced; it was announced otherwise
        self.said_in_order = 0          # of events, those that have a place in the order
        self.retried = False
        self.hello_awaited = True       # the first, and the first behind HelloVerifyRequest or HelloRetryRequest
        self.messages = []              # (what, octets) as they are hashed; what: a number, or RETRY
        self.hello_at = 0               # of the last ClientHello among the messages
        self.made12 = self.made13 = self.binder = None

    # --- gathering ------------------------------------------------------------------------------------------------

    def event(self, end, what):
        if end == "server" and self.behind_hello is None and self.server_hello_said:
            self.behind_hello = what
        self.server_hello_said |= (end, what) == ("server", reading.SERVER_HELLO)
        full = (end, what) in (("server", reading.SERVER_HELLO_DONE), ("client", reading.CLIENT_KEY_EXCHANGE))
        if full and self.server_hello is not None:
            self.turned |= self.resumed and not self.is13
            self.goes_on = True
        self.said_in_order += what not in (order.CCS, reading.FINISHED)
        self.events.append((end, what, self.hellos_alone))      # what is known when it comes, not at the end

    def data_in_clear(self, end):
        """RFC 5246 7.4: none before the handshake is complete. Of TLS 1.3 they are early data."""
        if not self.may_be13:
            self.events.append((end, "application data in clear", False))

    def verify_request(self, end):
        """HelloVerifyRequest (RFC 6347 4.2.1): neither it nor the first ClientHello is hashed, which it has to follow at once; anywhere
        else it changes nothing."""
        in_place = end == "server" and self.said_in_order == 1 and self.hello is not None
        if in_place:
            self.messages.clear()
            self.hello_awaited = True
        self.event(end, order.VERIFY if in_place else reading.HELLO_VERIFY_REQUEST)

    def hash_message(self, number, whole):
        if number not in (reading.HELLO_REQUEST, reading.HELLO_VERIFY_REQUEST):       # RFC 5246 7.4.1.1, RFC 6347 4.2.1
            self.key_exchange_said |= number == reading.CLIENT_KEY_EXCHANGE
            self.messages.append((number, whole))

    def client_hello(self, hello, whole):
        self.first_hello = self.first_hello or hello
        if self.hello_awaited:          # of those that come again the first counts (TLS.md section 2)
            self.hello_awaited = False
            self.hello, self.hello_at, self.hello_octets = hello, len(self.messages), whole

    def take_server_hello(self, hello, whole):
        if hello.retry:
            if self.retried:                # a second one is out of order and changes no hash (RFC 8446 4.1.4)
                return
            self.messages.append((order.RETRY, whole))
            self.retried, self.hello_awaited = True, self.server_hello is None
            self.retry_key_share |= reading.KEY_SHARE in hello.kinds
        if self.server_hello is None or self.server_hello.retry:
            self.server_hello, self.suite = hello, suites.suite(hello.suite)
            if self.hello:
                self.not_offered |= rows.not_offered(self.hello, hello)

    def take_hint(self, hint):
        self.hint = hint if self.hint is None else self.hint

    def take_identity(self, identity):
        self.psk_identity = identity if self.psk_identity is None else self.psk_identity

    def alert(self, end, description, fatal=False):
        """A slot for the alerts of one record, which is filled when that opens."""
        slot = {"from": end, "descriptions": [description], "fatal": [fatal]}
        self.alerts.append(slot)
        return slot

    def ended_with(self):
        """The alerts with which the server ended the handshake: fatal ones, where it has sent no Finished before or behind them. Errors
        of TLS 1.3 are fatal whatever level they say (RFC 8446 6)."""
        if self.ends["server"].sent or self.made13 and self.made13.finished is not None:
            return set()
        return {one for slot in self.alerts if slot["from"] == "server" for one, fatal in zip(slot["descriptions"], slot["fatal"])
                if fatal or self.is13}

    # --- what follows from it -------------------------------------------------------------------------------------

    @property
    def is13(self):
        return self.server_hello is not None and self.server_hello.tls13

    @property
    def resumed(self):
        """A session id that comes back (RFC 5246 7.4.1.3), or a ticket behind which the server goes straight on to
        ChangeCipherSpec (RFC 5077 3.4); TLS 1.3: the chosen identity has an age, which an external one has not (RFC 8446 4.2.11)."""
        hello, chosen = self.hello, self.server_hello
        if hello is None or chosen is None:
            return False
        if chosen.tls13:
            ages = hello.ages if hello.identity is not None else []
            return chosen.selected is not None and chosen.selected < len(ages) and ages[chosen.selected] != 0
        if self.goes_on:
            return False                # RFC 5246 7.3: ServerHelloDone and ClientKeyExchange are those of a full handshake
        if hello.session_id and hello.session_id == chosen.session_id:
            return True
        goes_straight_on = self.behind_hello in (order.CCS, reading.NEW_SESSION_TICKET)
        return goes_straight_on and bool(hello.extensions.get(reading.SESSION_TICKET))

    @property
    def version(self):
        if self.server_hello is None:
            return None
        names = DTLS_VERSIONS if self.dtls else VERSIONS
        return names.get(self.server_hello.version, f"0x{self.server_hello.version:04x}")

    @property
    def identity(self):
        if self.psk_identity is not None:
            return self.psk_identity
        if self.hello is not None and (self.is13 or self.server_hello is None):
            return self.hello.identity
        return None

    @property
    def hellos_alone(self):
        """Whether ChangeCipherSpec and what follows may be those of a resumed session or of TLS 1.3 (RFC 8446 D.4)."""
        return self.resumed or self.may_be13

    @property
    def may_be13(self):
        """ChangeCipherSpec means nothing then (RFC 8446 5)."""
        return self.is13 or self.server_hello is None and self.hello is not None and self.hello.offers(0x0304)

    def keys_can_be_known(self):
        return self.server_hello is not None and self.key_exchange_said

    def session12(self):
        """None where nothing can be opened."""
        chosen = self.server_hello
        if self.made12 is None and self.ask.tek is not None and chosen and self.hello and not self.resumed \
                and chosen.version == (0xFEFD if self.dtls else 0x0303) and chosen.compression == 0 \
                and self.suite and not self.suite.tls13 and self.suite.can_be_tried:
            self.made12 = tls12.Session12(self.suite, self.ask.tek, self.hello, chosen, self.messages)
        return self.made12

    def session13(self):
        chosen = self.server_hello
        if self.made13 is None and self.ask.tek is not None and self.hello and chosen.selected is not None \
                and reading.KEY_SHARE not in chosen.kinds and tls13.can_be_tried(chosen.suite) and not self.resumed:
            until = next(i for i, (_, octets) in enumerate(self.messages) if octets is self.server_hello_octets)
            self.made13 = tls13.Session13(self.suite, self.ask.tek, self.messages13(until + 1))
        return self.made13

    @property
    def server_hello_octets(self):
        return next((octets for what, octets in self.messages if what == reading.SERVER_HELLO), None)

    def messages13(self, until):
        return [(octets, what == order.RETRY) for what, octets in self.messages[:until]]

    # --- proofs ---------------------------------------------------------------------------------------------------

    def finished_sent(self, end):
        self.ends[end].sent = True
        self.event(end, reading.FINISHED)

    def did_not_open(self, end):
        if self.ends[end].status is None:
            self.ends[end].status = "did not open" if self.dtls else "failed"

    def try_finished(self, end, number, body, whole, sequence_of_client):
        session, one = self.session12(), self.ends[end]
        if number != reading.FINISHED:
            one.status = "failed"
            return
        if end == "server":
            self.put_in_finished_of_client(session, sequence_of_client)
        place = next((i for i, (what, _) in enumerate(self.messages) if what == PUT_IN and end == "client"), len(self.messages))
        one.status, one.read = "verified" if session.holds(end, body, place) else "failed", True
        self.messages.append((number, whole))

    def put_in_finished_of_client(self, session, sequence):
        """Where the client's record did not open or is absent, the server's proof is tried with the one that would have been right."""
        client = self.ends["client"]
        if client.read:
            return
        place = client.position
        if place is None:               # it would have stood before the server's NewSessionTicket
            place = next((i for i, (what, _) in enumerate(self.messages) if what == reading.NEW_SESSION_TICKET), len(self.messages))
        right = tls12.finished_message(session.verify_data("client", place), self.dtls, sequence)
        self.messages.insert(place, (PUT_IN, right))

    def status(self, end):
        if self.is13 or (self.server_hello is None and self.hello is not None and self.hello.identity is not None):
            return self.client13() if end == "client" else self.server13()
        one = self.ends[end]
        if not one.sent:
            return "absent"
        if self.session12() is None or not one.tried:
            return "not_tried"
        return {None: "absent", "did not open": "failed"}.get(one.status, one.status)

    def client13(self):
        """The binder of the first identity of the last ClientHello."""
        if self.hello is None or self.hello.identity is None:
            return "absent"
        suite = self.suite if self.is13 else suites.suite(0x1301)
        if self.ask.tek is None or self.hello.ages[0] or suite is None:
            return "not_tried"
        if self.binder is None:
            before = self.messages13(self.hello_at)
            if not any(retry for _, retry in before):
                before = []                 # only HelloRetryRequest puts messages in front of it (RFC 8446 4.2.11.2)
            right = tls13.binder_of(suite.prf, self.ask.tek, before, self.hello_octets, self.hello)
            self.binder = hmac.compare_digest(right, self.hello.binder)
            self.right_binder = right
        return "verified" if self.binder else "failed"

    def server13(self):
        if not self.ends["server"].protected13:
            return "absent"
        if self.made13 is None:
            return "not_tried"
        return {None: "absent", True: "verified", False: "failed"}[self.made13.finished]

    @property
    def complete(self):
        ends = self.ends.values()
        return all(end.protected13 for end in ends) if self.is13 else all(end.ccs and end.sent for end in ends)

    # --- said -----------------------------------------------------------------------------------------------------

    def as_answer(self):
        found = rows.findings(self)
        return {"verdict": "reject" if any(reject(row) for row in found) else "accept",
                "error": {"status": self.error} if self.error else None,
                "version": self.version, "suite": suites.name(self.server_hello.suite) if self.server_hello else None,
                "identity": None if self.identity is None else self.identity.hex(),
                "hint": None if self.hint is None else self.hint.hex(),
                "client": self.status("client"), "server": self.status("server"), "resumed": self.resumed,
                "renegotiations": len(self.ends["client"].changed), "complete": self.complete,
                "alerts": [{"from": slot["from"], "description": one} for slot in self.alerts for one in slot["descriptions"]][:MOST_ALERTS],
                "findings": found}

    def intermediates(self):
        """What the TEK gives, as far as the transcript goes (TLS.md section 4)."""
        if self.ask.tek is None:
            return None
        self.status("client")
        if self.is13 or self.hello is not None and self.hello.identity is not None and self.server_hello is None:
            session = self.made13
            return hexed(premaster=session.early if session else None, master_secret=session.master if session else None,
                         key_block=None, client_verify_data=getattr(self, "right_binder", None),
                         server_verify_data=session.verify_data if session else None)
        session = self.made12
        if session is None:
            return hexed(premaster=None, master_secret=None, key_block=None, client_verify_data=None, server_verify_data=None)
        return hexed(premaster=tls12.derive.premaster(self.ask.tek), master_secret=session.master, key_block=session.block,
                     client_verify_data=session.expected["client"], server_verify_data=session.expected["server"])


def hexed(**values):
    return {name: None if value is None else value.hex() for name, value in values.items()}
