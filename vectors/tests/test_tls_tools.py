"""generate, lint and peer with transcripts of TLS, questions that are none, and the derivations against published values."""

import copy
import json
import subprocess

import jsonschema
import pytest

import tlspsk
from conftest import ROOT
from tls_support import ENTRIES
from tlspsk import derive, seal, suites
from vectorgen.tls import catalogue, linting

CONTENTS = linting.read_files()
GOOD = next(entry["ask"] for entry in ENTRIES if entry["answer"]["client"] == "verified")


def peer(lines):
    done = subprocess.run(["/usr/bin/python3", str(ROOT / "peer"), "tls"], input="\n".join(lines) + "\n", capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_peer_answers_line_by_line():
    some = ENTRIES[::9]
    assert peer([json.dumps(entry["ask"]) for entry in some]) == [entry["answer"] for entry in some]


def test_peer_answers_what_is_no_question():
    lines = ["", "nonsense", "[]", "{}", json.dumps({**GOOD, "tek": "xy"}), '{"transport":' + "[" * 5000, json.dumps(GOOD)]
    answers = peer(lines)
    assert [answer["verdict"] for answer in answers] == ["error"] * 6 + ["accept"]
    assert {answer["error"]["status"] for answer in answers[:6]} == {"usage"}


@pytest.mark.parametrize("change", (
    {"transport": "quic"}, {"profile": "nobody"}, {"profile": None}, {"settings": []}, {"settings": {"tls_versions": "tls14"}},
    {"settings": {"nothing": "tls13"}}, {"tek": ""}, {"tek": "0"}, {"tek": "zz"}, {"tek": 7}, {"identity13": "0 0"}, {"segments": {}},
    {"segments": [{"from": "nobody", "hex": ""}]}, {"segments": [{"from": "client"}]}, {"segments": [{"from": "client", "hex": "1"}]},
    {"segments": [{"from": "client", "hex": "é0"}]}, {"more": 1}), ids=str)
def test_a_wrong_question_is_refused(change):
    with pytest.raises(ValueError) as refused:
        tlspsk.answer({**GOOD, **change})
    assert GOOD["tek"] not in str(refused.value)


def test_committed_files_are_what_is_made():
    assert catalogue.KIND.check() == []


def test_making_them_twice_gives_the_same():
    old = catalogue.KIND.load_ids()
    assert catalogue.KIND.wanted(old) == catalogue.KIND.wanted(old)


def problems(change):
    contents = copy.deepcopy(CONTENTS)
    change(contents)
    lint = linting.TlsLint()
    lint.run(contents)
    return "\n".join(lint.problems)


def broken_of(contents):
    return contents["broken"]["vectors"]


def test_lint_accepts_what_is_committed():
    assert problems(lambda contents: None) == ""


def first_child(contents):
    return next(vector for vector in broken_of(contents) if vector["parent"] and vector["clauses"])


@pytest.mark.parametrize("change, said", (
    (lambda c: first_child(c).update(parent="tgs-00000000"), "its parent is not there"),
    (lambda c: first_child(c).update(change=None), "do not go together"),
    (lambda c: first_child(c).update(clauses=[]), "clauses are not"),
    (lambda c: first_child(c)["answer"].update(verdict="accept"), "the verdict is not"),
    (lambda c: first_child(c)["answer"]["findings"].append("TS33328-A.1-99"), "no rows of transcripts"),
    (lambda c: first_child(c).update(intermediates=None), "intermediates and TEK"),
    (lambda c: first_child(c)["ask"].update(profile="rfc6043"), "not in one member"),
    (lambda c: first_child(c)["answer"].update(client="maybe"), "not valid under any"),
    (lambda c: broken_of(c).append(broken_of(c)[0]), "id used twice"),
    (lambda c: c["dtls"].update(num_vectors=1), "num_vectors"),
    (lambda c: c["cut"]["vectors"][0].update(clauses=[]), "about no row"),
    (lambda c: c.clear(), "no vectors")))
def test_lint_sees_what_is_wrong(change, said):
    found = problems(change)
    assert said in found or (said == "not valid under any" and "maybe" in found)


@pytest.mark.parametrize("row", linting.JUDGED)
def test_lint_misses_a_row_that_nothing_breaks(row):
    def without(contents):
        for content in contents.values():
            content["vectors"] = [v for v in content["vectors"] if not (v["parent"] and row in v["clauses"])]
            content["num_vectors"] = len(content["vectors"])
    assert f"{row}: no vector of data/tls breaks it" in problems(without)


def test_the_schema_refuses_a_member_that_is_not_there():
    content = copy.deepcopy(CONTENTS["cuts"])
    content["vectors"][0]["answer"]["more"] = 1
    with pytest.raises(jsonschema.ValidationError):
        linting.validator().validate(content)


# --- published values ---------------------------------------------------------------------------------------------

def test_prf_of_tls12():
    """The test vector for P_SHA256 that was posted to the TLS working group's list and that implementations share."""
    secret = bytes.fromhex("9bbe436ba940f017b17652849a71db35")
    seed = bytes.fromhex("a0ba9f936cda311827a6f796ffd5198c")
    expected = ("e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a6b301791e90d35c9c9a46b4e14baf9af0fa022f7077def17"
                "abfd3797c0564bab4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff70187347b66")
    assert derive.prf("sha256", secret, b"test label", seed, 100).hex() == expected


def test_premaster_secret():
    """RFC 4279 2."""
    assert derive.premaster(b"\xaa\xbb\xcc").hex() == "0003000000" + "0003aabbcc"


def test_early_secret_without_psk():
    """RFC 8448 3: the early secret of a handshake without PSK, and what is derived of it."""
    early = derive.early_secret("sha256", bytes(32))
    assert early.hex() == "33ad0a1c607ec03b09e6cd9893680ce210adf300aa1f2660e1b22e10f170f92a"
    derived = derive.derive_secret("sha256", early, b"derived", derive.digest("sha256"))
    assert derived.hex() == "6f2615a108c702c5678f54fc9dbab69716c076189c48250cebeac3576c3611ba"


@pytest.mark.parametrize("number", (0x008C, 0x00AF, 0x00A8, 0xC0A5, 0xC0A8, 0xCCAB, 0x00B1))
def test_what_is_sealed_opens_and_nothing_else(number):
    suite = suites.suite(number)
    block = bytes(i % 251 for i in range(derive.key_block_length(suite)))
    for later in (False, True):
        made = seal.Protection(suite, derive.split_key_block(suite, block)["client"], later)
        sealed = made.seal(5, 22, b"\3\3", b"plain", bytes(range(16)))
        assert made.open(5, 22, b"\3\3", sealed) == b"plain"
        assert made.open(6, 22, b"\3\3", sealed) is None and made.open(5, 23, b"\3\3", sealed) is None
        assert all(made.open(5, 22, b"\3\3", sealed[:length]) is None for length in range(len(sealed)))
        assert made.open(5, 22, b"\3\3", sealed + b"\0") is None


def test_every_suite_of_the_registry_is_understood():
    for number, name in suites.names().items():
        suite = suites.suite(number)
        assert suite.name == name
        assert suite.has_dh == (not suite.tls13 and any(word in name for word in ("DH_", "DHE_", "DH_anon", "ECDH")) and "_WITH_" in name), name
        assert suite.has_psk == ("PSK" in name), name
        assert ("NULL" in name.split("_WITH_")[-1] or number in (0xC0B4, 0xC0B5)) == (suite.cipher == "NULL"), name
