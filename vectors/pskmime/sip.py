"""SIP requests cut strictly (RFC 3261 7, 18.3, 20; SMIME.md section 4, `bad_sip`)."""

import re

from . import entity
from .errors import SmimeError
from .values import quoted

COMPACT = {"f": "from", "t": "to", "c": "content-type", "l": "content-length", "e": "content-encoding", "o": "event"}
ONCE = ("from", "to", "content-type", "content-length", "content-transfer-encoding", "content-disposition", "event", "content-encoding")
START = re.compile(rb"([!%'*+\-.0-9A-Z_`a-z~]+) ([^ \r\n]+) SIP/2\.0")
FIELD = re.compile(rb"([^:]*[^: \t])[ \t]*:(.*)", re.DOTALL)
METHODS = (b"MESSAGE", b"NOTIFY")
URI = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):((?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+)")          # RFC 3986 2
SIP = re.compile("sips?:", re.IGNORECASE)


def bad_sip(text):
    return SmimeError("bad_sip", None, text)


class Request:
    def __init__(self, method, uri, headers, body, asserted):
        self.method, self.uri, self.headers, self.body = method, uri, headers, body     # body: an Entity
        self.asserted = asserted            # the values of P-Asserted-Identity, one a header

    def sender(self):
        """Whom the signalling names as sender: the first SIP or SIPS URI of P-Asserted-Identity (RFC 3325 9.1), without that header From's; None: nobody."""
        if not self.asserted:
            return address(self.headers["from"])
        uris = (address(one) for value in self.asserted for one in split_at_commas(value))
        return next((uri for uri in uris if SIP.match(uri) and is_uri(uri)), None)

    @property
    def event(self):
        """The event package, without parameters (RFC 6665 8.2.1)."""
        return self.headers.get("event", "").split(";")[0].strip(" \t")


def read(data):
    if len(data) > entity.MAX_OCTETS:
        raise SmimeError("too_large")
    fields, body = [], None
    for at, stop, after in entity.lines(data, 0, len(data)):
        line = data[at:stop]
        if data[stop:after] == b"\r":
            raise bad_sip("CR alone")
        if not line and not fields:         # RFC 3261 7.5
            continue
        if not line:
            body = after
            break
        if not fields:
            start = START.fullmatch(line)
            if start is None or start[1] not in METHODS:
                raise bad_sip("no start line of a request")
            fields.append(None)
        elif line[:1] in b" \t" and len(fields) > 1:
            fields[-1].append(line)
        else:
            fields.append([line])
    if body is None or not fields:
        raise bad_sip("no empty line behind the headers")
    headers = entity.named(fields[1:], bad_sip, ONCE, COMPACT, FIELD)
    method, uri = start[1].decode("ascii"), start[2].decode("latin-1")
    if not {"from", "to"} <= headers.keys():
        raise bad_sip("no From or To")
    for one in (uri, address(headers["from"]), address(headers["to"])):
        if not is_uri(one):
            raise bad_sip("no URI")
    if headers.get("content-encoding", "identity").strip(" \t").lower() != "identity":
        raise bad_sip("Content-Encoding")
    end = length_of(headers, body, len(data))
    return Request(method, uri, headers, body_of(data[:end], body, headers), asserted(fields[1:]))


def body_of(data, start, headers):
    """A body of no octets is no part of anything."""
    mime = {name: headers[name] for name in entity.ONCE if name in headers}
    return entity.with_headers(data, start, mime)


def length_of(headers, body, end):
    if "content-length" not in headers:
        return end
    text = headers["content-length"].strip(" \t")
    if re.fullmatch(r"[0-9]{1,18}", text) is None or int(text) > end - body:
        raise bad_sip("Content-Length")
    return body + int(text)


def asserted(fields):
    found = (FIELD.fullmatch(b"".join(parts)) for parts in fields)
    return [match[2].decode("latin-1") for match in found if match[1].lower() == b"p-asserted-identity"]


def split_at_commas(value):
    """The values of a header with several: commas in quotes and in angle brackets divide nothing."""
    out, start, in_quotes, inside, at = [], 0, False, False, 0
    while at < len(value):
        char = value[at]
        if char == "\\" and in_quotes:
            at += 1
        elif char == '"':
            in_quotes = not in_quotes
        elif not in_quotes and char in "<>":
            inside = char == "<"
        elif char == "," and not in_quotes and not inside:
            out.append(value[start:at])
            start = at + 1
        at += 1
    return [*out, value[start:]]


def address(value):
    """The URI of From or To: in angle brackets, or up to the first semicolon (RFC 3261 20.10)."""
    rest = value.strip()
    if rest.startswith('"'):
        cut = quoted(rest)
        rest = "" if cut is None else cut[1].lstrip()
    else:
        display = rest.partition("<")[0]
        rest = "" if '"' in display else rest[len(display):]
    end = rest.find(">")
    if rest.startswith("<") and end > 0 and "<" not in rest[1:end]:
        return rest[1:end]
    return value.split(";")[0].strip(" \t")


def is_uri(text):
    """RFC 3986 2; a SIP URI has a host, and no user of no characters."""
    match = URI.fullmatch(text)
    if match is None:
        return False
    user, at, host = match[2].rpartition("@")
    return not SIP.match(text) or bool(re.split(r"[;?]", host)[0] and not (at and not user.split(":")[0]))
