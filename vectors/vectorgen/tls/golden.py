"""Handshakes of TLS 1.2 that conform: each family of suites, what may be chosen, and how they are cut."""

from tlspsk import suites

from . import wire
from .draft import Draft, answer
from .maker import SCRIPT, WITH_HINT, Plan, Play, tek

KEPT = ("TS33328-H.2-01", "TS33328-H.2-02", "TS33328-H.2-03", "TS33328-H.2-04", "TS33328-H.2-05", "TS33328-J.1-02", "TS33328-H.2-x01",
        "TS33328-H.2-x02", "TS33328-5.3-01", "RFC4279-2-x02", "RFC4279-5.1-x01", "RFC5246-6.2.1-x01", "RFC5246-7.4-x01",
        "RFC5246-7.4.1.3-x01", "RFC5246-7.4.9-x01", "RFC5487-2-x01", "RFC5746-3.4-x01", "RFC5746-3.6-x01")
CBC = (0x008C, 0x008D, 0x00AE, 0x00AF)
AEAD = (0x00A8, 0x00A9, 0xC0A4, 0xC0A5, 0xC0A8, 0xC0A9, 0xCCAB)
DATA = SCRIPT + ("cDATA", "sDATA")
HINT = b"psk@example.com"
ALL = tuple(CBC + AEAD)


def accepted(group, name, title, plan, clauses=KEPT, play=Play, settings=None, tek=True, identity13=None, **said):
    said.setdefault("suite", suites.name(plan.suite))
    return Draft(group, name, title, plan, play, answer(**said), clauses, settings, tek, identity13)


def base(suite=0x00A8, name=None, **chosen):
    return Plan(name=name or f"base {suite:04x}", suite=suite, suites=chosen.pop("suites", (suite,)), script=chosen.pop("script", DATA), **chosen)


def families():
    for suite in ALL:
        name = suites.name(suite)
        for etm, ems in ((False, False), (True, False), (False, True), (True, True)):
            if etm and suite not in CBC:
                continue
            more = [word for word, said in (("encrypt-then-mac", etm), ("extended master secret", ems)) if said]
            yield accepted("suites", f"suites/{suite:04x}{'-etm' * etm}{'-ems' * ems}", " with ".join([name, *more][:2]) + (
                " and " + more[1] if more[1:] else ""), base(suite, f"suite {suite:04x} {etm} {ems}", encrypt_then_mac=etm, extended=ems))
    for length in (32, 64, 1):
        plan = base(name=f"tek of {length}", client_tek=tek(f"of {length}", length))
        yield accepted("suites", f"suites/tek-{length}", f"a TEK of {length} octets", plan)
    plan = base(0x008C, "etm agreed for aead", suites=(0x00A8, 0x008C), client_extensions=[("encrypt_then_mac", b""),
                ("renegotiation_info", b"\0")], server_extensions=[("renegotiation_info", b"\0")])
    yield accepted("suites", "suites/etm-not-taken", "encrypt-then-mac offered and not taken up", plan)


def choices():
    """What may be chosen otherwise."""
    group = "choices"
    yield accepted(group, "choices/hint", "a PSK identity hint, which nobody uses", base(name="hint", script=WITH_HINT, hint=HINT),
                   KEPT + ("TS33328-H.2-06", "RFC4279-2-x01"), hint=HINT.hex())
    yield accepted(group, "choices/hint-no-utf8", "a hint of octets that are no UTF-8",
                   base(name="hint no utf8", script=WITH_HINT, hint=b"\xff\xfe"), ("TS33328-H.2-06",), hint="fffe")
    yield accepted(group, "choices/scsv", "secure renegotiation asked for by the signalling ciphersuite", base(name="scsv", signalling="scsv"))
    both = [("renegotiation_info", b"\0")]
    yield accepted(group, "choices/scsv-and-extension", "secure renegotiation asked for in both ways",
                   base(name="both", signalling="scsv", client_extensions=both, server_extensions=both))
    yield accepted(group, "choices/no-tek", "the TEK is not known", base(name="no tek"), tek=False, client="not_tried", server="not_tried")
    yield accepted(group, "choices/many", "the client offers suites of other types too, and the server takes the one that it may",
                   base(0x00A8, "many", suites=(0xC02F, 0x009C, 0x0090, 0xCACA, 0x00A8, 0x002C)))
    yield accepted(group, "choices/unknown-extensions", "extensions that the server passes over",
                   base(name="passed over", client_extensions=[("server_name", wire.vector(b"\0" + wire.vector(b"chat.example.com", 2), 2)),
                        ("signature_algorithms", wire.vector(b"\4\1\4\3", 2)), (0x7A7A, b"\1\2\3"), ("renegotiation_info", b"\0")]))
    yield accepted(group, "choices/hello-request", "a HelloRequest in the middle, which is not hashed",
                   base(name="hello request", script=("CH", "HREQ") + SCRIPT[1:]))
    yield accepted(group, "choices/ticket", "a NewSessionTicket before the server's ChangeCipherSpec",
                   base(name="ticket", script=("CH", "SH", "SHD", "CKE", "cCCS", "cFIN", "NST", "sCCS", "sFIN"),
                        client_extensions=[("session_ticket", b""), ("renegotiation_info", b"\0")],
                        server_extensions=[("session_ticket", b""), ("renegotiation_info", b"\0")]))
    versions = [("supported_versions", wire.vector(b"\3\4\3\3", 1)), ("renegotiation_info", b"\0")]
    yield accepted(group, "choices/versions", "the client offers TLS 1.3 too, the server takes TLS 1.2",
                   base(name="versions", client_extensions=versions, server_extensions=[("renegotiation_info", b"\0")]))
    closing = SCRIPT + ("cDATA", "cALERT:close_notify", "sALERT:close_notify")
    for suite in (0x00A8, 0x008C, 0xCCAB):
        yield accepted(group, f"choices/close-{suite:04x}", "alerts that open under the TEK", base(suite, f"closing {suite:04x}", script=closing),
                       alerts=[{"from": "client", "description": "close_notify"}, {"from": "server", "description": "close_notify"}])
    yield accepted(group, "choices/close-no-tek", "alerts that nobody can open", base(name="closing without tek", script=closing), tek=False,
                   client="not_tried", server="not_tried",
                   alerts=[{"from": "client", "description": "encrypted"}, {"from": "server", "description": "encrypted"}])
    yield accepted(group, "choices/renegotiation", "a second handshake is asked for and refused",
                   base(name="second", script=SCRIPT + ("sHS:HREQ", "cHS:CH", "sALERT:no_renegotiation", "cDATA")),
                   alerts=[{"from": "server", "description": "no_renegotiation"}])
    yield accepted(group, "choices/one-tek", "a second session from the TEK of another",
                   base(name="one tek 2", client_tek=tek("base 00a8")))
    yield accepted(group, "choices/one-tek-3", "a third session from that TEK, with another suite",
                   base(0xC0A4, "one tek 3", client_tek=tek("base 00a8")))
    yield accepted(group, "choices/profile-bfcp", "extended master secret where the server does not take it up",
                   base(name="ems not taken", client_extensions=[("extended_master_secret", b""), ("renegotiation_info", b"\0")],
                        server_extensions=[("renegotiation_info", b"\0")]))
    yield accepted(group, "choices/second-handshake", "a second handshake, whose keys are not followed",
                   base(name="second done", script=SCRIPT + ("cHS:CH", "cCCS2", "cDATA", "cALERT:close_notify", "sALERT:close_notify")),
                   renegotiations=1, alerts=[{"from": "client", "description": "encrypted"}, {"from": "server", "description": "close_notify"}])
    yield from unfinished(group)


def unfinished(group):
    """Cut off, or ended by an alert: what was not sent is no fault."""
    stops = (("hello", ("CH",), {"version": None, "suite": None}), ("server-hello", ("CH", "SH"), {}),
             ("key-exchange", ("CH", "SH", "SHD", "CKE"), {"identity": ""}))
    for name, script, said in stops:
        yield accepted(group, f"choices/stops-{name}", f"nothing behind {script[-1]}", base(name=f"stops {name}", script=script),
                       **{"identity": None, "client": "absent", "server": "absent", "complete": False, **said})
    yield accepted(group, "choices/stops-client-finished", "nothing behind the client's Finished",
                   base(name="stops client finished", script=SCRIPT[:6]), server="absent", complete=False)
    yield accepted(group, "choices/user-canceled", "the client gives up",
                   base(name="gives up", script=("CH", "SH", "SHD", "cALERT:user_canceled")), identity=None, client="absent",
                   server="absent", complete=False, alerts=[{"from": "client", "description": "user_canceled"}])
    yield accepted(group, "choices/alert-200", "an alert without a name",
                   base(name="alert 200", script=("CH", "SH", "SHD", "cALERT:200")), identity=None, client="absent",
                   server="absent", complete=False, alerts=[{"from": "client", "description": "200"}])
    yield accepted(group, "choices/ends-in-record", "the transcript ends within a record",
                   base(name="ends in record", script=SCRIPT[:6], arrange=lambda chunks: chunks[:-1] + [(chunks[-1][0], chunks[-1][1][:20])]),
                   client="absent", server="absent", complete=False)


def cut_every(size):
    return lambda chunks: [(end, octets[at:at + size]) for end, octets in chunks for at in range(0, len(octets), size)]


def cuts():
    group = "cuts"
    for size in (1, 7, 64):
        yield accepted(group, f"cuts/every-{size}", f"segments of {size} octets",
                       base(name=f"every {size}", join=False, arrange=cut_every(size), script=SCRIPT))
    yield accepted(group, "cuts/packed", "ServerHello and ServerHelloDone in one record",
                   base(name="packed", packed=(("SH", "SHD"),)))
    yield accepted(group, "cuts/packed-hint", "three messages in one record",
                   base(0x008C, "packed hint", packed=(("SH", "SKE", "SHD"),), script=WITH_HINT, hint=HINT), hint=HINT.hex())
    sizes = {"CH": 3, "SH": 5, "SHD": 1, "CKE": 2}
    yield accepted(group, "cuts/tiny-records", "handshake messages in many records, their headers too", base(name="tiny", record_size=sizes))
    yield accepted(group, "cuts/finished-in-two", "each Finished in two records",
                   base(name="finished in two", record_size={"cFIN": 9, "sFIN": 2}))
    yield accepted(group, "cuts/interleaved", "a record of the client with a segment of the server inside",
                   base(0xCCAB, "interleaved", arrange=interleave, join=False))
    yield accepted(group, "cuts/empty-segments", "empty segments", base(name="empty", join=False, arrange=lambda chunks: [
        piece for end, octets in chunks for piece in ((wire.other(end), b""), (end, octets), (end, b""))]))
    yield accepted(group, "cuts/longest-record", "records of 2^14 octets of data, and one of none",
                   base(name="longest", script=DATA, data=bytes(1 << 14)))
    yield accepted(group, "cuts/no-data", "application data of no octets", base(0x008C, "no data", data=b""))


def interleave(chunks):
    """The last two chunks, data of client and server: the server's comes in the middle of the client's."""
    (first, one), (second, two) = chunks[-2:]
    return chunks[:-2] + [(first, one[:8]), (second, two), (first, one[8:])]


def drafts():
    yield from families()
    yield from choices()
    yield from cuts()
