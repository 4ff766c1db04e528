"""`ticketgate pcap replay`: to the library, to implementations, to a live KMS; SIP is in test_pcap_replay_sip.py."""
import json
import re
import sys
import time

import pytest

from conftest import ROOT, call
from kms_process import running
from replaying import NOW, SECRET, fresh, keyed, made, replay  # noqa: F401 (a fixture)

# ---- the library -----------------------------------------------------------------------------------------------


def test_unchanged_it_is_what_was_captured(made):
    code, lines, summary, _ = replay(made, "library", *keyed(made))
    assert code == 0
    assert [line["what"].split(",")[0] for line in lines] == ["REQUEST_INIT_PSK", "REQUEST_RESP", "TRANSFER_INIT", "RESOLVE_INIT_PSK",
                                                              "RESOLVE_RESP", "TRANSFER_RESP"]
    for line in lines:
        assert line["sent"] == line["was"] and line["sealed"] == "" and line["captured"] == line["got"]
        assert "auth ok" in line["got"]
    assert summary == {"items": 6, "replayed": 6, "same": 6, "differs": 0, "silent": 0, "sent": 0, "gaps_cut": 0}


def test_fresh_messages_are_authentic(made):
    code, lines, _, _ = replay(made, "library", *fresh(made))
    assert code == 0 and len(lines) == 6
    for line in lines:
        was, sent = bytes.fromhex(line["was"]), bytes.fromhex(line["sent"])
        assert len(was) == len(sent) and was != sent and line["sealed"] == "sealed"
        assert was[:4] == sent[:4] and was[4:8] != sent[4:8], "CSB ID is new, the rest of HDR is not"
        assert "auth ok" in line["got"] and "fail" not in line["got"]
    messages = {line["what"]: bytes.fromhex(line["sent"]) for line in lines}
    request, response = messages["REQUEST_INIT_PSK, request"], messages["REQUEST_RESP, request"]
    stamp = (NOW + 2208988800).to_bytes(4, "big")
    assert request[12:20] == stamp + bytes(4), "T"
    assert response[12:16] == stamp and response[12:20] >= request[12:20], "a response is no earlier"
    assert request[4:8] == response[4:8]
    assert messages["TRANSFER_INIT, transfer"][4:8] == messages["TRANSFER_RESP, transfer"][4:8]
    again = replay(made, "library", *fresh(made))[1]
    assert [line["sent"] for line in again] == [line["sent"] for line in lines], "the same secret and time"
    other = replay(made, "library", *keyed(made), "--fresh", "--now", NOW)[1]
    assert all(a["sent"] != b["sent"] for a, b in zip(other, lines))


def payloads_of(octets):
    """{name and role: value} of the times and RANDs of a message, in its ticket too."""
    found = {}

    def look(payloads, within=""):
        for payload in payloads:
            for name in ("ts_value", "rand"):
                if name in payload:
                    found[within, payload["payload"], payload.get("ts_role", payload.get("rand_role"))] = payload[name]
            for name in ("tp_data", "ticket_data"):
                if isinstance(payload.get(name), list):
                    look(payload[name], name)
    look(json.loads(call("decode", "--output", "json", "-", stdin=octets.hex().encode()).out)["message"]["payloads"])
    return found


INITIATOR, RESPONDER, KMS = 1, 2, 3  # RAND roles
START, END = 2, 3  # timestamp roles, of validity


def test_what_is_fresh(made):
    """RANDs of the two ends are others in each message, those of the KMS and in tickets stay; validity moves along with the first T."""
    lines = replay(made, "library", *fresh(made))[1]
    seen, shifts = set(), set()
    for line in lines:
        was, sent = (payloads_of(bytes.fromhex(line[which])) for which in ("was", "sent"))
        assert was.keys() == sent.keys()
        for within, payload, role in was:
            is_same = was[within, payload, role] == sent[within, payload, role]
            seen.add((within, payload, role))
            if payload == "RANDR" and not within:
                assert is_same == (role == KMS), (line["what"], role)
            elif payload == "RAND":
                assert is_same and within == "ticket_data"
        shifts |= {int(sent[one][:8], 16) - int(was[one][:8], 16) for one in was if one[0] == "tp_data" and one[1] == "TR"}
    first = [int(payloads_of(bytes.fromhex(lines[0][which]))["", "T", None][:8], 16) for which in ("was", "sent")]
    assert shifts == {first[1] - first[0]} and first[1] > first[0]
    assert {("", "RANDR", INITIATOR), ("", "RANDR", RESPONDER), ("", "RANDR", KMS), ("tp_data", "TR", START), ("tp_data", "TR", END)} <= seen


def test_fresh_messages_verify_elsewhere(made, tmp_path):
    """Judged by `verify` as a conversation of its own, at the time that was written."""
    lines = replay(made, "library", *fresh(made))[1]
    conversation = json.loads((made / "known.json").read_text())
    conversation["now"] = ((NOW + 2208988800) << 32).to_bytes(8, "big").hex()
    senders = ["I", "K", "I", "R", "K", "R"]
    conversation["messages"] = [{"ex": line["what"].split(", ")[1], "from": sender, "hex": line["sent"]}
                                for line, sender in zip(lines, senders)]
    path = tmp_path / "fresh.json"
    path.write_text(json.dumps(conversation))
    done = call("verify", "--output", "json", path)
    assert done.code == 0, done.out
    answer = json.loads(done.out)
    assert answer["verdict"] == "accept" and all(message["auth"] == "ok" for message in answer["messages"])


def test_fresh_needs_keys(made):
    code, lines, _, err = replay(made, "library", "--fresh")
    assert (code, lines) == (4, [])
    assert "--fresh needs --keys: a message with another timestamp needs another MAC" in err


@pytest.mark.parametrize("options, numbers", [
    (["--from", "R"], ["RESOLVE_INIT_PSK", "TRANSFER_RESP"]),
    (["--from", "K"], ["REQUEST_RESP", "RESOLVE_RESP"]),
    (["--message", "2"], ["TRANSFER_INIT"]),
    (["--message", "0", "--message", "4"], ["REQUEST_INIT_PSK", "RESOLVE_RESP"]),
    (["--call", "0"], ["TRANSFER_INIT", "TRANSFER_RESP"]),
    (["--conversation", "0", "--from", "I"], ["REQUEST_INIT_PSK", "TRANSFER_INIT"]),
])
def test_choosing(made, options, numbers):
    code, lines, _, _ = replay(made, "library", *options)
    assert code == 0
    assert [line["what"].split(",")[0] for line in lines] == numbers


def test_nothing_to_replay(made):
    assert replay(made, "library", "--message", "17")[0] == 5
    assert replay(made, "udp:127.0.0.1:9", "--call", "17")[0] == 5


@pytest.mark.parametrize("options, says", [
    ([], "--to TARGET is wanted"),
    (["--to", "nowhere"], "library, iut:"),
    (["--to", "udp:example.org:5060"], "in numbers or localhost"),
    (["--to", "udp:127.0.0.1:0"], "in numbers or localhost"),
    (["--to", "http://example.org/x"], "in numbers or localhost"),
    (["--to", "library", "--timing", "0"], "a factor from"),
    (["--to", "library", "--timing", "x"], "a factor from"),
    (["--to", "library", "--now", "5"], "the time that --fresh writes"),
    (["--to", "library", "--call", "-1"], "a number, from 0"),
    (["--to", "udp:127.0.0.1:5060", "--from", "K"], "not spoken to over SIP"),
    (["--to", "http://127.0.0.1:80", "--from", "K"], "is not sent"),
])
def test_usage(made, options, says):
    done = call("pcap", "replay", *options, made / "call.pcap")
    assert done.code == 4 and done.out == b""
    assert says in done.err


@pytest.mark.parametrize("to", ["udp:192.0.2.1:5060", "tcp:192.0.2.1:5060", "http://192.0.2.1:8080", "http://[2001:db8::1]:8080/x",
                                "http://127.0.0.1:80@192.0.2.1/"])
def test_no_remote_address(made, to):
    code, lines, _, err = replay(made, to)
    assert (code, lines) == (4, [])
    assert "--allow-remote" in err or "in numbers" in err


def test_schedule_of_the_capture(made):
    """What is told of the times, without waiting for them: a million times faster."""
    frames = json.loads("[" + ",".join(call("pcap", "list", "--output", "json", made / "call.pcap").out.decode().splitlines()) + "]")
    times = [message["time"] for message in frames if "frame" in message and "octets" in message]
    lines = replay(made, "library", "--timing", "1000000")[1]
    assert len(times) == len(lines)
    assert [line["at"] for line in lines] == sorted(line["at"] for line in lines)
    assert lines[0]["at"] == 0 and lines[-1]["at"] < 0.01


def test_text(made):
    done = call("pcap", "replay", "--to", "library", *fresh(made), made / "call.pcap")
    text = done.out.decode()
    assert re.search(r"fresh: \d+ of \d+ octets are new, sealed", text)
    assert "6 of 6 replayed" in text


# ---- implementations -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("to", ["iut:reference", f"iut:{sys.executable} {ROOT / 'vectors' / 'iut'}"])
def test_implementations_agree(made, to):
    for options in ([], fresh(made)):
        code, lines, summary, err = replay(made, to, *options)
        assert code == 0, (lines, err)
        assert summary["same"] == 6
        assert all(line["got"].startswith("decode: accept") for line in lines)


def test_an_implementation_that_differs(made, tmp_path):
    adapter = tmp_path / "adapter.py"
    adapter.write_text("""import json, sys
for line in sys.stdin:
    call = json.loads(line)
    answer = {"id": call["id"], "outcome": "accepted"}
    if call["op"] == "hello":
        answer = {"id": call["id"], "name": "no", "release": "1", "roles": [], "profiles": ["*"], "can": ["decode", "check"]}
    elif call["op"] == "decode" and call["message"][2:4] == "10":
        answer = {"id": call["id"], "outcome": "rejected", "error": "parse"}
    elif call["op"] == "decode" and call["message"][2:4] == "12":
        sys.exit(7)
    elif call["op"] == "bye":
        break
    print(json.dumps(answer), flush=True)
""")
    code, lines, summary, _ = replay(made, f"iut:{sys.executable} {adapter}")
    assert code == 1
    kinds = {line["what"].split(",")[0]: line for line in lines}
    assert kinds["REQUEST_INIT_PSK"]["outcome"] == "same"
    assert kinds["RESOLVE_INIT_PSK"]["outcome"] == "differs" and "decode: reject, parse" in kinds["RESOLVE_INIT_PSK"]["got"]
    assert kinds["RESOLVE_RESP"]["outcome"] == "differs" and "died" in kinds["RESOLVE_RESP"]["got"]
    assert summary["differs"] == 2


def test_an_implementation_that_is_not_there(made):
    code, lines, _, err = replay(made, "iut:/no/such/implementation")
    assert (code, lines) == (10, []) and "/no/such/implementation" in err


# ---- a live KMS ------------------------------------------------------------------------------------------------


def test_a_kms_refuses_what_is_stale_and_answers_what_is_fresh(made, tmp_path):
    with running(tmp_path, "--known", made / "known.json") as kms:
        url = f"http://127.0.0.1:{kms.port}"
        code, lines, _, _ = replay(made, url, *keyed(made), "--from", "I")
        assert code == 1 and len(lines) == 1
        assert lines[0]["outcome"] == "differs" and bytes.fromhex(lines[0]["answer"])[1] == 6, "an Error"
        code, lines, _, _ = replay(made, url, *keyed(made), "--fresh", "--from", "I")
        assert code == 0, lines
        assert lines[0]["what"].startswith("REQUEST_INIT_PSK to http://127.0.0.1") and "ticketrequest" in lines[0]["what"]
        assert bytes.fromhex(lines[0]["answer"])[1] == 13, "REQUEST_RESP"
        assert "status 200, REQUEST_RESP, auth ok, ticket_auth ok, kemac ok" in lines[0]["got"]
        code, lines, summary, _ = replay(made, url, *keyed(made), "--fresh")
        assert code == 0 and summary["same"] == 2, lines
        assert "ticketresolve" in lines[1]["what"] and "RESOLVE_RESP, auth ok, kemac ok" in lines[1]["got"]
        # Once more the same octets: a replay.
        same = ["--from", "I", "--fresh", "--now", int(time.time()), "--secret", SECRET]
        assert replay(made, url, *keyed(made), *same)[0] == 0
        code, lines, _, _ = replay(made, url, *keyed(made), *same)
        assert code == 1 and bytes.fromhex(lines[0]["answer"])[1] == 6


def test_a_path_of_ones_own(made, tmp_path):
    with running(tmp_path, "--known", made / "known.json", "--path", "/other") as kms:
        options = [*keyed(made), "--fresh", "--from", "I"]
        assert replay(made, f"http://127.0.0.1:{kms.port}", *options)[0] == 1, "404"
        assert replay(made, f"http://127.0.0.1:{kms.port}/other", *options)[0] == 0


# ---- captures --------------------------------------------------------------------------------------------------


def test_a_capture_that_is_none(made, tmp_path):
    (made / "none.pcap").write_bytes(b"no capture")
    assert replay(made, "library", capture="none.pcap")[0] == 4
    data = (made / "call.pcap").read_bytes()
    (made / "cut.pcap").write_bytes(data[:-10])  # within the ACK
    code, lines, _, err = replay(made, "library", capture="cut.pcap")
    assert code == 0 and len(lines) == 6 and "what could be read is replayed" in err


def test_more_than_memory_allows(made):
    data = call("converse", "--seed", "many", "--count", "3000", "--output", "pcap").out
    (made / "many.pcap").write_bytes(data)
    code, lines, _, err = replay(made, "library", "--memory", "8M", capture="many.pcap")
    assert (code, lines) == (4, []) and "--memory" in err


TRACES = sorted((ROOT / "pcaps" / "traces").rglob("*.pcap"))
KEYED = [trace for trace in TRACES if trace.with_suffix(".keys.json").exists()]


def replay_trace(trace, *options):
    done = call("pcap", "replay", "--to", "library", "--output", "json", *options, trace)
    assert done.code in (0, 5), (trace, done.out, done.err)
    return [json.loads(line) for line in done.out.splitlines()][:-1]


@pytest.mark.parametrize("trace", TRACES[::6], ids=lambda trace: trace.stem)
def test_recorded_traces(trace):
    for line in replay_trace(trace):
        assert line["captured"] == line["got"]


@pytest.mark.parametrize("trace", KEYED, ids=lambda trace: trace.stem)
def test_recorded_traces_made_fresh(trace):
    """Worth what they were: what was authentic is, what was not is not, and breaks the same rows. Immediate messages keep what their containers need."""
    for line in replay_trace(trace, "--keys", trace.with_suffix(".keys.json"), "--fresh"):
        was, sent = bytes.fromhex(line["was"]), bytes.fromhex(line["sent"])
        assert len(was) == len(sent)
        if line["sealed"] == "sealed":
            assert was != sent and "auth ok" in line["got"]
            assert (was[4:8] == sent[4:8]) == ("messages" in trace.parts or "loss-message" in trace.stem), "CSB ID"
