"""SIP messages (RFC 3261 7, 20): start line, header fields, body, as far as a trace is judged by them."""

import re

from pskmime import entity
from pskmime.errors import SmimeError
from pskmime.messages import kms_uid
from pskmime.sip import SIP as SIP_SCHEME
from pskmime.sip import address, split_at_commas

COMPACT = {"v": "via", "f": "from", "t": "to", "i": "call-id", "m": "contact", "c": "content-type", "l": "content-length",
           "e": "content-encoding", "o": "event", "k": "supported", "s": "subject"}
REQUEST = re.compile(r"([A-Za-z0-9\-.!%*_+`'~]+) (\S+) SIP/2\.0", re.IGNORECASE)          # RFC 3261 7.1: the version is not case-sensitive
RESPONSE = re.compile(r"SIP/2\.0 ([1-6][0-9]{2})(?: .*)?", re.IGNORECASE)
CSEQ = re.compile(r"\s*([0-9]+)\s+([A-Za-z0-9\-.!%*_+`'~]+)\s*")
MIME = ("content-type", "content-transfer-encoding", "content-disposition")


class BadSip(Exception):
    pass


class Message:
    def __init__(self, octets):
        start = len(octets) - len(octets.lstrip(b"\r\n"))
        head, gap, body = octets[start:].partition(b"\r\n\r\n")
        if not gap:
            raise BadSip
        lines = re.sub(r"\r\n[ \t]+", " ", head.decode("latin-1")).split("\r\n")
        self.first_line, self.octets = lines[0], octets
        asked, answered = REQUEST.fullmatch(lines[0]), RESPONSE.fullmatch(lines[0])
        if not asked and not answered:
            raise BadSip
        self.request = asked is not None
        self.method, self.uri = (asked[1], asked[2]) if asked else (None, None)
        self.status = None if asked else int(answered[1])
        self.headers = []
        for line in lines[1:]:
            name, colon, value = line.partition(":")
            name = name.strip(" \t").lower()
            if colon and name:
                self.headers.append((COMPACT.get(name, name), value.strip(" \t")))
        self.body_offset = start + len(head) + 4
        length = self.get("content-length")
        if length is not None and (not length.isdigit() or int(length) > len(body)):
            raise BadSip
        self.body = body if length is None else body[:int(length)]
        cseq = CSEQ.fullmatch(self.get("cseq") or "")
        self.cseq = (int(cseq[1]), cseq[2]) if cseq else (None, self.method)
        self.call_id = self.get("call-id")
        self.from_uri, self.to_uri = self.uri_of("from"), self.uri_of("to")
        self.from_tag, self.to_tag = self.tag_of("from"), self.tag_of("to")

    def get(self, name):
        return next((value for one, value in self.headers if one == name), None)

    def all(self, name):
        """Every value, those of one header field apart."""
        return [value.strip() for one, text in self.headers if one == name for value in split_at_commas(text)]

    def uri_of(self, name):
        value = self.get(name)
        return address(value) if value else None

    def tag_of(self, name):
        found = re.search(r";\s*tag\s*=\s*([^;\s,]+)", behind_uri(self.get(name) or ""), re.IGNORECASE)
        return found[1] if found else None

    @property
    def sender_tag(self):
        """The tag of who sent this message."""
        return self.from_tag if self.request else self.to_tag

    @property
    def sender_uri(self):
        return self.from_uri if self.request else self.to_uri

    @property
    def other_uri(self):
        return self.to_uri if self.request else self.from_uri

    def contact_focus(self):
        """The URI of a Contact with `isfocus` (RFC 4579), without parameters; None where there is none."""
        for value in self.all("contact"):
            if re.search(r";\s*isfocus\b", behind_uri(value), re.IGNORECASE):
                return bare(address(value))
        return None

    def parts(self):
        """The leaves of the body; [] where it cannot be cut, or is empty."""
        if not self.body:
            return []
        try:
            mime = {name: self.get(name) for name in MIME if self.get(name) is not None}
            whole = entity.with_headers(self.octets[:self.body_offset + len(self.body)], self.body_offset, mime)
            return [part for part in whole.walk() if not part.multipart]
        except SmimeError:
            return []


def behind_uri(value):
    """The parameters of the header field."""
    end = value.rfind(">")
    return value[end + 1:] if end >= 0 else value[value.find(";"):] if ";" in value else ""


def bare(uri):
    """A URI without parameters and headers."""
    return re.split(r"[;?]", uri)[0] if uri else uri


def uid(uri):
    """The KMS UID of a SIP or SIPS URI, in octets; None where it has none."""
    return kms_uid(uri) if uri and SIP_SCHEME.match(uri) else None


def asserted_uid(message):
    """That of P-Asserted-Identity, without that header From's."""
    values = message.all("p-asserted-identity")
    if not values:
        return uid(message.from_uri)
    return next((found for found in (uid(address(value)) for value in values) if found), None)


def mechanisms(message, name):
    """The security mechanisms of Security-Client and its like (RFC 3329): [(mechanism, {parameters})]."""
    out = []
    for value in message.all(name):
        first, *rest = (piece.strip() for piece in value.split(";"))
        out.append((first.lower(), {piece.partition("=")[0].strip().lower() for piece in rest}))
    return out
