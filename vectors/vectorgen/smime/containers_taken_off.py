"""AuthenticatedData without authAttrs whose content is what the MAC of one with authAttrs covers, and contents that are nearly that."""

import hashlib

from pskmime import ber, names

from . import edits
from .containers_broken import SIGNED_DATA
from .containers_kept import OTHER_TYPE
from .containers_other import ATTRS, KEPT, WITH_ATTRS, mac_plan
from .draft import TEXT, container


def drafts(parents):
    yield from other_sets()
    yield from attributes_taken_off(parents)


def signed_attributes(content=TEXT, **how):
    """The two attributes that authAttrs have, of an id-data content."""
    made = [ber.seq(ber.oid(names.CONTENT_TYPE), ber.set_of(ber.oid(names.DATA))),
            ber.seq(ber.oid(names.MESSAGE_DIGEST), ber.set_of(ber.octet_string(hashlib.sha256(content).digest())))]
    return ber.set_of(*made, **how)


def other_sets():
    """Contents without authAttrs that are nearly a SET OF Attribute which a MAC has covered, and open (SMIME.md section 3)."""
    group, both = "cms_authenticated", signed_attributes()
    noted = ber.seq(ber.oid(OTHER_TYPE), ber.set_of(ber.octet_string(b"noted")))
    backwards = ber.Node(ber.SET, children=both.children[::-1])
    segmented = signed_attributes()
    segmented.children[1].children[1].children[0] = edits.segments(hashlib.sha256(TEXT).digest(), 16)
    for name, title, content in (
            ("of-integers", "a SET OF INTEGER", ber.encode(ber.set_of(ber.integer(1), ber.integer(2)))),
            ("empty", "an empty SET", b"\x31\0"),
            ("content-type", "a SET OF Attribute with content-type alone", ber.encode(ber.set_of(both.children[0]))),
            ("message-digest", "a SET OF Attribute with message-digest alone", ber.encode(ber.set_of(both.children[1], noted))),
            ("sequence", "both attributes in a SEQUENCE", ber.encode(ber.seq(*both.children))),
            ("authattrs", "both attributes under [2], as they stand in authAttrs", ber.encode(ber.implicit(2, both))),
            ("behind", "both attributes, and an octet behind them", ber.encode(both) + b"\0"),
            ("cut", "both attributes without the last octet", ber.encode(both)[:-1]),
            ("twice", "both attributes twice", 2 * ber.encode(both)),
            ("unsorted", "both attributes in the other order, which is no DER", ber.encode(backwards)),
            ("long-length", "both attributes, their length in more octets than it needs", ber.encode(signed_attributes(long_length=2))),
            ("indefinite", "both attributes with an indefinite length", ber.encode(signed_attributes(indefinite=True))),
            ("segmented", "both attributes, the digest in segments, which is no DER", ber.encode(segmented)),
            ("not-a-set", "attributes whose values are in a SEQUENCE", ber.encode(ber.set_of(*(ber.seq(one.children[0], ber.seq()) for one in both.children)))),
            ("65", "both attributes and 63 more, which is one more than authAttrs have",
             ber.encode(ber.set_of(*both.children, *[noted] * 63))),
            ("33-deep", "both attributes and one in which 33 encodings stand one in another",
             ber.encode(ber.set_of(*both.children, nested(30)))),
            ("digit", "a text that begins with the digit 1, as a SET does", b"1. The meeting is at noon.\r\n")):
        name = f"hmac-sha-256/set-{name}"
        yield container(group, name, f"Content without authAttrs that is not theirs: {title}", KEPT, mac_plan(name, content=content))
    name = "hmac-sha-256/attrs-in-attrs"
    yield container(group, name, "The DER of authAttrs as content beside authAttrs, whose message-digest stands for it", KEPT + WITH_ATTRS,
                    mac_plan(name, content=ber.encode(both), digest="sha-256", auth_attrs=ATTRS))


def nested(count):
    """An attribute whose value is of so many encodings, one in another."""
    value = ber.octet_string(b"deep")
    for _ in range(count - 1):
        value = ber.seq(value)
    return ber.seq(ber.oid(OTHER_TYPE), ber.set_of(value))


def attributes_taken_off(parents):
    """RFC 5652 9.2: the MAC of a container with authAttrs is over their DER; without them the same MAC is one over that DER as content."""
    group = "cms_authenticated_broken"
    for name in ("hmac-sha-1/attrs", "hmac-sha-256/attrs", "digest/signing-time", "digest/null", "digest/segmented"):
        parent = parents[name]
        yield parent.breaks("attrs-off", f"{parent.title}: the attributes are taken off, and their DER is the content under the same MAC", "authAttrs",
                            "authAttrs and digestAlgorithm are left out, and eContent is the DER of the authAttrs", outcome="refused", edit=take_off,
                            group=group)
    parent = parents["hmac-sha-256/attrs"]
    yield parent.breaks("attrs-off-digest-said", "The attributes are taken off, and digestAlgorithm is not", "authAttrs",
                        "authAttrs are left out, and eContent is their DER", ["RFC5652-9.1-x04"], outcome="refused",
                        edit=lambda made: take_off(made, digest=False), group=group)
    yield parent.breaks("attrs-off-segments", "The attributes are taken off; the content is their DER in segments", "authAttrs",
                        "authAttrs and digestAlgorithm are left out, and eContent is their DER in segments of 10 octets", outcome="refused",
                        edit=lambda made: take_off(made, sizes=(10,) * 8), group=group)
    yield parent.breaks("attrs-off-content-type", "The attributes are taken off, and the content type is another", "authAttrs",
                        "authAttrs and digestAlgorithm are left out, eContent is their DER, and its type id-signedData", ["RFC5652-9.1-x05"],
                        outcome="refused", edit=edits.both(lambda made: take_off(made), edits.encap_type(SIGNED_DATA)), group=group)
    yield parent.breaks("attrs-off-no-keys", "The attributes are taken off: refused without a key too", "authAttrs",
                        "authAttrs and digestAlgorithm are left out, eContent is their DER, and no keys are given", outcome="refused", edit=take_off,
                        keys=[], group=group)
    plain = parents["hmac-sha-256"]
    no_values = ber.set_of(*(ber.seq(one.children[0], ber.set_of()) for one in signed_attributes().children))
    yield plain.breaks("attrs-no-values", "A content that is a SET of both attributes without values, under a MAC that fits", "encapContentInfo.eContent",
                       "it is the DER of a content-type and a message-digest without values", outcome="refused",
                       plan={"content": ber.encode(no_values)}, group=group)
    noted = ber.seq(ber.oid(OTHER_TYPE), ber.set_of(ber.octet_string(b"noted")))
    for suffix, what, more in (("64", "64 attributes, as many as authAttrs have", [noted] * 62),
                               ("32-deep", "attributes in one of which 32 encodings stand one in another", [nested(29)])):
        yield plain.breaks(f"attrs-{suffix}", f"A content that is the DER of {what}, under a MAC that fits", "encapContentInfo.eContent",
                           f"it is the DER of {what}, with content-type and message-digest", outcome="refused",
                           plan={"content": ber.encode(ber.set_of(*signed_attributes().children, *more))}, group=group)


def take_off(made, digest=True, sizes=()):
    """Nothing that the MAC covers is changed: that is all it takes, and no key."""
    body, nodes = made.nodes["body"].children, made.nodes
    covered = ber.der(nodes["auth_attrs"], 0x31)
    for gone in [nodes["auth_attrs"]] + [nodes["digest"]] * digest:
        del body[next(i for i, node in enumerate(body) if node is gone)]
    nodes["encrypted"].children[0] = edits.segments(covered, *sizes) if sizes else ber.octet_string(covered)
