"""pcap scrub: texts. Words of the standards and numbers that count something stay; what else anybody may write goes, wherever a grammar has room for it, and what
decides what a message means is the same afterwards."""
import base64
import json
import re

import pytest

import packets as p
from conftest import TRACES, VECTORS
from test_scrub import SECRET, judged, keys_of, what_is_found

WORD, NUMBER, SHORT, ADDRESS, MAC, GREEK = "Rosalind", "4915112345678", "73512", "192.0.2.77", "00:12:44:11:37:08", "Ροζαλίνδη"
INVITE = p.invite(p.sdp()).decode()


@pytest.fixture
def scrubbed(run, tmp_path):
    """What becomes of packets, or of a whole capture."""
    def call(*packets, capture=None, keys=None):
        old, new, new_keys = (tmp_path / name for name in ("old.pcap", "new.pcap", "new.json"))
        old.write_bytes(capture or p.pcap([p.ethernet(one) for one in packets]))
        more = ["--keys", keys, "--keys-out", new_keys] if keys else []
        outcome = run("--force", "--secret", SECRET, *more, old, new, command="scrub")
        assert outcome.code == 0, outcome.err
        return new.read_bytes()
    return call


def with_field(field):
    return INVITE.replace("Max-Forwards: 70", field)


def with_line(line):
    return with_body(p.sdp() + line + "\r\n", "application/sdp")


def with_body(body, content_type):
    head = INVITE.split("Content-Type")[0]
    return f"{head}Content-Type: {content_type}\r\nContent-Length: {len(body.encode())}\r\n\r\n{body}"


def msrp(start="SEND", fields="", content="a"):
    return (f"MSRP a786hjs2 {start}\r\nTo-Path: msrp://bob.example.com:7654/b;tcp\r\nFrom-Path: msrp://alice.example.com:7777/a;tcp\r\n{fields}\r\n"
            f"Content-Type: text/plain\r\n\r\n{content}\r\n-------a786hjs2$\r\n")


MSRP = {
    "comment of MSRP": (msrp(f"200 {WORD} says {SHORT}"), (WORD, SHORT)), "status of MSRP": (msrp("REPORT", f"Status: 000 200 {WORD} {SHORT}"), (WORD, SHORT)),
    "path of MSRP": (msrp(fields=f"Use-Path: msrp://{GREEK}.example.com:7654/{GREEK};tcp"), (GREEK,)), "dashes in MSRP": (msrp(content=f"a\r\n-------other$\r\n{WORD}: {WORD}"), (WORD,)),
}
PLACES = {
    "comment": (with_field(f"Retry-After: 18000 ({WORD}, {NUMBER} or {ADDRESS} (or {SHORT}))"), (WORD, NUMBER, SHORT, ADDRESS)), "comment behind a date": (with_field(f"Date: Sat, 13 Nov 2010 23:29:00 GMT ({SHORT})"), (SHORT,)),
    "parameter of MIME": (with_body("a", f"text/plain;x={NUMBER};y={ADDRESS};z=\"{SHORT}\""), (NUMBER, SHORT, ADDRESS)), "comment of MIME": (with_body("a", f"text/plain (by {WORD} at {ADDRESS}, {SHORT})"), (WORD, SHORT, ADDRESS)),
    "display name without quotes": (with_field("Contact: Conf Message <sip:a@b.example>"), ("Conf Message",)), "letters in From": (with_field(f"Contact: {GREEK} <sip:{GREEK}@{GREEK}.example>"), (GREEK,)),
    "letters in Require": (with_field(f"Require: {GREEK}"), (GREEK,)), "letters in SDP": (with_line(f"a=mid:{GREEK}"), (GREEK,)), "letters in an address": (with_line(f"c=IN IP4 {GREEK}.example"), (GREEK,)),
    "number of im": (with_field(f"Contact: <im:{SHORT}>, <x:911>"), (SHORT, ":911")), "number of tel": (with_field("Contact: <tel:91173>"), ("91173",)), "scheme and number": (INVITE.replace("sip:bob@example.com SIP", "im:31415 SIP"), ("31415",)),
    "MAC address": (with_field(f"Contact: <sip:a@b.example>;mac={MAC}, <x:{MAC}>"), (MAC, MAC[3:], MAC[:-3])), "MAC address in words": (with_field(f"Require: {MAC}"), (MAC, MAC[3:], MAC[:-3])), "MAC address in SDP": (with_line(f"a=mid:{MAC}"), (MAC, MAC[3:], MAC[:-3])),
    "escaped": (with_field("Contact: <sip:%52os%61lind@b.example>"), ("%52os%61lind",)), "CSeq": (with_field(f"RSeq: {ADDRESS}"), (ADDRESS,)), "long number": (with_field(f"Expires: {NUMBER}"), (NUMBER,)),
    "media": (with_line(f"m=audio 4000 RTP/AVP 0 {NUMBER} {ADDRESS}"), (NUMBER, ADDRESS)), "port": (with_line(f"m=audio {NUMBER} RTP/AVP 0"), (NUMBER,)), "bandwidth": (with_line(f"b=AS:{NUMBER}\r\nb=X:{ADDRESS}"), (NUMBER, ADDRESS)),
    "fmtp": (with_line(f"a=fmtp:0 a={NUMBER};b={ADDRESS};c=2001:db8::77"), (NUMBER, ADDRESS, "2001:db8::77")), "userid": (with_line(f"a=userid:{NUMBER}\r\na=confid:{SHORT}"), (NUMBER, SHORT)),
    "origin with tabs": (with_line(f"o={WORD}\t{NUMBER}\t{NUMBER}\tIN\tIP4\t{ADDRESS}"), (WORD, NUMBER, ADDRESS)), "origin": (with_line(f"o=- {NUMBER} {NUMBER} IN IP4 {ADDRESS}"), (NUMBER, ADDRESS)),
    "fingerprint with blanks": (with_line("a=fingerprint:sha-256   AB:CD:12:34:56:78:90:12:45"), ("12:34:56:78", "AB:CD")), "fingerprint with a tab": (with_line("a=fingerprint:sha-256\tAB:CD:12:34:56:78:90:12:45"), ("12:34:56:78", "AB:CD")),
    "fingerprint of nothing": (with_line("a=fingerprint:12:34:56:78:90:12"), ("12:34:56:78",)), "second key": (with_line("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:a|1:1;inline:12345678/90123456"), ("12345678", "90123456")),
    "multicast": (with_line("c=IN IP4 233.252.19.77/127"), ("233.252.19.77",)), "processing instruction": (with_body(f"<?xml version='1.0'?><?xml-stylesheet href='http://{WORD}.net/{NUMBER}'?><a/>", "application/pidf+xml"), (WORD, NUMBER)),
    "namespace": (with_body(f'<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:r="http://{WORD}.net/{NUMBER}"/>', "application/pidf+xml"), (WORD, NUMBER)),
    "place of a schema": (with_body(f'<presence xsi:schemaLocation="urn:x http://{WORD}.net/{SHORT}"/>', "application/pidf+xml"), (WORD, SHORT)), "element": (with_body(f"<{WORD}/>", "application/pidf+xml"), (WORD,)),
    "value without quotes": (with_body(f"<a b={WORD}>", "application/pidf+xml"), (WORD,)), "value without an end": (with_body(f"<a b='1>{WORD}\r\n{WORD}", "application/pidf+xml"), (WORD,)), "short entity": (with_body("<a>&rosa;&x1;</a>", "application/pidf+xml"), ("rosa",)),
    "declaration": (with_body(f"<?xml version='{NUMBER}' {WORD}='{SHORT}'?><a/>", "application/pidf+xml"), (WORD, NUMBER, SHORT)), **MSRP,
}


@pytest.mark.parametrize("place", PLACES)
def test_no_place_tells(scrubbed, place):
    message, told = PLACES[place]
    octets = message.encode()
    assert all(word.encode() in octets for word in told)
    if message.startswith("MSRP"):
        written = scrubbed(p.ipv4(p.udp(p.invite(p.sdp()))), p.ipv4(p.tcp(b"", 99, 2, 7777, 7654)), p.ipv4(p.tcp(octets, 100, 0x18, 7777, 7654)))
        assert b"MSRP " in written
    else:
        written = scrubbed(p.ipv4(p.udp(octets)))
    assert [word for word in told if word.lower().encode() in written.lower()] == []


def test_what_decides_stays(scrubbed):
    """Numbers and words that a message means something by; and what is not of UTF-8's letters stays UTF-8."""
    fields = ["RSeq: 314159", "RAck: 314159 1 INVITE", "Expires: 3599", "Session-Expires: 1801;refresher=uac", "Timestamp: 1234567890.12", "Date: Sat, 13 Nov 2010 23:29:00 GMT",
              "Security-Client: ipsec-3gpp;alg=hmac-sha-1-96;spi-c=98765432;port-s=5064", "Subscription-State: active;expires=3599"]
    lines = ["a=rtpmap:97 AMR/16000", "a=fmtp:97 mode-set=0,2,4,7;octet-align=1", "a=fmtp:101 0-15", "a=group:BUNDLE 1 2 3 4 5 6", "b=AS:64", "b=TIAS:64000", "t=3724394400 3724398000", "a=ssrc-group:FID 314159265 2718281828",
             "m=audio 49172/2 RTP/AVP 0 8 97 98 99 100 101", "a=max-size:1048576", "m=message 2855 TCP/MSRP *", "a=label:10", "a=floorid:1 mstrm:10", "a=rtcp-fb:* trr-int 100"]
    body = p.sdp() + "\r\n".join(lines) + "\r\nc=IN IP4 233.252.19.77/127/3\r\na=ssrc:314159265 cname:rosalind\r\n"
    more = "\r\n".join(fields) + f"\r\nContact: <sip:{GREEK}@b.example>;expires=0, <sip:a@pcscf:5064>;expires=3600;q=0.7\r\n"
    written = scrubbed(p.ipv4(p.udp(with_body(body, "application/sdp").replace("Max-Forwards: 70\r\n", more).encode())))
    for text in [*fields, *lines, ";expires=0,", ">;expires=3600;q=0.7", ":5064>", "/127/3", "a=ssrc:314159265 cname:"]:
        assert text.encode() in written, text
    group = re.search(rb"c=IN IP4 (239\.[0-9.]*)/127/3", written)
    assert group and len(group[1]) == len("233.252.19.77")
    user = re.search(rb"Contact: <sip:([^@]*)@", written)[1]
    assert len(user) == len(GREEK.encode()) and len(user.decode("utf-8")) == len(GREEK) and user.decode("utf-8") != GREEK


@pytest.mark.parametrize("form", ["a=key-mgmt: mikey {}", "a=key-mgmt:mikey  {}", "a=key-mgmt:\tmikey\t{}", "bare LF", "bare LF in SDP"])
def test_forms_of_key_mgmt(run, scrubbed, tmp_path, init, form):
    text = base64.b64encode(init).decode()
    line = form.format(text) if "{}" in form else f"a=key-mgmt:mikey {text}"
    message = p.invite(p.sdp() + line + "\r\n")
    if form.startswith("bare LF"):
        message = p.invite((p.sdp() + line + "\r\n").replace("\r\n", "\n"))
    if form == "bare LF":
        message = message.replace(b"\r\n", b"\n")
    written = scrubbed(p.ipv4(p.udp(message)))
    before, after = (judged(run, tmp_path / name, None) for name in ("old.pcap", "new.pcap"))
    assert len(before["messages"]) == 1
    assert what_is_found(after) == what_is_found(before)
    assert [m.get("error") for m in before["messages"]] == [m.get("error") for m in after["messages"]]
    assert text.encode() not in written and re.search(rb"a=key-mgmt:[ \t]*mikey", written)


@pytest.mark.parametrize("protocol", ["mikey2", "MIKEY", "x"])
def test_messages_under_another_name(run, scrubbed, tmp_path, init, protocol):
    """That there is a message is a finding (RFC 4567 7); what it says is nobody's business."""
    text = base64.b64encode(init).decode()
    written = scrubbed(p.ipv4(p.udp(p.invite(p.sdp() + f"a=key-mgmt:{protocol} {text}\r\n"))))
    before, after = (judged(run, tmp_path / name, None) for name in ("old.pcap", "new.pcap"))
    assert what_is_found(after) == what_is_found(before) and "RFC4567-7-01" in {one["id"] for one in before["findings"]}
    now = base64.b64decode(re.search(rb"a=key-mgmt:[^ ]* ([A-Za-z0-9+/=]*)", written)[1])
    assert len(now) == len(init) and b"alice@" in init and b"alice" not in now


@pytest.mark.parametrize("data", ["Rosalind", "RÖsalind", "Rosalind!", "QUFB", "QUF"])
def test_data_that_are_none(run, scrubbed, tmp_path, data):
    scrubbed(p.ipv4(p.udp(with_line(f"a=key-mgmt:mikey {data}").encode())))
    before, after = (judged(run, tmp_path / name, None) for name in ("old.pcap", "new.pcap"))
    for result in (before, after):
        for message in result["messages"]:
            message["data_type"] = None  # an octet of what is no message
    assert what_is_found(after) == what_is_found(before)


def test_names_that_begin_alike(scrubbed):
    """A group's name is in front of "?", also where it is a word of the standards; and a name does not become one that stays."""
    users = ["conf", "conf12", "conference", "conf77x", "test", "test9", "Rosalind", "Rosalinda"]
    fields = "".join(f"Record-Route: <sip:{user}@b.example>\r\n" for user in users)
    written = scrubbed(p.ipv4(p.udp(p.invite(p.sdp(), more=fields + "Record-Route: <sip:conf?@b.example>\r\nRecord-Route: <sip:anonymous@anonymous.invalid>\r\n"))))
    now = [name.decode() for name in re.findall(rb"Record-Route: <sip:([^@]*)@", written)]
    assert now[-1] == "anonymous" and now[-2] == now[0] + "?"
    assert now[0] not in users and len(set(now)) == len(now)
    for i, user in enumerate(users):
        for k, other in enumerate(users):
            alike = next((n for n in range(len(user)) if user[:n + 1] != other[:n + 1]), len(user))
            assert now[i][:alike] == now[k][:alike], (user, other)


@pytest.mark.parametrize("name", ['\\"Expires Conf\\" ', '"Expires \\" Conf', '"Expires Conf', 'Expires"Conf" ', '"a<b" Expires ', ''])
def test_display_names_do_not_hide_addresses(scrubbed, name):
    """Whatever is in front of it, an address is one, and so are its parameters; whatever it is, a display name is none of the words that stay."""
    written = scrubbed(p.ipv4(p.udp(with_field(f"Contact: {name}<sip:alice@pcscf.example.com:5064;transport=tcp;lr>;expires=600;q=0.5, <sip:x@b.example>;q=0.1").encode())))
    assert re.search(rb"Contact: [^<]*(<[^<]*)?<sip:[a-z]{5}@[a-z]{5}\.example\.com:5064;transport=tcp;lr>;expires=600;q=0\.5, <sip:[a-z]@[a-z]\.example>;q=0\.1\r\n", written)
    assert b"alice" not in written and b"Expires " not in written.split(b"Contact: ")[1].split(b"\r\n")[0]


def test_msrp_behind_dashes(scrubbed):
    """What looks like the end of another message, in the content, is content; the next message is one."""
    both = msrp(content="a\r\n-------other$\r\nb\r\n-------a786hjs2x\r\nc") + msrp("SEND", "Message-ID: 77").replace("a786hjs2", "bcdefgh3")
    written = scrubbed(p.ipv4(p.udp(p.invite(p.sdp()))), p.ipv4(p.tcp(b"", 99, 2, 7777, 7654)), p.ipv4(p.tcp(both.encode(), 100, 0x18, 7777, 7654)))
    starts = re.findall(rb"MSRP ([a-z0-9]{8}) SEND\r\n", written)
    assert len(starts) == 2 and starts[0] != starts[1]
    assert all(b"\r\n-------" + one + b"$\r\n" in written for one in starts) and written.count(b"To-Path: msrp://") == 2


def stream(capture):
    """Datagrams of a capture of bare IPv4: [(source, destination, data)]."""
    out, at = [], 24
    while at < len(capture):
        size = int.from_bytes(capture[at + 8:at + 12], "little")
        packet = capture[at + 16:at + 16 + size]
        if packet[0] >> 4 == 4 and packet[9] == 17:
            out.append((packet[12:16], packet[16:20], packet[28:]))
        at += 16 + size
    return out


def test_rtp_goes_along_without_its_content(scrubbed, init):
    """That of m-lines that MIKEY keys."""
    header, csrcs = bytes.fromhex("b2600102aabbccdd11223344"), b"Rosalind"
    rtp = header + csrcs + b"\xbe\xde\0\1ROSA" + b"rosalind" * 3 + b"\4"
    offer, other = p.ipv4(p.udp(p.invite(p.sdp(init)))), p.ipv4(p.udp(rtp, 4000, 4444), "192.0.2.9", "192.0.2.1")
    media = [p.ipv4(p.udp(rtp, 4000, 49170), "192.0.2.9", "192.0.2.1") for _ in range(40)]
    rtcp = p.ipv4(p.udp(b"\x80\xc8" + rtp[2:], 4000, 49170), "192.0.2.9", "192.0.2.1")
    written = scrubbed(offer, *media, other, rtcp)
    found = [data for _, _, data in stream(written) if data[:1] < b"\xc0" and data[:1] >= b"\x80"]
    assert found == [b"\x92" + header[1:] + bytes(len(rtp) - 12)] * 40
    assert b"osalind" not in written and b"ROSA" not in written


RTP_VECTORS = [vector for path in sorted((VECTORS / "traces").glob("*.json")) for vector in json.loads(path.read_text())["traces"]
               if any(unit["kind"] == "rtp" for unit in vector["units"]) and not vector["settings"] and isinstance(vector["profile"], str)][:12]


@pytest.mark.parametrize("vector", RTP_VECTORS, ids=lambda one: one["id"])
def test_the_same_is_found_of_rtp(run, tmp_path, vector):
    old, new, keys, new_keys = (tmp_path / name for name in ("old.pcap", "new.pcap", "old.json", "new.json"))
    old.write_bytes(base64.b64decode(vector["capture"]))
    more, with_old, with_new = [], [], []
    if vector["keys"] is not None:
        keys.write_text(json.dumps(vector["keys"]))
        more, with_old, with_new = ["--keys", keys, "--keys-out", new_keys], ["--keys", keys], ["--keys", new_keys]
    profile = ["--profile", vector["profile"]]
    assert run("--secret", SECRET, *profile, *more, old, new, command="scrub").code == 0
    before, after = (what_is_found(json.loads(run("--output", "json", *profile, *with_keys, capture).out)) for capture, with_keys in ((old, with_old), (new, with_new)))
    assert before == after


def test_there_are_findings_of_rtp():
    assert any("RFC6043-6.1.1-08" in json.dumps(vector["answer"]) for vector in RTP_VECTORS)
