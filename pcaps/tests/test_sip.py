"""What SIP and SDP carry, from UDP packets made by hand."""
import pytest

import packets as p


@pytest.fixture
def look(check):
    def call(*messages, profile="ims-media", more=()):
        return check(p.pcap([p.ethernet(p.ipv4(p.udp(message))) for message in messages]), profile, *more)
    return call


def test_levels(look, init):
    code, result = look(p.invite(p.sdp(media=init)), p.invite(p.sdp(session=init, media=init)))
    assert code == 1  # in the second, no m-line is left to the session level
    assert [(m["level"], m["m_line"], m["m_lines"], m["conforms"]) for m in result["messages"]] == [
        ("media", 0, ["rtp"], True), ("session", None, [], False), ("media", 0, ["rtp"], True)]
    assert [m["frame"] for m in result["messages"]] == [1, 2, 2]


def test_m_lines_only_where_the_profile_uses_them(look, init):
    offer = p.invite(p.sdp(session=init) + "m=video 49172 RTP/SAVP 31\r\n")
    code, result = look(offer)
    assert code == 1
    assert [finding["id"] for finding in result["messages"][0]["findings"]] == ["RFC4567-7.1-04"]
    code, result = look(offer, profile="rfc6043")
    assert code == 0


def test_exchange_option(look, vectors):
    update = bytes.fromhex(vectors["tgv-9b2ba02a"]["message"])
    code, _ = look(p.invite(p.sdp(session=update)), more=("--exchange", "update"))
    assert code == 0
    code, _ = look(p.invite(p.sdp(session=update)))
    assert code == 1


def test_parse_error(look, init):
    code, result = look(p.invite(p.sdp(session=init[:100])))
    message = result["messages"][0]
    assert code == 1 and not message["conforms"] and message["findings"] == []
    assert message["error"]["status"] == "truncated" and message["receives"] == "reject"
    assert message["octets"] == init[:100].hex()


def test_bad_base64(look, init):
    good = p.invite(p.sdp(session=init), length=False)
    code, result = look(good.replace(b"key-mgmt:mikey ", b"key-mgmt:mikey ????"))
    assert code == 1
    assert result["messages"][0]["error"]["status"] == "bad_base64"
    assert result["messages"][0]["data_type"] is None
    code, result = look(good.replace(b"key-mgmt:mikey ", b"key-mgmt:mikey"))
    assert code == 5 and result["summary"]["sip_messages"]["without_mikey"] == 1


def test_empty_attribute(look):
    code, result = look(p.invite(p.sdp() + "a=key-mgmt:mikey\r\n"))
    assert code == 1
    error = result["messages"][0]["error"]
    assert (error["status"], error["offset"], error["path"]) == ("truncated", 0, "hdr.version")


def test_multipart(look, init):
    body = ("--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b\r\nContent-Type: application/sdp\r\n\r\n"
            + p.sdp(session=init) + "\r\n--b--\r\n")
    code, result = look(p.invite(body, 'multipart/mixed;boundary="b"'))
    assert code == 0 and result["messages"][0]["octets"] == init.hex()


def test_other_sip_is_counted(look, init):
    offer = p.invite(p.sdp(session=init))
    code, result = look(
        b"BYE sip:bob@example.com SIP/2.0\r\nContent-Length: 0\r\n\r\n", p.invite("hello", "text/plain"),
        p.invite(p.sdp()), p.invite("v=0\r\n"), offer[:-10],
        p.invite(p.sdp(session=init), more="Content-Length: x\r\n"), p.invite(p.sdp() + "a=x\r\n" * 2000))
    assert code == 5
    counts = result["summary"]["sip_messages"]
    assert counts == {"with_mikey": 0, "without_sdp": 2, "without_mikey": 1, "bad_sip": 1, "bad_sdp": 1,
                      "too_large": 1, "incomplete": 1}


def test_text_of_others_is_made_safe(run, init, tmp_path):
    offer = p.invite(p.sdp(session=init)).replace(b"sip:bob@example.com", b"sip:bob@example.com;x=\x1b[31m")
    capture = tmp_path / "escape.pcap"
    capture.write_bytes(p.pcap([p.ethernet(p.ipv4(p.udp(offer)))]))
    outcome = run(capture, "--profile", "ims-media")
    assert outcome.code == 0 and b"\x1b" not in outcome.out and b";x=?[31m" in outcome.out
