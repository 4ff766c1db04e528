"""Media under the keys of calls: RTP and its SSRCs, TLS-PSK of MSRP and BFCP, media that begin in clear."""

from ..conversations.plan import media as media_plan
from ..exchange import other, srtp
from ..tls import maker
from . import talks
from .draft import Draft
from .golden_sdp import HOST_B, simple
from .scene import Key, Scene, Sdp, audio, m

OUT, BACK = ("192.0.2.1:49170", "192.0.2.2:49180"), ("192.0.2.2:49180", "192.0.2.1:49170")
OFFERER, ANSWERER = "192.0.2.1:40000", "192.0.2.2:2866"
TICKETED = ["TS33328-7.2.3-01", "TS33328-7.3.3-01"]


def drafts(parents):
    for part in (streams, tls, begun, levels, several):
        for draft in part():
            parents[draft.name] = draft
            yield draft


def streams():
    row = "RFC6043-6.1.1-08"
    parent = Draft("media", "rtp", "RTP both ways with the SSRCs of Session Data", simple, [row], rtp=[(OUT, 0x11111111), (BACK, 0x11111112), (OUT, 0x11111111)])
    yield parent
    yield parent.breaks("other", "An RTP packet has another SSRC", "rtp", "the SSRC is none of Session Data", {row: "rtp"}, rtp=[(OUT, 0x99999999), (BACK, 0x11111112), (OUT, 0x11111111)])
    yield parent.breaks("back", "The answerer sends another SSRC", "rtp", "the SSRC of the answerer is none of Session Data", {row: "rtp"},
                        rtp=[(BACK, 0x11111199), (OUT, 0x11111111), (OUT, 0x11111111)])
    zero = talks.made(media_plan("traces/ssrc-zero", cs=(srtp(1, 0x11111111, spi="*"), srtp(2, 0, spi="*")),
                                 cs_resp=(srtp(1, 0x11111111, spi="*"), srtp(2, 0x44444444, spi="*"))))
    learned = Draft("media", "rtp/answered", "TRANSFER_RESP says the second SSRC", simple, [row], talk=zero, rtp=[(OUT, 0x11111111), (BACK, 0x44444444)])
    yield learned
    yield learned.breaks("offer", "The SSRC is that of no Session Data of TRANSFER_RESP", "rtp", "the SSRC is another", {row: "rtp"}, rtp=[(BACK, 0x44444445), (OUT, 0x11111111)])
    unsaid = talks.made(media_plan("traces/ssrc-none", cs=(srtp(1, 0x11111111, spi="*"), srtp(2, None, spi="*")),
                                   cs_resp=(srtp(1, 0x11111111, spi="*"), srtp(2, 0, spi="*"))))
    yield Draft("media", "rtp/unsaid", "One crypto session has SSRC 0: only the other's is known", simple, [], talk=unsaid, rtp=[(OUT, 0x11111111)])
    yield Draft("media", "rtp/elsewhere", "RTP to a port that nobody named", simple, [row], rtp=[(("192.0.2.1:49170", "192.0.2.2:60000"), 0x99999999)])


def secured(talk=None, protocol="MSRP", segments=None, client=OFFERER, server=ANSWERER, proofs=None, findings=(), keys=True, kind="tls", transport="tcp",
            answers=True, session=False, offer_tls=True, datagrams=False, profile="auto", more_keys=None, own=None, port=2866):
    """A call with an X/TLS/Y m-line and a ticket, and the connection of the m-line."""
    talk = talk or (talks.msrp() if protocol == "MSRP" else talks.bfcp())
    s = Scene(([talk.keys(**(more_keys or {}))] if keys is True else keys) or None, profile)
    c = s.call()
    proto = ("UDP" if datagrams else "TCP") + "/TLS/" + protocol
    init, resp = Key(talk.init), Key(talk.resp)
    media = "message" if protocol == "MSRP" else "application"
    def sdp(key, host, port):
        path = [f"a=path:msrps://{host}:{port}/s1;tcp"] if protocol == "MSRP" else []
        return Sdp(m(media, port, proto, *path, *(() if session or key is None else (key,))), session=(key,) if session and key is not None else (), host=host)
    c.request("INVITE", sdp(init, "192.0.2.1", 2855), "invite")
    c.response(200, sdp(resp if answers else None, "192.0.2.2", port), "answer")
    c.request("ACK", None, "ack", to_tag="b1")
    if segments is not None:
        s.stream(kind, client, server, segments, "connection", "udp" if datagrams else transport, proofs, findings)
    return s


def handshake(client_tek, server_tek=None, **plan):
    plan = maker.Plan("traces tls", client_tek=client_tek, server_tek=server_tek or client_tek, **plan)
    return [(one["from"], bytes.fromhex(one["hex"])) for one in maker.Play(plan).run()]


def tls():
    verified, row = ("verified", "verified"), ["TS33328-H.2-01", "TS33328-H.2-05"]
    for protocol in ("MSRP", "BFCP"):
        talk = talks.msrp() if protocol == "MSRP" else talks.bfcp()
        name, tek = protocol.lower(), talk.tek(1)
        parent = Draft("media", f"tls/{name}", f"{protocol} over TLS-PSK with the TEK", secured, row + TICKETED, protocol=protocol, segments=handshake(tek), proofs=verified)
        yield parent
        wrong = {"TS33328-H.2-05": None, "TS33328-J.1-02": None, "RFC5246-7.4.9-x01": None}
        found = ["RFC5246-7.4.9-x01", "TS33328-H.2-05", "TS33328-J.1-02"]
        yield parent.breaks("wrong", f"{protocol} over TLS-PSK with another key", "connection", "both ends use another key", wrong, segments=handshake(bytes(32)),
                            proofs=("failed", "failed"), findings=found)
        yield parent.breaks("server-wrong", "The server of TLS-PSK has another key", "connection", "the server uses another key", {**wrong, "TS33328-H.2-x02": None},
                            segments=handshake(tek, bytes(32)), proofs=("verified", "failed"), findings=[*found, "TS33328-H.2-x02"])
        yield parent.breaks("dhe", "The suite has Diffie-Hellman", "connection", "the suite is TLS_DHE_PSK_WITH_AES_128_GCM_SHA256",
                            {"TS33328-H.2-01": None, "TS33328-H.2-02": None}, segments=handshake(tek, suite=0x00AA), proofs=("not_tried", "not_tried"),
                            findings=["TS33328-H.2-01", "TS33328-H.2-02"])
        yield Draft("media", f"tls/{name}/other-way", f"{protocol}: the answerer connects", secured, row[1:], protocol=protocol, segments=handshake(tek), proofs=verified,
                    client="192.0.2.2:40001", server="192.0.2.1:2855")
        yield Draft("media", f"tls/{name}/no-keys", f"{protocol} over TLS-PSK, no keys are shown", secured, [], protocol=protocol, segments=handshake(tek), keys=None,
                    proofs=("not_tried", "not_tried"))
        number = {"csb_id": talk.init.hdr["csb_id"], "cs_id": 1, "tek": tek.hex()}
        given = Draft("media", f"tls/{name}/given", "The TEK is given directly", secured, row[1:], protocol=protocol, segments=handshake(tek), proofs=verified,
                      keys=[{"teks": [number]}])
        given.messages = {0: {"auth": "skipped"}, 1: {"auth": "skipped"}}
        yield given
    split = handshake(talks.msrp().tek(1), join=False)
    yield Draft("media", "tls/records", "A record a segment", secured, ["TS33328-H.2-05"], segments=split, proofs=verified)
    unnamed = Draft("media", "tls/unnamed", "A TLS connection that no m-line names", secured, [], segments=handshake(bytes(32)), client="192.0.2.1:40000",
                    server="192.0.2.2:9999", proofs=("not_tried", "not_tried"))
    yield unnamed


def begun():
    """Media that begin in clear though tickets were exchanged."""
    msrp = b"MSRP d93kswow SEND\r\nTo-Path: msrps://192.0.2.2:2866/s1;tcp\r\nFrom-Path: msrps://192.0.2.1:2855/s1;tcp\r\nMessage-ID: 1\r\n-------d93kswow$\r\n"
    bfcp = bytes.fromhex("200b0000000000010001000c")
    for protocol, octets in (("MSRP", msrp), ("BFCP", bfcp)):
        talk = talks.msrp() if protocol == "MSRP" else talks.bfcp()
        parent = Draft("media", f"begun/{protocol.lower()}", f"{protocol}: TLS begins the connection", secured, TICKETED, protocol=protocol, segments=handshake(talk.tek(1)),
                       proofs=("verified", "verified"))
        yield parent
        yield parent.breaks("offerer", f"The offerer begins {protocol} in clear", "connection", "the offerer sends no TLS", {"TS33328-7.2.3-01": "connection"},
                            segments=[("client", octets)], kind=protocol.lower(), proofs=None)
        yield parent.breaks("answerer", f"The answerer begins {protocol} in clear", "connection", "the answerer sends no TLS", {"TS33328-7.3.3-01": "connection"},
                            segments=[("client", octets)], kind=protocol.lower(), proofs=None, client="192.0.2.2:40001", server="192.0.2.1:2855")


def two_levels(which="own", session_tek=False):
    """An MSRP m-line with a message of its own beside one at session level, which covers the audio."""
    own = talks.msrp("level-own")
    both = talks.made(media_plan("traces/level-session", profile="ims-mixed", cs=(srtp(1, 0x0A0A0A01, spi="*"), srtp(2, 0x0A0A0A02, spi="*"))))
    if which == "extra":
        both = talks.made(media_plan("traces/level-extra", profile="ims-mixed", cs=(srtp(1, 0x0A0A0A01, spi="*"), srtp(2, 0x0A0A0A02, spi="*"), other(3, 241, "*"))))
    s = Scene([both.keys(), own.keys()], "ims-mixed")
    c = s.call()
    expect = {"findings": ["TS33328-H.3-01"]} if which == "extra" else {}
    c.request("INVITE", Sdp(audio(), m("message", 2855, "TCP/TLS/MSRP", Key(own.init, conversation=1)), session=(Key(both.init, **expect),)), "invite")
    c.response(200, Sdp(audio(49180), m("message", 2866, "TCP/TLS/MSRP", Key(own.resp, conversation=1)), session=(Key(both.resp),), host=HOST_B), "answer")
    c.request("ACK", None, "ack", to_tag="b1")
    right = not session_tek
    tek = own.tek(1) if right else (both.tek(3) if which == "extra" else both.tek(1, length=16))
    found = [] if right else ["RFC5246-7.4.9-x01", "TS33328-H.2-05", "TS33328-J.1-02"]
    s.stream("tls", OFFERER, ANSWERER, handshake(tek), "connection", proofs=("verified", "verified") if right else ("failed", "failed"), findings=found)
    return s


def levels():
    row = "RFC4567-3.1-02"
    parent = Draft("media", "levels", "The key of a connection is that of its m-line's own message", two_levels, [row])
    yield parent
    wrong = {row: "connection", "TS33328-H.2-05": None, "TS33328-J.1-02": None, "RFC5246-7.4.9-x01": None}
    yield parent.breaks("session", "The key is one of the session level's message", "connection", "the TEK is that of a crypto session of the session level", wrong, session_tek=True)
    extra = Draft("media", "levels/extra", "A message at session level has a crypto session for the MSRP m-line too", two_levels, [], which="extra")
    yield extra
    yield extra.breaks("session", "The key is that of the crypto session at session level", "connection", "the TEK is that of the session level", wrong, which="extra",
                       session_tek=True)


def one_port(keys=(0, 1), known=True):
    """Two calls with tickets, whose MSRP sessions are at one port of each side (RFC 4975); both are signalled before the connections."""
    both = [talks.msrp("one-port-first"), talks.msrp("one-port-second")]
    s = Scene([talk.keys() for talk in both])
    for number, talk in enumerate(both):
        c = s.call()
        def sdp(key, host, port, number=number):
            return Sdp(m("message", port, "TCP/TLS/MSRP", f"a=path:msrps://{host}:{port}/s{number};tcp", key), host=host)
        c.request("INVITE", sdp(Key(talk.init, conversation=number), "192.0.2.1", 2855), f"invite{number}")
        c.response(200, sdp(Key(talk.resp, conversation=number), "192.0.2.2", 2866), f"answer{number}")
        c.request("ACK", None, to_tag="b1")
    for number, which in enumerate(keys):
        tek = bytes(32) if which is None else both[which].tek(1)
        found = () if which is not None else ("RFC5246-7.4.9-x01", "TS33328-H.2-05", "TS33328-J.1-02")
        s.stream("tls", f"192.0.2.1:{40000 + number}", ANSWERER, handshake(tek), f"tls{number}", proofs=("failed", "failed") if which is None else ("verified", "verified"), findings=found)
    return s


def several():
    parent = Draft("media", "one-port", "Two calls with tickets and MSRP sessions at one port, each connection under its own TEK", one_port, ["TS33328-H.2-05"])
    yield parent
    yield Draft("media", "one-port/crossed", "Two calls with tickets and MSRP sessions at one port, the second call's connection first", one_port, ["TS33328-H.2-05"], keys=(1, 0))
    yield parent.breaks("neither", "MSRP sessions of two calls at one port; a connection is under the TEK of neither", "tls0", "both ends use another key",
                        {"TS33328-H.2-05": None, "TS33328-J.1-02": None, "RFC5246-7.4.9-x01": None}, keys=(None, 1))
