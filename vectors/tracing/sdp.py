"""Session descriptions (RFC 8866), as far as a trace is judged by them; key-mgmt of RFC 4567 3."""

import base64
import re

TOKEN = re.compile(r"[!#$%&'*+\-.0-9A-Z^_`a-z{|}~]+")
BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
SECURED_RTP = ("RTP/SAVP", "RTP/SAVPF")


class Attribute:
    """`m_line` None: session level. `offset`: of its line in the text."""

    def __init__(self, name, value, m_line, offset, length):
        self.name, self.value, self.m_line, self.offset, self.length = name, value, m_line, offset, length


class KeyMgmt:
    """`whole`: it has prtcl-id and data, one space between them, and prtcl-id is a token."""

    def __init__(self, attribute, index):
        self.attribute, self.index, self.m_line = attribute, index, attribute.m_line
        given = attribute.value or ""
        value = given.lstrip(" ")
        self.protocol, self.space, self.data = value.partition(" ")
        self.whole = bool(len(given) - len(value) <= 1 and self.space and self.data and not self.data.startswith(" ") and TOKEN.fullmatch(self.protocol))      # RFC 4567 3: 0*1SP
        self.mikey = self.protocol == "mikey"
        self.octets = from_base64(self.data)


def from_base64(text):
    """None where it is not RFC 4648 4 with its padding and nothing else, or empty."""
    if not text or not BASE64.fullmatch(text):
        return None
    return base64.b64decode(text)


class Media:
    def __init__(self, index, line, offset):
        words = line.split()
        self.index, self.offset, self.length = index, offset, len(line) + 2
        self.media, port, self.proto = words[0], words[1], words[2]
        self.port = int(port.partition("/")[0])
        self.address = None

    @property
    def words(self):
        return self.proto.upper().split("/")

    @property
    def tls(self):
        """X/TLS/Y."""
        return len(self.words) == 3 and self.words[1] == "TLS"

    @property
    def rtp(self):
        return self.proto.upper() in SECURED_RTP

    def carries(self, protocol):
        return len(self.words) >= 2 and self.words[-1] == protocol and self.words[0] not in ("RTP",)

    @property
    def kind(self):
        """What MIKEY gives keys for: rtp, tls; None."""
        return "rtp" if self.rtp else "tls" if self.tls else None


class Description:
    def __init__(self, text):
        self.text, self.media, self.attributes, self.keys = text, [], [], []
        session_address, at = None, 0
        for raw in re.split(r"(?<=\n)", text):
            line = raw.rstrip("\r\n")
            kind, value = line[:2], line[2:]
            if kind == "m=":
                self.media.append(Media(len(self.media), value, at))
            elif kind == "c=":
                words = value.split()
                address = words[2].partition("/")[0] if len(words) > 2 else None
                if self.media:
                    self.media[-1].address = address
                else:
                    session_address = address
            elif kind == "a=":
                name, colon, rest = value.partition(":")
                one = Attribute(name, rest.strip(" \t") if colon and name != "key-mgmt" else rest if colon else None,
                                len(self.media) - 1 if self.media else None, at, len(line))
                self.attributes.append(one)
                if name == "key-mgmt":
                    self.keys.append(KeyMgmt(one, len(self.keys)))
            at += len(raw)
        for media in self.media:
            media.address = media.address or session_address

    def own(self, m_line, name):
        return [one.value for one in self.attributes if one.m_line == m_line and one.name == name]

    def has(self, m_line, name):
        return any(one.m_line == m_line and one.name == name for one in self.attributes)

    def covered(self, key):
        """The m-lines that a key-mgmt attribute covers: session level, all whose keys MIKEY gives but those with one of their own."""
        if key.m_line is not None:
            return [self.media[key.m_line]] if self.media[key.m_line].kind else []
        taken = {one.m_line for one in self.keys}
        return [media for media in self.media if media.kind and media.index not in taken]

    def keys_for(self, m_line):
        """The key-mgmt attributes that count for an m-line: its own, else the session's."""
        own = [key for key in self.keys if key.m_line == m_line]
        return own or [key for key in self.keys if key.m_line is None]

    def mikey_for(self, m_line):
        """Whether a mikey attribute covers the m-line."""
        return any(key.mikey and any(one.index == m_line for one in self.covered(key)) for key in self.keys)

    def fingerprints(self, m_line):
        """(hash, octets) of the m-line, else of the session (RFC 8122 5)."""
        own = self.own(m_line, "fingerprint") or self.own(None, "fingerprint")
        out = []
        for value in own:
            name, _, digits = (value or "").partition(" ")
            try:
                out.append((name.lower(), bytes.fromhex(digits.strip().replace(":", ""))))
            except ValueError:
                continue
        return out

    def protocols(self):
        """The prtcl-ids of all key-mgmt attributes in the order of the text, each once."""
        return list(dict.fromkeys(key.protocol for key in self.keys if key.protocol))

    def end(self, m_line):
        """(address, port) where this side wants the media; MSRP: the authority of the first URI of a=path where it is an address (RFC 4975 8.2)."""
        media = self.media[m_line]
        if media.carries("MSRP") and not self.has(m_line, "msrp-cema") and not self.has(None, "msrp-cema"):       # RFC 6714
            found = re.match(r"msrps?://(?:[^@/]*@)?(\[[0-9A-Fa-f:.]+\]|[0-9.]+):([0-9]+)[/;]", (self.own(m_line, "path") or [""])[0] or "")
            if found:
                return found[1].strip("[]").lower(), int(found[2])
        return (media.address or "").lower(), media.port


def read(octets):
    """None where it cannot be read."""
    try:
        text = octets.decode("latin-1")
        if not text.startswith("v="):
            return None
        return Description(text)
    except (ValueError, IndexError):
        return None
