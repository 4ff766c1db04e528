"""`ticketgate gate --iut http://...`: a live KMS, judged with the keys, names and clock that it has."""
import json
import re

import pytest

from conftest import call
from kms_process import running

# What the bundled KMS over HTTP is wrong in, and the row by which it must be found.
DEVIATIONS = {
    "clock-unchecked": "RFC3830-5.4-x01",
    "replay-accepted": "RFC3830-5.4-x02",
    "request-mac-unchecked": "RFC6043-4.2.1.2-04",
    "ticket-mac-unchecked": "RFC6043-A.1-08",
    "response-csb-id": "RFC6043-4.2.1.5-01",
    "mpks-swapped": "RFC6043-4.2.1.5-x02",
    "tgk-not-forked": "RFC6043-4.2.3.5-10",
    "anybodys-certificate": "RFC6043-4.2.1.3-x03",
}


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    return tmp_path_factory.mktemp("kms-gate")


@pytest.fixture(scope="module")
def kms(directory):
    with running(directory) as service:
        yield service


@pytest.fixture(scope="module")
def keys(directory):
    """A deployment that is nobody's but this test's, without a fixed time."""
    made = json.loads(call("converse", "--seed", "kms-gate", "--pk", "none").out)
    keys = {name: value for name, value in made.items() if name not in ("messages", "now")}
    path = directory / "keys.json"
    path.write_text(json.dumps(keys))
    return path, keys


def gate(service, *options):
    done = call("gate", "--iut", service.url, "--vectors", "none", "--output", "json", *options)
    return done.code, json.loads(done.out)


def cases(report, verdict):
    return {case["id"]: case for case in report["cases"] if case["verdict"] == verdict}


def reason(report, case):
    return next(c["reason"] for c in report["cases"] if c["id"] == case)


def test_the_bundled_kms_passes_whatever_runs(kms):
    code, report = gate(kms)
    assert (code, cases(report, "failed"), cases(report, "inconclusive")) == (0, {}, {})
    passed = cases(report, "passed")
    assert len(passed) > 100 and all(":K:rfc6043" in case for case in passed)
    for case in ("plain:K:rfc6043", "suite-256:K:rfc6043", "pk-request:K:rfc6043", "clock-late-edge:K:rfc6043",
                 "clock-late:K:rfc6043", "clock-early-edge:K:rfc6043", "clock-early:K:rfc6043", "again-request:K:rfc6043",
                 "others-certificate:K:rfc6043", "garbage:K:rfc6043"):
        assert case in passed


def test_again_and_again(kms):
    """Nothing that is sent comes a second time, or its replay cache would refuse it."""
    seeds = set()
    for _ in range(2):
        code, report = gate(kms, "--group", "sanity", "--group", "live")
        assert code == 0
        seeds.add(report["seed"])
    assert len(seeds) == 2 and all(re.fullmatch("[0-9a-f]{32}", seed) for seed in seeds)


def test_a_seed_that_is_given(kms):
    code, report = gate(kms, "--seed", "mine", "--case", "plain:K:rfc6043")
    assert (code, report["seed"]) == (0, "mine")


def test_what_needs_another_kms_is_skipped(kms):
    code, report = gate(kms, "--role", "kms", "--profile", "rfc6043")
    assert code == 0
    for case in ("other-shared-key", "other-ticket-key", "stranger-certificate"):
        assert reason(report, f"{case}:K:rfc6043") == "a live KMS keeps the configuration that it has"
    assert reason(report, "era-2:K:rfc6043") == "a live KMS keeps the clock that it has"
    assert reason(report, "refuse-request:K:rfc6043") == "capability policy is not declared"
    assert reason(report, "two-kms-of-i:K:rfc6043") == "capability two-kms is not declared"
    assert reason(report, "time-counter:K:rfc6043") == "capability counter is not declared"


@pytest.mark.parametrize("name, row", DEVIATIONS.items())
def test_a_kms_that_is_wrong(directory, name, row):
    with running(directory, "--deviation", name) as service:
        code, report = gate(service)
    assert code == 1
    assert row in {failure["requirement"] for case in cases(report, "failed").values() for failure in case["failures"]}
    assert cases(report, "passed"), "what it does right is passed"


def test_a_profile_of_the_deployment(directory):
    with running(directory, "--profile", "ims-media") as service:
        code, report = gate(service, "--profile", "ims-media")
    assert (code, cases(report, "failed"), cases(report, "inconclusive")) == (0, {}, {})
    assert len(cases(report, "passed")) > 5


def test_a_deployment_of_ones_own(directory, keys):
    path, _ = keys
    with running(directory, "--known", path) as service:
        code, report = gate(service, "--known", path)
        assert (code, cases(report, "failed"), cases(report, "inconclusive")) == (0, {}, {})
        assert "plain:K:rfc6043" in cases(report, "passed")
        assert reason(report, "pk-request:K:rfc6043") == "capability pk is not declared"
        code, report = gate(service, "--case", "plain:K:rfc6043")  # the keys of another deployment
        assert (code, len(cases(report, "passed"))) in ((1, 0), (10, 0))


def test_another_kms_asks(directory):
    """Section 10: HTTP does not tell that it is no Responder; the key that both KMSs share does."""
    made = json.loads(call("converse", "--seed", "two", "--two-kms", "--pk", "none").out)
    path = directory / "two-kms.json"
    path.write_text(json.dumps({name: value for name, value in made.items() if name not in ("messages", "now")}))
    other = json.loads(path.read_text())
    other["secrets"]["psk_kms"] = "00" * 32
    wrong = directory / "two-kms-wrong.json"
    wrong.write_text(json.dumps(other))
    with running(directory, "--known", path) as service:
        code, report = gate(service, "--known", path)
        assert (code, cases(report, "failed"), cases(report, "inconclusive")) == (0, {}, {})
        assert "two-kms-of-i:K:rfc6043" in cases(report, "passed")
        assert reason(report, "two-kms-of-r:K:rfc6043") == "a live KMS would ask another KMS than the gate's"
        code, report = gate(service, "--known", wrong, "--case", "two-kms-of-i:K:rfc6043")
        assert code == 1 and "two-kms-of-i:K:rfc6043" in cases(report, "failed")


def test_a_fixed_time(directory, keys):
    path, _ = keys
    now = "eda2b5c000000000"
    with running(directory, "--known", path, "--now", now) as service:
        code, report = gate(service, "--known", path, "--now", now, "--group", "live")
        assert code == 0 and cases(report, "passed")
        code, report = gate(service, "--known", path, "--case", "plain:K:rfc6043")  # by the clock: another time
        assert (code, len(cases(report, "passed"))) in ((1, 0), (10, 0))


def test_a_ticket_key_that_is_not_known(directory, keys):
    path, known = keys
    without = {**known, "secrets": {name: value for name, value in known["secrets"].items() if name != "tpk"}}
    mine = directory / "without-tpk.json"
    mine.write_text(json.dumps(without))
    with running(directory, "--known", path) as service:
        code, report = gate(service, "--known", mine)
    assert (code, cases(report, "failed"), cases(report, "inconclusive")) == (0, {}, {})
    assert "plain:K:rfc6043" in cases(report, "passed")
    for case in ("mode-2:K:rfc6043", "mode-3:K:rfc6043", "ticket-auth-key-at-kms:K:rfc6043"):
        assert reason(report, case) == "the TPK of the live KMS is not known (secrets.tpk)"


def test_how_it_travels(directory):
    options = ("--body", "base64", "--path", "/tickets", "--query-request", "what=ask", "--query-resolve", "what=open",
               "--content-type", "application/x-mikey", "--method", "PUT")
    with running(directory, *options) as service:
        code, report = gate(service, *options, "--group", "live", "--group", "sanity")
        assert (code, cases(report, "failed"), cases(report, "inconclusive")) == (0, {}, {})
        assert len(cases(report, "passed")) > 20
        code, report = gate(service, "--case", "plain:K:rfc6043")
        assert not cases(report, "passed")


def test_how_it_travels_by_a_profile(directory):
    mapping = {"path": "/tickets", "query_request": "what=ask", "query_resolve": "", "content_type": "application/x-mikey",
               "body": "base64"}
    path = directory / "http.json"
    path.write_text(json.dumps({"profile": "mine", "extends": "rfc6043", "http": mapping}))
    with running(directory, "--profile", path) as service:
        origin = f"http://{service.host}:{service.port}"
        assert service.path == "/tickets"
        code, report = gate(service, "--http", path, "--iut", origin, "--group", "sanity")
        assert code == 0 and "plain:K:rfc6043" in cases(report, "passed")
        assert call("probe", "--profile", path, "--only", "kms-first", origin).code == 0
        # options win over the profile
        code, report = gate(service, "--http", path, "--content-type", "application/mikey", "--case", "plain:K:rfc6043")
        assert code != 0 and not cases(report, "passed")
    with running(directory, "--profile", path, "--path", "/mine") as service:
        assert service.path == "/mine"


def test_what_it_is_said_to_do(kms):
    code, report = gate(kms, "--can", "psk mode-1 suite-128", "--group", "live", "--role", "kms")
    assert code == 0
    assert set(report["iut"]["can"]) == {"psk", "mode-1", "suite-128"}
    assert reason(report, "suite-256:K:rfc6043") == "capability suite-256 is not declared"
    code, report = gate(kms, "--can", "-pk +counter", "--group", "live", "--role", "kms")
    assert "pk" not in report["iut"]["can"] and "mode-3" in report["iut"]["can"]
    assert reason(report, "pk-request:K:rfc6043") == "capability pk is not declared"
    assert reason(report, "time-counter:K:rfc6043") == "a live KMS remembers counters of earlier runs"


@pytest.mark.parametrize("options, says", [
    (("--iut", "http://127.0.0.1:1/", "--can", "fly"), "fly is nothing"),
    (("--iut", "http://127.0.0.1:1/", "--known", "/nonexistent"), "/nonexistent"),
    (("--iut", "http://127.0.0.1:1/"), "cannot be attached"),
    (("--can", "psk"), "only of a live KMS"),
    (("--known", "keys.json"), "only of a live KMS"),
])
def test_wrong_usage(run, one_line, options, says):
    done = run("gate", "--vectors", "none", *options)
    assert done.code == 4 and says in one_line(done.err)
