"""Places in TLS that are in clear, and in what is said to be encrypted."""

import ipaddress

from canaries import Book, connection
from test_scrub_secure import ANSWER, CCS, HELLO, STATUS, SUPPLEMENTAL, TICKET, WITHOUT, certificates, der, extension, handshake, record, server_hello, sni, vector
from test_scrub_secure import client_hello as hello_of

EXTENSIONS = {"server name": (0, lambda o: vector(b"\0" + vector(o, 2), 2)), "two server names": (0, lambda o: vector(b"\0" + vector(b"a.example", 2) + b"\0" + vector(o, 2), 2)), "server name of another type": (0, lambda o: vector(b"\7" + vector(o, 2), 2)), "fragment length": (1, lambda o: o), "certificate URL": (2, lambda o: vector(o, 2)),
              "trusted authorities": (3, lambda o: vector(b"\2" + vector(o, 2), 2)), "status request": (5, lambda o: b"\1" + vector(vector(o, 2), 2) + vector(o, 2)), "user mapping": (6, lambda o: vector(o, 1)), "certificate type": (9, lambda o: vector(o, 1)), "groups": (10, lambda o: vector(o + o, 2)), "point formats": (11, lambda o: vector(o, 1)),
              "SRP": (12, lambda o: vector(o, 1)), "signature algorithms": (13, lambda o: vector(o + o, 2)), "use_srtp": (14, lambda o: vector(b"\0\1", 2) + vector(o, 1)), "heartbeat": (15, lambda o: b"\1" + o), "ALPN": (16, lambda o: vector(vector(o, 1), 2)), "second ALPN": (16, lambda o: vector(vector(b"h2", 1) + vector(o, 1), 2)), "time stamps": (18, lambda o: vector(vector(o, 2), 2)),
              "padding": (21, lambda o: o), "token binding": (24, lambda o: o), "cached information": (25, lambda o: vector(b"\1" + vector(o, 1), 2)), "ticket": (35, lambda o: o), "pre-shared key": (41, lambda o: vector(vector(o, 2) + b"\0\0\0\0", 2) + vector(vector(o + bytes(20), 1), 2)), "early data": (42, lambda o: o), "cookie": (44, lambda o: vector(o, 2)),
              "key exchange modes": (45, lambda o: vector(o, 1)), "authorities": (47, lambda o: vector(vector(o, 2), 2)), "key share": (51, lambda o: vector(b"\0\x1d" + vector(o + bytes(20), 2), 2)), "versions": (43, lambda o: vector(o + o, 1)), "renegotiation": (0xFF01, lambda o: vector(o, 1)), "encrypted server name": (0xFFCE, lambda o: o), "encrypted hello": (0xFE0D, lambda o: o),
              "connection id": (54, lambda o: vector(o, 1)), "transport parameters": (57, lambda o: o), "unknown": (0xABCD, lambda o: o)}
OIDS = {"common name": "0603550403", "surname": "0603550404", "serial number": "0603550405", "country": "0603550406", "locality": "0603550407", "state": "0603550408", "street": "0603550409", "organization": "060355040a", "unit": "060355040b", "title": "060355040c", "description": "060355040d", "post code": "0603550411", "telephone": "0603550414",
        "given name": "060355042a", "initials": "060355042b", "pseudonym": "0603550441", "mail": "06092a864886f70d010901", "user id": "060a0992268993f22c640101", "domain": "060a0992268993f22c640119", "unknown": "06052b06018773"}
STRINGS = {"UTF8String": 12, "PrintableString": 19, "IA5String": 22, "T61String": 20, "NumericString": 18, "VisibleString": 26, "OCTET STRING": 4}
NAMED = {"other name": (0xA0, lambda o: bytes.fromhex("060a2b060104018237140203") + der(0xA0, der(12, o))), "mail": (0x81, bytes), "DNS": (0x82, bytes), "directory": (0xA4, lambda o: name_of("common name", 12, o)), "URI": (0x86, lambda o: b"sip:" + o), "address": (0x87, bytes), "registered id": (0x88, bytes)}
CERT_EXTENSIONS = {"subject key identifier": ("0603551d0e", lambda o: der(4, o)), "authority key identifier": ("0603551d23", lambda o: der(0x30, der(0x80, o), der(0xA1, der(0xA4, name_of("common name", 12, o))), der(0x82, o))), "CRL": ("0603551d1f", lambda o: der(0x30, der(0x30, der(0xA0, der(0xA0, der(0x86, b"http://" + o)))))),
                   "access": ("06082b06010505070101", lambda o: der(0x30, der(0x30, bytes.fromhex("06082b06010505073001"), der(0x86, b"http://" + o)))), "policies": ("0603551d20", lambda o: der(0x30, der(0x30, bytes.fromhex("06032a0304"), der(0x30, der(0x30, bytes.fromhex("06082b06010505070201"), der(22, b"http://" + o)))))),
                   "name constraints": ("0603551d1e", lambda o: der(0x30, der(0xA0, der(0x30, der(0x82, o))))), "issuer alternative name": ("0603551d12", lambda o: der(0x30, der(0x82, o))), "comment of Netscape": ("060960864801 86f842010d".replace(" ", ""), lambda o: der(22, o)), "unknown": ("06032a0304", lambda o: o), "time stamps": ("060a2b06010401d679020402", lambda o: der(4, o)),
                   "directory attributes": ("0603551d09", lambda o: der(0x30, der(0x30, bytes.fromhex("0603550414"), der(0x31, der(19, o)))))}


def name_of(what, string, octets):
    return der(0x30, der(0x31, der(0x30, bytes.fromhex(OIDS[what]), der(string, octets))))


def certificate(subject=None, issuer=None, serial=b"\1\2\3\4\5", extensions=b"", unique=b"", times=b"260101000000Z", key=b"\4" * 65):
    name, algorithm = name_of("common name", 12, b"a.example"), der(0x30, bytes.fromhex("06082a8648ce3d040302"))
    whole = der(0x30, der(0xA0, der(2, b"\2")), der(2, serial), algorithm, issuer or name, der(0x30, der(23, times), der(23, b"270101000000Z")), subject or name,
                der(0x30, der(0x30, bytes.fromhex("06072a8648ce3d0201")), der(3, b"\0" + key)), unique, der(0xA3, der(0x30, extensions)) if extensions else b"")
    return der(0x30, whole, algorithm, der(3, b"\0" + b"\5" * 70))


def cert_extension(oid, value):
    return der(0x30, bytes.fromhex(oid), der(4, value))


def client_hello(*extensions, session=b"", rest=b""):
    return record(22, handshake(1, b"\3\3" + b"\x17" * 32 + vector(session, 1) + vector(b"\0\xa8", 2) + b"\1\0" + vector(b"".join(extensions), 2) + rest))


CERTIFICATES = {
    **{f"subject, {what}": lambda o, what=what: certificate(subject=name_of(what, 12, o)) for what in OIDS}, **{f"issuer, {what}": lambda o, what=what: certificate(issuer=name_of(what, 12, o)) for what in ("common name", "organization", "mail", "unknown")},
    **{f"subject, {string}": lambda o, tag=tag: certificate(subject=name_of("common name", tag, o)) for string, tag in STRINGS.items()}, "subject, BMPString": lambda o: certificate(subject=name_of("common name", 30, b"".join(b"\0" + bytes([one]) for one in o))), "serial number": lambda o: certificate(serial=b"\1" + o),
    **{f"alternative name, {what}": lambda o, tag=tag, make=make: certificate(extensions=cert_extension("0603551d11", der(0x30, der(tag, make(o))))) for what, (tag, make) in NAMED.items()}, "unique identifier": lambda o: certificate(unique=der(0x82, b"\0" + o)), "two names": lambda o: certificate(subject=der(0x30, der(0x31, der(0x30, bytes.fromhex(OIDS["country"]), der(19, b"DE"))), der(0x31, der(0x30, bytes.fromhex(OIDS["unit"]), der(12, o))))),
    **{f"extension, {what}": lambda o, oid=oid, make=make: certificate(extensions=cert_extension(oid, make(o))) for what, (oid, make) in CERT_EXTENSIONS.items()}, "time": lambda o: certificate(times=o), "behind it": lambda o: certificate() + o, "no certificate": lambda o: o,
}
MESSAGES = {"key exchange of the server": lambda o: handshake(12, vector(o, 2)), "unknown message": lambda o: handshake(99, o), "status": lambda o: handshake(STATUS, b"\1" + vector(o, 3)), "supplemental data": lambda o: handshake(SUPPLEMENTAL, o), "new session ticket": lambda o: handshake(TICKET, b"\0\0\0\1" + vector(o, 2)), "hello done": lambda o: handshake(14, o),
            "authorities": lambda o: handshake(13, b"\1\1" + vector(b"\4\3", 2) + vector(vector(name_of("organization", 12, o), 2), 2)), "certificate URL": lambda o: handshake(21, b"\0" + vector(b"\0\1" + vector(o, 2), 2)), "hello request": lambda o: handshake(0, o), "Diffie-Hellman": lambda o: handshake(12, vector(b"", 2) + vector(o, 2) + vector(b"\2", 2) + vector(o, 2))}
RECORDS = {"application data": lambda o: record(23, o), "alert": lambda o: record(21, b"\2\x28" + o), "heartbeat": lambda o: record(24, b"\1" + vector(o, 2) + bytes(16)), "change of cipher": lambda o: record(20, b"\1" + o), "unknown type": lambda o: record(77, o), "text": bytes, "handshake that is encrypted": lambda o: CCS + record(22, o + bytes(30)), "record without its end": lambda o: record(23, o + bytes(90))[:-60]}


def places():
    book = Book("tls")

    def add(name, kind, make):
        canary = book.canary(name, kind)
        book.add(name, canary, connection(book.end(), "192.0.2.2", 30000 + len(book.places), 2855, make(canary.octets() if kind not in ("ipv4", "ipv6") or "address" not in name else ipaddress.ip_address(canary.text).packed)))
    for name, (number, make) in EXTENSIONS.items():
        for kind in ("words", "short", "phone", "ipv4", "binary"):
            add(f"hello of the client, {name}", kind, lambda o, n=number, m=make: [(True, client_hello(extension(n, m(o)))), (False, ANSWER)])
            add(f"hello of the server, {name}", kind, lambda o, n=number, m=make: [(True, WITHOUT), (False, record(22, server_hello(extension(n, m(o)))))])
    for kind in ("words", "binary"):
        add("session of the client", kind, lambda o: [(True, client_hello(session=o)), (False, ANSWER)])
        add("session of the server", kind, lambda o: [(True, WITHOUT), (False, record(22, handshake(2, b"\3\3" + b"\x23" * 32 + vector(o, 1) + b"\0\xa8\0\0\0")))])
        add("behind the hello", kind, lambda o: [(True, client_hello(rest=o)), (False, ANSWER)])
        add("compression", kind, lambda o: [(True, record(22, handshake(1, b"\3\3" + b"\x17" * 32 + b"\0" + vector(b"\0\xa8", 2) + vector(o, 1)))), (False, ANSWER)])
        add("suites", kind, lambda o: [(True, record(22, hello_of(suites=o + o))), (False, ANSWER)])
    for kind in ("words", "short", "phone", "ipv4", "name", "binary"):
        add("identity of the key", kind, lambda o: [(True, WITHOUT), (False, ANSWER + record(22, handshake(14, b""))), (True, record(22, handshake(16, vector(o, 2))) + CCS)])
        add("identity of the key, Diffie-Hellman behind it", kind, lambda o: [(True, WITHOUT), (False, record(22, server_hello(suite=b"\0\xaa")) + record(22, handshake(14, b""))), (True, record(22, handshake(16, vector(o, 2) + vector(o, 2))))])
        add("hint", kind, lambda o: [(True, WITHOUT), (False, ANSWER + record(22, handshake(12, vector(o, 2))) + record(22, handshake(14, b"")))])
        for name, make in MESSAGES.items():
            add(name, kind, lambda o, m=make: [(True, WITHOUT), (False, ANSWER + record(22, m(o)))])
        for name, make in RECORDS.items():
            add(name, kind, lambda o, m=make: [(True, HELLO + m(o)), (False, ANSWER + m(o))])
        add("data in clear", kind, lambda o: [(True, record(23, o))])
    for name, make in CERTIFICATES.items():
        for kind in ("words", "phone", "ipv4", "name", "binary") if "BMP" not in name else ("words", "phone"):
            add(f"certificate, {name}", kind, lambda o, m=make: [(True, WITHOUT), (False, ANSWER + record(22, certificates(m(o))))])
    add("certificate in small records", "words", lambda o: [(True, WITHOUT), (False, ANSWER + b"".join(record(22, certificates(certificate(name_of("common name", 12, o)))[at:at + 40]) for at in range(0, len(certificates(certificate(name_of("common name", 12, o)))), 40)))])
    add("second certificate", "words", lambda o: [(True, WITHOUT), (False, ANSWER + record(22, certificates(certificate(), certificate(name_of("common name", 12, o)))))])
    add("certificate of the client", "words", lambda o: [(True, WITHOUT), (False, ANSWER), (True, record(22, certificates(certificate(name_of("common name", 12, o)))))])
    add("server name in small records", "words", lambda o: [(True, b"".join(record(22, client_hello(sni(o))[5:][at:at + 30]) for at in range(0, len(client_hello(sni(o))) - 5, 30)))])
    return book
