"""Places in SIP: start lines, every header of RFC 3261, those of 3GPP and others, unknown ones; parts of URIs, comments, display names, parameters."""

import packets as p
from canaries import KINDS, Book, connection

RFC_3261 = """Accept Accept-Encoding Accept-Language Alert-Info Allow Authentication-Info Authorization Call-Info Contact Content-Disposition Content-Encoding Content-Language
Date Error-Info Expires In-Reply-To MIME-Version Min-Expires Organization Priority Proxy-Authenticate Proxy-Authorization Proxy-Require Record-Route Reply-To Require Retry-After
Route Server Subject Supported Timestamp Unsupported User-Agent Via Warning WWW-Authenticate""".split()
OF_3GPP = """P-Associated-URI P-Called-Party-ID P-Visited-Network-ID P-Access-Network-Info P-Charging-Function-Addresses P-Charging-Vector P-Asserted-Identity P-Preferred-Identity
P-Media-Authorization P-User-Database P-Early-Media P-Asserted-Service P-Preferred-Service P-Served-User P-Profile-Key P-Answer-State P-Refused-URI-List P-DCS-Trace-Party-ID P-DCS-OSPS
P-DCS-Billing-Info P-DCS-LAES P-DCS-Redirect P-Private-Network-Indication P-Charge-Info Cellular-Network-Info Relayed-Charge Priority-Share Service-Interact-Info Attestation-Info
Origination-Id Additional-Identity Restoration-Info Response-Source AlertMsg-Error Feature-Caps Resource-Share Geolocation-Routing""".split()
OTHERS = """Security-Client Security-Server Security-Verify Path Service-Route Replaces Join Refer-To Referred-By Event Allow-Events Subscription-State SIP-ETag SIP-If-Match
Session-Expires Min-SE RAck RSeq Reason History-Info Geolocation Geolocation-Error Identity Identity-Info Target-Dialog Privacy Accept-Contact Reject-Contact Request-Disposition
Resource-Priority Accept-Resource-Priority Answer-Mode Priv-Answer-Mode User-to-User Session-ID Diversion Remote-Party-ID Max-Breadth Flow-Timer Info-Package Recv-Info Content-ID
Trigger-Consent Permission-Missing Policy-ID Policy-Contact Refer-Sub Refer-Events-At Suppress-If-Match Encryption Hide Response-Key X-Anything Content-Transfer-Encoding
a b c d e f i j k l m n o r s t u v x y""".split()
ONE_OF = {"i": "Call-ID", "f": "From", "t": "To", "v": "Via", "l": "Content-Length", "c": "Content-Type"}    # compact forms of what each message has

# Where the texts have a place of their own; {} is the canary.
FORMS = {
    "From": ['"{}" <sip:alice@example.com>;tag=1', "{} <sip:alice@example.com>;tag=1", "<sip:{}@example.com>;tag=1", "<sip:alice@{}>;tag=1", "<sip:alice:{}@example.com>;tag=1",
             "<sip:alice@example.com;{}=1>;tag=1", "<sip:alice@example.com;x={}>;tag=1", "<sip:alice@example.com;user={}>;tag=1", "<sip:alice@example.com;maddr={}>;tag=1",
             "<sip:alice@example.com?{}=1>;tag=1", "<sip:alice@example.com?Subject={}>;tag=1", "<sip:alice@example.com>;tag={}", "<sip:alice@example.com>;tag=1;{}=1",
             "<sip:alice@example.com>;tag=1;x={}", '<sip:alice@example.com>;tag=1;x="{}"', "sip:{}@example.com;tag=1", "<tel:{}>;tag=1", "<tel:+1;phone-context={}>;tag=1",
             "<tel:+1;isub={}>;tag=1", "<urn:service:sos.{}>;tag=1", "<im:{}@example.com>;tag=1", "<http://example.com/{}>;tag=1", "<{}:alice>;tag=1"],
    "To": ['"{}" <sip:bob@example.com>', "<sip:{}@example.com>", "<sip:bob@{}>", "<sip:bob@example.com>;tag={}", "<sips:{}@example.com>", "<tel:{}>"],
    "Contact": ['"{}" <sip:alice@example.com>', "<sip:{}@192.0.2.1>", "<sip:alice@{}:5060>", "<sip:alice@example.com;gr={}>", '<sip:alice@example.com>;+sip.instance="<urn:uuid:{}>"',
                '<sip:alice@example.com>;+sip.instance="<urn:gsma:imei:{}>"', '<sip:alice@example.com>;+g.3gpp.icsi-ref="{}"', "<sip:alice@example.com>;{}", "<sip:alice@example.com>;reg-id={}",
                "<sip:alice@example.com>;expires={}", "<sip:alice@example.com>;q={}", "*, {}"],
    "Via": ["SIP/2.0/UDP {}:5060;branch=z9hG4bK9", "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK{}", "SIP/2.0/UDP 192.0.2.1;received={};branch=z9hG4bK9", "SIP/2.0/UDP 192.0.2.1;maddr={};branch=z9hG4bK9",
            "SIP/2.0/UDP 192.0.2.1;{};branch=z9hG4bK9", "SIP/2.0/{} 192.0.2.1;branch=z9hG4bK9", "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK9 ({})", "{}/2.0/UDP 192.0.2.1;branch=z9hG4bK9",
            "SIP/2.0/UDP 192.0.2.1;ttl={};branch=z9hG4bK9", "SIP/2.0/UDP 192.0.2.1;rport={};branch=z9hG4bK9", "SIP/2.0/UDP 192.0.2.1;comp={};branch=z9hG4bK9"],
    "Call-ID": ["{}", "{}@example.com", "1@{}"], "CSeq": ["1 {}", "{} INVITE"], "Max-Forwards": ["{}", "70 {}"], "Content-Length": ["{}"],
    "Content-Type": ["{}/sdp", "application/{}", "application/sdp;{}=1", "application/sdp;charset={}", 'application/sdp;x="{}"', "application/sdp ({})"],
    "Authorization": ['Digest username="{}", realm="example.com"', 'Digest realm="{}", nonce="1"', 'Digest nonce="{}"', 'Digest opaque="{}"', 'Digest uri="sip:{}"', 'Digest cnonce="{}"', 'Digest {}="1"',
                      "Basic {}", 'Digest auts="{}"', 'Digest algorithm={}', 'Digest username="{}', "{}", 'Digest integrity-protected={}', "Digest nc={}"],
    "WWW-Authenticate": ['Digest realm="{}"', 'Digest nonce="{}"', 'Digest domain="sip:{}"', 'Digest ck="{}"', 'Digest ik="{}"', 'Digest stale={}'],
    "Warning": ['399 {} "told"', '399 example.com "{}"', '{} example.com "told"'], "Reason": ['SIP;cause=200;text="{}"', "{};cause=200", "SIP;cause={}"],
    "Date": ["Sat, 13 Nov 2010 23:29:00 {}", "{}"], "Timestamp": ["54 {}", "{}.5"], "Retry-After": ["18000 ({})", "5;duration={}"],
    "Replaces": ["{}@example.com;to-tag=1;from-tag=2", "1@example.com;to-tag={};from-tag=2"], "Target-Dialog": ["{};local-tag=1;remote-tag=2", "1;local-tag={}"],
    "P-Access-Network-Info": ["3GPP-E-UTRAN-FDD; utran-cell-id-3gpp={}", "3GPP-NR-FDD;{}", "IEEE-802.11;i-wlan-node-id={}", "{};x=1", 'ADSL;dsl-location="{}"', "3GPP-GERAN;cgi-3gpp={};network-provided",
                              'IEEE-802.3;eth-location="{}"', 'GSTN;operator-specific-GI="{}"'],
    "P-Charging-Vector": ["icid-value={}", 'icid-value="{}";orig-ioi=example.com', "icid-value=1;icid-generated-at={}", "icid-value=1;orig-ioi={}", "icid-value=1;term-ioi={}", "icid-value=1;transit-ioi={}",
                          "icid-value=1;ggsn={}", "icid-value=1;related-icid={}"],
    "P-Charging-Function-Addresses": ["ccf={}", 'ecf="{}"', "ccf=[{}]", "{}=1"], "P-Visited-Network-ID": ["{}", '"{}"', "other.net, {}"],
    "P-Served-User": ["<sip:{}@example.com>;sescase=orig", "<sip:alice@example.com>;sescase={}"], "P-Asserted-Identity": ['"{}" <sip:alice@example.com>', "<sip:{}@example.com>", "<tel:{}>", "sip:{}@example.com"],
    "P-User-Database": ["<aaa://{}.example.com;transport=tcp>"], "P-Early-Media": ["{}", "supported, {}"], "Geolocation": ["<cid:{}@example.com>", "<https://lis.example.com/{}>", "<pres:{}@example.com>;inserted-by={}"],
    "History-Info": ["<sip:{}@example.com>;index=1", "<sip:a@b.example?Reason=SIP%3Btext%3D{}>;index=1", "<sip:a@b.example>;index={}", "<sip:a@b.example>;index=1;mp={}"],
    "Identity": ['"{}"', "{};info=<https://example.com/cert>", "eyJ;info=<https://{}/cert>;alg=ES256"], "Security-Client": ["ipsec-3gpp;alg={}", "{};q=0.1", "ipsec-3gpp;spi-c={}", "ipsec-3gpp;{}=1", "ipsec-3gpp;prot=esp;mod={}"],
    "Event": ["{}", "presence;id={}", "{}.winfo", "presence;{}"], "Subscription-State": ["active;reason={}", "{};expires=1", "terminated;retry-after={}"], "Session-ID": ["{}", "{};remote=0"],
    "User-to-User": ["{};encoding=hex", "00;purpose={}", "00;content={}"], "Feature-Caps": ['*;+g.3gpp.{}', '*;+g.3gpp.x="<{}>"'], "Accept-Contact": ['*;+g.3gpp.icsi-ref="{}"', "*;{}"],
    "Call-Info": ["<http://example.com/{}.jpg>;purpose=icon", "<http://example.com/>;purpose={}"], "Alert-Info": ["<http://example.com/{}.wav>", "<urn:alert:{}>"], "Refer-To": ["<sip:{}@example.com>", "<sip:a@b.example?Replaces={}%40b.example>"],
    "Session-Expires": ["1800;refresher={}", "1800;{}"], "RAck": ["1 {} INVITE", "1 1 {}"], "Accept": ["{}/*", "application/{}", "application/sdp;{}=1"], "Accept-Language": ["en;q={}", "de-{}"], "Server": ["Proxy/1 ({})", "{}/1", "Proxy/{}"],
    "Organization": ["{}"], "Expires": ["60 {}", "60;{}"], "Supported": ["100rel, {}", "{}"], "Allow": ["INVITE, {}"], "Priority": ["urgent {}"], "Privacy": ["id;{}"], "In-Reply-To": ["{}@example.com"], "MIME-Version": ["1.0 ({})", "1.{}"],
    "Record-Route": ["<sip:{}:5060;lr>", "<sip:{}@192.0.2.9;lr>", "<sip:192.0.2.9;lr;x={}>", "<sip:[{}]:5060;lr>"], "Resource-Priority": ["{}.1", "wps.{}"], "Content-Disposition": ["session;handling={}", "attachment;filename={}", "{};x=1"],
    "Diversion": ['"{}" <sip:a@b.example>;reason=busy', "<sip:a@b.example>;reason={}"], "Remote-Party-ID": ['"{}" <sip:a@b.example>;party=calling'], "Content-ID": ["<{}@example.com>"],
}
# As parts of a host, a number or a URI that are written in another way.
WRITTEN = {"From": {"percent": ("<sip:{}@example.com>;tag=1", lambda text: "".join(f"%{octet:02X}" for octet in text.encode())),
                    "quoted pairs": ('"{}" <sip:alice@example.com>;tag=1', lambda text: "".join("\\" + one for one in text)),
                    "separators": ("<tel:{}>;tag=1", lambda text: text[:4] + "-" + text[4:7] + "." + text[7:10] + "(" + text[10:] + ")")},
           "Subject": {"folded": ("told\r\n {}", str), "encoded word": ("=?utf-8?Q?{}?=", lambda text: "".join(f"={octet:02X}" for octet in text.encode()))}}


def request(number, start="INVITE sip:bob@example.com SIP/2.0", body="", other=None, content_type="application/sdp", more=()):
    """`other`: header -> value of it, in its place or as one more."""
    other = dict(other or {})
    fields = {"Via": f"SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK{number}", "Max-Forwards": "70", "From": "<sip:alice@example.com>;tag=1", "To": "<sip:bob@example.com>",
              "Call-ID": f"c{number}@example.com", "CSeq": "1 " + (start.split(" ")[0] if not start.startswith("SIP") else "INVITE")}
    octets = body if isinstance(body, bytes) else body.encode()
    if octets:
        fields["Content-Type"] = content_type
    fields["Content-Length"] = str(len(octets))
    lines = [start]
    for name, value in fields.items():
        alias = next((one for one in other if one == name or ONE_OF.get(one) == name), None)
        lines.append(f"{alias}: {other.pop(alias)}" if alias else f"{name}: {value}")
    lines[-1:-1] = [f"{name}: {value}" for name, value in [*other.items(), *more]]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + octets


STARTS = {"user": "INVITE sip:{}@example.com SIP/2.0", "host": "INVITE sip:bob@{} SIP/2.0", "password": "INVITE sip:bob:{}@example.com SIP/2.0", "parameter": "INVITE sip:bob@example.com;x={} SIP/2.0",
          "name of a parameter": "INVITE sip:bob@example.com;{} SIP/2.0", "header": "INVITE sip:bob@example.com?X={} SIP/2.0", "tel": "INVITE tel:{} SIP/2.0", "scheme": "INVITE {}:bob SIP/2.0", "urn": "INVITE urn:service:{} SIP/2.0",
          "method": "{} sip:bob@example.com SIP/2.0", "version": "INVITE sip:bob@example.com SIP/{}", "reason": "SIP/2.0 486 {}", "longer reason": "SIP/2.0 200 OK, says {}", "status": "SIP/2.0 600 Busy {} Everywhere"}


def places():
    book = Book("sip")
    for name, start in STARTS.items():
        book.kinds(f"start line, {name}", lambda text, number, start=start: request(number, start.format(text)), ("words", "phone", "ipv4") if name in ("method", "version") else KINDS)
    for header, forms in FORMS.items():
        for form in forms:
            kinds = ("words", "phone", "ipv6" if "[" in form else "ipv4", "name")
            for kind in kinds:
                book.datagram(f"{header}: {form}", kind, lambda text, number, header=header, form=form: request(number, other={header: form.replace("{}", text)}))
    for header, ways in WRITTEN.items():
        for name, (form, write) in ways.items():
            for kind in ("phone",) if name == "separators" else ("words", "phone", "name"):
                book.datagram(f"{header}, {name}", kind, lambda text, number, h=header, f=form, w=write: request(number, other={h: f.format(w(text))}))
    for header in [*RFC_3261, *OF_3GPP, *OTHERS]:
        for form, kinds in (("{}", ("words", "short", "phone", "imei", "mac", "name")), ('"{}"', ("words",)), ("x;y={}", ("words", "ipv4")), ("x ({})", ("words",)), ("<sip:{}@example.com>", ("words", "phone"))):
            for kind in kinds:
                book.datagram(f"{header}: {form}", kind, lambda text, number, header=header, form=form: request(number, other={header: form.format(text)}))
    book.kinds("name of a header", lambda text, number: request(number, more=[(text, "1")]), ("words", "short"))
    book.kinds("line that is no header", lambda text, number: request(number, more=[(text, "")]).replace(f"{text}: ".encode(), text.encode()), ("words", "phone"))
    book.kinds("behind the message", lambda text, number: request(number) + text.encode())
    book.kinds("second message of a datagram", lambda text, number: request(number) + request(number, other={"Subject": text}), ("words",))
    return book


CUT = {"From": '"{}" <sip:{}@example.com>;tag=1', "Via": "SIP/2.0/TCP {}.example.com;branch=z9hG4bK{}", "Subject": "{}", "X-Anything": "{}", "Contact": "<sip:{}@{}.example.com>", "P-Asserted-Identity": "<sip:{}@example.com>"}


def cut():
    """In small segments of TCP, and in fragments: a canary stands in several packets."""
    book = Book("cut")

    def add(name, kind, make):
        canary = book.canary(name, kind)
        octets = make(canary.text, len(book.places))
        for size in (7, 20, 333):
            book.add(f"{name}, segments of {size}", canary, connection(book.end(), "192.0.2.2", 30000 + len(book.places), 5060, [(True, octets)], size))
        whole = p.udp(octets)[1]
        pieces = [p.ipv4((17, whole[at:at + 40]), book.ends[-1], "192.0.2.2", at // 8 | (0x2000 if at + 40 < len(whole) else 0)) for at in range(0, len(whole), 40)]
        book.add(f"{name}, fragments", canary, pieces)
    for header, form in CUT.items():
        for kind in ("words", "phone", "name"):
            add(header, kind, lambda text, n, h=header, f=form: request(f"{n}-{kind}", other={h: f.replace("{}", text)}))
    for kind in ("words", "phone", "ipv4", "name"):
        add("SDP", kind, lambda text, n: request(f"{n}-{kind}", body=f"v=0\r\no={text} 1 1 IN IP4 192.0.2.1\r\ns={text}\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\na=x-{text}:{text}\r\n" if kind != "ipv4" else
                                               f"v=0\r\no=- 1 1 IN IP4 {text}\r\ns=-\r\nc=IN IP4 {text}\r\nt=0 0\r\n"))
        add("text", kind, lambda text, n: request(f"{n}-{kind}", "MESSAGE sip:bob@example.com SIP/2.0", f"told by {text} today", content_type="text/plain"))
    return book
