"""The golden vectors: one test each, from one run."""
import json
import shlex
import xml.etree.ElementTree

import jsonschema
import pytest

from conftest import SCHEMA, VECTORS, answered_files, conversation_files, vector_files, vector_run


def describe(failure):
    lines = [failure["what"]]
    lines += [f"{name}: {failure[name]}" for name in ("profile", "requirement", "clause", "path", "offset", "expected", "got")
              if name in failure]
    return "\n".join(lines)


def test_vector(case):
    if case["verdict"] == "skipped":
        pytest.skip(case["reason"])
    text = [case.get("reason", "")] + [describe(failure) for failure in case["failures"]] + [case["rerun"]]
    assert case["verdict"] == "passed", "\n".join(text)


def test_every_vector_is_in_the_report():
    reported = [case["id"] for case in vector_run().report["cases"]]
    assert len(reported) == len(set(reported))
    assert vector_files(), "there are no vector files"
    for path, file in vector_files().items():
        missing = {vector["id"] for vector in file["vectors"]} - set(reported)
        assert not missing, f"{path.name}: {sorted(missing)}"
    assert conversation_files(), "there are no files of conversations"
    for path, file in conversation_files().items():
        missing = {case["id"] for case in file["conversations"]} - set(reported)
        assert not missing, f"{path.name}: {sorted(missing)}"
    files = [*vector_files().values(), *conversation_files().values()]
    for kind in ("smime", "tls"):
        assert answered_files(kind), f"there are no files of {kind}"
        for path, file in answered_files(kind).items():
            missing = {case["id"] for case in file["vectors"]} - set(reported)
            assert not missing, f"{path.name}: {sorted(missing)}"
        files += answered_files(kind).values()
    assert len(reported) == sum(file["num_vectors"] for file in files)


def test_report_is_what_its_schema_says():
    run = vector_run()
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(run.report, schema, cls=jsonschema.Draft202012Validator)
    assert run.report["exit_code"] == run.code
    counts = dict.fromkeys(run.report["counts"], 0)
    for case in run.report["cases"]:
        counts[case["verdict"]] += 1
    assert counts == run.report["counts"]


def test_parents_stand_in_other_files(run, tmp_path):
    """A file on its own is enough: what its vectors come from is looked for beside it."""
    for path, file in vector_files().items():
        outcome = run("vectors", "run", "--output", "json", path)
        cases = json.loads(outcome.out)["cases"]
        assert {case["id"] for case in cases} == {vector["id"] for vector in file["vectors"]}
        assert not any(case["verdict"] == "inconclusive" for case in cases), path.name


def broken_copy(tmp_path, change, only_child=False):
    """A folder with one broken vector and its parent, or the vector alone, after `change`."""
    everything = {vector["id"]: vector for file in vector_files().values() for vector in file["vectors"]}
    child = next(vector for vector in everything.values() if vector["parent"] and vector["tree"])
    chosen = [child] if only_child else [everything[child["parent"]], child]
    chosen = json.loads(json.dumps(chosen))
    change(chosen)
    path = tmp_path / "vectors.json"
    path.write_text(json.dumps({"format": 1, "generator": "test", "source": "test", "group": "test",
                                "num_vectors": len(chosen), "vectors": chosen}))
    return path


def verdicts(run, path):
    outcome = run("vectors", "run", "--output", "json", path)
    report = json.loads(outcome.out)
    return outcome.code, [case["verdict"] for case in report["cases"]], report["cases"]


def test_broken_parent_makes_the_child_inconclusive(run, tmp_path):
    def change(vectors):
        vectors[0]["tree"]["hdr"]["csb_id"] ^= 1
    code, found, cases = verdicts(run, broken_copy(tmp_path, change))
    assert (code, found) == (1, ["failed", "inconclusive"])
    assert cases[0]["failures"][0]["path"] == "hdr.csb_id"
    assert cases[0]["id"] in cases[1]["reason"]


def test_missing_parent_is_inconclusive(run, tmp_path):
    code, found, _ = verdicts(run, broken_copy(tmp_path, lambda vectors: None, only_child=True))
    assert (code, found) == (10, ["inconclusive"])


@pytest.mark.parametrize("change", [
    lambda v: v.update(message=v["message"] + "00"),
    lambda v: v.update(message=v["message"][:-2]),
    lambda v: v.update(tree=None, error={"status": "truncated", "id": "RFC3830-6.1-x01", "path": "hdr", "offset": 0}),
    lambda v: v["tree"]["payloads"].pop(),
    lambda v: v["tree"]["hdr"].update(extra=1),
    lambda v: v["profiles"]["rfc6043"].update(sends=["RFC6043-6.10-x03"]),
    lambda v: v["profiles"]["rfc6043"].update(receives="nonsense"),
    lambda v: v.update(profiles={"nonsense": {"sends": "conforms", "receives": "accept"}}),
], ids=["longer", "shorter", "error", "payload", "member", "sends", "receives", "profile"])
def test_a_wrong_vector_fails(run, tmp_path, change):
    code, found, cases = verdicts(run, broken_copy(tmp_path, lambda vectors: change(vectors[0])))
    assert code == 1 and found[0] == "failed"
    failure = cases[0]["failures"][0]
    assert failure["what"] and cases[0]["rerun"].startswith("ticketgate vectors run --filter tgv-")


@pytest.mark.parametrize("change", [
    {"id": "tgv-1"}, {"id": "tgv-0123456G"}, {"parent": "self"}, {"flags": ["broken"]}, {"tree": None}, {"error": {}},
    {"profiles": {}}, {"profiles": None}, {"context": []}, {"context": {"exchange": "x"}}, {"context": {"exchange": 1}},
    {"context": {"sender": "Z"}}, {"context": {"m_lines": "rtp"}}, {"context": {"m_lines": ["sctp"]}},
    {"context": {"tpk_at_hand": 1}},
    *({"profiles": {"rfc6043": dict({"sends": "conforms", "receives": "accept"}, **change)}}
      for change in ({"sends": []}, {"sends": "conform"}, {"sends": None}, {"sends": [1]}, {"receives": "maybe"},
                     {"receives": None})),
    *({"tree": None, "error": dict({"status": "truncated", "id": "x", "path": "hdr", "offset": 0}, **change)}
      for change in ({"status": 1}, {"id": None}, {"path": []}, {"offset": "0"}, {"offset": None})),
], ids=json.dumps)
def test_a_malformed_expectation_fails(run, tmp_path, change, vectors):
    good = next(v for v in vectors if v["tree"] and not v["parent"] and v["profiles"] ==
                {"rfc6043": {"sends": "conforms", "receives": "accept"}})
    bad = dict(good, id="tgv-00000000", **{k: v for k, v in change.items() if k != "id"})
    bad.update(change)
    if bad["parent"] == "self":
        bad["parent"] = bad["id"]
    path = tmp_path / "vectors.json"
    path.write_text(json.dumps({"format": 1, "group": "x", "num_vectors": 2, "vectors": [bad, good]}))
    code, found, cases = verdicts(run, path)
    assert (code, found) == (1, ["failed", "passed"])
    assert "malformed" in cases[0]["failures"][0]["what"]


def test_bad_settings_fail_in_the_report(run, tmp_path):
    path = broken_copy(tmp_path, lambda vectors: vectors[0].update(settings={"vi_next": "nonsense"}))
    outcome = run("vectors", "run", "--output", "json", path)
    failure = json.loads(outcome.out)["cases"][0]["failures"][0]
    assert outcome.code == 1 and not outcome.err and failure["what"] and failure["profile"]


def test_a_wrong_error_fails(run, tmp_path, refused):
    vector = dict(refused[0], parent=None)
    file = {"format": 1, "generator": "test", "source": "test", "group": "test", "num_vectors": 1, "vectors": [vector]}
    path = tmp_path / "vectors.json"
    path.write_text(json.dumps(file))
    assert run("vectors", "run", path).code == 0
    for name, value in (("status", "limit"), ("id", "RFC6043-6.6-x01x"), ("path", "hdr.nothing"), ("offset", 77777)):
        file["vectors"] = [dict(vector, error=dict(vector["error"], **{name: value}))]
        path.write_text(json.dumps(file))
        assert run("vectors", "run", path).code == 1


def test_selecting(run, vectors, golden_conversations):
    listed = run("vectors", "run", "--list", VECTORS)
    assert listed.code == 0 and listed.out.count(b"\n") == len(vectors) + len(golden_conversations) + sum(
        file["num_vectors"] for kind in ("smime", "tls") for file in answered_files(kind).values())
    one = vectors[len(vectors) // 2]
    for glob in (one["id"], one["title"].replace("[", "[[]").replace("*", "[*]").replace("?", "[?]")):
        outcome = run("vectors", "run", "--list", "--filter", glob, VECTORS)
        assert one["id"] in outcome.out.decode()
    flag = run("vectors", "run", "--list", "--filter", "conforming", VECTORS)
    assert flag.out.count(b"\n") == sum("conforming" in vector["flags"] for vector in vectors)
    clause = run("vectors", "run", "--list", "--filter", "RFC6043-6.10-*", VECTORS)
    assert clause.out.count(b"\n") == sum(any(row.startswith("RFC6043-6.10-") for row in vector["clauses"])
                                          for vector in [*vectors, *golden_conversations])
    alone = run("vectors", "run", "--list", "--filter", "tgc-*", VECTORS)
    assert alone.out == run("vectors", "run", "--list", VECTORS / "conversations").out
    assert alone.out.count(b"\n") == len(golden_conversations)
    assert run("vectors", "run", "--list", "--filter", "nothing like this", VECTORS).code == 5


def test_listing(run, tmp_path, one_line):
    path = broken_copy(tmp_path, lambda vectors: vectors[0].update(title="a\x1b[31m\u009b title"))
    path = path.rename(tmp_path / "it's=here.json")
    assert b"a?[31m? title" in run("vectors", "run", "--list", path).out
    listed = json.loads(run("vectors", "run", "--list", "--output", "json", path).out)
    assert listed[0]["title"] == "a\x1b[31m\u009b title" and {"id", "title"} <= set(listed[1])
    assert run("vectors", "run", "--list", "--output", "junit", path).code == 4
    rerun = json.loads(run("vectors", "run", "--output", "json", path).out)["cases"][0]["rerun"]
    assert shlex.split(rerun)[-1] == str(path)
    nothing = [run("vectors", "run", *more, "--filter", "nothing", path) for more in ([], ["--list"])]
    assert nothing[0].err == nothing[1].err and one_line(nothing[0].err) and nothing[1].code == 5


def test_nothing_is_never_a_success(run, tmp_path, one_line):
    outcome = run("vectors", "run", tmp_path)
    assert outcome.code == 5 and outcome.out == b"" and one_line(outcome.err)
    for output in ("text", "json", "junit"):
        outcome = run("vectors", "run", "--output", output, "--filter", "nothing like this", VECTORS)
        assert outcome.code == 5 and one_line(outcome.err)
    empty = tmp_path / "empty.json"
    empty.write_text(json.dumps({"format": 1, "group": "x", "num_vectors": 0, "vectors": []}))
    assert run("vectors", "run", empty).code == 5


@pytest.mark.parametrize("text", [
    "", "nonsense", "[]", "{}", '{"format":2,"group":"x","num_vectors":0,"vectors":[]}',
    '{"format":1,"group":"x","num_vectors":1,"vectors":[]}', '{"format":1,"group":"x","num_vectors":1,"vectors":[{}]}',
    '{"format":1,"format":1,"group":"x","num_vectors":0,"vectors":[]}',
])
def test_what_is_no_vector_file(run, tmp_path, text, one_line):
    path = tmp_path / "vectors.json"
    path.write_text(text)
    for place in (path, tmp_path):
        outcome = run("vectors", "run", place)
        assert outcome.code == 4 and outcome.out == b"" and str(path) in one_line(outcome.err)


def test_junit(run, tmp_path):
    target = tmp_path / "vectors.xml"
    outcome = run("vectors", "run", "--output", "junit", "--report", target, VECTORS)
    root = xml.etree.ElementTree.fromstring(target.read_bytes())
    report = vector_run().report
    assert outcome.code == report["exit_code"]
    assert any(line.startswith(b"vectors: ") for line in outcome.out.splitlines()[-2:])
    assert int(root.get("tests")) == len(root.findall(".//testcase")) == len(report["cases"])
    assert int(root.get("failures")) == len(root.findall(".//failure")) == report["counts"]["failed"]
    assert int(root.get("errors")) == len(root.findall(".//error")) == report["counts"]["inconclusive"]
    assert all(case.get("name") and case.get("classname") for case in root.iter("testcase"))


def conversations_file(tmp_path, *cases):
    path = tmp_path / "conversations.json"
    path.write_text(json.dumps({"format": 1, "generator": "test", "source": "test", "group": "test", "num_vectors": len(cases),
                                "conversations": cases}))
    return path


def with_keys(golden_conversations):
    """A conversation that is accepted, with session keys, and one broken from it."""
    children = {case["parent"]: case for case in golden_conversations if case["parent"]}
    return next((case, children[case["id"]]) for case in golden_conversations if case["id"] in children and
                case["answer"]["verdict"] == "accept" and any("cs" in m["derived"] for m in case["answer"]["messages"]))


def changed(case, path, value):
    """A copy of the case, with a member of its answer changed; with value None, left out."""
    copy = json.loads(json.dumps(case))
    node = copy["answer"]
    for step in path[:-1]:
        node = node[step]
    if value is None:
        del node[path[-1]]
    else:
        node[path[-1]] = value
    return copy


def test_a_wrong_answer_fails(run, tmp_path, golden_conversations):
    """Each member of an answer is compared, and a failure says where it differs, with both values."""
    case, _ = with_keys(golden_conversations)
    index = next(i for i, message in enumerate(case["answer"]["messages"]) if "cs" in message["derived"])
    derived = case["answer"]["messages"][index]["derived"]
    cs = next(iter(derived["cs"]))
    here = ("messages", index)
    assert run("vectors", "run", conversations_file(tmp_path, case)).code == 0
    for path, value, where in (
            (("verdict",), "reject", "verdict"), ((*here, "auth"), "fail", f"messages[{index}].auth"),
            ((*here, "parse"), "error", f"messages[{index}].parse"), ((*here, "kemac"), "fail", f"messages[{index}].kemac"),
            ((*here, "ticket_auth"), "fail", f"messages[{index}].ticket_auth"),
            ((*here, "vr_auth"), "skipped", f"messages[{index}].vr_auth"),
            ((*here, "derived", "mpki"), "00" * 16, f"messages[{index}].derived.mpki"),
            ((*here, "derived", "mpki"), None, f"messages[{index}].derived.mpki"),
            ((*here, "derived", "env_key"), "00", f"messages[{index}].derived.env_key"),
            ((*here, "derived", "cs", cs, "tek"), "ff" * 16, f"messages[{index}].derived.cs.{cs}.tek"),
            ((*here, "derived", "mac_input"), derived["mac_input"][:-2] + "zz", f"messages[{index}].derived.mac_input"),
            ((*here, "findings"), [{"id": "RFC6043-5.2-01a", "on_receive": "reject"}], f"messages[{index}].findings")):
        outcome = run("vectors", "run", "--output", "json", conversations_file(tmp_path, changed(case, path, value)))
        failures = json.loads(outcome.out)["cases"][0]["failures"]
        assert outcome.code == 1 and [failure["path"] for failure in failures] == [where], (path, failures)
        assert failures[0]["expected"] != failures[0]["got"]
        if isinstance(value, str):
            assert value[-16:] in failures[0]["expected"]


def test_a_broken_conversation_needs_its_parent(run, tmp_path, golden_conversations):
    parent, child = with_keys(golden_conversations)
    both = run("vectors", "run", "--output", "json", conversations_file(tmp_path, parent, child))
    assert both.code == 0 and json.loads(both.out)["counts"]["passed"] == 2
    alone = run("vectors", "run", "--output", "json", conversations_file(tmp_path, child))
    assert alone.code == 10 and parent["id"] in json.loads(alone.out)["cases"][0]["reason"]
    wrong = run("vectors", "run", "--output", "json", conversations_file(tmp_path, changed(parent, ("verdict",), "reject"), child))
    assert wrong.code == 1
    assert [case["verdict"] for case in json.loads(wrong.out)["cases"]] == ["failed", "inconclusive"]


def test_a_malformed_conversation_does_not_pass(run, tmp_path, golden_conversations):
    case, child = with_keys(golden_conversations)
    for path, value in ((("verdict",), "maybe"), (("messages",), []), (("messages", 0, "auth"), None),
                        (("messages", 0, "derived"), None), (("messages", 0, "findings"), [{"id": "RFC6043-5.2-01a"}])):
        assert run("vectors", "run", conversations_file(tmp_path, changed(case, path, value))).code == 1, path
    for wrong in (dict(case, id="tgv-00000000"), dict(child, parent=None), dict(case, change={"message": 0, "what": "x"})):
        assert run("vectors", "run", conversations_file(tmp_path, wrong)).code == 1
    refused = dict(case, conversation=dict(case["conversation"], profile="nope"))
    assert run("vectors", "run", conversations_file(tmp_path, refused)).code == 1
    for wrong in (dict(case, conversation=None), dict(case, answer=[]), dict(case, clauses="x"), {}):
        assert run("vectors", "run", conversations_file(tmp_path, wrong)).code == 4


def test_report_cannot_be_written(run, tmp_path, one_line):
    outcome = run("vectors", "run", "--report", tmp_path / "no" / "where", VECTORS)
    assert outcome.code == 4 and outcome.out == b"" and one_line(outcome.err)
    assert run("vectors", "run", "--output", "json", "--report", "/dev/full", VECTORS).code == 3
