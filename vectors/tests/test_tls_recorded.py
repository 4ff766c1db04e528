"""Handshakes of OpenSSL and GnuTLS: what is derived here is what those peers wrote down as their secrets."""

import pytest

from tls_support import RECORDED
from tlspsk import judge

SETTINGS = {"tls_versions": "tls13"}


def judged(recorded):
    return judge.judge({"transport": recorded["transport"], "profile": "ims-msrp-tls", "settings": SETTINGS, "tek": recorded["tek"],
                        "identity13": None, "segments": recorded["segments"]})


# Where TEK and suite give the keys; the client of "wrong-key" has written down what it made of its own key.
MASTER = [one for one in RECORDED if "CLIENT_RANDOM" in one["secrets"]
          and not any(word in one["name"] for word in ("wrong-key", "dhe", "tls11", "unknown-identity"))]
PSK_KE = [one for one in RECORDED if one["name"] in ("openssl-tls13-psk-ke", "gnutls-tls13")]


def test_both_peers_are_recorded():
    assert {one["made_by"] for one in RECORDED} == {"openssl 3.0", "gnutls 3.7"}
    assert {one["transport"] for one in MASTER} == {"tls", "dtls"}
    assert len(MASTER) >= 28 and len(PSK_KE) == 2


@pytest.mark.parametrize("recorded", MASTER, ids=lambda one: one["name"])
def test_master_secret_and_proofs(recorded):
    facts = judged(recorded)
    assert facts.intermediates()["master_secret"] == recorded["secrets"]["CLIENT_RANDOM"]
    assert (facts.status("client"), facts.status("server")) == ("verified", "verified")


def test_the_other_key_gives_another_master_secret():
    one = next(one for one in RECORDED if one["name"] == "openssl-wrong-key")
    facts = judged(one)
    assert facts.intermediates()["master_secret"] != one["secrets"]["CLIENT_RANDOM"]
    assert facts.status("client") == "failed"
    theirs = judged({**one, "tek": "ffeeddccbbaa99887766554433221100"})
    assert theirs.intermediates()["master_secret"] == one["secrets"]["CLIENT_RANDOM"]
    assert theirs.status("client") == "verified"


@pytest.mark.parametrize("recorded", PSK_KE, ids=lambda one: one["name"])
def test_traffic_secrets_of_tls13(recorded):
    facts, secrets = judged(recorded), recorded["secrets"]
    assert (facts.status("client"), facts.status("server")) == ("verified", "verified")
    session = facts.made13
    assert session.secrets["client"].hex() == secrets["CLIENT_HANDSHAKE_TRAFFIC_SECRET"]
    assert session.secrets["server"].hex() == secrets["SERVER_HANDSHAKE_TRAFFIC_SECRET"]
    assert session.application["client"].hex() == secrets["CLIENT_TRAFFIC_SECRET_0"]
    assert session.application["server"].hex() == secrets["SERVER_TRAFFIC_SECRET_0"]


def test_what_was_agreed():
    agreed = {one["name"]: judged(one).session12() for one in MASTER}
    assert {(s.extended, s.encrypt_then_mac) for s in agreed.values() if s} == {(False, False), (True, False), (True, True)}
    assert agreed["gnutls-cbc-plain"].extended is False and agreed["gnutls-cbc-plain"].encrypt_then_mac is False
    assert agreed["openssl-no-etm"].encrypt_then_mac is False and agreed["openssl-psk-aes128-cbc-sha"].encrypt_then_mac is True
