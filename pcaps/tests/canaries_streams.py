"""Places in MSRP, HTTP, BFCP and in datagrams of other protocols."""

import gzip
import hashlib
import json
import struct

import packets as p
from canaries import Book, Canary, connection
from canaries_sip import request
from conftest import VECTORS

MSRP_FIELDS = {"To-Path": ["msrp://{}:2855/s1;tcp", "msrp://192.0.2.2:2855/{};tcp", "msrp://{}@192.0.2.2:2855/s1;tcp", "msrp://192.0.2.2:2855/s1;{}", "msrp://192.0.2.2:2855/s1;tcp;x={}", "msrp://{}:1/a;tcp msrp://192.0.2.2:2855/s1;tcp", "{}"],
               "From-Path": ["msrp://{}:2855/s1;tcp", "msrp://192.0.2.1:2855/{};tcp", "msrps://{}@192.0.2.1:2855/s1;tcp", "{}"], "Message-ID": ["{}"], "Byte-Range": ["1-{}/9", "1-9/{}", "{}"], "Status": ["000 200 {}", "000 {}", "{} 200"], "Success-Report": ["{}", "yes {}"],
               "Failure-Report": ["{}"], "Content-Type": ["text/{}", "text/plain;charset={}", "text/plain;{}=1", "{}"], "Content-Disposition": ['attachment;filename="{}"', "{}"], "Content-ID": ["<{}@example.com>"], "Content-Description": ["{}"], "Use-Nickname": ['"{}"'],
               "WWW-Authenticate": ['Digest realm="{}", nonce="{}"'], "Authorization": ['Digest username="{}"'], "Expires": ["{}"], "X-Anything": ["{}"], "MIME-Version": ["{}"]}
CONTENTS = {"text/plain": ["{}", "told by {} today"], "message/cpim": ["From: {} <im:{}@example.com>\r\nTo: <im:bob@example.com>\r\nDateTime: 2026-01-01T00:00:00Z\r\n\r\nContent-Type: text/plain\r\n\r\nhello", "From: <im:a@b.example>\r\nNS: x <http://{}/>\r\n\r\nContent-Type: text/plain\r\nContent-ID: <{}@x>\r\n\r\n{}",
            "Subject: {}\r\nx.y: {}\r\n\r\n\r\n{}"], "application/im-iscomposing+xml": ["<isComposing xmlns='urn:ietf:params:xml:ns:im-iscomposing'><state>active</state><contenttype>{}</contenttype></isComposing>"], "application/octet-stream": ["{}"],
            "message/imdn+xml": ["<imdn xmlns='urn:ietf:params:xml:ns:imdn'><recipient-uri>im:{}@example.com</recipient-uri></imdn>"], "multipart/mixed;boundary=b": ["{}\r\n--b\r\nContent-Type: text/plain; name={}\r\n\r\n{}\r\n--b--\r\n{}"], "application/sdp": ["v=0\r\ns={}\r\n"], "": ["{}"]}
THREE, MORE = ("words", "phone", "name"), ("words", "short", "phone", "ipv4", "name")


def msrp(fields=(), content=None, identifier="a786hjs2", first=None, paths=("msrp://192.0.2.2:2855/s2;tcp", "msrp://192.0.2.1:2855/s1;tcp"), flag="$", more=""):
    given = dict(fields)
    lines = [first or f"MSRP {identifier} SEND", f"To-Path: {given.pop('To-Path', paths[0])}", f"From-Path: {given.pop('From-Path', paths[1])}"]
    if "Message-ID" not in given and not first:
        lines.append("Message-ID: 12345678")
    lines += [f"{name}: {value}" for name, value in given.items() if value]
    body = b"" if content is None else b"\r\n" + (content if isinstance(content, bytes) else content.encode()) + b"\r\n"
    return ("\r\n".join(lines) + "\r\n").encode() + body + f"-------{identifier}{flag}{more}\r\n".encode()


def msrp_places():
    book = Book("msrp")
    for name, forms in MSRP_FIELDS.items():
        for form in forms:
            for kind in ("words", "phone", "ipv4", "name"):
                book.stream(f"{name}: {form}", kind, lambda t, name=name, form=form: msrp({name: form.replace("{}", t)}, "hello" if name == "Content-Type" else None))
    for content, forms in CONTENTS.items():
        for form in forms:
            for kind in MORE:
                book.stream(f"content of {content or 'no type'}: {form[:30]!r}", kind, lambda t, c=content, f=form: msrp({"Byte-Range": "1-*/*", "Content-Type": c}, f.replace("{}", t)))
        book.stream(f"octets of {content or 'no type'}", "binary", lambda t, c=content: msrp({"Content-Type": c}, t))
    for kind in ("words", "phone"):
        book.stream("transaction", kind, lambda t: msrp(identifier=t.strip("+")))
        book.stream("method", kind, lambda t: msrp(first=f"MSRP a786hjs2 {t}"))
        book.stream("name of a header", kind, lambda t: msrp({t: "1"}))
        book.stream("behind the end", kind, lambda t: msrp({"Content-Type": "text/plain"}, "a", more=t) + msrp())
    for kind in MORE:
        book.stream("comment of a response", kind, lambda t: msrp({"Message-ID": ""}), answer=lambda t: msrp(first=f"MSRP a786hjs2 200 {t}"))
        book.stream("longer comment of a response", kind, lambda t: msrp(), answer=lambda t: msrp(first=f"MSRP a786hjs2 413 Told by {t} himself"))
        book.stream("REPORT", kind, lambda t: msrp({"Status": f"000 413 {t}"}, first="MSRP a786hjs2 REPORT"))
        book.stream("two chunks", kind, lambda t: msrp({"Byte-Range": "1-10/99", "Content-Type": "text/plain"}, t[:3], flag="+") + msrp({"Byte-Range": "11-99/99", "Content-Type": "text/plain"}, t[3:] + t))
        book.stream("over segments", kind, lambda t: msrp({"Byte-Range": "1-*/*", "Content-Type": "text/plain"}, "a" * (1391 - len(msrp({"Byte-Range": "1-*/*", "Content-Type": "text/plain"}, "")) + 12) + t + " told"))
    return book


def between_places():
    """Behind what is no message, other messages of the stream."""
    book = Book("between")
    for kind in MORE:
        book.stream("MSRP", kind, lambda t: msrp() + t.encode() + b"\r\n" + msrp())
        book.stream("SIP", kind, lambda t: request(1, other={"Call-ID": f"{kind}@x.example"}) + t.encode() + b"\r\n\r\n" + request(2, other={"Call-ID": f"{kind}@x.example"}), 5060)
    return book


HTTP_FIELDS = """Host User-Agent Server Cookie Set-Cookie Authorization WWW-Authenticate Proxy-Authorization Proxy-Authenticate Authentication-Info Referer Origin From Via Forwarded X-Forwarded-For X-3GPP-Intended-Identity X-3GPP-Asserted-Identity
Location Content-Location Content-Type Content-Disposition Content-Encoding Content-Language Transfer-Encoding Accept Accept-Language Accept-Encoding ETag If-Match If-None-Match If-Range Date Last-Modified Expires Cache-Control Pragma Connection Upgrade TE Trailer
Warning Allow Retry-After Age Range Content-Range Link Expect Max-Forwards Vary Content-MD5 X-Anything Strict-Transport-Security Alt-Svc Content-Length Keep-Alive MIME-Version""".split()
HTTP_FORMS = {"Authorization": ['Digest username="{}"', 'Digest uri="/{}"', "Basic {}", "Bearer {}"], "Content-Type": ["application/{}", "application/mikey;x={}"], "Host": ["{}", "kms.{}", "kms.example.com:{}"], "User-Agent": ["3gpp-gba {}", "A/1 ({})"], "Cookie": ["a={}"], "Via": ["1.1 {}"], "Forwarded": ["for={};by=1"],
              "X-3GPP-Intended-Identity": ['"sip:{}@example.com"'], "Location": ["http://{}/a", "/a?{}"], "WWW-Authenticate": ['Digest realm="3GPP-bootstrapping@{}"'], "Content-Disposition": ['form-data;name="{}"'], "Link": ["<http://{}/>"], "Warning": ['199 {} "a"']}
TARGETS = ["/{}", "/keymanagement?requesttype=ticketrequest&user={}", "/keymanagement?{}", "http://{}/keymanagement?requesttype=ticketrequest", "http://{}@kms.example.com/a", "/a#{}", "/users/sip:{}@example.com/index.xml", "/keymanagement/{}/x?requesttype=ticketrequest", "*{}"]
MIKEY_TARGET = "/keymanagement?requesttype=ticketrequest"
HTTP_BODIES = {"application/mikey": "{}", "application/octet-stream": "{}", "text/html": "<html><body title='{}'>{}</body></html>", "application/json": '{"a":"{}","{}":1}', "application/x-www-form-urlencoded": "a={}&{}=1", "application/xcap-el+xml": "<a b='{}'>{}</a>",
               "multipart/form-data;boundary=b": '--b\r\nContent-Disposition: form-data; name="{}"\r\n\r\n{}\r\n--b--\r\n', "text/plain": "{}", "application/vnd.3gpp.bsf+xml": "<BootstrappingInfo><btid>{}</btid></BootstrappingInfo>", "": "{}", "image/jpeg": "{}", "application/sdp": "v=0\r\ns={}\r\n"}


def http(first, fields=(), body="", length=True):
    given = dict(fields)
    octets = body if isinstance(body, bytes) else body.encode()
    given = {"Host": "kms.example.com", **({"Content-Length": str(len(octets))} if length else {}), **given}
    return ("\r\n".join([first, *(f"{name}: {value}" for name, value in given.items() if value is not None)]) + "\r\n\r\n").encode() + octets


VECTOR = next(one for one in json.loads((VECTORS / "ticket_request.json").read_text())["vectors"] if one["id"] == "tgv-864b40a7")


def ticket_request(name):
    """A REQUEST_INIT that no other place has: its MAC is another, and no key is known."""
    octets = bytes.fromhex(VECTOR["message"])
    return octets[:-32] + hashlib.sha256(name.encode()).digest()


POST, OK = f"POST {MIKEY_TARGET} HTTP/1.1", "HTTP/1.1 200 OK"


def http_places():
    """What carries no MIKEY message is behind one in its connection: HTTP is kept where there is one."""
    book = Book("http")

    def exchange(name, kind, ask=None, answer=None):
        canary = book.canary(name, kind)
        init = ticket_request(f"{name}/{kind}")
        first, came = http(POST, {"Content-Type": "application/mikey"}, init), http(OK, {"Content-Type": "text/plain"}, "AAAA")
        asked, answered = (ask(canary.text) if ask else first), (answer(canary.text) if answer else came)
        book.add(name, canary, connection(book.end(), "192.0.2.2", 30000 + len(book.places), 80, [(True, first), (False, came), (True, asked), (False, answered)]))

    def of_mikey(name, kind, make):
        """In the request that has the REQUEST_INIT."""
        canary = book.canary(f"{name}, of a MIKEY message", kind)
        octets = make(canary.text, ticket_request(f"of/{name}/{kind}"))
        book.add(f"{name}, of a MIKEY message", canary, connection(book.end(), "192.0.2.2", 30000 + len(book.places), 80, [(True, octets)]))

    def both(name, kind, make):
        exchange(f"request, {name}", kind, lambda t: http(POST, *make(t)))
        exchange(f"response, {name}", kind, None, lambda t: http(OK, *make(t)))
    for target in TARGETS:
        for kind in ("words", "phone", "ipv4", "name"):
            of_mikey(f"target {target}", kind, lambda t, init, target=target: http(f"POST {target.replace('{}', t)} HTTP/1.1", {"Content-Type": "application/mikey"}, init))
            exchange(f"target {target}", kind, lambda t, target=target: http(f"GET {target.replace('{}', t)} HTTP/1.1"))
    for name in HTTP_FIELDS:
        for form in dict.fromkeys(["{}", *HTTP_FORMS.get(name, ())]):
            for kind in ("words", "phone", "ipv4", "name") if form != "{}" else ("words", "short", "phone", "name"):
                both(f"{name}: {form}", kind, lambda t, name=name, form=form: ({"Content-Type": "text/plain", name: form.replace("{}", t)}, "AAAA"))
                if name not in ("Content-Type", "Content-Encoding", "Transfer-Encoding", "Content-Length"):
                    of_mikey(f"{name}: {form}", kind, lambda t, init, name=name, form=form: http(POST, {"Content-Type": "application/mikey", name: form.replace("{}", t)}, init))
    for content, form in HTTP_BODIES.items():
        for kind in MORE:
            both(f"body of {content or 'no type'}", kind, lambda t, c=content, f=form: ({"Content-Type": c or None}, f.replace("{}", t)))
        both(f"octets of {content or 'no type'}", "binary", lambda t, c=content: ({"Content-Type": c or None}, t))
    packed = lambda t: ({"Content-Type": "text/plain", "Content-Encoding": "gzip"}, gzip.compress(b"told by " + t.encode(), mtime=0))
    chunked = lambda t: ({"Content-Type": "text/plain", "Transfer-Encoding": "chunked"}, f"4;{t}={t}\r\nAAAA\r\n0;{t}\r\nX-{t}: {t}\r\n\r\n", False)
    split = lambda t: ({"Content-Type": "text/plain", "Transfer-Encoding": "chunked"}, f"{len(t.encode()) + 4:x}\r\ntold{t}\r\n0\r\n\r\n", False)
    for name, make in (("gzip", packed), ("chunks", chunked), ("content of a chunk", split)):
        for kind in THREE:
            both(name, kind, make)
    for kind in MORE:
        exchange("reason", kind, None, lambda t: http(f"HTTP/1.1 403 Told by {t}"))
        exchange("until the end", kind, None, lambda t: http(OK, {"Content-Type": "text/plain"}, "told by " + t, False))
        exchange("behind the body", kind, lambda t: http(POST, {"Content-Type": "text/plain"}, "AAAA") + t.encode() + b"\r\n")
    for kind in ("words", "phone"):
        exchange("method", kind, lambda t: http(f"{t} /a HTTP/1.1"))
        exchange("version", kind, lambda t: http(f"GET /a HTTP/{t}"))
        exchange("name of a header", kind, lambda t: http(POST, {t: "1"}))
        exchange("header that is none", kind, lambda t: http(POST, {"X": "1"}).replace(b"X: 1", t.encode()))
        exchange("CONNECT", kind, lambda t: http(f"CONNECT {t}.example.com:443 HTTP/1.1"))
    return book


def attribute(number, octets, mandatory=0):
    """RFC 8855 5.2; padded to 4 octets."""
    return bytes([number << 1 | mandatory, 2 + len(octets)]) + octets + bytes(-(2 + len(octets)) % 4)


def bfcp(primitive, *attributes):
    body = b"".join(attributes)
    return struct.pack(">BBHIHH", 0x20, primitive, len(body) // 4, 7, 1, 2) + body


BFCP_TEXTS = {"error info": (13, lambda o: attribute(7, o)), "participant-provided info": (1, lambda o: attribute(2, b"\0\1") + attribute(8, o)), "status info": (4, lambda o: attribute(9, o)), "status info 10": (4, lambda o: attribute(10, o)), "display name": (2, lambda o: attribute(12, o)), "URI": (2, lambda o: attribute(13, b"sip:" + o)),
              "beneficiary": (2, lambda o: attribute(14, b"\0\1" + attribute(12, o) + attribute(13, o))), "floor request": (4, lambda o: attribute(15, b"\0\1" + attribute(8, o))), "requested by": (4, lambda o: attribute(16, b"\0\1" + attribute(12, o))), "floor status": (4, lambda o: attribute(17, b"\0\1" + attribute(9, o))),
              "overall status": (4, lambda o: attribute(18, b"\0\1" + attribute(9, o))), "unknown attribute": (2, lambda o: attribute(99, o)), "mandatory unknown attribute": (2, lambda o: attribute(100, o, 1)), "details of an error": (13, lambda o: attribute(6, b"\4" + o)), "supported attributes": (12, lambda o: attribute(10, o)),
              "unknown primitive": (99, lambda o: attribute(12, o)), "priority that is long": (1, lambda o: attribute(4, o)), "attribute without its end": (2, lambda o: bytes([12 << 1, 200]) + o + bytes(-len(o) % 4 + 2)), "behind the attributes": (11, lambda o: b"\0\0" + o + bytes(-(2 + len(o)) % 4)),
              "floor identifier that is long": (1, lambda o: attribute(2, o)), "padding": (2, lambda o: bytes([12 << 1, 3]) + b"a" + o + bytes(-(3 + len(o)) % 4))}


def bfcp_places():
    book = Book("bfcp")
    for name, (primitive, make) in BFCP_TEXTS.items():
        for kind in ("words", "short", "phone", "ipv4", "name", "binary"):
            canary = book.canary(name, kind)
            octets = bfcp(primitive, make(canary.octets()))
            book.stream(name, kind, lambda t, octets=octets: octets, 5070)
            book.add(f"{name}, datagram", canary, [p.ipv4(p.udp(octets, 4000, 5070), book.end(), "192.0.2.2")])
    return book


RTP = bytes([0x80, 0, 0, 1]) + bytes(4) + bytes([1, 2, 3, 4])
DATAGRAMS = {
    "text": lambda o: o, "payload of RTP": lambda o: RTP + o + bytes(20), "extension of RTP": lambda o: b"\x90" + RTP[1:] + struct.pack(">HH", 0xBEDE, (len(o) + 3) // 4) + o + bytes(-len(o) % 4) + bytes(20), "CSRC of RTP": lambda o: bytes([0x80 | min(len(o) // 4, 15)]) + RTP[1:] + o + bytes(20),
    "padding of RTP": lambda o: b"\xa0" + RTP[1:] + bytes(20) + o + bytes([len(o) + 1]), "telephone events": lambda o: RTP[:1] + b"\x65" + RTP[2:] + o,
    "CNAME of RTCP": lambda o: b"\x81\xca" + struct.pack(">H", (8 + 2 + len(o)) // 4 + 1) + RTP[8:] + bytes([1, len(o)]) + o + bytes(4 - (2 + len(o)) % 4), "BYE of RTCP": lambda o: b"\x81\xcb" + struct.pack(">H", (8 + 1 + len(o)) // 4 + 1) + RTP[8:] + bytes([len(o)]) + o + bytes(4 - (1 + len(o)) % 4),
    "STUN": lambda o: struct.pack(">HHI", 1, 4 + len(o) + -len(o) % 4, 0x2112A442) + bytes(12) + struct.pack(">HH", 6, len(o)) + o + bytes(-len(o) % 4), "DNS": lambda o: b"\0\1\1\0\0\1\0\0\0\0\0\0" + bytes([len(o)]) + o + b"\7example\3com\0\0\1\0\1", "syslog": lambda o: b"<13>Jan  1 00:00:00 " + o + b" sip: told",
    "DHCP": lambda o: bytes(236) + b"\x63\x82\x53\x63" + bytes([12, len(o)]) + o + b"\xff", "keep-alive": lambda o: b"\r\n\r\n" + o, "RADIUS": lambda o: b"\1\1" + struct.pack(">H", 22 + len(o)) + bytes(16) + bytes([1, 2 + len(o)]) + o, "DTLS": lambda o: b"\x16\xfe\xfd" + bytes(8) + struct.pack(">H", 12 + len(o)) + b"\1" + struct.pack(">I", len(o))[1:] + b"\0\0\0\0\0" + struct.pack(">I", len(o))[1:] + o,
}


def datagram_places():
    book = Book("datagram")
    for name, make in DATAGRAMS.items():
        for kind in ("words", "phone", "ipv4", "name", "binary"):
            canary = book.canary(name, kind)
            book.add(name, canary, [p.ipv4(p.udp(make(canary.octets()), 4000, 4002), book.end(), "192.0.2.2")])
    for kind in ("words", "phone", "name"):
        book.stream("text in a stream", kind, lambda t: b"USER " + t.encode() + b"\r\n", 21)
        canary = Canary(f"icmp/{kind}", kind)
        book.add("ICMP", canary, [p.ipv4((1, b"\3\3\0\0\0\0\0\0" + p.ipv4(p.udp(canary.octets()))), book.end(), "192.0.2.2")])
    return book
