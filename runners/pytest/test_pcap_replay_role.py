"""`ticketgate pcap replay --as`: an implementation in a role of captured conversations: the reference, wrong variants of it, one that breaks down."""
import functools
import json
import sys

import jsonschema
import pytest

from conftest import ROOT, binary, call
from replaying import NOW, SECRET, fresh, keyed, made, replay  # noqa: F401

TRACES = ROOT / "pcaps" / "traces"
KEYED = sorted(TRACES.rglob("*.keys.json"))
LINE = jsonschema.Draft202012Validator(json.loads((ROOT / "runners" / "schemas" / "replay-line.schema.json").read_text()))
ROLES = ["initiator", "responder", "kms"]
REQUEST_INIT, REQUEST_RESP, TRANSFER_INIT, TRANSFER_RESP, RESOLVE_INIT, RESOLVE_RESP, ERROR = 11, 13, 14, 15, 16, 18, 6


def play(role, capture, keys, *options, iut="reference"):
    """(exit code, items, summary, standard error)"""
    done = call("pcap", "replay", "--to", f"iut:{iut}", "--as", role, "--keys", keys, "--output", "json", *options, capture)
    lines = [json.loads(line) for line in done.out.splitlines()]
    for line in lines:
        LINE.validate(line)
    return done.code, lines[:-1], lines[-1]["summary"] if lines else None, done.err


def mutant(name):
    return f"{binary()} iut --mutant {name}"


def conversation(folder, *options, code=0):
    """A made one: its capture and its key file."""
    options = ["--seed", "role", *options]
    if "--profile" not in options and "--deviation" not in options:
        options += ["--profile", "ims-media"]
    if "--pk" not in options:
        options += ["--pk", "none"]
    done = call("converse", *options)
    assert done.code in (0, code), done.err
    known = json.loads(done.out)
    known.pop("messages")
    (folder / "call.pcap").write_bytes(call("converse", *options, "--output", "pcap").out)
    (folder / "keys.json").write_text(json.dumps([known]))
    return folder / "call.pcap", folder / "keys.json"


# ---- recorded traces -------------------------------------------------------------------------------------------


@functools.lru_cache(maxsize=None)
def captured_types(capture):
    """The data types of each conversation."""
    types = {}
    for line in map(json.loads, call("pcap", "list", "--output", "json", capture).out.splitlines()):
        if "summary" not in line and line["copy_of"] is None and line["conversation"] is not None:
            types.setdefault(line["conversation"], []).append(line["data_type"])
    return types


@pytest.mark.parametrize("form", [[], ["--fresh"]], ids=["as-captured", "fresh"])
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("keys", KEYED, ids=lambda path: path.name.split(".")[0])
def test_the_reference_does_as_recorded(keys, role, form):
    capture = keys.with_name(keys.name.replace(".keys.json", ".pcap"))
    conversations = captured_types(capture)
    code, items, summary, _ = play(role, capture, keys, *form)
    if not conversations:
        assert code == 5 and not items
        return
    types = [kind for each in conversations.values() for kind in each]
    without_request = [each for each in conversations.values() if role == "initiator" and REQUEST_INIT not in each]
    others = [item for item in items if item["outcome"] != "same"]
    assert code == (10 if without_request else 0), others
    assert len(others) == len(without_request)
    assert all(item["outcome"] == "silent" and "does not have the Ticket Request" in item["note"] for item in others)
    assert all(item["as"].lower() == role for item in items)
    assert summary["replayed"] == summary["same"] + summary["silent"] == len(items)
    to_the_role = {"kms": [REQUEST_INIT, RESOLVE_INIT], "responder": [TRANSFER_INIT, RESOLVE_RESP], "initiator": [TRANSFER_INIT, REQUEST_INIT]}
    assert bool(items) == any(kind in types for kind in to_the_role[role])
    if role == "kms":
        assert len(items) == sum(kind in to_the_role[role] for kind in types)
        assert all(bytes.fromhex(item["answer"])[1] in (REQUEST_RESP, RESOLVE_RESP, ERROR) for item in items)


def test_each_responder_of_a_forked_call_is_one_of_its_own():
    keys = TRACES / "parties" / "forked-call.keys.json"
    code, items, _, _ = play("responder", keys.with_name("forked-call.pcap"), keys, "--fresh")
    assert code == 0
    assert [item["what"].split(",")[0] for item in items] == ["TRANSFER_INIT", "RESOLVE_RESP"] * 2
    assert items[0]["sent"] == items[2]["sent"] and items[0]["answer"] != items[2]["answer"]
    names = [b"bob@example.com", b"office@example.com"]
    asked = [bytes.fromhex(items[n]["answer"]) for n in (0, 2)]
    assert [name in octets for octets in asked for name in names] == [True, False, False, True]


# ---- what answers it ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", [[], ["--fresh", "--now", NOW, "--secret", SECRET]], ids=["as-captured", "fresh"])
def test_a_captured_answer_is_made_to_fit(made, form):  # noqa: F811
    code, items, _, _ = play("responder", made / "call.pcap", made / "keys.json", *form)
    assert code == 0 and [item["expected"] for item in items] == ["accept", "accept"]
    given, answer = bytes.fromhex(items[0]["sent"]), bytes.fromhex(items[0]["answer"])
    assert (given == bytes.fromhex(items[0]["was"])) == (not form)
    response, was = bytes.fromhex(items[1]["sent"]), bytes.fromhex(items[1]["was"])
    assert answer[1] == RESOLVE_INIT and response[1] == RESOLVE_RESP and len(response) == len(was)
    assert response[4:8] == answer[4:8] != was[4:8], "CSB ID of what the implementation sent"
    assert response[12:20] > answer[12:20], "T"
    assert response[-20:] != was[-20:], "MAC"


def test_the_conversation_as_it_was_played_verifies_elsewhere(made, tmp_path):  # noqa: F811
    """What was given and what was answered, put together and judged by `verify`."""
    form = ["--fresh", "--now", NOW, "--secret", SECRET]
    request, response = [line["sent"] for line in replay(made, "library", *fresh(made))[1][:2]]
    items = play("responder", made / "call.pcap", made / "keys.json", *form)[1]
    played = json.loads((made / "known.json").read_text())
    played["now"] = ((NOW + 2208988800) << 32).to_bytes(8, "big").hex()
    played["messages"] = [{"ex": ex, "from": sender, "hex": octets} for ex, sender, octets in [
        ("request", "I", request), ("request", "K", response), ("transfer", "I", items[0]["sent"]),
        ("resolve", "R", items[0]["answer"]), ("resolve", "K", items[1]["sent"]), ("transfer", "R", items[1]["answer"])]]
    (tmp_path / "played.json").write_text(json.dumps(played))
    done = call("verify", "--output", "json", tmp_path / "played.json")
    answer = json.loads(done.out)
    assert done.code == 0 and answer["verdict"] == "accept", done.out
    assert all(message["auth"] == "ok" for message in answer["messages"])


def test_an_initiator_asks_anew_and_is_answered_as_captured(made, tmp_path):  # noqa: F811
    code, items, _, _ = play("initiator", made / "call.pcap", made / "keys.json")
    assert code == 0
    assert [item["what"] for item in items] == ["REQUEST_INIT_PSK, request, of its own accord", "REQUEST_RESP, request",
                                                "TRANSFER_INIT, transfer, of its own accord", "TRANSFER_RESP, transfer"]
    request, grant = bytes.fromhex(items[0]["answer"]), bytes.fromhex(items[1]["sent"])
    transfer, answer = bytes.fromhex(items[2]["answer"]), bytes.fromhex(items[3]["sent"])
    assert grant[4:8] == request[4:8] and answer[4:8] == transfer[4:8]
    played = json.loads((made / "keys.json").read_text())[0]
    played["messages"] = [{"ex": ex, "from": sender, "hex": octets.hex()} for ex, sender, octets in [
        ("request", "I", request), ("request", "K", grant), ("transfer", "I", transfer), ("transfer", "R", answer)]]
    (tmp_path / "played.json").write_text(json.dumps(played))
    done = call("verify", "--output", "json", tmp_path / "played.json")
    assert done.code == 0 and all(message["auth"] == "ok" for message in json.loads(done.out)["messages"]), done.out


def test_a_kms_that_the_capture_does_not_show_is_the_library():
    keys = TRACES / "paths" / "path-vlan.keys.json"
    capture = keys.with_name("path-vlan.pcap")
    assert all(RESOLVE_INIT not in types for types in captured_types(capture).values())
    code, items, _, _ = play("responder", capture, keys)
    assert code == 0 and len(items) == 1
    assert "RESOLVE_RESP of the library; accept; TRANSFER_RESP, auth ok" in items[0]["got"]


def test_what_the_captured_one_refused_by_policy_is_refused():
    keys = TRACES / "faults" / "refused-488.keys.json"
    code, items, _, _ = play("responder", keys.with_name("refused-488.pcap"), keys)
    assert code == 0 and items[0]["got"].startswith("reject, policy; Error") and "by local policy" in items[0]["note"]


# ---- wrong variants ------------------------------------------------------------------------------------------------

HOUR = 3600

# role, how the conversation is made, how long after it the role's clock stands, the wrong variant, what is said of it
WRONG = [
    ("responder", ["--deviation", "transfer-auth-key", "--profile", "ims-media"], 0, "transfer-mac-unchecked", "accepts what has to be rejected"),
    ("responder", [], HOUR, "clock-unchecked", "accepts what has to be rejected"),
    ("responder", [], 0, "no-transfer-resp", "it accepts, and sends nothing: RFC6043-4.2.2.2-04"),
    ("responder", [], 0, "transfer-resp-key", "its TRANSFER_RESP breaks RFC6043-4.2.2.3-19"),
    ("responder", [], 0, "resolve-auth-key", "its RESOLVE_INIT_PSK breaks RFC6043-4.2.3.2-04"),
    ("responder", [], 0, "no-randrr", "its TRANSFER_RESP breaks RFC6043-4.2.2.3-09"),
    ("responder", [], 0, "wrong-constant", "the keys that it shows for crypto session"),
    ("responder", ["--update", "I,response"], 0, "no-update-resp", "it accepts, and sends nothing: RFC6043-5.2-x03"),
    ("kms", ["--deviation", "request-auth-key", "--profile", "ims-media"], 0, "request-mac-unchecked", "accepts what has to be rejected"),
    ("kms", [], HOUR, "clock-unchecked", "accepts what has to be rejected"),
    ("kms", [], 0, "no-resolve-resp", "it accepts, and sends nothing: RFC6043-4.2.3.4-x02"),
    ("kms", [], 0, "response-csb-id", "its REQUEST_RESP breaks RFC6043-4.2.1.5-01"),
    ("kms", [], 0, "ticket-auth-key", "its REQUEST_RESP breaks"),
    ("initiator", [], 0, "request-auth-key", "its REQUEST_INIT_PSK breaks RFC6043-4.2.1.2-04"),
    ("initiator", ["--deviation", "transfer-resp-key", "--profile", "ims-media"], 0, "transfer-resp-mac-unchecked",
     "accepts what has to be rejected"),
]


@pytest.mark.parametrize("role, plan, later, wrong, reason", WRONG, ids=[f"{row[0]}-{row[3]}" for row in WRONG])
def test_wrong_variants_are_told_apart(tmp_path, role, plan, later, wrong, reason):
    capture, keys = conversation(tmp_path, *plan, code=1)
    now = int(json.loads(keys.read_text())[0]["now"], 16) // 2**32 - 2208988800
    clock = ["--now", now + later] if later else []
    code, items, _, _ = play(role, capture, keys, *clock)
    assert code == 0, [item for item in items if item["outcome"] != "same"]
    if later or "--deviation" in plan:
        assert any(item["expected"] == "reject" and item["got"].startswith("reject") for item in items)
    code, items, summary, _ = play(role, capture, keys, *clock, iut=mutant(wrong))
    differs = [item for item in items if item["outcome"] == "differs"]
    assert code == 1 and summary["differs"] == len(differs) >= 1
    assert any(reason in item["note"] for item in differs), [item["note"] for item in items]


# ---- a capture that was tampered with ---------------------------------------------------------------------------------


def flipped(capture, octets, into):
    """The capture with the last octet of a message (of its MAC) changed, wherever its octets stand."""
    data = capture.read_bytes()
    assert data.count(octets) >= 1
    into.write_bytes(data.replace(octets, octets[:-1] + bytes([octets[-1] ^ 1])))
    return into


@pytest.mark.parametrize("role, kind", [("kms", REQUEST_INIT), ("kms", RESOLVE_INIT), ("initiator", REQUEST_RESP),
                                        ("responder", RESOLVE_RESP)])
@pytest.mark.parametrize("form", [[], ["--fresh"]], ids=["as-captured", "fresh"])
def test_a_flipped_mac_is_refused(tmp_path, made, role, kind, form):  # noqa: F811
    listed = [json.loads(line) for line in call("pcap", "list", "--output", "json", made / "call.pcap").out.splitlines()]
    octets = next(bytes.fromhex(line["octets"]) for line in listed if line.get("data_type") == kind)
    capture = flipped(made / "call.pcap", octets, tmp_path / "flipped.pcap")
    code, items, _, _ = play(role, capture, made / "keys.json", *form)
    item = next(item for item in items if bytes.fromhex(item["was"])[1] == kind)
    assert item["expected"] == "reject" and item["got"].startswith("reject, auth") and item["outcome"] == "same"
    assert code == 0
    unchecked = {REQUEST_INIT: "request-mac-unchecked", RESOLVE_INIT: "resolve-mac-unchecked",
                 REQUEST_RESP: "request-resp-mac-unchecked", RESOLVE_RESP: "resolve-resp-mac-unchecked"}
    code, items, _, _ = play(role, capture, made / "keys.json", *form, iut=mutant(unchecked[kind]))
    item = next(item for item in items if bytes.fromhex(item["was"])[1] == kind)
    assert code == 1 and item["outcome"] == "differs" and "accepts what has to be rejected" in item["note"]


# ---- one that stands between: it changes what the reference says ---------------------------------------------------------

BETWEEN = """
import json, os, subprocess, sys, time
child = subprocess.Popen([{binary!r}, "iut"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
def without_v(octets):
    data = bytes.fromhex(octets)
    told = subprocess.run([{binary!r}, "decode", "-"], input=octets, capture_output=True, text=True).stdout
    heads = [int(line[:4], 16) for line in told.splitlines() if line[:4].strip() and line[4:6] == "  " and line[6:7].isupper()]
    data = bytearray(data[:heads[-1]])
    data[heads[-2]] = 0  # the next payload: none
    return bytes(data).hex()
for line in sys.stdin:
    asked = json.loads(line)
    child.stdin.write(line)
    child.stdin.flush()
    answer = json.loads(child.stdout.readline())
    {change}
    sys.stdout.write(json.dumps(answer) + "\\n")
    sys.stdout.flush()
"""


def between(folder, change, head=""):
    path = folder / "between.py"
    path.write_text(head + BETWEEN.format(binary=binary(), change=change))
    return f"{sys.executable} {path}"


def test_an_answer_without_v_differs(tmp_path, made):  # noqa: F811
    iut = between(tmp_path, "for m in answer.get('messages') or []: m['octets'] = without_v(m['octets']) if m['to'] == 'initiator' else m['octets']")
    code, items, _, _ = play("responder", made / "call.pcap", made / "keys.json", iut=iut)
    assert code == 1 and items[0]["outcome"] == "same" and items[1]["outcome"] == "differs"
    assert "its TRANSFER_RESP breaks" in items[1]["note"] and "RFC6043-4.2.2.3-18" in items[1]["note"]


def test_one_that_does_not_have_the_role(tmp_path, made):  # noqa: F811
    iut = between(tmp_path, "if asked['op'] == 'hello': answer['roles'] = ['kms']")
    code, items, _, err = play("responder", made / "call.pcap", made / "keys.json", iut=iut)
    assert (code, items) == (10, []) and "it does not declare the role of Responder" in err


def test_one_that_does_not_have_the_profile(tmp_path, made):  # noqa: F811
    iut = between(tmp_path, "if asked['op'] == 'hello': answer['profiles'] = ['rfc6043']")
    code, items, _, _ = play("responder", made / "call.pcap", made / "keys.json", iut=iut)
    assert code == 10 and items[0]["outcome"] == "silent" and "does not declare the profile" in items[0]["note"]


def test_one_that_supports_no_such_session(tmp_path, made):  # noqa: F811
    iut = between(tmp_path, "answer = {'id': asked['id'], 'outcome': 'unsupported'} if asked['op'] == 'open' else answer")
    code, items, _, _ = play("responder", made / "call.pcap", made / "keys.json", iut=iut)
    assert code == 10 and items[0]["outcome"] == "silent" and "does not support such a session" in items[0]["note"]


@pytest.mark.parametrize("change, fault", [("os._exit(3)", "died"), ("time.sleep(600)", "timeout"), ("sys.stdout.write('x')", "garbage")])
def test_one_that_breaks_down(tmp_path, made, change, fault):  # noqa: F811
    iut = between(tmp_path, f"if asked['op'] == 'receive': {change}")
    code, items, _, _ = play("responder", made / "call.pcap", made / "keys.json", "--timeout", 4, iut=iut)
    assert code == 1 and len(items) == 1 and items[0]["outcome"] == "differs"
    assert fault in items[0]["got"] and "it broke down" in items[0]["note"]


# ---- usage -----------------------------------------------------------------------------------------------------------------


def usage(made, *options):  # noqa: F811
    done = call("pcap", "replay", *options, made / "call.pcap")
    assert (done.code, done.out) == (4, b"")
    return done.err


def test_what_does_not_go_together(made):  # noqa: F811
    assert "--as needs --keys: a role has keys" in usage(made, "--to", "iut:reference", "--as", "kms")
    assert "only an implementation under test plays a role" in usage(made, "--to", "library", "--as", "kms", *keyed(made))
    assert "only an implementation under test plays a role" in usage(made, "--to", "udp:127.0.0.1:5060", "--as", "kms", *keyed(made))
    for option, value in (("--from", "I"), ("--message", 0)):
        assert "--as plays whole conversations" in usage(made, "--to", "iut:reference", "--as", "kms", option, value, *keyed(made))
    assert "--as" in usage(made, "--to", "iut:reference", "--as", "proxy", *keyed(made))


@pytest.mark.parametrize("role", ROLES)
def test_keys_of_another_conversation(role):
    keys = TRACES / "calls" / "call-udp-ipv4-hops.keys.json"
    code, items, summary, _ = play(role, TRACES / "paths" / "path-vlan.pcap", keys, "--fresh")
    assert code == 10 and len(items) == 1 and summary["silent"] == 1
    assert "none of its messages verifies with the keys of the key file" in items[0]["note"]


def test_keys_that_a_role_lacks(tmp_path, made):  # noqa: F811
    known = json.loads((made / "keys.json").read_text())[0]
    known["secrets"] = {}
    known["subscribers"] = []
    (tmp_path / "none.json").write_text(json.dumps([known]))
    for role, reason in (("responder", "no key that this Responder shares"), ("kms", "no TPK"),
                         ("initiator", "no key that this Initiator shares")):
        code, items, _, _ = play(role, made / "call.pcap", tmp_path / "none.json")
        assert code == 10 and reason in items[0]["note"], items


def test_the_text_says_it_too(made):  # noqa: F811
    done = call("pcap", "replay", "--to", f"iut:{mutant('no-randrr')}", "--as", "responder", *keyed(made), made / "call.pcap")
    text = done.out.decode()
    assert done.code == 1 and "expected: accept" in text and "it differs" in text and "its TRANSFER_RESP breaks RFC6043-4.2.2.3-09" in text


@pytest.mark.parametrize("to", ["library", "iut:reference"])
def test_lines_of_other_targets_have_the_same_form(made, to):  # noqa: F811
    code, lines, summary, _ = replay(made, to, *keyed(made))
    assert code == 0
    for line in [*lines, {"summary": summary}]:
        LINE.validate(line)
