"""What a role of `vectors/iut` must not do with a ticket, its keys and its limits."""

import pytest

from iut_support import (BOB, CAROL, NO_UPDATE, SUITES, TEK, TGK, InProcess, Talk, key, other, outcome, payload, sent_by, srtp,
                         tree_of)
from iutpy import grant, parts, responder

DAYS_30 = 30 * 86400
NTP_UTC, NTP, _, NTP32 = range(4)
OWN_KEYS = {"sessions": [srtp(1, 1, own_key=True)], "policies": [{"policy_no": 0, "prot_type": 0, "params": []}], "keys": [key(TEK)]}


@pytest.fixture
def iut():
    return InProcess()


# --- tickets are used in their time, and as granted ---------------------------------------------------------------


def policy_of(talk, time_type, start, end):
    """The policy of a Talk with another validity period: seconds from its beginning, None: no bound."""
    def stamp(seconds):
        return None if seconds is None else f"{talk.now + (seconds << 32):016x}"
    return {"ticket_type": 1, "subtype": 1, "version": 1, "prf_func": 0, "flags": "DFGHJLMNO", "start": stamp(start), "end": stamp(end),
            "time_type": time_type, "rekey": 0, "keys": [key(TGK)], "applications": [], "responders": [BOB]}


@pytest.mark.parametrize("mode", [1, 2, 3, 4])
@pytest.mark.parametrize("time_type", [NTP_UTC, NTP, NTP32])
@pytest.mark.parametrize("start,end,at,good", [
    (-60, 3600, 3500, True), (-60, 3600, 3601, False), (-60, 3600, DAYS_30, False), (100, 3600, 50, False),
    (100, 3600, 100, True), (None, None, DAYS_30, True), (None, 3600, 3601, False), (100, None, DAYS_30, True)])
def test_a_ticket_is_used_in_its_validity_period_only(iut, mode, time_type, start, end, at, good):
    talk = Talk(iut, mode, flags="DFGHJLMNO")
    talk = Talk(iut, mode, flags="DFGHJLMNO", policy=policy_of(talk, time_type, start, end))
    begun = talk.now
    if mode in (1, 2):
        talk.start("initiator", "request", "request")
    talk.now = begun + (at << 32)
    answer = talk.start("initiator", "transfer", "transfer")
    if good:
        talk.assert_good()
        return
    assert outcome(answer) == ("rejected", "ticket", False) and not sent_by(talk, 14)


def test_a_ticket_that_was_good_is_not_reused_later(iut):
    talk = Talk(iut, 2, flags="DFGHJNO")
    talk.run()
    talk.assert_good()
    talk.now += DAYS_30 << 32
    assert outcome(talk.start("initiator", "transfer", "reuse1")) == ("rejected", "ticket", False)


def grants(monkeypatch, **flags):
    """A KMS that grants other flags than it was asked for."""
    before = grant.set_flags

    def other(profile, node):
        before(profile, node)
        node["flags"].update(flags)
        return True
    monkeypatch.setattr(grant, "set_flags", other)


@pytest.mark.parametrize("granted", [0, 1])
def test_reuse_goes_by_the_flag_granted(iut, monkeypatch, granted):
    grants(monkeypatch, J=granted)
    talk = Talk(iut, flags="DEFGHNO" if granted else "DEFGHJNO")
    talk.run()
    talk.assert_good()
    answer = talk.start("initiator", "transfer", "reuse1")
    assert outcome(answer) == (("accepted", None, False) if granted else ("rejected", "policy", False))
    assert len(sent_by(talk, 14)) == 1 + granted


@pytest.mark.parametrize("granted", [0, 1])
def test_own_keys_go_by_the_flag_granted(iut, monkeypatch, granted):
    grants(monkeypatch, L=granted)
    talk = Talk(iut, flags="DEFGHNO" if granted else "DEFGHLNO", offer=OWN_KEYS)
    answer = talk.run()
    if granted:
        talk.assert_good()
        assert payload(sent_by(talk, 14)[0], "KEMAC")
        return
    assert outcome(answer) == ("rejected", "policy", False) and not sent_by(talk, 14)


@pytest.mark.parametrize("update", [False, True])
def test_keys_of_the_responder_go_by_the_flag_granted(iut, monkeypatch, update):
    """M=0 was granted and M=1 asked for; a Responder who supplies keys all the same is not heard (5.2, 6.10)."""
    grants(monkeypatch, M=0)
    given = {"answer": {**NO_UPDATE, "keys": [key(TEK)]}} if not update else {}
    talk = Talk(iut, 1, flags="DEFGHMNO", responder=given)
    keep = responder.Responder.own_kemac

    def careless(self, wanted, state, flag, flags, prf):
        return keep(self, wanted or self.o.answer.keys, state, flag, {**flags, "M": 1, "L": 1}, prf)
    monkeypatch.setattr(responder.Responder, "own_kemac", careless)
    talk.run()
    if update:
        talk.assert_good()
        talk.start("responder", "update", "update0", update={**NO_UPDATE, "keys": [key(TEK)]}, with_response=False)
    refused, told = talk.answers[-2:]
    assert refused[0] == "initiator" and outcome(refused[1])[:2] == ("rejected", "rule") and "established" not in refused[1]
    assert told[0] == "responder" and outcome(told[1])[:2] == ("rejected", "peer_error")
    assert payload(talk.transcript[-2]["hex"], "KEMAC")


# --- what the KMS sends is held against the ticket by who can open it ---------------------------------------------


@pytest.mark.parametrize("flags", ["DEFGHNO", "DEFGHINO"])
@pytest.mark.parametrize("wrong", [None, "mpki", "second", "session", "salt", "missing", "more"])
def test_who_has_the_tpk_compares_what_the_kms_resolved(iut, monkeypatch, flags, wrong):
    keys = [key(TGK), key(3, 16, 14), key(4)]
    talk = Talk(iut, 1, flags=flags, keys=keys, responder={"tpk": "04" * 16})
    assert talk.tpk.hex() == "04" * 16
    session = iut.iut.sessions[2]
    before = session.respond

    def respond(m, data_type, ticket, nodes, modifier, to=None):
        nodes = [dict(node) for node in nodes]
        mpks = 1 + ("I" in flags)
        place = {"mpki": 0, "second": mpks - 1, "session": mpks, "salt": mpks + 1}.get(wrong)
        if data_type == 18 and place is not None:
            name = "salt_data" if wrong == "salt" else "key_data"
            nodes[place][name] = bytes(octet ^ 1 for octet in bytes.fromhex(nodes[place][name])).hex()
        if data_type == 18 and wrong == "missing":
            nodes.pop()
        if data_type == 18 and wrong == "more":
            nodes.append(parts.key_node(TEK, bytes(range(16)), spi=b"more"))
        return before(m, data_type, ticket, nodes, modifier, to)
    session.respond = respond
    answer = talk.run()
    if wrong is None:
        talk.assert_good()
        return
    assert answer["outcome"] == "rejected" and "established" not in answer
    assert not sent_by(talk, 15) and not any("established" in one for _, one in talk.answers)


# --- the KMS ------------------------------------------------------------------------------------------------------


def test_the_kms_keeps_every_responder_that_was_asked_for(iut):
    wanted = [CAROL, BOB, {"type": 1, "data": b"sip:dave@example.com".hex()}]
    talk = Talk(iut)
    talk = Talk(iut, policy={**policy_of(talk, NTP32, -60, 3600), "flags": "DEFGHNO", "responders": wanted})
    talk.run()
    talk.assert_good()
    ticket = payload(sent_by(talk, 13)[0], "TICKET")
    assert [{"type": one["id_type"], "data": one["id_data"]} for one in ticket["tp_data"]
            if one["payload"] == "IDR" and one["id_role"] == parts.R] == wanted
    assert ticket["flags"]["K"] == 0


def granted_end(talk):
    ticket = payload(sent_by(talk, 13)[0], "TICKET")
    ends = [one for one in ticket["tp_data"] if one["payload"] == "TR" and one["ts_role"] == 3]
    assert len(ends) == 1
    return int(ends[0]["ts_value"][:8], 16), ticket["flags"]["K"]


@pytest.mark.parametrize("time_type", [NTP_UTC, NTP, NTP32])
@pytest.mark.parametrize("start,end,granted", [(-60, 500, 500), (-60, 540, 540), (-60, 541, 540), (-60, None, 540), (None, 3600, 600),
                                               (None, None, 600), (100, 10000, 700)])
def test_a_validity_beyond_the_limit_is_shortened(iut, time_type, start, end, granted):
    talk = Talk(iut, 2)
    begun = talk.now
    talk = Talk(iut, 2, policy=policy_of(talk, time_type, start, end), kms={"max_validity": 600})
    talk.start("initiator", "request", "request")
    seconds, changed = granted_end(talk)
    arrived = 1 if start is None and granted == 600 else 0      # without TRs the KMS counts from its own clock
    assert (seconds, changed) == ((begun >> 32) + granted + arrived, int(granted != end))


@pytest.mark.parametrize("suite,least,most,asked,granted", [
    ("256", 24, 32, 16, 24), ("256", 16, 24, 32, 24), ("256", 16, 32, 24, 24), ("128", 16, 32, 32, 16), ("128", 16, 16, 16, 16),
    ("256", 32, 32, None, 32), ("256", 16, 24, None, 24)])
def test_limits_of_session_keys(iut, suite, least, most, asked, granted):
    talk = Talk(iut, 1, suite)
    prf = SUITES[suite][0]
    policy = {**policy_of(talk, NTP32, -60, 3600), "flags": "DEFGHNO", "prf_func": prf, "keys": None if asked is None else [key(TGK, asked)]}
    talk = Talk(iut, 1, suite, policy=policy, kms={"min_key": least, "max_key": most})
    talk.run()
    talk.assert_good()
    session = iut.iut.sessions[0]
    assert [len(one.key) for one in session.state.keys] == [granted]
    assert payload(sent_by(talk, 13)[0], "TICKET")["flags"]["K"] == int(asked not in (None, granted))


@pytest.mark.parametrize("keys", [None, [key(TGK)]])
def test_limits_that_nothing_can_keep_are_refused(iut, keys):
    """Keys of 24 octets do not go with 128-bit algorithms (12.1)."""
    talk = Talk(iut, 1, "128")
    policy = {**policy_of(talk, NTP32, -60, 3600), "keys": keys}
    talk = Talk(iut, 1, "128", policy=policy, kms={"min_key": 24})
    talk.run()
    assert outcome(talk.answers[1][1]) == ("rejected", "tp_param", True) and not sent_by(talk, 13)


# --- settings -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["initiator", "responder"])
@pytest.mark.parametrize("choice", ["3gpp", "rfc6043"])
def test_an_update_has_no_policies_for_tls(iut, choice, who):
    """TS33328-H.1-02, also where a response had one (FORMAT.md, tls_policies)."""
    talk = Talk(iut, 1, "256", "ims-mixed", "DEFGHINO", [key(TGK, 32)], settings={"tls_policies": choice}, offer={
        "sessions": [srtp(1), other(2, 241)], "policies": [{"policy_no": 0, "prot_type": 0, "params": []}], "keys": []})
    talk.run()
    talk.start(who, "update", "update0", update=NO_UPDATE, with_response=True)
    talk.assert_good()
    numbers = [len(tree_of(one["hex"])["hdr"]["cs"][1]["ps"]) for one in talk.transcript if one["hex"][2:4] in ("0e", "0f")]
    in_response = int(choice == "rfc6043")
    assert numbers == [0, in_response, 0, in_response]


# --- algorithms and randomness ------------------------------------------------------------------------------------


def kemacs(octets):
    """Encr algs of the KEMACs of a message and of its ticket, without that of TP (NULL, 6.10)."""
    found = [node["encr_alg"] for node in tree_of(octets)["payloads"] if node["payload"] == "KEMAC"]
    ticket = payload(octets, "TICKET")
    return found + [node["encr_alg"] for node in ticket["ticket_data"] if node["payload"] == "KEMAC"] if ticket else found


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize("mode", [1, 2, 3, 4])
def test_every_kemac_has_the_algorithm_configured(iut, mode, suite):
    size = 32 if suite == "256" else 16
    talk = Talk(iut, mode, suite, flags="DFGHLMNO", offer={**OWN_KEYS, "keys": [key(TEK, size)]},
                answer={**NO_UPDATE, "keys": [key(TEK, size)]})
    talk.run()
    for who in ("initiator", "responder"):
        talk.start(who, "update", f"update {who}", update={**NO_UPDATE, "keys": [key(TEK, size)]}, with_response=False)
    talk.assert_good()
    by_type = [(bytes.fromhex(one["hex"])[1], kemacs(one["hex"])) for one in talk.transcript]
    assert all(alg == SUITES[suite][1] for _, algs in by_type for alg in algs)
    assert [len(algs) for kind, algs in by_type if kind in (14, 15)] == [2, 1, 1, 1]


def test_random_values_are_independent(iut):
    """RANDRr of RESOLVE_INIT and of TRANSFER_RESP are two (4.2.2.3, 4.2.3.1), and none comes again."""
    talk = Talk(iut, flags="DEFGHIJNO", resolve_each_time=True)
    talk.run()
    talk.start("initiator", "transfer", "reuse1")
    talk.assert_good()
    found = [(bytes.fromhex(one["hex"])[1], node["rand_role"], node["rand"]) for one in talk.transcript
             for node in tree_of(one["hex"])["payloads"] if node["payload"] == "RANDR"]
    own = [(kind, role, rand) for kind, role, rand in found if (kind, role) in ((11, 1), (14, 1), (15, 2), (16, 2), (18, 3))]
    assert len(own) == 9 and len({rand for _, _, rand in own}) == 9
    assert {rand for kind, role, rand in found if (kind, role) == (15, 3)} == {rand for kind, role, rand in found if kind == 18}
