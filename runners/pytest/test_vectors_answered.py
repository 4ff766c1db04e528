"""Golden containers (SMIME.md, section 5) and handshakes (TLS.md, section 4): a wrong one has to fail, at the right place."""
import copy
import json

import pytest

from conftest import answered_files

KINDS = {"smime": "tgm-", "tls": "tgs-"}


def everything(kind):
    return {vector["id"]: vector for file in answered_files(kind).values() for vector in file["vectors"]}


def pair(kind):
    """A broken vector with its parent: one that opens, or is complete."""
    vectors = everything(kind)
    child = next(vector for vector in vectors.values() if vector["parent"] and vector["answer"]["findings"]
                 and vectors[vector["parent"]]["answer"]["verdict"] == "accept")
    return [copy.deepcopy(vectors[child["parent"]]), copy.deepcopy(child)]


def judged(run, tmp_path, vectors):
    path = tmp_path / "vectors.json"
    path.write_text(json.dumps({"format": 1, "generator": "test", "source": "test", "group": "test", "num_vectors": len(vectors),
                                "vectors": vectors}))
    outcome = run("vectors", "run", "--output", "json", path)
    cases = json.loads(outcome.out)["cases"]
    return outcome.code, [case["verdict"] for case in cases], cases


@pytest.mark.parametrize("kind", KINDS)
def test_unchanged_they_pass(run, tmp_path, kind):
    code, verdicts, cases = judged(run, tmp_path, pair(kind))
    assert (code, verdicts) == (0, ["passed", "passed"])
    assert cases[0]["rerun"].startswith(f"ticketgate vectors run --filter {KINDS[kind]}")


@pytest.mark.parametrize("kind", KINDS)
def test_the_parent_is_judged_first(run, tmp_path, kind):
    parent, child = pair(kind)
    parent["answer"]["findings"] = ["RFC6043-6.10-x03"]
    code, verdicts, cases = judged(run, tmp_path, [child, parent])
    assert (code, verdicts) == (1, ["inconclusive", "failed"]) and parent["id"] in cases[0]["reason"]
    code, verdicts, _ = judged(run, tmp_path, [child])
    assert (code, verdicts) == (10, ["inconclusive"])


CHANGES = {
    "verdict": ("smime tls", lambda v: v["answer"].update(verdict="reject")),
    "member too many": ("smime tls", lambda v: v["answer"].update(extra=1)),
    "member too few": ("smime tls", lambda v: v["answer"].popitem()),
    "error": ("smime tls", lambda v: v["answer"].update(error={"status": "truncated"})),
    "outcome": ("smime", lambda v: v["answer"].update(outcome="failed")),
    "content": ("smime", lambda v: v["answer"].update(content=v["answer"]["content"] + "00")),
    "type": ("smime", lambda v: v["answer"].update(type="authenticated")),
    "origin": ("smime", lambda v: v["answer"].update(origin="proven")),
    "sender": ("smime", lambda v: v["answer"].update(sender="mallory@example.com")),
    "key": ("smime", lambda v: v["keys"][0].update(kek="00" * 16)),
    "octets": ("smime", lambda v: v.update(octets=v["octets"][:-2])),
    "cek": ("smime", lambda v: v["intermediates"].update(cek="00" * 16)),
    "nonce": ("smime", lambda v: v["intermediates"].update(nonce="00" * 12)),
    "wrapped": ("smime", lambda v: v["intermediates"].update(wrapped=["00" * 24])),
    "visible": ("smime", lambda v: v.update(visible=["RFC5083-2.1-03"])),
    "suite": ("tls", lambda v: v["answer"].update(suite="0x0000")),
    "server": ("tls", lambda v: v["answer"].update(server="failed")),
    "tek": ("tls", lambda v: v["ask"].update(tek="00" * 16)),
    "segments": ("tls", lambda v: v["ask"]["segments"].pop(0)),
}


@pytest.mark.parametrize("kind,name", [(kind, name) for name, (kinds, _) in CHANGES.items() for kind in kinds.split()])
def test_a_wrong_answer_fails(run, tmp_path, kind, name):
    parent, _ = pair(kind)
    CHANGES[name][1](parent)
    code, verdicts, cases = judged(run, tmp_path, [parent])
    assert (code, verdicts) == (1, ["failed"]) and cases[0]["failures"][0]["what"]


@pytest.mark.parametrize("kind", KINDS)
def test_findings_are_a_set_and_named(run, tmp_path, kind):
    parent, child = pair(kind)
    broken = child["answer"]["findings"]
    child["answer"]["findings"] = [*reversed(broken)]
    assert judged(run, tmp_path, [parent, child])[0] == 0
    child["answer"]["findings"] = [*broken, "RFC6043-6.10-x03"]
    _, verdicts, cases = judged(run, tmp_path, [parent, child])
    assert verdicts == ["passed", "failed"] and cases[1]["failures"][0]["requirement"] == "RFC6043-6.10-x03"
    child["answer"]["findings"] = broken[1:]
    _, verdicts, cases = judged(run, tmp_path, [parent, child])
    failure = cases[1]["failures"][0]
    assert verdicts == ["passed", "failed"] and failure["requirement"] == broken[0] and failure["clause"] and failure["path"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("change", [{"id": "tgv-01234567"}, {"answer": {"verdict": "perhaps", "findings": []}}, {"change": {}},
                                    {"answer": {"verdict": "accept", "findings": [1]}}], ids=str)
def test_a_malformed_vector_fails(run, tmp_path, kind, change):
    parent, _ = pair(kind)
    code, verdicts, cases = judged(run, tmp_path, [{**parent, **change}])
    assert (code, verdicts) == (1, ["failed"]) and "malformed" in cases[0]["failures"][0]["what"]


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_vector_file(run, tmp_path, kind, one_line):
    parent, _ = pair(kind)
    for change in ({"title": 1}, {"clauses": "x"}, {"parent": 1}, {"answer": None}):
        path = tmp_path / "vectors.json"
        path.write_text(json.dumps({"format": 1, "group": "test", "num_vectors": 1, "vectors": [{**parent, **change}]}))
        outcome = run("vectors", "run", path)
        assert outcome.code == 4 and str(path) in one_line(outcome.err)
