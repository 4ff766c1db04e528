"""Puts handshake messages together: from a stream (RFC 5246 7.4), or from fragments of DTLS (RFC 6347 4.2)."""

from .reading import HELLO_VERIFY_REQUEST
from .records import CutError

PAGE = 64
LONG = 128 << 10                        # TLS.md section 5
HERE = (1 << PAGE) - 1


class StreamMessages:
    """Handshake messages of one end over TLS."""

    def __init__(self):
        self.waiting = bytearray()

    def feed(self, octets):
        """(type, body, the message as it is hashed)"""
        self.waiting += octets
        at = 0
        while len(self.waiting) - at >= 4:
            length = int.from_bytes(self.waiting[at + 1:at + 4], "big")
            if len(self.waiting) - at < 4 + length:
                break
            whole = bytes(self.waiting[at:at + 4 + length])
            at += 4 + length
            yield whole[0], whole[4:], whole
        del self.waiting[:at]


class Partial:
    """One message, of which fragments have come; kept in pages, so that it costs what was sent and not what is claimed.
    `pages`: number -> octets, zeros where none has come; `here`: number -> a bit for each octet that has. Neither is anything that
    Python's collector of cycles goes through: lists in the place of pages cost more for each fragment the more there were."""

    def __init__(self, kind, length):
        self.kind, self.length, self.count, self.pages, self.here = kind, length, 0, {}, {}

    def add(self, offset, octets):
        at = 0
        while at < len(octets):
            number, place = divmod(offset + at, PAGE)
            part = octets[at:at + PAGE - place]
            self.add_to_page(number, place, part)
            at += len(part)

    def add_to_page(self, number, place, part):
        if number not in self.pages:
            self.pages[number], self.here[number] = bytearray(PAGE), 0
        page, here = self.pages[number], self.here[number]
        new = (HERE >> PAGE - len(part)) << place
        if here & new:
            if any(here >> i & 1 and page[i] != octet for i, octet in enumerate(part, place)):
                raise CutError("bad_tls")
        self.count += (new & ~here).bit_count()
        page[place:place + len(part)] = part
        self.here[number] = here | new

    @property
    def whole(self):
        return self.count == self.length

    def body(self):
        return b"".join(self.pages[number] for number in sorted(self.pages))[:self.length]


class DatagramMessages:
    """Handshake messages of one end over DTLS, given out in the order of message_seq; what comes again must be the same."""

    def __init__(self, sent):
        """`sent`: the octets of this end, all together."""
        self.partial, self.next, self.sent = {}, 0, sent

    def feed(self, octets):
        at = 0
        while at < len(octets):
            if len(octets) - at < 12:
                raise CutError("bad_tls")
            kind, number = octets[at], int.from_bytes(octets[at + 4:at + 6], "big")
            length, offset, count = (int.from_bytes(octets[at + i:at + i + 3], "big") for i in (1, 6, 9))
            at += 12
            if offset + count > length or count > len(octets) - at:
                raise CutError("bad_tls")
            yield from self.add(kind, number, length, offset, octets[at:at + count])
            at += count

    def add(self, kind, number, length, offset, fragment):
        one = self.partial.setdefault(number, Partial(kind, length))
        if kind == one.kind == HELLO_VERIFY_REQUEST and one.whole:
            return                          # made anew for each ClientHello, with a cookie that may differ
        if (kind, length) != (one.kind, one.length):
            raise CutError("bad_tls")
        if length > LONG and length > self.sent:
            return                          # it never comes whole, so its octets are not looked at
        one.add(offset, fragment)
        while self.next in self.partial and self.partial[self.next].whole:
            done, number = self.partial[self.next], self.next
            self.next += 1                  # before it is given out: what that sets free may be of this end
            body = done.body()
            header = bytes([done.kind]) + len(body).to_bytes(3, "big")
            # RFC 6347 4.2.6: hashed as one fragment
            yield done.kind, body, header + number.to_bytes(2, "big") + bytes(3) + header[1:] + body
