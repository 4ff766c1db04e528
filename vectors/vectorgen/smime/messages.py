"""SIP MESSAGE and NOTIFY with containers (TS 33.328 F.3, G.3.3), and the conversations that their keys come from."""

import base64

from ..exchange import GTGK_SALT, TEK, other
from ..material import octets
from . import edits
from .draft import TEXT, key, recipient
from .entities import CRLF, URI_LIST, multipart, part
from .requests import HEADERS, NOTIFY, Talk, kept, mikey, mixed, notify, request

SIP = ["TS33328-F.3-12", "TS33328-F.3-13", "TS33328-F.3-14", "TS33328-F.3-15", "TS33328-F.3-16", "TS33328-I.2.2-x02", "TS33328-J.1-03"]
CONFERENCE = b"Content-Type: application/conference-info+xml" + CRLF + CRLF + b'<?xml version="1.0"?><conference-info xmlns="urn:ietf:params:xml:ns:conference-info" entity="sip:conf@example.com"/>' + CRLF
FAILED = {"outcome": "failed", "keyed": ["RFC5083-2.2-x01", "TS33328-F.3-14"], "origin": "not_proven"}
OTHER_URI = "TS33328-F.3-13"


def drafts(parents):
    talks = {"main": Talk("main"), "128": Talk("128", suite="128", keys=((GTGK_SALT, 16),))}
    for draft in [*messages(talks), *without(talks), *notifies(talks), *in_clear()]:
        parents[draft.name] = draft
        yield draft
    for part_of in (transfer_init, request_uri, protection, conversations, notify_broken, bad_sip):
        yield from part_of(parents, talks)


def messages(talks):
    main, short = talks["main"], talks["128"]
    proven = {"origin": "proven", "conversation": main.conversation()}
    yield kept("all", "MESSAGE with TRANSFER_INIT; the ticket's key is known", SIP, mixed(main), main.plan(), **proven)
    yield kept("receiver", "MESSAGE as its receiver sees it: the KMS has verified Vr", SIP, mixed(main), main.plan(), origin="proven",
               conversation=main.conversation("receiver"))
    yield kept("128", "MESSAGE with algorithms of 128 bits, from a GTGK with salt", SIP, mixed(short), short.plan(), origin="proven",
               conversation=short.conversation("receiver"))
    yield kept("ccm", "MESSAGE with AES-CCM", SIP, mixed(main), main.plan(algorithm="aes-256-ccm"), **proven)
    yield kept("binary", "MESSAGE with both parts in binary", SIP, mixed(main, encoding=b"binary", mikey_encoding=b"binary"), main.plan(), **proven)
    yield kept("raw-mikey", "MESSAGE with application/mikey without a transfer encoding", SIP, mixed(main, mikey_encoding=None), main.plan(), **proven)
    yield kept("list", "MESSAGE with a URI list in clear", SIP, mixed(main, beside=[URI_LIST]), main.plan(), **proven)
    yield kept("csb-cs", "keyIdentifier of CSB ID and CS ID, as the setting smime_key_id says", SIP, mixed(main), main.plan(main.csb_cs()),
               settings={"smime_key_id": "csb_cs"}, **proven)
    yield kept("must", "The Request-URI must be one who may resolve the ticket, and is", SIP, mixed(main), main.plan(), settings={"request_uri": "must"},
               **proven)
    yield kept("other-keys", "The TEK of the conversation takes the place of keys", SIP, mixed(main), main.plan(), keys=[key(recipient("sip/other-keys", 32))],
               **proven)
    two = main.plan()
    two = {**two, "recipients": [recipient("sip/two", 32), *two["recipients"]]}
    yield kept("two", "Another recipient before the one of the conversation", SIP, mixed(main), two, **proven)
    for name, uri in (("group", b"sip:carol@example.net"), ("sips", b"sips:bob@example.com"),
                      ("parameters", b"sip:bob:secret@EXAMPLE.com:5061;transport=tls?subject=x")):
        yield kept(f"uri-{name}", f"Request-URI {uri.decode()}", SIP, mixed(main, uri=uri), main.plan(), **proven)
    compact = tuple(line.replace(b"From:", b"f :").replace(b"To:", b"t:") for line in HEADERS)
    yield kept("compact", "Compact names, a folded header", SIP, mixed(main, headers=compact + (b"Subject: one" + CRLF + b"\ttwo",),
                                                                      around=lambda entity, **more: request(entity, **more).replace(b"Content-Type: multipart",
                                                                              b"c: multipart", 1).replace(b"Content-Length", b"l", 1)), main.plan(), **proven)
    yield kept("no-length", "Without Content-Length", SIP, mixed(main, length=False), main.plan(), **proven)
    yield kept("more-octets", "Octets behind Content-Length are not of the message", SIP, lambda data: mixed(main)(data) + b"\r\nMESSAGE", main.plan(),
               **proven)


def without(talks):
    main = talks["main"]
    given = [{"id": main.spi().hex(), "kek": main.tek.hex()}]
    yield kept("no-conversation", "MESSAGE with the key alone", SIP[:2], mixed(main), main.plan(), keys=given)
    yield kept("nothing-known", "MESSAGE without key and conversation", SIP[:2], mixed(main), main.plan(), outcome="not_tried")
    yield from other_schemes(main, given)
    yield kept("no-resolve", "MESSAGE before the ticket is resolved: MPKi is not known", SIP[:2], mixed(main), main.plan(), outcome="not_tried",
               origin="not_proven", conversation=main.conversation("receiver-alone"))


def other_schemes(talk, given):
    """From and To are any URI (RFC 3261 20.20, 25.1: addr-spec), not those of SIP alone."""
    def addressed(name, title, sender, to=b"sip:bob@example.com"):
        headers = tuple(b"From: " + sender if line.startswith(b"From") else b"To: " + to if line.startswith(b"To") else line for line in HEADERS)
        return kept(f"uri-of-{name}", title, SIP[:2], mixed(talk, headers=headers), talk.plan(), keys=given)
    for uri in (b"tel:+12015550123", b"TEL:+1-201-555-0123", b"tel:5550123;phone-context=example.com", b"im:alice@example.com", b"pres:alice@example.com",
                b"mailto:alice@example.com", b"urn:service:sos", b"https://example.com/alice?of=example"):
        yield addressed(f"from-{uri.decode()}", f"From is {uri.decode()}", b'"Alice" <' + uri + b">;tag=49583")
    yield addressed("from-tel-bare", "From is a tel URI without brackets: what follows the semicolon is of the header (RFC 3261 20.10)",
                    b"tel:+12015550123;tag=49583")
    yield addressed("to-tel", "To is a tel URI", b"<sip:alice@example.com>;tag=49583", b"<tel:+12015550124>")
    yield addressed("to-urn", "From and To are URNs", b"<urn:service:sos>;tag=49583", b"<urn:service:counseling>")


def notifies(talks):
    main = talks["main"]
    conference = CONFERENCE
    rows = ["TS33328-G.3.3-02", "TS33328-J.1-03", "TS33328-I.2.2-x02"]
    yield kept("notify", "NOTIFY of a conference with TRANSFER_INIT", rows, mixed(main, around=notify), main.plan(content=conference), origin="proven",
               conversation=main.conversation())
    yield kept("notify-own", "NOTIFY under the subscriber's own ticket: the TRANSFER_INIT is known", rows, lambda data: notify(part(data)),
               main.plan(content=conference), origin="not_proven", conversation=main.conversation("known"))


def in_clear():
    yield kept("text", "MESSAGE with text in clear, without MIKEY", ["TS33328-F.3-16"], lambda _: request(TEXT), outcome="not_tried")
    yield kept("mikey-alone", "MESSAGE with MIKEY alone, and a URI list", ["TS33328-F.3-16"],
               lambda _: request(multipart(mikey(Talk("main").init.data), URI_LIST)), outcome="not_tried")
    presence = [NOTIFY[0], b"Event: presence"]
    yield kept("presence", "NOTIFY of another event package in clear", ["TS33328-G.3.3-02"],
               lambda _: request(CONFERENCE.replace(b"conference", b"pidf"), b"NOTIFY", b"sip:alice@pc.example.com", presence), outcome="not_tried")
    yield kept("body-empty", "MESSAGE without a body", ["TS33328-F.3-16"], lambda _: request(CRLF + CRLF), outcome="not_tried")


def transfer_init(parents, talks):
    """F.3-12, and what it does to the keys."""
    row, talk, parent = "TS33328-F.3-12", talks["main"], parents["sip/all"]
    first = talk.maker.made[0].data
    lost = {"outcome": "not_tried", "origin": "not_proven"}
    for suffix, what, build in (
            ("no-mikey", "application/mikey is left out", lambda data: request(part(data))),
            ("request-init", "application/mikey holds REQUEST_INIT", mixed(talk, init=first)),
            ("no-message", "application/mikey holds octets that are no MIKEY", mixed(talk, init=b"no MIKEY at all")),
            ("truncated", "the last octet of TRANSFER_INIT is left out", mixed(talk, init=talk.init.data[:-1])),
            ("encoding", "application/mikey has an unknown transfer encoding", mixed(talk, mikey_encoding=b"x-none"))):
        yield parent.sip(f"init-{suffix}", f"MESSAGE without TRANSFER_INIT: {what}", "body", what, build, [row], **lost)
    wrong = talk.init.data[:-1] + bytes([talk.init.data[-1] ^ 1])
    yield parent.sip("init-mac", "The MAC of TRANSFER_INIT is wrong", "body.application/mikey", "the last bit of the MAC is another", mixed(talk, init=wrong),
                     **lost)
    end = talk.init.spans["TICKET[0].initiator_data"][1]
    vr = talk.init.data[:end - 1] + bytes([talk.init.data[end - 1] ^ 1]) + talk.init.data[end:]
    for view in ("all", "receiver"):
        yield parents[f"sip/{view}"].sip("vr", f"Vr is wrong: another who may resolve the ticket can have made it (view: {view})", "body.application/mikey",
                                         "the last bit of Vr is another", mixed(talk, init=vr), origin="not_proven")


def request_uri(parents, talks):
    for name, must in (("sip/all", ()), ("sip/must", {OTHER_URI})):
        for suffix, uri in (("carol", b"sip:carol@example.com"), ("tel", b"tel:+15550100"), ("host", b"sip:example.net")):
            talk = talks["main"]
            yield parents[name].sip(f"uri-{suffix}", f"The Request-URI is {uri.decode()}, who may not resolve the ticket" + (": setting must" if must else ""),
                                    "Request-URI", f"it is {uri.decode()}",
                                    mixed(talk, uri=uri), [OTHER_URI], must=must)


def protection(parents, talks):
    """F.3-14 to -16, I.2.2-x02 and the rows of the container in a request."""
    talk, parent = talks["main"], parents["sip/all"]
    other_kek = {"recipients": [{"kek": octets("sip other kek", 32), "id": talk.spi()}]}
    yield parent.sip("other-kek", "The container is not protected with the TEK of the crypto session", "body", "another KEK wraps the content key",
                     plan=other_kek, **FAILED)
    yield parents["sip/receiver"].sip("other-kek", "The same, as the receiver sees it", "body", "another KEK wraps the content key", plan=other_kek, **FAILED)
    yield parent.sip("flip-tag", "One bit of the tag is another", "body", "the last bit of mac is another", edit=edits.flip("mac", -1), **FAILED)
    yield parent.sip("detached", "The container has no content", "body", "encryptedContent is left out", edit=edits.drop("info", 2), keyed=["TS33328-F.3-14"],
                     outcome="refused", origin="not_proven")
    yield parent.sip("key-id", "keyIdentifier is not the SPI", "body", "keyIdentifier is another", plan={"recipients": [{"kek": talk.tek, "id": b"another"}]},
                     keyed=["TS33328-I.2.2-x02"])
    yield parent.sip("key-id-setting", "keyIdentifier is the SPI, where the setting smime_key_id wants CSB ID and CS ID", "",
                     "the setting smime_key_id is csb_cs", keyed=["TS33328-I.2.2-x02"], settings={"smime_key_id": "csb_cs"})
    yield parents["sip/csb-cs"].sip("key-id-default", "keyIdentifier is CSB ID and CS ID, where the default wants the SPI", "",
                                    "the setting smime_key_id is not given", keyed=["TS33328-I.2.2-x02"], settings={})
    row = "TS33328-F.3-15"
    for suffix, what, content in (("list", "a URI list stands in it", multipart(TEXT, URI_LIST)), ("list-alone", "it is a URI list", URI_LIST),
                                  ("list-type", "a part has the type of URI lists, without a disposition",
                                   multipart(TEXT, URI_LIST.replace(b"Content-Disposition: recipient-list\r\n", b""))),
                                  ("disposition", "a part has the disposition recipient-list",
                                   multipart(TEXT, b"Content-Type: text/uri-list" + CRLF + b"Content-Disposition: Recipient-List; handling=required" + CRLF + CRLF + b"sip:bob@example.com" + CRLF))):
        yield parent.sip(f"inside-{suffix}", f"What is for a server is protected: {what}", "content", what, plan={"content": content}, keyed=[row])
    clear = {"outcome": "not_tried", "kind": "", "origin": "not_proven"}
    row = "TS33328-F.3-16"
    for suffix, what, beside in (("text", "text in clear in the place of the container", [TEXT]),
                                 ("text-list", "text in clear and a URI list", [TEXT, URI_LIST]),
                                 ("picture", "a picture in clear", [b"Content-Type: image/png" + CRLF + CRLF + b"PNG"])):
        yield parent.sip(f"clear-{suffix}", f"MESSAGE with MIKEY and {what}", "body", what, lambda _,
                         beside=beside: request(multipart(mikey(talk.init.data), *beside)), [row], **clear)
    yield parent.sip("octet-stream", "MESSAGE with the container as application/octet-stream", "body", "the type is application/octet-stream",
                     lambda data: request(multipart(mikey(talk.init.data), part(data, b"application/octet-stream; smime-type=authEnveloped-data"))),
                     ["RFC8551-3.2-x01"], origin="not_proven")
    yield parent.sip("lf", "Text with LF alone inside", "content", "the lines of the content end in LF alone", plan={"content": TEXT.replace(CRLF, b"\n")},
                     keyed=["RFC8551-3.1.1-x01"])
    known = parents["sip/no-conversation"]
    yield known.sip("wrong-kek", "MESSAGE with another key alone", "", "the key that is given is another", outcome="failed", keyed=["RFC5083-2.2-x01"],
                    keys=[{"id": talk.spi().hex(), "kek": octets("sip wrong kek", 32).hex()}])


def conversations(parents, talks):
    """Another conversation: what TRANSFER_INIT says of the key. Its F.3-06 and F.3-11 are `either`: the origin is proven all the same."""
    parent = parents["sip/all"]
    tek = Talk("tek", keys=((TEK, 32),))
    yield parent.sip("tek", "The SPI names a TEK in the ticket, and no GTGK", "body.application/mikey", "the key in the ticket is a TEK", mixed(tek),
                     keyed=["TS33328-F.3-14"], plan=tek.plan(), conversation=tek.conversation())
    tls = Talk("tls", cs=(other(1, 241, "*"),))
    yield parent.sip("tls", "The crypto session is one of TLS", "body.application/mikey", "Prot type is that of TLS", mixed(tls), keyed=["TS33328-J.1-03"],
                     plan=tls.plan(), conversation=tls.conversation())
    again = Talk("again")
    yield parent.sip("other-init", "The TRANSFER_INIT of another conversation", "body.application/mikey", "TRANSFER_INIT is of another ticket", mixed(again),
                     keyed=["TS33328-I.2.2-x02"], outcome="not_tried", origin="not_proven",
                     conversation={**talks["main"].conversation(), "secrets": without_tpk(talks["main"])})


def without_tpk(talk):
    return {name: value for name, value in talk.conversation()["secrets"].items() if name != "tpk"}


def notify_broken(parents, talks):
    row, talk = "TS33328-G.3.3-02", talks["main"]
    clear = {"outcome": "not_tried", "kind": "", "origin": "not_proven"}
    parent = parents["sip/notify-own"]
    yield parent.sip("clear", "NOTIFY of a conference in clear", "body", "the conference state is in clear", lambda _: notify(CONFERENCE), [row], **clear)
    yield parent.sip("beside", "NOTIFY with the conference state in clear beside the container", "body", "the conference state stands beside the container",
                     lambda data: notify(multipart(part(data), CONFERENCE)), [row])
    event = (NOTIFY[0], b"o: conference ;id=17")
    yield parent.sip("compact", "NOTIFY of a conference in clear; Event in the compact form, with a parameter", "body", "the conference state is in clear",
                     lambda _: request(CONFERENCE, b"NOTIFY", b"sip:alice@pc.example.com", event), [row], **clear)
    yield parents["sip/notify"].sip("other-kek", "NOTIFY under another key: no F.3 row", "body", "another KEK wraps the content key",
                                    plan={"recipients": [{"kek": octets("notify other kek", 32), "id": talk.spi()}]},
                                    outcome="failed", keyed=["RFC5083-2.2-x01"], origin="not_proven")
    yield parents["sip/presence"].sip("conference", "The event package is conference", "Event", "it is conference, and so is the body",
                                      lambda _: notify(CONFERENCE), [row], outcome="not_tried")


def bad_sip(parents, talks):
    parent, talk = parents["sip/nothing-known"], talks["main"]
    whole = parent.octets

    def line(old, new):
        assert old in whole, old
        return lambda _: whole.replace(old, new, 1)
    for suffix, what, build in (
            ("response", "it is a response", line(b"MESSAGE sip:bob@example.com SIP/2.0", b"SIP/2.0 200 OK")),
            ("version", "the version is SIP/1.0", line(b" SIP/2.0\r", b" SIP/1.0\r")),
            ("two-blanks", "two blanks stand behind the method", line(b"MESSAGE sip", b"MESSAGE  sip")),
            ("no-uri", "the Request-URI is no URI", line(b" sip:bob@example.com ", b" bob ")),
            ("no-host", "the Request-URI has no host", line(b" sip:bob@example.com ", b" sip:bob@ ")),
            ("from", "From is no URI", line(b"<sip:alice@example.com>", b"<alice>")), ("to", "To is no URI", line(b"To: sip:bob@example.com", b"To: bob")),
            ("from-no-scheme", "From has a telephone number without a scheme", line(b"<sip:alice@example.com>", b"<+12015550123>")),
            ("from-empty-scheme", "From has a URI whose scheme is empty", line(b"<sip:alice@example.com>", b"<:+12015550123>")),
            ("from-scheme-digit", "From has a URI whose scheme begins with a digit (RFC 3986 3.1)", line(b"<sip:alice@example.com>", b"<1tel:+12015550123>")),
            ("from-tel-blank", "From has a tel URI with a blank in it", line(b"<sip:alice@example.com>", b"<tel:+1 2015550123>")),
            ("to-no-scheme", "To has a telephone number without a scheme", line(b"To: sip:bob@example.com", b"To: <+12015550124>")),
            ("no-from", "From is not there", line(b'From: "Alice" <sip:alice@example.com>;tag=49583\r\n', b"")),
            ("no-to", "To is not there", line(b"To: sip:bob@example.com\r\n", b"")),
            ("uri-8bit", "an octet beyond ASCII stands in the Request-URI", line(b" sip:bob@", b" sip:b\xf6b@")),
            ("no-name", "a header has no name", line(b"Max-Forwards: 70", b": 70")),
            ("no-colon", "a header has no colon", line(b"Max-Forwards: 70", b"Max-Forwards 70")),
            ("cr", "a CR stands alone in a header", line(b"Max-Forwards: 70", b"Max-Forwards: 7\r0")),
            ("nul", "a NUL stands in a header", line(b"Max-Forwards: 70", b"Max-Forwards: \0")),
            ("length", "Content-Length is more than what follows", line(b"Content-Length: ", b"Content-Length: 9")),
            ("length-text", "Content-Length is no number", line(b"Content-Length: ", b"Content-Length: x")),
            ("length-twice", "Content-Length is there twice, once in its compact form", line(b"Content-Length: ", b"l: 1\r\nContent-Length: ")),
            ("type-twice", "Content-Type is there twice, once in its compact form", line(b"Content-Type: ", b"c: text/plain\r\nContent-Type: ")),
            ("from-twice", "From is there twice", line(b"From: ", b"f: sip:carol@example.com\r\nFrom: ")),
            ("gzip", "Content-Encoding is gzip", line(b"Content-Length: ", b"e: gzip\r\nContent-Length: ")),
            ("no-end", "there is no empty line", lambda _: whole.split(CRLF + CRLF)[0] + CRLF), ("nothing", "there is not one octet", lambda _: b"")):
        yield parent.sip(f"bad-{suffix}", f"No SIP request: {what}", "", what, build, error="bad_sip")
    yield parent.sip("not-closed", "A SIP request whose multipart is not closed", "body", "no delimiter closes the multipart",
                     lambda data: request(multipart(mikey(talk.init.data), part(data), close=False)), error="bad_mime")
    yield parent.sip("trailing", "A SIP request whose container has an octet behind it", "body", "an octet stands behind the ContentInfo",
                     lambda data: mixed(talk)(data + b"\0"), error=("trailing", "RFC5652-3-x01"))
    yield parent.sip("base64", "A SIP request whose container is no base64", "body", "a * stands in the base64",
                     lambda data: request(multipart(mikey(talk.init.data), part(data, body=b"*" + base64.b64encode(data)))), ["RFC8551-3.1.2-x01"],
                     outcome="not_tried", kind="")
