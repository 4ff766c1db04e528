"""Transcripts of TLS that cannot be cut into records and messages (row RFC5246-6.2.1-x01)."""

from . import wire
from .golden import accepted, base
from .golden_broken import ONLY_HELLOS
from .maker import SCRIPT

CUT = ["RFC5246-6.2.1-x01"]
BAD = {"error": {"status": "bad_tls"}}
NOTHING = {"version": None, "suite": None, **ONLY_HELLOS}
KEPT = ("RFC5246-6.2.1-x01",)


def handshake(octets):
    """A record of one handshake message."""
    return wire.record("handshake", 0x0303, octets)


def drafts():
    group = "cut"
    parent = accepted(group, "cut/parent", "a handshake that can be cut", base(name="cut", script=SCRIPT), KEPT)
    hellos = accepted(group, "cut/hellos", "ClientHello and ServerHello", base(name="cut hellos", script=("CH", "SH")), KEPT, **ONLY_HELLOS)
    yield from (parent, hellos)
    yield from of_records(parent, hellos)
    yield from of_hellos(hellos)
    yield from of_messages(hellos)
    yield from of_ends(parent)


def of_records(parent, hellos):
    """The record of ServerHello cannot be read; what came before is judged."""
    for name, title, edit in (
            ("type-0", "a record of type 0", lambda octets: b"\0" + octets[1:]),
            ("type-19", "a record of type 19", lambda octets: b"\x13" + octets[1:]),
            ("type-25", "a record of type 25", lambda octets: b"\x19" + octets[1:]),
            ("ssl2", "a hello in the form of SSL 2.0", lambda octets: b"\x80\x2e\x01\x03\x01" + octets[5:]),
            ("http", "an answer of HTTP", lambda octets: b"HTTP/1.1 400 Bad Request\r\n\r\n"),
            ("version", "version octets 0x0203", lambda octets: octets[:1] + b"\2" + octets[2:]),
            ("version-dtls", "version octets of DTLS", lambda octets: octets[:1] + b"\xfe\xfd" + octets[3:]),
            ("long", "a record of 2^14 and one octets in clear", lambda octets: octets[:3] + b"\x40\x01" + octets[5:] + bytes(16400)),
            ("longest", "a record of 65535 octets, of which 60 have come", lambda octets: octets[:3] + b"\xff\xff" + octets[5:65]),
            ("empty", "a handshake record without octets", lambda octets: octets[:3] + b"\0\0"),
            ("empty-alert", "an alert without octets", lambda octets: b"\x15\3\3\0\0"),
            ("alert", "an alert of three octets", lambda octets: b"\x15\3\3\0\3\2\x28\0"),
            ("ccs", "ChangeCipherSpec of two octets", lambda octets: b"\x14\3\3\0\2\1\1"),
            ("ccs-2", "ChangeCipherSpec with the value 2", lambda octets: b"\x14\3\3\0\1\2")):
        yield hellos.breaks(f"record-{name}", title, "record of ServerHello", title, CUT, {"edit_record": {"SH": edit}}, **BAD, **NOTHING)
    yield parent.breaks("record-sealed", "a protected record of 2^14 + 2049 octets", "record of the client's Finished", "its length", CUT,
                        {"edit_record": {"cFIN": lambda octets: octets[:3] + b"\x48\x01" + octets[5:]}, "script": SCRIPT[:6]}, **BAD,
                        client="absent", server="absent", complete=False)
    yield parent.breaks("ccs-within", "ChangeCipherSpec in the middle of a handshake message", "record of ClientKeyExchange", "its last octet is missing",
                        CUT, {"edit_record": {"CKE": lambda octets: handshake(octets[5:-1])}}, **BAD, **ONLY_HELLOS)
    first = lambda octets: octets[:3] + b"\x40\x01" + octets[5:] + bytes(16400)
    yield hellos.breaks("record-first", "the first record is too long", "record of ClientHello", "its length", CUT, {"edit_record": {"CH": first}},
                        **BAD, **NOTHING)


def resize(octets, change):
    """The body of a record of one message, changed; lengths of record and message follow."""
    body = change(octets[9:])
    return octets[:3] + wire.vector(octets[5:6] + wire.vector(body, 3), 2)


def of_hellos(parent):
    """Fields that do not fit, and the lengths around them do."""
    def child(step, name, title, change):
        said = NOTHING
        return parent.breaks(f"{'client' if step == 'CH' else 'server'}-hello-{name}", title, "ClientHello" if step == "CH" else "ServerHello", title,
                             CUT, {"edit_record": {step: lambda octets: resize(octets, change)}, "script": ("CH",) if step == "CH" else ("CH", "SH")},
                             **BAD, **said)
    def extension(kind, body):
        """Instead of all extensions of a ClientHello with an empty session id, one suite and one compression."""
        return lambda octets: octets[:41] + wire.vector(wire.number(kind, 2) + wire.vector(body, 2), 2)
    for name, title, change in (
            ("empty", "a ClientHello of no octets", lambda octets: b""),
            ("random", "a ClientHello that ends in its random", lambda octets: octets[:20]),
            ("session", "a session id of 33 octets", lambda octets: octets[:34] + b"\x21" + bytes(33) + octets[35:]),
            ("suites", "suites of an odd length", lambda octets: octets[:35] + b"\0\3\0\xa8\0" + octets[39:]),
            ("no-suites", "no suites", lambda octets: octets[:35] + b"\0\0" + octets[39:]),
            ("no-compression", "no compression methods", lambda octets: octets[:39] + b"\0" + octets[41:]),
            ("one-more", "an octet behind the extensions", lambda octets: octets + b"\0"),
            ("extension-long", "an extension that goes beyond the extensions", lambda octets: octets[:41] + b"\0\5\xff\1\0\2\0"),
            ("extensions-short", "one octet of the length of the extensions", lambda octets: octets[:41] + b"\0"),
            ("versions", "supported_versions of an odd length", extension(43, b"\3\3\3\3")),
            ("versions-none", "supported_versions with none", extension(43, b"\0")),
            ("modes", "psk_key_exchange_modes with an octet behind them", extension(45, b"\1\0\0")),
            ("renegotiation", "renegotiation_info longer than it says", extension(0xFF01, b"\0\0")),
            ("psk", "pre_shared_key without binders", extension(41, wire.vector(wire.vector(b"a", 2) + bytes(4), 2))),
            ("psk-empty", "pre_shared_key with an empty identity",
             extension(41, wire.vector(wire.vector(b"", 2) + bytes(4), 2) + wire.vector(wire.vector(bytes(32), 1), 2))),
            ("psk-binder", "pre_shared_key with a binder of 31 octets",
             extension(41, wire.vector(wire.vector(b"a", 2) + bytes(4), 2) + wire.vector(wire.vector(bytes(31), 1), 2)))):
        yield child("CH", name, title, change)
    for name, title, change in (
            ("empty", "a ServerHello of no octets", lambda octets: b""),
            ("short", "a ServerHello without a compression method", lambda octets: octets[:69]),
            ("session", "a session id that goes beyond the message", lambda octets: octets[:34] + b"\x20" + octets[35:50]),
            ("one-more", "an octet behind the extensions", lambda octets: octets + b"\0"),
            ("renegotiation", "renegotiation_info of no octets", lambda octets: octets[:70] + b"\0\4\xff\1\0\0"),
            ("version", "supported_versions of three octets", lambda octets: octets[:70] + b"\0\7\0\x2b\0\3\3\4\0")):
        yield child("SH", name, title, change)


def of_messages(parent):
    def child(name, title, steps, edit, **said):
        return parent.breaks(f"message-{name}", title, "messages", title, CUT, {"script": ("CH", "SH", *steps), "edit": edit}, **{**ONLY_HELLOS, **BAD, **said})
    more = lambda octets: octets + b"\0"
    yield child("hello-done", "ServerHelloDone with an octet", ("SHD",), {"SHD": more})
    yield child("hello-request", "HelloRequest with an octet", ("HREQ",), {"HREQ": more})
    yield child("hint-long", "a hint that goes beyond ServerKeyExchange", ("SKE",), {"SKE": lambda octets: b"\0\xff" + octets[2:]})
    yield child("hint-more", "an octet behind the hint", ("SKE",), {"SKE": more})
    yield child("hint-none", "ServerKeyExchange of one octet", ("SKE",), {"SKE": lambda octets: octets[:1]})
    yield child("identity-long", "an identity that goes beyond ClientKeyExchange", ("SHD", "CKE"), {"CKE": lambda octets: b"\0\1"})
    yield child("identity-more", "octets behind the identity", ("SHD", "CKE"), {"CKE": lambda octets: octets + b"\0\0"})
    yield child("key-exchange-empty", "ClientKeyExchange of no octets", ("SHD", "CKE"), {"CKE": lambda octets: b""})
    yield child("certificate", "a certificate that goes beyond Certificate", ("sCERT",), {"sCERT": lambda octets: octets[:-1]})
    yield child("ticket", "an octet behind NewSessionTicket", ("NST",), {"NST": more})
    yield child("request", "CertificateRequest of one octet", ("CREQ",), {"CREQ": lambda octets: b"\1"})


def of_ends(parent):
    """Octets that end within a record."""
    def shorten(count):
        return lambda octets: octets[:-count]
    truncated = {"error": {"status": "truncated"}}
    yield parent.breaks("truncated-client", "the client's Finished ends early, and the server says bad_record_mac", "record of the client's Finished",
                        "its last octets are missing", CUT, {"script": (*SCRIPT[:6], "sALERT:handshake_failure"), "edit_record": {"cFIN": shorten(9)}},
                        **truncated, client="absent", server="absent", complete=False,
                        alerts=[{"from": "server", "description": "handshake_failure"}])
    yield parent.breaks("truncated-header", "the client ends within the header of a record", "record of the client's Finished", "3 octets of it",
                        CUT, {"script": (*SCRIPT[:6], "sALERT:handshake_failure"), "edit_record": {"cFIN": lambda octets: octets[:3]}},
                        **truncated, client="absent", server="absent", complete=False,
                        alerts=[{"from": "server", "description": "handshake_failure"}])
    yield parent.breaks("truncated-server", "ServerHelloDone ends early, and the client says user_canceled", "record of ServerHelloDone",
                        "its last octets are missing", CUT, {"script": ("CH", "SH", "SHD", "cALERT:user_canceled"), "edit_record": {"SHD": shorten(2)}},
                        **truncated, **ONLY_HELLOS, alerts=[{"from": "client", "description": "user_canceled"}])
    yield parent.breaks("truncated-and-bad", "the client ends within a record, and the server sends what is no record", "record of the client's Finished",
                        "its last octets are missing", CUT, {"script": (*SCRIPT[:6], "sALERT:handshake_failure"),
                        "edit_record": {"cFIN": shorten(9), "sALERT:handshake_failure": lambda octets: b"\0" + octets[1:]}},
                        **truncated, client="absent", server="absent", complete=False)
