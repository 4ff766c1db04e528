"""Versions of every RecipientInfo, kekid.date, countersignatures, unprotectedAttrs and the IV of AES-CBC, kept and broken."""

from pskmime import ber, names

from ..material import octets
from . import edits
from .containers_kept import DATE, KARI, KTRI, OTHER_TYPE, PWRI, VERSIONS, utc
from .containers_other import ATTRS, cbc_plan, mac_plan
from .draft import container, plan_of, recipient

COUNTERSIGNATURE, IV = "RFC5652-11.4-x01", "RFC3565-4.1-x01"
SKI = ber.encode(ber.seq(ber.integer(2), ber.implicit(0, ber.octet_string(octets("ktri key identifier", 20))),
                         ber.seq(ber.oid("1.2.840.113549.1.1.1"), ber.Node(ber.NULL, b"")), ber.octet_string(octets("ktri encrypted key", 64))))
NOTED = {"type": OTHER_TYPE, "values": [ber.encode(ber.octet_string(b"noted"))]}
# SignerInfo of nobody (5.3): nobody looks into it.
COUNTER = {"type": names.COUNTERSIGNATURE, "values": [ber.encode(ber.seq(
    ber.integer(3), ber.implicit(0, ber.octet_string(octets("countersigner", 20))), ber.seq(ber.oid("2.16.840.1.101.3.4.2.1")),
    ber.seq(ber.oid("1.2.840.10045.4.3.2")), ber.octet_string(octets("countersignature", 64))))]}


def drafts(parents):
    for draft in kept():
        parents[draft.name] = draft
        yield draft
    for part in (versions, dates, countersignatures, unprotected, ivs):
        yield from part(parents)


def kept():
    yield container("cms_recipients", "beside-ktri-ski", "A KEKRecipientInfo beside a KeyTransRecipientInfo of version 2, with subjectKeyIdentifier",
                    VERSIONS["ktri"], plan_of("beside-ktri-ski", recipients=[{"raw": SKI}, recipient("beside-ktri-ski")]))
    for kind, raw in (("ktri", KTRI), ("kari", KARI), ("pwri", PWRI)):
        name = f"hmac-sha-256/beside-{kind}"
        yield container("cms_authenticated", name, f"AuthenticatedData: a KEKRecipientInfo beside a RecipientInfo of the kind {kind}", VERSIONS[kind],
                        mac_plan(name, recipients=[{"raw": raw}, recipient(name)]))
    name = "enveloped/kari"
    yield container("cms_enveloped", name, "EnvelopedData: version 2, beside a KeyAgreeRecipientInfo", [*VERSIONS["kari"], IV],
                    cbc_plan(name, recipients=[{"raw": KARI}, recipient(name)]), allow_unauthenticated=True)
    for suffix, date in (("leap", "20240229235959Z"), ("1950", "19500101000000Z"), ("2050", "20500101000000Z")):
        name = f"kekid/date-{suffix}"
        yield container("cms_recipients", name, f"kekid with the date {date}", [DATE], plan_of(name, recipients=[recipient(name, date=date)]))
    yield container("cms_enveloped", "enveloped/iv-segmented", "EnvelopedData: the IV in segments", [IV], cbc_plan("enveloped/iv-segmented"),
                    edit=segment_iv, allow_unauthenticated=True)
    yield container("cms_enveloped", "aes-192-cbc/allowed", "EnvelopedData with AES-192-CBC", [IV],
                    cbc_plan("aes-192-cbc/allowed", "aes-192-cbc", cek=octets("aes-192-cbc/allowed cek of 192 bits", 24)), allow_unauthenticated=True)


def segment_iv(made):
    made.nodes["parameters"].__dict__.update(edits.segments(made.nodes["parameters"].octets, 5, 6).__dict__)


def with_version(raw, number):
    node = ber.read(raw)
    node.children[0] = ber.integer(number)
    return {"raw": ber.encode(node)}


def versions(parents):
    rid = {"ktri": " with issuerAndSerialNumber", "ktri-ski": " with subjectKeyIdentifier"}
    for name, kind, raw, numbers in (
            ("beside-ktri", "ktri", KTRI, (2, 1, 4)), ("beside-ktri-ski", "ktri-ski", SKI, (0, 3)), ("beside-kari", "kari", KARI, (0, 2, 4)),
            ("beside-pwri", "pwri", PWRI, (3, 2, -1)), ("hmac-sha-256/beside-ktri", "ktri", KTRI, (2,)), ("hmac-sha-256/beside-kari", "kari", KARI, (2,)),
            ("hmac-sha-256/beside-pwri", "pwri", PWRI, (1,)), ("enveloped/ktri", "ktri", KTRI, (2,)), ("enveloped/kari", "kari", KARI, (0,)),
            ("enveloped/pwri", "pwri", PWRI, (3,))):
        parent = parents[name]
        others = [entry for entry in parent.plan["recipients"] if "raw" not in entry]
        for number in numbers:
            yield parent.breaks(f"{kind}-version-{number}", f"{parent.title}, its version {number}", f"recipientInfos.{kind[:4]}.version",
                                f"version of {kind[:4]}{rid.get(kind, '')} is {number}", VERSIONS[kind[:4]],
                                plan={"recipients": [with_version(raw, number), *others]}, group=broken_group(parent))


def broken_group(parent):
    return {"auth_enveloped": "cms_broken", "authenticated": "cms_authenticated_broken", "enveloped": "cms_enveloped"}[parent.kind]


def dates(parents):
    parent = parents["kekid/date"]
    for suffix, what, date in (
            ("no-seconds", "it has no seconds", "202601020304Z"), ("fraction", "it has a fraction of a second", "20260102030405.5Z"),
            ("offset", "it has an offset", "20260102030405+0100"), ("no-zone", "it has no Z", "20260102030405"),
            ("two-digits", "its year has two digits", "260102030405Z"), ("month-13", "its month is 13", "20261302030405Z"),
            ("february-29", "it is 29 February 2026", "20260229030405Z"), ("century", "it is 29 February 2100", "21000229030405Z"),
            ("hour-24", "its hour is 24", "20260102240000Z"), ("second-60", "its second is 60", "20260102030460Z"),
            ("blank", "a blank stands behind it", "20260102030405Z "), ("letter", "a letter stands in it", "2026010203O405Z"), ("empty", "it has no octets", "")):
        entry = {**parent.plan["recipients"][0], "date": date}
        yield parent.breaks(f"date-{suffix}", f"kekid.date: {what}", "recipientInfos[0].kekid.date", what, [DATE], plan={"recipients": [entry]}, group="cms_broken")
    enveloped = parents["aes-128-cbc/allowed"]
    entry = {**enveloped.plan["recipients"][0], "date": "202601020304Z"}
    yield enveloped.breaks("date-no-seconds", "EnvelopedData: kekid.date is there and has no seconds", "recipientInfos[0].kekid.date",
                           "it is there and has no seconds", [DATE], plan={"recipients": [entry]})


def countersignatures(parents):
    mac_attrs = {"auth_attrs": [*ATTRS, COUNTER]}
    for name, path, plan in (
            ("aes-128-gcm/tag-12", "authAttrs", {"auth_attrs": [COUNTER]}), ("aes-128-gcm/tag-12", "unauthAttrs", {"unauth_attrs": [COUNTER]}),
            ("aes-256-ccm/tag-12", "unauthAttrs", {"unauth_attrs": [COUNTER, NOTED]}),
            ("attrs/both", "unauthAttrs", {"unauth_attrs": [NOTED, {**COUNTER, "values": []}]}),
            ("hmac-sha-256", "unauthAttrs", {"unauth_attrs": [COUNTER]}), ("hmac-sha-256/attrs", "authAttrs", mac_attrs),
            ("aes-128-cbc/allowed", "unprotectedAttrs", {"unauth_attrs": [COUNTER]})):
        parent = parents[name]
        bare = plan.get("unauth_attrs", [{}])[-1].get("values") == []
        what = f"countersignature is among {path}" + (", without a value" if bare else "")
        yield parent.breaks(f"countersignature-{path}", f"{what}: {parent.kind.replace('_', ' ')}", path, what, [COUNTERSIGNATURE], plan=plan,
                            group=broken_group(parent))


def unprotected(parents):
    """Of EnvelopedData: RFC 5652 11.1 to 11.3 allow none of these where nothing protects them."""
    parent = parents["enveloped/attrs"]
    for suffix, row, entry in (("content-type", "RFC5652-11.1-x01", {"type": "content-type"}), ("message-digest", "RFC5652-11.2-x01", {"type": "message-digest"}),
                               ("signing-time", "RFC5652-11.3-x01", {"type": "signing-time", "values": [utc(b"260102030405Z")]})):
        yield parent.breaks(f"unprotected-{suffix}", f"EnvelopedData: {suffix} is an unprotected attribute", "unprotectedAttrs", f"{suffix} is among them", [row],
                            plan={"unauth_attrs": [NOTED, entry]})
    yield parents["aes-128-cbc/allowed"].breaks("unprotected-empty", "EnvelopedData: unprotectedAttrs of no attribute", "unprotectedAttrs", "[1] is there and empty",
                                                ["RFC5652-11-x01"], plan={"unauth_attrs": []})


def ivs(parents):
    parent, where = parents["aes-128-cbc/allowed"], "encryptedContentInfo.contentEncryptionAlgorithm.parameters"
    iv = parent.plan["nonce"]
    other = ber.Node(ber.OCTET_STRING, children=[ber.Node(12, b"sixteen octets..")])
    for suffix, what, edit in (
            ("none", "the parameters are left out", edits.drop("algorithm", 1)), ("null", "the parameters are NULL", edits.put("parameters", ber.Node(ber.NULL, b""))),
            ("sequence", "the IV stands in a SEQUENCE", edits.put("parameters", ber.seq(ber.octet_string(iv)))),
            ("bit-string", "the IV is a BIT STRING", edits.put("parameters", ber.Node(ber.BIT_STRING, b"\0" + iv))),
            ("utf8-segment", "the segment of the IV is a UTF8String", edits.put("parameters", other)),
            *((f"{size}", f"the IV has {size} octets", edits.put("parameters", ber.octet_string(octets("an IV", size)))) for size in (0, 8, 15, 17, 32))):
        yield parent.breaks(f"iv-{suffix}", f"EnvelopedData with AES-CBC: {what}", where, what, [IV], outcome="refused", edit=edit)
    long = parents["aes-256-cbc/allowed"]
    yield long.breaks("iv-12", "EnvelopedData with AES-256-CBC: the IV has 12 octets", where, "the IV has 12 octets", [IV], outcome="refused",
                      edit=edits.put("parameters", ber.octet_string(octets("an IV", 12))))
