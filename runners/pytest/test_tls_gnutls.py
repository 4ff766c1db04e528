"""`ticketgate tls serve` and `connect` beside GnuTLS's gnutls-cli and gnutls-serv.

gnutls-cli cannot send an empty identity: the one that it sends is ignored, and reported. gnutls-serv serves the empty one where its password
file has a line without a user name.
"""
import pytest

from tls_process import (GNUTLS, OPENED, OTHER_TEK, connect, gnutls_cli, gnutls_serv, gnutls_suites, openssl_suites, serving)

pytestmark = pytest.mark.skipif(not GNUTLS, reason="gnutls-bin is not installed")

NUMBERS = {"AES_128_CBC_SHA": 0x8c, "AES_256_CBC_SHA": 0x8d, "AES_128_CBC_SHA256": 0xae, "AES_256_CBC_SHA384": 0xaf,
           "AES_128_GCM_SHA256": 0xa8, "AES_256_GCM_SHA384": 0xa9, "AES_128_CCM": 0xc0a4, "AES_256_CCM": 0xc0a5,
           "AES_128_CCM_8": 0xc0a8, "AES_256_CCM_8": 0xc0a9, "CHACHA20_POLY1305_SHA256": 0xccab,
           "CAMELLIA_128_CBC_SHA256": 0xc094, "CAMELLIA_256_CBC_SHA384": 0xc095,
           "NULL_SHA": 0x2c, "NULL_SHA256": 0xb0, "NULL_SHA384": 0xb1}
BOTH = sorted(f"TLS_PSK_WITH_{name}" for name, number in NUMBERS.items()
              if GNUTLS and number in gnutls_suites() and f"TLS_PSK_WITH_{name}" in openssl_suites())


def ids(answer):
    return {finding["id"] for finding in answer["findings"]}


def check_good(session, suite, version, identity, breaks):
    answer = session["answer"]
    proof = "verified" if OPENED.search(suite) else "not_tried"
    assert (answer["version"], answer["suite"], answer["identity"]) == (version, suite, identity.encode().hex())
    assert (answer["client"], answer["server"], answer["verdict"]) == (proof, proof, "accept")
    assert ids(answer) == breaks | ({"TS33328-5.3-01"} if "_NULL_" in suite else set())


def test_suites_of_both():
    assert len(BOTH) == len(NUMBERS)


@pytest.mark.parametrize("udp", [False, True], ids=["tls", "dtls"])
@pytest.mark.parametrize("suite", BOTH)
def test_gnutls_cli(tmp_path, suite, udp):
    options, more, version = (("--dtls",), ("--udp",), "DTLS1.2") if udp else ((), (), "TLS1.2")
    with serving(tmp_path, *options, "--echo", "--allow-null", "--ciphers", suite) as server:
        code, said = gnutls_cli(server, *more, version=version)
        assert (code, b"hello" in said) == (0, True), said
        code, report = server.report()
    check_good(report["sessions"][0], suite, "d1.2" if udp else "1.2", "somebody", {"TS33328-H.2-03"})
    assert (code, report["sessions"][0]["received_hex"]) == (0, b"hello\n".hex())


@pytest.mark.parametrize("udp", [False, True], ids=["tls", "dtls"])
@pytest.mark.parametrize("suite", BOTH)
def test_gnutls_serv(tmp_path, suite, udp):
    options, more, version = (("--dtls",), ("--udp",), "DTLS1.2") if udp else ((), (), "TLS1.2")
    with gnutls_serv(tmp_path, *more, version=version) as server:
        code, report, err = connect(server.address, *options, "--allow-null", "--ciphers", suite, "--send", "hello\n",
                                    "--receive", 6)
    check_good(report["sessions"][0], suite, "d1.2" if udp else "1.2", "", set())
    assert (code, report["sessions"][0]["received_hex"]) == (0, b"hello\n".hex()), err


def test_gnutls_cli_with_another_tek(tmp_path):
    with serving(tmp_path) as server:
        assert gnutls_cli(server, tek=OTHER_TEK, stdin=b"")[0] != 0
        code, report = server.report()
    answer = report["sessions"][0]["answer"]
    assert (code, answer["verdict"], answer["client"]) == (1, "reject", "failed")
    assert {"TS33328-H.2-05", "TS33328-J.1-02"} <= ids(answer)


def test_gnutls_serv_with_another_tek(tmp_path):
    with gnutls_serv(tmp_path, tek=OTHER_TEK) as server:
        code, report, _ = connect(server.address, "--send", "secret")
    answer = report["sessions"][0]["answer"]
    assert (code, answer["verdict"], answer["client"], report["sessions"][0]["sent"]) == (1, "reject", "verified", 0)
    assert "TS33328-H.2-x02" in ids(answer)


def test_gnutls_serv_that_wants_an_identity(tmp_path):
    """For one that it does not know it takes a random key: that looks like another TEK (RFC 4279 2 allows it)."""
    with gnutls_serv(tmp_path, identity="bob") as server:
        code, report, _ = connect(server.address, "--send", "x")
        answer = report["sessions"][0]["answer"]
        assert (code, answer["identity"], answer["client"], answer["server"]) == (1, "", "verified", "absent")
        assert "TS33328-H.2-x02" in ids(answer)
        code, report, _ = connect(server.address, "--send", "x\n", "--receive", 2, "--identity", "bob")
        check_good(report["sessions"][0], "TLS_PSK_WITH_AES_128_GCM_SHA256", "1.2", "bob", {"TS33328-H.2-03"})
        assert code == 0


def test_gnutls_cli_with_diffie_hellman_alone(tmp_path):
    with serving(tmp_path) as server:
        assert gnutls_cli(server, exchange="DHE-PSK", stdin=b"")[0] != 0
        code, report = server.report()
    assert code == 1 and {"TS33328-H.2-01", "TS33328-H.2-02"} <= ids(report["sessions"][0]["answer"])


def test_several_sessions_of_gnutls_serv(tmp_path):
    with gnutls_serv(tmp_path) as server:
        code, report, _ = connect(server.address, "--sessions", 3, "--send", "x\n", "--receive", 2)
    assert (code, len(report["sessions"])) == (0, 3)
    for session in report["sessions"]:
        check_good(session, "TLS_PSK_WITH_AES_128_GCM_SHA256", "1.2", "", set())


def test_gnutls_with_tls_1_3(tmp_path):
    """psk_ke in GnuTLS is the exchange PSK; its identity goes as it is."""
    with serving(tmp_path, "--echo", "--set", "tls_versions=tls13") as server:
        code, said = gnutls_cli(server, version="TLS1.3", identity="somebody")
        assert (code, b"hello" in said) == (0, True), said
        code, report = server.report()
    answer = report["sessions"][0]["answer"]
    assert (code, answer["version"], answer["identity"], answer["findings"]) == (0, "1.3", b"somebody".hex(), [])
    assert (answer["client"], answer["server"]) == ("verified", "verified")
