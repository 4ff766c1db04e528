"""Constructed strings (X.690 8.6.4, 8.7.3, 8.23.6): their segments are OCTET STRINGs whatever the type is, those of a BIT STRING are BIT STRINGs."""

from pskmime import ber

from . import edits
from .containers_kept import DATE, OTHER_TYPE, generalized
from .containers_other import ATTRS, mac_plan
from .draft import container, plan_of, recipient

UTF8, BITS, UTC, GENERALIZED = 12, ber.BIT_STRING, ber.UTC_TIME, ber.GENERALIZED_TIME
DER, MAC_DER, AUTH, AUTH_DATA = "RFC5083-2.1-06", "RFC5652-9.1-x06", "RFC5083-2.1-01", "RFC5652-9.1-x01"
TYPES = {"utf8": (UTF8, b"ab", "a UTF8String"), "bits": (BITS, b"\x04\xa5\xf0", "a BIT STRING"), "printable": (19, b"noted", "a PrintableString"),
         "bmp": (30, b"\0a\0b", "a BMPString"), "octets": (ber.OCTET_STRING, b"noted", "an OCTET STRING")}


def drafts(parents):
    for draft in kept():
        parents[draft.name] = draft
        yield draft
    for part in (values, times, dates):
        yield from part(parents)


def plain(tag, octets):
    return {"type": OTHER_TYPE, "values": [ber.encode(ber.Node(tag, octets))]}


def kept():
    for name, (tag, octets, what) in TYPES.items():
        yield container("cms_attributes", f"attrs/{name}", f"authAttrs with {what}", [DER], plan_of(f"attrs/{name}", auth_attrs=[plain(tag, octets)]))
    name = "hmac-sha-256/utf8"
    yield container("cms_authenticated", name, "AuthenticatedData: authAttrs with a UTF8String", [MAC_DER],
                    mac_plan(name, digest="sha-256", auth_attrs=[*ATTRS, plain(UTF8, b"ab")]))
    for name, tag in (("unauth-utf8-segmented", UTF8), ("unauth-bits-segmented", BITS)):
        yield container("cms_attributes", f"attrs/{name}", f"unauthAttrs with {'a UTF8String' if tag == UTF8 else 'a BIT STRING'} in segments: nobody asks for DER there",
                        [DER, AUTH], plan_of(f"attrs/{name}", unauth_attrs=[plain(tag, b"\0b")], auth_attrs=[{"type": "content-type"}]),
                        edit=cut("unauth_attrs", tag, (1,), ber.OCTET_STRING) if tag == UTF8 else cut("unauth_attrs", tag, (0,), BITS))
    name = "kekid/date-segmented"
    yield container("cms_recipients", name, "kekid with a date in segments, which are OCTET STRINGs", [DATE, AUTH],
                    plan_of(name, recipients=[recipient(name, date="20260102030405Z")]), edit=date_in(ber.OCTET_STRING))


def first_of(node, tag):
    """The first encoding with that universal tag."""
    if node.universal(tag):
        return node
    return next((found for child in node.children or [] if (found := first_of(child, tag))), None)


def pieces(octets, sizes):
    out, at = [], 0
    for size in sizes:
        out.append(octets[at:at + size])
        at += size
    return [*out, octets[at:]]


def in_segments(node, sizes, *tags):
    """The primitive string `node` made constructed; its segments have the tags in turn."""
    parts = pieces(node.octets, sizes)
    if node.universal(BITS):            # each segment with its initial octet
        unused, parts = node.octets[:1], pieces(node.octets[1:], sizes)
        parts = [b"\0" + part for part in parts[:-1]] + [unused + parts[-1]]
    node.children, node.octets = [ber.Node(tags[n % len(tags)], part) for n, part in enumerate(parts)], None


def cut(member, tag, sizes, *tags):
    def edit(made):
        in_segments(first_of(made.nodes[member], tag), sizes, *tags)
    return edit


def nested(made):
    node = first_of(made.nodes["auth_attrs"], UTF8)
    inner = ber.Node(ber.OCTET_STRING, node.octets)
    in_segments(inner, (1,), ber.OCTET_STRING)
    node.children, node.octets = [ber.octet_string(b""), inner], None


def values(parents):
    """The tag covers the DER, in which they are primitive: they open, and break the row of DER alone."""
    where = "authAttrs[0].attrValues[0]"
    for name, (tag, _, what) in TYPES.items():
        right, parent = BITS if tag == BITS else ber.OCTET_STRING, parents[f"attrs/{name}"]
        if tag != ber.OCTET_STRING:         # that one is in containers_broken
            yield parent.breaks("segments", f"authAttrs that are no DER: {what} in segments", where, f"it is in two segments, {of(right)}", [DER],
                                edit=cut("auth_attrs", tag, (1,), right), group="cms_broken")
        for wrong in sorted({UTF8, ber.OCTET_STRING, BITS, tag} - {right}):
            yield parent.breaks(f"segments-{wrong}", f"No AuthEnvelopedData: {what} whose segments are {of(wrong)}", where, f"its segments are {of(wrong)}",
                                error=AUTH, edit=cut("auth_attrs", tag, (1,), wrong), group="cms_broken")
    utf8, bits, mac = parents["attrs/utf8"], parents["attrs/bits"], parents["hmac-sha-256/utf8"]
    yield utf8.breaks("segments-nested", "authAttrs that are no DER: a UTF8String in segments, one of which is empty and one in segments again", where,
                      "it is in segments, and one of them again", [DER], edit=nested, group="cms_broken")
    yield utf8.breaks("segments-mixed", "No AuthEnvelopedData: a UTF8String whose second segment is one", where, "its second segment is a UTF8String", error=AUTH,
                      edit=cut("auth_attrs", UTF8, (1,), ber.OCTET_STRING, UTF8), group="cms_broken")
    yield bits.breaks("segments-unused-bits", "No AuthEnvelopedData: a BIT STRING with unused bits in a segment that is not the last (X.690 8.6.4)", where,
                      "its first segment has unused bits", error=AUTH, edit=edits.both(cut("auth_attrs", BITS, (1,), BITS), unused_bits), group="cms_broken")
    yield bits.breaks("segments-empty", "No AuthEnvelopedData: a BIT STRING with a segment of no octets (X.690 8.6.2.2)", where, "its first segment has no octets",
                      error=AUTH, edit=edits.both(cut("auth_attrs", BITS, (1,), BITS), emptied), group="cms_broken")
    yield mac.breaks("segments", "authAttrs of AuthenticatedData that are no DER: a UTF8String in segments", "authAttrs", "it is in two segments, OCTET STRINGs",
                     [MAC_DER], edit=cut("auth_attrs", UTF8, (1,), ber.OCTET_STRING), group="cms_authenticated_broken")
    yield mac.breaks("segments-12", "No AuthenticatedData: a UTF8String whose segments are UTF8Strings", "authAttrs", "its segments are UTF8Strings",
                     error=AUTH_DATA, edit=cut("auth_attrs", UTF8, (1,), UTF8), group="cms_authenticated_broken")


def of(tag):
    return {UTF8: "UTF8Strings", BITS: "BIT STRINGs", ber.OCTET_STRING: "OCTET STRINGs", UTC: "UTCTimes", GENERALIZED: "GeneralizedTimes", 19: "PrintableStrings",
            30: "BMPStrings"}[tag]


def first_segment(made):
    return first_of(made.nodes["auth_attrs"], BITS).children[0]


def unused_bits(made):
    first_segment(made).octets = b"\x04\xa0"


def emptied(made):
    first_segment(made).octets = b""


def times(parents):
    for name, tag, what in (("attrs/signing-time", UTC, "UTCTime"), ("attrs/signing-time-2050", GENERALIZED, "GeneralizedTime")):
        parent = parents[name]
        yield parent.breaks("segments", f"signing-time that is a {what} in segments: it is one, and no DER", "authAttrs", "it is in two segments, OCTET STRINGs", [DER],
                            edit=cut("auth_attrs", tag, (6,), ber.OCTET_STRING), group="cms_broken")
        yield parent.breaks(f"segments-{tag}", f"No AuthEnvelopedData: signing-time that is a {what} whose segments are {what}s", "authAttrs",
                            f"its segments are {what}s", error=AUTH, edit=cut("auth_attrs", tag, (6,), tag), group="cms_broken")
    late = parents["attrs/signing-time-2050"]
    early = {"auth_attrs": [{"type": "signing-time", "values": [generalized(b"20260102030405Z")]}]}
    yield late.breaks("segments-2026", "signing-time that is a GeneralizedTime of 2026 in segments", "authAttrs", "it is of 2026, and in two segments",
                      [DER, "RFC5652-11.3-x01"], plan=early, edit=cut("auth_attrs", GENERALIZED, (6,), ber.OCTET_STRING), group="cms_broken")


def date_in(*tags, sizes=(4,)):
    def edit(made):
        in_segments(made.nodes["kekri"][0]["kekid"].children[1], sizes, *tags)
    return edit


def dates(parents):
    parent, where = parents["kekid/date"], "recipientInfos[0].kekid.date"
    yield parent.breaks("date-segments-24", "No AuthEnvelopedData: kekid.date whose segments are GeneralizedTimes", where, "its segments are GeneralizedTimes",
                        error=AUTH, edit=date_in(GENERALIZED), group="cms_broken")
    entry = {**parent.plan["recipients"][0], "date": "202601020304Z"}
    yield parent.breaks("date-segments-no-seconds", "kekid.date in segments, and without seconds", where, "it is in segments, and has no seconds", [DATE],
                        plan={"recipients": [entry]}, edit=date_in(ber.OCTET_STRING), group="cms_broken")
