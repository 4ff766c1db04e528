"""AuthenticatedData and EnvelopedData, kept and broken: annex I has neither, so TS33328-I.2.1-05 is found in each."""

import hashlib

from pskmime import ber, names

from ..material import certificate, octets
from . import edits
from .containers_broken import SIGNED_DATA, cut_content, drop_kekri, mac_as, mac_size, oid_octets
from .containers_kept import KTRI, OTHER_TYPE, PWRI, VERSIONS, utc
from .draft import container, key, plan_of, recipient

AUTH, ENVELOPED = "RFC5652-9.1-x01", "RFC5652-6.1-x01"
KEPT = ["RFC5652-3-x01", AUTH, "RFC5652-9.1-x02", "RFC5652-9.1-x03", "RFC5652-9.1-x04", "RFC5652-9.1-x05", "RFC5652-9.2-x01"]
WITH_ATTRS = ["RFC5652-9.1-x06", "RFC5652-9.1-x07", "RFC5652-9.3-x01", "RFC5652-9.3-x02", "RFC5652-11.1-x01", "RFC5652-11.2-x01"]
ATTRS = [{"type": "content-type"}, {"type": "message-digest"}]
FAILED = {"outcome": "failed", "keyed": ["RFC5652-9.2-x01"]}
NULL = ber.Node(ber.NULL, b"")


def mac_plan(name, algorithm="hmac-sha-256", **more):
    return plan_of(name, algorithm, type="authenticated", **more)


def drafts(parents):
    for part in (macs, attributes_kept, originators):
        for draft in part():
            parents[draft.name] = draft
            yield draft
    for part in (structure, mac_rows, attributes_broken, kinds):
        yield from part(parents)
    for draft in enveloped():
        parents[draft.name] = draft
        yield draft
    yield from enveloped_broken(parents)


def macs():
    group = "cms_authenticated"
    for algorithm in ("hmac-sha-1", "hmac-sha-256"):
        yield container(group, algorithm, f"AuthenticatedData with {algorithm.upper()}", KEPT, mac_plan(algorithm, algorithm))
        name = f"{algorithm}/attrs"
        yield container(group, name, f"AuthenticatedData with {algorithm.upper()} and authAttrs", KEPT + WITH_ATTRS,
                        mac_plan(name, algorithm, digest="sha-256", auth_attrs=ATTRS))
    for size in (16, 24, 40, 64):
        name = f"hmac-sha-256/key-{size}"
        yield container(group, name, f"A MAC key of {size} octets", KEPT + ["RFC3565-2.4-x02"], mac_plan(name, cek=octets(f"{name} cek", size)))
    yield container(group, "hmac-sha-256/null", "macAlgorithm with NULL parameters (RFC 3370 3.1)", KEPT, mac_plan("hmac-sha-256/null"),
                    edit=edits.add("algorithm", NULL))
    long = recipient("hmac-sha-256/kek-256", 32)
    yield container(group, "hmac-sha-256/kek-256", "A KEK of 256 bits", KEPT, mac_plan("hmac-sha-256/kek-256", recipients=[long]))
    yield container(group, "hmac-sha-256/empty", "Empty content", KEPT, mac_plan("hmac-sha-256/empty", content=b""))
    yield container(group, "hmac-sha-256/segmented", "Content in segments, indefinite lengths", KEPT,
                    mac_plan("hmac-sha-256/segmented", indefinite=True, segment=16))
    yield container(group, "hmac-sha-256/unauth", "unauthAttrs", KEPT + ["RFC5652-11-x01"],
                    mac_plan("hmac-sha-256/unauth", unauth_attrs=[{"type": OTHER_TYPE, "values": [ber.encode(ber.octet_string(b"noted"))]}]))
    two = [recipient("mac-two/a", key_id=b"first"), recipient("mac-two/b", key_id=b"second")]
    yield container(group, "hmac-sha-256/two", "Two recipients; the key of the second", KEPT, mac_plan("hmac-sha-256/two", recipients=two), keys=[key(two[1])])
    yield container(group, "hmac-sha-256/no-keys", "No keys given", KEPT, mac_plan("hmac-sha-256/no-keys"), keys=[], outcome="not_tried")


def attributes_kept():
    group = "cms_authenticated"
    for digest in ("sha-1", "sha-256", "sha-384", "sha-512"):
        name = f"digest/{digest}"
        yield container(group, name, f"message-digest by {digest.upper()}", KEPT + WITH_ATTRS, mac_plan(name, digest=digest, auth_attrs=ATTRS))
    yield container(group, "digest/null", "digestAlgorithm with NULL parameters", KEPT + WITH_ATTRS,
                    mac_plan("digest/null", digest="sha-256", auth_attrs=ATTRS),
                    edit=lambda made: made.nodes["digest"].children.append(NULL))
    signing = {"type": "signing-time", "values": [utc(b"260102030405Z")]}
    yield container(group, "digest/signing-time", "authAttrs with signing-time too", KEPT + WITH_ATTRS + ["RFC5652-11.3-x01"],
                    mac_plan("digest/signing-time", digest="sha-256", auth_attrs=[*ATTRS, signing]))
    yield container(group, "digest/segmented", "authAttrs, and content in segments", KEPT + WITH_ATTRS,
                    mac_plan("digest/segmented", digest="sha-256", auth_attrs=ATTRS, indefinite=True, segment=7))
    yield container(group, "digest/empty", "authAttrs, and empty content", KEPT + WITH_ATTRS,
                    mac_plan("digest/empty", digest="sha-256", auth_attrs=ATTRS, content=b""))


def originator_infos():
    """(version of AuthenticatedData, what is in it, certs)."""
    v2 = ber.implicit(2, ber.seq())
    other = ber.implicit(3, ber.seq(ber.oid(OTHER_TYPE), ber.octet_string(b"x")))
    return [(version, what, ber.encode(ber.Node(0, children=[one], cls=ber.CONTEXT)))
            for version, what, one in ((1, "an attribute certificate", v2), (3, "a certificate of another kind", other))]


def originators():
    """RFC 5652 9.1: version 1 with attribute certificates, 3 with certificates of another kind."""
    for version, what, holder in originator_infos():
        name = f"originator/{version}"
        yield container("cms_authenticated", name, f"AuthenticatedData of version {version}: originatorInfo with {what}", KEPT,
                        mac_plan(name, originator=[holder], version=version))


def structure(parents):
    parent, group = parents["hmac-sha-256/attrs"], "cms_authenticated_broken"
    for suffix, path, what, edit in (
            ("no-mac", "mac", "mac is left out", edits.drop("body", 6)),
            ("no-encap", "encapContentInfo", "encapContentInfo is left out", edits.drop("body", 4)),
            ("no-algorithm", "macAlgorithm", "macAlgorithm is left out", edits.drop("body", 2)),
            ("swapped", "mac", "mac stands before authAttrs", edits.swap("body", 5, 6)),
            ("field-too-many", "", "a NULL stands behind mac", edits.add("body", NULL)),
            ("content-integer", "encapContentInfo.eContent", "eContent is an INTEGER", content_integer),
            ("mac-integer", "mac", "mac is an INTEGER", mac_as(ber.INTEGER)),
            ("version-9-octets", "version", "version has 9 octets", edits.put("version", ber.Node(ber.INTEGER, b"\x01" + bytes(8))))):
        yield parent.breaks(f"inner-{suffix}", f"No AuthenticatedData: {what}", path, what, error=AUTH, edit=edit, group=group)
    yield parent.breaks("trailing", "AuthenticatedData with an octet behind it", "", "an octet stands behind the ContentInfo", error="RFC5652-3-x01",
                        status="trailing", cut=lambda o: o + b"\0", group=group)
    yield parent.breaks("last-octet", "AuthenticatedData that is cut", "", "the last octet is cut off", error="RFC5652-3-x01", status="truncated",
                        cut=lambda o: o[:-1], group=group)


def content_integer(made):
    inner = made.nodes["encrypted"].children[0]
    inner.tag, inner.octets = ber.INTEGER, b"\x01"


def mac_rows(parents):
    plain, parent, group = parents["hmac-sha-256"], parents["hmac-sha-256/attrs"], "cms_authenticated_broken"
    for number in (1, 3, 2):
        yield plain.breaks(f"version-{number}", f"AuthenticatedData of version {number} without originatorInfo", "version", f"version is {number}",
                           ["RFC5652-9.1-x02"], plan={"version": number}, group=group)
    for name in ("originator/1", "originator/3"):
        yield parents[name].breaks("version-0", f"AuthenticatedData of version 0 with originatorInfo for version {name[-1]}", "version", "version is 0",
                                   ["RFC5652-9.1-x02"], plan={"version": 0}, group=group)
    yield plain.breaks("no-recipient", "AuthenticatedData with an empty SET of recipients", "recipientInfos", "the SET is empty", ["RFC5652-9.1-x03"],
                       outcome="no_key", edit=edits.drop("recipients", 0), group=group)
    yield plain.breaks("digest-alone", "digestAlgorithm without authAttrs", "digestAlgorithm", "digestAlgorithm is there", ["RFC5652-9.1-x04"],
                       plan={"digest": "sha-256"}, group=group)
    yield parent.breaks("no-digest", "authAttrs without digestAlgorithm", "digestAlgorithm", "digestAlgorithm is left out", ["RFC5652-9.1-x04"],
                        outcome="refused", edit=edits.drop("body", 3), group=group)
    yield plain.breaks("content-type", "A content that is not id-data, without authAttrs", "encapContentInfo.eContentType", "the content type is id-signedData",
                       ["RFC5652-9.1-x05"], plan={"content_type": SIGNED_DATA}, group=group)
    for name in ("hmac-sha-1", "hmac-sha-256", "hmac-sha-256/attrs"):
        yield from flips(parents[name], group)
    for size in (0, 20, 31, 33):
        yield plain.breaks(f"mac-{size}", f"HMAC-SHA-256 of {size} octets", "mac", f"mac has {size} octets", outcome="refused", edit=mac_size(size),
                           group=group)
    path = "recipientInfos[0].encryptedKey"
    for size in (0, 16, 23, 39, 80):
        yield plain.breaks(f"wrapped-{size}", f"A wrapped MAC key of {size} octets", path, f"encryptedKey has {size} octets", ["RFC3565-2.4-x02"],
                           outcome="refused",
                           edit=edits.put_kekri("wrapped", ber.octet_string(octets("wrapped mac key", size))), group=group)
    yield plain.breaks("hmac-parameters", "HMAC-SHA-256 with parameters that are not NULL", "macAlgorithm.parameters", "they are an INTEGER", outcome="refused",
                       edit=edits.add("algorithm", ber.integer(12)), group=group)
    for suffix, what, oid in (("hmac-md5", "it is HMAC-MD5", "1.3.6.1.5.5.8.1.1"), ("aes-cmac", "it is AES-GMAC (RFC 9044)", "2.16.840.1.101.3.4.1.9")):
        yield plain.breaks(suffix, f"A MAC algorithm that is not known: {what}", "macAlgorithm", what, outcome="refused",
                           edit=edits.put("algorithm", ber.seq(ber.oid(oid))), group=group)
    yield plain.breaks("detached", "AuthenticatedData without eContent", "encapContentInfo.eContent", "eContent is left out", outcome="refused",
                       edit=edits.drop("encap", 1), group=group)


def flips(parent, group):
    attrs = parent.plan.get("auth_attrs") is not None
    for suffix, path, what, edit in (("tag-first", "mac", "the first bit of mac is another", edits.flip("mac", 0, 128)),
                                     ("tag-last", "mac", "the last bit of mac is another", edits.flip("mac", -1)),
                                     ("wrapped", "recipientInfos[0].encryptedKey", "one bit of encryptedKey is another", edits.flip(("wrapped", 0), 9))):
        yield parent.breaks(f"flip-{suffix}", f"One bit: {what}", path, what, edit=edit, group=group, **FAILED)
    what = "the last bit of the content is another"
    if attrs:
        yield parent.breaks("flip-content", f"One bit: {what}", "encapContentInfo.eContent", what, ["RFC5652-9.3-x01"], outcome="refused", edit=flip_content,
                            group=group)
    else:
        yield parent.breaks("flip-content", f"One bit: {what}", "encapContentInfo.eContent", what, edit=flip_content, group=group, **FAILED)
    wrong = {**parent.plan["recipients"][0], "kek": octets(f"{parent.name} wrong kek", 16)}
    yield parent.breaks("wrong-kek", "Another KEK under the right identifier", "", "the key that is given is another", keys=[key(wrong)], group=group, **FAILED)


def flip_content(made):
    node = made.nodes["encrypted"].children[0]
    node.octets = edits.flipped(node.octets, -1)


def attributes_broken(parents):
    parent, plain, group = parents["hmac-sha-256/attrs"], parents["hmac-sha-256"], "cms_authenticated_broken"
    ct, md = ATTRS
    digest = ber.encode(ber.octet_string(hashlib.sha256(parent.plan["content"]).digest()))
    other = ber.encode(ber.octet_string(octets("a digest of something else", 32)))
    content, mdr, refused = "RFC5652-11.1-x01", "RFC5652-11.2-x01", {"outcome": "refused"}
    for suffix, path, what, rows, plan, more in (
            ("no-content-type", "authAttrs", "content-type is left out", ["RFC5652-9.1-x07"], {"auth_attrs": [md]}, {}),
            ("no-message-digest", "authAttrs", "message-digest is left out", ["RFC5652-9.1-x07"], {"auth_attrs": [ct]}, refused),
            ("empty", "authAttrs", "[2] is there and empty", ["RFC5652-9.1-x07", "RFC5652-11-x01"], {"auth_attrs": []}, refused),
            ("unauth-empty", "unauthAttrs", "[3] is there and empty", ["RFC5652-11-x01"], {"unauth_attrs": []}, {}),
            ("other-digest", "authAttrs[1]", "message-digest is that of another content, under a MAC that fits", ["RFC5652-9.3-x01"],
             {"auth_attrs": [ct, {**md, "values": [other]}]}, refused),
            ("other-content-type", "authAttrs[0]", "content-type is id-signedData", ["RFC5652-9.3-x02"],
             {"auth_attrs": [{**ct, "values": [oid_octets(SIGNED_DATA)]}, md]}, {}),
            ("digest-twice", "authAttrs", "message-digest is there twice", [mdr], {"auth_attrs": [ct, md, md]}, refused),
            ("digest-two-values", "authAttrs[1]", "message-digest has two values", [mdr], {"auth_attrs": [ct, {**md, "values": [digest, other]}]}, refused),
            ("digest-no-value", "authAttrs[1]", "message-digest has no value", [mdr], {"auth_attrs": [ct, {**md, "values": []}]}, refused),
            ("digest-unauth", "unauthAttrs", "message-digest is an unauthenticated attribute too", [mdr], {"unauth_attrs": [md]}, {}),
            ("type-twice", "authAttrs", "content-type is there twice", [content], {"auth_attrs": [ct, ct, md]}, {}),
            ("type-two-values", "authAttrs[0]", "content-type has two values", [content],
             {"auth_attrs": [{**ct, "values": [oid_octets(names.DATA), oid_octets(SIGNED_DATA)]}, md]}, {}),
            ("type-unauth", "unauthAttrs", "content-type is an unauthenticated attribute too", [content], {"unauth_attrs": [ct]}, {}),
            ("time-unauth", "unauthAttrs", "signing-time is an unauthenticated attribute", ["RFC5652-11.3-x01"],
             {"unauth_attrs": [{"type": "signing-time", "values": [utc(b"260102030405Z")]}]}, {}),
            ("time-no-seconds", "authAttrs", "signing-time is there and has no seconds", ["RFC5652-11.3-x01"],
             {"auth_attrs": [ct, md, {"type": "signing-time", "values": [utc(b"2601020304Z")]}]}, {})):
        yield parent.breaks(f"attrs-{suffix}", f"AuthenticatedData: {what}", path, what, rows, plan=plan, group=group, **more)
    yield parent.breaks("digest-sha-224", "A digest algorithm that is not known", "digestAlgorithm", "it is SHA-224", outcome="refused",
                        edit=edits.both(edits.drop("digest", 0), edits.add("digest", ber.oid("2.16.840.1.101.3.4.2.4"))), group=group)
    yield parent.breaks("digest-sha-1-said", "A digest by another algorithm than is said", "digestAlgorithm", "it says SHA-1", ["RFC5652-9.3-x01"],
                        outcome="refused",
                        edit=edits.both(edits.drop("digest", 0), edits.add("digest", ber.oid(names.DIGEST_OF["sha-1"]))), group=group)
    yield plain.breaks("unauth-empty", "AuthenticatedData: [3] is there and empty", "unauthAttrs", "[3] is there and empty", ["RFC5652-11-x01"],
                       plan={"unauth_attrs": []}, group=group)
    for suffix, what, edit in (("indefinite", "[2] has an indefinite length", edits.shape("auth_attrs", indefinite=True)),
                               ("long-length", "the length of [2] stands in more octets than it needs", edits.shape("auth_attrs", long_length=2)),
                               ("unsorted", "the attributes are not sorted", edits.swap("auth_attrs", 0, 1)),
                               ("segmented", "message-digest is an OCTET STRING in segments", segment_digest)):
        yield parent.breaks(f"ber-{suffix}", f"authAttrs of AuthenticatedData that are no DER: {what}", "authAttrs", what, ["RFC5652-9.1-x06"], edit=edit,
                            group=group)
    yield parent.breaks("aad-more", "authAttrs have an attribute more than the MAC covers", "authAttrs", "an attribute is added", edit=add_attribute,
                        group=group, **FAILED)


def segment_digest(made):
    values = made.nodes["auth_attrs"].children[1].children[1].children
    values[0] = edits.segments(values[0].octets, 16)


def add_attribute(made):
    made.nodes["auth_attrs"].children.append(ber.seq(ber.oid(OTHER_TYPE), ber.set_of(ber.octet_string(b"changed"))))
    made.nodes["auth_attrs"].children.sort(key=ber.encode)


def kinds(parents):
    plain, group = parents["hmac-sha-256"], "cms_authenticated_broken"
    yield plain.breaks("kekri-version-3", "AuthenticatedData: KEKRecipientInfo of version 3", "recipientInfos[0].version", "version is 3",
                       ["RFC5652-6.2.3-x01"], edit=edits.put_kekri("version", ber.integer(3)), group=group)
    yield plain.breaks("wrap-null", "AuthenticatedData: AES-WRAP with NULL parameters", "recipientInfos[0].keyEncryptionAlgorithm", "the parameters are NULL",
                       ["RFC3565-2.3.2-x01"],
                       edit=lambda made: made.nodes["kekri"][0]["algorithm"].children.append(NULL), group=group)
    yield plain.breaks("ktri-alone", "AuthenticatedData: no KEKRecipientInfo", "recipientInfos", "the recipient is one with a public key",
                       ["TS33328-I.2.1-x01"], outcome="no_key", edit=ktri_alone, group=group)


def ktri_alone(made):
    drop_kekri(made)
    made.nodes["recipients"].children.append(ber.read(KTRI))


def cbc_plan(name, algorithm="aes-128-cbc", **more):
    return plan_of(name, algorithm, type="enveloped", **more)


def enveloped():
    group, kept = "cms_enveloped", ["RFC5652-3-x01", ENVELOPED, "RFC5652-6.1-x02", "RFC5652-6.1-x03", "RFC3565-4.1-x01"]
    for algorithm in ("aes-128-cbc", "aes-256-cbc"):
        yield container(group, f"{algorithm}/refused", f"EnvelopedData with {algorithm.upper()} is not opened", kept,
                        cbc_plan(f"{algorithm}/refused", algorithm), outcome="refused")
        yield container(group, f"{algorithm}/allowed", f"EnvelopedData with {algorithm.upper()}, which may be opened", kept,
                        cbc_plan(f"{algorithm}/allowed", algorithm), allow_unauthenticated=True)
    yield container(group, "enveloped/no-keys", "EnvelopedData is refused without keys too", kept, cbc_plan("enveloped/no-keys"), outcome="refused", keys=[])
    yield container(group, "enveloped/allowed-no-keys", "EnvelopedData that may be opened, without keys", kept, cbc_plan("enveloped/allowed-no-keys"),
                    outcome="not_tried", keys=[], allow_unauthenticated=True)
    more = {"attrs": ["RFC5652-11-x01", "RFC5652-11.4-x01"], **VERSIONS}
    for name, title, plan in (("attrs", "unprotectedAttrs", {"unauth_attrs": [{"type": OTHER_TYPE, "values": [ber.encode(ber.octet_string(b"noted"))]}]}),
                              ("segmented", "Content in segments, indefinite lengths", {"indefinite": True, "segment": 16}),
                              ("empty", "Empty content", {"content": b""}),
                              ("pwri", "Version 3, beside a password recipient", {"recipients": [{"raw": PWRI}, recipient("enveloped/pwri")], "version": 3}),
                              ("ktri", "Version 2, beside a recipient with a public key", {"recipients": [{"raw": KTRI}, recipient("enveloped/ktri")]})):
        yield container(group, f"enveloped/{name}", f"EnvelopedData: {title}", kept + more.get(name, []), cbc_plan(f"enveloped/{name}", **plan), allow_unauthenticated=True)
    for version, what, holder in (*originator_infos(), (2, "a certificate", ber.encode(ber.implicit(0, ber.seq(ber.read(certificate("ca"))))))):
        version = {1: 3, 3: 4}.get(version, version)
        name = f"enveloped/originator-{version}"
        yield container(group, name, f"EnvelopedData of version {version}: originatorInfo with {what}", kept,
                        cbc_plan(name, originator=[holder], version=version), allow_unauthenticated=True)


def enveloped_broken(parents):
    parent, group = parents["aes-128-cbc/allowed"], "cms_enveloped"
    for number in (0, 3):
        yield parent.breaks(f"version-{number}", f"EnvelopedData of version {number} with a KEKRecipientInfo", "version", f"version is {number}",
                            ["RFC5652-6.1-x02"], plan={"version": number})
    yield parents["enveloped/pwri"].breaks("version-2", "EnvelopedData of version 2 with a password recipient", "version", "version is 2", ["RFC5652-6.1-x02"],
                                           plan={"version": 2})
    yield parent.breaks("ktri-alone", "EnvelopedData: no KEKRecipientInfo, and version 0", "recipientInfos", "the recipient is one with a public key",
                        ["TS33328-I.2.1-x01"], outcome="no_key", edit=ktri_alone, plan={"version": 0})
    yield parent.breaks("no-recipient", "EnvelopedData with an empty SET of recipients", "recipientInfos", "the SET is empty", ["RFC5652-6.1-x03"],
                        outcome="no_key", edit=edits.drop("recipients", 0), plan={"version": 0})
    for suffix, path, what, edit in (("no-info", "encryptedContentInfo", "encryptedContentInfo is left out", edits.drop("body", 2)),
                                     ("mac", "", "a mac stands behind encryptedContentInfo", edits.add("body", ber.octet_string(bytes(12)))),
                                     ("attrs-2", "unprotectedAttrs", "the tag of unprotectedAttrs is [2]",
                                      edits.add("body", ber.Node(2, children=[], cls=ber.CONTEXT)))):
        yield parent.breaks(f"inner-{suffix}", f"No EnvelopedData: {what}", path, what, error=ENVELOPED, edit=edit)
    wrong = {**parent.plan["recipients"][0], "kek": octets("enveloped wrong kek", 16)}
    yield parent.breaks("wrong-kek", "EnvelopedData: another KEK under the right identifier", "", "the key that is given is another", outcome="failed",
                        keys=[key(wrong)])
    for size in (16, 40):
        yield parent.breaks(f"wrapped-{size}", f"EnvelopedData: a wrapped key of {size} octets for a content key of 16", "recipientInfos[0].encryptedKey",
                            f"encryptedKey has {size} octets", ["RFC3565-2.4-x02"], outcome="refused",
                            edit=edits.put_kekri("wrapped", ber.octet_string(octets("wrapped cbc key", size))))
    yield parent.breaks("gcm", "EnvelopedData with AES-GCM (RFC 5084 1.1 wants AuthEnvelopedData)", "encryptedContentInfo.contentEncryptionAlgorithm",
                        "it is AES-GCM", outcome="refused",
                        edit=edits.put("algorithm", ber.seq(ber.oid(names.ALGORITHMS["aes-128-gcm"]), ber.seq(ber.octet_string(octets("a nonce", 12))))))
    for name, version in (("originator-3", 2), ("originator-4", 3), ("attrs", 0)):
        other = parents[f"enveloped/{name}"]
        yield other.breaks(f"version-{version}", f"{other.title}, and version {version}", "version", f"version is {version}", ["RFC5652-6.1-x02"],
                           plan={"version": version})
    yield parent.breaks("no-block", "EnvelopedData with a content of no whole blocks", "encryptedContentInfo.encryptedContent", "the last octet is left out",
                        outcome="refused", edit=cut_content)
    yield parent.breaks("detached", "EnvelopedData without encryptedContent", "encryptedContentInfo.encryptedContent", "encryptedContent is left out",
                        outcome="refused", edit=edits.drop("info", 2))
