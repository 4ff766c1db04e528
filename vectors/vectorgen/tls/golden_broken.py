"""Handshakes of TLS 1.2 in which one thing is wrong; the rows are declared beside the change."""

from tlspsk import suites

from . import wire
from .golden import DATA, HINT, accepted, base
from .maker import SCRIPT, WITH_HINT, tek

FAILED = ["TS33328-H.2-05", "TS33328-J.1-02", "RFC5246-7.4.9-x01"]
ORDER = ["RFC5246-7.4-x01"]
CHOICE = ["RFC5246-7.4.1.3-x01"]
INFO = ("renegotiation_info", b"\0")
ONLY_HELLOS = {"identity": None, "client": "absent", "server": "absent", "complete": False}
NOT_TRIED = {"client": "not_tried", "server": "not_tried"}
GROUP = "broken"
KEY_SHARE = wire.number(29, 2) + wire.vector(bytes(range(32)), 2)       # x25519 of a server (RFC 8446 4.2.8)


def from_server(description):
    return [{"from": "server", "description": description}]


def drafts():
    everything = (0x00A8, 0x008C, 0x00AE, 0x00B0, 0x0090, 0x00AA, 0xC0AA, 0x0094, 0xC035, 0x002F, 0x009C, 0xC02F, 0xC0DE, 0x00FF)
    offered = accepted(GROUP, "broken/offers-everything", "a client that offers suites of many types", base(name="offers much", suites=everything))
    hello = accepted(GROUP, "broken/hello", "a ClientHello alone", base(name="hello alone", script=("CH",)), **ONLY_HELLOS, version=None, suite=None)
    plain = accepted(GROUP, "broken/plain", "a handshake with nothing behind it", base(name="plain", script=SCRIPT))
    cbc = accepted(GROUP, "broken/cbc", "a handshake with CBC", base(0x008C, "plain cbc", script=SCRIPT))
    hint = accepted(GROUP, "broken/hint", "a handshake with a hint", base(name="with hint", script=WITH_HINT, hint=HINT), hint=HINT.hex())
    yield from (offered, hello, plain, cbc, hint)
    tickets = {"client_extensions": [("session_ticket", b""), INFO], "server_extensions": [("session_ticket", b""), INFO]}
    ticket = accepted(GROUP, "broken/ticket", "a handshake with NewSessionTicket",
                      base(name="with ticket", script=(*SCRIPT[:6], "NST", *SCRIPT[6:]), **tickets))
    yield ticket
    for parent in (plain, ticket):          # the server has hashed it all the same, in front of its ticket
        yield parent.breaks("lost-finished", "the client's Finished is not in the transcript", "messages", "the client's Finished is missing", ORDER,
                            {"arrange": lambda chunks: chunks[:5] + chunks[6:]}, client="absent", complete=False)
    yield from without_hello(offered)
    yield from of_ends(plain)
    yield from further_choices(plain)
    yield from of_suites(offered)
    yield from of_offers(hello)
    yield from of_identities(plain)
    yield from of_keys(plain, cbc)
    yield from of_messages(plain, hint)
    yield from of_choices(plain, offered)
    yield from of_versions(offered)
    yield from of_renegotiation(plain, hello)


def of_ends(parent):
    """What ends a handshake: a fatal alert of a server that sends no Finished. And what is no end, and out of order."""
    warning = lambda octets: octets[:5] + b"\1" + octets[6:]
    for name in ("unknown_psk_identity", "bad_record_mac"):
        step, alerts = f"sALERT:{name}", from_server(name)
        yield parent.breaks(f"warning-{name}", f"{name} as a warning, and no Finished of the server", "alert", f"{name} of level 1 instead of a Finished",
                            [], {"script": (*SCRIPT[:6], step), "edit_record": {step: warning}}, server="absent", complete=False, alerts=alerts)
        yield parent.breaks(f"goes-on-{name}", f"a fatal {name}, and a Finished of the server behind it", "alert", f"{name} in front of its Finished",
                            [], {"script": (*SCRIPT[:6], step, *SCRIPT[6:])}, alerts=alerts)
        yield parent.breaks(f"behind-{name}", f"a fatal {name} behind the server's Finished", "alert", f"{name} behind its Finished", [],
                            {"script": (*SCRIPT, step)}, alerts=alerts)
    for name, what, place in (("client-hello", "behind ServerHelloDone", 3), ("client-key-exchange", "behind ClientKeyExchange", 4),
                              ("server", "behind ServerHello", 2)):
        end = name.partition("-")[0]
        yield parent.breaks(f"data-{name}", f"application data in clear of the {end}, {what}", "messages", f"application data {what}", ORDER,
                            {"script": (*SCRIPT[:place], f"{end[0]}DATA", *SCRIPT[place:])})
    may_be13 = [("supported_versions", wire.vector(b"\3\4\3\3", 1)), INFO]
    both = accepted(GROUP, "broken/may-be-13", "the client offers TLS 1.3 too, the server takes 1.2",
                    base(name="may be 13", script=SCRIPT, client_extensions=may_be13))
    yield both
    for end in ("client", "server"):
        change = (end, wire.record("ccs", 0x0303, b"\1"))
        yield both.breaks(f"change-{end}", f"ChangeCipherSpec of the {end} in front of ServerHello means nothing where TLS 1.3 is offered (RFC 8446 5)",
                          "messages", "one more", [], {"arrange": lambda chunks, change=change: [chunks[0], change, *chunks[1:]]})
    session = bytes(range(32))
    yield parent.breaks("repeated-session", "the server repeats the session id and makes a full handshake all the same", "ServerHello.session_id",
                        "that of the client", ORDER, {"session_id": session, "server_session_id": session})


def further_choices(parent):
    def both(name, title, asked, said):
        return parent.breaks(name, title, "hellos", title, CHOICE, {"client_extensions": [INFO, asked], "server_extensions": [INFO, said]})
    yield both("chosen-by-supported-versions", "the server chooses TLS 1.2 in supported_versions (RFC 8446 4.2.1)",
               ("supported_versions", wire.vector(b"\3\4\3\3", 1)), ("supported_versions", b"\3\3"))
    yield both("chosen-etm-with-aead", "the server takes up encrypt_then_mac with an AEAD suite (RFC 7366 3)", ("encrypt_then_mac", b""),
               ("encrypt_then_mac", b""))


def without_hello(parent):
    """The transcript begins behind the ClientHello: what was chosen is judged by the ServerHello alone; what was offered (7.4.1.3, RFC 5746)
    is not judged, and no Finished is tried."""
    def child(name, title, rows, plan, said):
        return parent.breaks(f"no-hello-{name}", f"no ClientHello: {title}", "messages", f"the ClientHello is missing; {title}", ORDER + rows,
                             {**plan, "arrange": lambda chunks: chunks[1:]}, **said)
    dh, version = ["TS33328-H.2-01", "TS33328-H.2-02"], ["TS33328-H.2-x01"]
    yield child("whole", "the whole handshake behind it", [], {}, NOT_TRIED)
    for number, rows, version_of, version_name in (
            (0x00A8, [], 0x0303, "1.2"), (0x0090, dh, 0x0303, "1.2"), (0x0094, dh[:1], 0x0303, "1.2"), (0x002F, dh[:1], 0x0303, "1.2"),
            (0xC02F, dh, 0x0303, "1.2"), (0xC0DE, dh[:1], 0x0303, "1.2"), (0x00B0, ["TS33328-5.3-01"], 0x0303, "1.2"),
            (0x008C, version, 0x0302, "1.1"), (0x00A8, version + ["RFC5487-2-x01"], 0x0302, "1.1"), (0x008C, version, 0x0300, "SSL3")):
        what = f"ServerHello alone, of {version_name} with {suites.name(number)}"
        yield child(f"{version_of:04x}-{number:04x}", what, rows, {"suite": number, "version": version_of, "script": ("CH", "SH")},
                    {"version": version_name, "suite": suites.name(number), **ONLY_HELLOS})
    only13 = {"suite": 0x1301, "script": ("CH", "SH")}
    for name, title, extensions, rows in (
            ("psk", "with pre_shared_key", [(43, b"\3\4"), ("pre_shared_key", b"\0\0")], []),
            ("psk-dh", "with pre_shared_key and key_share", [(43, b"\3\4"), ("pre_shared_key", b"\0\0"), ("key_share", KEY_SHARE)], dh[1:]),
            ("dh", "with key_share alone", [(43, b"\3\4"), ("key_share", KEY_SHARE)], dh)):
        yield child(f"13-{name}", f"ServerHello alone, of TLS 1.3 {title}", version + rows, {**only13, "server_extensions": extensions},
                    {"version": "1.3", "suite": suites.name(0x1301), **ONLY_HELLOS})
    unasked = [INFO, ("extended_master_secret", b""), (0x7A7A, b"\1")]
    for name, title, extensions in (("extensions", "ServerHello alone, with extensions that nobody can say were asked for", unasked),
                                    ("no-extensions", "ServerHello alone, without extensions", [])):
        yield child(name, title, [], {"script": ("CH", "SH"), "server_extensions": extensions}, ONLY_HELLOS)


def of_suites(parent):
    dh = ["TS33328-H.2-01", "TS33328-H.2-02"]
    for number, rows, said in ((0x0090, dh, {"hint": HINT.hex()}), (0x00AA, dh, {"hint": HINT.hex()}), (0xC0AA, dh, {"hint": HINT.hex()}),
                               (0x0094, dh[:1], {}), (0x002F, dh[:1], {"identity": None}), (0x009C, dh[:1], {"identity": None}),
                               (0xC0DE, dh[:1], {"identity": None})):
        script = {"DHE_PSK": WITH_HINT, "RSA_PSK": ("CH", "SH", "sCERT", *SCRIPT[2:]), "RSA": ("CH", "SH", "sCERT", *SCRIPT[2:])}
        suite = suites.suite(number)
        yield parent.breaks(f"suite-{number:04x}", f"the server chooses {suites.name(number)}", "ServerHello.cipher_suite",
                            "of another type", rows, {"suite": number, "script": script.get(suite.kx if suite else "", SCRIPT)},
                            suite=suites.name(number), **NOT_TRIED, **said)
    for number in (0x002C, 0x00B0, 0x00B1):
        yield parent.breaks(f"null-{number:04x}", f"the server chooses {suites.name(number)}", "ServerHello.cipher_suite", "without encryption",
                            ["TS33328-5.3-01"], {"suite": number, "suites": (0x00A8, number)}, suite=suites.name(number))


def of_offers(parent):
    for name, title, offered, rows in (
            ("dhe", "DHE_PSK alone", (0x0090, 0x00AA), ["TS33328-H.2-01", "TS33328-H.2-02"]),
            ("rsa-psk", "RSA_PSK alone", (0x0094,), ["TS33328-H.2-01"]),
            ("rsa", "RSA alone", (0x002F, 0x009C), ["TS33328-H.2-01"]),
            ("ecdhe", "ECDHE alone", (0xC02F, 0xC02B), ["TS33328-H.2-01", "TS33328-H.2-02"]),
            ("unknown", "nothing that is known", (0xC0DE, 0xCACA), ["TS33328-H.2-01", "TS33328-H.2-02"])):
        yield parent.breaks(f"offers-{name}", f"the client offers {title}", "ClientHello.cipher_suites", title, rows, {"suites": offered})
    yield parent.breaks("offers-psk-dhe", "the client offers TLS_PSK_DHE_WITH_AES_128_CCM_8, which is DHE_PSK", "ClientHello.cipher_suites",
                        "0xC0AA alone", ["TS33328-H.2-01", "TS33328-H.2-02"], {"suites": (0xC0AA,)})
    for version, name in ((0x0302, "1.1"), (0x0301, "1.0"), (0x0300, "SSL 3.0")):
        yield parent.breaks(f"offers-{version:04x}", f"the client offers {name} at most", "ClientHello.client_version", f"{version:#06x}",
                            ["TS33328-H.2-x01"], {"offered": version})
    only13 = [("supported_versions", wire.vector(b"\3\4", 1)), INFO]
    yield parent.breaks("offers-only-13", "the client offers TLS 1.3 alone, which the settings do not allow", "ClientHello.supported_versions",
                        "0x0304 alone", ["TS33328-H.2-x01"], {"client_extensions": only13})


def of_identities(parent):
    for name, identity, rows in (("named", b"alice@example.com", ["TS33328-H.2-03"]), ("zero", b"\0", ["TS33328-H.2-03"]),
                                 ("longest", b"a" * 65535, ["TS33328-H.2-03"]),
                                 ("no-utf8", b"\xc3\x28", ["TS33328-H.2-03", "RFC4279-5.1-x01"]),
                                 ("overlong", b"\xc0\xaf", ["TS33328-H.2-03", "RFC4279-5.1-x01"]),
                                 ("surrogate", b"\xed\xa0\x80", ["TS33328-H.2-03", "RFC4279-5.1-x01"]),
                                 ("cut-utf8", b"a\xe2\x82", ["TS33328-H.2-03", "RFC4279-5.1-x01"])):
        record_size = {"CKE": 16384} if len(identity) > 16000 else {}
        yield parent.breaks(f"identity-{name}", f"an identity of {len(identity)} octets: {name}", "ClientKeyExchange.psk_identity",
                            "not empty", rows, {"identity": identity, "record_size": record_size}, identity=identity.hex())
    known = ("CH", "SH", "SHD", "CKE", "sALERT:unknown_psk_identity")
    yield parent.breaks("unknown-identity", "the server wants to know the identity", "alert", "unknown_psk_identity instead of an end",
                        ["TS33328-H.2-04"], {"script": known}, client="absent", server="absent", complete=False,
                        alerts=from_server("unknown_psk_identity"))
    behind = (*SCRIPT[:6], "sALERT:unknown_psk_identity")
    yield parent.breaks("unknown-identity-later", "the server refuses the identity behind the client's Finished", "alert",
                        "unknown_psk_identity instead of a Finished", ["TS33328-H.2-04"], {"script": behind}, server="absent", complete=False,
                        alerts=from_server("unknown_psk_identity"))


def of_keys(plain, cbc):
    refused = (*SCRIPT[:6], "sALERT:bad_record_mac")
    for parent, label in ((plain, "gcm"), (cbc, "cbc")):
        mine = parent.plan.client_tek
        wrong = tek(f"wrong {label}")
        yield parent.breaks(f"other-tek-{label}", "the judge has another TEK than both ends", "tek", "another TEK", FAILED, tek=wrong,
                            client="failed", server="failed")
        yield parent.breaks(f"client-tek-{label}", "the client has another TEK, and the server goes on", "TEK of the client", "another TEK",
                            FAILED + ["TS33328-H.2-x02"], {"client_tek": wrong, "server_tek": mine,
                            "script": SCRIPT}, tek=mine, client="failed")
        yield parent.breaks(f"server-tek-{label}", "the server has another TEK, and goes on", "TEK of the server", "another TEK",
                            FAILED + ["TS33328-H.2-x02"], {"server_tek": wrong}, server="failed")
        yield parent.breaks(f"client-tek-refused-{label}", "the client has another TEK, and the server sees it", "TEK of the client",
                            "another TEK, and what comes of it", FAILED, {"client_tek": wrong, "server_tek": mine, "script": refused}, tek=mine,
                            client="failed", server="absent", complete=False, alerts=from_server("bad_record_mac"))
        for alert in ("bad_record_mac", "decrypt_error", "decryption_failed_RESERVED"):
            yield parent.breaks(f"server-tek-refused-{label}-{alert}", f"the server has another TEK: {alert}", "TEK of the server",
                                "another TEK, and what comes of it", ["TS33328-H.2-x02"],
                                {"server_tek": wrong, "script": (*SCRIPT[:6], f"sALERT:{alert}")},
                                server="absent", complete=False, alerts=from_server(alert))
        yield parent.breaks(f"refused-{label}", "the server ends the handshake for another reason", "alert", "handshake_failure instead of a Finished",
                            [], {"script": (*SCRIPT[:6], "sALERT:handshake_failure")}, server="absent", complete=False,
                            alerts=from_server("handshake_failure"))
    last = lambda octets: octets[:-1] + bytes([octets[-1] ^ 1])
    for parent, label in ((plain, "gcm"), (cbc, "cbc")):
        for step, end in (("cFIN", "client"), ("sFIN", "server")):
            yield parent.breaks(f"verify-data-{label}-{end}", f"the {end}'s Finished opens and holds another verify_data", f"Finished of the {end}",
                                "the last octet", FAILED + ["TS33328-H.2-x02"], {"edit": {step: last}}, **{end: "failed"})
            yield parent.breaks(f"tag-{label}-{end}", f"the {end}'s Finished does not open", f"Finished of the {end}",
                                "the last octet of the record", FAILED + ["TS33328-H.2-x02"], {"edit_record": {step: last}}, **{end: "failed"})
    yield plain.breaks("finished-short", "a Finished of 11 octets", "Finished of the client", "its last octet is missing",
                       FAILED + ["TS33328-H.2-x02"], {"edit": {"cFIN": lambda octets: octets[:-1]}}, client="failed")
    yield plain.breaks("finished-long", "a Finished of 13 octets", "Finished of the server", "an octet behind it",
                       FAILED + ["TS33328-H.2-x02"], {"edit": {"sFIN": lambda octets: octets + b"\0"}}, server="failed")


def of_messages(plain, hint):
    yield hint.breaks("empty-hint", "a ServerKeyExchange with an empty hint", "ServerKeyExchange.psk_identity_hint", "empty",
                      ["RFC4279-2-x01"], {"hint": b""}, hint="")
    def script(*steps):
        return {"script": steps}
    certificates = (("server-certificate", "the server sends Certificate", ("CH", "SH", "sCERT", *SCRIPT[2:])),
                    ("certificate-request", "the server sends CertificateRequest", ("CH", "SH", "CREQ", *SCRIPT[2:])),
                    ("client-certificate", "the client sends Certificate", ("CH", "SH", "SHD", "cCERT", *SCRIPT[3:])),
                    ("certificate-verify", "the client sends CertificateVerify", ("CH", "SH", "SHD", "CKE", "CV", *SCRIPT[4:])))
    for name, title, steps in certificates:
        yield plain.breaks(name, title, "messages", "one more", ["RFC4279-2-x02"], script(*steps))
    orders = (("twice-hello-done", "ServerHelloDone comes twice", ("CH", "SH", "SHD", "SHD", *SCRIPT[3:]), {}),
              ("key-exchange-early", "ClientKeyExchange in front of ServerHelloDone", ("CH", "SH", "CKE", "SHD", *SCRIPT[4:]), {}),
              ("no-hello-done", "ServerHelloDone is missing", ("CH", "SH", *SCRIPT[3:]), {}),
              ("no-key-exchange", "ClientKeyExchange is missing", ("CH", "SH", "SHD", *SCRIPT[4:]), {"identity": None}),
              ("twice-hello", "ClientHello comes twice", ("CH", "CH", *SCRIPT[1:]), {}),
              ("ticket-late", "NewSessionTicket in front of ServerHelloDone", ("CH", "SH", "NST", *SCRIPT[2:]), {}),
              ("verify-request", "HelloVerifyRequest over TLS", ("CH", "SH", "HVR", "SHD"), ONLY_HELLOS),
              ("server-first", "ChangeCipherSpec and Finished of the server come in front of the client's",
               ("CH", "SH", "SHD", "CKE", "cCCS", "sCCS", "cFIN", "sFIN"), {}))
    for name, title, steps, said in orders:
        yield plain.breaks(f"order-{name}", title, "messages", "another order", ORDER, script(*steps), **said)
    yield hint.breaks("order-hint-late", "ServerKeyExchange behind ServerHelloDone", "messages", "another order", ORDER,
                      script("CH", "SH", "SHD", "SKE", *SCRIPT[3:]))
    unknown = lambda octets: b"\x63" + octets[1:]
    yield plain.breaks("order-unknown", "a handshake message of type 99 instead of ServerHelloDone", "messages", "type 99", ORDER,
                       {"script": ("CH", "SH", "SHD"), "edit_record": {"SHD": lambda octets: octets[:5] + unknown(octets[5:])}}, **ONLY_HELLOS)
    yield plain.breaks("order-finished-in-clear", "the client's Finished in clear", "messages", "no ChangeCipherSpec", ORDER,
                       script("CH", "SH", "SHD", "CKE", "cFIN"), client="absent", server="absent", complete=False)
    yield plain.breaks("order-server-sends-key-exchange", "the server begins", "messages", "ServerHello without a ClientHello", ORDER,
                       script("SH"), **ONLY_HELLOS)


def of_choices(plain, offered):
    yield plain.breaks("chosen-suite", "the server chooses a suite that was not offered", "ServerHello.cipher_suite", "0x00A9 instead of 0x00A8",
                       CHOICE, {"suite": 0x00A9, "suites": (0x00A8,)}, suite=suites.name(0x00A9))
    yield plain.breaks("chosen-compression", "the server chooses a compression that was not offered", "ServerHello.compression_method", "1",
                       CHOICE, {"compression": 1, "script": SCRIPT[:4]}, client="absent", server="absent", complete=False)
    for name, kind in (("ems", ("extended_master_secret", b"")), ("etm", ("encrypt_then_mac", b"")), ("unknown", (0x7A7A, b"\1")),
                       ("ticket", ("session_ticket", b""))):
        yield plain.breaks(f"chosen-extension-{name}", f"an extension that the client did not send: {name}", "ServerHello.extensions",
                           str(kind[0]), CHOICE, {"server_extensions": [INFO, kind]})
    versions = [("supported_versions", wire.vector(b"\3\4\3\2", 1)), INFO]
    yield plain.breaks("chosen-version-not-listed", "the server chooses TLS 1.2, which supported_versions has not", "ClientHello.supported_versions",
                       "1.3 and 1.1", CHOICE, {"client_extensions": versions})
    yield plain.breaks("chosen-version-above", "the client offers TLS 1.1 and the server chooses 1.2", "ClientHello.client_version", "0x0302",
                       CHOICE, {"offered": 0x0302})
    yield plain.breaks("chosen-version-unknown", "the server chooses a version that does not exist", "ServerHello.server_version", "0x0a0b",
                       CHOICE + ["TS33328-H.2-x01"], {"version": 0x0A0B, "edit_record": reset_version()}, version="0x0a0b", **NOT_TRIED)


def reset_version():
    """Records keep a version that records have."""
    fix = lambda octets: octets[:1] + b"\3\3" + octets[3:]
    return {step: fix for step in ("SH", "SHD", "CKE", "cCCS", "cFIN", "sCCS", "sFIN")}


def of_versions(parent):
    for version, name in ((0x0302, "1.1"), (0x0301, "1.0"), (0x0300, "SSL3")):
        for number, rows in ((0x008C, []), (0x00A8, ["RFC5487-2-x01"]), (0x00AE, [])):
            yield parent.breaks(f"version-{version:04x}-{number:04x}", f"the server chooses {name} with {suites.name(number)}",
                                "ServerHello", "version and suite", rows + ["TS33328-H.2-x01"], {"version": version, "suite": number},
                                version=name, suite=suites.name(number), **NOT_TRIED)
    more = (0xC0A4, 0xC0A8, 0xCCAB)
    for number in more:
        yield parent.breaks(f"version-0302-{number:04x}", f"the server chooses 1.1 with {suites.name(number)}", "ServerHello", "version and suite",
                            ["RFC5487-2-x01", "TS33328-H.2-x01"], {"version": 0x0302, "suite": number, "suites": (0x00A8, number)},
                            version="1.1", suite=suites.name(number), **NOT_TRIED)
    yield parent.breaks("version-0302-003c", "the server chooses 1.1 with a suite of RSA and SHA-256", "ServerHello", "version and suite",
                        ["RFC5487-2-x01", "TS33328-H.2-x01", "TS33328-H.2-01"],
                        {"version": 0x0302, "suite": 0x003C, "suites": (0x00A8, 0x003C), "script": ("CH", "SH", "sCERT", "SHD")},
                        version="1.1", suite=suites.name(0x003C), **ONLY_HELLOS)


def of_renegotiation(plain, hello):
    none = {"client_extensions": [("extended_master_secret", b"")]}
    signal = ["RFC5746-3.4-x01"]
    yield hello.breaks("no-signalling", "the client does not signal secure renegotiation", "ClientHello.extensions", "no renegotiation_info", signal, none)
    yield hello.breaks("no-extensions", "a ClientHello without extensions", "ClientHello.extensions", "none", signal, {"signalling": "none"})
    yield hello.breaks("signalling-not-empty", "renegotiation_info of a first ClientHello is not empty", "ClientHello.renegotiation_info", "12 octets",
                       signal, {"client_extensions": [("renegotiation_info", b"\x0c" + bytes(12))]})
    yield plain.breaks("signalled-by-none", "neither end signals secure renegotiation", "hellos", "no renegotiation_info", signal, {"signalling": "none"})
    confirm = ["RFC5746-3.6-x01"]
    yield plain.breaks("not-confirmed", "the server does not confirm secure renegotiation", "ServerHello.extensions", "none", confirm,
                       {"server_extensions": []})
    yield plain.breaks("confirmed-not-empty", "the server's renegotiation_info is not empty", "ServerHello.renegotiation_info", "24 octets", confirm,
                       {"server_extensions": [("renegotiation_info", b"\x18" + bytes(24))]})
    scsv = accepted(GROUP, "broken/scsv", "asked for by the signalling ciphersuite", base(name="scsv broken", signalling="scsv", script=DATA))
    yield scsv
    yield scsv.breaks("not-confirmed", "the server does not confirm what the signalling ciphersuite asked for", "ServerHello.extensions", "none",
                      confirm, {"server_extensions": []})
