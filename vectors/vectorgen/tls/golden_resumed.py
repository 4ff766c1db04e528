"""Sessions of TLS 1.2 that are resumed: the keys are those of an earlier session, so that no proof is tried."""

from . import wire
from .golden import accepted, base
from .golden_broken import CHOICE, NOT_TRIED, ORDER

GROUP = "resumed"
SCRIPT = ("CH", "SH", "sCCS", "sFIN", "cCCS", "cFIN", "cDATA")
KEPT = ("RFC5246-7.4-x01", "RFC5246-7.4.1.3-x01", "TS33328-H.2-01", "TS33328-H.2-x01")
INFO = ("renegotiation_info", b"\0")
TICKET = wire.vector(b"a ticket of an earlier session", 1)[1:]


def good(name, title, plan, **said):
    return accepted(GROUP, f"resumed/{name}", title, plan, KEPT, **{"identity": None, "resumed": True, **NOT_TRIED, **said})


def drafts():
    session = bytes(range(32))
    by_id = base(name="resumed by id", session_id=session, server_session_id=session, script=SCRIPT)
    parent = good("id", "by the session id", by_id)
    yield parent
    ticket = [("session_ticket", TICKET), INFO]
    yield good("ticket", "by a ticket, with a session id of the client's own", base(name="resumed by ticket", session_id=session, server_session_id=session,
               client_extensions=ticket, server_extensions=[INFO], script=SCRIPT))
    yield good("ticket-alone", "by a ticket, without a session id", base(name="resumed by ticket alone", client_extensions=ticket,
               server_session_id=b"", server_extensions=[INFO], script=SCRIPT))
    yield good("new-ticket", "by a ticket, and the server gives out another", base(name="resumed new ticket", client_extensions=ticket, server_session_id=b"",
               server_extensions=[("session_ticket", b""), INFO], script=("CH", "SH", "NST", *SCRIPT[2:])))
    yield good("alerts", "alerts of a resumed session, which nobody opens", by_id.but(name="resumed alerts", script=(*SCRIPT, "cALERT:close_notify")),
               alerts=[{"from": "client", "description": "encrypted"}])
    none = {"client": "absent", "server": "absent", "complete": False}
    stops = good("id-stops", "by the session id, and no Finished", by_id.but(name="resumed stops", script=("CH", "SH", "sCCS", "cCCS")), **none)
    yield stops
    yield stops.breaks("other-id", "another session id, which resumes nothing, and ChangeCipherSpec behind it", "ServerHello.session_id", "another one",
                       ORDER, {"server_session_id": bytes(range(1, 33))}, resumed=False)
    yield stops.breaks("no-id", "no session id, and ChangeCipherSpec behind it", "ServerHello.session_id", "empty", ORDER,
                       {"server_session_id": b""}, resumed=False)
    by_ticket = good("ticket-stops", "by a ticket, and no Finished", base(name="resumed ticket stops", client_extensions=[("session_ticket", TICKET), INFO],
                     server_session_id=b"", server_extensions=[INFO], script=("CH", "SH", "sCCS", "cCCS")), **none)
    yield by_ticket
    yield by_ticket.breaks("empty", "an empty ticket asks for one and resumes nothing (RFC 5077 3.2)", "ClientHello.session_ticket", "empty", ORDER,
                           {"client_extensions": [("session_ticket", b""), INFO]}, resumed=False)
    for which, chosen in ((stops, "id"), (by_ticket, "ticket")):
        yield which.breaks(f"goes-on-{chosen}", "ClientKeyExchange follows all the same, and nothing is resumed", "messages", "ClientKeyExchange in addition",
                           ORDER, {"script": ("CH", "SH", "CKE", "sCCS", "cCCS") if chosen == "id" else ("CH", "SH", "sCCS", "CKE", "cCCS")},
                           resumed=False, identity="")
    yield parent.breaks("suite", "resumed with a suite that was not offered", "ServerHello.cipher_suite", "0x00A9", CHOICE,
                        {"suite": 0x00A9, "suites": (0x00A8,)}, suite="TLS_PSK_WITH_AES_256_GCM_SHA384")
    yield parent.breaks("dhe", "resumed with a suite of DHE_PSK", "ServerHello.cipher_suite", "0x00AA", ["TS33328-H.2-01", "TS33328-H.2-02"],
                        {"suite": 0x00AA, "suites": (0x00A8, 0x00AA)}, suite="TLS_DHE_PSK_WITH_AES_128_GCM_SHA256")
    yield parent.breaks("twice", "ClientHello comes twice", "messages", "another order", ORDER, {"script": ("CH", *SCRIPT)})
    for place, what in ((2, "behind ServerHello"), (4, "behind the Finished of the server")):
        yield parent.breaks(f"data-{place}", f"application data in clear of the client, {what}", "messages", f"application data {what}", ORDER,
                            {"script": (*SCRIPT[:place], "cDATA", *SCRIPT[place:])})
    refused = base(name="not resumed", session_id=session, client_extensions=ticket, server_extensions=[INFO])
    yield accepted(GROUP, "resumed/refused", "the server does not resume, and begins a session", refused, KEPT)
