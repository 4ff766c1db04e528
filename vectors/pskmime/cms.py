"""Containers cut: ContentInfo and the three types in it (RFC 5652 3, 6.1, 6.2, 9.1; RFC 5083 2.1)."""

import re

from . import ber, names
from .ber import bad

ROW_OF_TYPE = {"auth_enveloped": "RFC5083-2.1-01", "authenticated": "RFC5652-9.1-x01", "enveloped": "RFC5652-6.1-x01"}
KINDS = {None: "ktri", 1: "kari", 2: "kekri", 3: "pwri", 4: "ori"}


class Container:
    """What stands in a container; members that its type has not are None."""

    def __init__(self, type_name):
        self.type = type_name
        self.version = self.content_type = self.algorithm = self.content = self.mac = None
        self.originator = None              # the node
        self.recipients = []
        self.digest = None                  # Algorithm
        self.auth_attrs = self.unauth_attrs = None      # Attributes


class Algorithm:
    def __init__(self, oid, parameters):
        self.oid, self.parameters = oid, parameters     # parameters: a node, None where left out


class Recipient:
    def __init__(self, kind, version):
        self.kind, self.version = kind, version
        self.key_id = self.algorithm = self.wrapped = None
        self.by_key_id = False              # ktri: rid is a SubjectKeyIdentifier
        self.date = None                    # kekri: the octets


class Attributes:
    def __init__(self, node, entries):
        self.node, self.entries = node, entries         # entries: (oid, [value nodes])

    def of(self, oid):
        """The lists of values of the attributes of that type, one an attribute."""
        return [values for name, values in self.entries if name == oid]


class Fields:
    """The children of a SEQUENCE, taken in order."""

    def __init__(self, node, row):
        if not node.constructed:
            raise bad("a SEQUENCE expected", row)
        self.left, self.row = list(node.children), row

    def take(self, test, what):
        node = self.optional(test)
        if node is None:
            raise bad(f"{what} expected", self.row)
        return node

    def optional(self, test):
        return self.left.pop(0) if self.left and test(self.left[0]) else None

    def universal(self, tag, what):
        return self.take(lambda node: node.universal(tag), what)

    def primitive(self, tag, what):
        node = self.universal(tag, what)
        if node.constructed:
            raise bad(f"{what} that is constructed", self.row)
        return node.octets

    def context(self, tag):
        return self.optional(lambda node: node.context(tag))

    def end(self):
        if self.left:
            raise bad("a field too many", self.row)

    def oid(self):
        text = ber.oid_text(self.primitive(ber.OID, "an OBJECT IDENTIFIER"))
        if text is None:
            raise bad("no OBJECT IDENTIFIER", self.row)
        return text

    def integer(self):
        octets = self.primitive(ber.INTEGER, "an INTEGER")
        if not 1 <= len(octets) <= 8 or len(octets) > 1 and octets[0] in (0, 255) and octets[0] >> 7 == octets[1] >> 7:
            raise bad("an INTEGER", self.row)           # X.690 8.3.2 too
        return int.from_bytes(octets, "big", signed=True)

    def octet_string(self, what):
        return ber.string(self.universal(ber.OCTET_STRING, what), self.row)


MAX_RECIPIENTS, MAX_ATTRIBUTES, MAX_BESIDE = 256, 64, 1 << 20       # SMIME.md section 4


def parse(data):
    """Container of a ContentInfo; type `other` is not looked into."""
    root = ber.read(data)
    container = read_info(root)
    if container.type != "other" and len(data) - len(container.content or b"") > MAX_BESIDE and beside(root, data) > MAX_BESIDE:
        raise ber.CmsError("too_large")
    return container


def beside(root, data):
    """The octets that are not of the content, nor of the heads of its segments."""
    return len(data) - sum(node.end - node.start for node in content_of(root))


def content_of(root):
    """The encodings of encryptedContent and eContent: [0] in the SEQUENCE that begins with an OBJECT IDENTIFIER."""
    body = root.children[1].children[0]
    return [child for info in body.children if info.universal(ber.SEQUENCE) for child in info.children[1:] if child.context(0)]


def read_info(root):
    if not root.universal(ber.SEQUENCE):
        raise bad("no ContentInfo")
    fields = Fields(root, ber.CONTENT_INFO)
    oid = fields.oid()
    holder = fields.take(lambda node: node.context(0) and node.constructed and len(node.children) == 1, "[0] content")
    fields.end()
    container = Container(names.TYPES.get(oid, "other"))
    readers = {"auth_enveloped": read_auth_enveloped, "authenticated": read_authenticated, "enveloped": read_enveloped}
    if container.type in readers:
        row = ROW_OF_TYPE[container.type]
        if not holder.children[0].universal(ber.SEQUENCE):
            raise bad("a SEQUENCE expected", row)
        inner = Fields(holder.children[0], row)
        read_head(inner, container)
        readers[container.type](inner, container)
        inner.end()
    return container


def read_head(fields, container):
    container.version = fields.integer()
    container.originator = fields.context(0)
    if container.originator is not None:
        originator = Fields(container.originator, fields.row)       # [0] certs, [1] crls
        originator.context(0), originator.context(1)
        originator.end()
    recipients = fields.universal(ber.SET, "the SET of recipients")
    if len(recipients.children) > MAX_RECIPIENTS:
        raise ber.CmsError("too_large")
    container.recipients = [read_recipient(node, fields.row) for node in recipients.children]


def read_auth_enveloped(fields, container):
    read_encrypted(fields, container)
    container.auth_attrs = read_attributes(fields.context(1), fields.row)
    container.mac = fields.octet_string("mac")
    container.unauth_attrs = read_attributes(fields.context(2), fields.row)


def read_enveloped(fields, container):
    read_encrypted(fields, container)
    container.unauth_attrs = read_attributes(fields.context(1), fields.row)


def read_authenticated(fields, container):
    container.algorithm = read_algorithm(fields.universal(ber.SEQUENCE, "macAlgorithm"), fields.row)
    digest = fields.context(1)
    container.digest = None if digest is None else read_algorithm(digest, fields.row)
    encap = Fields(fields.universal(ber.SEQUENCE, "encapContentInfo"), fields.row)
    container.content_type = encap.oid()
    holder = encap.context(0)
    encap.end()
    if holder is not None:
        inner = Fields(holder, fields.row)
        container.content = inner.octet_string("eContent")
        inner.end()
    container.auth_attrs = read_attributes(fields.context(2), fields.row)
    container.mac = fields.octet_string("mac")
    container.unauth_attrs = read_attributes(fields.context(3), fields.row)


def read_encrypted(fields, container):
    info = Fields(fields.universal(ber.SEQUENCE, "EncryptedContentInfo"), fields.row)
    container.content_type = info.oid()
    container.algorithm = read_algorithm(info.universal(ber.SEQUENCE, "an algorithm"), fields.row)
    content = info.context(0)
    info.end()
    if content is not None:
        container.content = ber.string(content, fields.row)


def read_algorithm(node, row):
    fields = Fields(node, row)
    oid = fields.oid()
    parameters = fields.optional(lambda _: True)
    fields.end()
    return Algorithm(oid, parameters)


def read_attributes(node, row):
    if node is None:
        return None
    if not node.constructed:
        raise bad("a SET OF attributes", row)
    if len(node.children) > MAX_ATTRIBUTES:
        raise ber.CmsError("too_large")
    entries = []
    for child in node.children:
        strings(child, row)
        if not child.universal(ber.SEQUENCE):
            raise bad("an Attribute", row)
        fields = Fields(child, row)
        entries.append((fields.oid(), fields.universal(ber.SET, "the values of an attribute").children))
        fields.end()
    return Attributes(node, entries)


def is_attributes(octets):
    """Whether the octets as a whole are the DER of authAttrs, as a MAC covers them (RFC 5652 9.2; SMIME.md section 3, `refused`)."""
    if not octets.startswith(b"\x31") or len(octets) > MAX_BESIDE:
        return False
    try:
        node = ber.read(octets)
        types = {name for name, _ in read_attributes(node, ber.CONTENT_INFO).entries}
    except ber.CmsError:
        return False
    return {names.CONTENT_TYPE, names.MESSAGE_DIGEST} <= types and ber.is_der(node)


def strings(node, row):
    """The strings in an attribute can be read, whatever segments they are in."""
    if node.constructed and ber.is_string(node):
        ber.string(node, row)
    elif node.constructed:
        for child in node.children:
            strings(child, row)


def read_recipient(node, row):
    if node.universal(ber.SEQUENCE):
        kind = "ktri"
    elif node.cls == ber.CONTEXT and node.tag in (1, 2, 3, 4):
        kind = KINDS[node.tag]
    else:
        raise bad("a RecipientInfo", row)
    fields = Fields(node, row)
    if kind == "ori":                   # 6.2.5: type and value
        fields.oid(), fields.take(lambda _: True, "oriValue")
        fields.end()
        return Recipient(kind, None)
    recipient = Recipient(kind, fields.integer())
    {"ktri": read_ktri, "kari": read_kari, "kekri": read_kekri, "pwri": read_pwri}[kind](fields, recipient)
    fields.end()
    return recipient


def read_ktri(fields, recipient):
    """6.2.1: rid is IssuerAndSerialNumber or [0] SubjectKeyIdentifier."""
    rid = fields.take(lambda node: node.universal(ber.SEQUENCE) or node.context(0), "rid")
    recipient.by_key_id = rid.context(0)
    recipient.algorithm = read_algorithm(fields.universal(ber.SEQUENCE, "an algorithm"), fields.row)
    fields.octet_string("encryptedKey")


def read_kari(fields, recipient):
    """6.2.2, as far as its outer fields."""
    fields.take(lambda node: node.context(0) and node.constructed, "originator")
    fields.optional(lambda node: node.context(1) and node.constructed)
    recipient.algorithm = read_algorithm(fields.universal(ber.SEQUENCE, "an algorithm"), fields.row)
    fields.universal(ber.SEQUENCE, "recipientEncryptedKeys")


def read_pwri(fields, recipient):
    """6.2.4."""
    fields.context(0)
    recipient.algorithm = read_algorithm(fields.universal(ber.SEQUENCE, "an algorithm"), fields.row)
    fields.octet_string("encryptedKey")


def read_kekri(fields, recipient):
    """6.2.3: kekid {keyIdentifier, date OPTIONAL, other OPTIONAL}."""
    kekid = Fields(fields.universal(ber.SEQUENCE, "kekid"), fields.row)
    recipient.key_id = kekid.octet_string("keyIdentifier")
    date = kekid.optional(lambda node: node.universal(ber.GENERALIZED_TIME))
    recipient.date = None if date is None else ber.string(date, fields.row)
    other = kekid.optional(lambda node: node.universal(ber.SEQUENCE))
    kekid.end()
    if other is not None:
        read_algorithm(other, fields.row)           # OtherKeyAttribute: an OID and ANY OPTIONAL, the same shape
    recipient.algorithm = read_algorithm(fields.universal(ber.SEQUENCE, "keyEncryptionAlgorithm"), fields.row)
    recipient.wrapped = fields.octet_string("encryptedKey")


def aead_parameters(algorithm):
    """(nonce, aes-ICVlen or None where left out) of AES-GCM and AES-CCM (RFC 5084 3.1, 3.2); None when they are none."""
    node = algorithm.parameters
    if node is None or not node.universal(ber.SEQUENCE):
        return None
    fields = Fields(node, None)
    try:
        nonce = fields.octet_string("nonce")
        icv = fields.integer() if fields.left else None
        fields.end()
    except ber.CmsError:
        return None
    return nonce, icv


TIME = re.compile(rb"(\d\d|\d\d\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z")
DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def is_signing_time(node):
    """11.3: UTC with seconds and nothing behind them; UTCTime from 1950 to 2049, GeneralizedTime otherwise."""
    if not (node.universal(ber.UTC_TIME) or node.universal(ber.GENERALIZED_TIME)):
        return False
    text = ber.string(node)
    if not is_time(text, 2 if node.tag == ber.UTC_TIME else 4):
        return False
    return node.tag == ber.UTC_TIME or not 1950 <= int(text[:4]) <= 2049


def is_time(text, digits):
    """UTC with seconds, of a day and a time that there are; `digits` of the year: 2 of UTCTime, 4 of GeneralizedTime."""
    match = TIME.fullmatch(text)
    if match is None or len(match[1]) != digits:
        return False
    year, month, day, hour, minute, second = (int(group) for group in match.groups())
    leap = month == 2 and year % 4 == 0 and (digits == 2 or year % 100 or year % 400 == 0)
    return 1 <= month <= 12 and 1 <= day <= DAYS[month - 1] + bool(leap) and hour <= 23 and minute <= 59 and second <= 59
