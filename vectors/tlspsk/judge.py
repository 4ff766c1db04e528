"""The answer to a transcript (TLS.md sections 1 and 2)."""

from . import reading
from .alerts import name as alert_name
from .ask import Ask
from .facts import Facts
from .fragments import DatagramMessages, StreamMessages
from .order import CCS as ORDER_CCS
from .order import RETRY
from .records import ALERT, CCS, DATA, HANDSHAKE, CutError, dtls_records, tls_records


def answer(ask):
    """Raises ValueError where that is no question."""
    return judge(ask).as_answer()


def judge(ask):
    """The facts, for those who want more than the answer."""
    judging = Judge(Ask(ask))
    judging.run()
    return judging.facts


FATAL = 2                               # the level of an alert (RFC 5246 7.2)


class Judge:
    def __init__(self, ask):
        self.ask, self.facts = ask, Facts(ask)
        self.messages = {end: self.new_messages(end) for end in ("client", "server")}
        self.held = []                  # DTLS: what came before its keys can be known

    def new_messages(self, end):
        if not self.ask.dtls:
            return StreamMessages()
        return DatagramMessages(sum(len(octets) for one, octets in self.ask.segments if one == end))

    def run(self):
        segments = self.ask.segments
        try:
            for record in dtls_records(segments) if self.ask.dtls else tls_records(segments, self.longer, self.truncated):
                self.record(record)
            self.release()
        except CutError as error:
            self.facts.error = self.facts.error or error.status
            self.release_quietly()

    def truncated(self):
        self.facts.error = self.facts.error or "truncated"

    def longer(self, end, kind):
        return kind == DATA or self.protected_stream(end)

    def protected_stream(self, end):
        return self.facts.ends[end].ccs > 0 and not self.facts.is13

    def record(self, record):
        facts = self.facts
        if record.kind == DATA and facts.is13 and not facts.server_hello.retry:
            self.record13(record)
        elif record.epoch > 0 if self.ask.dtls else self.protected_stream(record.end):
            self.protected(record)
        elif record.kind == CCS:
            self.change_cipher_spec(record)
        elif record.kind == ALERT:
            if len(record.body) % 2:
                raise CutError("bad_tls")
            self.alerts(record.end, record.body)
        elif record.kind == HANDSHAKE:
            for number, body, whole in self.messages[record.end].feed(record.body):
                self.message(record.end, number, body, whole)
        elif record.kind == DATA:
            facts.data_in_clear(record.end)

    # --- in clear -------------------------------------------------------------------------------------------------

    def change_cipher_spec(self, record):
        if record.body != b"\x01" or (not self.ask.dtls and self.messages[record.end].waiting):
            raise CutError("bad_tls")
        end = self.facts.ends[record.end]
        if self.facts.may_be13:
            return                          # it means nothing (RFC 8446 5)
        if not end.ccs or not self.ask.dtls:
            end.ccs += 1
            self.facts.event(record.end, ORDER_CCS)

    def alerts(self, end, octets):
        for i in range(1, len(octets), 2):
            self.facts.alert(end, alert_name(octets[i]), octets[i - 1] == FATAL)

    def message(self, end, number, body, whole, opened=False):
        """`opened`: the record that completes it was. Of DTLS that may be another message, which was waited for."""
        one = self.facts.ends[end]
        if self.ask.dtls:
            opened = one.opened and (number == reading.FINISHED or one.status in ("verified", "failed"))
        if opened:
            self.opened_message(end, number, body, whole)
        else:
            self.clear_message(end, number, body, whole)

    def clear_message(self, end, number, body, whole):
        facts = self.facts
        if number == reading.CLIENT_HELLO and end == "client":
            facts.client_hello(reading.ClientHello(body, self.ask.dtls), whole)
        elif number == reading.SERVER_HELLO and end == "server":
            hello = reading.ServerHello(body)
            facts.take_server_hello(hello, whole)
            if hello.retry:
                facts.event(end, RETRY)
                return
        elif facts.suite and facts.suite.has_psk and number == reading.SERVER_KEY_EXCHANGE and end == "server":
            facts.take_hint(reading.server_key_exchange(body, facts.suite.kx))
        elif facts.suite and facts.suite.has_psk and number == reading.CLIENT_KEY_EXCHANGE and end == "client":
            facts.take_identity(reading.client_key_exchange(body, facts.suite.kx))
        else:
            reading.check_lengths(number, body)
            if number == reading.HELLO_VERIFY_REQUEST and self.ask.dtls:
                facts.verify_request(end)
                return
        facts.event(end, "Finished in clear" if number == reading.FINISHED else number)
        facts.hash_message(number, whole)
        if self.ask.dtls and number == reading.CLIENT_KEY_EXCHANGE:
            self.release()

    # --- protected ------------------------------------------------------------------------------------------------

    def protected(self, record):
        facts, end = self.facts, self.facts.ends[record.end]
        slot = facts.alert(record.end, "encrypted") if record.kind == ALERT else None
        sequence = record.sequence if self.ask.dtls else end.count
        end.count += 1
        if record.kind == HANDSHAKE and not end.sent:
            facts.finished_sent(record.end)
        if record.kind == CCS and not self.ask.dtls:
            end.changed.add(end.count)
        elif record.kind in (CCS, ALERT, HANDSHAKE):
            if self.ask.dtls and not facts.keys_can_be_known():
                self.held.append((record, sequence, slot))
            else:
                self.open(record, sequence, slot)

    def release(self):
        held, self.held = self.held, []
        for one in held:
            self.open(*one)

    def release_quietly(self):
        """What was held came before the place that cannot be cut; it is judged, and one such place is enough."""
        try:
            self.release()
        except CutError:
            pass

    def open(self, record, sequence, slot):
        facts, end = self.facts, self.facts.ends[record.end]
        if self.ask.dtls and record.sequence in end.numbers:        # RFC 6347 4.1.2.6: it comes again
            if slot is not None:
                slot["descriptions"], slot["fatal"] = [], []
            return
        session = facts.session12() if not end.changed_before(record) else None
        if record.kind == HANDSHAKE and end.position is None and end.status is None:
            end.position = len(facts.messages)
        plain = session.open(record, sequence) if session else None
        if plain is not None:
            end.numbers.add(record.sequence)
        if record.kind == CCS:
            self.changed_again(record, plain)
            return
        end.tried |= session is not None and record.kind == HANDSHAKE
        if plain is None:
            if session and record.kind == HANDSHAKE:
                facts.did_not_open(record.end)
        elif slot is not None:
            if plain and len(plain) % 2 == 0:
                slot["descriptions"] = [alert_name(plain[i]) for i in range(1, len(plain), 2)]
                slot["fatal"] = [plain[i] == FATAL for i in range(0, len(plain), 2)]
        else:
            end.opened = True
            for number, body, whole in self.messages[record.end].feed(plain):
                self.message(record.end, number, body, whole, True)

    def changed_again(self, record, plain):
        """A further ChangeCipherSpec of DTLS. Under keys that are known one that does not open changes nothing (RFC 6347 4.1.2.7), and those of a
        later epoch stand behind one that did."""
        changed = self.facts.ends[record.end].changed
        if self.facts.session12() is None or plain == b"\1" or record.epoch > 1 and changed:
            changed.add(record.epoch)

    def opened_message(self, end, number, body, whole):
        facts = self.facts
        if facts.ends[end].status in (None, "did not open"):
            facts.try_finished(end, number, body, whole, getattr(self.messages["client"], "next", 0))

    def record13(self, record):
        facts = self.facts
        facts.ends[record.end].protected13 = True
        session = facts.session13()
        opened = session.record(record) if session else None
        if opened and len(opened) % 2 == 0:
            self.alerts(record.end, opened)
