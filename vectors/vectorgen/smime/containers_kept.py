"""Containers that a receiver opens: every algorithm, recipients, attributes, the forms of BER."""

from pskmime import ber

from ..material import certificate, octets
from . import edits
from .draft import container, key, plan_of, recipient

CORE = ["RFC5652-3-x01", "RFC5083-2.1-01", "RFC5083-2.1-03", "RFC5083-2.1-04", "RFC5083-2.2-x01", "TS33328-I.2.1-05", "TS33328-I.2.1-x01",
        "TS33328-I.2.1-x02", "RFC5083-2.1-05", "RFC5083-2.2-01"]
KEK = ["RFC5652-6.2.3-x01", "RFC3565-2.4-x01", "RFC3565-2.4-x02", "RFC3565-2.3.2-x01", "RFC3565-2.3.2-x02", "TS33328-I.2.1-x03"]
GCM = ["RFC5084-3.2-01", "RFC5084-3.2-x01", "RFC5084-3.2-x02", "RFC5084-3.2-04", "RFC5084-3.2-03", "RFC5084-3.2-05"]
CCM = ["RFC5084-3.1-01", "RFC5084-3.1-x01", "RFC5084-3.1-x02", "RFC5084-3.1-05", "RFC5084-3.1-02", "RFC5084-3.1-06"]
VERSIONS, DATE = {"ktri": ["RFC5652-6.2.1-x01"], "kari": ["RFC5652-6.2.2-x01"], "pwri": ["RFC5652-6.2.4-x01"]}, "RFC5652-6.2.3-x02"
GCM_TAG, GCM_NONCE, CCM_TAG, CCM_NONCE = "RFC5084-3.2-05", "RFC5084-3.2-03", "RFC5084-3.1-06", "RFC5084-3.1-02"
# Name and certificate of nobody: a RecipientInfo for a key that is not at hand.
KTRI = ber.encode(ber.seq(ber.integer(0), ber.seq(ber.seq(), ber.integer(7)), ber.seq(ber.oid("1.2.840.113549.1.1.1"), ber.Node(ber.NULL, b"")),
                          ber.octet_string(octets("ktri encrypted key", 64))))
KARI = ber.encode(ber.implicit(1, ber.seq(ber.integer(3), ber.explicit(0, ber.implicit(0, ber.octet_string(octets("kari originator", 20)))),
                                          ber.seq(ber.oid("1.3.132.1.11.1")), ber.seq())))
PWRI = ber.encode(ber.implicit(3, ber.seq(ber.integer(0), ber.seq(ber.oid("1.2.840.113549.1.9.16.3.9")), ber.octet_string(octets("pwri key", 32)))))
ORI = ber.encode(ber.implicit(4, ber.seq(ber.oid("1.3.6.1.4.1.32473.1"), ber.octet_string(b"other"))))
OTHER_TYPE = "1.3.6.1.4.1.32473.2"          # an attribute of the enterprise number for documentation (RFC 5612)


def drafts(parents):
    for part in (gcm, ccm, recipients, attributes, encodings):
        for draft in part():
            parents[draft.name] = draft
            yield draft


def gcm():
    for algorithm in ("aes-128-gcm", "aes-256-gcm"):
        for tag in (12, 13, 14, 15, 16):
            name = f"{algorithm}/tag-{tag}"
            should = [GCM_TAG] if tag != 12 else []
            yield container("cms_gcm", name, f"AES-GCM with {algorithm[4:7]} bits and a tag of {tag} octets", [c for c in CORE + KEK + GCM if c not in should],
                            plan_of(name, algorithm, tag_len=tag), should)
        for nonce in (1, 7, 8, 13, 16, 128):
            name = f"{algorithm}/nonce-{nonce}"
            yield container("cms_gcm", name, f"AES-GCM with {algorithm[4:7]} bits and a nonce of {nonce} octets", [c for c in CORE + GCM if c != GCM_NONCE],
                            plan_of(name, algorithm, nonce=octets(f"{name} nonce", nonce)), [GCM_NONCE])
    yield container("cms_gcm", "gcm/icv-12-said", "aes-ICVlen 12 written out: no DER of the DEFAULT, read all the same", GCM,
                    plan_of("gcm/icv-12-said", say_icv=True))
    yield container("cms_gcm", "gcm/empty", "Empty content", CORE, plan_of("gcm/empty", content=b""))
    for profile in ("rfc6043", "ims-msrp-tls"):
        yield container("cms_gcm", f"gcm/profile-{profile}", f"Rows of a container are judged whatever the profile: {profile}", CORE,
                        plan_of(f"gcm/profile-{profile}", tag_len=16), [GCM_TAG], profile=profile)
    big = b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n\r\n" + octets("gcm/4-kb content", 4096)
    yield container("cms_gcm", "gcm/4-kb", "Content of more than 4096 octets", CORE, plan_of("gcm/4-kb", content=big))


def ccm():
    for algorithm in ("aes-128-ccm", "aes-256-ccm"):
        for tag in (4, 6, 8, 10, 12, 14, 16):
            name = f"{algorithm}/tag-{tag}"
            should = [CCM_TAG] if tag != 12 else []
            yield container("cms_ccm", name, f"AES-CCM with {algorithm[4:7]} bits and a tag of {tag} octets", [c for c in CORE + KEK + CCM if c not in should],
                            plan_of(name, algorithm, tag_len=tag), should)
        for nonce in (8, 9, 10, 11, 12, 13):
            name = f"{algorithm}/nonce-{nonce}"
            yield container("cms_ccm", name, f"AES-CCM with {algorithm[4:7]} bits and a nonce of {nonce} octets", [c for c in CORE + CCM if c != CCM_NONCE],
                            plan_of(name, algorithm, nonce=octets(f"{name} nonce", nonce)), [CCM_NONCE])
    yield container("cms_ccm", "ccm/icv-12-said", "aes-ICVlen 12 written out", CCM, plan_of("ccm/icv-12-said", "aes-128-ccm", say_icv=True))
    yield container("cms_ccm", "ccm/empty", "Empty content", CORE, plan_of("ccm/empty", "aes-128-ccm", content=b""))
    yield container("cms_ccm", "ccm/auth-attrs", "authAttrs under AES-CCM", ["RFC5083-2.1-06", "RFC5083-2.2-x01"],
                    plan_of("ccm/auth-attrs", "aes-128-ccm", auth_attrs=[{"type": "content-type"}]))


def recipients():
    group, rows = "cms_recipients", ["RFC5083-2.1-04", "RFC5652-6.2.3-x01", "TS33328-I.2.1-x01"]
    two = [recipient("two/a", key_id=b"first"), recipient("two/b", key_id=b"second")]
    for name, title, keys, outcome in (
            ("two/first", "Two recipients; the key of the first", [key(two[0])], "opened"),
            ("two/second", "Two recipients; the key of the second", [key(two[1])], "opened"),
            ("two/unnamed", "Two recipients; the key of the second without an identifier", [key(two[1], None)], "opened"),
            ("two/one-key-other-id", "One key alone is tried under every identifier", [key(two[1], b"another")], "opened"),
            ("two/both-keys", "Both keys", [key(two[0]), key(two[1])], "opened"),
            ("two/second-of-keys", "Two keys, of which the last is for the second recipient", [key(recipient("two/c", key_id=b"third")), key(two[1])],
             "opened"),
            ("two/same-id", "Two keys under one identifier, of which the second opens", [key(recipient("two/c"), b"second"), key(two[1])], "opened"),
            ("two/no-key", "Two keys, and neither is named", [key(recipient("two/c", key_id=b"third")), key(recipient("two/d", key_id=b"fourth"))], "no_key"),
            ("two/no-keys-given", "No keys given", [], "not_tried")):
        yield container(group, name, title, rows, plan_of("two", recipients=two), keys=keys, outcome=outcome)
    twenty = [recipient(f"twenty/{n}", key_id=bytes([n])) for n in range(20)]
    yield container(group, "twenty", "Twenty recipients; the key of the last", rows, plan_of("twenty", recipients=twenty), keys=[key(twenty[-1])])
    one = recipient("copies/a")
    copies = [{**one, "id": bytes([n]), "cek": octets("copies other cek", 16)} for n in range(20)] + [one]
    yield container(group, "copies", "Another content key twenty times, then the one that opens: copies are tried once", rows,
                    plan_of("copies", recipients=copies), keys=[key(one, None)])
    mixed = [recipient("mixed/a"), recipient("mixed/b", 32)]
    yield container(group, "mixed-keks", "KEKs of 128 and 256 bits; the longer one opens", rows, plan_of("mixed-keks", recipients=mixed), keys=[key(mixed[1])])
    for name, title, more in (("date", "kekid with a date", {"date": "20260102030405Z"}),
                              ("other", "kekid with another attribute", {"other": {"type": OTHER_TYPE, "value": ber.encode(ber.octet_string(b"x"))}}),
                              ("other-bare", "kekid with another attribute without a value", {"other": {"type": OTHER_TYPE}}),
                              ("date-other", "kekid with both",
                               {"date": "20260102030405Z", "other": {"type": OTHER_TYPE, "value": ber.encode(ber.seq(ber.integer(1)))}})):
        yield container(group, f"kekid/{name}", title, rows + ([DATE] if "date" in more else []), plan_of(f"kekid/{name}", recipients=[recipient(f"kekid/{name}", **more)]))
    for name, key_id in (("empty", b""), ("long", octets("long key id", 300))):
        yield container(group, f"key-id/{name}", f"A keyIdentifier of {len(key_id)} octets", rows,
                        plan_of(f"key-id/{name}", recipients=[recipient(f"key-id/{name}", key_id=key_id)]))
    for name, raw in (("ktri", KTRI), ("kari", KARI), ("pwri", PWRI), ("ori", ORI)):
        plan = plan_of(f"beside-{name}", recipients=[{"raw": raw}, recipient(f"beside-{name}")])
        yield container(group, f"beside-{name}", f"A KEKRecipientInfo beside a RecipientInfo of the kind {name}", rows + VERSIONS.get(name, []), plan)
    holder = ber.encode(ber.implicit(0, ber.seq(ber.read(certificate("ca")))))
    yield container(group, "originator", "originatorInfo with a certificate", rows + ["RFC5083-2.1-03"], plan_of("originator", originator=[holder]))


def utc(text):
    return ber.encode(ber.Node(ber.UTC_TIME, text))


def generalized(text):
    return ber.encode(ber.Node(ber.GENERALIZED_TIME, text))


def attributes():
    group, rows = "cms_attributes", ["RFC5083-2.1-06", "RFC5083-2.1-07", "RFC5083-3-01", "RFC5652-11-x01", "RFC5652-11.4-x01", "RFC5083-2.2-x01", "RFC5083-2.2-02"]
    other = {"type": OTHER_TYPE, "values": [ber.encode(ber.octet_string(b"noted"))]}
    two_values = {"type": OTHER_TYPE, "values": [ber.encode(ber.octet_string(b"noted")), ber.encode(ber.octet_string(b"again"))]}
    for name, title, member in (
            ("content-type", "authAttrs with content-type", {"auth_attrs": [{"type": "content-type"}]}),
            ("signing-time", "authAttrs with content-type and signing-time",
             {"auth_attrs": [{"type": "content-type"}, {"type": "signing-time", "values": [utc(b"260102030405Z")]}]}),
            ("signing-time-2050", "signing-time as GeneralizedTime in 2050",
             {"auth_attrs": [{"type": "signing-time", "values": [generalized(b"20500101000000Z")]}]}),
            ("signing-time-1999", "signing-time as UTCTime in the last second of 1999",
             {"auth_attrs": [{"type": "signing-time", "values": [utc(b"991231235959Z")]}]}),
            ("signing-time-leap", "signing-time on 29 February", {"auth_attrs": [{"type": "signing-time", "values": [utc(b"240229000000Z")]}]}),
            ("unknown", "authAttrs with an attribute that nobody knows", {"auth_attrs": [other]}),
            ("two-values", "An attribute of another kind may have two values", {"auth_attrs": [two_values]}),
            ("unauth", "unauthAttrs", {"unauth_attrs": [other]}),
            ("both", "authAttrs and unauthAttrs", {"auth_attrs": [{"type": "content-type"}, other], "unauth_attrs": [other]})):
        clauses = rows + [row for row, kind in (("RFC5652-11.1-x01", "content-type"), ("RFC5652-11.3-x01", "signing-time"), ("RFC5652-9.3-x02", "content-type"))
                          if any(entry["type"] == kind for entry in member.get("auth_attrs", []))]
        yield container(group, f"attrs/{name}", title, clauses, plan_of(f"attrs/{name}", **member))


def encodings():
    group, rows = "cms_ber", ["RFC5652-3-x01", "RFC5083-2.1-01", "RFC5083-2.2-x01"]
    yield container(group, "ber/indefinite", "Indefinite lengths", rows, plan_of("ber/indefinite", indefinite=True))
    yield container(group, "ber/segmented", "Content in segments of 16 octets, indefinite lengths", rows, plan_of("ber/segmented", indefinite=True, segment=16))
    yield container(group, "ber/segmented-definite", "Content in segments of 10 octets, definite lengths", rows, plan_of("ber/segmented-definite", segment=10))
    yield container(group, "ber/segments-of-1", "Content in segments of one octet", rows, plan_of("ber/segments-of-1", segment=1))
    yield container(group, "ber/empty-segmented", "Empty content of no segment at all", rows,
                    plan_of("ber/empty-segmented", content=b"", indefinite=True, segment=16))
    yield container(group, "ber/empty-segment", "A segment of no octets among the others", rows, plan_of("ber/empty-segment", segment=10),
                    edit=edits.add("encrypted", ber.octet_string(b""), 2))
    plan = plan_of("ber/nested")
    yield container(group, "ber/nested", "Segments in segments", rows, plan, edit=nest)
    yield container(group, "ber/long-lengths", "Lengths in more octets than they need", rows, plan_of("ber/long-lengths"),
                    edit=edits.both(*(edits.shape(name, long_length=4) for name in ("root", "holder", "body", "recipients", "info", "mac"))))
    yield container(group, "ber/mac-segmented", "mac in two segments", rows, plan_of("ber/mac-segmented"), edit=segment_mac)
    yield container(group, "ber/attrs", "Indefinite lengths and segments around authAttrs in DER", rows + ["RFC5083-2.1-06"],
                    plan_of("ber/attrs", indefinite=True, segment=16, auth_attrs=[{"type": "content-type"}]))


def nest(made):
    node = made.nodes["encrypted"]
    node.children, node.octets = [edits.segments(node.octets[:20], 7), edits.segments(node.octets[20:], 1, 2)], None


def segment_mac(made):
    node = made.nodes["mac"]
    made.nodes["mac"].__dict__.update(edits.segments(node.octets, 5).__dict__)
