"""Values of the headers that say what a part is: tokens, quoted strings, comments (RFC 5322 3.2), parameters (RFC 2045 5.1, RFC 2231)."""

import re
from urllib.parse import unquote_to_bytes

TOKEN = re.compile(r"[!#$%&'*+\-.0-9A-Z^_`a-z{|}~]+")           # RFC 2045 5.1
VALUE = re.compile(r'[^\0-\x20()<>@,;:\\"/\[\]?=\x7f]+')         # a token, and octets beyond ASCII too
EXTENDED = re.compile(r"([^*]+)(?:\*([0-9]{1,3}))?(\*)?")


def without_comments(text):
    """Comments, nested too, become a blank; one that does not end goes on to the end of the text. Linear."""
    out, depth, quoted, at = [], 0, False, 0
    while at < len(text):
        char = text[at]
        if char == "\\" and (quoted or depth):
            if not depth:
                out.append(text[at:at + 2])
            at += 2
            continue
        if char == '"' and not depth:
            quoted = not quoted
        if not quoted and char == "(":
            depth += 1
        if not depth:
            out.append(char)
        if not quoted and char == ")" and depth:
            depth -= 1
            if not depth:
                out.append(" ")
        at += 1
    return "".join(out)


def quoted(text):
    """(what stands in the quotes that `text` begins with, the rest); None where they do not end."""
    match = re.match(r'"((?:[^"\\]|\\.)*)"', text, re.DOTALL)
    return None if match is None else (re.sub(r"\\(.)", r"\1", match[1], flags=re.DOTALL), text[match.end():])


def parameters(text):
    """{name in small letters: value}; of one that stands there twice the first. None where something else stands in the list."""
    found, pieces = {}, {}
    text = text.strip(" \t")
    while text.startswith(";"):
        text = text[1:].lstrip(" \t")
        if not text or text.startswith(";"):
            continue                    # nothing between two semicolons, or behind the last
        match = TOKEN.match(text)
        if match is None:
            return None
        name, text = match[0].lower(), text[match.end():].lstrip(" \t")
        if not text.startswith("="):
            return None
        value = value_of(text[1:].lstrip(" \t"))
        if value is None:
            return None
        text = value[1].lstrip(" \t")
        keep(found, pieces, name, value[0])
    return None if text else {**joined(pieces), **found}


def value_of(text):
    """(a token or what stands in quotes, the rest)."""
    if text.startswith('"'):
        return quoted(text)
    match = VALUE.match(text)
    return None if match is None else (match[0], text[match.end():])


def keep(found, pieces, name, value):
    match = EXTENDED.fullmatch(name)
    if match is None or match[2] is None and match[3] is None:
        found.setdefault(name, value)
    else:
        pieces.setdefault(match[1], {}).setdefault(int(match[2] or 0), (value, match[3] is not None))


def joined(pieces):
    """RFC 2231 3 and 4."""
    out = {}
    for name, parts in pieces.items():
        text = b""
        for number in range(len(parts)):
            if number not in parts:
                break
            value, extended = parts[number]
            if extended and number == 0:
                value = value.split("'", 2)[-1]
            text += unquote_to_bytes(value) if extended else value.encode("latin-1", "replace")
        out[name] = text.decode("utf-8", "replace")
    return out


def content_type(value):
    """(type/subtype in small letters, parameters); (None, {}) where there is none."""
    text = "" if value is None else without_comments(value)
    match = re.match(rf"[ \t]*({TOKEN.pattern})[ \t]*/[ \t]*({TOKEN.pattern})[ \t]*(;|\Z)", text)
    found = None if match is None else parameters(text[match.start(3):])
    return (None, {}) if found is None else (f"{match[1]}/{match[2]}".lower(), found)


def disposition(value):
    text = "" if value is None else without_comments(value)
    match = re.match(rf"[ \t]*({TOKEN.pattern})[ \t]*(;|\Z)", text)
    found = None if match is None else parameters(text[match.start(2):])
    return (None, {}) if found is None else (match[1].lower(), found)


def encoding(value):
    """In small letters; 7bit where the header is not there; what is no one word as it stands."""
    if value is None:
        return "7bit"
    return without_comments(value).strip(" \t").lower()
