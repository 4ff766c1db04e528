"""Media that calls set up: the m-lines of offers and answers, the connections and packets that are theirs (TRACE.md sections 3 and 5)."""

import hashlib

from tlspsk.judge import judge as judge_tls

from .keyed import crypto_sessions
from .units import port_of, same_address

TLS_TYPES = range(20, 25)
CHANGE_CIPHER_SPEC, HANDSHAKE, DATA = 20, 22, 23
CERTIFICATE = 11
HASHES = {"sha-1": "sha1", "sha-224": "sha224", "sha-256": "sha256", "sha-384": "sha384", "sha-512": "sha512"}


class Connection:
    """Units between two ends that are neither SIP, HTTP nor RTP: in `first` the client is the end that sent the first one, until an m-line
    says which is the server."""

    def __init__(self, unit):
        self.first, self.units = unit, []
        self.client, self.server = unit.source, unit.destination
        self.datagrams = unit.transport == "udp"
        self.line = self.number = None
        self.findings, self.judgement, self.tek = set(), None, None

    def begins_with_tls(self):
        return self.first.kind == "tls" and begins_record(self.first.octets)

    def octets(self, end):
        return b"".join(unit.octets for unit in self.units if unit.source == end)

    def records(self, end):
        """(type, octets) of the records of an end."""
        data, at, out, header = self.octets(end), 0, [], 13 if self.datagrams else 5
        while at + header <= len(data):
            size = int.from_bytes(data[at + header - 2:at + header], "big")
            if data[at] not in TLS_TYPES:
                break
            out.append((data[at], data[at + header:at + header + size]))
            at += header + size
        return out

    def segments(self):
        return [{"from": "client" if unit.source == self.client else "server", "hex": unit.octets.hex()} for unit in self.units]

    def completed(self):
        """ChangeCipherSpec or application data of both ends."""
        return all(any(kind in (CHANGE_CIPHER_SPEC, DATA) for kind, _ in self.records(end)) for end in (self.client, self.server))

    def handshake(self, end, wanted):
        """The bodies of handshake messages in clear of that type, of TLS."""
        data, out = b"", []
        for kind, body in self.records(end):
            if kind == CHANGE_CIPHER_SPEC:
                break
            if kind == HANDSHAKE:
                data += body
        head = 12 if self.datagrams else 4
        while len(data) >= head:
            size = int.from_bytes(data[1:4], "big")
            if data[0] == wanted:
                out.append(data[head:head + size])
            data = data[head + size:]
        return out

    def certificates(self, end):
        """The first certificate of the Certificate messages of an end."""
        bodies = self.handshake(end, CERTIFICATE)[:1]
        return [body[6:6 + int.from_bytes(body[3:6], "big")] for body in bodies if body[3:6] not in (b"", b"\0\0\0")]

    def unit_with(self, end, wanted):
        """The unit in which the handshake message begins."""
        before = b""
        for unit in self.units:
            if unit.source != end:
                continue
            before += unit.octets
            own = Connection(self.first)
            own.units, own.client, own.server, own.datagrams = [unit], self.client, self.server, self.datagrams
            if own.handshake(end, wanted):
                return unit
        return self.first


def begins_record(octets):
    return len(octets) >= 3 and octets[0] in TLS_TYPES and octets[1] in (0x03, 0xFE)


class Line:
    """An m-line of an offer and of the answer to it, on a leg. `offers`, `answers`: the Founds whose attributes cover it."""

    def __init__(self, offer, answer, index):
        self.offer, self.answer, self.index = offer, answer, index
        self.media = offer.description.media[index]
        self.offer_end = offer.description.end(index)
        self.answer_end = answer.description.end(index) if answer and index < len(answer.description.media) else None

    @property
    def since(self):
        """What accepts the offer with this answer: the 2xx, or the ACK; None."""
        return next((accepts.unit for answer, accepts in self.offer.accepting() if answer is self.answer), None)

    @property
    def accepted(self):
        return self.answer is not None and self.answer.takes(self.index)

    def side(self, end_text):
        """offerer or answerer: whose address that is."""
        for name, end in (("offerer", self.offer_end), ("answerer", self.answer_end)):
            if end and same_address(end[0], end_text):
                return name
        return None

    def covering(self, step):
        return [one for one in step.found if one.key is not None and any(media.index == self.index for media in one.covered)]

    @property
    def init(self):
        """The message of the offer that covers it."""
        found = self.covering(self.offer.step)
        return found[0] if found else None

    def sessions(self):
        return crypto_sessions(self.init, self.index) if self.init else []


class Media:
    def __init__(self, units, calls, secrets, profile_of, settings):
        self.units, self.calls, self.secrets = units, calls, secrets
        self.profile_of, self.settings = profile_of, settings
        self.lines = [Line(offer, answer, media.index) for call in calls.calls for leg in call.legs for offer in leg.offers
                      for answer in (list(offer.answers.values()) or [None]) for media in offer.description.media]
        self.connections, self.packets = [], []
        self.gather()

    def gather(self):
        by_ends = {}
        for unit in self.units:
            if unit.kind in ("sip", "http"):
                continue
            if unit.kind == "rtp":
                line = self.line_of_packet(unit)
                if line is not None:
                    self.packets.append((unit, line))
                continue
            ends = frozenset((unit.source, unit.destination))
            if ends not in by_ends:
                by_ends[ends] = Connection(unit)
                self.connections.append(by_ends[ends])
            by_ends[ends].units.append(unit)
        for connection in self.connections:
            self.place(connection)
        self.connections = [one for one in self.connections if one.line is not None or one.first.kind == "tls"]
        for number, connection in enumerate(self.connections):
            connection.number = number
            self.judge(connection)

    def newest(self, lines):
        """Of the newest offer; of several legs the first."""
        if not lines:
            return None
        last = max(line.offer.unit.index for line in lines)
        call = next(line.offer.call for line in lines if line.offer.unit.index == last)
        same = [line for line in lines if line.offer.call is call]
        first = min(line.offer.leg.number for line in same)
        return [line for line in same if line.offer.leg.number == first][-1]

    def line_of_packet(self, unit):
        fitting = []
        for line in self.lines:
            if line.offer.unit.index > unit.index or not line.media.proto.upper().startswith("RTP/"):
                continue
            for here, there in ((line.offer_end, line.answer_end), (line.answer_end, line.offer_end)):
                if here and there and same_address(here[0], unit.destination) and here[1] == port_of(unit.destination) and same_address(there[0], unit.source):
                    fitting.append(line)
                    break
        return self.newest(fitting)

    def place(self, connection):
        for client, server in ((connection.client, connection.server), (connection.server, connection.client)):
            fitting = []
            for line in self.lines:
                if line.offer.unit.index > connection.first.index or line.media.proto.upper().startswith("RTP/"):
                    continue
                ends = ((line.offer_end, line.answer_end), (line.answer_end, line.offer_end))
                if any(here and there and same_address(here[0], server) and here[1] == port_of(server) and same_address(there[0], client)
                       for here, there in ends):
                    fitting.append(line)
            if fitting:
                connection.client, connection.server = client, server
                connection.line = self.chosen(connection, fitting)
                return

    def chosen(self, connection, fitting):
        """Of several m-lines that name the same end (RFC 4975): under whose TEK it verifies, else whose fingerprint fits, else of the newest."""
        newest = self.newest(fitting)
        others = sorted((line for line in fitting if line is not newest), key=lambda line: -line.offer.unit.index)
        if len({(line.offer.call, line.index) for line in fitting}) > 1 and connection.begins_with_tls():
            for fits in (self.verifies, self.certified):
                found = next((line for line in [newest, *others] if fits(connection, line)), None)
                if found is not None:
                    return found
        return newest

    def verifies(self, connection, line):
        if not (line.media.tls and line.accepted and line.init) or len(line.sessions()) != 1:
            return False
        connection.line = line
        tek, identity13 = self.tek_of(line)
        proofs = self.under(connection, tek, identity13) if tek else {"client": None, "server": None}
        return "verified" in (proofs["client"], proofs["server"]) and "failed" not in (proofs["client"], proofs["server"])

    @staticmethod
    def certified(connection, line):
        """Whether each certificate that is sent is one of its side's fingerprints, and one is."""
        sides = [(line.offer_end, line.offer.description)] + ([(line.answer_end, line.answer.description)] if line.answer else [])
        fit = []
        for end, description in sides:
            sender = next((one for one in (connection.client, connection.server) if end and same_address(end[0], one)), None)
            prints = [one for one in description.fingerprints(line.index) if one[0] in HASHES]
            for sent in connection.certificates(sender) if sender and prints else ():
                fit.append(any(hashlib.new(HASHES[name], sent).digest() == octets for name, octets in prints))
        return bool(fit) and all(fit)

    # --- TLS under keys -------------------------------------------------------------------------------------------

    def judge(self, connection):
        line = connection.line
        if line is None or not connection.begins_with_tls() or not (line.media.tls and line.accepted and line.init):
            connection.proofs = self.under(connection, None)        # no m-line under a ticket: told, and not judged
            return
        tek, identity13 = self.tek_of(line)
        connection.tek = tek
        connection.judgement = connection.proofs = self.under(connection, tek, identity13)
        connection.findings = set(connection.judgement["findings"])

    def tek_of(self, line):
        """The TEK of the m-line's crypto session, and the identity that TLS 1.3 gives it."""
        sessions = line.sessions()
        if len(sessions) != 1:
            return None, None
        csb_id, cs_id = line.init.original.csb_id, sessions[0]["cs_id"]
        spi = self.settings.get("tls13_identity") == "spi"
        return self.secrets.tek(csb_id, cs_id), bytes.fromhex(sessions[0]["spi"]) if spi else csb_id.to_bytes(4, "big") + bytes([cs_id])

    def under(self, connection, tek, identity13=None):
        ask = {"transport": "dtls" if connection.datagrams else "tls", "profile": self.profile_of(connection.line.init if connection.line else None), "settings": self.settings,
               "tek": tek.hex() if tek else None, "identity13": identity13.hex() if identity13 else None, "segments": connection.segments()}
        return judge_tls(ask).as_answer()
