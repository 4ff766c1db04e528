"""Conversations: rows of the Ticket Request and Ticket Resolve exchanges, and of what every message has."""

import copy

import pytest

from conversation_support import (FULL, Script, dropping, flipped, found, hdr, keys_in_kemac, media, of, plain, setting,
                                  states)
from mikeyticket import derive
from vectorgen.exchange import GTGK, MPK, TEK, TGK, idr, randr, t, tr

REQ, RESP, TINIT, RINIT, RRESP, TRESP = range(6)
P = "RFC6043-"
MAC_ROWS = ["4.2.1.2-04", "4.2.1.5-13", "4.2.2.1-09", "4.2.3.2-04", "4.2.3.5-15", "4.2.2.3-19"]


def rows(*names):
    return {P + name for name in names}


@pytest.mark.parametrize("make", [plain, media])
@pytest.mark.parametrize("tpk", [True, False])
def test_conforming(make, tpk):
    answer = Script(make()).full().answer(secrets={} if tpk else {"tpk": None})
    assert answer["verdict"] == "accept" and found(answer) == {}
    assert states(answer) == ["ok"] * 6
    assert states(answer, "ticket_auth") == ["absent"] + ["ok" if tpk else "skipped"] * 3 + ["absent"] * 2


@pytest.mark.parametrize("place", range(6))
def test_a_mac_that_fails(place):
    answer = Script(plain()).full(after={FULL[place]: flipped}).answer()
    assert found(answer) == {place: rows(MAC_ROWS[place])}
    assert states(answer)[place] == "fail" and answer["verdict"] == "reject"


@pytest.mark.parametrize("place", range(6))
def test_auth_is_skipped_without_the_key_and_absent_without_mac(place):
    without = {"psk_i": None} if place < 2 else {"psk_r": None} if place in (3, 4) else {"tpk": None}
    names = FULL if place in (0, 1, 3, 4) else ("transfer_init", "transfer_resp")
    answer = Script(plain()).full(names=names).answer(secrets=without)
    at = place if names is FULL else (2, 5).index(place)
    assert states(answer)[at] == "skipped" and answer["verdict"] == "reject"
    answer = Script(plain()).full({FULL[place]: dropping("V")}).answer()
    assert states(answer)[place] == "absent" and answer["verdict"] == "reject"


def test_auth_alg_null_is_absent():
    answer = Script(plain()).full({"request_init": setting("V", auth_alg=0, ver_data="")}).answer()
    assert states(answer)[0] == "absent" and answer["verdict"] == "reject"


def test_a_response_without_its_initial_message_is_skipped():
    script = Script(plain()).full()
    script.messages[0]["ex"] = "request of somebody else"
    assert states(script.answer())[1] == "skipped"


@pytest.mark.parametrize("name,row", [("request_resp", "4.2.1.5-01"), ("resolve_resp", "4.2.3.5-01"), ("transfer_resp", "4.2.2.3-01")])
@pytest.mark.parametrize("change", [{"csb_id": 7}, {"version": 2}])
def test_hdr_repeats_that_of_the_initial_message(name, row, change):
    assert Script(plain()).full({name: hdr(**change)}).found() == {FULL.index(name): rows(row)}


@pytest.mark.parametrize("name,row", [("request_resp", "4.2.1.5-01"), ("resolve_resp", "4.2.3.5-01")])
def test_map_of_a_kms_response(name, row):
    assert Script(plain()).full({name: hdr(cs_id_map_type=2, cs=[])}).found() == {FULL.index(name): rows(row)}
    assert Script(plain()).full({name: hdr(num_cs=1)}).found() == {FULL.index(name): rows(row)}


@pytest.mark.parametrize("name,row,seconds", [("request_resp", "4.2.1.5-03", 0), ("resolve_resp", "4.2.3.5-03", 22),
                                              ("transfer_resp", "4.2.2.3-07", 20)])
def test_fresh_timestamps(name, row, seconds):
    for ts_type, expected in ((0, {FULL.index(name): rows(row)}), (2, {}), (3, {})):
        same = setting("T", **t(seconds, ts_type))
        assert Script(plain("fresh", ts_type=ts_type)).full({name: same}).found() == expected


@pytest.mark.parametrize("name,row", [("request_resp", "4.2.1.5-06"), ("resolve_resp", "4.2.3.5-06")])
def test_kemac_that_does_not_open(name, row):
    answer = Script(plain()).full({name: setting("KEMAC", encr_data="5a" * 45)}).answer()
    assert found(answer) == {FULL.index(name): rows(row)}
    assert states(answer, "kemac")[FULL.index(name)] == "fail"


@pytest.mark.parametrize("name,rows_of", [("request_resp", ("4.2.1.5-08", "4.2.1.5-09", "4.2.1.5-x03", "4.2.1.5-x02")),
                                          ("resolve_resp", ("4.2.3.5-07", "4.2.3.5-08", "4.2.3.5-x03", "4.2.3.5-x02"))])
def test_keys_of_a_kms_response(name, rows_of):
    first, number, kind, others = rows_of
    at = FULL.index(name)

    def case(change, make=plain):
        return Script(make("keys", tp_kemac=False)).full({name: keys_in_kemac(change)}).found().get(at, set())
    e = plain()
    second = e.key_data(MPK, bytes(16), "01")
    assert case(lambda keys: keys.pop(0)) == rows(first)
    assert case(lambda keys: keys.insert(0, keys.pop(1))) == rows(first)
    assert case(lambda keys: keys.insert(1, second)) == rows(number)
    assert case(lambda keys: keys.append(second)) == rows(number)
    assert case(lambda keys: keys.pop(1), media) == rows(number)
    assert case(lambda keys: keys[1].update(type=9)) == rows(kind, others)
    assert case(lambda keys: keys[0].update(key_data="55" * 16)) == rows(others)
    assert case(lambda keys: keys[1].update(key_data="55" * 16)) == rows(others)
    assert case(lambda keys: keys[1].update(type=TEK)) == rows(others)
    assert case(lambda keys: keys.pop(1)) == rows(others)
    assert case(lambda keys: keys[1].update(spi="77")) == rows(others)
    assert case(lambda keys: keys[1].update(kv=0)) == rows("6.2.1-02", others)


def test_keys_of_request_resp_are_compared_with_the_tpk_only():
    script = Script(plain()).full({"request_resp": keys_in_kemac(lambda keys: keys[1].update(key_data="55" * 16))},
                                  names=FULL[:2])
    assert script.found() == {RESP: rows("4.2.1.5-x02")}
    assert script.found(secrets={"tpk": None}) == {}


def test_resolved_keys_are_compared_with_those_of_request_resp():
    script = Script(plain()).full({"resolve_resp": keys_in_kemac(lambda keys: keys[1].update(key_data="55" * 16))})
    assert script.found(secrets={"tpk": None})[RRESP] == rows("4.2.3.5-x02")


def test_forking():
    """5.1.1: MPKr and TGKs are forked, TEKs and GTGKs are not."""
    def found_of(change, **more):
        script = Script(media("forking", key_types=(TGK, TEK, GTGK), tp_kemac=False, **more))
        return script.full({"resolve_resp": keys_in_kemac(lambda keys: change(keys, script.e))}).found()

    def forked(e, key):
        return derive.forked_key("tgk_forked", e.prf, key, e.identity(2), e.rand_kms).hex()
    assert found_of(lambda keys, e: None) == {}
    answer = found_of(lambda keys, e: keys[1].update(key_data=e.mpkr.hex()))
    assert answer[RRESP] == rows("4.2.3.5-10")
    assert found_of(lambda keys, e: keys[2].update(key_data=e.session[0].hex())) == {RRESP: rows("4.2.3.5-10")}
    assert found_of(lambda keys, e: keys[3].update(key_data=forked(e, e.session[1]))) == {RRESP: rows("5.1.1-02")}
    assert found_of(lambda keys, e: keys[4].update(key_data=forked(e, e.session[2]))) == {RRESP: rows("5.1.1-02")}
    assert found_of(lambda keys, e: keys[4].update(key_data="55" * 32)) == {RRESP: rows("4.2.3.5-x02")}


@pytest.mark.parametrize("lost", [("IDR", {"id_role": 2}), ("RANDR", {"rand_role": 3})])
def test_modifier_in_resolve_resp(lost):
    name, members = lost
    assert Script(media()).full({"resolve_resp": dropping(name, **members)}).found() == {RRESP: rows("4.2.3.5-11")}


def test_idri_in_the_granted_policy():
    """Both are SHOULD or matters of K; the ticket is made with the changed policy, so its MAC is good."""
    def other(node):
        of(node["tp_data"], "IDR", 1).update(id_data=b"carol@example.com".hex())

    def none(node):
        node["tp_data"].remove(of(node["tp_data"], "IDR", 1))
    for change in (other, none):
        assert Script(plain(), change).full(names=FULL[:2]).found() == {RESP: rows("4.2.1.1-05")}


@pytest.mark.parametrize("changed,k,expected", [(False, 0, False), (False, 1, True), (True, 0, True), (True, 1, False)])
def test_k_flag(changed, k, expected):
    def ticket(node):
        node["flags"]["K"] = k
        if changed:
            node["flags"]["J"] = 1
    script = Script(plain(), ticket).full(names=FULL[:2])
    assert script.found() == ({RESP: rows("6.10-x20")} if expected else {})


def test_k_flag_and_keys():
    """The KEMAC of the TP asks for one TGK of 16 octets."""
    def asked(key):
        return lambda model: of(of(model, "TP")["tp_data"], "KEMAC")["encr_data"][0].update(key)
    assert Script(plain()).full({"request_init": asked({"type": GTGK})}, names=FULL[:2]).found() == {RESP: rows("6.10-x20")}
    assert Script(plain()).full({"request_init": asked({"key_data": "00" * 32})}, names=FULL[:2]).found() == {RESP: rows("6.10-x20")}
    # IDRi that the KMS added, and a KEMAC that it left out, are no change (A22)
    dropped = Script(plain()).full({"request_init": lambda model: of(model, "TP")["tp_data"].pop(1)}, names=FULL[:2])
    assert dropped.found() == {}


def test_the_ticket_resolved_is_the_one_transferred():
    changed = lambda model: of(model, "TICKET").update(res=1)      # noqa: E731
    assert Script(plain()).full({"resolve_init": changed}).found() == {RINIT: rows("4.2.3.1-x02", "A.1-08")}
    vr = setting("V", 1, inside=(("TICKET", "initiator_data"),), ver_data="00" * 32)
    assert Script(media()).full({"resolve_init": vr}).found() == {RINIT: rows("4.2.3.1-x02", "6.10-30")}


def test_the_ticket_transferred_is_the_one_granted():
    other = plain("another")
    script = Script(plain())
    script.add("request_init").add("request_resp")
    model, keys = other.transfer_init()
    keys.tpk = script.e.tpk
    script.add("transfer_init", made=(model, keys))
    assert script.found() == {TINIT: rows("4.2.2.1-x02")}
    assert states(script.answer()) == ["ok"] * 3


def test_tickets():
    """A.1: the MAC, the KEMAC, and which keys are in it."""
    at = {RESP, TINIT, RINIT}

    def of_ticket(change, make=plain):
        return Script(make(), change).full().found()

    def bad_mac(node):
        node["ticket_data"][-1]["ver_data"] = "00" * 20
    assert of_ticket(bad_mac) == {i: rows("A.1-08") for i in at}

    def shut(node):
        of(node["ticket_data"], "KEMAC")["encr_data"] = "5a" * 45
    assert of_ticket(shut) == {i: rows("A.1-04") for i in at}

    def keys(change):
        return lambda node: change(of(node["ticket_data"], "KEMAC")["encr_data"])
    for change in (lambda k: k.pop(0), lambda k: k.append(copy.deepcopy(k[0])), lambda k: k.reverse(), lambda k: k[1].update(type=8)):
        answer = of_ticket(keys(change))
        assert rows("A-x05") <= answer[TINIT]
    no_mac = Script(plain(), lambda node: node["ticket_data"].pop()).full().answer()
    assert states(no_mac, "ticket_auth")[TINIT] == "fail" and rows("A.1-08").isdisjoint(found(no_mac).get(TINIT, set()))
    null = Script(plain(), lambda node: node["ticket_data"][-1].update(auth_alg=0, ver_data="")).full().answer()
    assert states(null, "ticket_auth")[TINIT] == "fail" and found(null)[TINIT] == rows("A.1-08")
    other_format = Script(plain("other format", ticket=(1, 1, 2))).full().answer()
    assert states(other_format, "ticket_auth")[TINIT] == "skipped"


def test_validity():
    """6.10-x22: by `now`, else by T; TRs is the start of the Exchange's day, TRe its end."""
    first, day = 0xE93E5A00, 86400
    script = Script(plain()).full()
    assert script.found() == {}
    expected = {i: rows("6.10-x22") for i in (TINIT, RINIT)}
    assert script.found(now=first - 1, skew=10**6) == expected
    assert script.found(now=first, skew=10**6) == {} == script.found(now=first + day, skew=10**6)
    assert script.found(now=first + day + 1, skew=10**6) == expected
    late = {name: setting("T", **t(2 * day)) for name in ("transfer_init", "resolve_init")}
    assert Script(plain()).full(late).found() == expected
    counter = {name: setting("T", **t(5, 2)) for name in ("transfer_init", "resolve_init")}
    assert Script(plain()).full(counter).found() == {}
    no_bound = Script(plain(), lambda node: of(node["tp_data"], "TR").update(tr(2, 2 * day, 2))).full()
    assert TINIT not in no_bound.found()


def test_now_and_skew():
    script = Script(plain()).full(names=FULL[:2])           # T at 0 and 10 s, with a fraction of a quarter
    first = 0xE93E5A00
    row = {"RFC3830-5.4-x01"}
    assert script.found(now=first, skew=11) == {}
    assert script.found(now=first, skew=10) == {1: row}
    assert script.found(now=first - 2208988800, skew=0) == {0: row, 1: row}
    assert script.found(now="e93e5a0040000000", skew=10) == {}
    assert script.found(now=first + 311) == {0: row, 1: row} and script.found(now=first + 305) == {0: row}
    late = [dict(m) for m in script.messages]
    after_2036 = Script(plain()).full({n: setting("T", ts_type=0, ts_value="0000000100000000") for n in FULL[:1]}, names=FULL[:1])
    assert after_2036.found(now=2**32 + 1, skew=0) == {} == after_2036.found(now="0000000100000000", skew=0)
    assert late == script.messages


def test_replay():
    script = Script(plain()).full()
    script.messages.append(dict(script.messages[0]))
    assert script.found() == {6: {"RFC3830-5.4-x02"}}
    script.messages[-1] = dict(script.messages[1])
    assert 6 not in script.found()                      # a response is no initial message


@pytest.mark.parametrize("literal", [True, False])
def test_lengths_of_rands(literal):
    """12.1-05."""
    chosen = {"rand_sum": "literal" if literal else "used"}

    def short(name, role, make=plain, octets=15):
        e = make("rands", setting=chosen)
        return Script(e).full({name: setting("RANDR", rand="11" * octets) if role < 3 else
                               lambda model: next(n for n in model["payloads"] if n.get("rand_role") == role).update(rand="11" * octets)},
                              keys={name: lambda k: setattr(k, "rand_i" if role == 1 else "rand_r", b"\x11" * octets)
                                    if role < 3 else None}, names=FULL[:1] if name == "request_init" else FULL[2:4]).found()
    assert short("request_init", 1) == {0: rows("12.1-05")}
    assert short("request_init", 1, octets=16) == {}
    assert short("resolve_init", 2) == {1: rows("12.1-05")}
    # G=1: literally only the sum counts, at TRANSFER_RESP
    assert short("transfer_init", 1) == ({} if literal else {0: rows("12.1-05")})


def test_rands_of_tickets_and_modifiers():
    def short_rand(node):
        of(node["ticket_data"], "RAND")["rand"] = "22" * 15
    e = plain("short ticket rand")
    e.ticket_rand = b"\x22" * 15
    e.mpki, e.mpkr = (derive.ticket_mpk(n, e.prf, e.mpk, e.ticket_rand) for n in ("mpki", "mpkr"))
    assert Script(e, short_rand).full().found() == {i: rows("12.1-05") for i in (RESP, TINIT, RINIT)}
    e = media("short randrkms")
    e.rand_kms = e.rand_kms[:31]
    e.mpkr_forked = derive.forked_key("mpkr_forked", e.prf, e.mpkr, e.identity(2), e.rand_kms)
    e.session_forked = [derive.forked_key("tgk_forked", e.prf, k, e.identity(2), e.rand_kms) for k in e.session]
    assert Script(e).full().found() == {RRESP: rows("12.1-05")}


def test_short_and_long_keys():
    """12.1-04 and 12.1-09."""
    e = plain("short psk")
    e.psk_i = e.psk_i[:15]
    assert Script(e).full().found() == {REQ: rows("12.1-04"), RESP: rows("12.1-04")}
    e = plain("short tpk")
    e.tpk = e.tpk[:15]
    assert Script(e).full().found() == {i: rows("12.1-04") for i in (RESP, TINIT, RINIT)}
    e = plain("short tgk", tp_kemac=False)
    e.session = [key[:15] for key in e.session]
    e.session_forked = e.session
    assert Script(e).full().found() == {i: rows("12.1-04") for i in (RESP, TINIT, RINIT, RRESP)}
    e = plain("long tgk", tp_kemac=False)
    e.session = [key + b"\x01" for key in e.session]
    e.session_forked = e.session
    e.rand_i += b"\x01"
    assert Script(e).full().found() == {i: rows("12.1-09") for i in (RESP, TINIT, RINIT, RRESP)}
    assert Script(media()).full().found() == {}          # long keys, 256-bit algorithms


def test_keys_that_are_visible_in_kemacs():
    """6.10-01 and F.3-05 of the encrypted KEMACs."""
    answer = Script(media("hidden", ones="DEHINO", key_types=(TGK,), tp_kemac=False)).full(names=FULL[:5]).found()
    assert answer == {i: rows("6.10-01") for i in (RESP, TINIT, RINIT, RRESP)}
    # without the TPK only the KEMACs of the responses are seen
    script = Script(media("hidden", ones="DEHINO", key_types=(TGK,), tp_kemac=False)).full(names=FULL[:5])
    assert script.found(secrets={"tpk": None}) == {i: rows("6.10-01") for i in (RESP, RRESP)}
    script = Script(media("hidden", ones="DEHINO", key_types=(TGK,), tp_kemac=False)).full(names=FULL[:2])
    assert script.found(profile="ims-message")[RESP] == rows("6.10-01") | {"TS33328-F.3-05"}


def test_a_key_without_spi_in_the_ticket():
    def no_spi(kind):
        def change(node):
            of(node["ticket_data"], "KEMAC")["encr_data"][kind].update(kv=0)
        return change
    names = ("transfer_init",)
    assert Script(plain(), no_spi(0)).full(names=names).found() == {0: rows("6.2.1-02")}
    assert Script(plain("s", setting={"spi_required": "session"}), no_spi(0)).full(names=names).found() == {}
    assert Script(plain("s", setting={"spi_required": "session"}), no_spi(1)).full(names=names).found() == {0: rows("6.2.1-02")}


def test_randr_and_idr_are_of_their_roles():
    """The modifier is IDRr and RANDRkms, whatever stands around them."""
    script = Script(media()).full({"resolve_resp": lambda m: m["payloads"].insert(1, randr(1, b"\x01" * 32))})
    assert script.found() == {}
    script = Script(media()).full({"resolve_resp": lambda m: m["payloads"].insert(1, idr(1, "x@example.com"))})
    assert script.found() == {}
