"""ticketgate converse: conversations made from a seed keep every rule, and deviations show."""
import json
import shutil
import subprocess

import jsonschema
import pytest

from conftest import ROOT

KEYS = ROOT / "vectors" / "keys"
PROFILES = ("rfc6043", "ims-media", "ims-msrp-tls", "ims-bfcp-tls", "ims-mixed", "ims-message")
# Every way that changes what is sent, each alone.
WAYS = [
    (), ("--mode", 2), ("--mode", 3), ("--mode", 4), ("--suite", "128"), ("--suite", "128-kw", "--set", "kw_pad=zero"),
    ("--suite", "256"), ("--streams", 3), ("--initiator-key",), ("--responder-key",), ("--update", "I"), ("--update", "R"),
    ("--update", "I,response", "--update", "R,response"), ("--update", "I,response,key", "--initiator-key"), ("--reuse", 2),
    ("--resolve-each-time", "--reuse", 1), ("--error", "request"), ("--error", "transfer"), ("--error", "resolve"),
    ("--error", "resolve", "--plain-errors"), ("--two-kms",), ("--ts-type", "ntp"), ("--ts-type", "counter"),
    ("--ts-type", "ntp-utc-32"), ("--leave-out-ids", "--set", "absent_identity=empty"), ("--rsa", KEYS, "--pk", "request"),
    ("--rsa", KEYS, "--pk", "resolve"), ("--rsa", KEYS, "--pk", "both", "--set", "pke_pad=oaep", "--set", "sig_hash=sha256"),
    *(("--profile", profile) for profile in PROFILES), *(("--profile", profile, "--mode", 3) for profile in PROFILES),
]


@pytest.fixture(scope="module")
def made(run):
    """{way: (the conversation as it was written, its answer)}"""
    lines = []
    for way in WAYS:
        outcome = run("converse", *way)
        assert outcome.code == 0 and not outcome.err and outcome.out.count(b"\n") == 1, (way, outcome.err)
        lines.append(outcome.out)
    judged = run("verify", "--lines", "--mask-keys", stdin=b"".join(lines))
    return {way: (json.loads(line), json.loads(answer)) for way, line, answer in
            zip(WAYS, lines, judged.out.splitlines(), strict=True)}


def types_of(conversation):
    return [int(message["hex"][2:4], 16) for message in conversation["messages"]]


def test_they_keep_every_rule(made):
    for way, (_, answer) in made.items():
        assert answer["verdict"] == "accept", way
        findings = [finding for message in answer["messages"] for finding in message["findings"]]
        assert not [finding for finding in findings if finding["level"] == "MUST"], way
        if not {"--leave-out-ids", "--rsa"} & set(way):
            assert not findings, (way, findings)


def test_each_way_shows(made):
    types = {way: types_of(conversation) for way, (conversation, _) in made.items()}
    assert types[()] == [11, 13, 14, 16, 18, 15]
    assert types["--mode", 2] == [11, 13, 14, 15] and types["--mode", 3] == [14, 16, 18, 15] and types["--mode", 4] == [14, 15]
    assert types["--error", "request"] == [11, 6] and types["--error", "resolve"][-1] == 6
    assert 12 in types["--rsa", KEYS, "--pk", "request"] and 17 in types["--rsa", KEYS, "--pk", "resolve"]
    assert types["--reuse", 2].count(14) == 3 and types["--two-kms",].count(16) == 2
    exchanges = [message["ex"] for message in made["--update", "I,response", "--update", "R,response"][0]["messages"]]
    assert len({ex for ex in exchanges if ex.startswith("update")}) == 2
    distinct = {json.dumps(conversation["messages"]) for conversation, _ in made.values()}
    # The same are: rfc6043 (in two modes) and suite 128, named or not; the profiles of MSRP and BFCP (in two modes).
    assert len(distinct) == len(WAYS) - 5


def test_schema(made):
    schema = json.loads((ROOT / "vectors/schemas/conversation.schema.json").read_text(encoding="utf-8"))
    check = jsonschema.Draft202012Validator(schema).validate
    for conversation, _ in made.values():
        check(conversation)


def test_the_seed(run):
    first = run("converse", "--vary", "--seed", "a", "--count", 20)
    assert first.out == run("converse", "--vary", "--seed", "a", "--count", 20).out
    assert run("converse", "--vary", "--seed", "a", "--count", 3).out == b"".join(first.out.splitlines(True)[:3])
    assert len(set(first.out.splitlines())) == 20
    assert first.out != run("converse", "--vary", "--seed", "b", "--count", 20).out
    profiles = {json.loads(line)["profile"] for line in run("converse", "--vary", "--count", 60).out.splitlines()}
    assert len(profiles) >= 5


def test_hex(run, made):
    outcome = run("converse", "--output", "hex", "--count", 2)
    assert outcome.out.endswith(b"\n\n") and outcome.out.count(b"\n\n") == 2
    lines = outcome.out.decode().split("\n\n")[0].splitlines()
    assert lines == [message["hex"] for message in made[()][0]["messages"]]
    assert run("check", "--lines", stdin="\n".join(lines).encode()).code == 0


# About m-lines that a conversation in JSON cannot tell of (a single TLS one is all it can).
OF_M_LINES = {"RFC4567-7.1-04", "TS33328-H.3-02"}


def test_deviations(run):
    """Each way to be wrong is found by the row that it names, in the plan that the command makes for it."""
    listed = run("converse", "--list-deviations").out.decode().splitlines()
    assert len(listed) > 75
    rows = [(line.split()[0], line.rsplit("(", 1)[1].rstrip(")")) for line in listed]
    rows = [(name, row) for name, row in rows if row not in OF_M_LINES]
    assert len(rows) + 2 == len(listed)
    made = [run("converse", "--rsa", KEYS, "--deviation", name).out for name, _ in rows]
    assert all(len(line.splitlines()) == 1 for line in made)
    judged = run("verify", "--lines", stdin=b"".join(made)).out.splitlines()
    assert len(judged) == len(rows)
    for (name, row), line in zip(rows, judged):
        found = {finding["id"] for message in json.loads(line)["messages"] for finding in message["findings"]}
        assert row in found, name


def test_a_deviation_that_needs_keys(run, one_line):
    outcome = run("converse", "--deviation", "pk-signature")
    assert outcome.code == 4 and outcome.out == b""
    one_line(outcome.err)


@pytest.mark.parametrize("options", [
    ["x"], ["--profile", "nope"], ["--mode", "5"], ["--suite", "1"], ["--flags", "Z"], ["--update", "K"], ["--update", "I,x"],
    ["--seed", "x" * 33], ["--count", "0"], ["--rsa", "/nope"], ["--pk", "both"], ["--deviation", "nope"], ["--set", "x=y"],
    ["--error", "x"], ["--output", "xml"], ["--streams", "33"], ["--update", "I"] * 9,
])
def test_wrong_usage(run, one_line, options):
    outcome = run("converse", *options)
    assert outcome.code == 4 and outcome.out == b""
    one_line(outcome.err)


def test_contradictions(run, one_line):
    for options in (["--profile", "ims-media", "--mode", "4"], ["--mode", "3", "--error", "request"]):
        outcome = run("converse", *options)
        assert outcome.code == 1 and outcome.out == b""
        one_line(outcome.err)


# ---- captures -----------------------------------------------------------------------------------------------------

@pytest.fixture
def capture(run, tmp_path):
    def make(*options):
        outcome = run("converse", "--output", "pcap", *options)
        assert outcome.code == 0 and not outcome.err
        path = tmp_path / "made.pcap"
        path.write_bytes(outcome.out)
        return path
    return make


@pytest.mark.parametrize("profile", [profile for profile in PROFILES if profile != "ims-message"])
def test_captures(run, capture, profile):
    path = capture("--profile", profile, "--count", 3, "--reuse", 1)
    report = json.loads(run("pcap", "check", "--profile", profile, "--output", "json", path).out)
    assert report["summary"]["verdict"] == "conforms" and report["summary"]["link"] == "RAW"
    hexes = [message["octets"] for message in report["messages"]]
    # In a description the list of protocols stands in the message (RFC 4567 4.1.4).
    lines = run("converse", "--profile", profile, "--count", 3, "--reuse", 1, "--sdp-ids", "mikey").out.splitlines()
    sent = [message["hex"] for line in lines for message in json.loads(line)["messages"]]
    assert sorted(hexes) == sorted(sent) and [h for h in hexes if h[2:4] in ("0e", "0f")] == [h for h in sent if h[2:4] in ("0e", "0f")]
    assert len([h for h in sent if h[2:4] in ("0e", "0f")]) == 12
    packets = report["summary"]["packets"]
    assert packets["read"] == packets["taken"] + packets["empty"]


@pytest.mark.skipif(not shutil.which("tshark"), reason="tshark is not at hand")
def test_captures_for_a_sniffer(run, capture):
    """Checksums, sequence numbers and lengths as tshark wants them; HTTP with the messages of the KMS."""
    path = capture("--vary", "--profile", "rfc6043", "--count", 10, "--rsa", KEYS)

    def tshark(*options):
        return subprocess.run(["tshark", "-r", path, "-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE", "-o",
                               "tcp.check_checksum:TRUE", *options], capture_output=True, text=True, timeout=120,
                              check=True).stdout.splitlines()

    wrong = ("ip.checksum.status == 0 || tcp.checksum.status == 0 || udp.checksum.status == 0 || tcp.analysis.flags || "
             "udp.length.bad || ip.bogus_ip_length")
    assert tshark("-Y", wrong) == []
    bodies = [line.replace(":", "") for line in tshark("-Y", "http", "-T", "fields", "-e", "http.file_data") if line]
    sent = [message["hex"] for line in run("converse", "--vary", "--profile", "rfc6043", "--count", 10, "--rsa", KEYS).out.splitlines()
            for message in json.loads(line)["messages"]
            if message["hex"][2:4] in ("0b", "0c", "0d", "10", "11", "12") or (message["hex"][2:4] == "06" and message["from"] == "K")]
    assert len(tshark("-Y", "http.request.method == POST")) >= 5
    assert len(tshark("-Y", "http")) == len(sent) or bodies == sent
    assert len(tshark("-Y", "sip.Method == INVITE")) >= 10
