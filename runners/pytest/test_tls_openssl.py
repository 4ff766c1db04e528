"""`ticketgate tls serve` and `connect` beside OpenSSL's s_client and s_server, in both roles; TLS 1.2 and DTLS 1.2."""
import json
import subprocess

import pytest

from tls_process import OPENED, OTHER_TEK, TEK, connect, openssl_suites, s_client, s_server, serving

SUITES = openssl_suites()
OLD = {"tls1": "-tls1", "tls1_1": "-tls1_1"}
GCM = "TLS_PSK_WITH_AES_128_GCM_SHA256"
NOT_THE_TEK = {"TS33328-H.2-05", "TS33328-J.1-02", "RFC5246-7.4.9-x01"}


def test_all_suites_of_the_registry_are_here():
    numbers = "AES_128_GCM_SHA256 AES_256_GCM_SHA384 AES_128_CCM AES_256_CCM AES_128_CCM_8 AES_256_CCM_8 AES_128_CBC_SHA " \
              "AES_256_CBC_SHA AES_128_CBC_SHA256 AES_256_CBC_SHA384 CHACHA20_POLY1305_SHA256 NULL_SHA NULL_SHA256 NULL_SHA384"
    assert {f"TLS_PSK_WITH_{name}" for name in numbers.split()} <= set(SUITES)


def ids(answer):
    return {finding["id"] for finding in answer["findings"]}


def check_good(session, suite, version="1.2", identity="", breaks=()):
    answer = session["answer"]
    proof = "verified" if OPENED.search(suite) else "not_tried"
    assert session["handshake"] and session["error"] is None, session
    assert (answer["version"], answer["suite"]) == (version, suite)
    assert (answer["identity"], answer["hint"]) == (identity.encode().hex(), None)
    assert (answer["client"], answer["server"]) == (proof, proof), answer
    assert not answer["resumed"] and answer["renegotiations"] == 0 and answer["complete"]
    broken = set(breaks) | ({"TS33328-5.3-01"} if "_NULL_" in suite else set())
    assert (ids(answer), answer["verdict"], answer["error"]) == (broken, "accept", None)


# ---- suites ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suite", sorted(SUITES))
def test_s_client(tmp_path, suite):
    with serving(tmp_path, "--echo", "--allow-null", "--ciphers", suite) as server:
        code, said = s_client(server.address, suites=SUITES[suite] + ":@SECLEVEL=0")
        assert (code, b"hello" in said) == (0, True), said
        code, report = server.report()
    session, = report["sessions"]
    check_good(session, suite)
    assert (code, report["ok"], session["received_hex"], session["sent"]) == (0, True, b"hello\n".hex(), 6)


@pytest.mark.parametrize("suite", sorted(SUITES))
def test_s_server(tmp_path, suite):
    with s_server(tmp_path, "-naccept", "1", suites=SUITES[suite] + ":@SECLEVEL=0") as server:
        code, report, err = connect(server.address, "--allow-null", "--ciphers", suite, "--send", "hello\n", "--receive", 6)
        server.wait()
    session, = report["sessions"]
    check_good(session, suite)
    assert (code, session["received_hex"], session["outcome"]) == (0, b"olleh\n".hex(), "closed"), err
    assert b"PSK warning: client identity not what we expected (got '' expected 'Client_identity')" in server.out


@pytest.mark.parametrize("suite", sorted(SUITES))
def test_s_client_over_dtls(tmp_path, suite):
    with serving(tmp_path, "--dtls", "--echo", "--allow-null", "--ciphers", suite) as server:
        code, said = s_client(server.address, suites=SUITES[suite] + ":@SECLEVEL=0", version="-dtls1_2")
        assert (code, b"hello" in said) == (0, True), said
        code, report = server.report()
    check_good(report["sessions"][0], suite, "d1.2")
    assert (code, report["transport"]) == (0, "dtls")


@pytest.mark.parametrize("suite", sorted(SUITES))
def test_s_server_over_dtls(tmp_path, suite):
    """It does not echo over DTLS (no -rev): what arrived is on its output."""
    with s_server(tmp_path, "-naccept", "1", suites=SUITES[suite] + ":@SECLEVEL=0", version="-dtls1_2", reverse=False) as server:
        code, report, err = connect(server.address, "--dtls", "--allow-null", "--ciphers", suite, "--send", "hello\n",
                                    "--quiet", 200)
        server.process.stdin.close()  # it ends, and says what came
        server.wait()
    check_good(report["sessions"][0], suite, "d1.2")
    assert code == 0 and b"hello\n" in server.out, err


EMS, ETM = b"\x00\x17\x00\x00", b"\x00\x16\x00\x00"  # the extensions of RFC 7627 and RFC 7366


@pytest.mark.parametrize("ems", [False, True])
@pytest.mark.parametrize("etm", [False, True])
def test_with_and_without_extended_master_secret_and_encrypt_then_mac(tmp_path, ems, etm):
    """The peer's libssl is told by its configuration to do without."""
    config, transcript = tmp_path / "openssl.cnf", tmp_path / "transcript"
    off = ",".join(f"-{name}" for name, on in (("ExtendedMasterSecret", ems), ("EncryptThenMac", etm)) if not on)
    config.write_text("openssl_conf = a\n[a]\nssl_conf = b\n[b]\nsystem_default = c\n[c]\nCipherString = DEFAULT:@SECLEVEL=0\n"
                      + (f"Options = {off}\n" if off else ""))
    suite = "TLS_PSK_WITH_AES_128_CBC_SHA256"
    with serving(tmp_path, "--ciphers", suite, "--receive", "6", "--transcript", transcript) as server:
        environment = {"OPENSSL_CONF": str(config), "PATH": "/usr/bin:/bin"}
        subprocess.run(["openssl", "s_client", "-connect", server.address, "-psk", TEK, "-psk_identity", "", "-quiet", "-tls1_2"],
                       input=b"hello\n", env=environment, timeout=30, check=False, capture_output=True)
        code, report = server.report()
    check_good(report["sessions"][0], suite)
    hello = bytes.fromhex(json.loads(transcript.read_text())["segments"][1]["hex"])
    assert (code, EMS in hello, ETM in hello) == (0, ems, etm), "what the server agreed to"


def test_a_configuration_of_libssl_changes_nothing(tmp_path, monkeypatch):
    config, transcript = tmp_path / "openssl.cnf", tmp_path / "transcript"
    config.write_text("openssl_conf = a\n[a]\nssl_conf = b\n[b]\nsystem_default = c\n[c]\nOptions = -ExtendedMasterSecret\n"
                      "MinProtocol = TLSv1.3\nCipherString = AES256-SHA\n")
    monkeypatch.setenv("OPENSSL_CONF", str(config))
    with serving(tmp_path, "--echo", "--transcript", transcript) as server:
        code, report, _ = connect(server.address, "--send", "x", "--receive", 1)
        assert code == 0 and server.report()[0] == 0
    check_good(report["sessions"][0], GCM)
    assert EMS in bytes.fromhex(json.loads(transcript.read_text())["segments"][1]["hex"])


# ---- several sessions ------------------------------------------------------------------------------------------


def test_sessions_with_one_tek_are_not_resumed(tmp_path):
    """s_client connects once, and five times more with the session that it has."""
    with serving(tmp_path, "--sessions", "6", "--output", "jsonl") as server:
        subprocess.run(["openssl", "s_client", "-reconnect", "-connect", server.address, "-psk", TEK, "-psk_identity", "", "-tls1_2"],
                       input=b"Q\n", capture_output=True, timeout=30, check=False)
        assert server.wait() == 0
        sessions = [json.loads(line) for line in server.out.splitlines()]
    assert [s["session"] for s in sessions] == [1, 2, 3, 4, 5, 6]
    for session in sessions:
        check_good(session, GCM)


def test_several_sessions_of_the_client(tmp_path):
    with s_server(tmp_path) as server:
        code, report, _ = connect(server.address, "--sessions", 3, "--send", "x\n", "--receive", 2)
    assert (code, len(report["sessions"])) == (0, 3)
    for session in report["sessions"]:
        check_good(session, GCM)


def test_renegotiation_is_refused(tmp_path):
    with serving(tmp_path) as server:
        process = subprocess.run(["openssl", "s_client", "-connect", server.address, "-psk", TEK, "-psk_identity", "", "-tls1_2"],
                                 input=b"R\n", capture_output=True, timeout=30, check=False)
        assert b"RENEGOTIATING" in process.stderr and b"no renegotiation" in process.stderr
        code, report = server.report()
    answer = report["sessions"][0]["answer"]
    assert {"from": "server", "description": "no_renegotiation"} in answer["alerts"]
    assert (answer["client"], answer["server"]) == ("verified", "verified")


# ---- keys, identities, hints -----------------------------------------------------------------------------------


@pytest.mark.parametrize("tek", ["00" * 16, "ff", "5a" * 64, "a5" * 256], ids=["zeros", "1", "64", "256"])
def test_teks_of_any_length(tmp_path, tek):
    with serving(tmp_path, "--echo", key=("--tek", tek)) as server:
        assert s_client(server.address, tek=tek)[0] == 0
        code, report = server.report()
    check_good(report["sessions"][0], GCM)
    assert code == 0


def test_a_client_with_another_tek(tmp_path):
    with serving(tmp_path) as server:
        assert s_client(server.address, tek=OTHER_TEK)[0] != 0
        code, report = server.report()
    session, = report["sessions"]
    answer = session["answer"]
    assert (code, report["ok"], session["handshake"], session["outcome"]) == (1, False, False, "handshake_failed")
    assert (answer["verdict"], answer["client"], answer["server"]) == ("reject", "failed", "absent")
    assert NOT_THE_TEK <= ids(answer)
    assert answer["alerts"] == [{"from": "server", "description": "bad_record_mac"}]


def test_a_server_with_another_tek(tmp_path):
    with s_server(tmp_path, tek=OTHER_TEK) as server:
        code, report, _ = connect(server.address, "--send", "secret")
    session, = report["sessions"]
    answer = session["answer"]
    assert (code, session["handshake"], session["sent"]) == (1, False, 0)
    assert (answer["verdict"], answer["client"], answer["server"]) == ("reject", "verified", "absent")
    assert "TS33328-H.2-x02" in ids(answer)


def test_another_tek_over_dtls(tmp_path):
    """A record that does not open is thrown away there (RFC 6347 4.1.2.7): the time limit ends it."""
    with serving(tmp_path, "--dtls", "--timeout", "2") as server:
        s_client(server.address, tek=OTHER_TEK, version="-dtls1_2", stdin=b"")
        code, report = server.report()
    answer = report["sessions"][0]["answer"]
    assert (code, answer["verdict"], answer["client"]) == (1, "reject", "failed")
    assert NOT_THE_TEK <= ids(answer)


@pytest.mark.parametrize("identity", ["Client_identity", "alice@example.com", "x" * 255])
def test_an_identity_is_ignored_and_reported(tmp_path, identity):
    with serving(tmp_path, "--echo") as server:
        assert s_client(server.address, identity=identity)[0] == 0
        code, report = server.report()
    check_good(report["sessions"][0], GCM, identity=identity, breaks={"TS33328-H.2-03"})
    assert code == 0


def test_the_client_sends_an_identity_where_a_test_wants_it(tmp_path):
    with s_server(tmp_path, "-psk_identity", "bob") as server:
        code, report, _ = connect(server.address, "--identity", "bob", "--send", "x\n", "--receive", 2)
    check_good(report["sessions"][0], GCM, identity="bob", breaks={"TS33328-H.2-03"})
    assert code == 0 and b"PSK warning" not in server.out


def test_a_hint_is_ignored_and_reported(tmp_path):
    with s_server(tmp_path, "-psk_hint", "use bob") as server:
        code, report, _ = connect(server.address, "--send", "x\n", "--receive", 2)
    answer = report["sessions"][0]["answer"]
    assert (code, answer["hint"], answer["identity"], answer["findings"]) == (0, b"use bob".hex(), "", [])


def test_a_hint_is_sent_where_a_test_wants_it(tmp_path):
    with serving(tmp_path, "--hint", "use bob") as server:
        # It shows no hint behind an empty identity.
        done = subprocess.run(["openssl", "s_client", "-connect", server.address, "-psk", TEK, "-psk_identity", "x", "-tls1_2"],
                              input=b"Q\n", capture_output=True, timeout=30, check=False)
        assert b"PSK identity hint: use bob" in done.stdout
        code, report = server.report()
    assert (code, report["sessions"][0]["answer"]["hint"]) == (0, b"use bob".hex())


# ---- suites that are not taken ---------------------------------------------------------------------------------


@pytest.mark.parametrize("suites", ["DHE-PSK-AES128-GCM-SHA256", "ECDHE-PSK-AES128-CBC-SHA256", "RSA-PSK-AES128-GCM-SHA256"])
def test_a_client_without_plain_psk_suites(tmp_path, suites):
    with serving(tmp_path) as server:
        assert s_client(server.address, suites=suites + ":@SECLEVEL=0")[0] != 0
        code, report = server.report()
    session, = report["sessions"]
    answer = session["answer"]
    assert (code, session["outcome"], answer["suite"], answer["verdict"]) == (1, "handshake_failed", None, "reject")
    assert "TS33328-H.2-01" in ids(answer)
    assert ("TS33328-H.2-02" in ids(answer)) == ("DHE" in suites)
    assert "no shared cipher" in session["error"]


def test_diffie_hellman_is_found_where_both_ends_use_it(tmp_path):
    suite = "TLS_DHE_PSK_WITH_AES_128_GCM_SHA256"
    with s_server(tmp_path) as server:
        code, report, _ = connect(server.address, "--ciphers", suite, "--send", "x\n", "--receive", 2)
    session, = report["sessions"]
    answer = session["answer"]
    assert (code, session["handshake"], answer["suite"], answer["verdict"]) == (1, True, suite, "reject")
    assert {"TS33328-H.2-01", "TS33328-H.2-02"} <= ids(answer)


def test_null_is_not_taken_unless_allowed(tmp_path):
    with serving(tmp_path) as server:
        assert s_client(server.address, suites="PSK-NULL-SHA256:@SECLEVEL=0")[0] != 0
        code, report = server.report()
    session, = report["sessions"]
    assert (code, session["handshake"], session["answer"]["suite"]) == (1, False, None)
    with serving(tmp_path, "--allow-null", "--echo") as server:
        assert s_client(server.address, suites="PSK-NULL-SHA256:@SECLEVEL=0")[0] == 0
        code, report = server.report()
    check_good(report["sessions"][0], "TLS_PSK_WITH_NULL_SHA256")


def test_null_is_the_last_that_is_offered(tmp_path):
    with s_server(tmp_path) as server:
        code, report, _ = connect(server.address, "--allow-null", "--send", "x\n", "--receive", 2)
    check_good(report["sessions"][0], GCM)
    assert code == 0


# ---- versions --------------------------------------------------------------------------------------------------


def test_a_client_of_tls_1_3_alone(tmp_path):
    with serving(tmp_path) as server:
        code, said = s_client(server.address, suites=None, identity="x", version="-tls1_3")
        assert code != 0 and b"protocol version" in said
        code, report = server.report()
    session, = report["sessions"]
    assert (code, session["handshake"], session["answer"]["verdict"]) == (1, False, "reject")
    assert "TS33328-H.2-x01" in ids(session["answer"])
    assert "RFC 8446 4.2.11" in session["error"], "why it is refused"


def test_a_server_of_tls_1_3_alone(tmp_path):
    with s_server(tmp_path, suites=None, version="-tls1_3") as server:
        code, report, _ = connect(server.address, "--send", "x")
    session, = report["sessions"]
    assert (code, session["handshake"]) == (1, False)
    assert {"from": "server", "description": "protocol_version"} in session["answer"]["alerts"]


@pytest.mark.parametrize("version", sorted(OLD))
def test_a_client_of_an_old_version(tmp_path, version):
    with serving(tmp_path) as server:
        assert s_client(server.address, version=OLD[version])[0] != 0
        code, report = server.report()
    session, = report["sessions"]
    assert (code, session["handshake"], session["answer"]["version"]) == (1, False, None)
    assert "TS33328-H.2-x01" in ids(session["answer"])


@pytest.mark.parametrize("version", sorted(OLD))
def test_a_server_of_an_old_version(tmp_path, version):
    with s_server(tmp_path, version=OLD[version]) as server:
        code, report, _ = connect(server.address, "--send", "x")
    session, = report["sessions"]
    answer = session["answer"]
    assert (code, session["handshake"], session["sent"], answer["client"]) == (1, False, 0, "absent")
    assert (answer["version"], answer["verdict"]) == ({"tls1": "1.0", "tls1_1": "1.1"}[version], "reject")
    assert "TS33328-H.2-x01" in ids(answer)
    assert answer["alerts"] == [{"from": "client", "description": "protocol_version"}]


# ---- TLS 1.3, where the profile allows it ----------------------------------------------------------------------

TLS13 = ("--set", "tls_versions=tls13")


def test_s_client_with_tls_1_3(tmp_path):
    """psk_ke: no key_share in the ServerHello, or H.2-02 would be broken."""
    with serving(tmp_path, "--echo", *TLS13) as server:
        code, said = s_client(server.address, "-allow_no_dhe_kex", suites=None, identity="x", version="-tls1_3")
        assert (code, b"hello" in said) == (0, True), said
        code, report = server.report()
    answer = report["sessions"][0]["answer"]
    assert (code, answer["version"], answer["suite"]) == (0, "1.3", "TLS_AES_128_GCM_SHA256")
    assert (answer["client"], answer["server"], answer["identity"], answer["findings"]) == ("verified", "verified", "78", [])


def test_s_client_with_tls_1_3_and_diffie_hellman_alone(tmp_path):
    with serving(tmp_path, *TLS13) as server:
        assert s_client(server.address, suites=None, identity="x", version="-tls1_3")[0] != 0
        code, report = server.report()
    session, = report["sessions"]
    assert (code, session["handshake"]) == (1, False)
    assert "TS33328-H.2-02" in ids(session["answer"])


def test_s_server_that_chooses_diffie_hellman_with_tls_1_3(tmp_path):
    with s_server(tmp_path, "-psk_identity", "x", suites=None, version="-tls1_3") as server:
        code, report, _ = connect(server.address, *TLS13, "--identity", "x", "--send", "x\n", "--receive", 2)
    answer = report["sessions"][0]["answer"]
    assert (code, answer["version"], answer["verdict"], answer["server"]) == (1, "1.3", "reject", "not_tried")
    assert "TS33328-H.2-02" in ids(answer)


def test_tls_1_2_is_still_spoken_where_1_3_is_allowed(tmp_path):
    with serving(tmp_path, "--echo", *TLS13) as server:
        assert s_client(server.address)[0] == 0
        code, report = server.report()
    check_good(report["sessions"][0], GCM)
    with s_server(tmp_path) as server:
        code, report, _ = connect(server.address, *TLS13, "--version", "1.2", "--send", "x\n", "--receive", 2)
    check_good(report["sessions"][0], GCM)
    assert code == 0
