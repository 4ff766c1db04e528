"""What SIP and SDP carry, from UDP packets made by hand."""
import pytest

import packets as p


@pytest.fixture
def look(check):
    def call(*messages, profile="ims-media", more=()):
        return check(p.pcap([p.ethernet(p.ipv4(p.udp(message))) for message in messages]), profile, *more)
    return call


def test_levels(look, init):
    _, result = look(p.invite(p.sdp(media=init)), p.invite(p.sdp(session=init, media=init), call_id="2@example.com"))
    assert [(m["level"], m["m_line"], m["m_lines"], m["copy_of"]) for m in result["messages"]] == [
        ("media", 0, ["rtp"], None), ("session", None, [], None), ("media", 0, ["rtp"], None)]
    assert [m["frame"] for m in result["messages"]] == [1, 2, 2]
    assert [finding["id"] for finding in result["findings"]] == ["RFC4567-4.1.2-15"]  # no m-line is left to the session level


def test_m_lines_only_where_the_profile_uses_them(look, init):
    offer = p.invite(p.sdp(session=init) + "m=video 49172 RTP/SAVP 31\r\n")
    code, result = look(offer)
    assert code == 1
    assert {finding["id"] for finding in result["messages"][0]["findings"]} == {"RFC4567-7.1-04"}
    code, result = look(offer, profile="rfc6043")
    assert code == 0


def test_profile_is_chosen_by_what_carries_the_messages(look, init):
    assert look(p.invite(p.sdp(session=init)), profile="auto")[1]["messages"][0]["profile"] == "ims-media"
    tls = p.sdp(session=init).replace("m=audio 49170 RTP/SAVP 0", "m=message 49170 TCP/TLS/MSRP *")
    assert look(p.invite(tls), profile="auto")[1]["messages"][0]["profile"] == "ims-msrp-tls"


def test_parse_error(look, init):
    code, result = look(p.invite(p.sdp(session=init[:100])))
    message = result["messages"][0]
    assert code == 1 and not message["conforms"] and message["conversation"] is None
    assert message["error"]["status"] == "truncated" and message["receives"] == "reject"
    assert message["octets"] == init[:100].hex()


def test_bad_base64(look, init):
    good = p.invite(p.sdp(session=init), length=False)
    code, result = look(good.replace(b"key-mgmt:mikey ", b"key-mgmt:mikey ????"))
    assert code == 1
    found = [finding["id"] for finding in result["findings"]]
    assert "RFC4567-3-01" in found and result["messages"][0]["error"]["status"] == "bad_base64"


def test_multipart(look, init):
    body = ("--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b\r\nContent-Type: application/sdp\r\n\r\n"
            + p.sdp(session=init) + "\r\n--b--\r\n")
    code, result = look(p.invite(body, 'multipart/mixed;boundary="b"'))
    assert code == 0 and result["messages"][0]["octets"] == init.hex()


def test_other_sip_is_counted(look, init):
    offer = p.invite(p.sdp(session=init))
    bye = f"BYE sip:bob@example.com SIP/2.0\r\n{p.signalling('5@example.com', '1 BYE')}Content-Length: 0\r\n\r\n".encode()
    code, result = look(bye, p.invite("hello", "text/plain"), p.invite(p.sdp(), call_id="2@example.com"), offer[:-10],
                        p.invite(p.sdp(session=init), more="Content-Length: x\r\n", call_id="3@example.com"))
    assert code == 10 and result["messages"] == []
    counts = result["summary"]["units"]
    assert (counts["sip"], counts["bad_sip"] + counts["incomplete"]) == (3, 2)


def test_text_of_others_is_made_safe(run, init, tmp_path):
    offer = p.invite(p.sdp(session=init)).replace(b"sip:bob@example.com", "sip:bob@example.com;x=\u202e\ufffe\uffff\u009b31m".encode())
    capture = tmp_path / "escape.pcap"
    capture.write_bytes(p.pcap([p.ethernet(p.ipv4(p.udp(offer)))]))
    for arguments in ((), ("--output", "json"), ("--output", "junit"), ("--output", "html")):
        outcome = run(capture, *arguments)
        text = outcome.out.decode("utf-8")
        assert "junit" in arguments or "example.com;x=" in text
        assert not any(character in text for character in "\u202e\u009b\x1b\ufffe\uffff")
