"""Whose the origin is: sender, what the signalling says of it, containers that prove none, and what stands in clear beside a container (F.3)."""

from mikeyticket.keys import INITIATOR
from pskmime import names

from ..exchange import URI
from ..material import octets
from .containers_broken import SIGNED_DATA
from .draft import TEXT
from .entities import CRLF, MIKEY, URI_LIST, multipart, part
from .requests import HEADERS, Talk, kept, mikey, mixed, request

SENDER, CLEAR, TYPE = "TS33328-F.3-x01", "TS33328-F.3-14", "TS33328-I.2.1-05"
ROWS = [SENDER, "TS33328-F.3-12", "TS33328-F.3-13", CLEAR]
ALICE_URI, ANONYMOUS = b'"Alice" <sip:alice@example.com>;tag=49583', b'"Anonymous" <sip:anonymous@anonymous.invalid>;tag=49583'
CAROL_URI = b"<sip:carol@example.com>"
SMIME = b"application/pkcs7-mime; smime-type="


def drafts(parents):
    talk = Talk("main")
    proven = {"origin": "proven", "conversation": talk.conversation()}
    for draft in [*senders(talk, proven), *types(talk, proven), *uris(talk, proven), *beside_kept(talk, proven)]:
        parents[draft.name] = draft
        yield draft
    for part_of in (contradictions, unproven, beside, no_requests):
        yield from part_of(parents, talk)


def named(talk, sender=ALICE_URI, *asserted, **more):
    """A request whose From is `sender`, with P-Asserted-Identity headers."""
    headers = tuple(b"From: " + sender if line.startswith(b"From") else line for line in HEADERS)
    return mixed(talk, headers=headers + tuple(b"P-Asserted-Identity: " + one for one in asserted), **more)


def senders(talk, proven):
    asserted = b'"Alice" <sip:alice@example.com>'
    for name, title, sender, values in (
            ("from", "From names the sender with a port, parameters and a domain in another case", b"<sip:alice:pw@EXAMPLE.com:5061;user=phone?subject=x>;tag=1", ()),
            ("from-sips", "From names the sender with a sips URI", b"<sips:alice@example.com>;tag=1", ()),
            ("anonymous", "From at anonymous.invalid names nobody (RFC 3323 4.1)", ANONYMOUS, ()),
            ("anonymous-case", "From at Anonymous.Invalid, with a port", b"<sips:x@Anonymous.Invalid:5061>;tag=1", ()),
            ("asserted", "P-Asserted-Identity names the sender, From is anonymous", ANONYMOUS, (asserted,)),
            ("asserted-carol", "P-Asserted-Identity names the sender, From names another", CAROL_URI + b";tag=1", (asserted,)),
            ("asserted-two", "P-Asserted-Identity has two values, of which the second names the sender", ANONYMOUS, (b"<tel:+12015550123>, <sip:alice@example.com>",)),
            ("asserted-first", "P-Asserted-Identity has two SIP URIs, of which the first names the sender: RFC 3325 9.1 allows one", ANONYMOUS,
             (b"<sips:alice@example.com>, <sip:carol@example.com>",)),
            ("asserted-headers", "P-Asserted-Identity is there twice", ANONYMOUS, (b"<tel:+12015550123>", asserted)),
            ("asserted-comma", "P-Asserted-Identity with a comma and angle brackets in the quoted name", ANONYMOUS, (b'"<sip:carol@example.com>, \\" A." <sip:alice@example.com>',)),
            ("asserted-bare", "P-Asserted-Identity without brackets", ANONYMOUS, (b"sip:alice@example.com",))):
        yield kept(f"sender-{name}", title, ROWS, named(talk, sender, *values), talk.plan(), **proven)
    other = Talk("sender as URI", who={INITIATOR: ("sip:alice@Example.com", URI)})
    yield kept("sender-uri", "IDRi of the ticket is a SIP URI", ROWS, mixed(other), other.plan(), origin="proven", conversation=other.conversation(),
               sender="sip:alice@Example.com")
    given = [{"id": talk.spi().hex(), "kek": talk.tek.hex()}]
    yield kept("sender-not-known", "From names another, and nothing is proven", ROWS[1:3], named(talk, CAROL_URI), talk.plan(), keys=given)


def types(talk, proven):
    """AuthenticatedData proves an origin too, although annex I has no such type; EnvelopedData never does."""
    ask = {"conversation": talk.conversation(), "allow_unauthenticated": True}
    mac = talk.plan(algorithm="hmac-sha-256", type="authenticated", cek=octets("sip authenticated cek", 32), nonce=b"")
    yield kept("authenticated", "MESSAGE with AuthenticatedData", ROWS, around(talk, b"authenticated-data"), mac, **proven)
    cbc = talk.plan(algorithm="aes-256-cbc", type="enveloped", nonce=octets("sip enveloped iv", 16))
    yield kept("enveloped", "MESSAGE with EnvelopedData that may be opened: nothing shows who made it", ROWS[1:], around(talk, b"enveloped-data"), cbc,
               origin="not_proven", **ask)
    yield kept("enveloped-from", "The same, and From names another", ROWS[1:], around(talk, b"enveloped-data", CAROL_URI), cbc, origin="not_proven", **ask)


def around(talk, kind, sender=ALICE_URI, type=SMIME):
    headers = tuple(b"From: " + sender if line.startswith(b"From") else line for line in HEADERS)
    return lambda data: request(multipart(mikey(talk.init.data), part(data, type + kind)), headers=headers)


def uris(talk, proven):
    escaped = b"<sip:%61lice@example.%63om>;tag=1"
    given = [{"id": talk.spi().hex(), "kek": talk.tek.hex()}]
    yield kept("crlf-before", "Empty lines before the start line do not matter (RFC 3261 7.5)", ROWS, lambda data: CRLF * 2 + mixed(talk)(data), talk.plan(), **proven)
    yield kept("uri-of-from-escaped", "From is a URI with octets that are escaped", ROWS[1:3], named(talk, escaped), talk.plan(), keys=given)


def beside_kept(talk, proven):
    recipients = b"Content-Type: text/plain" + CRLF + b"Content-Disposition: recipient-list" + CRLF + CRLF + b"sip:bob@example.com" + CRLF
    for name, title, build in (
            ("list-behind", "A URI list in clear behind the container", lambda data: request(multipart(mikey(talk.init.data), part(data), URI_LIST))),
            ("list-disposition", "A part with disposition recipient-list in clear before the container", mixed(talk, beside=[recipients])),
            ("multipart-list", "A multipart with disposition recipient-list, and text in it: all of it is for the server", mixed(talk, beside=[served(TEXT)])),
            ("two-mikey", "A second application/mikey behind the container", lambda data: request(multipart(mikey(talk.init.data), part(data), MIKEY)))):
        yield kept(f"beside-{name}", title, ROWS, build, talk.plan(), **proven)


def served(*parts):
    return multipart(*parts, boundary=b"served", head=b"Content-Disposition: recipient-list" + CRLF)


def contradictions(parents, talk):
    parent = parents["sip/all"]
    for suffix, what, sender, asserted in (
            ("from-carol", "From names another", CAROL_URI + b";tag=1", ()), ("from-case", "From names a user in another case", b"<sip:Alice@example.com>;tag=1", ()),
            ("from-domain", "From names a user of another domain", b"<sip:alice@example.com.example.net>;tag=1", ()),
            ("from-tel", "From is a tel URI", b"<tel:+12015550123>;tag=1", ()), ("from-im", "From is an im URI", b"<im:alice@example.com>;tag=1", ()),
            ("from-host", "From has no user", b"<sip:example.com>;tag=1", ()),
            ("from-almost-anonymous", "From is at a domain in anonymous.invalid", b"<sip:anonymous@x.anonymous.invalid>;tag=1", ()),
            ("from-user-anonymous", "From has a user who is called anonymous.invalid", b"<sip:anonymous.invalid@example.com>;tag=1", ()),
            ("from-name", "From names another, and the sender in its display name", b'"<sip:alice@example.com>" <sip:carol@example.com>;tag=1', ()),
            ("asserted-carol", "P-Asserted-Identity names another, From the sender", ALICE_URI, (CAROL_URI,)),
            ("asserted-carol-anonymous", "P-Asserted-Identity names another, From nobody", ANONYMOUS, (CAROL_URI,)),
            ("asserted-tel", "P-Asserted-Identity is a tel URI alone", ALICE_URI, (b"<tel:+12015550123>",)),
            ("asserted-two", "P-Asserted-Identity names two others", ALICE_URI, (b"<tel:+12015550123>, " + CAROL_URI,)),
            ("asserted-second", "P-Asserted-Identity names another, and the sender behind it", ALICE_URI, (CAROL_URI + b", <sip:alice@example.com>",)),
            ("asserted-second-header", "P-Asserted-Identity names another, and the sender in a second header", ALICE_URI, (CAROL_URI, b"<sip:alice@example.com>")),
            ("asserted-empty", "P-Asserted-Identity is empty", ALICE_URI, (b"",)), ("asserted-text", "P-Asserted-Identity is no URI", ALICE_URI, (b"alice",)),
            ("asserted-anonymous", "P-Asserted-Identity is at anonymous.invalid: that is for From alone", ALICE_URI, (b"<sip:anonymous@anonymous.invalid>",)),
            ("asserted-quoted", "P-Asserted-Identity has the sender behind a comma in quotes", ALICE_URI, (b'"x, <sip:alice@example.com>" <sip:carol@example.com>',))):
        yield parent.sip(f"sender-{suffix}", f"The signalling says another than who is proven to be the origin: {what}",
                         "P-Asserted-Identity" if asserted else "From", what, named(talk, sender, *asserted), keyed=[SENDER])
    yield parents["sip/authenticated"].sip("from-carol", "AuthenticatedData, and From names another", "From", "From names another",
                                           around(talk, b"authenticated-data", CAROL_URI), keyed=[SENDER])


def unproven(parents, talk):
    """What is made as it must not be proves nothing (SMIME.md section 4, `origin`)."""
    none = {"origin": "not_proven"}
    attrs = {"auth_attrs": [{"type": "content-type"}]}
    parent = parents["sip/all"]
    yield parent.sip("signed-data", "The content is no id-data", "body", "the content type is id-signedData, in the attribute too", rows=[TYPE],
                     plan={"content_type": SIGNED_DATA, **attrs}, **none)
    yield parent.sip("attrs-missing", "The content is no id-data, and there are no authAttrs", "body", "the content type is id-signedData",
                     rows=[TYPE, "RFC5083-2.1-05"], plan={"content_type": SIGNED_DATA}, **none)
    yield parent.sip("x-pkcs7", "The container travels as application/x-pkcs7-mime", "body", "it is application/x-pkcs7-mime",
                     around(talk, b"authEnveloped-data", type=SMIME.replace(b"pkcs7", b"x-pkcs7")), ["RFC8551-3.2-x01"], **none)
    counter = {"unauth_attrs": [{"type": names.COUNTERSIGNATURE, "values": []}]}
    yield parent.sip("countersignature", "A countersignature among unauthAttrs rejects nothing: the origin is proven", "body", "unauthAttrs are a countersignature",
                     rows=["RFC5652-11.4-x01"], plan=counter)


def beside(parents, talk):
    picture = b"Content-Type: image/png" + CRLF + CRLF + b"PNG"
    init = mikey(talk.init.data)
    html = b"Content-Type: text/html" + CRLF + CRLF + b"<p>noon</p>"
    for suffix, what, build in (
            ("text-before", "text stands before the container", mixed(talk, beside=[TEXT])),
            ("text-behind", "text stands behind the container", lambda data: request(multipart(init, part(data), TEXT))),
            ("text-first", "text stands before application/mikey", lambda data: request(multipart(TEXT, init, part(data)))),
            ("text-nested", "text stands in a multipart behind the container", lambda data: request(multipart(init, part(data), multipart(picture, html, boundary=b"inner")))),
            ("text-around", "the container stands in a multipart, text behind it", lambda data: request(multipart(init, multipart(part(data), boundary=b"inner"), TEXT))),
            ("picture", "a picture stands behind the container", lambda data: request(multipart(init, part(data), picture))),
            ("no-headers", "a part without headers stands behind the container", lambda data: request(multipart(init, part(data), CRLF + b"text"))),
            ("list-text", "text and a URI list stand beside the container", mixed(talk, beside=[URI_LIST, TEXT])),
            ("second", "the same container stands there twice", lambda data: request(multipart(init, part(data), part(data)))),
            ("second-octets", "another container stands behind it as application/octet-stream",
             lambda data: request(multipart(init, part(data), part(data, b"application/octet-stream")))),
            ("second-served", "another container stands behind it in a multipart with disposition recipient-list",
             lambda data: request(multipart(init, part(data), served(part(data))))),
            ("no-octets", "a part of no octets, without headers, stands behind the container", lambda data: request(multipart(init, part(data), CRLF))),
            ("second-list", "another container stands behind it with disposition recipient-list",
             lambda data: request(multipart(init, part(data), part(data, disposition=b"recipient-list"))))):
        for name in ("sip/all", "sip/no-conversation"):
            yield parents[name].sip(f"beside-{suffix}", f"Not all is protected: {what}" + (" (no conversation)" if name != "sip/all" else ""), "body", what, build, [CLEAR])


def no_requests(parents, talk):
    """Other methods, and `%` without two digits behind it (RFC 3986 2.1)."""
    parent = parents["sip/nothing-known"]
    whole = parent.octets

    def line(old, new):
        assert old in whole, old
        return lambda _: whole.replace(old, new, 1)
    start, sender = b"MESSAGE sip:bob@example.com ", b"<sip:alice@example.com>"
    for suffix, what, build in (
            ("invite", "the method is INVITE", line(start, start.replace(b"MESSAGE", b"INVITE"))),
            ("message-small", "the method is message: case counts (RFC 3261 7.1)", line(start, start.replace(b"MESSAGE", b"message"))),
            ("message-longer", "the method is MESSAGES", line(start, start.replace(b"MESSAGE", b"MESSAGES"))),
            ("publish", "the method is PUBLISH", line(start, start.replace(b"MESSAGE", b"PUBLISH"))),
            ("from-percent", "From has % without digits behind it", line(sender, b"<sip:alice@example.%com>")),
            ("from-percent-end", "From ends in %4", line(sender, b"<sip:alice@example.com%4>")),
            ("to-percent", "To has %zz", line(b"To: sip:bob@", b"To: sip:b%zzob@")),
            ("uri-percent", "the Request-URI has % alone", line(b" sip:bob@", b" sip:b%@"))):
        yield parent.sip(f"bad-{suffix}", f"No SIP request: {what}", "", what, build, error="bad_sip")
