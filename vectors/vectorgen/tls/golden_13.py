"""TLS 1.3: refused as the settings stand, and taken with psk_ke where `tls_versions` is `tls13`."""

from tlspsk import suites

from .golden import accepted
from .golden_broken import CHOICE, FAILED, ORDER
from .maker import tek
from .maker13 import RETRY, SCRIPT, Plan13, Play13

GROUP = "tls13"
ALLOWED = {"tls_versions": "tls13"}
IDENTITY = b"\x00\x11\x22\x33\x01"             # CSB ID and CS ID
KEPT = ("TS33328-H.2-01", "TS33328-H.2-02", "TS33328-H.2-03", "TS33328-H.2-05", "TS33328-J.1-02", "TS33328-H.2-x01", "TS33328-H.2-x02",
        "RFC5246-7.4-x01", "RFC5246-7.4.1.3-x01", "RFC5246-7.4.9-x01")
NO_MORE = {"server": "absent", "complete": False}
NO_HELLO = {**NO_MORE, "version": None, "suite": None}
ALERT = {"alerts": [{"from": "server", "description": "decrypt_error"}]}


def plan(name, suite=0x1301, **chosen):
    return Plan13(name=f"tls13 {name}", suite=suite, **chosen)


def good(name, title, made, identity13=IDENTITY, **said):
    return accepted(GROUP, f"tls13/{name}", title, made, KEPT, Play13, ALLOWED, identity13=identity13,
                    **{"version": "1.3", "identity": IDENTITY.hex(), **said})


def drafts():
    for suite in (0x1301, 0x1302, 0x1303, 0x1304, 0x1305):
        yield good(f"suite-{suite:04x}", f"psk_ke with {suites.name(suite)}", plan(f"suite {suite:04x}", suite))
    parent = good("parent", "psk_ke", plan("parent"))
    hello = good("hello", "a ClientHello alone", plan("hello", script=("CH",)), **NO_HELLO)
    yield from (parent, hello)
    yield from conforming()
    yield from settings(parent, hello)
    yield from keys(parent, hello)
    yield from choices(parent, hello)


def conforming():
    yield good("retry", "HelloRetryRequest with a cookie", plan("retry", script=RETRY))
    yield good("retry-sha384", "HelloRetryRequest, with SHA-384", plan("retry 384", 0x1302, script=RETRY))
    yield good("compatible", "ChangeCipherSpec of both ends, which says nothing", plan("compatible", session_id=bytes(range(32)),
               script=("CH", "SH", "sCCS", "EE", "sFIN", "cCCS", "cFIN", "cDATA")))
    yield good("updated", "KeyUpdate, and alerts behind it", plan("updated", script=(*SCRIPT[:5], "sNST", "cKEYUPDATE", "sKEYUPDATE", "cDATA",
               "cALERT:close_notify", "sALERT:close_notify")),
               alerts=[{"from": "client", "description": "close_notify"}, {"from": "server", "description": "close_notify"}])
    yield good("early", "a record of early data", plan("early", script=("CH", "cEARLY", "SH", "EE", "sFIN", "cFIN", "cALERT:close_notify")),
               alerts=[{"from": "client", "description": "close_notify"}])
    yield good("cut", "octet by octet", plan("cut", join=False, script=SCRIPT[:5],
               arrange=lambda chunks: [(end, octets[i:i + 1]) for end, octets in chunks for i in range(len(octets))]))
    yield good("fragments", "messages in many records", plan("fragments", record_size={"CH": 20, "SH": 7, "EE": 1, "sFIN": 10}))
    yield good("both-modes", "the client offers psk_dhe_ke too", plan("both modes", modes=b"\1\0", offers_share=True))
    yield good("two-identities", "a second identity, which the server passes over",
               plan("two identities", identities=(IDENTITY, b"ticket"), ages=(0, 77)))
    yield good("unknown-identity13", "it is not known which identity stands for the empty one", plan("any identity", identities=(b"any",)),
               identity13=None, identity=b"any".hex())
    yield good("no-utf8", "an identity of octets that are no UTF-8", plan("no utf8", identities=(b"\xff\xfe\x00\x00\x07",)),
               identity13=b"\xff\xfe\x00\x00\x07", identity="fffe000007")
    no_tek = accepted(GROUP, "tls13/no-tek", "the TEK is not known", plan("no tek", script=SCRIPT[:5]), KEPT, Play13, ALLOWED, tek=False,
                      identity13=IDENTITY, version="1.3", identity=IDENTITY.hex(), client="not_tried", server="not_tried")
    yield no_tek
    yield good("resumed", "a ticket of an earlier session", plan("resumed", identities=(b"ticket",), ages=(1234,)), identity13=None,
               identity=b"ticket".hex(), client="not_tried", server="not_tried", resumed=True)
    yield good("stops-server-hello", "nothing behind ServerHello", plan("stops", script=("CH", "SH")), **NO_MORE)
    yield good("stops-finished", "nothing behind EncryptedExtensions", plan("stops finished", script=("CH", "SH", "EE")), **NO_MORE)


def settings(parent, hello):
    """As the settings stand TLS 1.3 is no version of these sessions, and its identity is not empty."""
    rows = ["TS33328-H.2-x01", "TS33328-H.2-03"]
    yield parent.breaks("not-allowed", "TLS 1.3 without the setting", "settings", "tls_versions left out", rows, settings={})
    yield hello.breaks("not-allowed", "a client of TLS 1.3 alone, without the setting", "settings", "tls_versions left out", rows, settings={})
    yield parent.breaks("other-identity", "another identity than the one agreed on", "ClientHello.pre_shared_key", "the identity",
                        ["TS33328-H.2-03"], {"identities": (b"alice@example.com",)}, identity=b"alice@example.com".hex())
    yield parent.breaks("identity-order", "the identity agreed on comes second", "ClientHello.pre_shared_key", "an identity in front",
                        ["TS33328-H.2-03"], {"identities": (b"first", IDENTITY), "ages": (0, 0)}, identity=b"first".hex())


def keys(parent, hello):
    wrong = tek("another for tls13")
    mine = parent.plan.client_tek
    yield parent.breaks("wrong-tek", "the judge has another TEK", "tek", "another TEK", FAILED, tek=wrong, client="failed", server="failed")
    yield parent.breaks("client-tek", "the client has another TEK, and the server goes on", "TEK of the client", "another TEK",
                        FAILED + ["TS33328-H.2-x02"], {"client_tek": wrong, "server_tek": mine}, tek=mine, client="failed")
    yield parent.breaks("server-tek", "the server has another TEK, and goes on", "TEK of the server", "another TEK",
                        FAILED + ["TS33328-H.2-x02"], {"server_tek": wrong}, server="failed")
    yield parent.breaks("server-tek-refused", "the server has another TEK, and sees it", "TEK of the server", "another TEK, and what comes of it",
                        ["TS33328-H.2-x02"], {"server_tek": wrong, "script": ("CH", "sALERT:decrypt_error")}, **NO_HELLO, **ALERT)
    yield parent.breaks("client-tek-refused", "the client has another TEK, and the server sees it", "TEK of the client",
                        "another TEK, and what comes of it", FAILED, {"client_tek": wrong, "server_tek": mine, "script": ("CH", "sALERT:decrypt_error")},
                        tek=mine, client="failed", **NO_HELLO, **ALERT)
    yield parent.breaks("unknown-identity", "the server wants to know the identity", "alert", "unknown_psk_identity instead of ServerHello",
                        ["TS33328-H.2-04"], {"script": ("CH", "sALERT:unknown_psk_identity")}, **NO_HELLO,
                        alerts=[{"from": "server", "description": "unknown_psk_identity"}])
    last = lambda octets: octets[:-1] + bytes([octets[-1] ^ 1])
    yield parent.breaks("binder", "another binder", "ClientHello.pre_shared_key", "the last octet of the binder", FAILED + ["TS33328-H.2-x02"],
                        {"binder": last}, client="failed")
    yield hello.breaks("binder", "another binder, and no ServerHello", "ClientHello.pre_shared_key", "the last octet of the binder", FAILED,
                       {"binder": last}, client="failed")
    yield hello.breaks("binder-sha384", "a binder under SHA-384 before a suite was chosen", "ClientHello.pre_shared_key", "SHA-384", FAILED,
                       {"suite": 0x1302, "suites": (0x1301,)}, client="failed")
    yield parent.breaks("verify-data", "another verify_data of the server", "Finished of the server", "its last octet", FAILED + ["TS33328-H.2-x02"],
                        {"edit": {"sFIN": last}}, server="failed")
    yield parent.breaks("tag", "the server's Finished does not open", "Finished of the server", "the last octet of the record",
                        FAILED + ["TS33328-H.2-x02"], {"edit_record": {"sFIN": last}}, server="failed")


def choices(parent, hello):
    dh = ["TS33328-H.2-02"]
    both = parent.plan.but(modes=b"\1\0", offers_share=True)
    yield parent.breaks("dhe", "psk_dhe_ke", "hellos", "key_share", dh, {"modes": both.modes, "offers_share": True, "key_share": True}, server="not_tried")
    yield hello.breaks("dhe-alone", "a client of psk_dhe_ke alone", "ClientHello.psk_key_exchange_modes", "1 alone", dh,
                       {"modes": b"\1", "offers_share": True})
    yield hello.breaks("no-psk", "a client of TLS 1.3 without a PSK", "ClientHello", "no pre_shared_key", ["TS33328-H.2-01"],
                       {"lacks": ("pre_shared_key",)}, identity=None, client="absent")
    yield parent.breaks("no-psk-chosen", "the server takes no PSK", "ServerHello", "key_share instead of pre_shared_key", ["TS33328-H.2-01", *dh],
                        {"selected": None, "offers_share": True, "key_share": True, "modes": b"\1\0"}, server="not_tried")
    yield parent.breaks("retry-dhe", "HelloRetryRequest with key_share, and psk_ke behind it", "HelloRetryRequest", "key_share", dh,
                        {"script": RETRY[:2], "key_share": True, "offers_share": True, "modes": b"\1\0"}, **NO_MORE)
    retried = good("retry-parent", "HelloRetryRequest: parent", plan("retry parent", script=RETRY))
    yield retried
    yield retried.breaks("twice", "a second HelloRetryRequest, which changes no hash", "messages", "one more behind the second ClientHello", ORDER,
                         {"script": (*RETRY[:3], "HRR", *RETRY[3:])})
    yield parent.breaks("chosen-suite", "a suite that was not offered", "ServerHello.cipher_suite", "0x1304", CHOICE,
                        {"suite": 0x1304, "suites": (0x1301,)}, suite=suites.name(0x1304))
    yield parent.breaks("chosen-identity", "the server chooses an identity behind the last one (RFC 8446 4.2.11)", "ServerHello.pre_shared_key", "1",
                        CHOICE, {"selected": 1})
    yield parent.breaks("chosen-mode", "the server does psk_ke, and the client does not (RFC 8446 4.2.9)", "ClientHello.psk_key_exchange_modes", "1 alone",
                        CHOICE, {"modes": b"\1", "offers_share": True})
    yield parent.breaks("chosen-no-mode", "the server does psk_ke, and the client names no mode (RFC 8446 4.2.9)", "ClientHello.psk_key_exchange_modes",
                        "none", CHOICE, {"lacks": ("psk_key_exchange_modes",)})
    yield parent.breaks("chosen-version", "TLS 1.3 where the client has not listed it", "ClientHello.supported_versions", "1.2 alone", CHOICE,
                        {"versions": (0x0303,)})
    yield parent.breaks("chosen-extension", "an extension that the client did not send", "ServerHello.extensions", "0x7A7A", CHOICE,
                        {"extras": ((0x7A7A, b""),)})
    yield parent.breaks("chosen-share", "key_share where the client has sent none", "ServerHello.extensions", "key_share", [*CHOICE, *dh],
                        {"key_share": True}, server="not_tried")
    yield parent.breaks("order", "the server begins", "messages", "ServerHello without a ClientHello", ORDER, {"script": ("SH",)}, **NO_MORE,
                        identity=None, client="absent")
    yield parent.breaks("twice", "ServerHello comes twice", "messages", "another order", ORDER,
                        {"script": SCRIPT[:2], "arrange": lambda chunks: [*chunks, chunks[-1]]}, **NO_MORE)
    yield parent.breaks("record-sealed", "a protected record of 2^14 + 2049 octets", "record of the client's data", "its length", ["RFC5246-6.2.1-x01"],
                        {"edit_record": {"cDATA": lambda octets: octets[:3] + b"\x48\x01" + octets[5:]}}, error={"status": "bad_tls"})
