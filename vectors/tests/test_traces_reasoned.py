"""The judge of traces by expectations written by hand, from RFC 3261, 3264, 4567, 8122, 8866 and TS 33.328; nothing here comes of the generator."""

import base64
import json
import pathlib

import pytest

import tracing
from traces_support import A, B, P, call, found, sdp, sip, unit
from tracing import sdp as descriptions
from tracing import sip as messages
from tracing.rows_sdp import list_row

VECTORS = {one["id"]: one for one in json.loads((pathlib.Path(__file__).resolve().parent.parent / "data" / "ticket_transfer.json").read_text())["vectors"]}
INIT, RESP = (bytes.fromhex(VECTORS[name]["message"]) for name in ("tgv-be5e2dc2", "tgv-4be8d01c"))
AUDIO, PLAIN = "m=audio 49170 RTP/SAVP 0", "m=audio 49170 RTP/AVP 0"
FREE = {"sdp_ids": "if_present"}


def key(octets=INIT, name="mikey"):
    return f"a=key-mgmt:{name} {base64.b64encode(octets).decode()}"


def judged(units, **more):
    return tracing.answer(units, **{"settings": FREE, **more})


def rows(units, **more):
    return found(judged(units, **more))


# --- the form of key-mgmt (RFC 4567 3) ----------------------------------------------------------------------------------


@pytest.mark.parametrize("data, right", (("AAAA", True), ("AAA=", True), ("AA==", True), ("AAA", False), ("A===", False), ("AA=A", False), ("AA-_", False),
                                         ("AAAA ", False), ("", False), ("AA\tA", False)))
def test_base64_is_that_of_rfc_4648_section_4(data, right):
    assert (descriptions.from_base64(data) is not None) == right


@pytest.mark.parametrize("value, whole", (("mikey AAAA", True), ("mikey", False), ("mikey  AAAA", False), (" AAAA", False), ("mi/key AAAA", False), ("mikey\tAAAA", False),
                                          ("x-1.2 AAAA", True)))
def test_an_attribute_has_a_token_one_space_and_data(value, whole):
    one = descriptions.read(sdp(AUDIO, f"a=key-mgmt:{value}").encode()).keys[0]
    assert one.whole == whole


@pytest.mark.parametrize("ids, row", ((b"mikey;keyp1", None), (b"mikey;keyp1;", "RFC4567-4.1.4-05"), (b"mikey, keyp1", "RFC4567-4.1.4-05"), (b"mikey\tkeyp1", "RFC4567-4.1.4-05"),
                                      (b"keyp1;mikey", "RFC4567-4.1.4-06"), (b"mikey", "RFC4567-4.1.4-06"), (b"", "RFC4567-4.1.4-06"), (b"keyp1,mikey", "RFC4567-4.1.4-06"),
                                      (b"mikey:keyp1", "RFC4567-4.1.4-06")))
def test_the_list_of_protocols(ids, row):
    assert list_row(ids, b"mikey;keyp1") == row


def test_another_protocol_may_send_what_it_likes():
    assert rows(call(sdp(AUDIO, "a=key-mgmt:keyp1 not-base64!"), status="486 Busy Here")) == []


def test_mikey_in_capitals_is_no_message_of_the_trace():
    answer = judged(call(sdp(AUDIO, key(name="MIKEY")), status="486 Busy Here"))
    assert answer["messages"] == [] and found(answer) == [("RFC4567-7-01", 1)]


def test_a_broken_answer_is_found_at_the_answer():
    assert rows(call(sdp(AUDIO), sdp(AUDIO, "a=key-mgmt:mikey AAA"))) == [("RFC4567-3-01", 2)]


# --- what an attribute covers (RFC 4567 3.1, TS 33.328 H.3) ---------------------------------------------------------------


@pytest.mark.parametrize("lines, covered", (((AUDIO,), [0]), ((PLAIN,), []), ((AUDIO, PLAIN), [0]), (("m=message 2855 TCP/TLS/MSRP *",), [0]),
                                            (("m=message 2855 TCP/MSRP *",), []), ((AUDIO, "m=application 2856 TCP/TLS/BFCP *"), [0, 1]),
                                            (("m=audio 1 UDP/TLS/RTP/SAVP 0",), []), (("m=audio 1 RTP/SAVPF 0",), [0])))
def test_what_the_session_level_covers(lines, covered):
    text = sdp(key(), *lines)
    one = descriptions.read(text.encode())
    assert [media.index for media in one.covered(one.keys[0])] == covered


def test_an_m_line_with_its_own_is_left_out_of_the_session():
    one = descriptions.read(sdp(key(), AUDIO, key(), "m=video 5 RTP/SAVP 31").encode())
    assert [media.index for media in one.covered(one.keys[0])] == [1] and [media.index for media in one.covered(one.keys[1])] == [0]


def test_key_mgmt_for_nothing_is_found_in_offers_alone():
    assert ("RFC4567-4.1.2-15", 1) in rows(call(sdp(key(), PLAIN), status="486 Busy Here"))
    assert rows(call(sdp(PLAIN), sdp(key(RESP), PLAIN))) == []


# --- SIP --------------------------------------------------------------------------------------------------------------


def test_compact_and_folded_headers():
    one = messages.Message(b"INVITE sip:b@example.com SIP/2.0\r\nf: <sip:a@example.com>\r\n ;tag=1\r\nt:\r\n <sip:b@example.com>\r\ni: x@y\r\nCSeq: 7\tINVITE\r\nl: 0\r\n\r\nmore")
    assert (one.from_tag, one.to_tag, one.call_id, one.cseq, one.body) == ("1", None, "x@y", (7, "INVITE"), b"")


def test_a_tag_in_the_uri_is_no_tag_of_the_header():
    one = messages.Message(b"BYE sip:b@example.com SIP/2.0\r\nFrom: <sip:a@example.com;tag=no>;tag=yes\r\nTo: <sip:b@example.com;tag=no>\r\n\r\n")
    assert (one.from_tag, one.to_tag) == ("yes", None)


def test_mechanisms_of_security_client():
    one = messages.Message(b"REGISTER sip:x SIP/2.0\r\nSecurity-Client: ipsec-3gpp; q=0.1, MSRP-TLS;mediasec\r\nSecurity-Client: sdes-srtp;mediasec\r\n\r\n")
    assert messages.mechanisms(one, "security-client") == [("ipsec-3gpp", {"q"}), ("msrp-tls", {"mediasec"}), ("sdes-srtp", {"mediasec"})]


def test_a_retransmission_is_one_for_32_seconds():
    offer = sip("INVITE sip:bob@example.com SIP/2.0", sdp(AUDIO, key()))
    for later, messages_found in ((31.9, 1), (32.5, 2)):
        assert len(judged([unit(offer), unit(offer, time=later)])["messages"]) == messages_found


def test_over_tcp_nothing_is_a_retransmission_but_the_transaction_makes_a_copy():
    offer = sip("INVITE sip:bob@example.com SIP/2.0", sdp(AUDIO, key()))
    answer = judged([unit(offer, transport="tcp"), unit(offer, time=1.0, transport="tcp")])
    assert [one["copy_of"] for one in answer["messages"]] == [None, 0]


def twice(**second):
    text = sdp(AUDIO, key())
    source = second.pop("source", A)
    return judged([unit(sip("INVITE sip:bob@example.com SIP/2.0", text)), unit(sip("INVITE sip:bob@example.com SIP/2.0", text, **second), source, time=40.0)])["messages"]


def test_the_same_octets_of_the_same_sender_are_a_copy():
    assert [one["copy_of"] for one in twice(cseq="2 INVITE")] == [None, 0]
    assert [one["copy_of"] for one in twice(cseq="2 INVITE", source="192.0.2.77:5060")] == [None, 0]


def test_the_same_octets_of_somebody_else_are_a_replay():
    for second in ({"call_id": "c2"}, {"from_": "<sip:mallory@example.com>;tag=m"}, {"from_": "<sip:alice@example.com>;tag=a2", "cseq": "2 INVITE"}):
        first, again = twice(**second)
        assert first["copy_of"] is None and again["copy_of"] is None
        assert "RFC3830-5.4-x02" in again["findings"] and again["ex"] == "reuse"


def test_who_had_got_them_sends_them_on():
    assert [one["copy_of"] for one in twice(call_id="c2", source=B)] == [None, 0]


def test_a_leg_of_tcp_is_between_addresses():
    units = [unit(sip("INVITE sip:bob@example.com SIP/2.0", sdp(AUDIO)), "192.0.2.1:40001", B, transport="tcp"),
             unit(sip("SIP/2.0 200 OK", sdp(AUDIO)), B, "192.0.2.1:40001", 0.1, transport="tcp"),
             unit(sip("BYE sip:bob@example.com SIP/2.0", cseq="2 BYE"), "192.0.2.1:40002", B, 0.2, transport="tcp")]
    assert judged(units)["calls"][0]["legs"] == 1
    assert judged([{**one, "transport": "udp"} for one in units])["calls"][0]["legs"] == 2


def test_the_called_is_the_request_uri_of_the_first_invite():
    units = [unit(sip("OPTIONS sip:proxy@example.com SIP/2.0", cseq="1 OPTIONS")), unit(sip("INVITE sip:carol@example.com SIP/2.0", cseq="2 INVITE"), time=0.1)]
    one = judged(units)["calls"][0]
    assert (one["caller"], one["called"]) == ("sip:alice@example.com", "sip:carol@example.com")


def test_calls_with_one_icid_value_are_linked():
    units = [unit(sip("INVITE sip:b@example.com SIP/2.0", headers=[f'P-Charging-Vector: icid-value="{icid}";icid-generated-at=192.0.2.9'], call_id=name), time=at)
             for name, icid, at in (("c1", "x1", 0.0), ("c2", "x1", 0.1), ("c3", "x2", 0.2))]
    assert [one["linked"] for one in judged(units)["calls"]] == [[1], [0], []]


# --- offers and answers (RFC 3264) --------------------------------------------------------------------------------------


def test_an_unanswered_transfer_init_with_f():
    assert rows(call(sdp(AUDIO, key()), sdp(AUDIO))) == [("RFC6043-4.2.2.2-04", 2)]
    assert rows(call(sdp(AUDIO, key()), sdp(AUDIO, key(RESP)))) == []


def test_nothing_is_accepted_by_a_refused_m_line():
    assert rows(call(sdp(AUDIO, key()), sdp("m=audio 0 RTP/SAVP 0"))) == []


def test_nothing_is_accepted_by_a_final_response_of_300_and_more():
    assert rows(call(sdp(AUDIO, key()), sdp(AUDIO), "486 Busy Here")) == []


def test_a_later_description_of_the_same_to_tag_is_not_looked_at():
    tagged = "<sip:bob@example.com>;tag=b"
    units = [unit(sip("INVITE sip:bob@example.com SIP/2.0", sdp(AUDIO))), unit(sip("SIP/2.0 183 Session Progress", sdp(AUDIO), to=tagged), B, A, 0.1),
             unit(sip("SIP/2.0 200 OK", sdp(AUDIO, "a=key-mgmt:mikey(x y"), to=tagged), B, A, 0.2)]
    assert rows(units) == []


def test_a_response_to_nothing_is_no_answer():
    units = [unit(sip("SIP/2.0 200 OK", sdp(AUDIO, "a=key-mgmt:mikey(x y"), cseq="1 OPTIONS"), B, A)]
    assert rows(units) == []


def test_a_transfer_init_in_an_answer():
    assert rows(call(sdp(AUDIO), sdp(AUDIO, key()))) == [("RFC4567-4.1.2-16", 2)]


def test_the_offer_of_a_200_is_answered_by_the_ack():
    tagged = "<sip:bob@example.com>;tag=b"
    units = [unit(sip("INVITE sip:bob@example.com SIP/2.0")), unit(sip("SIP/2.0 200 OK", sdp(AUDIO, key()), to=tagged), B, A, 0.1),
             unit(sip("ACK sip:bob@example.com SIP/2.0", sdp(AUDIO), cseq="1 ACK", to=tagged), time=0.2)]
    assert rows(units) == [("RFC6043-4.2.2.2-04", 3)]


def test_rekeying_with_another_protocol():
    tagged = "<sip:bob@example.com>;tag=b"
    again = unit(sip("INVITE sip:bob@example.com SIP/2.0", sdp(AUDIO, "a=key-mgmt:keyp1 AAAA"), cseq="2 INVITE", to=tagged))
    assert ("RFC4567-4.1.2-18", 4) in rows(call(sdp(AUDIO, key()), sdp(AUDIO, key(RESP)), more=[again]))
    turned = unit(sip("INVITE sip:alice@example.com SIP/2.0", sdp(AUDIO, "a=key-mgmt:keyp1 AAAA"), cseq="2 INVITE", from_=tagged, to="<sip:alice@example.com>;tag=a"), B, A)
    assert rows(call(sdp(AUDIO, key()), sdp(AUDIO, key(RESP)), more=[turned])) == []


def test_rekeying_without_key_management_is_no_other_protocol():
    again = unit(sip("INVITE sip:bob@example.com SIP/2.0", sdp(AUDIO), cseq="2 INVITE", to="<sip:bob@example.com>;tag=b"))
    assert rows(call(sdp(AUDIO, key()), sdp(AUDIO, key(RESP)), more=[again])) == []


# --- security to the access edge (TS 33.328 7.2.1, 7.3.1) ------------------------------------------------------------------


MSRP, TCP_MSRP = "m=message 2855 TCP/TLS/MSRP *", "m=message 2855 TCP/MSRP *"
PRINT = "a=fingerprint:sha-256 " + ":".join(["AB"] * 32)
ASKED, APPLIED = "a=3ge2ae:requested", "a=3ge2ae:applied"


@pytest.mark.parametrize("lines, wanted", (((MSRP, ASKED, PRINT), []), ((MSRP, ASKED), ["TS33328-7.2.1-02"]), ((PRINT, MSRP, ASKED), []), ((MSRP, APPLIED), ["TS33328-7.3.1-01"]),
                                           ((MSRP, "a=3ge2ae:Requested"), []), ((MSRP,), [])))
def test_an_indicated_m_line_has_a_fingerprint(lines, wanted):
    assert [row for row, _ in rows(call(sdp(*lines), status="486 Busy Here"))] == wanted


def test_the_answer_of_the_ue_has_a_fingerprint():
    assert rows(call(sdp(MSRP, APPLIED, PRINT), sdp(MSRP))) == [("TS33328-7.3.1-02", 2)]
    assert rows(call(sdp(MSRP, APPLIED, PRINT), sdp("m=message 0 TCP/TLS/MSRP *"))) == []


def on(offers, answers=None):
    """An INVITE over two legs, with a description each."""
    tagged = "<sip:bob@example.com>;tag=b"
    units = [unit(sip("INVITE sip:bob@example.com SIP/2.0", offers[0]), A, P, 0.0), unit(sip("INVITE sip:bob@example.com SIP/2.0", offers[1]), P, B, 0.1)]
    if answers:
        units += [unit(sip("SIP/2.0 200 OK", answers[1], to=tagged), B, P, 0.2), unit(sip("SIP/2.0 200 OK", answers[0], to=tagged), P, A, 0.3)]
    return units


@pytest.mark.parametrize("core, setting, broken", (((TCP_MSRP,), "plain", False), ((MSRP,), "plain", True), ((TCP_MSRP, PRINT), "plain", True), ((MSRP,), "tls", False),
                                                   ((MSRP, PRINT), "tls", True), ((MSRP, PRINT.replace("AB", "CD")), "tls", False)))
def test_how_the_offer_goes_on(core, setting, broken):
    units = on((sdp(MSRP, ASKED, PRINT), sdp(*core)))
    assert rows(units, settings={**FREE, "e2ae_core": setting}) == ([("TS33328-7.2.1-03", 2)] if broken else [])


def test_the_answer_for_the_ue():
    offers = (sdp(MSRP, ASKED, PRINT), sdp(TCP_MSRP))
    gateway = PRINT.replace("AB", "CD")
    assert rows(on(offers, (sdp(MSRP, gateway), sdp(TCP_MSRP)))) == []
    assert rows(on(offers, (sdp(TCP_MSRP, gateway), sdp(TCP_MSRP)))) == [("TS33328-7.2.1-05", 4)]
    assert rows(on(offers, (sdp(MSRP), sdp(TCP_MSRP)))) == [("TS33328-7.2.1-05", 4)]
    assert rows(on(offers, (sdp(MSRP, gateway), sdp(TCP_MSRP, gateway)))) == [("TS33328-7.2.1-05", 4)]


def test_the_answer_for_the_core():
    offers = (sdp(TCP_MSRP), sdp(MSRP, APPLIED, PRINT))
    ue = PRINT.replace("AB", "EF")
    assert rows(on(offers, (sdp(TCP_MSRP), sdp(MSRP, ue)))) == []
    assert rows(on(offers, (sdp(TCP_MSRP, ue), sdp(MSRP, ue)))) == [("TS33328-7.3.1-04", 4)]


def registered(client, server, address="192.0.2.1:5060"):
    more = {"call_id": "r1", "cseq": "1 REGISTER", "from_": "<sip:alice@example.com>;tag=r", "to": "<sip:alice@example.com>"}
    return [unit(sip("REGISTER sip:example.com SIP/2.0", headers=[f"Security-Client: {client}"], **more), address, P, -2.0),
            unit(sip("SIP/2.0 401 Unauthorized", headers=[f"Security-Server: {server}"], **more), P, address, -1.9),
            unit(sip("REGISTER sip:example.com SIP/2.0", headers=[f"Security-Client: {client}"], **{**more, "cseq": "2 REGISTER"}), address, P, -1.8),
            unit(sip("SIP/2.0 200 OK", **{**more, "cseq": "2 REGISTER"}), P, address, -1.7)]


def test_who_supports_it_asks_for_it():
    offer = call(sdp(MSRP, PRINT), status="486 Busy Here")
    agreed = registered("ipsec-3gpp, msrp-tls;mediasec", "msrp-tls;mediasec")
    assert rows(agreed + offer) == [("TS33328-7.2.1-01", 5)]
    assert rows(agreed[:2] + offer) == [], "a registration that did not come to an end is none"
    assert rows(registered("msrp-tls;mediasec", "ipsec-3gpp") + offer) == []
    assert rows(registered("msrp-tls", "msrp-tls") + offer) == []
    assert rows(registered("msrp-tls;mediasec", "msrp-tls;mediasec", "192.0.2.99:5060") + offer) == []


def test_a_registration_for_other_media_alone():
    offer = call(sdp(MSRP, ASKED, PRINT), status="486 Busy Here")
    assert rows(registered("sdes-srtp;mediasec", "ipsec-3gpp") + offer) == [], "7.1.2 NOTE 2: no prerequisite"
    assert rows(registered("ipsec-3gpp", "ipsec-3gpp") + offer) == []


def test_bfcp_is_judged_as_msrp_under_its_own_row():
    line = "m=application 2855 TCP/TLS/BFCP *"
    assert rows(call(sdp(line, ASKED), status="486 Busy Here")) == [("TS33328-G.2-01", 1)]
    assert ("TS33328-G.2-02", 1) in rows(call(sdp("m=application 2855 TCP/BFCP *", ASKED, PRINT), status="486 Busy Here"))


# --- people -----------------------------------------------------------------------------------------------------------


def subscribe(status, asserted=None, event="conference"):
    headers = [f"Event: {event}"] + ([f"P-Asserted-Identity: <{asserted}>"] if asserted else [])
    more = {"cseq": "1 SUBSCRIBE", "to": "<sip:conf@example.com>"}
    return [unit(sip("SUBSCRIBE sip:conf@example.com SIP/2.0", headers=headers, **more)), unit(sip(f"SIP/2.0 {status}", **more), B, A, 0.1)]


@pytest.mark.parametrize("units, broken", ((subscribe("200 OK"), False), (subscribe("200 OK", "sip:mallory@example.org"), True), (subscribe("403 Forbidden", "sip:mallory@example.org"), False),
                                           (subscribe("202 Accepted", "sip:mallory@example.org"), True), (subscribe("200 OK", "sip:mallory@example.org", "presence"), False),
                                           (subscribe("200 OK", "sip:alice:secret@EXAMPLE.com:5061"), False)))
def test_subscribers_of_a_conference(units, broken):
    assert rows(units, keys={"participants": ["alice@example.com"]}) == ([("TS33328-G.3.3-01", 2)] if broken else [])
    assert rows(units, keys={}) == []
    assert rows(units, keys={"participants": {"sip:other@example.com": []}}) == []


def test_the_request_uri_and_the_ticket():
    for uri, broken in (("sip:bob@example.com", False), ("tel:+12015550123", False)):
        units = call(sdp(AUDIO, key()), status="486 Busy Here", uri=uri)
        assert bool([row for row, _ in rows(units, profile="ims-media") if row == "TS33328-B.1-x01"]) == broken


# --- verdicts ---------------------------------------------------------------------------------------------------------


def test_verdicts():
    assert judged(call(sdp(PLAIN), sdp(PLAIN)))["verdict"] == "nothing_to_judge"
    assert judged(call(sdp(MSRP, PRINT), sdp(MSRP, PRINT)))["verdict"] == "conforms"
    assert judged(call(sdp(AUDIO, key()), sdp(AUDIO, key(RESP))), profile="ims-media")["verdict"] == "conforms"
    assert judged(call(sdp(AUDIO, key()), sdp(AUDIO)))["verdict"] == "fails"
    assert judged([])["verdict"] == "nothing_to_judge"


# --- HTTP ---------------------------------------------------------------------------------------------------------------


def posted(octets, status, between=True, client="192.0.2.1:50000"):
    """What is posted twice, and the status of the response to the first."""
    body = octets.decode("latin-1")
    ask = f"POST /kms HTTP/1.1\r\nContent-Type: application/mikey\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    kms = "203.0.113.9:80"
    answer = [unit(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n", kms, "192.0.2.1:50000", 0.1, "http", "tcp")] if between else []
    answer_of = judged([unit(ask, "192.0.2.1:50000", kms, 0.0, "http", "tcp"), *answer, unit(ask, client, kms, 0.2, "http", "tcp")])
    return [one["copy_of"] for one in answer_of["messages"]]


@pytest.mark.parametrize("more, copy_of", ((("401 Unauthorized",), 0), (("307 Temporary Redirect",), 0), (("503 Busy",), 0), (("200 OK",), None), (("401 Unauthorized", False), None),
                                           (("401 Unauthorized", True, "192.0.2.66:50000"), None), (("401 Unauthorized", True, "192.0.2.1:50007"), 0)))
def test_what_the_kms_did_not_take_is_posted_again(more, copy_of):
    assert posted(INIT, *more) == [None, copy_of]


@pytest.mark.parametrize("status, copy_of", (("401 Unauthorized", 0), ("200 OK", None)))
def test_an_interim_response_ends_no_exchange(status, copy_of):
    body, client, kms = INIT.decode("latin-1"), "192.0.2.1:50000", "203.0.113.9:80"
    ask = f"POST /kms HTTP/1.1\r\nContent-Type: application/mikey\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    said = [f"HTTP/1.1 {one}\r\n\r\n" for one in ("100 Continue", "103 Early Hints", status)]
    units = [unit(ask, client, kms, 0.0, "http", "tcp"), *(unit(one, kms, client, 0.1 + number / 10, "http", "tcp") for number, one in enumerate(said)),
             unit(ask, client, kms, 0.5, "http", "tcp")]
    assert [one["copy_of"] for one in judged(units)["messages"]] == [None, copy_of]
