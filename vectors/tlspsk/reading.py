"""Reads the bodies of handshake messages; a field that does not fit is `bad_tls`. What is not used is read for its lengths."""

from .records import CutError

HELLO_REQUEST, CLIENT_HELLO, SERVER_HELLO, HELLO_VERIFY_REQUEST, NEW_SESSION_TICKET = 0, 1, 2, 3, 4
CERTIFICATE, SERVER_KEY_EXCHANGE, CERTIFICATE_REQUEST, SERVER_HELLO_DONE = 11, 12, 13, 14
CERTIFICATE_VERIFY, CLIENT_KEY_EXCHANGE, FINISHED, CERTIFICATE_STATUS, KEY_UPDATE = 15, 16, 20, 22, 24
ENCRYPT_THEN_MAC, EXTENDED_MASTER_SECRET, SESSION_TICKET, PRE_SHARED_KEY = 22, 23, 35, 41
SUPPORTED_VERSIONS, COOKIE, PSK_MODES, KEY_SHARE, RENEGOTIATION_INFO = 43, 44, 45, 51, 0xFF01

# SHA-256 of "HelloRetryRequest" (RFC 8446 4.1.3)
RETRY_RANDOM = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")


class Reader:
    def __init__(self, octets):
        self.octets, self.at = octets, 0

    def take(self, count):
        if count > len(self.octets) - self.at:
            raise CutError("bad_tls")
        self.at += count
        return self.octets[self.at - count:self.at]

    def number(self, size):
        return int.from_bytes(self.take(size), "big")

    def vector(self, size, least=0, most=None, multiple=1):
        length = self.number(size)
        if length < least or (most is not None and length > most) or length % multiple:
            raise CutError("bad_tls")
        return self.take(length)

    @property
    def left(self):
        return len(self.octets) - self.at

    def end(self):
        if self.left:
            raise CutError("bad_tls")


def pairs(octets):
    return [int.from_bytes(octets[i:i + 2], "big") for i in range(0, len(octets), 2)]


def extensions(reader):
    """[(type, body)]; a hello may end before them (RFC 5246 7.4.1.2)."""
    if not reader.left:
        return []
    inner, out = Reader(reader.vector(2)), []
    reader.end()
    while inner.left:
        kind = inner.number(2)
        out.append((kind, inner.vector(2)))
    return out


class ClientHello:
    def __init__(self, body, dtls):
        reader = Reader(body)
        self.version = reader.number(2)
        self.random = reader.take(32)
        self.session_id = reader.vector(1, most=32)
        self.cookie = reader.vector(1) if dtls else b""
        self.suites = pairs(reader.vector(2, least=2, multiple=2))
        self.offered_suites = frozenset(self.suites)
        self.compressions = reader.vector(1, least=1)
        found = extensions(reader)
        self.kinds = {kind for kind, _ in found}
        self.extensions = {kind: octets for kind, octets in reversed(found)}        # the first of a kind
        self.versions = self.psk_modes = self.renegotiation = self.identity = None
        self.read_extensions(len(body))

    def read_extensions(self, length):
        if SUPPORTED_VERSIONS in self.extensions:
            reader = Reader(self.extensions[SUPPORTED_VERSIONS])
            self.versions = pairs(reader.vector(1, least=2, multiple=2))
            reader.end()
        if PSK_MODES in self.extensions:
            reader = Reader(self.extensions[PSK_MODES])
            self.psk_modes = reader.vector(1, least=1)
            reader.end()
        self.renegotiation = renegotiation_info(self.extensions)
        if PRE_SHARED_KEY in self.extensions:
            self.read_psks(Reader(self.extensions[PRE_SHARED_KEY]), length)

    def read_psks(self, reader, length):
        """RFC 8446 4.2.11. `binders_at`: where the binders begin, from the start of the body."""
        identities = Reader(reader.vector(2, least=7))
        self.ages = []
        while identities.left:
            one = identities.vector(2, least=1)
            self.identity = one if self.identity is None else self.identity
            self.ages.append(identities.number(4))
        size = reader.left
        binders = Reader(reader.vector(2, least=33))
        reader.end()
        self.binder = binders.vector(1, least=32)
        while binders.left:
            binders.vector(1, least=32)
        self.binders_at = length - size                 # the extension is the last one (RFC 8446 4.2.11)

    def offers(self, version):
        """`version` as it stands in TLS, 0x0303; those of DTLS count downwards and have no 1.1 of their own."""
        if self.versions is not None:
            return version in self.versions
        if version >> 8 != self.version >> 8 and {version >> 8, self.version >> 8} & {0xFE}:
            return False
        if version >> 8 == 0xFE:
            return version >= self.version
        return version != 0x0304 and version <= self.version        # TLS 1.3 is offered in supported_versions alone

    def offers_up_to_12(self):
        if self.versions is None:
            return True
        return any(v <= 0x0303 or v >= 0xFEFD for v in self.versions)


def renegotiation_info(found):
    if RENEGOTIATION_INFO not in found:
        return None
    reader = Reader(found[RENEGOTIATION_INFO])
    value = reader.vector(1)
    reader.end()
    return value


class ServerHello:
    def __init__(self, body):
        reader = Reader(body)
        self.legacy_version = reader.number(2)
        self.random = reader.take(32)
        self.session_id = reader.vector(1, most=32)
        self.suite = reader.number(2)
        self.compression = reader.number(1)
        found = extensions(reader)
        self.kinds = [kind for kind, _ in found]
        self.extensions = {kind: octets for kind, octets in reversed(found)}
        self.version = self.legacy_version
        if SUPPORTED_VERSIONS in self.extensions:
            reader = Reader(self.extensions[SUPPORTED_VERSIONS])
            self.version = reader.number(2)
            reader.end()
        self.renegotiation = renegotiation_info(self.extensions)
        self.selected = None
        if PRE_SHARED_KEY in self.extensions:
            reader = Reader(self.extensions[PRE_SHARED_KEY])
            self.selected = reader.number(2)
            reader.end()
        self.tls13 = self.version == 0x0304
        self.retry = self.tls13 and self.random == RETRY_RANDOM


def server_key_exchange(body, kx):
    """The hint (RFC 4279 2, 3; RFC 5489 2); None where the suite has none."""
    reader = Reader(body)
    hint = reader.vector(2)
    if kx == "DHE_PSK":
        for _ in range(3):
            reader.vector(2, least=1)
    elif kx == "ECDHE_PSK":
        if reader.number(1) != 3:           # no named curve: its parameters are not read here
            return hint
        reader.number(2)
        reader.vector(1, least=1)
    reader.end()
    return hint


def client_key_exchange(body, kx):
    """The identity (RFC 4279 2 to 4, RFC 5489 2)."""
    reader = Reader(body)
    identity = reader.vector(2)
    if kx == "DHE_PSK":
        reader.vector(2, least=1)
    elif kx == "RSA_PSK":
        reader.vector(2)
    elif kx == "ECDHE_PSK":
        reader.vector(1, least=1)
    reader.end()
    return identity


def check_lengths(kind, body):
    """Messages that nothing is taken from (RFC 5246 7.4, RFC 5077 3.3, RFC 6347 4.2.1)."""
    reader = Reader(body)
    if kind == HELLO_VERIFY_REQUEST:
        reader.take(2)
        reader.vector(1)
    elif kind == NEW_SESSION_TICKET:
        reader.take(4)
        reader.vector(2)
    elif kind == CERTIFICATE:
        inner = Reader(reader.vector(3))
        while inner.left:
            inner.vector(3, least=1)
    elif kind == CERTIFICATE_REQUEST:
        reader.vector(1, least=1)
        reader.vector(2, multiple=2)
        names = Reader(reader.vector(2))
        while names.left:
            names.vector(2, least=1)
    elif kind == CERTIFICATE_VERIFY:
        reader.take(2)
        reader.vector(2)
    elif kind not in (HELLO_REQUEST, SERVER_HELLO_DONE):
        return
    reader.end()
