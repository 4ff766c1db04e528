"""e2ae security (TS 33.328 7.2.1, 7.3.1) over several hops, with registrations of several users, sessions that share a port, m-lines without one."""

from .draft import Draft
from .e2ae import GW_A, GW_B, ORIGINATING, S, TERMINATING, UE_A, UE_B, Side, handshake, originating, register, supported, terminating
from .scene import P1, P2, Scene


ALICE_AOR, BOB_AOR, CAROL_AOR = "sip:alice@example.com", "sip:bob@example.com", "sip:carol@example.com"


def one_proxy(core=None, later=None, ue_b=None, back=None, transport="udp"):
    """Both UEs behind one P-CSCF: to the S-CSCF and back, over the same two ends."""
    s = Scene()
    say = supported("msrp")
    register(s, say, say, UE_A, P1)
    register(s, say, say, UE_B, P1, label="register-b", who="sip:bob@example.com")
    c = s.call((UE_A, P1), (P1, S), (S, P1), (P1, UE_B), transport=transport)
    asked, applied = Side(said="requested", prints=("initiator",)), Side(said="applied", prints=("kms",), host=GW_B, port=9002)
    plain = Side(tls=False, host=GW_A, port=9000)
    c.request("INVITE", [asked.sdp(), (core or plain).sdp(), (later or plain).sdp(), (ue_b or applied).sdp()], "invite")
    far, gateway = Side(prints=("responder",), host="192.0.2.2", port=2866), Side(prints=("kms",), host=GW_B, port=9006)
    clear = Side(tls=False, host=GW_A, port=9004)
    c.response(200, [gateway.sdp(), clear.sdp(), (back or clear).sdp(), far.sdp()], "answer")
    c.request("ACK", None, "ack", to_tag="b1")
    return s


def drafts(_parents):
    for transport in ("udp", "tcp"):
        T = transport.upper()
        parent = Draft("e2ae", f"one-proxy/{transport}", f"Both UEs behind one P-CSCF, over {T}", one_proxy, ORIGINATING[:5] + TERMINATING, transport=transport)
        yield parent
        yield parent.breaks("core", f"Both UEs behind one P-CSCF over {T}: it sends the offer on with TLS", "invite@1", "the transport is that of TLS", {"TS33328-7.2.1-03": "invite@1"},
                            core=Side(host=GW_A, port=9000))
        asked = Side(said="requested", prints=("kms",), host=GW_A, port=9000)
        yield parent.breaks("all", f"Both UEs behind one P-CSCF over {T}: the indication goes through the core and back, found at the first of those hops", "invite@1",
                            "the indication goes on, there and back", {"TS33328-7.2.1-03": "invite@1"}, core=asked, later=asked)
        yield parent.breaks("no-print", f"Both UEs behind one P-CSCF over {T}: the offer to the second has no fingerprint", "invite@3", "there is no fingerprint",
                            {"TS33328-7.3.1-01": "invite@3"}, ue_b=Side(said="applied", host=GW_B, port=9002))
        yield parent.breaks("back", f"Both UEs behind one P-CSCF over {T}: it sends the answer on with TLS", "answer@2", "the transport is that of TLS", {"TS33328-7.3.1-04": "answer@2"},
                            back=Side(host=GW_A, port=9004))
        nat = Draft("e2ae", f"one-address/{transport}", f"e2ae security, both UEs behind one address, over {T}", one_address, ["TS33328-7.2.1-03"], transport=transport)
        yield nat
        yield nat.breaks("indicated", f"Both UEs behind one address over {T}: the indication goes on", "invite@1", "the indication is there", {"TS33328-7.2.1-03": "invite@1"},
                         later=Side(tls=False, said="requested", prints=("kms",), host=GW_A, port=9000))
    unsupported = Draft("e2ae", "unsupported", "The network did not say that it supports it: offer and answer go on as they are", passed_through, ["TS33328-7.2.1-03", "TS33328-7.2.1-05"])
    yield unsupported
    yield Draft("e2ae", "unsupported/far", "The network did not say that it supports it: offer and answer go on as they are, over three legs", passed_through,
                ["TS33328-7.2.1-03", "TS33328-7.2.1-05"], far=True)
    yield unsupported.breaks("supported", "The network said that it supports it, and offer and answer go on as they are", "register-401", "Security-Server says that the network supports it",
                             {"TS33328-7.2.1-03": "invite@1", "TS33328-7.2.1-05": "answer@0"}, server=True)
    yield unsupported.breaks("other", "The network said to another user at that address that it does not support it; offer and answer go on as they are", "register",
                             "To of the REGISTER is Carol's", {"TS33328-7.2.1-03": "invite@1", "TS33328-7.2.1-05": "answer@0"}, who=CAROL_AOR)
    called = Draft("e2ae", "unsupported/called", "The network did not say it to the called, who asks for it: his offer goes on as it is, over the same two ends", asked_by_the_called,
                   ["TS33328-7.2.1-03", "TS33328-7.2.1-05"])
    yield called
    yield called.breaks("supported", "The network said it to the called, who asks for it: his offer goes on as it is on every hop", "register-401",
                        "Security-Server says that the network supports it", {"TS33328-7.2.1-03": "again@2", "TS33328-7.2.1-05": "again-answer@3"}, server=True)
    yield from who_is_registered()
    yield from several_sessions()
    yield from removed()
    yield from another_proxy()
    yield from both_behind_one()
    yield from began_before()


def one_address(transport="udp", later=None):
    s = Scene()
    c = s.call(("192.0.2.1:40001", P1), (P1, "192.0.2.1:40002"), transport=transport)
    later = later or Side(tls=False, host=GW_A, port=9000)
    c.request("INVITE", [Side(said="requested", prints=("initiator",)).sdp(), later.sdp()], "invite")
    c.response(200, [Side(prints=("kms",), host=GW_B, port=9002).sdp(), Side(tls=False, host="192.0.2.1", port=2866).sdp()], "answer")
    c.request("ACK", None, "ack", to_tag="b1")
    return s


def asked_by_the_called(server=False):
    """UE B asks for it in a re-INVITE, that goes through the S-CSCF and back."""
    s = Scene()
    register(s, supported("msrp"), supported("msrp") if server else "ipsec-3gpp;alg=hmac-sha-1-96", UE_B, P1, who=BOB_AOR)
    c = s.call((UE_A, P1), (P1, S), (S, P1), (P1, UE_B))
    plain = Side(tls=False, host=GW_A, port=9000)
    clear = [plain.sdp()] * 3
    c.request("INVITE", [*clear, Side(said="applied", prints=("kms",), host=GW_B, port=9002).sdp()], "invite")
    c.response(200, [*clear, Side(prints=("responder",), host="192.0.2.2", port=2866).sdp()], "answer")
    c.request("ACK", None, to_tag="b1")
    c.request("INVITE", Side(said="requested", prints=("responder",), host="192.0.2.2", port=2866).sdp(), "again", backwards=True)
    c.response(200, Side(prints=("initiator",)).sdp(), "again-answer")
    c.request("ACK", None, backwards=True)
    return s


def passed_through(server=False, far=False, who=ALICE_AOR):
    s = Scene()
    register(s, supported("msrp"), supported("msrp") if server else "ipsec-3gpp;alg=hmac-sha-1-96", who=who)
    c = s.call((UE_A, P1), (P1, S), *([(S, P2)] if far else []))
    c.request("INVITE", Side(said="requested", prints=("initiator",)).sdp(), "invite")
    c.response(200, Side(prints=("responder",), host="192.0.2.2", port=2866).sdp(), "answer")
    c.request("ACK", None, "ack", to_tag="b1")
    return s


def calls_in_clear(caller=CAROL_AOR, ue="192.0.2.1:6072", third=None, done=200, carol=True):
    """Alice registers and says it; another at her address does not, and calls in clear. `third`: how Alice registers again."""
    s = Scene()
    say = supported("msrp")
    register(s, say, say, done=done)
    if carol:
        register(s, "ipsec-3gpp", None, ue, label="carol", who=CAROL_AOR)
    if third == "ended":
        register(s, say, None, label="third", expires=0)
    elif third == "without":
        register(s, "ipsec-3gpp", "ipsec-3gpp", label="third")
    c = s.call((ue, P1), caller=caller)
    c.request("INVITE", Side(tls=False).sdp(), "invite")
    c.response(486)
    c.request("ACK", None, to_tag="b1")
    return s


def who_is_registered():
    row = "TS33328-7.2.1-01"
    parent = Draft("e2ae", "registered/other", "Another user at the same address, who did not say that she supports it, offers MSRP in clear", calls_in_clear, [row])
    yield parent
    yield parent.breaks("alice", "The user who said that she supports it offers MSRP in clear", "invite", "From is Alice's", {row: "invite"}, caller=ALICE_AOR)
    yield Draft("e2ae", "registered/never", "A user who never registered offers MSRP in clear", calls_in_clear, [row], carol=False)
    yield Draft("e2ae", "registered/refused", "The registration is refused in the end; MSRP in clear", calls_in_clear, [row], carol=False, caller=ALICE_AOR, done=403)
    for third, what in (("ended", "ends her registration"), ("without", "registers again without it")):
        yield Draft("e2ae", f"registered/{third}", f"A UE that supported it {what}, and offers MSRP in clear", calls_in_clear, [row], caller=ALICE_AOR, carol=False, third=third)
    called = Draft("e2ae", "registered/called", "Another user at the address of one who supports it is called in clear", called_in_clear, ["TS33328-7.3.1-01"])
    yield called
    yield called.breaks("bob", "The user who said that he supports it is called in clear", "invite@1", "To and Request-URI are Bob's", {"TS33328-7.3.1-01": "invite@1"}, called="sip:bob@example.com")
    yield called.breaks("party", "P-Called-Party-ID is that of the user who supports it, and he is called in clear", "invite@1", "P-Called-Party-ID is Bob's",
                        {"TS33328-7.3.1-01": "invite@1"}, party="sip:bob@example.com")


def called_in_clear(called="sip:dave@example.com", party=None):
    s = Scene()
    register(s, supported("msrp"), supported("msrp"), UE_B, P2, who="sip:bob@example.com")
    c = s.call((S, P2), (P2, UE_B), called=called, headers=[("P-Called-Party-ID", f"<{party}>")] if party else ())
    c.request("INVITE", Side(tls=False, host=GW_A, port=9000).sdp(), "invite")
    c.response(486)
    c.request("ACK", None, to_tag="b1")
    return s


def two_calls(certificates=("initiator", "responder"), cema=False):
    """Two calls of one UE to one port of the gateway, each with a certificate of its own; both are signalled before the connections."""
    s = Scene()
    for who in ("initiator", "responder"):
        c = s.call((UE_A, P1))
        c.request("INVITE", Side(said="requested", prints=(who,)).sdp(), f"invite-{who}")
        c.response(200, Side(prints=("kms",), host=GW_B, port=9002).sdp(), f"answer-{who}")
        c.request("ACK", None, to_tag="b1")
    for number, who in enumerate(certificates):
        s.stream("tls", f"192.0.2.1:{40000 + number}", f"{GW_B}:9002", handshake(who, name=f"e2ae-{number}"), f"tls{number}", proofs=("not_tried", "not_tried"))
    return s


def several_sessions():
    row = "TS33328-7.2.1-04"
    parent = Draft("e2ae", "one-port-e2ae", "Two calls to one port of the gateway, each with a certificate of its own", two_calls, [row])
    yield parent
    yield parent.breaks("other", "Two calls to one port of the gateway; the certificate of one is that of neither", "tls0/2", "the certificate is another's", {row: "tls0/2"},
                        certificates=("ca", "responder"))
    cema = Side(prints=("kms",), host=GW_B, port=9002, path="192.0.2.2:2866", more=("a=msrp-cema",))
    with_cema = Draft("e2ae", "cema", "With a=msrp-cema the connection goes to c= and m= (RFC 6714)", originating, [row, "TS33328-7.2.1-06"], back=cema, client=None)
    yield with_cema
    yield with_cema.breaks("certificate", "With a=msrp-cema the UE sends another certificate", "tls/2", "the certificate is another's", {row: "tls/2"}, certificates=("responder", "kms"))
    yield with_cema.breaks("clear", "With a=msrp-cema, MSRP in clear on the connection", "clear", "the connection begins without TLS", {"TS33328-7.2.1-06": "clear"}, connection="clear")


def without_port(port=0):
    """A re-offer that removes the MSRP m-line; the UE supports e2ae security."""
    s = Scene()
    register(s, supported("msrp"), supported("msrp"), UE_B, P2, who="sip:bob@example.com")
    c = s.call((S, P2), (P2, UE_B))
    sides = [Side(tls=False, host=GW_A, port=port), Side(tls=False, host=GW_B, port=port)]
    c.request("INVITE", [one.sdp() for one in sides], "invite")
    c.response(488)
    c.request("ACK", None, to_tag="b1")
    return s


def taken_out(port=0):
    s = Scene()
    c = s.call((UE_A, P1))
    c.request("INVITE", Side(said="requested", prints=("initiator",)).sdp(), "invite")
    c.response(200, Side(prints=("kms",), host=GW_B, port=9002).sdp(), "answer")
    c.request("ACK", None, to_tag="b1")
    c.request("INVITE", Side(said="requested", port=port).sdp(), "again", to_tag="b1")
    c.response(200, Side(prints=("kms",), host=GW_B, port=port and 9002).sdp(), "again-answer")
    c.request("ACK", None, to_tag="b1")
    return s


def repeated_by_the_called():
    """UE B holds: its re-INVITE repeats its own description, with the number of the INVITE."""
    s = terminating()
    c = s.calls[-1]
    c.request("INVITE", Side(prints=("responder",), host="192.0.2.2", port=2866).sdp(), "hold", cseq=1, backwards=True, legs=[1])
    c.response(200, Side(said="applied", prints=("kms",), host=GW_B, port=9002).sdp(), legs=[1])
    c.request("ACK", None, cseq=1, backwards=True, legs=[1])
    return s


def removed():
    parent = Draft("e2ae", "port-zero", "An MSRP m-line with port 0 goes on in clear to a UE that supports e2ae security", without_port, ["TS33328-7.3.1-01"])
    yield parent
    yield parent.breaks("used", "The same m-line with a port", "invite@1", "the port is not 0", {"TS33328-7.3.1-01": "invite@1"}, port=9002)
    taken = Draft("e2ae", "taken-out", "A re-INVITE takes the MSRP m-line out", taken_out, ["TS33328-7.2.1-02"])
    yield taken
    yield taken.breaks("kept", "A re-INVITE keeps the MSRP m-line, without fingerprint", "again", "the port is not 0", {"TS33328-7.2.1-02": "again"}, port=2855)
    yield Draft("e2ae", "hold", "The called UE repeats its description in a re-INVITE", repeated_by_the_called, ["TS33328-7.2.1-01", "TS33328-7.3.1-02"])


def offered_twice(indicated=True):
    """The UE tries another P-CSCF after 503: the first hop of that INVITE is another leg."""
    s = Scene()
    register(s, supported("msrp"), supported("msrp"))
    c = s.call((UE_A, P1), (UE_A, P2), (P2, S))
    asked = Side(said="requested", prints=("initiator",))
    c.request("INVITE", asked.sdp(), "invite", legs=[0])
    c.response(503, None, legs=[0])
    c.request("ACK", None, to_tag="b1", legs=[0])
    plain = Side(tls=False, host=GW_A, port=9000)
    c.request("INVITE", [None, asked.sdp() if indicated else Side(tls=False).sdp(), plain.sdp()], "again", legs=[1, 2])
    c.response(486, None, legs=[2, 1])
    c.request("ACK", None, to_tag="b1", legs=[1, 2])
    return s


def another_proxy():
    row = "TS33328-7.2.1-01"
    parent = Draft("e2ae", "other-p-cscf", "After 503 the INVITE goes to another P-CSCF, and asks for e2ae security as before", offered_twice, [row, "TS33328-7.2.1-03"])
    yield parent
    yield parent.breaks("clear", "After 503 the INVITE goes to another P-CSCF, and offers MSRP in clear", "again@1", "the m-line is TCP/MSRP without indication", {row: "again@1"},
                        indicated=False)


def one_node(transport="udp", said="applied", prints=("kms",), back=None):
    """One node is P-CSCF of both UEs, and sends the offer from one to the other. `back`: the answer that it sends on; without, the call is refused."""
    s = Scene()
    say = supported("msrp")
    register(s, say, say)
    register(s, say, say, UE_B, label="register-b", who=BOB_AOR)
    c = s.call((UE_A, P1), (P1, UE_B), transport=transport)
    c.request("INVITE", [Side(said="requested", prints=("initiator",)).sdp(), Side(said=said, prints=prints, host=GW_B, port=9002).sdp()], "invite")
    if back:
        c.response(200, [back.sdp(), Side(prints=("responder",), host="192.0.2.2", port=2866).sdp()], "answer")
    else:
        c.response(486)
    c.request("ACK", None, to_tag="b1")
    return s


def both_behind_one():
    asked, applied = "TS33328-7.2.1-03", "TS33328-7.3.1-01"
    for transport in ("udp", "tcp"):
        T = transport.upper()
        parent = Draft("e2ae", f"one-node/{transport}", f"One node is P-CSCF of both UEs, over {T}: what was requested goes on as applied", one_node, [asked, applied],
                       transport=transport)
        yield parent
        yield parent.breaks("no-print", f"One node is P-CSCF of both UEs, over {T}: what goes on as applied has no fingerprint", "invite@1", "there is no fingerprint",
                            {applied: "invite@1"}, prints=())
        yield parent.breaks("requested", f"One node is P-CSCF of both UEs, over {T}: what was requested goes on as requested", "invite@1", "the indication says requested",
                            {asked: "invite@1"}, said="requested")
    row = "TS33328-7.2.1-05"
    answered = Draft("e2ae", "one-node/answered", "One node is P-CSCF of both UEs: the answer to what is applied goes on as the answer to what is requested, with TLS and a fingerprint",
                     one_node, [asked, row, applied, "TS33328-7.3.1-02", "TS33328-7.3.1-04"], back=Side(prints=("kms",), host=GW_B, port=9006))
    yield answered
    for suffix, what, back in (("clear", "the transport is without TLS", Side(tls=False, prints=("kms",), host=GW_B, port=9006)),
                               ("same", "the fingerprint is that of the other UE", Side(prints=("responder",), host=GW_B, port=9006))):
        yield answered.breaks(suffix, f"One node is P-CSCF of both UEs, and sends the answer on: {what}", "answer@0", what, {row: "answer@0"}, back=back)


def heard_before(server=False):
    """The capture begins behind the first REGISTER, with the 401 to it."""
    s = Scene()
    c = s.call((UE_A, P1), called=ALICE_AOR, uri="sip:example.com")
    c.cseq, c.current = 1, (1, "REGISTER", False)
    c.response(401, None, "register-401", more=[("Security-Server", supported("msrp") if server else "ipsec-3gpp;alg=hmac-sha-1-96")])
    c.request("REGISTER", None, "register", more=[("Security-Client", supported("msrp"))])
    c.response(200)
    c = s.call((UE_A, P1))
    c.request("INVITE", Side(tls=False).sdp(), "invite")
    c.response(486)
    c.request("ACK", None, to_tag="b1")
    return s


def began_before():
    row = "TS33328-7.2.1-01"
    parent = Draft("e2ae", "registered/begun", "A REGISTER is not in the capture, and the network does not say in the 401 to it that it supports it; MSRP in clear", heard_before, [row])
    yield parent
    yield parent.breaks("said", "A REGISTER is not in the capture, and the network says in the 401 to it that it supports it; MSRP in clear", "register-401",
                        "Security-Server says it", {row: "invite"}, server=True)
