"""What the TEK opens of TLS 1.3: the binder, and with psk_ke the server's Finished and what follows (RFC 8446)."""

import hmac

from . import derive, reading, seal, suites
from .fragments import StreamMessages
from .records import ALERT, HANDSHAKE

MESSAGE_HASH = 254


def transcript(hash_name, messages):
    """The messages as they are hashed: a ClientHello in front of HelloRetryRequest is its hash (RFC 8446 4.4.1).
    `messages`: [(octets, is it HelloRetryRequest)]"""
    out = []
    for whole, retry in messages:
        if retry:
            hashed = derive.digest(hash_name, *out)
            out = [bytes([MESSAGE_HASH]) + len(hashed).to_bytes(3, "big") + hashed]
        out.append(whole)
    return b"".join(out)


def binder_of(hash_name, tek, before, whole, hello):
    """The binder that a ClientHello should have; `before`: the messages in front of it."""
    cut = whole[:4 + hello.binders_at]
    return derive.binder(hash_name, tek, derive.digest(hash_name, transcript(hash_name, before), cut))


class Session13:
    """From ServerHello on, with psk_ke. `messages`: the hellos."""

    def __init__(self, suite, tek, messages):
        self.suite, self.hash_name = suite, suite.prf
        self.said = [transcript(suite.prf, messages)]       # in pieces: hashed once or twice, however many messages come
        early = derive.early_secret(suite.prf, tek)
        handshake = derive.next_secret(suite.prf, early)
        self.early, self.master = early, derive.next_secret(suite.prf, handshake)
        hashed = derive.digest(suite.prf, *self.said)
        self.secrets = {end: derive.derive_secret(suite.prf, handshake, label, hashed)
                        for end, label in (("client", b"c hs traffic"), ("server", b"s hs traffic"))}
        self.protection = {end: seal.Protection13(suite, secret) for end, secret in self.secrets.items()}
        self.reading = {end: StreamMessages() for end in self.secrets}
        self.application = None
        self.handshaking = {"client": True, "server": True}
        self.finished = None            # None, True, False: the server's
        self.verify_data = None

    def record(self, record):
        """The alert in it, if it opens and is one."""
        end = record.end
        opened = self.protection[end].open(record.version, record.body)
        if opened is None:
            if end == "server" and self.handshaking[end] and self.finished is None:
                self.finished = False
            return None                 # of the client: early data, whose keys are others
        kind, plain = opened
        if kind == HANDSHAKE:
            for number, body, whole in self.reading[end].feed(plain):
                self.message(end, number, body, whole)
        return plain if kind == ALERT else None

    def message(self, end, number, body, whole):
        if not self.handshaking[end]:
            if number == reading.KEY_UPDATE:
                self.protection[end] = self.protection[end].following()
            return
        if end == "server":
            if number == reading.FINISHED:
                self.server_finished(body)
            self.said.append(whole)
        if number == reading.FINISHED:
            self.to_application(end)

    def server_finished(self, body):
        hashed = derive.digest(self.hash_name, *self.said)
        self.verify_data = derive.finished_mac(self.hash_name, self.secrets["server"], hashed)
        if self.finished is None:
            self.finished = hmac.compare_digest(body, self.verify_data)

    def to_application(self, end):
        self.handshaking[end] = False
        if end == "server":
            hashed = derive.digest(self.hash_name, *self.said)
            self.application = {one: derive.derive_secret(self.hash_name, self.master, label, hashed)
                                for one, label in (("client", b"c ap traffic"), ("server", b"s ap traffic"))}
        if self.application:
            self.protection[end] = seal.Protection13(self.suite, self.application[end])


def can_be_tried(number):
    suite = suites.suite(number)
    return suite is not None and suite.tls13 and suite.can_be_tried
