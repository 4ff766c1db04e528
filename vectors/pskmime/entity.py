"""MIME entities cut strictly (SMIME.md section 4, "What is read as MIME"). Python's email package takes what it gets, so the cutting is done here."""

import base64
import re

from .errors import SmimeError
from .values import content_type, disposition, encoding

MAX_OCTETS, MAX_HEADERS, MAX_DEPTH, MAX_PARTS = 96 << 20, 16384, 8, 128
LINE_END = re.compile(rb"\r\n|\n|\r")
REST = re.compile(rb"(--)?[ \t]*")
FIELD = re.compile(rb"([!-9;-~]{1,998})[ \t]*:(.*)", re.DOTALL)
ONCE = ("content-type", "content-transfer-encoding", "content-disposition")
ENCODINGS = ("7bit", "8bit", "binary", "base64", "quoted-printable")
FOR_A_SERVER = "application/resource-lists+xml"         # RFC 5363


def bad_mime(text):
    return SmimeError("bad_mime", None, text)


class Entity:
    """`headers`: name in small letters -> value, of those that are looked at. `start`, `body`, `end`: places in `data`."""

    def __init__(self, data, start, body, end, headers):
        self.data, self.start, self.body, self.end, self.headers = data, start, body, end, headers
        self.parts = []
        self.type, self.parameters = content_type(headers.get("content-type"))
        self.disposition, self.disposition_parameters = disposition(headers.get("content-disposition"))

    @property
    def multipart(self):
        return self.type is not None and self.type.startswith("multipart/")

    @property
    def is_text(self):
        return self.type is None or self.type.startswith("text/")

    @property
    def encoding(self):
        return encoding(self.headers.get("content-transfer-encoding"))

    def content(self):
        """The decoded body; None where the encoding is not known or its rules are broken."""
        raw = self.data[self.body:self.end]
        if self.encoding == "base64":
            return from_base64(raw)
        if self.encoding == "quoted-printable":
            return from_quoted_printable(raw)
        return raw if self.encoding in ENCODINGS else None

    def walk(self):
        yield self
        for part in self.parts:
            yield from part.walk()

    def for_a_server(self):
        return self.type == FOR_A_SERVER or self.disposition == "recipient-list"


def read(data):
    if len(data) > MAX_OCTETS:
        raise SmimeError("too_large")
    return read_entity(data, 0, len(data), False, Budget())


def with_headers(data, start, headers):
    """The entity whose headers stood elsewhere: the body of a SIP request."""
    if len(data) > MAX_OCTETS:
        raise SmimeError("too_large")
    return open_parts(Entity(data, start, start, len(data), headers), Budget())


class Budget:
    def __init__(self):
        self.parts, self.depth = 0, 0


def read_entity(data, start, end, is_part, budget):
    budget.parts += is_part
    if budget.parts > MAX_PARTS:
        raise SmimeError("too_large")
    headers, body = read_headers(data, start, end, is_part)
    return open_parts(Entity(data, start, body, end, headers), budget)


def open_parts(entity, budget):
    if not entity.multipart:
        return entity
    if budget.depth == MAX_DEPTH:
        raise SmimeError("too_deep")
    budget.depth += 1
    for start, end in cut_multipart(entity):
        entity.parts.append(read_entity(entity.data, start, end, True, budget))
    budget.depth -= 1
    return entity


def lines(data, start, end):
    """(start of a line, its end without and with the line end), one after the other."""
    while start < end:
        match = LINE_END.search(data, start, end)
        stop, after = match.span() if match else (end, end)
        yield start, stop, after
        start = after


def read_headers(data, start, end, is_part):
    """({name: value}, where the body begins)."""
    fields, body = [], None
    for at, stop, after in lines(data, start, end):
        if after - start > MAX_HEADERS:
            raise SmimeError("too_large")
        line = data[at:stop]
        if not line:
            body = after
            break
        if line[:1] in b" \t":
            if not fields:
                raise bad_mime("a line that goes on behind nothing")
            fields[-1].append(line)
        else:
            fields.append([line])
    if body is None and not is_part:
        raise bad_mime("no empty line behind the headers")
    if not fields and not is_part:
        raise bad_mime("no header")
    return named(fields, bad_mime), end if body is None else body


def named(fields, error, once=ONCE, names=None, field=FIELD):
    """The headers of `once`, in small letters, their lines joined."""
    found = {}
    for parts in fields:
        match = field.fullmatch(b"".join(parts))
        if match is None or b"\0" in match[0] or field.match(parts[0]) is None:
            raise error("a header line")
        name = match[1].decode("latin-1").lower()
        name = (names or {}).get(name, name)
        if name in once:
            if name in found:
                raise error(f"{name} twice")
            found[name] = match[2].decode("latin-1")
    return found


def cut_multipart(entity):
    """(start, end) of each part."""
    boundary = entity.parameters.get("boundary", "")
    if not 1 <= len(boundary) <= 70:
        raise bad_mime("boundary")
    spans, opened = [], None
    for at, after, closes in delimiters(entity, b"--" + boundary.encode("latin-1", "replace")):
        if opened is not None:
            spans.append((opened, before_line_end(entity.data, opened, at)))
        if closes:
            return spans
        opened = after
    raise bad_mime("no delimiter that closes")


def delimiters(entity, mark):
    """(its start, where the next part begins, does it close) of each line that is a delimiter."""
    data, at = entity.data, entity.body
    while (at := data.find(mark, at, entity.end)) >= 0:
        behind = REST.match(data, at + len(mark), entity.end)
        stop = behind.end()
        line_end = LINE_END.match(data, stop, entity.end)
        if (line_end or stop == entity.end) and (at == entity.body or data[at - 1:at] in (b"\r", b"\n")):
            yield at, line_end.end() if line_end else stop, behind[1] is not None
        at += len(mark)


def before_line_end(data, start, at):
    """Where the line end before a delimiter begins: it is the delimiter's."""
    if at - 2 >= start and data[at - 2:at] == b"\r\n":
        return at - 2
    return max(at - 1, start)


def from_base64(raw):
    """RFC 2045 6.8 and nothing beside it."""
    packed = raw.translate(None, b" \t\r\n")
    if len(packed) % 4 or re.fullmatch(rb"[A-Za-z0-9+/]*={0,2}", packed) is None:
        return None
    out = base64.b64decode(packed)
    return out if base64.b64encode(out) == packed else None


def from_quoted_printable(raw):
    """RFC 2045 6.7."""
    out = bytearray()
    for at, stop, after in lines(raw, 0, len(raw)):
        line = raw[at:stop].rstrip(b" \t")
        soft = line.endswith(b"=")
        if soft and after == len(raw) and stop == after:
            return None
        if re.fullmatch(rb"(?:[ -<>-~\t]|=[0-9A-Fa-f]{2})*", line[:-1] if soft else line) is None:
            return None
        out += re.sub(rb"=(..)", lambda match: bytes([int(match[1], 16)]), line[:-1] if soft else line)
        if not soft:
            out += raw[stop:after]
    return bytes(out)


def begins_content_info(octets):
    """`30`, a length, `06`."""
    if len(octets) < 3 or octets[0] != 0x30:
        return False
    more = octets[1] & 127 if octets[1] & 128 else 0
    at = 2 + more
    return (octets[1] <= 128 or 0x81 <= octets[1] <= 0x84) and octets[at:at + 1] == b"\x06"


def canonical(entity):
    """Whether every line that RFC8551-3.1.1-x01 speaks of ends in CRLF."""
    if not all_crlf(entity.data, entity.start, entity.body):
        return False
    if entity.multipart:
        at = entity.body
        for part in entity.parts:
            if not all_crlf(entity.data, at, part.start) or not canonical(part):
                return False
            at = part.end
        return all_crlf(entity.data, at, entity.end)
    if entity.is_text and entity.encoding in ("7bit", "8bit", "binary"):
        return all_crlf(entity.data, entity.body, entity.end)
    return True


BARE = re.compile(rb"\r(?!\n)|(?<!\r)\n")


def all_crlf(data, start, end):
    return BARE.search(data[start:end]) is None
