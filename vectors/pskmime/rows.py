"""What is found in a container without a key (SMIME.md section 4)."""

import hashlib

from . import ber, cms, names


def visible(container):
    """The set of ids."""
    found = set()
    if container.type == "other":
        return {"TS33328-I.2.1-05"}
    for judge in (common, recipients, attributes):
        found |= judge(container)
    found |= {"auth_enveloped": auth_enveloped, "authenticated": authenticated, "enveloped": enveloped}[container.type](container)
    return found


def those(*pairs):
    return {row for row, broken in pairs if broken}


def common(container):
    version, empty, _ = {"auth_enveloped": ("RFC5083-2.1-03", "RFC5083-2.1-04", None),
                         "authenticated": ("RFC5652-9.1-x02", "RFC5652-9.1-x03", None),
                         "enveloped": ("RFC5652-6.1-x02", "RFC5652-6.1-x03", None)}[container.type]
    kinds = [recipient.kind for recipient in container.recipients]
    return those((version, container.version != right_version(container)), (empty, not kinds),
                 ("TS33328-I.2.1-x01", kinds and "kekri" not in kinds),
                 ("TS33328-I.2.1-05", container.type != "auth_enveloped" or container.content_type != names.DATA))


def right_version(container):
    if container.type == "auth_enveloped":
        return 0
    if container.type == "authenticated":
        return version_of_originator(container.originator)
    originator = version_of_originator(container.originator)
    if originator == 3:
        return 4
    if originator == 1 or any(recipient.kind in ("pwri", "ori") for recipient in container.recipients):
        return 3
    plain = container.originator is None and container.unauth_attrs is None
    return 0 if plain and all(recipient.version == 0 for recipient in container.recipients) else 2


def version_of_originator(originator):
    """RFC 5652 9.1: 3 with certificates [3] or revocation lists [1] of another kind, 1 with attribute certificates [2], else 0."""
    sets = {} if originator is None else {node.tag: node.children or [] for node in originator.children}
    certificates, crls = sets.get(0, []), sets.get(1, [])
    if any(node.context(3) for node in certificates) or any(node.context(1) for node in crls):
        return 3
    return 1 if any(node.context(2) for node in certificates) else 0


def content_key_size(container):
    """Octets; None where the algorithm is not known; 0 of a MAC key, which has no size of its own."""
    oid = container.algorithm.oid
    if container.type == "authenticated":
        return 0 if oid in names.HMACS else None
    table = names.AEAD if container.type == "auth_enveloped" else names.CBC
    return table[oid][1] if oid in table else None


def wrapped_fits(recipient, key_size):
    """RFC3565-2.4-x02; True where the content algorithm is not known."""
    size = len(recipient.wrapped)
    if key_size is None:
        return True
    return size == key_size + 8 if key_size else size % 8 == 0 and 24 <= size <= 72


def recipients(container):
    found, key_size = set(), content_key_size(container)
    for recipient in container.recipients:
        found |= of_version(recipient)
        if recipient.kind != "kekri":
            continue
        bits = names.WRAPS.get(recipient.algorithm.oid)
        found |= those(("RFC5652-6.2.3-x01", recipient.version != 4), ("RFC3565-2.4-x01", bits is None),
                       ("TS33328-I.2.1-x03", bits == 24), ("RFC3565-2.4-x02", not wrapped_fits(recipient, key_size)),
                       ("RFC3565-2.3.2-x01", bits and recipient.algorithm.parameters is not None),
                       ("RFC3565-2.3.2-x02", bits and key_size and bits < key_size),
                       ("RFC5652-6.2.3-x02", recipient.date is not None and not cms.is_time(recipient.date, 4)))
    return found


def of_version(recipient):
    """6.2.1, 6.2.2, 6.2.4; the row of KEKRecipientInfo is with its others."""
    row, right = {"ktri": ("RFC5652-6.2.1-x01", 2 if recipient.by_key_id else 0), "kari": ("RFC5652-6.2.2-x01", 3),
                  "pwri": ("RFC5652-6.2.4-x01", 0)}.get(recipient.kind, (None, recipient.version))
    return those((row, recipient.version != right))


def auth_enveloped(container):
    attrs = container.auth_attrs
    digest = attrs is not None and attrs.of(names.MESSAGE_DIGEST)
    found = those(("RFC5083-2.1-05", container.content_type != names.DATA and attrs is None),
                  ("RFC5083-2.1-06", attrs is not None and not ber.is_der(attrs.node, set_of=True)),
                  ("RFC5083-2.1-07", digest), ("RFC5083-3-01", digest),
                  ("RFC5652-9.3-x02", attrs is not None and not content_type_fits(container)),
                  ("TS33328-I.2.1-x02", container.algorithm.oid not in names.TABLE_I_2))
    if container.algorithm.oid in names.AEAD:
        found |= aead(container, names.AEAD[container.algorithm.oid][0])
    return found


AEAD_ROWS = {"ccm": ("RFC5084-3.1-01", "RFC5084-3.1-x01", "RFC5084-3.1-x02", "RFC5084-3.1-05", "RFC5084-3.1-06", "RFC5084-3.1-02"),
             "gcm": ("RFC5084-3.2-01", "RFC5084-3.2-x02", "RFC5084-3.2-x01", "RFC5084-3.2-04", "RFC5084-3.2-05", "RFC5084-3.2-03")}


def nonce_fits(mode, nonce):
    return 7 <= len(nonce) <= 13 if mode == "ccm" else len(nonce) >= 1


def icv_fits(mode, icv):
    return icv in ((4, 6, 8, 10, 12, 14, 16) if mode == "ccm" else range(12, 17))


def aead(container, mode):
    absent, nonce_row, icv_row, mac_row, icv_should, nonce_should = AEAD_ROWS[mode]
    parameters = cms.aead_parameters(container.algorithm)
    if parameters is None:
        return {absent}
    nonce, said = parameters
    icv = 12 if said is None else said
    allowed = icv_fits(mode, icv)
    return those((nonce_row, not nonce_fits(mode, nonce)), (icv_row, not allowed), (mac_row, allowed and len(container.mac) != icv),
                 (icv_should, icv != 12), (nonce_should, len(nonce) != (7 if mode == "ccm" else 12)))


def authenticated(container):
    attrs = container.auth_attrs
    found = those(("RFC5652-9.1-x04", (attrs is None) != (container.digest is None)),
                  ("RFC5652-9.1-x05", container.content_type != names.DATA and attrs is None))
    if attrs is not None:
        types = {name for name, _ in attrs.entries}
        found |= those(("RFC5652-9.1-x06", not ber.is_der(attrs.node, set_of=True)),
                       ("RFC5652-9.1-x07", not {names.CONTENT_TYPE, names.MESSAGE_DIGEST} <= types),
                       ("RFC5652-9.3-x01", digest_fits(container) is False), ("RFC5652-9.3-x02", not content_type_fits(container)))
    return found


def enveloped(container):
    return those(("RFC3565-4.1-x01", container.algorithm.oid in names.CBC and iv_of(container) is None))


def iv_of(container):
    """The IV of AES-CBC (RFC 3565 4.1); None where the parameters are none. One whose segments are no OCTET STRINGs is none either."""
    node = container.algorithm.parameters
    try:
        iv = ber.string(node) if node is not None and node.universal(ber.OCTET_STRING) else b""
    except ber.CmsError:
        return None
    return iv if len(iv) == 16 else None


def single(attrs, oid):
    """The one value of the one attribute of that type; None otherwise: then 11.x or another row says what is wrong."""
    lists = attrs.of(oid)
    return lists[0][0] if len(lists) == 1 and len(lists[0]) == 1 else None


def digest_fits(container):
    """Whether message-digest is the digest of the content; None where that cannot be said."""
    value = single(container.auth_attrs, names.MESSAGE_DIGEST)
    if value is None or container.content is None or container.digest is None or not known_digest(container.digest):
        return None
    digest = hashlib.new(names.DIGESTS[container.digest.oid], container.content).digest()
    return value.universal(ber.OCTET_STRING) and ber.string(value) == digest


def known_digest(algorithm):
    parameters = algorithm.parameters
    return algorithm.oid in names.DIGESTS and (parameters is None or parameters.universal(ber.NULL) and parameters.octets == b"")


def content_type_fits(container):
    value = single(container.auth_attrs, names.CONTENT_TYPE)
    return value is None or value.universal(ber.OID) and not value.constructed and ber.oid_text(value.octets) == container.content_type


def attributes(container):
    """Section 11 and its kinds; unprotectedAttrs of EnvelopedData are judged like unauthAttrs."""
    both = [attrs for attrs in (container.auth_attrs, container.unauth_attrs) if attrs is not None]
    found = those(("RFC5652-11-x01", any(not attrs.entries for attrs in both)),
                  ("RFC5652-11.4-x01", any(attrs.of(names.COUNTERSIGNATURE) for attrs in both)))
    for oid, row in ((names.CONTENT_TYPE, "RFC5652-11.1-x01"), (names.MESSAGE_DIGEST, "RFC5652-11.2-x01"), (names.SIGNING_TIME, "RFC5652-11.3-x01")):
        inside = container.auth_attrs.of(oid) if container.auth_attrs is not None else []
        outside = container.unauth_attrs is not None and container.unauth_attrs.of(oid)
        found |= those((row, outside or len(inside) > 1 or any(len(values) != 1 for values in inside)))
        if oid == names.SIGNING_TIME:
            found |= those((row, any(not cms.is_signing_time(value) for values in inside for value in values)))
    return found
