"""`ticketgate pcap replay --as`: implementations that are wrong where no message of theirs is: what they show, to whom they send, what they say of it."""
import base64
import json

import pytest

from conftest import binary, call
from replaying import NOW, made, replay  # noqa: F401
from test_pcap_replay_role import between, conversation
from test_pcap_replay_role import play as play_in_time

# What the bundled reference says is changed on its way: `asked` is the call, `answer` what it said. Role, change, what is said of it.
KEYS = "for key in answer.get('keys') or []: "
WRONG = {
    # keys that are others than those derived
    "tek": (["initiator", "responder"], KEYS + "key['tek'] = '5a' * (len(key['tek']) // 2)", "its TEK breaks RFC6043-5.1.3-x01"),
    "salt": (["initiator", "responder"], KEYS + "key['salt'] = '5a' * (len(key['salt']) // 2)", "its salt breaks RFC6043-5.1.3-"),
    "no-salt": (["initiator", "responder"], KEYS + "key.pop('salt')", "its salt breaks RFC6043-5.1.3-"),
    "short-tek": (["initiator", "responder"], KEYS + "key['tek'] = key['tek'][:-2]", "its TEK breaks RFC6043-5.1.3-x01"),
    "other-session": (["initiator", "responder"], KEYS + "key['cs_id'] += 100", "it shows keys for crypto session 101, and there is none"),
    "swapped": (["initiator", "responder"], "if answer.get('keys'): answer['keys'][0]['tek'], answer['keys'][1]['tek'] = "
                "answer['keys'][1]['tek'], answer['keys'][0]['tek']", "its TEK breaks RFC6043-"),
    "wrong-beside-right": (["initiator", "responder"], "if answer.get('keys'): answer['keys'].insert(0, dict(answer['keys'][0], tek='5a' * 16))",
                           "its TEK breaks RFC6043-5.1.3-x01"),
    "wrong-behind-right": (["initiator", "responder"], "if answer.get('keys'): answer['keys'].append(dict(answer['keys'][0], tek='5a' * 16))",
                           "its TEK breaks RFC6043-5.1.3-x01"),
    "right-twice": (["initiator", "responder"], "if answer.get('keys'): answer['keys'].append(dict(answer['keys'][0]))", "it shows crypto session 1 2 times"),
    "surplus": (["initiator", "responder"], "if answer.get('keys'): answer['keys'].append(dict(answer['keys'][0], cs_id=99))",
                "it shows keys for crypto session 99, and there is none"),
    "one-missing": (["initiator", "responder"], "if answer.get('keys'): answer['keys'].pop()", "it shows no keys for crypto session 2: RFC6043-4.2.2."),
    "none": (["initiator", "responder"], "answer.pop('keys', None)", "it shows no keys for crypto session 1: RFC6043-4.2.2."),
    "nothing-established": (["initiator", "responder"], "answer.pop('keys', None); answer.pop('established', None)",
                            "it says that nothing is established: RFC6043-4.2.2."),
    "too-early": (["initiator", "responder"], "if answer.get('messages'): answer['established'] = True",
                  "it says that a session is established before there are keys for one"),
    "keys-of-a-kms": (["kms"], "answer['keys'] = [{'cs_id': 1, 'tek': '00' * 16}]", "a KMS has no crypto sessions"),
    # to whom
    "to-another": (["initiator", "responder", "kms"],
                   "for m in answer.get('messages') or []: m['to'] = {'kms': 'responder', 'responder': 'kms', 'initiator': 'kms'}[m['to']] "
                   "if {'kms': 'responder', 'responder': 'kms', 'initiator': 'kms'}[m['to']] != ROLE else 'initiator' if ROLE != 'initiator' else 'kms'",
                   "it sends its "),
    # what it says of it
    "rejects-and-answers": (["initiator", "responder", "kms"], "if answer.get('messages'): answer['outcome'] = 'rejected'", "all the same"),
    "twice": (["initiator", "responder", "kms"], "answer['messages'] = (answer.get('messages') or []) * 2", "it sends more than one answer"),
    "error-beside": (["responder", "kms"], "if answer.get('messages'): answer['messages'].append({'to': asked['from'], 'octets': an_error(asked['message'])})",
                     "it accepts, and sends an Error about it"),
    "error-before": (["responder", "kms"], "if answer.get('messages'): answer['messages'].insert(0, {'to': asked['from'], 'octets': an_error(asked['message'])})",
                     "it accepts, and sends an Error about it"),
    "does-nothing": (["responder", "kms"], "if asked['op'] == 'receive': answer = {'id': asked['id'], 'outcome': 'accepted'}", "it accepts, and sends nothing: RFC6043-"),
    "begins-nothing": (["initiator"], "if asked['op'] == 'start': answer = {'id': asked['id'], 'outcome': 'accepted'}", "it says that it begins, and sends nothing"),
    "rejects-to-begin": (["initiator"], "if asked['op'] == 'start': answer = {'id': asked['id'], 'outcome': 'rejected', 'error': 'policy'}",
                         "it does not begin what the captured one began"),
    "rejects-and-begins": (["initiator"], "if asked['op'] == 'start': answer['outcome'] = 'rejected'", "it does not begin what the captured one began"),
    # MACs of other keys
    "mac": (["initiator", "responder", "kms"], "for m in answer.get('messages') or []: m['octets'] = m['octets'][:-2] + '%02x' % (int(m['octets'][-2:], 16) ^ 1)",
            " breaks RFC6043-4.2."),
    # it goes on, or does not
    "previous": (["initiator", "responder"], "if answer.get('messages'):\n        global_before = globals().get('before') or answer['messages']\n"
                 "        globals()['before'] = answer['messages']\n        answer['messages'] = global_before", ""),
    "dies-later": (["initiator", "responder", "kms"], "if asked['op'] == 'close': os._exit(3)", "it broke down behind its last answer"),
}
HEAD = """
ROLE = {role!r}
def an_error(octets):
    head = '01060500' + octets[8:16] + '0001'
    return head + '0c00' + 'ed2e0b8000000000' + '00000000'
"""


def play(*of, **how):
    """A busy machine is no hang."""
    return play_in_time(*of, "--timeout", 60, **how)


def wrong(folder, role, change):
    return between(folder, change, HEAD.format(role=role))


@pytest.mark.parametrize("role, name", [(role, name) for name, row in WRONG.items() for role in row[0]])
def test_who_is_wrong_without_a_wrong_message(tmp_path, made, role, name):  # noqa: F811
    _, change, reason = WRONG[name]
    code, items, _, _ = play(role, made / "call.pcap", made / "keys.json", iut=wrong(tmp_path, role, change))
    differs = [item["note"] for item in items if item["outcome"] == "differs"]
    assert code == 1 and differs, [item["note"] for item in items]
    assert any(reason in note for note in differs), differs


@pytest.mark.parametrize("role", ["initiator", "responder", "kms"])
def test_who_stands_between_and_changes_nothing(tmp_path, made, role):  # noqa: F811
    code, items, _, _ = play(role, made / "call.pcap", made / "keys.json", iut=wrong(tmp_path, role, "pass"))
    assert code == 0 and all(item["outcome"] == "same" for item in items)


# ---- what was captured, said once more -------------------------------------------------------------------------------


@pytest.mark.parametrize("role, letter", [("kms", "K"), ("responder", "R"), ("initiator", "I")])
def test_captured_octets_are_no_answer(tmp_path, made, role, letter):  # noqa: F811
    listed = [json.loads(line) for line in call("pcap", "list", "--output", "json", made / "call.pcap").out.splitlines()]
    types = {"I": (11, 14), "R": (16, 15), "K": (13, 18)}[letter]
    captured = {line["octets"][2:4]: line["octets"] for line in listed if line.get("data_type") in types}
    assert len(captured) == 2
    change = f"for m in answer.get('messages') or []: m['octets'] = {captured!r}.get(m['octets'][2:4], m['octets'])"
    code, items, _, _ = play(role, made / "call.pcap", made / "keys.json", iut=wrong(tmp_path, role, change))
    differs = [item for item in items if item["outcome"] == "differs"]
    assert code == 1 and "is a captured one, octet by octet" in differs[0]["note"]
    if role == "kms":
        assert len(differs) == 2


@pytest.mark.parametrize("role, name, row", [("initiator", "same-randri-in-request", "RFC6043-4.2.1.1-x02"),
                                             ("initiator", "same-csb-id-in-transfer", "RFC6043-4.2.2.1-02"),
                                             ("responder", "same-randrr-in-transfer-resp", "RFC6043-4.2.2.3-x03"),
                                             ("kms", "same-randrkms", "RFC6043-4.2.3.5-x04")])
def test_what_has_to_be_fresh_comes_again(tmp_path, role, name, row):
    """In one conversation nobody sees it; in two, or where a ticket is resolved twice, it shows."""
    capture, keys = conversation(tmp_path, "--reuse", 1, "--resolve-each-time")
    code, _, _, _ = play(role, capture, keys)
    assert code == 0
    second = tmp_path / "second"
    second.mkdir()
    other, other_keys = conversation(second, "--seed", "another")
    both = capture.read_bytes() + other.read_bytes()[24:].replace(bytes([192, 0, 2]), bytes([198, 51, 100]))
    (tmp_path / "both.pcap").write_bytes(both)
    (tmp_path / "both.json").write_text(json.dumps(json.loads(keys.read_text()) + json.loads(other_keys.read_text())))
    code, items, _, _ = play(role, tmp_path / "both.pcap", tmp_path / "both.json")
    assert code == 0 and len({item["sent"] for item in items}) > 1
    code, items, _, _ = play(role, tmp_path / "both.pcap", tmp_path / "both.json", iut=f"{binary()} iut --mutant {name}")
    assert code == 1 and any("comes again: " + row in item["note"] for item in items if item["outcome"] == "differs")


# ---- keys of its own ---------------------------------------------------------------------------------------------------


def two_calls(folder, *options):
    """With keys of each end: captures one behind the other, and the keys of both."""
    capture, keys = conversation(folder, *options)
    second = folder / "second"
    second.mkdir()
    other, other_keys = conversation(second, *options, "--seed", "another")
    both = capture.read_bytes() + other.read_bytes()[24:].replace(bytes([192, 0, 2]), bytes([198, 51, 100]))
    (folder / "both.pcap").write_bytes(both)
    (folder / "both.json").write_text(json.dumps(json.loads(keys.read_text()) + json.loads(other_keys.read_text())))
    return folder / "both.pcap", folder / "both.json"


@pytest.mark.parametrize("form", [[], ["--fresh"]], ids=["as-captured", "fresh"])
@pytest.mark.parametrize("role", ["initiator", "responder"])
def test_keys_of_zeros(tmp_path, role, form):
    """RFC 3830 4.2.2: keys come from a good generator."""
    capture, keys = two_calls(tmp_path, "--initiator-key", "--responder-key")
    code, items, _, _ = play(role, capture, keys, *form)
    assert code == 0, items
    code, items, _, _ = play(role, capture, keys, *form, iut=f"{binary()} iut --mutant zero-keys")
    notes = [item["note"] for item in items if item["outcome"] == "differs"]
    assert code == 1 and len([note for note in notes if "its own TGK is all zeros: RFC3830-4.2.2-01" in note]) == 2, notes


# Each session is the first of a process: what is drawn from a fixed seed is the same in all.
AGAIN = """if asked['op'] == 'hello': hello = line
    if asked['op'] == 'close':
        child.kill()
        child.wait()
        child = subprocess.Popen([{binary!r}, "iut"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        child.stdin.write(hello)
        child.stdin.flush()
        child.stdout.readline()"""


@pytest.mark.parametrize("role", ["initiator", "responder"])
def test_keys_that_come_again(tmp_path, role):
    capture, keys = two_calls(tmp_path, "--initiator-key", "--responder-key")
    code, items, _, _ = play(role, capture, keys, iut=wrong(tmp_path, role, AGAIN.format(binary=binary())))
    notes = [item["note"] for item in items if item["outcome"] == "differs"]
    assert code == 1 and len([note for note in notes if "its own TGK comes again: RFC3830-4.2.2-01" in note]) == 1, notes


def test_captured_keys_are_not_made_anew(tmp_path):
    """What a Responder said once stands in a capture; started again, it draws the same."""
    capture, keys = conversation(tmp_path, "--initiator-key", "--responder-key")
    code, items, _, _ = play("responder", capture, keys)
    assert code == 0
    listed = [json.loads(line) for line in call("pcap", "list", "--output", "json", capture).out.splitlines()]
    was = {line["data_type"]: bytes.fromhex(line["octets"]) for line in listed if line.get("data_type")}
    data = capture.read_bytes()
    for octets in (bytes.fromhex(item[name]) for item in items for name in ("sent", "answer")):
        for form in (bytes, base64.b64encode):
            data = data.replace(form(was[octets[1]]), form(octets))
    (tmp_path / "said.pcap").write_bytes(data)
    listed = [json.loads(line) for line in call("pcap", "list", "--output", "json", tmp_path / "said.pcap").out.splitlines()]
    assert items[1]["answer"] in [line.get("octets") for line in listed]
    code, items, _, _ = play("responder", tmp_path / "said.pcap", keys)
    notes = [item["note"] for item in items if item["outcome"] == "differs"]
    assert code == 1 and any("its own TGK is the captured one: RFC3830-4.2.2-01" in note for note in notes), notes


# ---- who is right is not blamed ------------------------------------------------------------------------------------------

UPDATES = ["I", "I,response", "R", "R,response", "I,key", "R,key", "I,response,key", "R,response,key"]
OWN_KEYS = [[], ["--responder-key"], ["--initiator-key", "--responder-key"]]


@pytest.mark.parametrize("own", OWN_KEYS, ids=["no-key", "key-of-r", "keys-of-both"])
@pytest.mark.parametrize("update", UPDATES)
@pytest.mark.parametrize("role", ["initiator", "responder"])
def test_updates_that_bring_keys(tmp_path, role, update, own):
    """RFC 6043 5.2: what follows names keys of the one whose place is taken; so that one is asked to make keys under the same SPIs."""
    if update.startswith("I") and ",key" in update and "--initiator-key" not in own:
        own = [*own, "--initiator-key"]
    if update.startswith("R") and ",key" in update and "--responder-key" not in own:
        own = [*own, "--responder-key"]
    capture, keys = conversation(tmp_path, *own, "--update", update)
    code, items, summary, _ = play(role, capture, keys)
    assert code == 0 and summary["replayed"] == summary["items"] == summary["same"]
    assert any("update" in item["what"] for item in items)
    assert all(item["expected"] in ("accept", "") for item in items)


@pytest.mark.parametrize("role", ["initiator", "responder"])
def test_one_that_has_no_keys_of_its_own_is_not_blamed(tmp_path, role):
    capture, keys = conversation(tmp_path, "--initiator-key", "--responder-key", "--update", "R,response,key")
    change = "if asked['op'] == 'hello': answer['can'].remove('own-keys')"
    code, items, _, _ = play(role, capture, keys, iut=wrong(tmp_path, role, change))
    assert code == 10 and not any(item["outcome"] == "differs" for item in items)
    assert items[-1]["outcome"] == "silent" and "does not declare own-keys" in items[-1]["note"] or "has not made" in items[-1]["note"]


@pytest.mark.parametrize("plan", [["--update", "I,response"], ["--update", "R"], ["--update", "R,response"], ["--reuse", 1]], ids=lambda plan: "-".join(map(str, plan)))
@pytest.mark.parametrize("who", ["library", "initiator", "responder", "kms"])
def test_timestamps_in_whole_seconds(tmp_path, who, plan):
    """NTP-UTC-32 (RFC 6043 6.3): made fresh, what follows within a second is a second later: an update is newer (5.2), a ticket used again has another T (5.3)."""
    capture, keys = conversation(tmp_path, "--ts-type", "ntp-utc-32", *plan)
    form = ["--fresh", "--now", NOW, "--timing", "none"]
    if who != "library":
        code, items, _, _ = play(who, capture, keys, *form)
        assert code == 0 and items, items
        return
    code, items, _, _ = replay(tmp_path, "library", "--keys", keys, *form)
    assert code == 0, [item for item in items if item["outcome"] != "same"]
    times = [bytes.fromhex(item["sent"]) for item in items]
    head = bytes([3]) + (NOW + 2208988800).to_bytes(4, "big")[:2]  # the TS type, and what these seconds have in common
    times = [octets[octets.index(head) + 1:][:4] for octets in times]
    assert times == sorted(set(times))


@pytest.mark.parametrize("setting", ["known", "empty"])
@pytest.mark.parametrize("role", ["initiator", "responder", "kms"])
def test_identities_that_are_left_out(tmp_path, role, setting):
    """RFC 6043 4.2.2.1: a MAC covers IDRi and IDRr though they are left out. A Responder that nobody tells who calls cannot verify TRANSFER_INIT."""
    capture, keys = conversation(tmp_path, "--leave-out-ids", "--set", f"absent_identity={setting}", code=1)
    code, items, _, _ = play(role, capture, keys, "--set", f"absent_identity={setting}")
    assert code == 0, items
    if role == "initiator":
        assert items[2]["what"].startswith("TRANSFER_INIT") and "auth ok" in items[2]["got"]


# ---- tickets that are transferred again, or too late -------------------------------------------------------------------------

REUSES = [("responder", ["--reuse", 1], "transferred-once", "it rejects what there is nothing wrong with"),
          ("kms", ["--reuse", 1, "--resolve-each-time"], "resolved-once", "it rejects what there is nothing wrong with"),
          ("initiator", ["--reuse", 1], "wrong-constant", "breaks RFC6043-5.1.3-x01"),
          ("responder", ["--reuse", 1], "wrong-constant", "breaks RFC6043-5.1.3-x01")]


@pytest.mark.parametrize("role, plan, mutant, reason", REUSES, ids=[f"{row[0]}-{row[2]}" for row in REUSES])
def test_tickets_that_are_reused(tmp_path, role, plan, mutant, reason):
    capture, keys = conversation(tmp_path, *plan)
    code, items, _, _ = play(role, capture, keys)
    assert code == 0 and any("reuse" in item["what"] or "resolve1" in item["what"] for item in items)
    code, items, _, _ = play(role, capture, keys, iut=f"{binary()} iut --mutant {mutant}")
    assert code == 1 and any(reason in item["note"] for item in items if item["outcome"] == "differs"), items


def test_a_ticket_that_is_over_is_not_transferred(tmp_path, made):  # noqa: F811
    now = int(json.loads((made / "keys.json").read_text())[0]["now"], 16) // 2**32 - 2208988800 + 400 * 86400
    code, items, _, _ = play("initiator", made / "call.pcap", made / "keys.json", "--now", now)
    assert code == 0 and items[-1]["got"].startswith("reject") and "breaks a rule" in items[-1]["note"]
    code, items, _, _ = play("initiator", made / "call.pcap", made / "keys.json", "--now", now, iut=f"{binary()} iut --mutant expired-ticket-used")
    assert code == 1 and any("RFC6043-6.10-x22" in item["note"] for item in items if item["outcome"] == "differs")
