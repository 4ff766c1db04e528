"""ticketgate gate --group container: containers that an implementation opens and makes. Behind stands the bundled reference, and
a proxy before it that spoils what it answers."""
import json
import re
import sys

import pytest

from conftest import ROOT, binary
from test_gate import gate, results

GROUP = ["--group", "container"]
ROWS = {"RFC5083-2-01", "RFC5083-2-02", "TS33328-I.2.1-01", "TS33328-I.2.1-02", "TS33328-I.2.1-03", "TS33328-I.2.1-04", "RFC3565-2.1-x01",
        "RFC5084-1.4-01", "RFC5084-1.4-02", "RFC5084-1.5-01", "RFC5084-1.5-02", "RFC5084-3.1-03", "RFC5084-3.1-04", "RFC5084-3.2-02"}

PROXY = '''
import json, subprocess, sys
how = sys.argv[1]
child = subprocess.Popen([%r, "iut"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
made = {}

def spoil(call, answer):
    op, outcome = call["op"], answer.get("outcome")
    if op == "hello" and how == "undeclared":
        answer["can"].remove("smime")
    if op == "make_container" and outcome == "accepted":
        if how == "repeats":
            answer["container"] = made.setdefault(json.dumps([call["content"], call["keys"], call["algorithm"]]), answer["container"])
        if how == "flips":
            answer["container"] = answer["container"][:-1] + "%%x" %% (int(answer["container"][-1], 16) ^ 1)
        if how == "cuts":
            answer["container"] = answer["container"][:-2]
        if how == "nothing":
            del answer["container"]
        if how == "dies":
            sys.exit(7)
    if op == "open_container" and outcome == "accepted" and how == "shortens":
        answer["content"] = answer.get("content", "")[:-2]
    if op == "open_container" and outcome == "rejected":
        if how == "tells":
            answer["content"] = "00"
        if how == "takes":
            answer = {"id": answer["id"], "outcome": "accepted"}
    if op in ("open_container", "make_container"):
        if how == "unsupported":
            answer = {"id": answer["id"], "outcome": "unsupported"}
        if how == "rejects":
            answer = {"id": answer["id"], "outcome": "rejected", "error": "auth"}
    return answer

for line in sys.stdin:
    call = json.loads(line)
    if call["op"] == "make_container" and how == "other-content":
        line = json.dumps({**call, "content": call["content"] + "00"}) + "\\n"
    if call["op"] == "make_container" and how == "first-key":
        line = json.dumps({**call, "keys": call["keys"][:1]}) + "\\n"
    if call["op"] == "make_container" and how == "other-id":
        line = json.dumps({**call, "keys": [{**key, "id": "ff" + key["id"]} for key in call["keys"]]}) + "\\n"
    if call["op"] == "make_container" and how == "other-tag":
        line = json.dumps({**call, "tag_len": 14}) + "\\n"
    if call["op"] == "make_container" and how == "other-algorithm":
        line = json.dumps({**call, "algorithm": "aes-128-gcm"}) + "\\n"
    child.stdin.write(line)
    child.stdin.flush()
    if call["op"] == "bye":
        break
    print(json.dumps(spoil(call, json.loads(child.stdout.readline()))), flush=True)
child.stdin.close()
child.wait()
'''


@pytest.fixture
def proxy(tmp_path):
    path = tmp_path / "proxy.py"
    path.write_text(PROXY % (binary(),), encoding="utf-8")
    return lambda how, *more: results("--iut", f"{sys.executable} {path} {how}", *GROUP, *more)


def failed_rows(cases):
    return {failure.get("requirement") for case in cases for failure in case["failures"]}


def test_the_reference_passes():
    report = json.loads(gate("--in-process", *GROUP, "--output", "json").stdout)
    rows = {row["id"]: row for row in report["requirements"]}
    assert {name for name, row in rows.items() if row["state"] == "passed"} == ROWS
    assert rows["RFC5083-2-01"]["as_receiver"] > 40 and rows["RFC5083-2-01"]["as_sender"] == 0
    assert rows["TS33328-I.2.1-04"]["as_sender"] == 3 * 14


def test_every_vector_that_fits_is_a_case():
    """Which ones do, told anew from the files by the rules of gate/README.md."""
    expected = set()
    for path in (ROOT / "vectors" / "data" / "smime").glob("cms_*.json"):
        for vector in json.loads(path.read_text(encoding="utf-8"))["vectors"]:
            answer, ids = vector["answer"], [key["id"] for key in vector["keys"]]
            if answer["type"] != "auth_enveloped" or not ids or None in ids or "" in ids or len(set(ids)) < len(ids):
                continue
            if not any(name in vector["octets"] for name in ids):
                continue
            good = not vector["parent"] and (answer["outcome"], answer["verdict"]) == ("opened", "accept")
            tag = vector["parent"] and answer["outcome"] == "refused" and re.search(r"^mac$|aes-ICVlen", vector["change"]["path"])
            if good or tag or (vector["parent"] and answer["outcome"] == "failed"):
                expected.add("container:" + vector["id"])
    listed = json.loads(gate("--list", "--output", "json", *GROUP).stdout)
    assert len(expected) > 140
    assert {case["id"] for case in listed if ":" in case["id"]} == expected


def test_who_does_not_declare_it_is_not_asked(proxy):
    cases, code = proxy("undeclared")
    assert code == 5 and {case["verdict"] for case in cases} == {"skipped"}
    assert {case["reason"] for case in cases} == {"capability smime is not declared"}


def test_unsupported_is_inconclusive(proxy):
    cases, code = proxy("unsupported", "--case", "container-*", "--case", "container:tgm-[0-3]*")
    assert code == 10 and {case["verdict"] for case in cases} == {"inconclusive"}


MADE, OPENED = ["--case", "container-*"], ["--case", "container:tgm-[0-3]*"]


@pytest.mark.parametrize("how, cases, rows", [
    ("repeats", MADE, {"RFC5084-1.5-01", "RFC5084-1.4-01"}),   # key and nonce: the key is not blamed too
    ("flips", MADE, {"RFC5083-2.2-x01"}),
    ("cuts", MADE, {"RFC5652-3-x01"}),
    ("other-content", MADE, {"TS33328-I.2.1-05"}),
    ("first-key", MADE, {"TS33328-I.2.1-02"}),
    ("other-id", MADE, {"TS33328-I.2.1-02"}),
    ("other-algorithm", MADE, {"TS33328-I.2.1-01"}),
    ("other-tag", MADE, {"RFC5084-3.1-06", "RFC5084-3.2-05"}), # 14 octets, where the recommended 12 were asked for
    ("rejects", MADE, {"TS33328-I.2.1-01"}),                   # not even the plainest is made
    ("shortens", OPENED, {"TS33328-I.2.1-01"}),                # not even the plainest opens to its content
    ("rejects", OPENED, {"TS33328-I.2.1-01"}),
    ("tells", OPENED, {"RFC5083-2-02"}),
    ("takes", OPENED, {"RFC5083-2-01"}),
])
def test_each_fault_has_its_row(proxy, how, cases, rows):
    found, code = proxy(how, *cases)
    assert code == 1
    assert failed_rows(found) == rows


def test_who_rejects_everything_is_not_praised_for_it(proxy):
    """What is rejected rightly says nothing of one who opens nothing."""
    cases, _ = proxy("rejects", "--requirement", "RFC5083-2-01", "--case", "container:tgm-[0-3]*")
    assert len(cases) > 10 and {case["verdict"] for case in cases} == {"inconclusive"}
    assert {case["reason"] for case in cases} == {"it does not open the container that this one was made from either"}


@pytest.mark.parametrize("how, name", [("nothing", "container-aes-128-gcm"), ("nothing", "container-aes-256-ccm"),
                                       ("other-tag", "container-long-tag-gcm"), ("other-tag", "container-long-tag-ccm")])
def test_what_no_row_forbids_is_inconclusive(proxy, how, name):
    """No container at all; a tag of 14 octets where 16 were asked for."""
    cases, code = proxy(how, "--case", name)
    assert code == 10 and [case["verdict"] for case in cases] == ["inconclusive"]


def test_a_breakdown_is_named(proxy):
    cases, code = proxy("dies", "--case", "container-aes-128-gcm", "--case", "container:tgm-9f04d4b3")
    verdicts = {case["id"]: case for case in cases}
    assert code == 1 and verdicts["container:tgm-9f04d4b3"]["verdict"] == "passed"
    broken = verdicts["container-aes-128-gcm"]
    assert broken["verdict"] == "failed" and broken["fault"] == "died" and "requirement" not in broken["failures"][0]


def test_fresh_processes_too():
    """The bundled reference as a process of its own, not called directly."""
    cases, code = results(*GROUP)
    assert code == 0 and {case["verdict"] for case in cases} == {"passed"}
