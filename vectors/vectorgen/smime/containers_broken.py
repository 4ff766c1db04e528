"""AuthEnvelopedData with one change each."""

from pskmime import ber, names

from ..material import octets
from . import edits
from .containers_kept import CCM_NONCE, CCM_TAG, GCM_NONCE, GCM_TAG, KTRI, OTHER_TYPE, generalized, utc
from .draft import key, recipient

INFO, AUTH = "RFC5652-3-x01", "RFC5083-2.1-01"
SIGNED_DATA = "1.2.840.113549.1.7.2"
FAILED = {"outcome": "failed", "keyed": ["RFC5083-2.2-x01"]}


def drafts(parents):
    for part in (outer, inner, limits, versions, aead_sizes, key_wrap, types, attributes, content_type, message_digest, signing_time, der, tags):
        yield from part(parents)


def outer(parents):
    """What is no ContentInfo."""
    parent = parents["aes-128-gcm/tag-12"]
    size = len(parent.octets)
    for suffix, what, status, cut in (
            ("trailing", "an octet stands behind the ContentInfo", "trailing", lambda o: o + b"\0"),
            ("twice", "the ContentInfo stands there twice", "trailing", lambda o: o + o),
            ("last-octet", "the last octet is cut off", "truncated", lambda o: o[:-1]),
            ("half", "all after the first half is cut off", "truncated", lambda o: o[:size // 2]),
            ("two-octets", "all but tag and length is cut off", "truncated", lambda o: o[:3]),
            ("one-octet", "all but the first tag is cut off", "bad_cms", lambda o: o[:1]),
            ("nothing", "there is not one octet", "bad_cms", lambda o: b""),
            ("length-ff", "the first length begins with FF, which is reserved (X.690 8.1.3.5)", "bad_cms", lambda o: o[:1] + b"\xff" + o[2:]),
            ("primitive", "the outer SEQUENCE is primitive", "bad_cms", lambda o: b"\x10" + o[1:]),
            ("set", "the outer SEQUENCE is a SET", "bad_cms", lambda o: b"\x31" + o[1:]),
            ("length-of-2-gb", "the outer length says 2 GB", "truncated", lambda o: b"\x30\x84\x7f\xff\xff\xff" + o[3:])):
        yield parent.breaks(f"octets-{suffix}", f"Not one ContentInfo: {what}", "", what, error=INFO, status=status, cut=cut, group="cms_broken")
    indefinite = parents["ber/indefinite"]
    yield indefinite.breaks("no-end", "An indefinite length that does not end", "", "the last end-of-contents is cut off", error=INFO, cut=lambda o: o[:-2],
                            group="cms_broken")
    yield indefinite.breaks("half-an-end", "Half of an end-of-contents", "", "the last octet is cut off", error=INFO, cut=lambda o: o[:-1], group="cms_broken")
    for suffix, what, edit in (
            ("no-content", "[0] content is left out", edits.drop("root", 1)),
            ("third-field", "a NULL stands behind [0] content", edits.add("root", ber.Node(ber.NULL, b""))),
            ("no-type", "contentType is left out", edits.drop("root", 0)),
            ("two-contents", "[0] holds a NULL besides", edits.add("holder", ber.Node(ber.NULL, b"")))):
        yield parent.breaks(f"info-{suffix}", f"No ContentInfo: {what}", "ContentInfo", what, error=INFO, edit=edit, group="cms_broken")
    yield parent.breaks("mac-too-long", "A length inside that goes beyond what holds it", "mac", "the length of mac is one more than what is there", error=INFO,
                        status="truncated",
                        cut=lambda o: o[:-13] + b"\x0d" + o[-12:], group="cms_broken")


def inner(parents):
    """What is no AuthEnvelopedData."""
    parent, null = parents["aes-128-gcm/tag-12"], ber.Node(ber.NULL, b"")
    for suffix, path, what, edit in (
            ("no-mac", "mac", "mac is left out", edits.drop("body", 3)),
            ("no-version", "version", "version is left out", edits.drop("body", 0)),
            ("no-recipients", "recipientInfos", "the SET of recipients is left out", edits.drop("body", 1)),
            ("no-info", "authEncryptedContentInfo", "authEncryptedContentInfo is left out", edits.drop("body", 2)),
            ("swapped", "mac", "mac stands before authEncryptedContentInfo", edits.swap("body", 2, 3)),
            ("field-too-many", "", "a NULL stands behind mac", edits.add("body", null)),
            ("version-octets", "version", "version is an OCTET STRING", edits.put("version", ber.octet_string(b"\0"))),
            ("version-9-octets", "version", "version has 9 octets", edits.put("version", ber.Node(ber.INTEGER, b"\x01" + bytes(8)))),
            ("version-empty", "version", "version has no octets", edits.put("version", ber.Node(ber.INTEGER, b""))),
            ("recipients-sequence", "recipientInfos", "the recipients are a SEQUENCE", recipients_as_sequence),
            ("key-id-utf8", "recipientInfos[0].kekid.keyIdentifier", "keyIdentifier is a UTF8String", key_id_as(12)),
            ("recipient-5", "recipientInfos[0]", "the tag of the recipient is [5]", recipient_tag(5)),
            ("recipient-0", "recipientInfos[0]", "the tag of the recipient is [0]", recipient_tag(0)),
            ("kekri-field-too-many", "recipientInfos[0]", "a NULL stands behind encryptedKey",
             lambda made: made.nodes["kekri"][0]["node"].children.append(null)),
            ("kekri-no-key", "recipientInfos[0]", "encryptedKey is left out", lambda made: made.nodes["kekri"][0]["node"].children.pop()),
            ("mac-integer", "mac", "mac is an INTEGER", mac_as(ber.INTEGER)),
            ("algorithm-no-oid", "contentEncryptionAlgorithm", "contentEncryptionAlgorithm has no OBJECT IDENTIFIER", edits.drop("algorithm", 0)),
            ("content-tag", "encryptedContent", "the tag of encryptedContent is [1]", content_tag),
            ("attrs-order", "unauthAttrs", "[2] stands before mac", edits.add("body", ber.Node(2, children=[], cls=ber.CONTEXT), 3))):
        yield parent.breaks(f"inner-{suffix}", f"No AuthEnvelopedData: {what}", path, what, error=AUTH, edit=edit, group="cms_broken")


def recipients_as_sequence(made):
    made.nodes["recipients"].tag = ber.SEQUENCE


def key_id_as(tag):
    def edit(made):
        made.nodes["kekri"][0]["kekid"].children[0].tag = tag
    return edit


def recipient_tag(tag):
    def edit(made):
        made.nodes["kekri"][0]["node"].tag = tag
    return edit


def mac_as(tag):
    def edit(made):
        made.nodes["mac"].tag = tag
        made.nodes["mac"].octets = b"\x01" + made.nodes["mac"].octets[1:]
    return edit


def content_tag(made):
    made.nodes["encrypted"].tag = 1


def limits(parents):
    """One more than what is read (SMIME.md section 4, "What is read as a container")."""
    parent = parents["aes-128-gcm/tag-12"]
    deep = ber.octet_string(b"deep")
    for _ in range(32):
        deep = ber.seq(deep)
    for suffix, status, what, change in (("33-deep", "too_deep", "33 encodings and more stand one in another",
                                          {"plan": {"unauth_attrs": [{"type": OTHER_TYPE, "values": [ber.encode(ber.seq())]}]}, "edit": deep_value(deep)}),
                                         ("257-recipients", "too_large", "there are 257 recipients",
                                          {"plan": {"recipients": parent.plan["recipients"] + [{"raw": KTRI}] * 256}}),
                                         ("65-attributes", "too_large", "there are 65 attributes",
                                          {"plan": {"unauth_attrs": [{"type": OTHER_TYPE, "values": []}] * 65}})):
        draft = parent.breaks(f"limit-{suffix}", f"Beyond a limit: {what}", "", what, error="RFC5652-3-x01", status=status, group="cms_broken", **change)
        draft.findings = draft.visible = draft.clauses = []
        draft.error = {"status": status, "id": None}
        yield draft


def deep_value(node):
    def edit(made):
        made.nodes["unauth_attrs"].children[0].children[1].children[0] = node
    return edit


def versions(parents):
    parent = parents["aes-128-gcm/tag-12"]
    for number in (1, 2, -1):
        yield parent.breaks(f"version-{number}", f"AuthEnvelopedData of version {number}", "version", f"version is {number}", ["RFC5083-2.1-03"],
                            plan={"version": number}, group="cms_broken")
    for number in (3, 0):
        yield parent.breaks(f"kekri-version-{number}", f"KEKRecipientInfo of version {number}", "recipientInfos[0].version", f"version is {number}",
                            ["RFC5652-6.2.3-x01"],
                            edit=edits.put_kekri("version", ber.integer(number)), group="cms_broken")
    two = parents["two/second"]
    yield two.breaks("version-of-first", "Two recipients, the first of version 3", "recipientInfos[0].version", "version is 3", ["RFC5652-6.2.3-x01"],
                     edit=edits.put_kekri("version", ber.integer(3)), group="cms_broken")
    yield parent.breaks("no-recipient", "An empty SET of recipients", "recipientInfos", "the SET is empty", ["RFC5083-2.1-04"], outcome="no_key",
                        edit=edits.drop("recipients", 0), group="cms_broken")
    beside = parents["beside-ktri"]
    yield beside.breaks("ktri-alone", "No KEKRecipientInfo", "recipientInfos", "the KEKRecipientInfo is left out", ["TS33328-I.2.1-x01"], outcome="no_key",
                        edit=drop_kekri, group="cms_broken")


def drop_kekri(made):
    made.nodes["recipients"].children.remove(made.nodes["kekri"][0]["node"])


def aead_sizes(parents):
    """Parameters, nonces and tags that AES-GCM or AES-CCM have not (RFC 5084 3.1, 3.2)."""
    for mode, rows in (("gcm", {"params": "RFC5084-3.2-01", "nonce": "RFC5084-3.2-x02", "icv": "RFC5084-3.2-x01", "mac": "RFC5084-3.2-04", "short": [0],
                                "icvs": (0, 4, 8, 11, 17, -1),
                                "should": GCM_TAG, "nonce_should": GCM_NONCE, "other_nonce": 16}),
                       ("ccm", {"params": "RFC5084-3.1-01", "nonce": "RFC5084-3.1-x01", "icv": "RFC5084-3.1-x02", "mac": "RFC5084-3.1-05",
                                "short": [0, 6, 14, 16], "icvs": (0, 2, 5, 13, 15, 18, -1),
                                "should": CCM_TAG, "nonce_should": CCM_NONCE, "other_nonce": 12})):
        parent = parents[f"aes-128-{mode}/tag-12"]
        yield from sizes_of(parent, mode, rows)


def sizes_of(parent, mode, rows):
    group, where = "cms_broken", "contentEncryptionAlgorithm.parameters"
    name = f"AES-{mode.upper()}"
    nonce = parent.plan["nonce"]
    for suffix, what, edit in (("none", "the parameters are left out", edits.drop("algorithm", 1)),
                               ("null", "the parameters are NULL", edits.put("parameters", ber.Node(ber.NULL, b""))),
                               ("octets", "the parameters are an OCTET STRING, the nonce", edits.put("parameters", ber.octet_string(nonce))),
                               ("icv-first", "aes-ICVlen stands before the nonce", edits.add("parameters", ber.integer(12), 0)),
                               ("third", "a third field stands behind aes-ICVlen",
                                edits.both(edits.add("parameters", ber.integer(12)), edits.add("parameters", ber.Node(ber.NULL, b""))))):
        yield parent.breaks(f"params-{suffix}", f"{name}: {what}", where, what, [rows["params"]], outcome="refused", edit=edit, group=group)
    for size in rows["short"]:
        yield parent.breaks(f"nonce-{size}", f"{name} with a nonce of {size} octets", f"{where}.aes-nonce", f"the nonce has {size} octets",
                            [rows["nonce"], rows["nonce_should"]], outcome="refused",
                            edit=edits.both(edits.drop("parameters", 0), edits.add("parameters", ber.octet_string(octets(f"{parent.name} {size}", size)), 0)),
                            group=group)
    if mode == "gcm":
        yield parent.breaks("nonce-129", "AES-GCM with a nonce of 129 octets: refused, for OpenSSL has none that long", f"{where}.aes-nonce",
                            "the nonce has 129 octets", [rows["nonce_should"]], outcome="refused",
                            plan={"nonce": octets(f"{parent.name} 129", 129)}, group=group)
    for icv in rows["icvs"]:
        yield parent.breaks(f"icv-{icv}", f"{name} with an aes-ICVlen of {icv}", f"{where}.aes-ICVlen", f"aes-ICVlen is {icv}", [rows["icv"], rows["should"]],
                            outcome="refused",
                            edit=edits.add("parameters", ber.integer(icv)), group=group)
    yield parent.breaks("icv-16-mac-12", f"{name} whose mac is shorter than aes-ICVlen says", f"{where}.aes-ICVlen", "aes-ICVlen is 16, mac has 12 octets",
                        [rows["mac"], rows["should"]], outcome="refused",
                        edit=edits.add("parameters", ber.integer(16)), group=group)
    for size, what in ((0, "mac is empty"), (11, "the last octet of mac is left out"), (13, "mac has an octet more")):
        yield parent.breaks(f"mac-{size}", f"{name} with a mac of {size} octets where 12 are said", "mac", what, [rows["mac"]], outcome="refused",
                            edit=mac_size(size), group=group)
    yield parent.breaks("tag-16", f"{name} with a tag of 16 octets", f"{where}.aes-ICVlen", "the tag has 16 octets, and aes-ICVlen says so", [rows["should"]],
                        plan={"tag_len": 16}, group=group)
    size = rows["other_nonce"]
    yield parent.breaks(f"nonce-{size}-made", f"{name} with a nonce of {size} octets", f"{where}.aes-nonce", f"it is made with a nonce of {size} octets",
                        [rows["nonce_should"]],
                        plan={"nonce": octets(f"{parent.name} other nonce", size)}, group=group)


def mac_size(size):
    def edit(made):
        node = made.nodes["mac"]
        node.octets = (node.octets + bytes(1))[:size]
    return edit


def key_wrap(parents):
    """keyEncryptionAlgorithm and encryptedKey (RFC 3565 2.3.2, 2.4)."""
    parent, path, null = parents["aes-128-gcm/tag-12"], "recipientInfos[0].keyEncryptionAlgorithm", ber.Node(ber.NULL, b"")
    for suffix, what, node in (("3des", "it is the key wrap of Triple-DES", ber.seq(ber.oid("1.2.840.113549.1.9.16.3.6"), null)),
                               ("kwp", "it is AES-WRAP with padding (RFC 5649)", ber.seq(ber.oid("2.16.840.1.101.3.4.1.8"))),
                               ("cbc", "it is AES-CBC", ber.seq(ber.oid("2.16.840.1.101.3.4.1.2")))):
        yield parent.breaks(f"wrap-{suffix}", f"The key encryption algorithm is no AES-WRAP: {what}", path, what, ["RFC3565-2.4-x01"], outcome="refused",
                            edit=edits.put_kekri("algorithm", node), group="cms_broken")
    yield parent.breaks("wrap-null", "AES-WRAP with NULL parameters", path, "the parameters are NULL", ["RFC3565-2.3.2-x01"],
                        edit=lambda made: made.nodes["kekri"][0]["algorithm"].children.append(null), group="cms_broken")
    longer = recipient("aes-128-gcm/tag-12", 24)
    yield parent.breaks("wrap-192", "AES-WRAP with 192 bits", path, "the KEK has 192 bits", ["TS33328-I.2.1-x03"], plan={"recipients": [longer]},
                        keys=[key(longer)], group="cms_broken")
    for name in ("aes-256-gcm/tag-12", "aes-256-ccm/tag-12"):
        strong, shorter = parents[name], recipient(name, 16)
        yield strong.breaks("kek-128", f"A KEK of 128 bits for {name[:11].upper()}", path, "the KEK has 128 bits", ["RFC3565-2.3.2-x02"],
                            plan={"recipients": [shorter]}, keys=[key(shorter)], group="cms_broken")
    path = "recipientInfos[0].encryptedKey"
    for size in (0, 8, 16, 23, 25, 32, 40):
        yield parent.breaks(f"wrapped-{size}", f"A wrapped key of {size} octets for a content key of 16", path, f"encryptedKey has {size} octets",
                            ["RFC3565-2.4-x02"], outcome="refused",
                            edit=edits.put_kekri("wrapped", ber.octet_string(octets("wrapped key", size))), group="cms_broken")
    bigger = {**parent.plan["recipients"][0], "cek": octets("another cek", 32)}
    yield parent.breaks("wrapped-cek-32", "A content key of 256 bits, wrapped in full, for an algorithm of 128", path, "the key in it has 32 octets",
                        ["RFC3565-2.4-x02"], outcome="refused",
                        plan={"recipients": [bigger]}, group="cms_broken")
    two = parents["two/second"]
    yield two.breaks("first-wrapped-16", "Two recipients, and the wrapped key of the first has the wrong size", path, "encryptedKey of the first has 16 octets",
                     ["RFC3565-2.4-x02"],
                     edit=edits.put_kekri("wrapped", ber.octet_string(octets("wrapped key", 16))), group="cms_broken")


def types(parents):
    """Types and algorithms that annex I has not."""
    parent = parents["aes-128-gcm/tag-12"]
    where, oid = "authEncryptedContentInfo.contentEncryptionAlgorithm", lambda text: edits.both(edits.drop("algorithm", 0),
            edits.add("algorithm", ber.oid(text), 0))
    for mode in ("gcm", "ccm"):
        strong = parents[f"aes-256-{mode}/tag-12"]
        yield strong.breaks("made-192", f"AES-{mode.upper()} with 192 bits, which RFC 5084 has and Table I.2 has not: it opens, and is rejected", where,
                            f"it is made with AES-{mode.upper()} of 192 bits", ["TS33328-I.2.1-x02"],
                            plan={"algorithm": f"aes-192-{mode}", "cek": octets(f"{strong.name} cek of 192 bits", 24)}, group="cms_broken")
    for suffix, what, text in (("aes-128-cbc", "it is AES-CBC", "2.16.840.1.101.3.4.1.2"),
                               ("chacha20", "it is ChaCha20-Poly1305 (RFC 8103)", "1.2.840.113549.1.9.16.3.18")):
        yield parent.breaks(f"alg-{suffix}", f"A content algorithm that Table I.2 has not: {what}", where, what, ["TS33328-I.2.1-x02"], outcome="refused",
                            edit=oid(text), group="cms_broken")
    yield parent.breaks("signed-data", "id-signedData outside", "contentType", "the content type of the ContentInfo is id-signedData", ["TS33328-I.2.1-05"],
                        kind="other", outcome="refused",
                        plan={"outer_type": SIGNED_DATA}, group="cms_broken")
    yield parent.breaks("content-type-signed", "A content that is not id-data, without authAttrs", "authEncryptedContentInfo.contentType",
                        "the content type is id-signedData",
                        ["TS33328-I.2.1-05", "RFC5083-2.1-05"], plan={"content_type": SIGNED_DATA}, group="cms_broken")
    yield parents["attrs/content-type"].breaks("content-type-signed", "A content that is not id-data, with authAttrs", "authEncryptedContentInfo.contentType",
                                               "the content type is id-signedData, in the attribute too",
                                               ["TS33328-I.2.1-05"], plan={"content_type": SIGNED_DATA}, group="cms_broken")
    yield parents["gcm/profile-rfc6043"].breaks("wrap-null", "Under the profile rfc6043: AES-WRAP with NULL parameters",
                                                "recipientInfos[0].keyEncryptionAlgorithm", "the parameters are NULL",
                                                ["RFC3565-2.3.2-x01"], edit=lambda made: made.nodes["kekri"][0]["algorithm"].children.append(ber.Node(ber.NULL,
                                                        b"")), group="cms_broken")
    yield parent.breaks("detached", "No encryptedContent", "authEncryptedContentInfo.encryptedContent", "encryptedContent is left out", outcome="refused",
                        edit=edits.drop("info", 2), group="cms_broken")


def attributes(parents):
    bare = parents["aes-128-gcm/tag-12"]
    yield bare.breaks("empty-auth-attrs", "authAttrs of no attribute", "authAttrs", "[1] is there and empty", ["RFC5652-11-x01"], plan={"auth_attrs": []},
                      group="cms_broken")
    yield bare.breaks("empty-unauth-attrs", "unauthAttrs of no attribute", "unauthAttrs", "[2] is there and empty", ["RFC5652-11-x01"],
                      plan={"unauth_attrs": []}, group="cms_broken")


def oid_octets(text):
    return ber.encode(ber.oid(text))


def content_type(parents):
    row, parent = "RFC5652-11.1-x01", parents["attrs/content-type"]
    data, signed = oid_octets(names.DATA), oid_octets(SIGNED_DATA)
    one = {"type": "content-type"}
    for suffix, path, what, plan, rows in (
            ("unauth", "unauthAttrs", "content-type is an unauthenticated attribute too", {"unauth_attrs": [one]}, [row]),
            ("twice", "authAttrs", "content-type is there twice", {"auth_attrs": [one, one]}, [row]),
            ("two-values", "authAttrs[0]", "content-type has two values", {"auth_attrs": [{"type": "content-type", "values": [data, signed]}]}, [row]),
            ("no-value", "authAttrs[0]", "content-type has no value", {"auth_attrs": [{"type": "content-type", "values": []}]}, [row]),
            ("other", "authAttrs[0]", "content-type is id-signedData", {"auth_attrs": [{"type": "content-type", "values": [signed]}]}, ["RFC5652-9.3-x02"])):
        yield parent.breaks(f"content-type-{suffix}", f"Attribute content-type: {what}", path, what, rows, plan=plan, group="cms_broken")


def message_digest(parents):
    row, parent, both = "RFC5652-11.2-x01", parents["attrs/content-type"], ["RFC5083-2.1-07", "RFC5083-3-01"]
    one, digest = {"type": "message-digest"}, ber.encode(ber.octet_string(octets("a digest", 32)))
    two = {"type": "message-digest", "values": [digest, ber.encode(ber.octet_string(octets("another digest", 32)))]}
    ct = {"type": "content-type"}
    for suffix, path, what, plan, rows in (
            ("there", "authAttrs", "message-digest is there", {"auth_attrs": [ct, one]}, both),
            ("unauth", "unauthAttrs", "message-digest is an unauthenticated attribute", {"unauth_attrs": [one]}, [row]),
            ("twice", "authAttrs", "message-digest is there twice", {"auth_attrs": [ct, one, one]}, [*both, row]),
            ("two-values", "authAttrs", "message-digest is there with two values", {"auth_attrs": [ct, two]}, [*both, row])):
        yield parent.breaks(f"message-digest-{suffix}", f"Attribute message-digest: {what}", path, what, rows, plan=plan, group="cms_broken")


def signing_time(parents):
    row, parent = "RFC5652-11.3-x01", parents["attrs/signing-time"]
    good, ct = utc(b"260102030405Z"), {"type": "content-type"}
    values = (("no-seconds", "it has no seconds", [utc(b"2601020304Z")]), ("offset", "it has an offset", [utc(b"260102030405+0100")]),
              ("generalized-2026", "it is a GeneralizedTime in 2026", [generalized(b"20260102030405Z")]),
              ("generalized-2049", "it is a GeneralizedTime in the last second of 2049", [generalized(b"20491231235959Z")]),
              ("fraction", "it has a fraction of a second", [generalized(b"20500101000000.5Z")]), ("no-zone", "it has no Z", [utc(b"260102030405")]),
              ("month-13", "its month is 13", [utc(b"261302030405Z")]),
              ("integer", "it is an INTEGER", [ber.encode(ber.integer(1767322800))]), ("two-values", "it has two values", [good, utc(b"260102030406Z")]),
              ("no-value", "it has no value", []))
    for suffix, what, octets_of in values:
        yield parent.breaks(f"signing-time-{suffix}", f"Attribute signing-time: {what}", "authAttrs", what, [row],
                            plan={"auth_attrs": [ct, {"type": "signing-time", "values": octets_of}]}, group="cms_broken")
    one = {"type": "signing-time", "values": [good]}
    yield parent.breaks("signing-time-twice", "Attribute signing-time: it is there twice", "authAttrs", "it is there twice", [row],
                        plan={"auth_attrs": [ct, one, one]}, group="cms_broken")
    yield parent.breaks("signing-time-unauth", "Attribute signing-time: it is an unauthenticated attribute too", "unauthAttrs",
                        "it is an unauthenticated attribute too", [row], plan={"unauth_attrs": [one]}, group="cms_broken")


def der(parents):
    """authAttrs in BER: the tag is that of their DER (RFC 5083 2.2), so that they open."""
    row, two, values = "RFC5083-2.1-06", parents["attrs/signing-time"], parents["attrs/two-values"]
    attr = edits.attribute("auth_attrs", 0)
    for parent, suffix, what, edit in (
            (two, "indefinite", "[1] has an indefinite length", edits.shape("auth_attrs", indefinite=True)),
            (two, "long-length", "the length of [1] stands in more octets than it needs", edits.shape("auth_attrs", long_length=2)),
            (two, "unsorted", "the attributes are not sorted", edits.swap("auth_attrs", 0, 1)),
            (two, "attribute-indefinite", "the first attribute has an indefinite length", attr(lambda node: node.__dict__.update(indefinite=True))),
            (two, "values-long-length", "the length of the values of the first attribute stands in more octets than it needs",
             attr(lambda node: node.children[1].__dict__.update(long_length=1))),
            (values, "values-unsorted", "the values are not sorted", attr(lambda node: node.children[1].children.reverse())),
            (values, "value-segmented", "the first value is an OCTET STRING in segments",
             attr(lambda node: node.children[1].children.__setitem__(0, edits.segments(node.children[1].children[0].octets, 2))))):
        yield parent.breaks(f"ber-{suffix}", f"authAttrs that are no DER: {what}", "authAttrs", what, [row], edit=edit, group="cms_broken")


def tags(parents):
    """What opens with no key that is given. Why is never said."""
    for name in ("aes-128-gcm/tag-12", "aes-256-gcm/tag-16", "aes-128-ccm/tag-12", "aes-256-ccm/tag-4"):
        parent = parents[name]
        for suffix, path, what, edit in (
                ("tag-first", "mac", "the first bit of mac is another", edits.flip("mac", 0, 128)),
                ("tag-last", "mac", "the last bit of mac is another", edits.flip("mac", -1)),
                ("content-first", "encryptedContent", "the first bit of the content is another", edits.flip("encrypted", 0, 128)),
                ("content-last", "encryptedContent", "the last bit of the content is another", edits.flip("encrypted", -1)),
                ("nonce", "contentEncryptionAlgorithm.parameters.aes-nonce", "one bit of the nonce is another", flip_nonce),
                ("wrapped", "recipientInfos[0].encryptedKey", "one bit of encryptedKey is another", edits.flip(("wrapped", 0), 3))):
            yield parent.breaks(f"flip-{suffix}", f"One bit: {what}", path, what, edit=edit, group="cms_flipped", **FAILED)
        wrong = octets(f"{name} wrong kek", len(parent.plan["recipients"][0]["kek"]))
        yield parent.breaks("wrong-kek", "Another KEK under the right identifier", "", "the key that is given is another",
                            keys=[key({**parent.plan["recipients"][0], "kek": wrong})], group="cms_flipped", **FAILED)
        other = {**parent.plan["recipients"][0], "cek": octets(f"{name} other cek", len(parent.plan["cek"]))}
        yield parent.breaks("other-cek", "The key that is wrapped is not the one that the content is made with", "recipientInfos[0].encryptedKey",
                            "another content key is wrapped", plan={"recipients": [other]}, group="cms_flipped", **FAILED)
        yield parent.breaks("content-cut", "The last octet of the content is left out", "encryptedContent", "the last octet is left out", edit=cut_content,
                            group="cms_flipped", **FAILED)
    parent = parents["aes-128-gcm/tag-12"]
    yield parent.breaks("kek-of-256", "A KEK that is too long for the AES-WRAP that is named", "", "the key that is given has 32 octets",
                        keys=[key({**parent.plan["recipients"][0], "kek": octets("long kek", 32)})], group="cms_flipped", **FAILED)
    yield parent.breaks("emptied", "The content is gone, its tag is there", "encryptedContent", "encryptedContent is empty",
                        edit=edits.put("encrypted", ber.Node(0, b"", cls=ber.CONTEXT)), group="cms_flipped", **FAILED)
    for name in ("attrs/unknown", "ccm/auth-attrs"):
        yield from aad_changes(parents[name])
    yield parents["two/both-keys"].breaks("both-wrong", "Two recipients whose keys both are others", "", "the keys that are given are others",
                                          keys=[key({**entry, "kek": octets(f"wrong {n}", 16)}) for n,
                                                entry in enumerate(parents["two/both-keys"].plan["recipients"])],
                                          group="cms_flipped", **FAILED)


def aad_changes(parent):
    other = ber.seq(ber.oid(OTHER_TYPE), ber.set_of(ber.octet_string(b"changed")))
    yield parent.breaks("aad-gone", "authAttrs are left out behind the tag's back", "authAttrs", "[1] is left out", edit=edits.drop("body", 3),
                        group="cms_flipped", **FAILED)
    yield parent.breaks("aad-more", "authAttrs have an attribute more than the tag covers", "authAttrs", "an attribute is added", edit=add_sorted(other),
                        group="cms_flipped", **FAILED)


def add_sorted(node):
    def edit(made):
        made.nodes["auth_attrs"].children.append(node)
        made.nodes["auth_attrs"].children.sort(key=ber.encode)
    return edit


def flip_nonce(made):
    node = made.nodes["parameters"].children[0]
    node.octets = edits.flipped(node.octets, 2, 16)


def cut_content(made):
    made.nodes["encrypted"].octets = made.nodes["encrypted"].octets[:-1]
