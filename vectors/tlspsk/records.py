"""Cuts what the two ends sent into records, in the order of time (TLS.md section 2, RFC 5246 6.2.1, RFC 6347 4.1)."""

from dataclasses import dataclass

CCS, ALERT, HANDSHAKE, DATA, HEARTBEAT = 20, 21, 22, 23, 24
LONGEST, EXPANSION = 1 << 14, 2048


class CutError(Exception):
    """A place that cannot be cut, behind which nothing is read: `bad_tls`."""

    def __init__(self, status):
        super().__init__(status)
        self.status = status


@dataclass
class Record:
    end: str            # who sent it
    kind: int
    version: bytes
    body: bytes
    sequence: int = 0   # DTLS: epoch (16 bits) and number (48 bits)

    @property
    def epoch(self):
        return self.sequence >> 48


def check_header(kind, length, protected):
    """`protected`: the record may be longer by what the protection adds."""
    if not CCS <= kind <= HEARTBEAT or length > LONGEST + (EXPANSION if protected else 0):
        raise CutError("bad_tls")
    if length == 0 and not protected and kind in (CCS, ALERT, HANDSHAKE):     # RFC 5246 6.2.1: no zero-length fragments of these
        raise CutError("bad_tls")


class Stream:
    """The octets of one end over TLS; `protected`, asked of the judge, tells whether a clear record would be one too long."""

    def __init__(self, end, protected):
        self.end, self.protected = end, protected
        self.waiting = bytearray()

    def feed(self, octets):
        """Records, one by one: what was judged before may change what is allowed next."""
        self.waiting += octets
        at = 0
        while len(self.waiting) - at >= 5:
            kind, version = self.waiting[at], bytes(self.waiting[at + 1:at + 3])
            length = int.from_bytes(self.waiting[at + 3:at + 5], "big")
            if version[0] != 3:
                raise CutError("bad_tls")
            check_header(kind, length, self.protected(self.end, kind))
            if len(self.waiting) - at < 5 + length:
                break
            yield Record(self.end, kind, version, bytes(self.waiting[at + 5:at + 5 + length]))
            at += 5 + length
        del self.waiting[:at]


def tls_records(segments, protected, truncated):
    """`truncated` is called where an end has said its last in the middle of a record and the other goes on."""
    streams = {end: Stream(end, protected) for end in ("client", "server")}
    last = {end: i for i, (end, octets) in enumerate(segments) if octets}
    for i, (end, octets) in enumerate(segments):
        other = "server" if end == "client" else "client"
        if octets and streams[other].waiting and last[other] < i:       # nothing more comes of the other end
            truncated()
        yield from streams[end].feed(octets)


def dtls_records(segments):
    for end, datagram in segments:
        at = 0
        while at < len(datagram):
            if len(datagram) - at < 13:
                raise CutError("bad_tls")
            kind, version = datagram[at], datagram[at + 1:at + 3]
            sequence = int.from_bytes(datagram[at + 3:at + 11], "big")
            length = int.from_bytes(datagram[at + 11:at + 13], "big")
            if version[0] != 0xFE or at + 13 + length > len(datagram):
                raise CutError("bad_tls")
            check_header(kind, length, sequence >> 48)
            yield Record(end, kind, version, datagram[at + 13:at + 13 + length], sequence)
            at += 13 + length
