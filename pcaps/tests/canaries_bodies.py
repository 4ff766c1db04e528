"""Places in bodies of SIP: every line of SDP, attributes, multipart bodies, XML, texts, what is encoded or packed."""

import base64
import gzip
import quopri
import zlib

from canaries import Book
from canaries_sip import request

HEAD = {"v": "0", "o": "- 1 1 IN IP4 192.0.2.1", "s": "-", "i": None, "u": None, "e": None, "p": None, "c": "IN IP4 192.0.2.1", "b": None, "t": "0 0", "r": None, "z": None, "k": None}
LINES = {"v": ["{}"], "o": ["{} 1 1 IN IP4 192.0.2.1", "- {} 1 IN IP4 192.0.2.1", "- 1 {} IN IP4 192.0.2.1", "- 1 1 {} IP4 192.0.2.1", "- 1 1 IN {} 192.0.2.1", "- 1 1 IN IP4 {}", "- 1 1 IN IP6 {}", "{}"],
         "s": ["{}", "talk of {}"], "i": ["{}", "see {}"], "u": ["{}", "http://{}/", "http://example.com/{}", "http://example.com/?q={}"], "e": ["{}", "{}@example.com", "a@b.example ({})", "{} <a@b.example>"],
         "p": ["{}", "{} (office)", "+1 ({})"], "c": ["IN IP4 {}", "IN IP6 {}", "IN IP4 {}/127/3", "IN {} x", "{}"], "b": ["AS:{}", "{}:64", "X-{}:1", "{}"], "t": ["{} 0", "0 {}", "{}"],
         "r": ["7d 1h 0 {}", "{}"], "z": ["0 {}", "{}"], "k": ["clear:{}", "base64:{}", "uri:http://example.com/{}", "prompt {}", "{}"], "x": ["{}"]}
MEDIA = {"m": ["{} 4000 RTP/SAVP 0", "audio {} RTP/SAVP 0", "audio 4000/{} RTP/SAVP 0", "audio 4000 RTP/{} 0", "audio 4000 {} 0", "audio 4000 RTP/SAVP {}", "message 2855 TCP/TLS/MSRP {}", "{}"]}
ATTRIBUTES = """cat keywds tool ptime maxptime rtpmap orient type charset sdplang lang framerate quality fmtp rtcp mid group curr des conf crypto key-mgmt setup connection fingerprint path accept-types accept-wrapped-types
max-size msrp-cema floorctrl confid userid floorid label content source-filter candidate remote-candidates ice-ufrag ice-pwd ice-options ice-mismatch end-of-candidates rtcp-fb rtcp-mux rtcp-xr ssrc ssrc-group extmap extmap-allow-mixed simulcast rid
imageattr msid identity tls-id dtls-id file-selector file-transfer-id file-disposition file-date file-icon file-range cs-correlation T38FaxVersion T38MaxBitRate T38FaxRateManagement T38FaxUdpEC record X-nat silenceSupp
ecn-capable-rtp acfg pcfg tcap acap rmcap csup creq control range etag phone-context clir sendonly inactive sqn cdsc cpar anbr bw-info precondition content-id chatroom sctp-port sctpmap max-message-size dcmap dcsa
3ge2ae 3gOoBTC omr-codec omr-m-cap visited-realm secondary-realm predefined_ROHC_Profiles alt-group zrtp-hash ts-refclk mediaclk sync-time h248item ANAT x-unknown""".split()
FORMS = {"rtpmap": ["0 {}/8000", "0 PCMU/{}", "{} PCMU/8000"], "fmtp": ["0 {}=1", "0 mode-set={}", "{} x=1"], "rtcp": ["4001 IN IP4 {}", "{}"], "crypto": ["1 AES_CM_128_HMAC_SHA1_80 inline:{}", "1 {} inline:1", "1 AES_CM_128_HMAC_SHA1_80 inline:1|{}"],
         "key-mgmt": ["{} AAAA", "{}"], "fingerprint": ["sha-256 {}", "{} AB:CD"], "path": ["msrp://{}:2855/s1;tcp", "msrp://192.0.2.1:2855/{};tcp", "msrps://{}@192.0.2.1:2855/s;tcp", "msrp://192.0.2.1:2855/s;{}", "msrp://192.0.2.1:2855/s;tcp;x={}",
         "msrp://a.example:2855/s;tcp msrp://{}:2855/s;tcp"], "candidate": ["1 1 UDP 2130706431 {} 4000 typ host", "1 1 UDP 2130706431 192.0.2.1 4000 typ srflx raddr {} rport 9", "{} 1 UDP 2130706431 192.0.2.1 4000 typ host", "1 1 UDP 1 192.0.2.1 4000 typ {}",
         "1 1 UDP 1 {}.local 4000 typ host", "1 1 UDP 1 192.0.2.1 4000 typ host generation {}", "1 1 UDP 1 192.0.2.1 4000 typ host network-id {}"], "remote-candidates": ["1 {} 4000"], "ssrc": ["1 cname:{}", "1 cname:{}@example.com", "1 msid:{}", "1 {}:x"],
         "source-filter": ["incl IN IP4 * {}", " incl IN IP4 {} 192.0.2.1"], "group": ["BUNDLE {}", "{} 1"], "file-selector": ['name:"{}"', "hash:sha-1:{}", "type:{}/x"], "msid": ["{} {}"], "identity": ["{}", "eyJ x={}"], "conf": ["qos remote {}"], "curr": ["qos {} none", "{}"],
         "extmap": ["1 urn:ietf:params:rtp-hdrext:{}", "1 http://{}/x"], "label": ["{}"], "mid": ["{}"], "floorid": ["1 mstrm:{}"], "accept-types": ["text/plain {}/x", "{}"], "setup": ["{}", "active {}"], "X-nat": ["{}"], "visited-realm": ["1 {} IN IP4 192.0.2.9 4000", "1 a.example IN IP4 {} 4000"],
         "T38FaxRateManagement": ["{}"], "acap": ["1 key-mgmt:mikey {}", "1 crypto:1 AES inline:{}"], "dcmap": ['0 subprotocol="{}"'], "dcsa": ["0 path:msrp://{}:1/s;tcp"], "tool": ["{} 1.0"], "charset": ["{}"], "lang": ["{}"], "3ge2ae": ["{}", "requested {}"]}
SDP = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/SAVP 0\r\n"


def sdp(kind=None, value="", media="audio 4000 RTP/SAVP 0", more=()):
    lines = [f"{name}={value if name == kind else given}" for name, given in HEAD.items() if name == kind or given is not None]
    lines += ([f"{kind}={value}"] if kind and kind not in HEAD and kind != "m" else []) + [f"m={value if kind == 'm' else media}", *more]
    return "".join(line + "\r\n" for line in lines)


def of_form(form):
    return ("ipv6",) if "IP6 {}" in form else ("words", "phone", "ipv4", "name")


def lines(book):
    for kind, forms in {**LINES, **MEDIA}.items():
        for form in forms:
            book.kinds(f"{kind}= {form}", lambda text, n, k=kind, f=form: request(n, body=sdp(k, f.replace("{}", text))), of_form(form))
    for name in ATTRIBUTES:
        for form in dict.fromkeys(["{}", *FORMS.get(name, ())]):
            for level in ("media", "session") if form == "{}" else ("media",):
                kinds = of_form(form) if form != "{}" else ("words", "short", "phone", "imei", "mac", "ipv6", "name") if level == "media" else ("words", "phone")

                def body(text, n, name=name, form=form, level=level):
                    line = f"a={name}:{form.replace('{}', text)}"
                    return request(n, body=sdp(more=[line]) if level == "media" else sdp("t", "0 0\r\n" + line))
                book.kinds(f"a={name} {form}, {level}", body, kinds)
    book.kinds("name of an attribute", lambda text, n: request(n, body=sdp(more=[f"a={text}:1"])), ("words", "short", "phone", "mac"))
    book.kinds("flag", lambda text, n: request(n, body=sdp(more=[f"a={text}"])), ("words", "phone", "name"))
    book.kinds("line that is none", lambda text, n: request(n, body=sdp(more=[text])), ("words", "phone", "name", "ipv4"))
    book.kinds("line with an LF alone", lambda text, n: request(n, body=sdp(more=[f"a=x:{text}\na=y"])), ("words", "phone"))
    book.kinds("last line without its end", lambda text, n: request(n, body=sdp() + f"a=x:{text}"), ("words", "phone"))
    book.kinds("text that says it is SDP", lambda text, n: request(n, body=f"{text}\r\n"), ("words", "phone", "name"))
    book.kinds("untyped SDP", lambda text, n: request(n, body=sdp("s", text), content_type="").replace(b"Content-Type: \r\n", b""), ("words",))


def multipart(*parts, boundary="b", preamble="", epilogue="", end="--"):
    return preamble + "".join(f"--{boundary}\r\n{head}\r\n\r\n{body}\r\n" for head, body in parts) + f"--{boundary}{end}\r\n" + epilogue


PARTS = {
    "preamble": lambda t: multipart(("Content-Type: application/sdp", SDP), preamble=t + "\r\n"), "epilogue": lambda t: multipart(("Content-Type: application/sdp", SDP), epilogue=t + "\r\n"),
    "boundary": lambda t: multipart(("Content-Type: application/sdp", SDP), boundary=t), "type": lambda t: multipart((f"Content-Type: {t}/plain", "a")), "subtype": lambda t: multipart((f"Content-Type: text/{t}", "a")),
    "parameter": lambda t: multipart((f"Content-Type: text/plain; charset={t}", "a")), "name of a parameter": lambda t: multipart((f"Content-Type: text/plain; {t}=1", "a")), "file name": lambda t: multipart((f'Content-Disposition: attachment; filename="{t}.txt"', "a")),
    "extended parameter": lambda t: multipart((f"Content-Disposition: attachment; filename*=utf-8'en'{''.join(f'%{o:02X}' for o in t.encode())}", "a")), "disposition": lambda t: multipart((f"Content-Disposition: {t}", "a")),
    "Content-ID": lambda t: multipart((f"Content-ID: <{t}@example.com>", "a")), "Content-Description": lambda t: multipart((f"Content-Description: {t}", "a")), "Content-Location": lambda t: multipart((f"Content-Location: http://{t}/", "a")),
    "Content-Language": lambda t: multipart((f"Content-Language: {t}", "a")), "Content-Transfer-Encoding": lambda t: multipart((f"Content-Transfer-Encoding: {t}", "a")), "unknown header": lambda t: multipart((f"X-A: {t}", "a")),
    "name of a header": lambda t: multipart((f"{t}: 1", "a")), "folded header": lambda t: multipart((f"Content-Description: a\r\n {t}", "a")), "text": lambda t: multipart(("Content-Type: text/plain", t)), "untyped": lambda t: multipart(("X-A: 1", t)),
    "SDP": lambda t: multipart(("Content-Type: application/sdp", sdp("s", t))), "SDP attribute": lambda t: multipart(("Content-Type: application/sdp", sdp(more=[f"a=x:{t}"]))), "second SDP": lambda t: multipart(("Content-Type: application/sdp", SDP), ("Content-Type: application/sdp", sdp("s", t))),
    "XML": lambda t: multipart(("Content-Type: application/pidf+xml", f"<a>{t}</a>")), "sipfrag": lambda t: multipart(("Content-Type: message/sipfrag", f"SIP/2.0 200 OK\r\nContact: <sip:{t}@example.com>\r\n")), "headers alone": lambda t: f"--b\r\nX-A: {t}\r\n--b--\r\n",
    "base64": lambda t: multipart(("Content-Type: text/plain\r\nContent-Transfer-Encoding: base64", base64.b64encode(b"told by " + t.encode()).decode())), "base64 of SDP": lambda t: multipart(("Content-Type: application/sdp\r\nContent-Transfer-Encoding: base64", base64.encodebytes(sdp("s", t).encode()).decode())),
    "quoted-printable": lambda t: multipart(("Content-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable", "".join(f"={o:02X}" for o in t.encode()))),
    "within another": lambda t: multipart(("Content-Type: multipart/mixed;boundary=c", multipart(("Content-Type: text/plain", t), boundary="c", preamble=t, epilogue=t))), "another boundary": lambda t: multipart(("Content-Type: text/plain", t), boundary="q"),
    "without an end": lambda t: f"--b\r\nContent-Type: text/plain\r\n\r\n{t}\r\n", "behind a boundary": lambda t: multipart(("Content-Type: text/plain", "a")).replace("--b\r\n", f"--b {t}\r\n", 1), "behind the last boundary": lambda t: multipart(("Content-Type: text/plain", "a"), end="--" + t),
    "MIKEY that is none": lambda t: multipart(("Content-Type: application/mikey", t)), "container that is none": lambda t: multipart(("Content-Type: application/pkcs7-mime", t)), "binary": lambda t: multipart(("Content-Type: application/octet-stream", t)),
}
NAMESPACE = 'xmlns="urn:ietf:params:xml:ns:pidf"'
XML = {
    "text": "<presence {n}><note>{}</note></presence>", "attribute": '<presence {n} entity="pres:{}@example.com"/>', "whole attribute": '<presence {n} entity="{}"/>', "attribute in other quotes": "<presence {n} entity='{}'/>", "comment": "<presence {n}><!-- {} --></presence>",
    "processing instruction": "<?{} x?><presence {n}/>", "data of a processing instruction": "<?x {}?><presence {n}/>", "namespace": '<presence {n} xmlns:a="http://{}/a"/>', "urn of a namespace": '<a:b xmlns:a="urn:{}"/>', "prefix": '<{}:b xmlns:{}="urn:x"/>',
    "element": "<presence {n}><{}>1</{}></presence>", "attribute's name": '<presence {n} {}="1"/>', "CDATA": "<presence {n}><![CDATA[{}]]></presence>", "entity": '<!DOCTYPE a [<!ENTITY e "{}">]><a>&e;</a>', "name of an entity": '<!DOCTYPE a [<!ENTITY {} "1">]><a/>', "system identifier": '<!DOCTYPE a SYSTEM "http://{}/x.dtd"><a/>',
    "public identifier": '<!DOCTYPE a PUBLIC "{}" "x"><a/>', "reference to an entity": "<a>&{};</a>", "element without an end": "<a><b>{}</b>", "tag without an end": "<a b={} c", "attribute without quotes": "<a b={}/>", "in front of all": "{}<a/>", "behind all": "<a/>{}", "encoding": '<?xml version="1.0" encoding="{}"?><a/>',
    "version": '<?xml version="{}"?><a/>', "between elements": "<a>{}<b/>{}</a>", "two ends": "<a></a></{}>", "no XML": "{}", "comment without an end": "<a/><!-- {}", "schemaLocation": '<a xsi:schemaLocation="urn:x http://{}/a.xsd" xmlns:xsi="urn:y"/>', "link": '<resource-lists {n}><list><entry uri="sip:{}@example.com"/></list></resource-lists>',
    "display name": "<resource-lists {n}><list><entry uri='sip:a@b.example'><display-name>{}</display-name></entry></list></resource-lists>", "contact": "<reginfo {n}><registration aor='sip:{}@example.com' id='1' state='active'/></reginfo>", "identifier": "<reginfo {n}><registration aor='sip:a@b.example' id='{}' state='active'/></reginfo>",
    "place": "<gp:pos {n} xmlns:gp='urn:g'>52.{} 13.1</gp:pos>", "language": '<note {n} xml:lang="{}">a</note>',
}
TYPES = """text/plain text/html text/directory text/x-vcard message/cpim message/sipfrag message/sip message/http message/imdn+xml application/json application/octet-stream application/im-iscomposing+xml application/simple-message-summary application/vnd.3gpp.sms application/vnd.3gpp.ussd
application/isup application/x-anything image/png application/dtmf-relay application/media_control+xml application/pkcs7-mime application/pkcs7-signature application/EmergencyCallData.eCall.MSD application/mikey application/rs-metadata+xml text/rtt audio/telephone-event application/x-www-form-urlencoded application/pdf x/y""".split()
XML_TYPES = "pidf+xml reginfo+xml conference-info+xml dialog-info+xml resource-lists+xml vnd.3gpp.mcptt-info+xml vnd.3gpp.state-and-event-info+xml xml load-control+xml".split()
CODINGS = {"gzip": lambda t: gzip.compress(t.encode(), mtime=0), "deflate": lambda t: zlib.compress(t.encode()), "identity": str.encode, "x-anything": str.encode}


def others(book):
    for name, make in PARTS.items():
        plain = name in ("type", "subtype", "parameter", "name of a parameter", "disposition", "Content-Language", "Content-Transfer-Encoding", "boundary", "name of a header")
        book.kinds(f"multipart, {name}", lambda t, n, make=make, name=name: request(n, body=make(t), content_type=f'multipart/mixed;boundary="{t if name == "boundary" else "b"}"'),
                   ("words", "phone", "ipv4") if plain else ("words", "short", "phone", "ipv6", "name"))
    for name, text in XML.items():
        broken = name in ("element", "prefix", "attribute's name", "name of an entity", "two ends", "reference to an entity")
        for kind in XML_TYPES[:1] if name not in ("text", "attribute", "comment") else XML_TYPES:
            make = lambda t, n, text=text, kind=kind: request(n, body=text.replace("{n}", NAMESPACE).replace("{}", t), content_type=f"application/{kind}")
            book.kinds(f"XML, {name}, {kind}", make, ("words",) if broken else ("words", "short", "phone", "ipv4", "name") if kind == XML_TYPES[0] else ("words", "phone"))
    book.kinds("XML, numeric entities", lambda t, n: request(n, body="<a>" + "".join(f"&#{ord(one)};" for one in t) + "</a>", content_type="application/xml"), ("words", "phone", "name"))
    book.kinds("XML, hexadecimal entities", lambda t, n: request(n, body="<a>" + "".join(f"&#x{ord(one):X};" for one in t) + "</a>", content_type="application/xml"), ("words", "name"))
    book.kinds("XML in UTF-16", lambda t, n: request(n, body=f"<a>{t}</a>".encode("utf-16"), content_type="application/xml"), ("words", "phone"))
    for kind in TYPES:
        for form, kinds in (("{}", ("words", "short", "phone", "name", "imei")), ("From: <sip:{}@example.com>\r\n\r\nto {}\r\n", ("words", "phone", "ipv4"))):
            book.kinds(f"body of {kind}: {form!r}", lambda t, n, f=form, k=kind: request(n, "MESSAGE sip:bob@example.com SIP/2.0", f.replace("{}", t), content_type=k), kinds)
        canary = book.canary(f"octets of {kind}", "binary")
        book.datagram(f"octets of {kind}", "binary", lambda t, n, k=kind: request(n, "MESSAGE sip:bob@example.com SIP/2.0", b"\0\1" + t + b"\0", content_type=k))
        assert canary.text
    for coding, pack in CODINGS.items():
        book.kinds(f"Content-Encoding {coding}", lambda t, n, c=coding, pack=pack: request(n, body=pack(sdp("s", t)), more=[("Content-Encoding", c)]), ("words", "phone", "name"))
        book.kinds(f"e: {coding}, text", lambda t, n, c=coding, pack=pack: request(n, body=pack(t), content_type="text/plain", more=[("e", c)]), ("words", "phone"))
    for coding, write in (("base64", lambda t: base64.encodebytes(t.encode()).decode()), ("quoted-printable", lambda t: quopri.encodestring(t.encode(), quotetabs=True).decode())):
        book.kinds(f"{coding}, SDP", lambda t, n, c=coding, w=write: request(n, body=w(sdp("s", t)), more=[("Content-Transfer-Encoding", c)]), ("words", "phone"))
        book.kinds(f"{coding}, text", lambda t, n, c=coding, w=write: request(n, body=w(t + " told"), content_type="text/plain", more=[("Content-Transfer-Encoding", c)]), ("words", "phone", "name"))
    book.kinds("base64 without being said", lambda t, n: request(n, body=base64.b64encode(b"told by " + t.encode()).decode(), content_type="text/plain"), ("words", "phone", "name"))
    book.kinds("hex without being said", lambda t, n: request(n, body=t.encode().hex(), content_type="text/plain"), ("words", "phone"))
    book.kinds("UTF-16", lambda t, n: request(n, body=t.encode("utf-16-le"), content_type="text/plain;charset=utf-16le"), ("words", "phone"))


def unread():
    """What changes what is found, by what it is not: base64."""
    book = Book("unread")
    book.kinds("a=key-mgmt mikey", lambda t, n: request(n, body=sdp(more=[f"a=key-mgmt:mikey {t}"])), ("words", "short", "phone", "ipv4", "name"))
    return book


def places():
    book = Book("body")
    lines(book)
    others(book)
    return book
