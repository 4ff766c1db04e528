"""ticketgate verify: conversations, key files, lines, what is refused, and that keys stay hidden."""
import json
import random
import subprocess
import threading

import jsonschema
import pytest

from conftest import ROOT, binary

SCHEMAS = ROOT / "vectors" / "schemas"
STATUSES = ("parse", "auth", "ticket_auth", "vr_auth", "kemac")


@pytest.fixture(scope="session")
def golden():
    """All golden conversations, by id."""
    return {case["id"]: case for path in sorted((ROOT / "vectors/data/conversations").glob("*.json"))
            for case in json.loads(path.read_text(encoding="utf-8"))["conversations"]}


@pytest.fixture(scope="session")
def parents(golden):
    return [case for case in golden.values() if case["change"] is None and case["answer"]["verdict"] == "accept"]


@pytest.fixture(scope="session")
def with_keys(parents):
    """An accepted conversation with session keys."""
    return next(case for case in parents if case["conversation"].get("profile", "rfc6043") == "rfc6043" and
                any("cs" in message["derived"] for message in case["answer"]["messages"]))


@pytest.fixture(scope="session")
def broken(golden):
    return next(case for case in golden.values() if case["change"] and "RFC6043-5.2-01a" in case["clauses"])


def text_of(conversation):
    return json.dumps(conversation).encode()


def answers(outcome):
    assert outcome.out.endswith(b"\n")
    return [json.loads(line) for line in outcome.out.splitlines()]


def secrets_of(case):
    """Hex of every key that the conversation gives or that is derived in it, of 8 octets or more."""
    found = set()

    def walk(value, name):
        if isinstance(value, dict):
            for member, inner in value.items():
                walk(inner, member)
        elif isinstance(value, list):
            for inner in value:
                walk(inner, name)
        elif isinstance(value, str) and name not in ("mac_input", "pem") and len(value) >= 16:
            found.add(value.lower())

    walk(case["conversation"].get("secrets"), "")
    walk([{"psk": s.get("psk")} for s in case["conversation"].get("subscribers") or ()], "")
    walk([message["derived"] for message in case["answer"]["messages"]], "")
    sent = "".join(message["hex"] for message in case["conversation"]["messages"]).lower()
    return {key for key in found if key not in sent}


# ---- answers ------------------------------------------------------------------------------------------------------

def test_golden_answers(run, golden):
    """--lines gives the published answers; findings as a set."""
    outcome = run("verify", "--lines", stdin=b"\n".join(text_of(case["conversation"]) for case in golden.values()))
    assert outcome.code == 1 and not outcome.err
    for case, answer in zip(golden.values(), answers(outcome), strict=True):
        for message in answer["messages"]:
            ids = {finding["id"]: finding["on_receive"] for finding in message["findings"]}
            message["findings"] = [{"id": name, "on_receive": ids[name]} for name in sorted(ids)]
        assert answer == case["answer"], case["id"]


def test_schemas(run, golden):
    """Conversations and answers are as their schemas say, those of lines that are none too."""
    answer_schema = json.loads((SCHEMAS / "answer.schema.json").read_text(encoding="utf-8"))
    check = jsonschema.Draft202012Validator(answer_schema).validate
    lines = [text_of(case["conversation"]) for case in list(golden.values())[::5]] + [b"{}", b"", b"nonsense"]
    found = answers(run("verify", "--lines", stdin=b"\n".join(lines)))
    assert len(found) == len(lines)
    for answer in found:
        check(answer)
    assert [answer["verdict"] for answer in found[-3:]] == ["error"] * 3


def test_exit_codes(run, with_keys, broken, tmp_path):
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_bytes(text_of(with_keys["conversation"]))
    bad.write_bytes(text_of(broken["conversation"]))
    assert run("verify", good).code == 0 and run("verify", bad).code == 1
    assert run("verify", stdin=good.read_bytes()).code == 0 and run("verify", "-", stdin=bad.read_bytes()).code == 1
    assert run("verify", "--lines", good).code == 0 and run("verify", "--lines", bad).code == 1
    assert run("verify", "--lines", stdin=good.read_bytes() + b"\n" + bad.read_bytes()).code == 1
    assert run("verify", "--lines", stdin=b"").code == 5
    assert run("verify", stdin=b'{"messages":[]}').code == 5
    assert run("verify", tmp_path / "missing.json").code == 4
    assert run("verify", good, bad).code == 4
    assert run("verify", "--lines", "--keys", good).code == 4


def test_text(run, broken):
    outcome = run("verify", stdin=text_of(broken["conversation"]))
    text = outcome.out.decode()
    changed = broken["change"]["message"]
    assert outcome.code == 1 and not outcome.err
    assert f"message {changed}: " in text and "RFC6043-5.2-01a (RFC 6043 5.2)" in text and "verdict: reject" in text
    for i, (message, expected) in enumerate(zip(broken["conversation"]["messages"], broken["answer"]["messages"])):
        part = text.split(f"\nmessage {i}: ")[1].split("\nmessage ")[0]
        assert part.startswith(tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ")) and f", {message['ex']}, " in part
        assert (f"parse {expected['parse']}, auth {expected['auth']}, ticket {expected['ticket_auth']}, "
                f"Vr {expected['vr_auth']}, KEMAC {expected['kemac']}") in part
        for finding in expected["findings"]:
            assert finding["id"] in part


def test_json(run, with_keys, broken):
    answer = json.loads(run("verify", "--output", "json", stdin=text_of(broken["conversation"])).out)
    finding = next(f for f in answer["messages"][broken["change"]["message"]]["findings"] if f["id"] == "RFC6043-5.2-01a")
    assert finding["level"] == "MUST" and finding["text"] and finding["length"] >= 0 and finding["path"]
    assert all("derived" not in message for message in answer["messages"])
    shown = json.loads(run("verify", "--output", "json", "--show-keys", stdin=text_of(with_keys["conversation"])).out)
    assert [m["derived"] for m in shown["messages"]] == [m["derived"] for m in with_keys["answer"]["messages"]]


# ---- keys -------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("options", [(), ("--output", "json"), ("--lines", "--mask-keys"), ("--show-keys", "--mask-keys"),
                                     ("--output", "json", "--mask-keys", "--show-keys")])
def test_keys_are_hidden(run, golden, options):
    """No key is in the output or on standard error, whatever was wrong with the conversation."""
    cases = list(golden.values())[:: 1 if options and options[0] == "--lines" else 12]
    if options and options[0] == "--lines":
        outcome = run("verify", *options, stdin=b"\n".join(text_of(case["conversation"]) for case in cases))
        outputs = zip(cases, outcome.out.splitlines(), strict=True)
    else:
        outputs = [(case, (lambda o: o.out + o.err.encode())(run("verify", *options, stdin=text_of(case["conversation"]))))
                   for case in cases]
    keys = 0
    for case, output in outputs:
        text = output.decode().lower().replace(" ", "")
        for key in secrets_of(case):
            keys += 1
            assert key not in text, case["id"]
    assert keys > 5 * len(cases)


def test_keys_are_shown_when_asked_for(run, with_keys):
    text = run("verify", "--show-keys", stdin=text_of(with_keys["conversation"])).out.decode()
    for message in with_keys["answer"]["messages"]:
        for name in ("auth_key", "mpki", "kemac_plain"):
            assert message["derived"].get(name, "") in text


def test_bad_keys_are_not_repeated(run):
    for secrets in ({"psk_i": "deadbeefdeadbeefg"}, {"psk_i": 123456789012345}, {"rsa": {"i": {"pem": "-----SECRET-PEM-----"}}}):
        outcome = run("verify", stdin=json.dumps({"messages": [], "secrets": secrets}).encode())
        assert outcome.code == 1 and outcome.out == b""
        assert not any(word in outcome.err.lower() for word in ("deadbeef", "123456789", "secret-pem"))


# ---- profiles, settings, key files --------------------------------------------------------------------------------

def test_settings(run, golden):
    """What is made with a setting is accepted with it alone, whoever names it."""
    cases = [case for case in golden.values() if case["change"] and case["change"]["message"] is None and
             case["answer"]["verdict"] == "reject"]
    assert len(cases) > 10
    for case in cases:
        settings = golden[case["parent"]]["conversation"].get("settings") or {}
        if not settings:
            continue  # the other way round: the default was what it was made with
        options = [word for name, value in settings.items() for word in ("--set", f"{name}={value}")]
        assert run("verify", stdin=text_of(case["conversation"])).code == 1, case["id"]
        assert run("verify", *options, stdin=text_of(case["conversation"])).code == 0, case["id"]


def test_profile(run, with_keys, tmp_path):
    conversation = with_keys["conversation"]
    assert run("verify", stdin=text_of(conversation)).code == 0
    outcome = run("verify", "--profile", "ims-media", stdin=text_of(conversation))
    assert b"TS33328-" in outcome.out
    own = tmp_path / "own.json"
    own.write_text('{"profile":"own","extends":"rfc6043","settings":{"mac_identity":"type_len_data"}}')
    assert b"profile own\n" in run("verify", "--profile", own, stdin=text_of(conversation)).out
    for options in (("--profile", "nope"), ("--set", "nope=1"), ("--set", "vr_prf"), ("--set", "vr_prf=x"), ("--set", "=")):
        assert run("verify", *options, stdin=text_of(conversation)).code == 4


@pytest.mark.parametrize("named", [False, True])
def test_messages_beside_their_keys(run, parents, tmp_path, named):
    """--keys FILE and messages in files of their own: raw and hex, told by the messages or by the command line."""
    judged = 0
    for number, case in enumerate(parents[::9]):
        conversation = dict(case["conversation"])
        messages = conversation.pop("messages")
        if any("about" in m or "ex" not in m or "from" not in m for m in messages) or (
                not named and any(m["ex"] not in ("request", "transfer", "resolve") or m["from"] != usual(m) for m in messages)):
            continue
        keys = tmp_path / "keys.json"
        keys.write_bytes(text_of(conversation))
        operands = []
        for i, message in enumerate(messages):
            path = tmp_path / f"{number}-{i}"
            path.write_bytes(bytes.fromhex(message["hex"]) if i % 2 else message["hex"].encode())
            operands.append(f"{message['ex']},{message['from']}={path}" if named else path)
        whole = json.loads(run("verify", "--output", "json", stdin=text_of(case["conversation"])).out)
        parts = run("verify", "--output", "json", "--keys", keys, *operands)
        assert json.loads(parts.out) == whole and parts.code == 0, case["id"]
        judged += 1
    assert judged >= 3


def usual(message):
    return {11: "I", 12: "I", 13: "K", 14: "I", 15: "R", 16: "R", 17: "R", 18: "K"}.get(int(message["hex"][2:4], 16))


def test_key_files(run, with_keys, tmp_path):
    keys = tmp_path / "keys.json"
    keys.write_bytes(text_of(with_keys["conversation"]))
    outcome = run("verify", "--keys", keys, stdin=with_keys["conversation"]["messages"][0]["hex"].encode())
    assert outcome.code == 1 and "messages" in outcome.err  # it is a conversation, not a file of keys
    keys.write_bytes(b"{}")
    outcome = run("verify", "--keys", keys, stdin=with_keys["conversation"]["messages"][0]["hex"].encode())
    assert outcome.code == 1 and b"auth skipped" in outcome.out


# ---- lines ------------------------------------------------------------------------------------------------------------

def test_line_by_line(with_keys, broken):
    """A peer that writes a line and waits for its answer gets it, in order; nothing of one conversation is left for the next."""
    good, bad = (text_of(case["conversation"]) for case in (with_keys, broken))
    child = subprocess.Popen([binary(), "verify", "--lines"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    watchdog = threading.Timer(60, child.kill)
    watchdog.start()
    try:
        seen = {}
        for line in (good, bad, b"x", good, b"", bad, good + b"\r", bad):
            child.stdin.write(line[:9])
            child.stdin.flush()
            child.stdin.write(line[9:] + b"\n")
            child.stdin.flush()
            answer = child.stdout.readline()
            assert answer.startswith(b'{"verdict":')
            assert seen.setdefault(line.rstrip(), answer) == answer
        out, _ = child.communicate(good, timeout=60)  # without its newline
        assert out == seen[good] and child.returncode == 1
    finally:
        watchdog.cancel()
        child.kill()
        child.wait()


def test_bad_lines(run, with_keys):
    good = text_of(with_keys["conversation"])
    lines = [good, b"", b"nonsense", b"[]", b"null", b"{}", b'{"messages":[{"hex":"0"}]}', b"\xff\xfe", b"[" * 5000,
             b'{"messages":[],"messages":[]}', b'{"messages":[{"hex":"' + b"00" * ((1 << 20) + 1) + b'"}]}', good[:-5], good]
    outcome = run("verify", "--lines", stdin=b"\n".join(lines) + b"\n")
    found = answers(outcome)
    assert outcome.code == 1 and not outcome.err and len(found) == len(lines)
    assert [answer["verdict"] for answer in found] == ["accept"] + ["error"] * 11 + ["accept"]
    assert found[0] == found[-1]
    assert [answer["error"]["status"] for answer in found[1:-1]] == ["usage"] * 7 + ["limit", "usage", "limit", "usage"]
    assert all(answer["error"]["text"] for answer in found[1:-1])
    assert found[6]["error"]["path"] == "messages[0].hex"


def test_limits(run):
    def count(number):
        return json.dumps({"messages": [{"hex": ""}] * number}).encode()

    found = answers(run("verify", "--lines", stdin=b"\n".join((count(4096), count(4097), count(5000)))))
    assert [answer["verdict"] for answer in found] == ["reject", "error", "error"]
    assert all(message["parse"] == "error" for message in found[0]["messages"])
    assert found[1]["error"]["status"] == "limit" and found[1]["error"]["path"] == "messages"
    deep = b'{"messages":[],"x":' + b"[" * 100000 + b"]" * 100000 + b"}"
    assert answers(run("verify", "--lines", stdin=deep))[0]["error"]["status"] == "limit"
    nested = b'{"messages":[{"hex":' * 40 + b'""' + b"}]}" * 40
    assert answers(run("verify", "--lines", stdin=nested))[0]["verdict"] == "error"
    found = answers(run("verify", "--lines", stdin=b" " * ((64 << 20) + 1) + b'\n{"messages":[]}\n'))
    assert found[0]["error"]["status"] == "limit" and found[1]["verdict"] == "accept"


def nested(levels):
    """REQUEST_INIT of TP payloads in one another."""
    chain = b"\0"
    for _ in range(levels):
        chain = b"\x10\0\0\2\1\1\0\0\0" + len(chain).to_bytes(2, "big") + chain
    return b"\x01\x0b" + chain[:1] + bytes.fromhex("00000000010001") + chain[1:]


def test_chains_nested_too_deeply(run):
    lines = [json.dumps({"messages": [{"hex": ""}, {"hex": nested(levels).hex()}]}).encode() for levels in (1, 15, 16, 17, 200)]
    found = answers(run("verify", "--lines", stdin=b"\n".join(lines)))
    assert [answer["verdict"] for answer in found] == ["reject"] * 2 + ["error"] * 3
    assert [message["parse"] for message in found[1]["messages"]] == ["error", "ok"]
    assert all(answer["error"]["status"] == "limit" and "TP[0].tp_data" in answer["error"]["path"] for answer in found[2:])


def test_a_large_message(run):
    """A message of a mebibyte is read and judged."""
    rand = b"0bff" + b"ab" * 255
    hexed = b"010b0b00000000010001" + rand * ((1 << 20) // 257) + b"0000"
    outcome = run("verify", "--lines", stdin=b'{"messages":[{"hex":"' + hexed + b'"}]}')
    assert answers(outcome)[0]["messages"][0]["parse"] == "ok"


def test_one_message_under_many_macs(run):
    """A response covers its initial message: many of them and a large one must not blow up time or memory."""
    rand = "0bff" + "ab" * 255
    initial = {"ex": "request", "from": "I", "hex": "010b0b00000000010001" + rand * 4000 + "0000"}
    response = {"ex": "request", "from": "K", "hex": "010d09000000000100010001" + "00" * 20}
    conversation = {"secrets": {"psk_i": "aa" * 32}, "messages": [initial] + [response] * 4000}
    verdict = answers(run("verify", "--lines", stdin=json.dumps(conversation).encode()))[0]["verdict"]
    assert verdict in ("reject", "error")  # and it ends: 16 GB under MACs would not


@pytest.mark.parametrize("pem", ["", "x", "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
                                 "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
                                 "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n-----END ENCRYPTED PRIVATE KEY-----\n",
                                 "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END RSA PRIVATE KEY-----\n",
                                 "-----BEGIN " * 9999, "\u0000"])
def test_bad_pem(run, pem):
    for conversation in ({"secrets": {"rsa": {"kms": {"pem": pem}}}}, {"trust": [pem]}, {"trust": pem}):
        answer = answers(run("verify", "--lines", stdin=json.dumps({"messages": [], **conversation}).encode()))[0]
        assert answer["verdict"] == "error" and answer["error"]["status"] in ("usage", "limit")


def test_damaged_conversations(run, golden):
    """Conversations with something changed at random: an answer each, and no crash."""
    rng = random.Random(1)
    lines = []
    texts = [text_of(case["conversation"]) for case in list(golden.values())[::7]]
    for _ in range(1500):
        text = bytearray(rng.choice(texts))
        for _ in range(rng.choice((1, 1, 2, 5))):
            at = rng.randrange(len(text))
            change = rng.randrange(4)
            if change == 0:
                text[at] = rng.choice(b'0123456789abcdef"{}[],:x')
            elif change == 1:
                del text[at:at + rng.randrange(1, 40)]
            elif change == 2:
                text[at:at] = text[at:at + rng.randrange(1, 40)]
            else:
                text[at:at + 2] = b"ff"
        lines.append(bytes(text).replace(b"\n", b" ").replace(b"\r", b" "))
    outcome = run("verify", "--lines", stdin=b"\n".join(lines))
    found = answers(outcome)
    assert len(found) == len(lines)
    verdicts = [answer["verdict"] for answer in found]
    assert min(verdicts.count(verdict) for verdict in ("accept", "reject", "error")) > 20


def with_groups(run, conversation, groups):
    """The RESOLVE_INIT of the conversation alone, its ticket policy naming these groups."""
    message = next(m for m in conversation["messages"] if m["ex"] == "resolve")
    tree = json.loads(run("decode", "--output", "json", "--format", "hex", "-", stdin=message["hex"].encode()).out)["message"]
    ticket = next(p for p in tree["payloads"] if p["payload"] == "TICKET")
    kept = [p for p in ticket["tp_data"] if (p["payload"], p.get("id_role")) != ("IDR", 2)]
    ticket["tp_data"] = kept + [{"payload": "IDR", "id_role": 2, "id_type": 0, "id_data": g.encode().hex()} for g in groups]
    encoded = run("encode", "--format", "json", "--output", "hex", "-", stdin=json.dumps(tree).encode())
    return [dict(message, hex=encoded.out.decode().strip())]


def test_matching_groups_is_bounded(run):
    """All UIDs of a subscriber against all groups of a ticket: a limit ends it, a usual number is judged."""
    made = json.loads(run("converse", "--profile", "ims-media").out)
    responder = dict(made["subscribers"][-1])
    found = {}
    for groups, uids in ((3, 3), (60, 400)):
        impus = ["sip:" + "a" * 990 + f"{i:05}@x" for i in range(uids)] + responder["impus"]
        messages = with_groups(run, made, ["?" + "a" * 500 + f"b{i}@x" for i in range(groups)])
        conversation = dict(made, messages=messages, subscribers=[made["subscribers"][0], dict(responder, impus=impus)])
        found[groups] = answers(run("verify", "--lines", stdin=text_of(conversation)))[0]
    assert found[60]["verdict"] == "error" and found[60]["error"]["status"] == "limit"
    assert "RFC6043-4.2.3.4-x01" in {f["id"] for f in found[3]["messages"][0]["findings"]}
