"""peer smime, peer smime-make, lint and generate on the vectors of PSK S/MIME."""

import copy
import json
import pathlib
import subprocess

import pytest

from pskmime import judge, make
from pskmime.errors import AskError
from smime_support import SMIME, ask_of, cms_ask
from vectorgen.smime import catalogue, keeps, linting

ROOT = pathlib.Path(__file__).resolve().parent.parent
KEK = bytes(16)


def peer(verb, lines):
    text = "".join(line + "\n" for line in lines)
    out = subprocess.run(["/usr/bin/python3", str(ROOT / "peer"), verb], input=text, capture_output=True, text=True, check=True, timeout=120).stdout
    return [json.loads(line) for line in out.splitlines()]


def test_peer_smime_answers_line_by_line():
    some = SMIME[::15]
    answers = peer("smime", [json.dumps(ask_of(v)) for v in some] + ["nonsense", "[]", "{}"])
    assert answers[:len(some)] == [v["answer"] for v in some]
    assert [answer["error"]["status"] for answer in answers[len(some):]] == ["usage"] * 3


def test_peer_smime_make_makes_what_peer_smime_opens():
    plans = [{"type": kind, "algorithm": algorithm, "content": "48690d0a", "recipients": [{"kek": "00" * 32, "id": "01"}], **more}
             for kind, algorithm, more in (("auth_enveloped", "aes-128-gcm", {}),
                                           ("auth_enveloped", "aes-256-ccm", {"tag_len": 4, "auth_attrs": [{"type": "content-type"}]}),
                                           ("authenticated", "hmac-sha-1", {}),
                                           ("authenticated", "hmac-sha-256",
                                            {"digest": "sha-512", "auth_attrs": [{"type": "content-type"}, {"type": "message-digest"}]}),
                                           ("enveloped", "aes-192-cbc", {"indefinite": True, "segment": 1}))]
    made = peer("smime-make", [json.dumps(plan) for plan in plans] + ['{"algorithm":"rot13","content":"","recipients":[]}', "{}", "x"])
    for plan, one in zip(plans, made):
        ask = cms_ask(bytes.fromhex(one["octets"]), bytes(32), allow_unauthenticated=True)
        answer = judge.answer(ask)
        assert (answer["outcome"], answer["type"], answer["content"]) == ("opened", plan["type"], plan["content"])
        assert one["intermediates"]["plaintext"] == plan["content"]
    assert [one["error"]["status"] for one in made[len(plans):]] == ["usage"] * 3


def test_a_plan_with_cek_and_nonce_gives_the_same_octets():
    plan = {"algorithm": "aes-128-gcm", "content": "00", "cek": "11" * 16, "nonce": "22" * 12, "recipients": [{"kek": "00" * 16, "id": "01"}]}
    assert make.answer(plan) == make.answer(plan)
    assert make.answer({**plan, "cek": None})["octets"] != make.answer({**plan, "cek": None})["octets"]


@pytest.mark.parametrize("change",
                         ({"form": "der"}, {"octets": None}, {"octets": "0"}, {"keys": [{"id": "01"}]}, {"keys": 7}, {"keys": [{"id": None, "kek": 1}]},
                          {"keys": [{"id": None, "kek": ""}]}, {"keys": [{"id": "01", "kek": "00" * 16}, {"id": "02", "kek": "00" * 20}]},
                          {"settings": {"smime_type": "x"}}, {"settings": {"x": "y"}}, {"profile": "x"},
                                    {"form": "sip", "conversation": 7}, {"form": "sip", "conversation": {"messages": [{"hex": "zz"}]}}))
def test_questions_that_are_none(change):
    octets = next(v for v in SMIME if v["form"] == "sip" and v["answer"]["outcome"] == "opened")["octets"]
    with pytest.raises(AskError):
        judge.answer({"form": "cms", "octets": octets, "keys": [], **change})


def test_keks_of_no_aes_key_are_no_question():
    octets = next(v for v in SMIME if v["form"] == "cms")["octets"]
    sizes = range(0, 70)
    answers = peer("smime", [json.dumps({"form": "cms", "octets": octets, "keys": [{"id": None, "kek": "00" * size}]}) for size in sizes])
    usage = [size for size, answer in zip(sizes, answers) if answer["verdict"] == "error" and answer["error"]["status"] == "usage"]
    assert usage == [size for size in sizes if size not in (16, 24, 32)]


def test_generate_makes_what_is_committed():
    assert catalogue.KIND.check() == []


def contents():
    return copy.deepcopy(linting.read_files())


def problems(files):
    lint = linting.SmimeLint()
    lint.run(files)
    return "\n".join(lint.problems)


def test_lint_accepts_what_is_committed():
    assert problems(contents()) == ""


@pytest.mark.parametrize("group,pick,change,said", (
    ("cms_gcm", lambda v: True, lambda v: v.update(octets="xyz"), "does not match"),
    ("cms_gcm", lambda v: True, lambda v: v.pop("visible"), "'visible' is a required property"),
    ("cms_gcm", lambda v: v["answer"]["outcome"] == "opened", lambda v: v["answer"].update(verdict="reject"), "verdict does not follow"),
    ("cms_gcm", lambda v: True, lambda v: v.update(clauses=["RFC5083-9-x99"]), "not in the catalogue"),
    ("cms_gcm", lambda v: v["answer"]["outcome"] == "opened", lambda v: v["intermediates"].update(cek=None), "an intermediate value is missing"),
    ("cms_gcm", lambda v: v["answer"]["outcome"] == "opened", lambda v: v["intermediates"].update(plaintext="00"), "content is not the plaintext"),
    ("cms_broken", lambda v: True, lambda v: v.update(parent="tgm-00000000"), "its parent does not exist"),
    ("cms_broken", lambda v: v["clauses"], lambda v: v.update(clauses=[]), "clauses are not what the change breaks"),
    ("cms_flipped", lambda v: True, lambda v: v.update(change=None), "is not of type 'null'"),
    ("sip_broken", lambda v: v["answer"]["error"], lambda v: v["answer"].update(findings=["RFC5083-2.1-01"]), "an error has its own row")))
def test_lint_sees_what_is_wrong(group, pick, change, said):
    files = contents()
    change(next(v for v in files[group]["vectors"] if pick(v)))
    assert said in problems(files)


def test_lint_misses_rows_that_nothing_breaks_or_keeps():
    files = contents()
    for content in files.values():
        content["vectors"] = [v for v in content["vectors"] if "RFC5083-2.1-04" not in v["clauses"] or v["parent"] is None]
        content["num_vectors"] = len(content["vectors"])
    assert problems(files) == "RFC5083-2.1-04: no vector of data/smime breaks it"
    assert len(keeps.JUDGED) >= 60 and set(keeps.NOTHING_BREAKS) == {"RFC5083-2.2-01", "RFC5083-2.2-02"}


def test_each_row_that_is_refused_or_failed_names_one_change():
    for vector in SMIME:
        assert (vector["parent"] is None) == (vector["change"] is None)
        if vector["change"]:
            assert vector["change"]["what"] and vector["title"]
