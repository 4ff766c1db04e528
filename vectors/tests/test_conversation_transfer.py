"""Conversations: rows of Ticket Transfer, reuse, CSB updates, Errors; session keys; what is learned and when."""

import copy

import pytest

from conversation_support import (FULL, Script, adding, dropping, flipped, found, hdr, media, of, plain, setting, states)
from mikeyticket import derive
from mikeyticket.keys import RESPONDER
from vectorgen import exchange as x
from vectorgen.exchange import GTGK, MPK, TEK, TGK, kemac, randr, sp, srtp, t

P = "RFC6043-"
INIT, RESP = 0, 1
PAIR = ("transfer_init", "transfer_resp")
TALK = "DFGHLMNO"               # both may supply keys


def rows(*names):
    return {P + name for name in names}


def transfer(change_init=None, change_resp=None, make=plain, keys=None, **more):
    return Script(make("transfer", **more)).full({"transfer_init": change_init, "transfer_resp": change_resp}, keys, names=PAIR)


def supplied(e, *kinds):
    return kemac(e.encr, [e.key_data(kind, bytes([i + 1]) * e.size, f"{i + 1:02x}aa", bytes(14)) for i, kind in enumerate(kinds)])


# --- the exchange -------------------------------------------------------------------------------------------------


def test_rands_by_the_g_flag():
    lost = transfer(None, dropping("RANDR"), keys={"transfer_resp": lambda k: setattr(k, "rand_r", b"")})
    assert lost.found() == {RESP: rows("4.2.2.3-09")}
    more = transfer(None, adding(randr(2, bytes(16))), ones="DFHNO")
    assert more.found() == {RESP: rows("6.10-05")}


def test_no_response_without_f():
    assert transfer(ones="DHNO", key_types=(TEK,)).found() == {RESP: rows("6.10-04")}


def test_kemac_in_transfer_resp_by_the_m_flag():
    e = plain("transfer")
    assert transfer(None, adding(supplied(e, TEK))).found() == {RESP: rows("4.2.2.3-17")}
    assert transfer(None, adding(supplied(e, TEK)), ones=TALK).found() == {}


def test_kinds_of_keys_in_transfer_kemacs():
    e = plain("transfer")
    for kind in (MPK, 9):
        assert transfer(adding(supplied(e, kind)), None, ones=TALK).found() == {INIT: rows("5.2-x02")}
        assert transfer(None, adding(supplied(e, kind)), ones=TALK).found() == {RESP: rows("5.2-x02")}
    shut = {**supplied(e, TEK), "encr_data": "5a" * 40}
    assert transfer(adding(shut), None, ones=TALK).found() == {INIT: rows("5.2-11")}
    assert transfer(None, adding(shut), ones=TALK).found() == {RESP: rows("5.2-11")}


def test_modifier_of_transfer_resp():
    """4.2.2.3-10, -12: there with key forking, and the same as in RESOLVE_RESP."""
    for lost, row in (({"name": "IDR", "id_role": 2}, "4.2.2.3-10"), ({"name": "RANDR", "rand_role": 3}, "4.2.2.3-12")):
        change = dropping(**lost)
        assert Script(media()).full({"transfer_resp": change}).found() == {5: rows(row)}
        assert transfer(None, change, media).answer(secrets={"mpkr_forked": media("transfer").mpkr_forked.hex()})[
            "messages"][RESP]["auth"] == "ok"
        assert transfer(None, change, media).found()[RESP] == rows(row)
    e = media("other modifier")
    script = Script(e).full(names=FULL[:5])
    other = b"bob2@example.com"
    forked = derive.forked_key("mpkr_forked", e.prf, e.mpkr, other, e.rand_kms)
    script.add("transfer_resp", setting("IDR", id_data=other.hex()), lambda k: setattr(k, "protect", forked))
    assert states(script.answer()) == ["ok"] * 6 and script.found() == {5: rows("4.2.2.3-10")}


def test_policies_of_the_response():
    def resp(**members):
        return lambda model: model["hdr"]["cs"][0].update(members)
    offer = lambda model: model["hdr"]["cs"][0].update(ps=[0])      # noqa: E731
    assert transfer(offer, adding(sp(5))).found() == {}
    assert transfer(offer, adding(sp(0))).found() == {RESP: rows("4.2.2.3-14")}
    own = lambda model: (adding(sp(5))(model), resp(ps=[5])(model))     # noqa: E731
    assert transfer(offer, own).found() == {RESP: rows("6.1.1-04")}
    no_offer = lambda model: model["hdr"]["cs"][0].update(ps=[])        # noqa: E731
    assert transfer(no_offer, own).found() == {}
    assert transfer(no_offer, resp(ps=[9])).found() == {RESP: rows("6.1.1-x07")}
    other = lambda model: of(model, "SP").update(prot_type=1)           # noqa: E731
    assert transfer(other, None).found() == {INIT: rows("6.1.1-06"), RESP: rows("6.1.1-06")}


def test_crypto_sessions_of_the_response():
    assert transfer(None, lambda m: m["hdr"]["cs"].pop(0)).found() == {RESP: rows("4.2.2.3-x02")}
    kind = lambda m: m["hdr"]["cs"][0].update(prot_type=9, session_data="")     # noqa: E731
    assert rows("4.2.2.3-x02") <= transfer(None, kind).found()[RESP]
    assert transfer(None, hdr(cs_id_map_type=1)).found() == {}


def test_spis_name_keys():
    def spi(value):
        return lambda model: model["hdr"]["cs"][1].update(spi=value)
    e = plain("transfer")
    assert transfer(None, spi("0bad")).found() == {RESP: rows("6.1.1-10")}
    assert transfer(None, spi("")).found() == {}
    assert transfer(None, spi(e.mpk_spi)).found() == {RESP: rows("6.1.1-10")}      # MPKs do not count
    assert transfer(spi("0bad"), None).found() == {}                                # F=1: the response completes it
    alone = Script(plain("transfer", ones="DHNO", key_types=(TEK,))).full({"transfer_init": spi("0bad")}, names=PAIR[:1])
    assert alone.found() == {INIT: rows("6.1.1-10")}
    assert alone.found(secrets={"tpk": None, "mpki": alone.e.mpki.hex()}) == {}     # keys of the ticket are not known
    with_key = lambda model: (adding(supplied(e, TEK))(model), spi("01aa")(model))  # noqa: E731
    assert transfer(None, with_key, ones=TALK).found() == {}


def test_kinds_of_keys_that_spis_name():
    def one(prot_type, kind, ones="DFGHNO"):
        return Script(plain("kinds", ones=ones, key_types=(kind,), cs=[x.other(1, prot_type, "*")], sps=[]))
    numbers = {"tls": 241, "psk_smime": 242}
    for kind, expected in ((TGK, {}), (GTGK, {1: {"TS33328-H.1-05"}}), (TEK, {1: {"TS33328-H.1-05"}})):
        script = one(241, kind).full(names=PAIR)
        assert script.found(prot_types=numbers, settings={"tls_key": "tgk"}) == expected
        assert script.found(prot_types=numbers) == {}
    for kind, expected in ((GTGK, set()), (TEK, {"TS33328-F.3-11"})):
        script = one(242, kind, "DHNO").full(names=PAIR[:1])
        assert script.found(profile="ims-message").get(0, set()) == expected
        assert script.found(prot_types=numbers) == {}


# --- learning -----------------------------------------------------------------------------------------------------


def test_transfer_init_is_judged_again_when_resolve_resp_gives_mpki():
    script = Script(media()).full(names=FULL[2:])
    answer = script.answer(secrets={"tpk": None})
    assert states(answer) == ["ok"] * 4 and answer["verdict"] == "accept"
    assert "mpki" in answer["messages"][0]["derived"] and "mpki" not in answer["messages"][1]["derived"]
    bad = Script(media()).full(after={"transfer_init": flipped}, names=FULL[2:]).answer(secrets={"tpk": None})
    assert states(bad)[0] == "fail" and bad["messages"][0]["findings"][0]["id"] == "RFC6043-4.2.2.1-09"
    unresolved = Script(media()).full(after={"resolve_resp": flipped}, names=FULL[2:]).answer(secrets={"tpk": None})
    assert states(unresolved)[0] == "skipped"


def test_what_is_learned_is_kept_for_each_ticket():
    script = Script(plain()).full()
    other = plain("second ticket")
    script.add("transfer_init", made=other.transfer_init(), ex="reuse0")
    answer = script.answer(secrets={"tpk": None})
    # nobody vouches for it: it is not judged by the other ticket's keys
    assert states(answer)[6] == "skipped" and "mpki" not in answer["messages"][6]["derived"]
    given = script.answer(secrets={"tpk": None, "mpki": other.mpki.hex()})
    assert states(given)[6] == "ok" and given["messages"][6]["derived"]["mpki"] == other.mpki.hex()
    opened = script.answer(secrets={"tpk": other.tpk.hex()})
    assert states(opened)[6] == "ok" and opened["messages"][6]["derived"]["mpkr"] == other.mpkr.hex()


def test_what_is_resolved_belongs_to_the_ticket_of_resolve_init():
    """The ticket is resolved before it is transferred, and while another one is in use."""
    script = Script(plain()).full(names=FULL[:2])
    other = plain("resolved early")
    for name in ("resolve_init", "transfer_init", "resolve_resp", "transfer_resp"):
        made = getattr(other, name)()
        script.add(name, made=made)
    answer = script.answer(secrets={"tpk": None, "psk_r": other.psk_r.hex()})
    assert states(answer) == ["ok"] * 6
    assert [m["derived"].get("mpki") for m in answer["messages"]] == [None, script.e.mpki.hex(), None] + [other.mpki.hex()] * 3


def test_keys_given_directly():
    e = media("transfer")
    script = Script(e).full(names=PAIR)
    given = {"tpk": None, "mpki": e.mpki.hex(), "mpkr_forked": e.mpkr_forked.hex()}
    assert states(script.answer(secrets=given)) == ["ok", "ok"]
    answer = script.answer(secrets={"tpk": None, "mpki": e.mpki.hex(), "mpkr": e.mpkr.hex()})
    assert states(answer) == ["ok", "ok"] and states(answer, "vr_auth") == ["ok", "absent"]
    assert answer["messages"][1]["derived"]["mpkr_forked"] == e.mpkr_forked.hex()
    assert states(script.answer(secrets={"tpk": None, "mpki": e.mpki.hex()})) == ["ok", "skipped"]


def test_vr():
    bad = setting("V", 1, inside=(("TICKET", "initiator_data"),), ver_data="00" * 32)
    answer = transfer(bad, None, media).answer()
    assert states(answer, "vr_auth") == ["fail", "absent"] and found(answer) == {INIT: rows("6.10-30")}
    assert states(transfer(bad, None, media).answer(secrets={"tpk": None}), "vr_auth")[0] == "skipped"


# --- session keys -------------------------------------------------------------------------------------------------


def test_session_keys_are_those_of_the_rfc():
    """5.1.3 by hand: TGK' and salt with RANDRi and RANDRr, PRF of HDR, 16 and 14 octets by the policy."""
    e = media("session keys")
    derived = Script(e).full().answer()["messages"][5]["derived"]["cs"]
    tail = b"\x01\xff\xff\xff\xff\x03" + bytes([32]) + e.rand_i + bytes([32]) + e.rand_r
    tgk = derive.forked_key("tgk_forked", 1, e.session[0], e.identity(2), e.rand_kms)
    from mikeyticket.prf import prf
    assert derived["1"] == {"tek": prf(1, tgk, bytes.fromhex("2ad01c64") + tail, 128).hex(),
                            "salt": prf(1, tgk, bytes.fromhex("39a2c14b") + tail, 112).hex()}


@pytest.mark.parametrize("params,lengths", [([], (16, 14)), ([(1, "20"), (4, "0c")], (32, 12)), ([(1, "0018"), (4, "41")], (24, 14)),
                                            ([(1, "00"), (4, "")], (16, 14)), ([(1, "40"), (4, "40")], (64, 64))])
def test_lengths_of_session_keys(params, lengths):
    answer = transfer(sps=[sp(0, 0, params)]).answer()["messages"][1]["derived"]["cs"]["1"]
    assert (len(answer["tek"]) // 2, len(answer["salt"]) // 2) == lengths


def test_session_keys_without_srtp_and_with_salt():
    cs = [x.other(1, 9, "*"), srtp(2, 1, spi="*")]
    answer = transfer(cs=cs, key_types=(x.TGK_SALT,)).answer()["messages"][1]["derived"]["cs"]
    e = plain("transfer", cs=cs, key_types=(x.TGK_SALT,))
    assert len(answer["1"]["tek"]) == 32 and answer["1"]["salt"] == answer["2"]["salt"] == e.salts[0].hex()


def test_session_keys_wait_for_what_is_missing():
    assert "cs" not in transfer().answer()["messages"][INIT]["derived"]                 # G=1: no RANDRr yet
    assert "cs" in transfer(ones="DFHNO").answer()["messages"][INIT]["derived"]
    assert "cs" not in transfer(make=media, ones="DEFHINO").answer()["messages"][INIT]["derived"]    # no modifier yet


# --- reuse --------------------------------------------------------------------------------------------------------


def reuse(j=True, fresh=True, make=plain, **members):
    """A second Ticket Transfer with the same ticket."""
    ones = ("DFGHJNO" if j else "DFGHNO") if make is plain else x.MEDIA_FLAGS + "J"
    script = Script(make("reuse", ones=ones)).full()
    e = script.e
    if fresh:
        e.rand_i, e.rand_r = b"\x31" * e.size, b"\x32" * e.size
    init = lambda model: (model["hdr"].update(csb_id=77) if "csb_id" not in members else None,      # noqa: E731
                          of(model, "T").update(t(members.get("seconds", 500))))
    script.add("transfer_init", init, ex="reuse0")
    return script


def test_reuse():
    assert reuse().found() == {}
    assert reuse(j=False).found() == {6: rows("5.3-03")}
    assert reuse(fresh=False).found() == {6: rows("5.3-01")}
    assert reuse(csb_id=True).found() == {6: rows("5.3-01")}
    assert reuse(seconds=20).found() == {6: rows("5.3-01")}


def test_modifier_of_a_reused_ticket():
    script = reuse(make=media)
    e = script.e
    answer = lambda model: (model["hdr"].update(csb_id=77), of(model, "T").update(t(505)))      # noqa: E731
    same = copy.deepcopy(script)
    same.add("transfer_resp", answer, ex="reuse0")
    assert same.found() == {} and states(same.answer())[-1] == "ok"
    e.rand_kms = b"\x44" * 32
    e.mpkr_forked = derive.forked_key("mpkr_forked", e.prf, e.mpkr, e.identity(2), e.rand_kms)
    script.add("transfer_resp", answer, ex="reuse0")
    assert script.found() == {7: rows("5.3-02")} and states(script.answer())[-1] == "ok"


def test_a_ticket_resolved_again_may_have_another_modifier():
    script = reuse(make=media)
    e = script.e
    e.rand_kms, e.resolve_rand = b"\x44" * 32, b"\x45" * 32
    e.mpkr_forked = derive.forked_key("mpkr_forked", e.prf, e.mpkr, e.identity(2), e.rand_kms)
    e.session_forked = [derive.forked_key("tgk_forked", e.prf, k, e.identity(2), e.rand_kms) for k in e.session]
    script.add("resolve_init", ex="reuse0").add("resolve_resp", ex="reuse0")
    script.add("transfer_resp", lambda m: (m["hdr"].update(csb_id=77), of(m, "T").update(t(505))), ex="reuse0")
    for secrets in ({}, {"tpk": None}):
        answer = script.answer(secrets=secrets)
        assert states(answer) == ["ok"] * 10 and found(answer) == {}
        assert answer["messages"][-1]["derived"]["mpkr_forked"] == e.mpkr_forked.hex()


# --- updates ------------------------------------------------------------------------------------------------------


def updated(change_init=None, change_resp=None, make=plain, resp=True, keys=None, **more):
    script = Script(make("update", **{"ones": TALK, **more})).full()
    script.add("update_init", change_init, (keys or {}).get("update_init"))
    if resp:
        script.add("update_resp", change_resp, (keys or {}).get("update_resp"))
    return script


@pytest.mark.parametrize("reading", ["same_keys", "same_mpk"])
@pytest.mark.parametrize("make", [plain, media])
def test_updates_and_their_keys(reading, make):
    ones = TALK if make is plain else x.MEDIA_FLAGS + "LM"
    script = updated(make=make, ones=ones, setting={"update_keys": reading})
    assert states(script.answer()) == ["ok"] * 8 and script.found() == {}
    other = "same_mpk" if reading == "same_keys" else "same_keys"
    answer = script.answer(settings={"update_keys": other})
    # what differs is the direction octet: literally it is always that of TRANSFER_RESP
    assert found(answer) == {6: rows("5.2-06")} and states(answer)[6:] == ["fail", "ok"]


def test_update_started_by_the_responder():
    script = Script(plain("update")).full()
    script.add("update_init", made=script.e.update_init(by=RESPONDER), sender="R")
    assert script.found() == {} and states(script.answer())[-1] == "ok"


def test_update_without_response_in_the_initial_exchange():
    e = plain("update", ones="DHNO", key_types=(TEK,))
    script = Script(e).full(names=FULL[:3]).add("update_init")
    assert states(script.answer()) == ["ok"] * 4 and script.found() == {}


def test_csb_id_and_time_of_updates():
    other_csb = {"keys": {"update_init": lambda k: None}}
    script = updated(hdr(csb_id=5), resp=False, setting={"update_keys": "same_mpk"}, **other_csb)
    assert script.found() == {6: rows("5.2-01a")}
    assert updated(setting("T", **t(20)), resp=False).found() == {6: rows("5.2-01b")}
    assert updated(setting("T", **t(21)), resp=False).found() == {}
    assert updated(None, setting("T", **t(25))).found() == {7: rows("5.2-01b")}
    assert updated(setting("T", **t(1, 2)), resp=False).found() == {}                   # of another TS type


def test_response_to_an_update_that_wants_none():
    assert updated(hdr(v=0), None).found() == {7: rows("5.2-02")}


def test_new_rands_and_tickets_in_updates():
    e = plain("update", ones=TALK)
    assert updated(adding(randr(1, e.rand_i)), resp=False).found() == {}
    assert updated(adding(randr(1, bytes(16))), resp=False).found() == {6: rows("5.2-04")}
    assert updated(adding(randr(3, bytes(16))), resp=False).found() == {6: rows("5.2-04")}
    script = Script(plain("update", ones=TALK)).full()
    same = copy.deepcopy(of(script.trees["transfer_init"], "TICKET"))
    for change, expected in (({}, {}), ({"initiator_data_len": 0}, {}), ({"res": 3}, {6: rows("5.2-04", "A.1-08")})):
        again = copy.deepcopy(script)
        again.add("update_init", adding({**same, **change}))
        assert again.found() == expected


def test_keys_in_updates():
    e = plain("update", ones=TALK)
    assert updated(adding(supplied(e, TEK)), adding(supplied(e, GTGK))).found() == {}
    for ones, at in (("DFGHMNO", 6), ("DFGHLNO", 7)):
        assert updated(adding(supplied(e, TEK)), adding(supplied(e, TEK)), ones=ones).found() == {at: rows("5.2-08")}
    assert updated(adding(supplied(e, MPK)), resp=False).found() == {6: rows("5.2-x02")}
    assert updated(None, lambda m: m["hdr"]["cs"][0].update(spi="0bad")).found() == {7: rows("5.2-09")}
    assert updated(lambda m: m["hdr"]["cs"][0].update(spi="0bad"), None).found() == {}
    script = updated(adding(supplied(e, TGK)), lambda m: m["hdr"]["cs"][0].update(spi="01aa"))
    assert script.found() == {} and "1" in script.answer()["messages"][7]["derived"]["cs"]


def test_a_new_tgk_is_not_forked():
    script = updated(adding(supplied(media("update"), TGK)), lambda m: m["hdr"]["cs"][0].update(spi="01aa"), make=media,
                     ones=x.MEDIA_FLAGS + "LM")
    e = script.e
    made = derive.session_key("tek", 1, b"\x01" * 32, 1, e.rand_i, e.rand_r, 128).hex()
    assert script.answer()["messages"][7]["derived"]["cs"]["1"]["tek"] == made


# --- Errors -------------------------------------------------------------------------------------------------------


def with_error(about, change=None, sender=None, make=plain, names=FULL, **more):
    script = Script(make("error", **more.pop("with_exchange", {}))).full(names=names)
    made = script.e.error(getattr(script.e, about)(), [0], **more)
    script.add("error", change, made=made, ex=about.split("_")[0], sender=sender or ("K" if about in ("request_init", "resolve_init")
                                                                                     else "I"))
    script.messages[-1]["about"] = names.index(about)
    return script


@pytest.mark.parametrize("about", FULL)
def test_errors_are_authentic(about):
    answer = with_error(about).answer()
    assert states(answer)[6] == "ok" and found(answer) == {}
    assert with_error(about, plain=True).answer()["verdict"] == "accept"            # an Error may be bare
    assert states(with_error(about, plain=True).answer())[6] == "absent"
    bad = with_error(about, setting("V", ver_data="00" * 20)).answer()
    assert found(bad) == {6: rows("5.4-11")}


def test_what_an_error_repeats():
    for change in ({"csb_id": 9}, {"version": 3}):
        assert rows("5.4-07") <= with_error("transfer_init", hdr(**change)).found()[6]
    assert with_error("transfer_init", hdr(csb_id=9), plain=True).found() == {6: rows("5.4-07")}
    assert with_error("transfer_init", setting("T", **t(20)), plain=True).found() == {6: rows("5.4-09")}


def test_default_for_about():
    script = with_error("resolve_init")
    del script.messages[-1]["about"]
    script.messages[-1]["ex"] = "resolve"           # K answers the last message of R
    assert script.found() == {} and states(script.answer())[-1] == "ok"
    script.messages[-1]["from"] = "R"               # then it is about RESOLVE_RESP, which has other keys and T
    assert script.found()[6] == rows("5.4-11")


def test_error_about_an_error():
    script = with_error("request_init", plain=True)
    script.messages.append({**script.messages[-1], "from": "I", "about": 6})
    # the very octets again: T equals that of the message it is about
    assert script.found() == {7: rows("5.4-x04", "5.4-09")}


def test_errors_about_public_key_messages():
    script = with_error("request_init", with_exchange={"method": "pk"}, names=FULL[:2])
    assert script.found() == {2: rows("5.4-x03")} and states(script.answer())[2] == "ok"
    assert script.found(settings={"error_pk_key": "envelope"}) == {}
    signed = with_error("request_init", with_exchange={"method": "pk"}, names=FULL[:2], signed=True, by="kms")
    assert signed.found() == {} and states(signed.answer())[2] == "ok"
    signed.messages[-1]["hex"] = flipped(bytes.fromhex(signed.messages[-1]["hex"])).hex()
    assert signed.found() == {2: rows("5.5-x01")}
    assert states(signed.answer(secrets={"rsa": None}))[2] == "skipped"
