"""Transcripts of `ticketgate tls`, and `tls check`, which judges them."""
import json
import os
import stat

import pytest

from conftest import ROOT, call
from tls_process import OTHER_TEK, TEK, both, connect, serving, without_key

DATA = ROOT / "vectors" / "data" / "tls"
GCM = "TLS_PSK_WITH_AES_128_GCM_SHA256"


# ---- transcripts -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [(), ("--dtls",)], ids=["tls", "dtls"])
def test_a_transcript_is_judged_as_the_session_was(tmp_path, options):
    file = tmp_path / "transcript.jsonl"
    (code, server), _ = both(tmp_path, *options, server_options=("--transcript", file))
    assert code == 0 and stat.S_IMODE(os.stat(file).st_mode) == 0o600
    without_key(file.read_bytes())
    ask = json.loads(file.read_text())
    assert (ask["tek"], ask["transport"]) == (None, "dtls" if options else "tls")
    checked = call("tls", "check", "--tek", TEK, "--output", "json", file)
    assert (checked.code, json.loads(checked.out)) == (0, server["sessions"][0]["answer"])
    unknown = json.loads(call("tls", "check", "--output", "json", file).out)
    assert (unknown["client"], unknown["server"], unknown["verdict"]) == ("not_tried", "not_tried", "accept")
    wrong = call("tls", "check", "--tek", OTHER_TEK, "--output", "json", file)
    assert wrong.code == 1 and json.loads(wrong.out)["client"] == "failed"


def test_a_transcript_with_its_key(tmp_path):
    file = tmp_path / "transcript.jsonl"
    with serving(tmp_path, "--echo", "--sessions", "2", "--transcript", file, "--show-keys") as server:
        assert connect(server.address, "--sessions", 2, "--send", "x", "--receive", 1)[0] == 0
        assert server.report()[0] == 0
    assert [json.loads(line)["tek"] for line in file.read_text().splitlines()] == [TEK, TEK]
    done = call("tls", "check", "--output", "jsonl", "-", stdin=file.read_bytes())
    answers = [json.loads(line) for line in done.out.splitlines()]
    assert done.code == 0 and [answer["client"] for answer in answers] == ["verified", "verified"]
    without_key(done.out, done.err)


@pytest.mark.parametrize("options", [(), ("--show-keys",)])
def test_a_transcript_over_a_file_that_others_may_read(tmp_path, options):
    file = tmp_path / "transcript.jsonl"
    file.write_text("old")
    file.chmod(0o644)
    with serving(tmp_path, "--echo", "--transcript", file, *options) as server:
        assert stat.S_IMODE(os.stat(file).st_mode) == 0o600, "before there is a key in it"
        assert connect(server.address, "--send", "x", "--receive", 1)[0] == 0
        assert server.report()[0] == 0
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600 and "old" not in file.read_text()


# ---- check -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ask(tmp_path_factory):
    """A transcript of a good session, with its key."""
    file = tmp_path_factory.mktemp("ask") / "t"
    with serving(file.parent, "--echo", "--transcript", file, "--show-keys") as server:
        assert connect(server.address, "--send", "x", "--receive", 1)[0] == 0
        server.report()
    return json.loads(file.read_text())


def check(*arguments, stdin=b""):
    done = call("tls", "check", *arguments, stdin=stdin)
    without_key(done.out, done.err)
    return done


def test_check_forms(tmp_path, ask):
    pretty, lines = tmp_path / "pretty.json", tmp_path / "lines.jsonl"
    pretty.write_text(json.dumps(ask, indent=2))
    lines.write_text(json.dumps(ask) + "\r\n\n" + json.dumps(ask))
    assert json.loads(check("--output", "json", pretty).out)["suite"] == GCM
    assert len(json.loads(check("--output", "json", lines).out)) == 2
    assert len(check("--output", "jsonl", pretty, lines).out.splitlines()) == 3
    text = check(pretty)
    assert text.code == 0 and b"verdict   accept" in text.out and str(pretty).encode() in text.out
    assert check("--output", "json", stdin=pretty.read_bytes()).code == 0


@pytest.mark.parametrize("change, words", [
    ({"transport": "sctp"}, "transport"), ({"transport": None}, "transport"), ({"profile": "none"}, "profile"),
    ({"profile": 1}, "profile"), ({"settings": {"tls_versions": "x"}}, "settings"), ({"settings": []}, "settings"), ({"tek": "0g"}, "tek"),
    ({"tek": ""}, "tek"), ({"tek": 5}, "tek"), ({"identity13": "x"}, "identity13"), ({"segments": {}}, "segments"),
    ({"segments": [{"from": "both", "hex": ""}]}, "segments[0].from"), ({"segments": [{"from": "client"}]}, "segments[0].hex"),
    ({"segments": [5]}, "segments[0].from"), ({"segments": [{"from": "client", "hex": "1"}]}, "segments[0].hex"),
])
def test_what_is_no_transcript(ask, change, words, one_line):
    done = check("--output", "json", "-", stdin=json.dumps({**ask, **change}).encode())
    error = json.loads(done.out)
    assert (done.code, error["verdict"], error["error"]["path"]) == (1, "error", words)
    assert words in one_line(done.err)


@pytest.mark.parametrize("text", [b"{", b"[]", b"nonsense", b'{"segments":[]', b"\xff\xfe", b'{"a":1,"a":2}', b"[" * 100000])
def test_what_is_no_json(text):
    assert check("-", stdin=text).code == 1


def test_nothing_to_check():
    assert check("-").code == 5
    assert check("-", stdin=b"\n \n").code == 5
    assert check("/nonexistent").code == 4


def test_options_of_check_come_before_the_transcript(ask):
    text = json.dumps({**ask, "tek": OTHER_TEK, "settings": {"tls_versions": "tls13"}}).encode()
    assert check("-", stdin=text).code == 1
    assert check("--tek", TEK, "--set", "tls_versions=tls12", "--profile", "ims-msrp-tls", "-", stdin=text).code == 0


def test_a_finding_has_place_and_text(ask):
    answer = json.loads(check("--output", "json", "--tek", OTHER_TEK, stdin=json.dumps(ask).encode()).out)
    finding = next(f for f in answer["findings"] if f["id"] == "TS33328-H.2-05")
    assert (finding["level"], finding["on_receive"], finding["path"]) == ("MUST", "reject", "client[2].Finished") and finding["text"]


def unprotected_minor_versions(octets):
    """Places of the second version octet of records in clear: no Finished covers them, and RFC 5246 E.1 has them ignored."""
    at, places = 0, set()
    while at < len(octets):
        places.add(at + 2)
        if octets[at] == 20:
            break  # ChangeCipherSpec: what comes behind has a MAC
        at += 5 + int.from_bytes(octets[at + 3:at + 5], "big")
    return places


def test_each_octet_of_a_handshake_is_watched(ask):
    """An octet of a handshake that is changed is an error, a finding or a proof that fails."""
    changed = []
    for index in range(4):  # ClientHello; ServerHello, ServerHelloDone; ClientKeyExchange, Finished; Finished
        octets = bytes.fromhex(ask["segments"][index]["hex"])
        for place in sorted(set(range(len(octets))) - unprotected_minor_versions(octets)):
            segments = [dict(segment) for segment in ask["segments"]]
            segments[index]["hex"] = (octets[:place] + bytes([octets[place] ^ 0x40]) + octets[place + 1:]).hex()
            changed.append({**ask, "segments": segments})
    done = check("--output", "jsonl", stdin="\n".join(map(json.dumps, [*changed, ask])).encode())
    *answers, good = [json.loads(line) for line in done.out.splitlines()]
    assert (good["client"], good["server"], good["findings"], good["error"]) == ("verified", "verified", [], None)
    assert len(answers) == len(changed) > 250
    for case, answer in zip(changed, answers):
        # One that is longer than the judge takes is no answer at all.
        both_verified = answer.get("client") == answer.get("server") == "verified"
        assert answer["error"] or answer["findings"] or not both_verified, case


def vectors():
    for path in sorted(DATA.glob("*.json")):
        for vector in json.loads(path.read_text())["vectors"]:
            yield pytest.param(vector, id=f"{vector['id']} {vector['title']}")


@pytest.fixture(scope="module")
def answers():
    cases = [p.values[0] for p in vectors()]
    done = call("tls", "check", "--output", "jsonl", stdin="\n".join(json.dumps(v["ask"]) for v in cases).encode())
    lines = [json.loads(line) for line in done.out.splitlines()]
    assert len(lines) == len(cases)
    return {vector["id"]: line for vector, line in zip(cases, lines)}


@pytest.mark.parametrize("vector", vectors())
def test_the_answer_to_a_vector(answers, vector):
    expected, answer = dict(vector["answer"]), answers[vector["id"]]
    wanted = {f if isinstance(f, str) else f["id"] for f in expected.pop("findings")}
    error = expected.pop("error")
    assert {name: answer[name] for name in expected} == expected
    assert {finding["id"] for finding in answer["findings"]} == wanted
    assert (answer["error"] or {}).get("status") == (error or {}).get("status")
