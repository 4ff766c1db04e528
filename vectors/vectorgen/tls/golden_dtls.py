"""DTLS 1.2: cookies, fragments, what comes again or in another order, and what is wrong with it."""

from tlspsk import suites

from . import wire
from .golden import ALL, HINT, accepted, base
from .golden_broken import FAILED, NOT_TRIED, ONLY_HELLOS, ORDER
from .maker import SCRIPT, WITH_COOKIE, tek

GROUP = "dtls"
CUT = ["RFC5246-6.2.1-x01"]
NOTHING = {"version": None, "suite": None, **ONLY_HELLOS}


def dtls(suite=0x00A8, name="dtls", **chosen):
    return base(suite, f"dtls {name}", transport="dtls", **chosen)


def good(name, title, plan, **said):
    return accepted(GROUP, f"dtls/{name}", title, plan, **{"version": "d1.2", **said})


def order(*numbers):
    return lambda chunks: [chunks[i] for i in numbers]


def joined(*groups):
    """Datagrams of several records."""
    return lambda chunks: [(chunks[group[0]][0], b"".join(chunks[i][1] for i in group)) for group in groups]


def drafts():
    yield from conforming()
    yield from broken()


def conforming():
    for suite in ALL:
        yield good(f"suite-{suite:04x}", suites.name(suite), dtls(suite, f"suite {suite:04x}", encrypt_then_mac=suite == 0x008D,
                                                                 extended=suite in (0x00AF, 0xC0A5)))
    cookie = dtls(name="cookie", script=WITH_COOKIE + ("cDATA",))
    yield good("cookie", "HelloVerifyRequest, and a second ClientHello", cookie)
    yield good("cookie-ems", "a cookie and extended master secret", dtls(0xC0A8, "cookie ems", script=WITH_COOKIE, extended=True))
    sizes = {step: 10 for step in ("CH", "SH", "SHD", "CKE", "cFIN", "sFIN")}
    yield good("fragments", "every message in fragments of 10 octets", dtls(name="fragments", record_size=sizes, script=SCRIPT))
    yield good("fragments-hint", "a hint in fragments", dtls(0x008C, "fragments hint", record_size={"SKE": 5}, hint=HINT,
                                                            script=("CH", "SH", "SKE", "SHD", *SCRIPT[3:])), hint=HINT.hex())
    # datagrams of SCRIPT: 0 CH, 1 SH, 2 SHD, 3 CKE, 4 CCS, 5 Finished, 6 CCS, 7 Finished
    plain = dtls(name="plain", script=SCRIPT)
    yield good("together", "a datagram a flight", dtls(name="together", script=SCRIPT, arrange=joined((0,), (1, 2), (3, 4, 5), (6, 7))))
    yield good("packed", "messages of a flight in one record", dtls(name="packed", script=SCRIPT, packed=(("SH", "SHD"),)))
    for name, title, numbers in (
            ("again-hello", "the ClientHello comes again", (0, 0, 1, 2, 3, 4, 5, 6, 7)),
            ("again-flights", "every flight comes again", (0, 0, 1, 2, 1, 2, 3, 4, 5, 3, 4, 5, 6, 7, 6, 7)),
            ("again-late", "the first flight comes once more at the end", (0, 1, 2, 3, 4, 5, 6, 7, 0, 1)),
            ("turned-server", "ServerHelloDone comes before ServerHello", (0, 2, 1, 3, 4, 5, 6, 7)),
            ("turned-finished", "the Finished come before their ChangeCipherSpec", (0, 1, 2, 3, 5, 4, 7, 6)),
            ("turned-client", "the client's last flight backwards", (0, 1, 2, 5, 4, 3, 6, 7))):
        yield good(name, title, plain.but(name=f"dtls {name}", arrange=order(*numbers)))
    mixed = dtls(name="fragments mixed", script=SCRIPT, record_size={"SH": 30}, arrange=turn_fragments)
    yield good("fragments-turned", "fragments of ServerHello backwards, one of them twice", mixed)
    yield good("fragments-overlap", "fragments that overlap", dtls(name="overlap", script=SCRIPT, arrange=overlap))
    yield good("no-tek", "the TEK is not known", dtls(name="no tek", script=SCRIPT), tek=False, **NOT_TRIED)
    many = ("cALERT:close_notify", "sALERT:close_notify") * 40
    yield good("many-alerts", "80 alerts, of which the first 64 are listed", dtls(name="many alerts", script=SCRIPT + many),
               alerts=[{"from": end, "description": "close_notify"} for _ in range(32) for end in ("client", "server")])
    yield good("long-claimed", "fragments of a ClientHello of 16 MiB, of which not all came: their octets are not compared",
               dtls(name="long claimed", script=("CH",), arrange=long_claimed), **NOTHING)
    yield good("close", "alerts that open", dtls(0x008C, "close", script=SCRIPT + ("cALERT:close_notify", "sALERT:close_notify")),
               alerts=[{"from": "client", "description": "close_notify"}, {"from": "server", "description": "close_notify"}])
    yield good("lost", "the server's last flight is lost", dtls(name="lost", script=SCRIPT[:6]), server="absent", complete=False)
    yield good("garbage", "a record that does not open, in front of the Finished", dtls(name="garbage", script=SCRIPT, arrange=garbage))


def turn_fragments(chunks):
    server = [chunk for chunk in chunks if chunk[0] == "server"]
    hello = [chunk for chunk in server if chunk[1][13] == 2]
    rest = [chunk for chunk in chunks if chunk not in hello]
    return rest[:1] + hello[::-1] + hello[1:2] + rest[1:]


def overlap(chunks):
    """ClientHello in two fragments that have octets in common."""
    body = chunks[0][1][25:]
    first = wire.fragment(1, 0, body, 0, 30)
    second = wire.fragment(1, 0, body, 20, len(body) - 20)
    return [("client", wire.record("handshake", 0xFEFF, first, 0)), ("client", wire.record("handshake", 0xFEFF, second, 1)), *chunks[1:]]


def garbage(chunks):
    """What does not open is as if it had not come (RFC 6347 4.1.2.7)."""
    bad = ("client", wire.record("handshake", 0xFEFD, bytes(40), (1 << 48) + 7))
    return chunks[:5] + [bad] + chunks[5:]


def long_claimed(chunks):
    """Three fragments, the last two of one place and other octets."""
    claim = b"\1\xff\xff\xff\0\0"
    pieces = [claim + wire.number(offset, 3) + b"\0\0\4" + octets for offset, octets in ((0, b"\xfe\xfd\0\0"), (4096, b"here"), (4096, b"hare"))]
    return [("client", wire.record("handshake", 0xFEFF, piece, number)) for number, piece in enumerate(pieces)]


def broken():
    parent = good("parent", "a handshake of DTLS 1.2", dtls(name="parent", script=SCRIPT))
    hello = good("hello", "a ClientHello of DTLS alone", dtls(name="hello", script=("CH",)), **NOTHING)
    yield from (parent, hello)
    yield from negotiated(parent, hello)
    yield from keyed(parent)
    yield from ordered(parent)
    yield from verify_requests(parent)
    yield from in_addition(parent)
    yield from data(parent)
    yield from cut(parent)
    yield from claimed()


def negotiated(parent, hello):
    dh = ["TS33328-H.2-01", "TS33328-H.2-02"]
    both = (0x00A8, 0x0090, 0x008C)
    yield parent.breaks("identity", "an identity", "ClientKeyExchange.psk_identity", "not empty", ["TS33328-H.2-03"],
                        {"identity": b"bob@example.com"}, identity=b"bob@example.com".hex())
    yield parent.breaks("dhe", "the server chooses DHE_PSK", "ServerHello.cipher_suite", "0x0090", dh, {"suite": 0x0090, "suites": both,
                        "script": ("CH", "SH", "SKE", *SCRIPT[2:]), "hint": HINT}, suite=suites.name(0x0090), hint=HINT.hex(), **NOT_TRIED)
    yield parent.breaks("version-10", "the server chooses DTLS 1.0", "ServerHello.server_version", "0xFEFF", ["TS33328-H.2-x01", "RFC5487-2-x01"],
                        {"version": 0xFEFF}, version="d1.0", **NOT_TRIED)
    yield parent.breaks("offers-10", "the client offers DTLS 1.0", "ClientHello.client_version", "0xFEFF", ["RFC5246-7.4.1.3-x01"], {"offered": 0xFEFF})
    yield hello.breaks("offers-10", "the client offers DTLS 1.0 alone", "ClientHello.client_version", "0xFEFF", ["TS33328-H.2-x01"], {"offered": 0xFEFF})
    yield hello.breaks("no-signalling", "the client does not signal secure renegotiation", "ClientHello.extensions", "none", ["RFC5746-3.4-x01"],
                       {"signalling": "none"})


def keyed(parent):
    yield parent.breaks("wrong-tek", "the judge has another TEK", "tek", "another TEK", FAILED, tek=tek("another for dtls"),
                        client="failed", server="failed")
    yield parent.breaks("server-tek", "the server has another TEK, and goes on", "TEK of the server", "another TEK",
                        FAILED + ["TS33328-H.2-x02"], {"server_tek": tek("server of dtls")}, server="failed")
    yield parent.breaks("server-tek-refused", "the server has another TEK and sees it", "TEK of the server", "another TEK, and what comes of it",
                        ["TS33328-H.2-x02"], {"server_tek": tek("server of dtls"), "script": (*SCRIPT[:6], "sALERT:bad_record_mac")},
                        server="absent", complete=False, alerts=[{"from": "server", "description": "bad_record_mac"}])
    last = lambda octets: octets[:-1] + bytes([octets[-1] ^ 1])
    yield parent.breaks("tag", "the server's Finished does not open", "Finished of the server", "the last octet", FAILED + ["TS33328-H.2-x02"],
                        {"edit_record": {"sFIN": last}}, server="failed")


def ordered(parent):
    yield parent.breaks("order", "ServerHelloDone is missing", "messages", "another order", ORDER, {"script": ("CH", "SH", *SCRIPT[3:])})
    for name, place, what in (("", 2, "ServerHello"), ("-done", 3, "ServerHelloDone"), ("-key-exchange", 4, "ClientKeyExchange"),
                              ("-finished", 6, "the Finished of the client")):
        yield parent.breaks(f"verify-late{name}", f"HelloVerifyRequest behind {what}, where it changes no hash", "messages", f"one more behind {what}",
                            ORDER, {"script": (*SCRIPT[:place], "HVR", *SCRIPT[place:])})


def verify_requests(parent):
    """One HelloVerifyRequest too many."""
    cookie = good("cookie-parent", "HelloVerifyRequest, and a second ClientHello: parent", dtls(name="cookie parent", script=WITH_COOKIE))
    yield cookie
    yield cookie.breaks("verify-late", "a second HelloVerifyRequest, behind ServerHello", "messages", "one more behind ServerHello", ORDER,
                        {"script": (*WITH_COOKIE[:4], "HVR", *WITH_COOKIE[4:])})
    yield cookie.breaks("verify-again", "a second HelloVerifyRequest, of another message_seq, behind the second ClientHello", "messages",
                        "one more behind the second ClientHello", ORDER, {"script": (*WITH_COOKIE[:3], "HVR", *WITH_COOKIE[3:])})
    yield cookie.breaks("verify-twice", "two HelloVerifyRequest behind the first ClientHello", "messages", "one more behind the first ClientHello",
                        ORDER, {"script": ("CH", "HVR", *WITH_COOKIE[1:])})
    yield cookie.breaks("verify-of-client", "a HelloVerifyRequest of the client, behind ServerHello", "messages", "one of the client behind ServerHello",
                        ORDER, {"script": (*WITH_COOKIE[:4], "cHVR", *WITH_COOKIE[4:])})
    yield parent.breaks("verify-first", "a HelloVerifyRequest in front of the ClientHello", "messages", "one more in front of all", ORDER,
                        {"script": ("HVR", *SCRIPT)})


def in_addition(parent):
    yield parent.breaks("certificate", "the server sends Certificate", "messages", "one more", ["RFC4279-2-x02"],
                        {"script": ("CH", "SH", "sCERT", *SCRIPT[2:])})
    for epoch in (1, 2):
        forged = ("client", wire.record("ccs", 0xFEFD, b"\1", (epoch << 48) + 9))
        yield parent.breaks(f"forged-change-{epoch}", f"a forged ChangeCipherSpec of epoch {epoch} changes nothing (RFC 6347 4.1.2.7)", "datagrams",
                            "one more behind the ChangeCipherSpec of the client", [], {"arrange": lambda chunks, one=forged: chunks[:5] + [one] + chunks[5:]})
    again = ("CH", "SH", "SHD", "CKE", "cCCS", "cFIN", "sCCS", "sFIN", "cCCS2")
    yield parent.breaks("changed-again", "a second ChangeCipherSpec of the client, which opens", "messages", "ChangeCipherSpec in addition", [],
                        {"script": again}, renegotiations=1)
    alerts = good("alerts-parent", "an alert that opens, of each end: parent", dtls(name="alerts parent", script=(*SCRIPT, "cALERT:close_notify", "sALERT:close_notify")),
                  alerts=[{"from": end, "description": "close_notify"} for end in ("client", "server")])
    yield alerts
    yield alerts.breaks("again", "the client's alert comes again in the same record, and counts once (RFC 6347 4.1.2.6)", "datagrams",
                        "that of the client's alert once more", [], {"arrange": lambda chunks: chunks + [chunks[8]]})


def data(parent):
    """Application data."""
    clear = ("client", wire.record("data", 0xFEFD, b"in clear", 9))
    yield parent.breaks("data-in-clear", "application data of epoch 0, behind both Finished", "datagrams", "one more at the end", ORDER,
                        {"arrange": lambda chunks: chunks + [clear]})
    yield parent.breaks("data-forged", "forged application data of epoch 1, which do not open", "datagrams", "one more at the end", [],
                        {"arrange": lambda chunks: chunks + [("client", wire.record("data", 0xFEFD, b"forged", (1 << 48) + 9))]})


def claimed():
    """Fragments of a message of 16 MiB, of which not all come."""
    long = good("long-parent", "a fragment of a ClientHello of 16 MiB", dtls(name="long parent", script=("CH",), arrange=lambda chunks: long_claimed(chunks)[:1]),
                **NOTHING)
    yield long
    for suffix, what, edit in (("length", "another length", lambda octets: octets[:14] + b"\xff\xff\xfe" + octets[17:]),
                               ("type", "another type", lambda octets: octets[:13] + b"\x0b" + octets[14:])):
        yield long.breaks(f"cut-{suffix}", f"fragments of one message with {what}", "fragments", "they contradict one another", CUT,
                          {"arrange": lambda chunks, edit=edit: long_claimed(chunks)[:1] + [("client", edit(long_claimed(chunks)[1][1]))]},
                          error={"status": "bad_tls"})


def cut(parent):
    """Behind ClientHello something cannot be cut."""
    def instead(edit, name="SH"):
        return {"script": ("CH", "SH"), "edit_record": {name: edit}}
    error = {"error": {"status": "bad_tls"}, **NOTHING}
    for name, title, edit in (
            ("type", "a record of type 99", lambda octets: b"\x63" + octets[1:]),
            ("type-25", "a record of type 25", lambda octets: b"\x19" + octets[1:]),
            ("version", "version octets of TLS", lambda octets: octets[:1] + b"\x03\x03" + octets[3:]),
            ("record-long", "a record that goes beyond its datagram", lambda octets: octets[:-1]),
            ("fragment-long", "a fragment that goes beyond its record", lambda octets: octets[:22] + b"\0\1\0" + octets[25:]),
            ("fragment-beyond", "a fragment that goes beyond its message", lambda octets: octets[:19] + b"\0\0\1" + octets[22:]),
            ("header", "a record of 11 octets, too few for a fragment", lambda octets: octets[:11] + b"\0\x0b" + octets[13:24]),
            ("empty", "a handshake record without octets", lambda octets: octets[:11] + b"\0\0")):
        yield parent.breaks(f"cut-{name}", title, "record of ServerHello", title, CUT, instead(edit), **error)
    yield parent.breaks("cut-behind", "octets behind the record of ServerHello that are no header", "datagram", "3 octets more", CUT,
                        instead(lambda octets: octets + b"\x16\xfe\xfd"), error={"status": "bad_tls"}, **ONLY_HELLOS)
    def contradict(chunks):
        octets = chunks[0][1]
        return chunks[:1] + [(chunks[0][0], octets[:-1] + bytes([octets[-1] ^ 1]))]
    yield parent.breaks("cut-contradiction", "the ClientHello comes again with another octet", "fragments", "they contradict one another", CUT,
                        {"script": ("CH",), "arrange": contradict}, **error)
    def other_length(chunks):
        octets = chunks[0][1]
        header = octets[13:14] + wire.number(int.from_bytes(octets[14:17], "big") + 1, 3)
        return [(chunks[0][0], octets[:13] + header + octets[17:]), *chunks]
    yield parent.breaks("cut-length", "fragments of one message with two lengths", "fragments", "they contradict one another", CUT,
                        {"script": ("CH",), "arrange": other_length}, **error)
