"""pcap scrub: TLS, DTLS and SCTP. Nothing of what they show in clear tells who it was, however much of it can be cut; what is not made anew is left out and
counted."""
import ipaddress
import json
import struct

import pytest

import packets as p

SECRET = "5a" * 32
NAME = b"rosalind.wintergreen.net"
CLIENT, SERVER = "192.0.2.77", "198.51.100.66"
CLIENT_HELLO, SERVER_HELLO, TICKET, CERTIFICATE, STATUS, SUPPLEMENTAL = 1, 2, 4, 11, 22, 23


@pytest.fixture
def scrub(run, tmp_path):
    def call(capture):
        (tmp_path / "old.pcap").write_bytes(capture)
        outcome = run("--force", "--secret", SECRET, tmp_path / "old.pcap", tmp_path / "new.pcap", command="scrub")
        assert outcome.code == 0, outcome.err
        return (tmp_path / "new.pcap").read_bytes(), outcome.out.decode()
    return call


def vector(octets, size):
    return len(octets).to_bytes(size, "big") + octets


def record(kind, octets, version=0x0303):
    return struct.pack(">BHH", kind, version, len(octets)) + octets


def handshake(kind, body):
    return bytes([kind]) + vector(body, 3)


def extension(kind, data):
    return struct.pack(">H", kind) + vector(data, 2)


def client_hello(*extensions, random=b"\x17" * 32, suites=b"\x00\xa8", session=b"", methods=b"\0"):
    return handshake(CLIENT_HELLO, b"\x03\x03" + random + vector(session, 1) + vector(suites, 2) + vector(methods, 1) + vector(b"".join(extensions), 2))


def server_hello(*extensions, suite=b"\x00\xa8", session=b""):
    return handshake(SERVER_HELLO, b"\x03\x03" + b"\x23" * 32 + vector(session, 1) + suite + b"\x00" + vector(b"".join(extensions), 2))


def sni(name=NAME):
    return extension(0, vector(b"\0" + vector(name, 2), 2))


def connection(*flights):
    """Each flight is (from the client, octets): a TCP connection that carries them, behind a call so that there is something to scrub."""
    frames, numbers = [p.ipv4(p.udp(p.invite(p.sdp())), CLIENT, SERVER)], {True: 100, False: 9000}
    ports = {True: (7777, 2855), False: (2855, 7777)}
    ends = {True: (CLIENT, SERVER), False: (SERVER, CLIENT)}
    for from_client, flags in ((True, 2), (False, 18)):
        frames.append(p.ipv4(p.tcp(b"", numbers[from_client] - 1, flags, *ports[from_client]), *ends[from_client]))
    for from_client, octets in flights:
        frames.append(p.ipv4(p.tcp(octets, numbers[from_client], 0x18, *ports[from_client]), *ends[from_client]))
        numbers[from_client] += len(octets)
    return p.pcap([p.ethernet(frame) for frame in frames])


def der(tag, *content):
    octets = b"".join(content)
    length = bytes([len(octets)]) if len(octets) < 128 else b"\x82" + len(octets).to_bytes(2, "big")
    return bytes([tag]) + length + octets


SERIAL = bytes.fromhex("4fedcba987654321")
COMMON_NAME = bytes.fromhex("0603550403")


def certificate(subject=None, extensions=b""):
    named = subject or der(0x30, der(0x31, der(0x30, COMMON_NAME, der(12, NAME))))
    times = der(0x30, der(23, b"260101000000Z"), der(23, b"270101000000Z"))
    key = der(0x30, der(0x30, bytes.fromhex("06072a8648ce3d0201")), der(3, b"\0" + b"\x04" * 65))
    algorithm = der(0x30, bytes.fromhex("06082a8648ce3d040302"))
    signed = der(0x30, der(0xA0, der(2, b"\x02")), der(2, SERIAL), algorithm, named, times, named, key, der(0xA3, der(0x30, extensions)) if extensions else b"")
    return der(0x30, signed, algorithm, der(3, b"\0" + b"\x05" * 70))


def of_name(*names):
    """subjectAltName behind an extension whose octets look like DER and are none."""
    key = der(0x30, bytes.fromhex("0603551d0e"), der(4, der(4, b"\x30\x55" + b"\x77" * 18)))
    return key + der(0x30, bytes.fromhex("0603551d11"), der(4, der(0x30, *names)))


def certificates(*all_of_them):
    return handshake(CERTIFICATE, vector(b"".join(vector(one, 3) for one in all_of_them), 3))


HELLO = record(22, client_hello(sni()))
WITHOUT = record(22, client_hello())
ANSWER = record(22, server_hello())
CCS = record(20, b"\1")
IDENTITY, HINT = record(22, handshake(16, vector(NAME, 2))), record(22, handshake(12, vector(NAME, 2)))
SHAPES = {
    "server name": [(True, HELLO), (False, ANSWER)],
    "hello in small records": [(True, b"".join(record(22, client_hello(sni())[i:i + 35]) for i in range(0, len(client_hello(sni())), 35)))],
    "records that lack some": [(True, b"".join(record(22, client_hello(sni(NAME * 9))[i:i + 70]) for i in range(0, 210, 105)))],
    "capture that ends in a hello": [(True, HELLO[:-3])],
    "record without its end": [(True, record(22, client_hello(sni())[:-3]))],
    "unknown extension": [(True, record(22, client_hello(extension(0xABCD, NAME)))), (False, record(22, server_hello(extension(0xABCD, NAME))))],
    "status request": [(True, record(22, client_hello(extension(5, b"\1" + vector(vector(NAME, 2), 2) + b"\0\0"))))],
    "protocol of one's own": [(True, record(22, client_hello(extension(16, vector(vector(NAME, 1), 2)))))],
    "extension that cannot be cut": [(True, record(22, client_hello(b"\0\0\xff\xff" + NAME)))],
    "behind the server name": [(True, record(22, client_hello(extension(0, vector(b"\0" + vector(b"a.org", 2), 2) + NAME))))],
    "behind the extensions": [(True, record(22, handshake(CLIENT_HELLO, client_hello()[4:] + NAME)))],
    "PSK identity of 1.3": [(True, record(22, client_hello(extension(41, vector(vector(NAME, 2) + b"\0\0\0\0", 2) + vector(vector(NAME + b"12345678", 1), 2)))))],
    "cookie": [(True, record(22, client_hello(extension(44, vector(NAME, 2)))))],
    "hint": [(True, WITHOUT), (False, ANSWER + record(22, handshake(12, vector(NAME, 2))))],
    "identity": [(True, WITHOUT), (False, ANSWER + record(22, handshake(14, b""))), (True, record(22, handshake(16, vector(NAME, 2))))],
    "status": [(True, WITHOUT), (False, ANSWER + record(22, handshake(STATUS, b"\1" + vector(NAME, 3))))],
    "supplemental data": [(True, WITHOUT), (False, ANSWER + record(22, handshake(SUPPLEMENTAL, NAME)))],
    "unknown message": [(True, WITHOUT), (False, ANSWER + record(22, handshake(99, NAME)))],
    "ticket": [(True, WITHOUT), (False, ANSWER + record(22, handshake(TICKET, b"\0\0\0\1" + vector(NAME, 2))))],
    "ticket that cannot be cut": [(True, WITHOUT), (False, ANSWER + record(22, handshake(TICKET, b"\0\0\0\1\xff\xff" + NAME)))],
    "certificate": [(True, WITHOUT), (False, ANSWER + record(22, certificates(certificate())))],
    "alternative name": [(True, WITHOUT), (False, ANSWER + record(22, certificates(certificate(extensions=of_name(der(0x82, NAME), der(0x86, b"sip:" + NAME), der(0x87, ipaddress.ip_address(CLIENT).packed))))))],
    "name with a control character": [(True, WITHOUT), (False, ANSWER + record(22, certificates(certificate(der(0x30, der(0x31, der(0x30, COMMON_NAME, der(12, NAME + b"\x01"))))))))],
    "name of another type": [(True, WITHOUT), (False, ANSWER + record(22, certificates(certificate(der(0x30, der(0x31, der(0x30, COMMON_NAME, der(26, NAME))))))))],
    "certificate that is none": [(True, WITHOUT), (False, ANSWER + record(22, certificates(b"\x30\x80" + NAME, NAME)))],
    "certificate too deep": [(True, WITHOUT), (False, ANSWER + record(22, certificates(bytes(b for i in range(40) for b in (0x30, 2 * (39 - i) + len(der(12, NAME)))) + der(12, NAME))))],
    "certificates that cannot be cut": [(True, WITHOUT), (False, ANSWER + record(22, handshake(CERTIFICATE, b"\xff\xff\xff" + NAME)))],
    "authorities": [(True, WITHOUT), (False, ANSWER + record(22, handshake(13, b"\1\1" + vector(b"\4\3", 2) + vector(vector(der(0x30, der(0x31, der(0x30, COMMON_NAME, der(12, NAME)))), 2), 2))))],
    "1.3": [(True, record(22, client_hello(sni(), extension(43, b"\2\3\4"), suites=b"\x13\1"), 0x0301) + CCS + record(23, NAME * 2)),
            (False, record(22, server_hello(extension(43, b"\3\4"), suite=b"\x13\1")) + CCS + record(23, NAME * 3))],
    "1.3 that asks for another hello": [(True, record(22, client_hello(sni(), extension(43, b"\2\3\4"), suites=b"\x13\1"))),
                                        (False, record(22, server_hello(extension(43, b"\3\4"), extension(44, vector(NAME, 2)), suite=b"\x13\1")) + CCS),
                                        (True, CCS + record(22, client_hello(sni(), extension(43, b"\2\3\4"), extension(44, vector(NAME, 2)), suites=b"\x13\1")))],
    "data without a handshake": [(True, record(23, NAME)), (False, record(23, NAME))],
    "data in the clear": [(True, HELLO + record(23, NAME)), (False, ANSWER + record(23, NAME))],
    "heartbeat": [(True, HELLO + record(24, b"\1" + vector(NAME, 2))), (False, ANSWER)],
    "alert": [(True, HELLO), (False, record(21, b"\2\x28" + NAME))],
    "text behind": [(True, HELLO + NAME), (False, ANSWER + NAME)],
    "ChangeCipherSpec with more in it": [(True, HELLO + record(20, b"\1" + NAME)), (False, ANSWER)],
    "message behind a ChangeCipherSpec of two octets": [(True, WITHOUT + record(20, b"\1\1") + IDENTITY), (False, ANSWER + record(20, b"\1\1") + HINT)],
    "message behind a ChangeCipherSpec of another octet": [(True, WITHOUT + record(20, b"\2") + IDENTITY), (False, ANSWER)],
    "message behind an empty ChangeCipherSpec": [(True, WITHOUT + record(20, b"") + IDENTITY), (False, ANSWER)],
    "message behind a ChangeCipherSpec within a message": [(True, record(22, client_hello() + b"\x10\0\0") + CCS + record(22, b"\x1a" + vector(NAME, 2)) + IDENTITY), (False, ANSWER)],
    "message behind a ChangeCipherSpec": [(True, WITHOUT + CCS + IDENTITY), (False, ANSWER + CCS + HINT)],
    "message behind a ChangeCipherSpec that means nothing": [(True, record(22, client_hello(extension(43, b"\2\3\4"), suites=b"\x13\1\0\xa8")) + CCS + IDENTITY), (False, ANSWER)],
    "message behind the other end's ChangeCipherSpec": [(True, WITHOUT + record(20, b"\1\1")), (False, ANSWER + HINT + CCS + HINT)],
    "alert behind a ChangeCipherSpec": [(True, WITHOUT + record(20, b"\1\1") + record(21, b"\1\0" + NAME)), (False, ANSWER)],
    "text behind a ChangeCipherSpec": [(True, WITHOUT + CCS + NAME), (False, ANSWER + record(20, b"\1\1") + NAME)],
    "SSL 2": [(True, struct.pack(">H", 0x8000 | 60) + b"\1\3\1\0\3\0\0\0\x20\0\0\5" + NAME + NAME)],
    "server first": [(False, ANSWER + record(22, certificates(certificate())))],
    "identity without an answer": [(True, WITHOUT + record(22, handshake(16, vector(NAME, 2))))],
    "identity and a suite that is not known": [(True, WITHOUT), (False, record(22, server_hello(suite=b"\0\xfe"))), (True, record(22, handshake(16, vector(NAME, 2))))],
    "hint and a suite that is not known": [(True, WITHOUT), (False, record(22, server_hello(suite=b"\0\xfe")) + record(22, handshake(12, vector(NAME, 2))))],
    "hint and keys": [(True, WITHOUT), (False, record(22, server_hello(suite=b"\0\xaa")) + record(22, handshake(12, vector(NAME, 2) + vector(NAME, 2) + vector(b"\2", 2) + vector(NAME, 2))))],
    "hint and a point": [(True, WITHOUT), (False, record(22, server_hello(suite=b"\xd0\1")) + record(22, handshake(12, vector(NAME, 2) + b"\3\0\x17" + vector(NAME, 1))))],
    "identity and a point": [(True, WITHOUT), (False, record(22, server_hello(suite=b"\xd0\1"))), (True, record(22, handshake(16, vector(NAME, 2) + vector(NAME, 1))))],
    "point and signature": [(True, WITHOUT), (False, record(22, server_hello(suite=b"\xc0\x2b")) + record(22, handshake(12, b"\3\0\x17" + vector(NAME, 1) + b"\4\3" + vector(NAME, 2))))],
    "secret of another suite": [(True, WITHOUT), (False, record(22, server_hello(suite=b"\0\x2f"))), (True, record(22, handshake(16, vector(NAME, 2))))],
    "keys that cannot be cut": [(True, WITHOUT), (False, ANSWER + record(22, handshake(12, b"\xff\xff" + NAME))), (True, record(22, handshake(16, NAME)))],
    "session": [(True, record(22, client_hello(session=NAME))), (False, record(22, server_hello(session=NAME)))],
    "session that is too long": [(True, record(22, client_hello(session=NAME * 3)))],
    "request to begin": [(True, WITHOUT), (False, record(22, handshake(0, NAME)))],
    "end of hello": [(True, WITHOUT), (False, ANSWER + record(22, handshake(14, NAME)))],
    "Finished in clear": [(True, WITHOUT + record(22, handshake(20, NAME))), (False, ANSWER + record(22, handshake(20, NAME[:12])))],
    "verification": [(True, WITHOUT), (False, ANSWER + record(22, handshake(15, b"\4\3" + vector(NAME, 2)))), (True, record(22, handshake(15, NAME)))],
    "suites": [(True, record(22, client_hello(suites=b"\x00\xa8" + NAME)))],
    "methods of compression": [(True, record(22, client_hello(methods=b"\0" + NAME)))],
    "key share": [(True, record(22, client_hello(extension(51, vector(b"\0\x1d" + vector(NAME, 2), 2))))), (False, record(22, server_hello(extension(51, b"\0\x1d" + vector(NAME, 2)))))],
    "key share that cannot be cut": [(True, record(22, client_hello(extension(51, vector(b"\0\x1d\xff" + NAME, 2)))))],
    "identifier of SRTP's keys": [(True, record(22, client_hello(extension(14, vector(b"\0\1", 2) + vector(NAME, 1)))))],
    "renegotiation": [(True, record(22, client_hello(extension(0xFF01, vector(NAME, 1)))))],
    "groups": [(True, record(22, client_hello(extension(10, vector(b"\0\x1d" + NAME, 2)))))],
    "formats of points": [(True, record(22, client_hello(extension(11, vector(b"\0" + NAME, 1)))))],
    "algorithms": [(True, record(22, client_hello(extension(13, vector(b"\4\3" + NAME, 2)))))],
    "versions": [(True, record(22, client_hello(extension(43, vector(b"\3\3" + NAME, 1)))))],
    "modes": [(True, record(22, client_hello(extension(45, vector(b"\0" + NAME, 1)))))],
    "padding": [(True, record(22, client_hello(extension(21, bytes(9) + NAME))))],
    "heartbeat extension": [(True, record(22, client_hello(extension(15, b"\1" + NAME))))],
    "fragment length": [(True, record(22, client_hello(extension(1, NAME))))],
    "extension that is empty": [(True, record(22, client_hello(extension(49, NAME))))],
    "size of records": [(True, record(22, client_hello(extension(28, b"\x40\0" + NAME))))],
    "session ticket": [(True, record(22, client_hello(extension(35, NAME))))],
    "types of certificates": [(True, WITHOUT), (False, ANSWER + record(22, handshake(13, vector(NAME, 1) + vector(b"\4\3" + NAME, 2) + vector(b"", 2))))],
}


def with_extension(value, kind="0603551d0e"):
    return [(True, WITHOUT), (False, ANSWER + record(22, certificates(certificate(extensions=der(0x30, bytes.fromhex(kind), der(4, value))))))]


def with_attribute(value, kind=COMMON_NAME):
    return [(True, WITHOUT), (False, ANSWER + record(22, certificates(certificate(der(0x30, der(0x31, der(0x30, kind, value)))))))]


BORN = der(24, b"19700214120000Z")
CERTIFICATES = {
    "text in an extension": with_extension(NAME), "string in an extension": with_extension(der(22, NAME)), "octets in an extension": with_extension(der(4, NAME)),
    "number in an extension": with_extension(der(2, NAME)), "bits in an extension": with_extension(der(3, b"\0" + NAME)), "time in an extension": with_extension(der(24, NAME)),
    "hint of a key": with_extension(der(0x30, der(0x80, NAME))), "boolean": with_extension(der(1, NAME)), "nothing": with_extension(der(5, NAME)),
    "set without an end": with_extension(b"\x30\x80" + der(12, NAME) + b"\0\0"), "name of another type": with_extension(der(0x30, der(0xA0, bytes.fromhex("06032a0304"), der(0xA0, der(12, NAME))))),
    "enterprise": with_extension(b"x", der(6, bytes.fromhex("2b06010401") + NAME).hex()), "behind a known arc": with_extension(b"x", der(6, bytes.fromhex("551d") + NAME).hex()),
    "beyond ASCII": with_attribute(der(12, "rösalind wintergrün".encode() + NAME)), "T61": with_attribute(der(20, NAME + b"\xe9")), "BMP": with_attribute(der(30, NAME.decode().encode("utf-16-be"))),
    "primitive context": with_attribute(der(0x80, NAME)), "number": with_attribute(der(2, NAME)), "number of 9 octets": with_attribute(der(10, NAME[:9])),
    "authority that was born": [(True, WITHOUT), (False, ANSWER + record(22, handshake(13, b"\1\1" + vector(b"\4\3", 2) + vector(vector(der(0x30, der(0x31, der(0x30, COMMON_NAME, der(12, NAME)))), 2), 2))))],
}


@pytest.mark.parametrize("shape", CERTIFICATES)
def test_certificates_tell_nothing(scrub, shape):
    old = connection(*CERTIFICATES[shape])
    assert words_of(old)
    new, _ = scrub(old)
    assert [word for word in words_of(new) if word != SERIAL] == [] and "wintergrün".encode() not in new and b"ntergr" not in new


def test_dates_of_birth(scrub):
    """RFC 3739 3.2.5. Of the validity dates stay."""
    for flights in (with_attribute(BORN, bytes.fromhex("06082b06010505070901")), with_extension(der(0x30, BORN), "0603551d09"),
                    [(True, WITHOUT), (False, ANSWER + record(22, handshake(13, b"\1\1" + vector(b"\4\3", 2) + vector(vector(der(0x30, der(0x31, der(0x30, COMMON_NAME, BORN))), 2), 2))))]):
        new, _ = scrub(connection(*flights))
        assert b"19700214" not in new and b"19700101000000Z" in new
        assert (b"260101000000Z" in new) == (flights[1][1].count(b"260101000000Z") > 0)


def test_what_of_certificates_stays(scrub):
    """Usage, path lengths, algorithms and curves; an identifier of a key that stands twice is the same; keys and signatures are of the same form."""
    usage = der(0x30, bytes.fromhex("0603551d0f"), der(1, b"\xff"), der(4, der(3, b"\5\xa0")))
    basic = der(0x30, bytes.fromhex("0603551d13"), der(4, der(0x30, der(1, b"\xff"), der(2, b"\2"))))
    key, identifier = b"\x51\x87" * 10, b"\x04\x14"
    of_subject = der(0x30, bytes.fromhex("0603551d0e"), der(4, der(4, key)))
    of_authority = der(0x30, bytes.fromhex("0603551d23"), der(4, der(0x30, der(0x80, key))))
    new, _ = scrub(connection((True, WITHOUT), (False, ANSWER + record(22, certificates(certificate(extensions=usage + basic + of_subject + of_authority))))))
    assert usage in new and basic in new and key not in new and b"\x04" * 65 not in new and b"\x05" * 70 not in new
    at = new.index(bytes.fromhex("0603551d0e")) + 7
    assert new[at:at + 2] == identifier and new.count(new[at + 2:at + 22]) == 2
    assert bytes.fromhex("06072a8648ce3d0201") + b"" in new and b"\x03\x42\x00\x04" in new


def words_of(octets):
    """Longer parts of the name, in any case; and what else of it must not be there."""
    low = octets.lower()
    return [word for word in (b"rosalind", b"wintergreen", NAME.decode().encode("utf-16-be"), SERIAL, ipaddress.ip_address(CLIENT).packed, ipaddress.ip_address(SERVER).packed)
            if word in low]


@pytest.mark.parametrize("shape", SHAPES)
def test_tls_in_clear_tells_nothing(run, scrub, tmp_path, shape):
    old = connection(*SHAPES[shape])
    assert words_of(old)  # or the test would prove nothing
    new, _ = scrub(old)
    assert words_of(new) == []
    before, after = (json.loads(run("--output", "json", tmp_path / name).out) for name in ("old.pcap", "new.pcap"))
    assert [what_is_found(one) for one in before["connections"]] == [what_is_found(one) for one in after["connections"]]


@pytest.mark.parametrize("front", [record(20, b"\1\1"), CCS, b"", record(20, b"")], ids=["two octets", "one", "none", "empty"])
@pytest.mark.parametrize("text", [b"rosa", b"rosal", b"rosali\0\1"])
def test_no_few_letters_in_the_place_of_a_header(scrub, front, text):
    new, _ = scrub(connection((True, WITHOUT + front + text), (False, ANSWER)))
    assert new.count(WITHOUT[:9]) == 1 and b"rosa" not in new


def what_is_found(connection):
    """Of a TLS connection: what was cut of it, and what it breaks."""
    return {name: value for name, value in connection.items() if name not in ("client", "server", "findings", "certificate", "frames")}, [f["id"] for f in connection.get("findings", [])]


def datagrams(*payloads, port=5061):
    frames = [p.ipv4(p.udp(p.invite(p.sdp())), CLIENT, SERVER)] + [p.ipv4(p.udp(one, 4433, port), CLIENT, SERVER) for one in payloads]
    return p.pcap([p.ethernet(frame) for frame in frames])


def dtls(kind, body, number=0):
    message = bytes([kind]) + len(body).to_bytes(3, "big") + struct.pack(">H", number) + b"\0\0\0" + len(body).to_bytes(3, "big") + body
    return struct.pack(">BHHIHH", 22, 0xFEFD, 0, 0, number, len(message)) + message


def test_dtls_is_left_out(scrub):
    body = b"\xfe\xfd" + b"\x17" * 32 + b"\0\0" + b"\0\2\0\xa8" + b"\1\0" + vector(sni(), 2)
    new, said = scrub(datagrams(dtls(1, body), dtls(11, certificates(certificate())[4:], 1), dtls(1, body)))
    assert words_of(new) == [] and len(new) < 1200 and b"\x16\xfe\xfd" not in new
    assert "left out: 3 messages, 3 segments that were not understood, 0 of SCTP" in said


def sctp(*chunks, ports=(5060, 5060)):
    octets = struct.pack(">HHII", *ports, 7, 0)
    for tsn, data in enumerate(chunks):
        chunk = struct.pack(">BBHIHHI", 0, 3, 16 + len(data), tsn, 0, tsn, 0) + data
        octets += chunk + bytes(-len(chunk) % 4)
    return 132, octets


def test_sctp_is_left_out(scrub):
    frames = [p.ipv4(p.udp(p.invite(p.sdp())), CLIENT, SERVER), p.ipv4(sctp(p.invite(p.sdp()).replace(b"alice", b"rosalind"), NAME), CLIENT, SERVER),
              p.ipv4(sctp(HELLO), CLIENT, SERVER)]
    new, said = scrub(p.pcap([p.ethernet(frame) for frame in frames]))
    assert words_of(new) == [] and new.count(b"INVITE sip:") == 1
    assert "left out: 1 messages, 0 segments that were not understood, 3 of SCTP" in said


def test_fingerprints_of_certificates_that_are_not_seen(scrub):
    hashes = ["AB:CD:EF:12:" * 7 + "34:56:78:90", "fe:dc:ba:98:" * 7 + "76:54:32:10"]
    lines = [f"a=fingerprint:sha-256 {hashes[i]}\r\n" for i in (0, 1, 0)] + ["a=fingerprint:sha-1 AB:CD\r\n", "a=fingerprint:md5\r\n"]
    new, _ = scrub(p.pcap([p.ethernet(p.ipv4(p.udp(p.invite(p.sdp() + "".join(lines) + "m=audio 4002 RTP/AVP 0\r\n")), CLIENT, SERVER))]))
    told = [line.split(b" ")[1] for line in new.split(b"\r\n") if line.startswith(b"a=fingerprint:sha-256 ")]
    assert len(told) == 3 and told[0] == told[2] != told[1] and told[0].isascii() and told[0].upper() == told[0] and told[1].lower() == told[1]
    assert all(len(one) == 95 and one[2::3] == b":" * 31 and bytes.fromhex(one.replace(b":", b"").decode()) for one in told)
    assert not any(one.encode() in new for one in hashes) and b"AB:CD" not in new and b"m=audio 4002 RTP/AVP 0" in new


@pytest.mark.parametrize("line", ["a=key-mgmt:mikey ", "a=key-mgmt:mikey", "a=key-mgmt:mikey =", "a=key-mgmt:mikey Rosalind!"])
def test_mikey_without_an_octet(scrub, line):
    new, said = scrub(p.pcap([p.ethernet(p.ipv4(p.udp(p.invite(p.sdp() + line + "\r\n")), CLIENT, SERVER))]))
    assert b"a=key-mgmt:mikey" in new and words_of(new) == [] and "1 in no conversation" in said


def test_numbers_that_nobody_assigned(scrub):
    """Lists of numbers may hold octets of anything. Those of IANA, and of RFC 8701, stay."""
    octets, known = bytes(range(0x8A, 0xBA)), bytes.fromhex("00a8c02bcca9130100ff56004a4ad001")
    groups, algorithms = bytes.fromhex("001d001701009a9a11ec"), bytes.fromhex("0403080408070201")
    old = connection((True, record(22, client_hello(extension(10, vector(groups + octets, 2)), extension(13, vector(algorithms + octets, 2)), extension(11, vector(b"\0\1\2" + octets, 1)),
                                                    extension(45, vector(b"\1\0" + octets, 1)), suites=known + octets, methods=b"\0\1\x40" + octets))))
    new, _ = scrub(old)
    assert old.count(octets[:16]) == 6 and not [at for at in range(len(octets) - 4) if octets[at:at + 4] in new]
    assert all(one in new for one in (known, groups, algorithms, b"\0\1\2\xff", b"\1\0\xff", b"\0\1\x40\xff"))
