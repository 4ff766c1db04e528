"""ticketgate converse --output sip, and MESSAGEs in captures: read with Python's email package and tshark, and judged by smime check."""
import email
import email.policy
import json
import shutil
import subprocess

import pytest

WAYS = [(), ("--reuse", 2), ("--mode", 3), ("--suite", "256"), ("--suite", "128-kw"), ("--set", "smime_encoding=binary"),
        ("--set", "smime_key_id=csb_cs", "--set", "smime_type=auth-enveloped-data")]


def split(octets):
    """[(start line, head and body of a request)] of a stream."""
    requests = []
    while octets:
        head, octets = octets.split(b"\r\n\r\n", 1)
        start, fields = head.split(b"\r\n", 1)
        length = int(email.message_from_bytes(fields + b"\r\n\r\n")["Content-Length"])
        assert length <= len(octets)
        requests.append((start.decode(), head + b"\r\n\r\n" + octets[:length]))
        octets = octets[length:]
    return requests


def parts_of(request):
    parsed = email.message_from_bytes(request.split(b"\r\n", 1)[1], policy=email.policy.SMTP)
    assert parsed.get_content_type() == "multipart/mixed" and not parsed.defects
    return list(parsed.iter_parts())


def conversation_of(run, *options):
    return json.loads(run("converse", "--profile", "ims-message", "--output", "json", *options).out)


def transfers_of(conversation):
    return [n for n, message in enumerate(conversation["messages"]) if message["hex"][2:4] == "0e"]


def settings_of(way):
    return [word for word in way if word == "--set" or "=" in str(word)]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: " ".join(map(str, way)) or "plain")
def test_messages(run, tmp_path, way):
    outcome = run("converse", "--profile", "ims-message", "--output", "sip", *way)
    assert outcome.code == 0 and not outcome.err
    assert outcome.out == run("converse", "--profile", "ims-message", "--output", "sip", *way).out
    conversation = conversation_of(run, *way)
    requests, places = split(outcome.out), transfers_of(conversation)
    assert len(requests) == len(places) == (3 if "--reuse" in way else 1)
    for (start, request), place in zip(requests, places, strict=True):
        assert start == "MESSAGE sip:bob@example.com SIP/2.0"
        assert b"protects this message" not in request
        mikey, container = parts_of(request)
        assert mikey.get_content_type() == "application/mikey"
        assert mikey.get_payload(decode=True).hex() == conversation["messages"][place]["hex"]
        assert container.get_content_type() == "application/pkcs7-mime"
        # With the keys of the conversation it opens, and shows who has made it.
        known = json.loads(json.dumps(conversation))
        known["messages"][place]["hex"] = None
        (tmp_path / "known.json").write_text(json.dumps(known))
        (tmp_path / "message.sip").write_bytes(request)
        judged = run("smime", "check", "--output", "json", "--conversation", tmp_path / "known.json", *settings_of(way),
                     tmp_path / "message.sip")
        answer = json.loads(judged.out)
        assert judged.code == 0, judged.out
        assert answer["verdict"] == "accept" and answer["outcome"] == "opened" and answer["origin"] == "proven"
        assert answer["sender"] == "alice@example.com"
        # A key of 256 bits and a content key of 128 is no finding; neither is anything else.
        assert answer["findings"] == []
        content = bytes.fromhex(answer["content"])
        assert content.startswith(b"Content-Type: text/plain; charset=UTF-8\r\n\r\n") and b"protects this message.\r\n" in content


def test_bodies_of_two_messages_swapped(run, tmp_path):
    """The container of the other message does not open, and proves nothing."""
    conversation = conversation_of(run, "--reuse", 1)
    places = transfers_of(conversation)
    (_, first), (_, second) = split(run("converse", "--profile", "ims-message", "--output", "sip", "--reuse", 1).out)
    containers = [parts_of(request)[1].get_payload().strip().encode() for request in (first, second)]
    assert first.count(containers[0]) == 1 and len(containers[0]) == len(containers[1])
    conversation["messages"][places[0]]["hex"] = None
    (tmp_path / "known.json").write_text(json.dumps(conversation))
    (tmp_path / "message.sip").write_bytes(first.replace(containers[0], containers[1]))
    judged = run("smime", "check", "--output", "json", "--conversation", tmp_path / "known.json", tmp_path / "message.sip")
    answer = json.loads(judged.out)
    assert judged.code == 1 and answer["outcome"] == "failed" and answer["origin"] == "not_proven"
    assert set(answer["findings"]) == {"RFC5083-2.2-x01", "TS33328-F.3-14"} and answer["content"] is None


@pytest.mark.parametrize("setting, code", [("should", 0), ("must", 1)])
def test_another_request_uri(run, tmp_path, setting, code):
    octets = run("converse", "--profile", "ims-message", "--output", "sip").out
    (tmp_path / "message.sip").write_bytes(octets.replace(b"MESSAGE sip:bob@example.com", b"MESSAGE sip:example.com", 1))
    judged = run("smime", "check", "--output", "json", "--set", f"request_uri={setting}", tmp_path / "message.sip")
    assert judged.code == code and json.loads(judged.out)["findings"] == ["TS33328-F.3-13"]


def test_what_protects_nothing_goes_alone(run):
    """A TRANSFER_INIT that is wrong has no keys: it is sent as it is."""
    outcome = run("converse", "--profile", "ims-message", "--mode", 1, "--deviation", "transfer-mac", "--output", "sip")
    (start, request), = split(outcome.out)
    assert start.startswith("MESSAGE ")
    conversation = json.loads(run("converse", "--profile", "ims-message", "--mode", 1, "--deviation", "transfer-mac").out)
    assert b"Content-Type: application/mikey\r\n" in request
    assert request.split(b"\r\n\r\n", 1)[1].hex() in [message["hex"] for message in conversation["messages"]]


@pytest.mark.parametrize("options", [(), ("--profile", "ims-media"), ("--profile", "ims-message", "--error", "request")])
def test_no_message(run, options):
    outcome = run("converse", "--output", "sip", *options)
    assert outcome.code == 1 and outcome.out == b""
    assert outcome.err.count("\n") == 1 and "no Ticket Transfer for a message" in outcome.err


@pytest.mark.skipif(not shutil.which("tshark"), reason="tshark is not at hand")
def test_captures_for_a_sniffer(run, tmp_path):
    """In binary: tshark 4.0 takes base64 in SIP for the object itself."""
    outcome = run("converse", "--profile", "ims-message", "--set", "smime_encoding=binary", "--reuse", 1, "--count", 2, "--output", "pcap")
    assert outcome.code == 0 and not outcome.err
    path = tmp_path / "messages.pcap"
    path.write_bytes(outcome.out)

    def tshark(*options):
        return subprocess.run(["tshark", "-r", path, "-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE", *options],
                              capture_output=True, text=True, timeout=120, check=True).stdout.splitlines()

    assert tshark("-Y", "ip.checksum.status == 0 || tcp.checksum.status == 0 || tcp.analysis.flags || _ws.malformed") == []
    assert len(tshark("-Y", "sip.Method == MESSAGE")) == 4 and len(tshark("-Y", "sip.Status-Code == 200")) == 4
    assert tshark("-Y", "sip.Method == INVITE") == []
    assert tshark("-Y", "sip.Method == MESSAGE", "-T", "fields", "-e", "cms.contentType") == ["1.2.840.113549.1.9.16.1.23"] * 4
    assert tshark("-Y", "udp") == []


def test_a_refusal_in_a_capture(run):
    """The Error about a TRANSFER_INIT comes with the answer."""
    outcome = run("converse", "--profile", "ims-message", "--error", "transfer", "--output", "pcap")
    assert outcome.code == 0
    assert b"SIP/2.0 488 Not Acceptable Here\r\n" in outcome.out and outcome.out.count(b"MESSAGE sip:bob@example.com SIP/2.0") == 1
    error = conversation_of(run, "--error", "transfer")["messages"][-1]["hex"]
    assert error[2:4] == "06" and bytes.fromhex(error) in outcome.out
