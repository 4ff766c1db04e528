"""The live roles, talking to each other over the line protocol; what they said is judged by the judge of conversations."""

import pathlib

import pytest

from iut_support import (CAROL, GTGK, GTGK_SALT, SUITES, TEK, TEK_SALT, TGK, TGK_SALT, InProcess, Process, Talk, key, other,
                         srtp)

ROOT = pathlib.Path(__file__).resolve().parent.parent
MEDIA = "DEFGHINO"
WITHOUT_IDS = ("RFC6043-4.2.1.1-06", "RFC6043-4.2.1.2-01", "RFC6043-4.2.2.1-04", "RFC6043-4.2.3.1-05", "RFC6043-4.2.3.2-01")


@pytest.fixture
def iut():
    return InProcess()


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize("flags", ["DFGHNO", "DEFHINO", "DEFGIJLMNO", "DEHNO"])
@pytest.mark.parametrize("mode", [1, 2, 3, 4])
def test_every_mode_with_every_suite(iut, mode, suite, flags):
    talk = Talk(iut, mode, suite, flags=flags)
    talk.run()
    talk.assert_good()
    steps = {1: 6, 2: 4, 3: 4, 4: 2}[mode] + 2 * (mode in (2, 4) and "E" in flags) - ("F" not in flags)
    assert len(talk.transcript) == steps


@pytest.mark.parametrize("suite", ["128", "256"])
def test_public_keys(iut, suite):
    talk = Talk(iut, 1, suite, flags=MEDIA, pk=True)
    talk.run()
    talk.assert_good()


@pytest.mark.parametrize("ts_type", [0, 1, 2, 3])
@pytest.mark.parametrize("flags", ["DFGHNO", "DEFGHIJLMNO"])
def test_updates_by_both_sides_with_keys(iut, ts_type, flags):
    talk = Talk(iut, flags=flags, ts_type=ts_type, update_answer={"sessions": [], "policies": [], "keys": []})
    talk.run()
    for number, (who, answered) in enumerate([("initiator", True), ("responder", True), ("initiator", False), ("responder", False)]):
        own = "L" if who == "initiator" else "M"
        keys = [key(TEK_SALT, 16, 14)] if own in flags else []
        sessions = [srtp(1, 1, own_key=True)] if keys else []
        answer = talk.start(who, "update", f"update{number}", update={"sessions": sessions, "policies": [], "keys": keys},
                            with_response=answered)
        assert answer["outcome"] == "accepted"
    talk.assert_good()


@pytest.mark.parametrize("mode", [1, 2, 3, 4])
@pytest.mark.parametrize("again", [False, True])
def test_a_ticket_is_reused(iut, mode, again):
    talk = Talk(iut, mode, flags="DEFGHIJNO", resolve_each_time=again)
    talk.run()
    before = len(talk.transcript)
    talk.start("initiator", "transfer", "reuse1")
    talk.assert_good()
    assert len(talk.transcript) - before == (4 if again else 2)


def test_a_ticket_that_must_not_be_reused_is_not(iut):
    talk = Talk(iut)
    talk.run()
    answer = talk.start("initiator", "transfer", "reuse1")
    assert (answer["outcome"], answer["error"], "messages" in answer) == ("rejected", "policy", False)


@pytest.mark.parametrize("kinds", [[TGK_SALT], [TEK], [TEK_SALT], [GTGK], [GTGK_SALT], [TEK, GTGK, TGK]])
@pytest.mark.parametrize("suite", SUITES)
def test_kinds_of_keys(iut, kinds, suite):
    size = 32 if suite == "256" else 16
    keys = [key(kind, size, 14 if kind in (TGK_SALT, TEK_SALT, GTGK_SALT) else 0) for kind in kinds]
    talk = Talk(iut, 1, suite, flags=MEDIA, keys=keys, offer={
        "sessions": [srtp(i + 1, i + 1) for i in range(len(keys))],
        "policies": [{"policy_no": 0, "prot_type": 0, "params": []}], "keys": []})
    talk.run()
    talk.assert_good()


@pytest.mark.parametrize("suite", SUITES)
def test_keys_of_their_own(iut, suite):
    size = 32 if suite == "256" else 16
    talk = Talk(iut, 1, suite, flags="DEFGHILMNO", offer={
        "sessions": [srtp(1), srtp(2, 1, own_key=True), srtp(3, 0)], "policies": [{"policy_no": 0, "prot_type": 0, "params": []}],
        "keys": [key(TGK, size)]}, answer={"sessions": [srtp(3, 1, own_key=True)], "policies": [], "keys": [key(TEK, size)]})
    talk.run()
    talk.assert_good()
    assert len(set(talk.keys_of("initiator").values())) == 3


@pytest.mark.parametrize("setting", [
    {"v_flag": "sec6"}, {"mac_identity": "len_data"}, {"mac_identity": "type_len_data"}, {"absent_identity": "empty"},
    {"update_id_order": "sender"}, {"idata_excl": "if_present"}, {"idata_excl": "data_only"}, {"resp_init_copy": "excl_idata"},
    {"iv_time": "initial"}, {"ntp32_pad": "leading"}, {"counter_pad": "trailing"}, {"ticket_iv_csb": "zero"},
    {"vi_next": "identical"}, {"vr_prf": "hdr"}, {"update_keys": "same_mpk"}, {"kw_pad": "zero"}, {"rand_sum": "used"},
    {"tls_policies": "rfc6043"}, {"spi_required": "session"}, {"mix_scope": "outer"}, {"tls_key": "tgk"}])
@pytest.mark.parametrize("left_out", [False, True])
def test_settings(iut, setting, left_out):
    talk = Talk(iut, 1, "128", flags="DEFGHIJLMNO", settings=setting, leave_out_ids=left_out)
    talk.run()
    for number, who in enumerate(("initiator", "responder")):
        talk.start(who, "update", f"update{number}", update={"sessions": [], "policies": [], "keys": []}, with_response=True)
    talk.assert_good(WITHOUT_IDS if left_out else ())


@pytest.mark.parametrize("setting", [{"sig_hash": "sha256"}, {"sig_hash": "suite"}, {"pke_pad": "oaep"}])
def test_settings_of_public_keys(iut, setting):
    talk = Talk(iut, 1, "256", settings=setting, pk=True)
    talk.run()
    talk.assert_good()


IMS = {"ims-media": (MEDIA, TGK, lambda: [srtp(1), srtp(2)]), "ims-msrp-tls": (MEDIA, TGK, lambda: [other(1, 241)]),
       "ims-bfcp-tls": (MEDIA, TGK, lambda: [other(1, 241)]), "ims-message": ("DEHINO", GTGK, lambda: [other(1, 242)]),
       "ims-mixed": (MEDIA, TGK, lambda: [srtp(1), srtp(2), other(3, 241)])}


@pytest.mark.parametrize("mode", [1, 2, 3, 4])
@pytest.mark.parametrize("profile", IMS)
def test_profiles_of_3gpp(iut, profile, mode):
    flags, kind, sessions = IMS[profile]
    sessions = sessions()
    sps = [{"policy_no": 0, "prot_type": 0, "params": []}] if any(one["prot_type"] == 0 for one in sessions) else []
    talk = Talk(iut, mode, "256", profile, flags, [key(kind, 32)], {"sessions": sessions, "policies": sps, "keys": []})
    talk.run()
    talk.assert_good()


def test_calling_a_group(iut):
    talk = Talk(iut, 1, "256", "ims-media", MEDIA, called=CAROL)
    talk.run()
    talk.assert_good()


# --- receiving ----------------------------------------------------------------------------------------------------


def outcome(answer):
    return answer["outcome"], answer.get("error")


class Tampering(Talk):
    """Each message is brought first with one bit changed, and then as it was sent."""

    def __init__(self, *more, at=0.5, **options):
        super().__init__(*more, **options)
        self.at, self.tampered = at, []

    def receive(self, role, sender, octets):
        data = bytearray.fromhex(octets)
        place = 10 + int((len(data) - 11) * self.at)
        data[place] ^= 1
        answer = self.iut.call(op="receive", session=self.number_of[role], **{"from": sender}, now=f"{self.now:016x}", message=data.hex())
        self.tampered.append((role, data[1], answer))
        return super().receive(role, sender, octets)


@pytest.mark.parametrize("mode", [1, 2, 4])
@pytest.mark.parametrize("step", range(40))
def test_a_changed_bit_is_refused_and_nothing_of_it_stays(iut, mode, step):
    talk = Tampering(iut, mode, flags=MEDIA, at=step / 39)
    talk.run()
    talk.assert_good()
    for role, data_type, answer in talk.tampered:
        waits = data_type == 14 and mode == 1           # what nobody but the KMS can see
        assert answer["outcome"] == "rejected" or waits, (role, data_type, answer)
        assert "established" not in answer


def test_a_transfer_that_proves_wrong_after_it_was_resolved(iut):
    talk = Talk(iut)
    talk.start("initiator", "request", "request")
    sent = iut.call(op="start", session=0, what="transfer", now=f"{talk.now:016x}")["messages"][0]["octets"]
    wrong = sent[:-2] + f"{int(sent[-2:], 16) ^ 1:02x}"
    asked = talk.receive("responder", "initiator", wrong)
    resolved = talk.receive("kms", "responder", asked["messages"][0]["octets"])
    answer = talk.receive("responder", "kms", resolved["messages"][0]["octets"])
    assert outcome(answer) == ("rejected", "auth") and "established" not in answer
    assert talk.route("responder", talk.receive("responder", "initiator", sent), "transfer")["outcome"] == "accepted"
    assert talk.keys_of("initiator") == talk.keys_of("responder") != None


def test_replays_are_refused(iut):
    talk = Talk(iut)
    talk.run()
    for one, role, error in ((0, "kms", "replay"), (1, "initiator", "unexpected"), (2, "responder", "replay"),
                             (3, "kms", "replay"), (4, "responder", "unexpected"), (5, "initiator", "unexpected")):
        sender = next(name for name, letter in (("initiator", "I"), ("responder", "R"), ("kms", "K"))
                      if letter == talk.transcript[one]["from"])
        answer = talk.receive(role, sender, talk.transcript[one]["hex"])
        assert outcome(answer) == ("rejected", error) and "messages" not in answer


@pytest.mark.parametrize("step,role", [(0, "kms"), (2, "responder")])
def test_what_is_too_old_is_refused(iut, step, role):
    talk = Talk(iut)
    talk.run()
    other_talk = Talk(iut)
    other_talk.now += 330 << 32
    answer = other_talk.receive(role, "initiator", talk.transcript[step]["hex"])
    assert outcome(answer) == ("rejected", "timestamp")
    assert bytes.fromhex(answer["messages"][0]["octets"])[1] == 6


@pytest.mark.parametrize("what,who", [("request", "kms"), ("resolve", "kms"), ("transfer", "responder")])
def test_policy_refuses(iut, what, who):
    talk = Talk(iut, **{who: {"refuse": what}})
    talk.run()
    assert (who, "policy") in [(name, answer.get("error")) for name, answer in talk.answers]
    last = talk.answers[-2 if what == "request" else -1]
    assert last[1].get("error") == "peer_error" and "established" not in str(talk.answers)


def test_policies_that_are_not_supported(iut):
    own = {"policy_no": 0, "prot_type": 0, "params": [{"type": 0, "value": "02"}]}
    talk = Talk(iut, responder={"supported": [own]})
    talk.run()
    answer = next(answer for who, answer in talk.answers if who == "responder")
    assert outcome(answer) == ("rejected", "sp_param")
    from mikeyticket import codec
    error = codec.decode(bytes.fromhex(answer["messages"][0]["octets"]))
    assert [node["payload"] for node in error["payloads"]] == ["T", "ERR", "SP"] and error["payloads"][1]["error_no"] == 10
    assert error["payloads"][2]["policy_param"] == [{"type": 0, "value": "02"}]


@pytest.mark.parametrize("length,granted", [(16, 24), (64, 32), (32, 32)])
def test_lengths_of_keys_that_the_kms_grants(iut, length, granted):
    talk = Talk(iut, 1, "256", keys=[key(TEK, length)], kms={"min_key": 24, "max_key": 32})
    talk.run()
    talk.assert_good()
    assert len(talk.keys_of("initiator")[1][0]) == 2 * granted


def test_validity_that_the_kms_grants(iut):
    talk = Talk(iut, kms={"max_validity": 600})
    talk.run()
    talk.assert_good()
    talk.now += 700 << 32
    answer = talk.start("initiator", "transfer", "late")
    assert answer["outcome"] == "rejected"


def test_who_may_not_resolve_gets_nothing(iut):
    talk = Talk(iut)
    talk.subscribers[1]["uids"] = [b"sip:mallory@example.com".hex()]
    talk = Talk(iut, kms={"subscribers": talk.subscribers}, responder={"self": {"type": 0, "data": b"mallory@example.com".hex()}},
                called={"type": 0, "data": b"mallory@example.com".hex()})
    talk.run()
    assert ("kms", "id") in [(who, answer.get("error")) for who, answer in talk.answers]


def test_a_subscriber_speaks_with_his_own_key(iut):
    talk = Talk(iut, kms={"psk": "55" * 16}, initiator={"psk": "55" * 16, "psk_id": None})
    talk.run()
    assert outcome(talk.answers[1][1]) == ("rejected", "auth")


def test_two_kms(iut):
    other_kms = {"type": 1, "data": b"sip:kms-r.example.com".hex()}
    talk = Talk(iut, flags=MEDIA, kms={"psk_kms": "66" * 16})
    open_r = {"op": "open", "session": 9, "role": "kms", "profile": "rfc6043", "settings": {}, "prot_types": {}, "mode": 1,
              "prf_func": 0, "encr_alg": 1, "mac_alg": 1, "ts_type": 0, "skew": 300, "self": other_kms, "psk": talk.psk_r.hex(),
              "tpk": "88" * 16, "psk_kms": "66" * 16, "psk_id": {"type": 2, "data": b"kms-r".hex()}, "subscribers": None}
    assert iut.call(**open_r)["outcome"] == "accepted"
    iut.call(op="open", session=1, role="responder", **{**RESPONDER, "self": RESPONDER["self_"], "kms": other_kms, "psk": talk.psk_r.hex()})
    talk.start("initiator", "request", "request")
    now = f"{talk.now:016x}"
    sent = iut.call(op="start", session=0, what="transfer", now=now)["messages"][0]["octets"]

    def bring(session, sender, octets):
        answer = iut.call(op="receive", session=session, now=now, message=octets, **{"from": sender})
        assert answer["outcome"] == "accepted", (session, answer)
        return answer["messages"][0] if "messages" in answer else answer, answer
    asked, _ = bring(1, "initiator", sent)
    forwarded, _ = bring(9, "responder", asked["octets"])
    assert forwarded["to"] == "kms" and bytes.fromhex(forwarded["octets"])[1] == 16
    resolved, _ = bring(2, "kms", forwarded["octets"])
    back, _ = bring(9, "kms", resolved["octets"])
    assert back["to"] == "responder"
    response, answer = bring(1, "kms", back["octets"])
    keys = answer["keys"]
    _, answer = bring(0, "responder", response["octets"])
    assert answer["keys"] == keys and len(keys) == 2


RESPONDER = {"profile": "rfc6043", "settings": {}, "prot_types": {}, "mode": 1, "pk": False, "prf_func": 0, "encr_alg": 1,
             "mac_alg": 1, "ts_type": 0, "skew": 300, "self_": {"type": 0, "data": b"bob@example.com".hex()}, "psk_id": None}


def test_over_the_pipe():
    iut = Process(str(ROOT / "iut"))
    assert iut.call(op="hello", protocol=1)["roles"] == ["initiator", "responder", "kms"]
    assert iut.call(op="what is this")["outcome"] == "unsupported"
    talk = Talk(iut, 1, "256", flags=MEDIA)
    talk.run()
    talk.assert_good()
    iut.close()


def test_vectors_are_decoded_and_checked(iut, vectors):
    checked = 0
    for vector in vectors:
        answer = iut.call(op="decode", message=vector["message"])
        assert answer["outcome"] == ("rejected" if "parse_error" in vector["flags"] else "accepted"), vector["id"]
        if "parse_error" not in vector["flags"]:
            assert answer["reencoded"] == vector["message"]
        context = vector["context"]
        if set(context) - {"exchange", "sender"} or "keyed" in vector["flags"] or vector.get("settings"):
            continue
        sender = {"I": "initiator", "R": "responder", "K": "kms"}.get(context.get("sender"))
        for profile, said in vector["profiles"].items():
            answer = iut.call(op="check", message=vector["message"], profile=profile, exchange=context.get("exchange"), **{"from": sender})
            if said["receives"] != "either":
                assert answer["outcome"] == {"accept": "accepted", "reject": "rejected"}[said["receives"]], (vector["id"], profile, answer)
                checked += 1
    assert checked > 1000


@pytest.mark.parametrize("what,role,then", [("request", "initiator", "transfer"), ("transfer", "initiator", "update"),
                                            ("resolve", "responder", "update")])
def test_an_answer_that_local_policy_refuses_is_not_used(iut, what, role, then):
    talk = Talk(iut, **{role: {"refuse": what}})
    talk.run()
    assert (role, "policy") in [(who, answer.get("error")) for who, answer in talk.answers]
    assert "established" not in str([answer for who, answer in talk.answers if who == role])
    assert talk.start(role, then, "later")["outcome"] == "rejected"


def test_a_flood_of_calls_does_not_disturb_the_session(iut, monkeypatch):
    """Whoever may call fills the memory with transfers that nobody resolves; what is up goes on, replays stay replays."""
    from iutpy import live, party
    monkeypatch.setattr(live, "MOST_MESSAGES", 60)
    monkeypatch.setattr(party, "MOST_MESSAGES", 60)
    talk = Talk(iut)
    talk.run()
    sent = talk.transcript[2]["hex"]
    for number in range(200):
        wrong = sent[:-4] + f"{number + 1:04x}"
        assert talk.receive("responder", "initiator", wrong)["outcome"] == "rejected"
        flood = talk.request_of(number)
        assert talk.receive("kms", "initiator", flood)["outcome"] == "accepted"
    assert len(iut.iut.sessions[2].live.messages) <= 62 and len(iut.iut.sessions[1].live.messages) < 62
    assert outcome(talk.receive("kms", "initiator", flood)) == ("rejected", "replay")
    assert outcome(talk.receive("responder", "initiator", sent)) == ("rejected", "replay")
    talk.answers.clear()
    assert talk.start("initiator", "update", "update0", update={"sessions": [], "policies": [], "keys": []},
                      with_response=True)["outcome"] == "accepted"


def test_a_flood_of_tickets_that_wait(iut):
    talk = Talk(iut)
    talk.start("initiator", "request", "request")
    sent = iut.call(op="start", session=0, what="transfer", now=f"{talk.now:016x}")["messages"][0]["octets"]
    for number in range(100):
        wrong = sent[:-4] + f"{number + 1:04x}"
        assert talk.receive("responder", "initiator", wrong)["messages"][0]["to"] == "kms"
    assert len(iut.iut.sessions[1].live.messages) <= 34
    answer = talk.route("responder", talk.receive("responder", "initiator", sent), "transfer")
    assert answer["outcome"] == "accepted" and talk.keys_of("initiator") == talk.keys_of("responder")


def test_a_kms_grants_the_format_that_it_has(iut):
    """And says so with K (4.2.1.4, 6.10)."""
    from mikeyticket import codec
    policy = {"ticket_type": 2, "subtype": 1, "version": 1, "prf_func": 0, "flags": "DFGHNO", "keys": [key(TGK)],
              "responders": [{"type": 0, "data": b"bob@example.com".hex()}]}
    talk = Talk(iut, flags="DFGHNO", policy=policy)
    talk.run()
    talk.assert_good(("RFC6043-6.10-x15",))
    ticket = next(node for node in codec.decode(bytes.fromhex(talk.transcript[1]["hex"]))["payloads"] if node["payload"] == "TICKET")
    assert (ticket["ticket_type"], ticket["subtype"], ticket["version"], ticket["flags"]["K"]) == (2, 0, 0, 1)


def test_who_resolves_tickets_himself_refuses_other_formats(iut):
    from mikeyticket import codec
    talk = Talk(iut, 4, flags="DFGHNO")
    tree = codec.decode(bytes.fromhex(iut.call(op="start", session=0, what="transfer", now=f"{talk.now:016x}")["messages"][0]["octets"]))
    next(node for node in tree["payloads"] if node["payload"] == "TICKET")["subtype"] = 7
    assert outcome(talk.receive("responder", "initiator", codec.encode(tree).hex())) == ("rejected", "ticket")
