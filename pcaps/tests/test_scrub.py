"""pcap scrub: nothing that tells who it was is left, and the same is found in the new capture as in the old one."""
import base64
import gzip
import ipaddress
import json
import random
import re
import shutil
import struct
import subprocess

import pytest

import packets as p
from conftest import TRACES

CAPTURES = sorted(path for path in TRACES.rglob("*.pcap*") if not path.name.endswith(".json"))
SECRET = "5a" * 32
TSHARK = shutil.which("tshark")


def keys_of(capture):
    keys = capture.parent / (capture.name.split(".")[0] + ".keys.json")
    return keys if keys.exists() else None


@pytest.fixture(scope="module")
def scrub(run, tmp_path_factory):
    """Scrubs a capture; gives the new one, its keys (None: none) and what was said."""
    folder = tmp_path_factory.mktemp("scrubbed")

    def call(capture, keys=None, secret=SECRET, name="new", code=0):
        if isinstance(capture, bytes):
            (folder / "old.pcap").write_bytes(capture)
            capture = folder / "old.pcap"
        new, new_keys = folder / f"{name}.pcap", folder / f"{name}.keys.json"
        more = ["--keys", keys, "--keys-out", new_keys] if keys else []
        outcome = run("--force", "--secret", secret, *more, capture, new, command="scrub")
        assert outcome.code == code, outcome.err
        return new, new_keys if keys and new_keys.exists() else None, outcome
    return call


def judged(run, capture, keys):
    more = ["--keys", keys] if keys else []
    return json.loads(run("--output", "json", *more, capture).out)


def what_is_found(result):
    """All that has to be the same: of messages, calls' findings, TLS connections, containers."""
    messages = [(m["data_type"], m["copy_of"], m["auth"], m["ticket_auth"], m["vr_auth"], m["kemac"], m["conforms"],
                 sorted(f["id"] for f in m["findings"])) for m in result["messages"]]
    connections = [(c.get("client_proof", c.get("client_finished")), c.get("server_proof", c.get("server_finished")),
                    sorted(f["id"] for f in c.get("findings", []))) for c in result.get("connections", [])]
    containers = [(c.get("outcome"), sorted(f["id"] for f in c.get("findings", []))) for c in result.get("containers", [])]
    return {"verdict": result["summary"]["verdict"], "messages": messages, "connections": connections, "containers": containers,
            "findings": sorted(f["id"] for f in result["findings"]), "calls": len(result["calls"]), "conversations": len(result["conversations"])}


@pytest.mark.parametrize("capture", CAPTURES, ids=lambda path: str(path.relative_to(TRACES)))
def test_the_same_is_found(run, scrub, capture):
    keys = keys_of(capture)
    new, new_keys, _ = scrub(capture, keys)
    before, after = judged(run, capture, keys), judged(run, new, new_keys)
    if before["summary"]["verdict"] == "inconclusive":  # what was lost of the old one is not in the new one at all
        assert after["summary"]["verdict"] in ("inconclusive", "conforms")
        after["summary"]["verdict"] = "inconclusive"
    assert what_is_found(after) == what_is_found(before)


@pytest.mark.parametrize("name", ["sessions/msrp-tls-psk", "messages/message-udp-hops", "calls/call-udp-ipv6-fragments"])
def test_old_keys_fit_no_more(run, scrub, name):
    capture = TRACES / f"{name}.pcap"
    new, new_keys, _ = scrub(capture, keys_of(capture))
    assert all(m["auth"] != "ok" for m in judged(run, new, keys_of(capture))["messages"])
    old = set(re.findall(r'"([0-9a-f]{32,})"', keys_of(capture).read_text()))
    assert not old & set(re.findall(r'"([0-9a-f]{32,})"', new_keys.read_text()))


def test_the_secret_says_what_comes_out(scrub):
    capture = TRACES / "messages" / "message-udp-hops.pcap"
    keys = keys_of(capture)
    first, again, other = (scrub(capture, keys, secret=secret, name=name) for secret, name in
                           ((SECRET, "first"), (SECRET, "again"), ("5b" * 32, "other")))
    assert first[0].read_bytes() == again[0].read_bytes() and first[1].read_bytes() == again[1].read_bytes()
    assert first[0].read_bytes() != other[0].read_bytes() and first[1].read_bytes() != other[1].read_bytes()
    assert first[0].stat().st_size == other[0].stat().st_size


def test_without_keys_it_says_so(run, scrub):
    capture = TRACES / "calls" / "call-udp-ipv4-hops.pcap"
    new, _, outcome = scrub(capture)
    assert "without --keys" in outcome.err
    assert all(m["auth"] != "ok" for m in judged(run, new, keys_of(capture))["messages"])


# ---- privacy -----------------------------------------------------------------------------------------------------

# Each of these says who, where or with what; none of them may be anywhere afterwards.
TELLING = ["rosalind", "mortimer", "peregrine", "wintergreen", "quillfeather", "4915112345678", "982334411", "thunderbolt", "marzipan", "zanzibar",
           "hollyhock", "ferdinand", "buttercup", "490154203237518", "2620112345", "flugelhorn", "kaleidoscope", "rhubarb", "sassafras", "52.51631", "13.37777",
           "tintinnabulation", "pumpernickel", "effervescent", "gobbledygook", "lollapalooza", "xylophonist", "brouhaha", "whippersnapper", "skulduggery",
           "192.0.2.77", "198.51.100.66", "2001:db8:dead::77", "2001:DB8:BEEF::66"]


def telling_invite(upper=False):
    sdp = ("v=0\r\no=rosalind 77 1 IN IP4 192.0.2.77\r\ns=marzipan talk\r\ni=about zanzibar\r\nu=http://wintergreen.net/hollyhock\r\n"
           "e=mortimer@wintergreen.net (Mortimer Quillfeather)\r\np=+4915112345678\r\nc=IN IP4 192.0.2.77\r\nt=0 0\r\nk=clear:flugelhorn\r\n"
           "m=audio 4000 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:sassafrasSassafrasSassafrasSassafras1234\r\n"
           "a=x-wintergreen:pumpernickel\r\na=candidate:1 1 UDP 2130706431 198.51.100.66 4000 typ host\r\nc=IN IP6 2001:db8:dead::77\r\nnot a line of rhubarb\r\n")
    xml = ('<?xml version="1.0"?>\r\n<presence xmlns="urn:ietf:params:xml:ns:pidf" entity="pres:rosalind@wintergreen.net"><!-- by ferdinand -->'
           '<gp:pos>52.51631 13.37777</gp:pos><note>buttercup &amp; Mortimer &#66;</note><![CDATA[kaleidoscope]]></presence>\r\n')
    body = (f"--bound\r\nContent-Type: application/sdp\r\n\r\n{sdp}\r\n--bound\r\nContent-Type: application/pidf+xml\r\nContent-ID: <rosalind@wintergreen.net>\r\n\r\n{xml}\r\n"
            f"--bound\r\nContent-Type: text/plain; name=hollyhock.txt\r\n\r\ntintinnabulation everywhere\r\n--bound\r\nContent-Type: message/sipfrag\r\n\r\n"
            f"SIP/2.0 200 gobbledygook\r\n--bound--\r\n")
    head = ("INVITE sip:mortimer.quillfeather@wintergreen.net;user=phone SIP/2.0\r\n"
            "v: SIP/2.0/UDP 192.0.2.77:5060;branch=z9hG4bKrosalind7\r\nVia: SIP/2.0/UDP [2001:DB8:BEEF::66]:5060;received=198.51.100.66;branch=z9hG4bK2\r\n"
            'f: "Rosalind \\"Peregrine\\" Thunderbolt" <sip:rosalind@wintergreen.net>;tag=peregrine1\r\n'
            "t: <tel:+4915112345678;phone-context=wintergreen.net>\r\ni: rosalind-982334411@192.0.2.77\r\nCSeq: 1 INVITE\r\n"
            'm: <sip:rosalind@[2001:db8:dead::77]:5060>;+sip.instance="<urn:gsma:imei:490154203237518>"\r\n'
            "User-Agent: Effervescent Phone/3\r\nServer: Effervescent\r\nX-Wintergreen-Subscriber: lollapalooza\r\nSubject: a\r\n xylophonist\r\n\tplays brouhaha\r\n"
            "P-Access-Network-Info: 3GPP-E-UTRAN-FDD; utran-cell-id-3gpp=2620112345\r\n"
            'Authorization: Digest username="rosalind", realm="wintergreen.net", response="982334411"\r\n'
            "History-Info: <sip:mortimer@wintergreen.net?Reason=SIP%3Bcause%3D302>;index=1\r\nGeolocation: <cid:rosalind@wintergreen.net>\r\n"
            'P-Charging-Vector: icid-value="whippersnapper";icid-generated-at=198.51.100.66;orig-ioi=wintergreen.net\r\n'
            "Accept: application/sdp, multipart/mixed\r\nWarning: 399 wintergreen.net \"skulduggery\"\r\n")
    if upper:
        head = head.replace("rosalind", "ROSALIND").replace("wintergreen", "WINTERGREEN")
    head += f"Content-Type: multipart/mixed;boundary=bound\r\nContent-Length: {len(body)}\r\n\r\n"
    return (head + body).encode()


def telling_capture():
    reply = (b"SIP/2.0 480 Ask Mortimer Quillfeather\r\nVia: SIP/2.0/UDP 192.0.2.77:5060;branch=z9hG4bKrosalind7\r\nFrom: <sip:rosalind@wintergreen.net>;tag=peregrine1\r\n"
             b"To: <sip:mortimer@wintergreen.net>;tag=x\r\nCall-ID: rosalind-982334411@192.0.2.77\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n")
    msrp = (b"MSRP a786hjs2 SEND\r\nTo-Path: msrp://mortimer.wintergreen.net:7654/flugelhorn;tcp\r\nFrom-Path: msrp://192.0.2.77:7777/rhubarb;tcp\r\n"
            b"Message-ID: 982334411\r\nByte-Range: 1-25/25\r\nContent-Type: text/plain\r\n\r\ngobbledygook from Rosalind\r\n-------a786hjs2$\r\n")
    http = (b"POST /keymanagement?requesttype=ticketrequest HTTP/1.1\r\nHost: kms.wintergreen.net\r\nUser-Agent: Effervescent/1\r\nCookie: rosalind=1\r\n"
            b"Content-Length: 8\r\n\r\nmarzipan")
    name = b"Rosalind Quillfeather"  # as USER-DISPLAY-NAME (RFC 8855 5.2.12)
    bfcp = bytes([0x20, 1, 0, 6]) + bytes(7) + b"\x01" + bytes([12 << 1, 2 + len(name)]) + name + b"\0"
    frames = [p.ipv4(p.udp(telling_invite(), 5060, 5060), "192.0.2.77", "198.51.100.66"),
              p.ipv4(p.tcp(b"", 99, 2, 9999, 5070), "192.0.2.77", "198.51.100.66"), p.ipv4(p.tcp(bfcp, 100, 0x18, 9999, 5070), "192.0.2.77", "198.51.100.66"),
              p.ipv6(p.udp(telling_invite(upper=True), 5061, 5061), "2001:db8:dead::77", "2001:db8:beef::66"),
              p.ipv4(p.udp(reply, 5060, 5060), "198.51.100.66", "192.0.2.77"),
              p.ipv4(p.tcp(b"", 99, 2, 7777, 7654), "192.0.2.77", "198.51.100.66"), p.ipv4(p.tcp(msrp, 100, 0x18, 7777, 7654), "192.0.2.77", "198.51.100.66"),
              p.ipv4(p.tcp(http, 100, 0x18, 8888, 80), "192.0.2.77", "198.51.100.66"),
              p.ipv4(p.udp(b"rosalind in no protocol at all", 9, 9), "192.0.2.77", "198.51.100.66")]
    return p.pcap([p.ethernet(frame) for frame in frames])


def is_told(octets, word):
    """As text in any case, in UTF-16, in hex, in base64 at each of its three offsets, as an address."""
    low, text = octets.lower(), word.lower().encode()
    if text in low or word.lower().encode("utf-16-le") in low or text.hex().encode() in low:
        return True
    for case in {word, word.lower(), word.upper(), word.capitalize()}:
        for front in range(3):
            encoded = base64.b64encode(b"\0" * front + case.encode())
            core = encoded[(0, 2, 3)[front]:len(encoded) - 4]
            if len(core) >= 8 and core in octets:
                return True
    return False


def test_nothing_is_told(run, scrub):
    octets = telling_capture()
    for word in TELLING:
        assert is_told(octets, word), word  # or the test would prove nothing
    new, _, _ = scrub(octets)
    written = new.read_bytes()
    assert [word for word in TELLING if is_told(written, word)] == []
    for address in (bytes([192, 0, 2, 77]), bytes([198, 51, 100, 66]), bytes.fromhex("20010db8dead"), bytes.fromhex("20010db8beef")):
        assert address in octets and address not in written
    assert bytes([0x20, 1, 0, 6]) + bytes(7) + b"\x01" + bytes([12 << 1, 23]) in written, "BFCP, but for the name"
    assert b"INVITE sip:" in written and b"m=audio 4000 RTP/SAVP 0" in written and b"<presence xmlns=\"urn:ietf:params:xml:ns:pidf\"" in written


WORD = "Rosalind"
INVITE = p.invite(p.sdp().replace("t=0 0", "t=0 0\r\na=mid:1")).decode()
HTTP = "{} HTTP/1.1\r\nHost: kms.example.net\r\nContent-Type: application/mikey\r\nTransfer-Encoding: chunked\r\n\r\n"
PARTS = (f"{WORD} in front\r\n--b\r\nContent-Type: application/sdp\r\n\r\n{p.sdp()}--b\r\nContent-Type: text/plain\r\n\r\n{WORD} wrote\r\n--b\r\n"
         f"Content-Type: message/sip\r\n\r\nINVITE sip:{WORD}\r\n\r\n--b--\r\n{WORD} behind\r\n")


def with_field(field):
    return INVITE.replace("Max-Forwards: 70", field)


def with_line(line):
    body = p.sdp() + line + "\r\n"
    return p.invite(body).decode()


# Where standards leave room for a word of one's own: a place each.
PLACES = {
    "method": INVITE.replace("INVITE", WORD.upper()), "unknown version": INVITE.replace(" SIP/2.0\r\nVia", f" {WORD}/2.0\r\nVia", 1),
    "name of a parameter of a URI": INVITE.replace("INVITE sip:bob@example.com", f"INVITE sip:bob@example.com;{WORD}=1?{WORD}=2"),
    "name of a parameter of From": INVITE.replace(";tag=1", f";tag=1;{WORD}=x"), "parameter of Via": INVITE.replace(";branch", f";{WORD}=1;branch"),
    "event": with_field(f"Event: {WORD};id={WORD}"), "number of an event": with_field("Event: presence;id=4915112345678"),
    "option": with_field(f"Require: 100rel, {WORD}"), "algorithm": with_field(f"Security-Client: ipsec-3gpp;alg={WORD};spi-c=12345"),
    "disposition": with_field(f"Content-Disposition: session;handling={WORD};name={WORD}"), "type": with_field(f"Accept: application/{WORD};{WORD}={WORD}"),
    "privacy": with_field(f"Privacy: {WORD}"), "status": with_field(f"Subscription-State: active;reason={WORD}"), "date": with_field(f"Date: {WORD}"),
    "length": with_field(f"Expires: {WORD}"), "format": with_line(f"m=application 5 {WORD} {WORD}"), "codec": with_line(f"a=rtpmap:0 {WORD}/8000"),
    "parameters of a codec": with_line(f"a=fmtp:0 {WORD}={WORD}"), "name of a line": with_line(f"a=mid:{WORD}"), "bandwidth": with_line(f"b={WORD}:64"),
    "time": with_line(f"t={WORD}"), "origin": with_line(f"o=- {WORD}"), "fingerprint": with_line(f"a=fingerprint:sha-256 {WORD}"),
    "crypto": with_line(f"a=crypto:1 {WORD} inline:1"), "ssrc-group": with_line(f"a=ssrc-group:{WORD.upper()} 1"), "other key management": with_line(f"a=key-mgmt:{WORD} {WORD}"),
    "key management without data": with_line(f"a=key-mgmt:{WORD}"), "three parts": p.invite(PARTS, "multipart/mixed;boundary=b").decode(),
    "boundary": p.invite(PARTS.replace("--b", f"--{WORD}"), f"multipart/mixed;boundary={WORD}").decode(), "other boundary": p.invite(PARTS, "multipart/mixed;boundary=q").decode(),
    "container that is none": p.invite(f"{WORD} wrote\r\n", "application/pkcs7-mime").decode(),
    "container in a message that is none": p.invite(f"{WORD} wrote\r\n", "application/pkcs7-mime").decode().replace("INVITE", "MESSAGE"),
    "agent of a warning": with_field('Warning: 399 4915112345678.example.org "told"'), "password of ICE": with_line("a=ice-pwd:4915112345678"),
    "packed": p.invite(f"t={WORD}\r\n", more="Content-Encoding: gzip\r\n").decode(),
}


@pytest.mark.parametrize("place", PLACES)
def test_no_place_tells(scrub, place):
    message = PLACES[place].encode()
    word = "4915112345678" if "4915112345678" in PLACES[place] else WORD
    for frame in (p.ipv4(p.udp(message)), p.ipv4(p.tcp(message, 100))):
        new, _, _ = scrub(p.pcap([p.ethernet(frame)]))
        written = new.read_bytes()
        assert not is_told(written, word)
        if place not in ("method", "unknown version"):
            assert b" sip:" in written and len(message) <= len(written)


def test_words_of_standards_stay(scrub):
    fields = ["Require: 100rel, precondition", "Allow: INVITE, ACK, PRACK", "Event: reg", "Security-Client: ipsec-3gpp;alg=hmac-sha-1-96;spi-c=12345;port-s=5064",
              "Subscription-State: active;expires=600", "Privacy: id"]
    message = with_field("\r\n".join(fields)).replace("SIP/2.0/UDP", "sip/2.0/UDP").encode()
    new, _, _ = scrub(p.pcap([p.ethernet(p.ipv4(p.udp(message)))]))
    written = new.read_bytes()
    for field in [*fields, "sip/2.0/UDP", "CSeq: 1 INVITE", "a=mid:1", "m=audio"]:
        assert field.encode() in written, field


@pytest.fixture(scope="module")
def init(run):
    """A TRANSFER_INIT of a trace, with the names of who takes part in it."""
    lines = run("--output", "json", TRACES / "calls" / "call-udp-ipv4-hops.pcap", command="list").out.decode().splitlines()
    octets = next(bytes.fromhex(m["octets"]) for m in map(json.loads, lines) if m.get("data_type_name") == "TRANSFER_INIT")
    assert b"alice@" in octets and b"kms.example" in octets
    return octets


def is_in_base64(written, word):
    """Whatever is base64 in it, at each of its offsets."""
    for text in re.findall(rb"[A-Za-z0-9+/\r\n]{16,}", written):
        text = re.sub(rb"[\r\n]", b"", text)
        for front in range(4):
            part = text[front:]
            if word in base64.b64decode(part[:len(part) // 4 * 4]):
                return True
    return word in written


def hidden(octets):
    """Messages with a MIKEY message where nobody looks for one, or that nobody can read."""
    text = base64.b64encode(octets).decode()
    line, more = f"a=key-mgmt:mikey {text}\r\n", "a=key-mgmt:mikey QUFB\r\n"
    sdp = p.sdp() + line
    yield "no Content-Type", p.invite(sdp).replace(b"Content-Type: application/sdp\r\n", b"")
    yield "300 attributes", p.invite(p.sdp() + more * 300 + line)
    yield "1100 lines", p.invite(p.sdp() + "a=inactive\r\n" * 1100 + line)
    yield "MIKEY", p.invite(sdp.replace("mgmt:mikey", "mgmt:MIKEY"))
    yield "unknown prtcl-id", p.invite(sdp.replace("mgmt:mikey", "mgmt:foo"))
    yield "another attribute", p.invite(sdp.replace("key-mgmt:mikey ", "other:"))
    yield "multipart without an end", p.invite(f"--b\r\nContent-Type: application/sdp\r\n\r\n{sdp}", "multipart/mixed;boundary=b")
    yield "multipart of another boundary", p.invite(f"--b\r\nContent-Type: application/sdp\r\n\r\n{sdp}\r\n--b--\r\n", "multipart/mixed;boundary=q")
    yield "blanks in base64", p.invite(p.sdp() + f"a=key-mgmt:mikey {text[:41]} {text[41:]}\r\n")
    yield "no base64", p.invite(p.sdp() + f"a=key-mgmt:mikey {text}=!\r\n")
    yield "cut", p.invite(p.sdp() + f"a=key-mgmt:mikey {text[:len(text) // 8 * 4]}\r\n")
    yield "too long", p.invite(p.sdp() + f"a=key-mgmt:mikey {base64.b64encode(octets + bytes(7)).decode()}\r\n")
    yield "text/plain", p.invite(text, "text/plain")
    yield "binary", p.invite("", "application/octet-stream", length=False) + octets
    yield "base64 of a description", p.invite(base64.b64encode(sdp.encode()).decode(), more="Content-Transfer-Encoding: base64\r\n")


def test_mikey_that_is_not_found_is_not_told(run, scrub, init):
    for what, message in hidden(init):
        assert is_in_base64(message, b"alice@") or what in ("base64 of a description", "blanks in base64"), what
        new, _, _ = scrub(p.pcap([p.ethernet(p.ipv4(p.udp(message)))]))
        written = new.read_bytes()
        for word in (b"alice", b"kms.example", b"bob@"):
            assert not is_in_base64(written, word), (what, word)
        errors = [[m["error"] for m in judged(run, capture, None)["messages"]] for capture in (new.parent / "old.pcap", new)]
        assert errors[0] == errors[1] or what == "base64 of a description", what  # what was wrong still is; a description in base64 is blanked


def http_connection(request, response):
    c, k = "192.0.2.1", "192.0.2.80"
    return p.pcap([p.ethernet(p.ipv4(p.tcp(b"", 99, 2, 8888, 80), c, k)), p.ethernet(p.ipv4(p.tcp(b"", 499, 0x12, 80, 8888), k, c)),
                   p.ethernet(p.ipv4(p.tcp(request, 100, 0x18, 8888, 80), c, k)), p.ethernet(p.ipv4(p.tcp(response, 500, 0x18, 80, 8888), k, c))])


def test_chunks_and_packed_bodies(run, scrub):
    capture = TRACES / "calls" / "call-udp-ipv4-hops.pcap"
    lines = list(map(json.loads, run("--output", "json", capture, command="list").out.decode().splitlines()))
    request, response = (next(bytes.fromhex(m["octets"]) for m in lines if m.get("data_type_name") == name) for name in ("REQUEST_INIT_PSK", "REQUEST_RESP"))

    def chunks(octets):
        parts = [octets[at:at + 50] for at in range(0, len(octets), 50)]
        return b"".join(b"%x;Rosalind=1\r\n%s\r\n" % (len(part), part) for part in parts) + b"0;Rosalind\r\nX-Rosalind: Rosalind\r\n\r\n"
    first = "POST /keymanagement?requesttype=ticketrequest"
    old = http_connection(HTTP.format(first).encode() + chunks(request), HTTP.format(first).replace(first + " HTTP/1.1", "HTTP/1.1 200 OK").encode() + chunks(response))
    new, new_keys, _ = scrub(old, keys_of(capture))
    written = new.read_bytes()
    assert not is_told(written, "rosalind") and b"alice" not in written and b"kms." not in written
    before, after = judged(run, new.parent / "old.pcap", keys_of(capture)), judged(run, new, new_keys)
    assert what_is_found(before) == what_is_found(after) and [m["auth"] for m in after["messages"]] == [m["auth"] for m in before["messages"]]
    assert len(before["messages"]) == 2
    packed = gzip.compress(response, mtime=0)
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/mikey\r\nContent-Encoding: gzip\r\nContent-Length: {len(packed)}\r\n\r\n"
    new, _, outcome = scrub(http_connection(HTTP.format(first).encode() + chunks(request), head.encode() + packed), keys_of(capture))
    written = new.read_bytes()
    assert b"; 1 blanked" in outcome.out
    assert head.encode() in written and packed[10:40] not in written and len(packed) == len(written.split(head.encode())[1])


def test_the_time_of_the_key_file_stays(run, scrub, tmp_path):
    """What is found depends on it: long after the capture, its timestamps are wrong."""
    capture = TRACES / "calls" / "call-udp-ipv4-hops.pcap"
    keys = json.loads(keys_of(capture).read_text())
    for one in keys if isinstance(keys, list) else [keys]:
        one["now"] = "ffff000000000000"
    late = tmp_path / "late.json"
    late.write_text(json.dumps(keys))
    new, new_keys, _ = scrub(capture, late)
    assert '"now":"ffff000000000000"' in re.sub(r"\s", "", new_keys.read_text())
    before, after = judged(run, capture, late), judged(run, new, new_keys)
    assert what_is_found(before) == what_is_found(after) != what_is_found(judged(run, capture, keys_of(capture)))


def test_nothing_is_told_by_traces_and_keys(scrub):
    """Those of the recorded traces: names of hosts and users, in SIP and in MIKEY, and the text of the messages."""
    for name in ("messages/message-udp-hops", "messages/notify-conference", "sessions/msrp-tls-psk", "parties/conference"):
        capture = TRACES / f"{name}.pcap"
        new, new_keys, _ = scrub(capture, keys_of(capture))
        for octets in (new.read_bytes(), new_keys.read_bytes()):
            for word in ("alice@", "bob@", "kms.example", "bsf.example", "alice-", "616c69636540"):
                assert word.encode() not in octets.lower(), (name, word)


# ---- structure ---------------------------------------------------------------------------------------------------

@pytest.mark.skipif(not TSHARK, reason="tshark is not there")
@pytest.mark.parametrize("name", ["calls/call-udp-ipv6-fragments", "calls/call-udp-ipv4-fragments", "calls/call-tcp-ipv4-hops", "calls/call-tcp-ipv6-ue",
                                  "sessions/msrp-tls-psk", "messages/message-udp-hops"])
def test_tshark_agrees(scrub, name):
    capture = TRACES / f"{name}.pcap"
    new, _, _ = scrub(capture, keys_of(capture))
    checks = ["-o", "tcp.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE"]

    def lines(path, *arguments):
        done = subprocess.run([TSHARK, "-n", "-r", path, *checks, *arguments], capture_output=True, timeout=120, check=True)
        return done.stdout.decode(errors="replace").splitlines()
    assert len(lines(new, "-Y", "_ws.malformed")) == len(lines(capture, "-Y", "_ws.malformed"))  # tshark's own, of SIP with MIKEY
    bad = "ip.checksum.status==Bad || tcp.checksum.status==Bad || udp.checksum.status==Bad"
    assert lines(new, "-Y", bad) == []
    fields = ["-T", "fields", "-e", "sip.Method", "-e", "sip.Status-Code", "-e", "sip.CSeq", "-e", "sip.Content-Length", "-e", "tcp.len", "-e", "udp.length",
              "-e", "ip.frag_offset", "-e", "ipv6.fraghdr.offset", "-e", "tls.record.content_type"]
    shown = "sip || http || tls || msrp || ip.flags.mf==1 || ipv6.fraghdr"
    assert lines(new, "-Y", shown, *fields) == lines(capture, "-Y", shown, *fields)
    assert len(lines(new, "-Y", shown)) > 5


def test_names_are_the_same_everywhere(run, scrub):
    capture = TRACES / "calls" / "call-udp-ipv4-hops.pcap"
    new, new_keys, _ = scrub(capture, keys_of(capture))
    octets = new.read_bytes()
    users = {bytes.fromhex(s["b_tid"]).decode().split("@")[1] for one in json.loads(new_keys.read_text()) for s in one["subscribers"]}
    people = {uid.split("@")[0].split(":")[-1] for one in json.loads(new_keys.read_text()) for s in one["subscribers"] for uid in s["impus"]}
    assert users and people and "alice" not in people
    for person in people:
        assert b"sip:" + person.encode() + b"@" in octets


# ---- hostile -----------------------------------------------------------------------------------------------------

def test_refused(run, tmp_path):
    good = TRACES / "invite-udp-ipv4.pcap"
    copy = tmp_path / "copy.pcap"
    shutil.copy(good, copy)
    for arguments in ([], [good], [good, tmp_path / "a", "b"], ["--secret", "00", good, tmp_path / "a"], ["--keys", tmp_path / "none", good, tmp_path / "a"],
                      [tmp_path / "not there", tmp_path / "a"], [good, tmp_path / "no folder" / "a"], ["--force", copy, copy],
                      ["--memory", "1K", good, tmp_path / "a"]):
        outcome = run(*arguments, command="scrub")
        assert outcome.code == 4 and outcome.err, arguments
    assert copy.read_bytes() == good.read_bytes()
    (tmp_path / "there").write_bytes(b"keep me")
    assert run(good, tmp_path / "there", command="scrub").code == 4 and (tmp_path / "there").read_bytes() == b"keep me"


def test_no_captures(run, tmp_path):
    for number, octets in enumerate([b"", b"hello" * 100, bytes(1000), random.Random(3).randbytes(500)]):
        old, new = tmp_path / f"{number}", tmp_path / f"{number}.new"
        old.write_bytes(octets)
        outcome = run(old, new, command="scrub")
        assert outcome.code == 4 and outcome.err and not new.exists()


def test_no_packets(run, scrub):
    new, _, _ = scrub(p.pcap([]))
    assert judged(run, new, None)["summary"]["packets"]["read"] == 0


def test_broken_captures(run, tmp_path):
    """Octets changed and ends cut off at random: it is written or refused, and what is written can be read."""
    generator = random.Random(328)
    for name in ("messages/message-udp-hops", "sessions/msrp-tls-psk", "calls/call-udp-ipv6-fragments", "access/e2ae-msrp-originating"):
        capture = TRACES / f"{name}.pcap"
        keys = keys_of(capture)
        for number in range(12):
            octets = bytearray(capture.read_bytes())
            for _ in range(generator.randrange(1, 60)):
                octets[generator.randrange(24, len(octets))] ^= 1 << generator.randrange(8)
            if number % 3 == 0:
                del octets[generator.randrange(24, len(octets)):]
            old, new = tmp_path / "old", tmp_path / "new"
            old.write_bytes(octets)
            more = ["--keys", keys, "--keys-out", tmp_path / "keys"] if keys else []
            outcome = run("--force", "--secret", SECRET, *more, old, new, command="scrub")
            assert outcome.code in (0, 4)
            if new.exists():
                assert json.loads(run("--output", "json", new).out.decode())


def test_long_lines_and_many_names(run, scrub):
    long = b"INVITE sip:a@b.example SIP/2.0\r\nVia: SIP/2.0/UDP b.example;branch=z9hG4bK1\r\nFrom: <sip:a@b.example>;tag=1\r\nTo: <sip:b@b.example>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\nContact: \"" + \
        b"Rosalind" * 1000 + b"\" <sip:a@b.example>\r\nX-" + b"y" * 8000 + b": 1\r\nContent-Length: 0\r\n\r\n"
    new, _, _ = scrub(p.pcap([p.ethernet(p.ipv4(p.udp(long)))]))
    written = new.read_bytes()
    assert b"INVITE sip:" in written and b"osalind" not in written and len(written) >= len(long)


def test_forms_of_ipv6(scrub):
    forms = ["2001:db8::1:2", "2001:DB8:0:0:0:0:1:2", "2001:0db8:0000:0000:0000:0000:0001:0002", "2001:db8:0:0::1:2"]
    lines = "".join(f"Record-Route: <sip:[{form}]:5060;lr>\r\n" for form in forms)
    message = (f"OPTIONS sip:a@b.example SIP/2.0\r\nVia: SIP/2.0/UDP b.example;branch=z9hG4bK1\r\nFrom: <sip:a@b.example>;tag=1\r\nTo: <sip:b@b.example>\r\nCall-ID: 1\r\n"
               f"CSeq: 1 OPTIONS\r\n{lines}Content-Length: 0\r\n\r\n").encode()
    new, _, _ = scrub(p.pcap([p.ethernet(p.ipv6(p.udp(message), "2001:db8::1:2", "2001:db8::9"))]))
    found = re.findall(rb"<sip:\[([0-9a-fA-F:]+)\]:5060;lr>", new.read_bytes())
    assert [len(one) for one in found] == [len(form) for form in forms]
    addresses = {ipaddress.ip_address(one.decode()) for one in found}
    assert len(addresses) == 1 and addresses.pop().packed in new.read_bytes()


def test_what_no_packet_holds_is_counted(scrub):
    """Segments that a network card was to cut (total length 0), and SCTP."""
    sctp = bytes.fromhex("13c413c40000000100000000") + bytes.fromhex("00030014000000010000000000000000") + b"abcd"
    invite = p.invite(p.sdp())
    frame = p.ipv4((132, sctp))
    _, _, outcome = scrub(p.pcap([p.ethernet(frame), p.ethernet(p.ipv4(p.udp(invite)))]))
    assert b"1 of SCTP" in outcome.out
