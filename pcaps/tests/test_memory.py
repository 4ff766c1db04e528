"""More calls than memory is given for: what is found is the same in every run, and what is sent again after a refusal is no replay."""
import struct

import pytest

import packets

CALLS = 3000


def answer(call_id, cseq, status):
    return (f"SIP/2.0 {status} No\r\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK{call_id}\r\nFrom: <sip:alice@example.com>;tag=1\r\n"
            f"To: <sip:bob@example.com>;tag=2\r\nCall-ID: {call_id}\r\nCSeq: {cseq}\r\nContent-Length: 0\r\n\r\n").encode("ascii")


def with_csb(octets, number):
    """Another message of the same form: the CSB ID stands behind version, data type, next payload and flags (RFC 3830 6.1)."""
    return octets[:4] + struct.pack(">I", number) + octets[8:]


def one_call(number, octets, status, cseq="1 INVITE"):
    call_id = f"{number}@example.com"
    request = packets.invite(packets.sdp(media=octets), call_id=call_id).replace(b"CSeq: 1 INVITE", f"CSeq: {cseq}".encode("ascii"))
    request = request.replace(b"branch=z9hG4bK", b"branch=z9hG4bK" + cseq[:1].encode("ascii"))
    return [packets.ipv4(packets.udp(request)), packets.ipv4(packets.udp(answer(call_id, cseq, status), 5070, 5060), "192.0.2.2", "192.0.2.1")]


@pytest.fixture(scope="module")
def capture(init, tmp_path_factory):
    """A call that is refused with 401, many that end, and the first once more with the same octets (RFC 3261 22.2)."""
    frames = one_call(0, with_csb(init, 1), 401)
    for number in range(1, CALLS):
        frames += one_call(number, with_csb(init, number + 1), 486)
    frames += one_call(0, with_csb(init, 1), 486, "2 INVITE")
    path = tmp_path_factory.mktemp("memory") / "calls.pcap"
    path.write_bytes(packets.pcap(frames, packets.RAW))
    return path


def test_the_same_in_every_run(run, capture):
    outcomes = {(outcome.code, outcome.out.decode()) for outcome in (run("--memory", "8M", capture) for _ in range(4))}
    assert len(outcomes) == 1
    code, out = outcomes.pop()
    assert f"{CALLS + 1} MIKEY messages" in out and code in (0, 1, 10)


@pytest.mark.parametrize("memory", ("8M", "20M", "500M"))
def test_what_is_sent_again_after_a_refusal_is_no_replay(run, capture, memory):
    out = run("--memory", memory, capture).out.decode()
    assert f"{CALLS + 1} MIKEY messages" in out and "RFC3830-5.4-x02" not in out
