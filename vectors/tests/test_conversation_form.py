"""Conversations: the form, its bounds, hostile input, the line tool; and octets under MACs by hand."""

import copy
import hashlib
import hmac
import json
import random
import subprocess
import sys

import pytest

from conversation_support import FULL, KEYS, Script, dropping, found, media, of, plain, setting, states
from mikeyticket import conversation
from mikeyticket.conversation.catalogue import SECTION_8_IDS, rows
from mikeyticket.settings import CHOICES

PEER = str(KEYS.parent / "peer")


# --- the catalogue ------------------------------------------------------------------------------------------------


def test_ids_of_section_8():
    """Every row that CONVERSATION.md section 8 names is in the set, and every row of the set is named there."""
    import re
    text = (KEYS.parent / "CONVERSATION.md").read_text().split("## 8.")[1].split("### 8.1")[0]
    cells = [line.split("|")[1] for line in text.splitlines() if line.startswith("| ")]
    named = set()
    for cell in cells:
        source = None
        for word in re.findall(r"[\w.-]+", cell):
            source = word.split("-")[0] if word.startswith(("RFC", "TS")) else source
            named.add(word if word.startswith(("RFC", "TS")) else f"{source}-{word}")
    named.discard("None-row")
    assert named == SECTION_8_IDS
    assert all(row in rows() for row in named)


# --- the form -----------------------------------------------------------------------------------------------------

GOOD = {"messages": [{"ex": "request", "from": "I", "hex": "00"}]}


@pytest.mark.parametrize("value", [
    None, [], "x", 1, {}, {"messages": None}, {"messages": {}}, {"messages": [1]}, {"messages": [{}]}, {"messages": [{"hex": 1}]},
    {"messages": [{"hex": "0"}]}, {"messages": [{"hex": "0 "}]}, {"messages": [{"hex": "\u0660\u0660"}]},
    {"messages": [{"hex": "00", "from": "X"}]}, {"messages": [{"hex": "00", "ex": 1}]}, {"messages": [{"hex": "00", "about": 0}]},
    {"messages": [{"hex": "00", "about": "0"}]}, {**GOOD, "profile": "none"}, {**GOOD, "profile": 1}, {**GOOD, "settings": {"x": 1}},
    {**GOOD, "settings": {"kw_pad": "x"}}, {**GOOD, "settings": {"kw_pad": []}}, {**GOOD, "settings": []},
    {**GOOD, "prot_types": {"tls": 256}}, {**GOOD, "prot_types": {"tls": True}}, {**GOOD, "prot_types": {"x": 1}},
    {**GOOD, "mline": "x"}, {**GOOD, "identities": {"i": {"type": "1"}}}, {**GOOD, "identities": {"i": {"data": "0", "type": 1}}},
    {**GOOD, "identities": {"i": {"data": "00", "type": 256}}}, {**GOOD, "identities": {"i": 1}}, {**GOOD, "secrets": {"psk_i": 1}},
    {**GOOD, "secrets": {"rsa": {"i": {"pem": "x"}}}}, {**GOOD, "secrets": {"rsa": {"i": {"pem": 1}}}}, {**GOOD, "now": -1},
    {**GOOD, "now": "x"}, {**GOOD, "now": True}, {**GOOD, "now": 1e300}, {**GOOD, "now": float("nan")}, {**GOOD, "now": []},
    {**GOOD, "skew": -1}, {**GOOD, "skew": "1"}, {**GOOD, "skew": float("inf")}, {**GOOD, "trust": "x"}, {**GOOD, "trust": [1]},
    {**GOOD, "trust": 1}, {**GOOD, "subscribers": [1]}, {**GOOD, "subscribers": [{"impus": [1]}]}, {**GOOD, "subscribers": [{"b_tid": "x"}]},
    {**GOOD, "subscribers": "x"}])
def test_what_is_no_conversation(value):
    answer = conversation.answer(value)
    assert answer["verdict"] == "error" and answer["error"]["status"] == "usage" and answer["error"]["text"]


@pytest.mark.parametrize("value", [
    {"messages": [{"hex": "00"}] * 4097}, {"messages": [{"hex": "00" * (1 << 20)}]}, {"messages": [{"hex": "00" * (1 << 19)}] * 5},
    {**GOOD, "subscribers": [{}] * 4097}, {**GOOD, "subscribers": [{"impus": ["a"] * 257}]}, {**GOOD, "trust": ["x"] * 65},
    {**GOOD, "secrets": {"psk_i": "00" * 200000}}])
def test_bounds(value):
    answer = conversation.answer(value)
    assert answer["verdict"] == "error" and answer["error"]["status"] == "limit"


def test_what_is_left_out():
    """null and {} count as left out; unknown members are ignored."""
    value = {**GOOD, "x": 1, "profile": None, "settings": {}, "identities": {"i": {}, "r": None}, "secrets": {"rsa": {"i": {}}, "tpk": None, "y": 1},
             "now": None, "skew": None, "trust": {}, "subscribers": None, "mline": None}
    answer = conversation.answer(value)
    assert answer == {"verdict": "reject", "messages": [
        {"parse": "error", "auth": "skipped", "ticket_auth": "skipped", "vr_auth": "skipped", "kemac": "skipped",
         "findings": [{"id": "RFC3830-6.1-x01", "on_receive": "reject"}], "derived": {}}]}
    assert conversation.answer({"messages": []}) == {"verdict": "accept", "messages": []}


def test_ex_and_from_may_be_left_out():
    script = Script(media()).full()
    script.add("update_init").add("update_resp")
    for m in script.messages:
        del m["ex"], m["from"]
    script.messages[6]["from"], script.messages[7]["from"] = "I", "R"
    # an update that has RANDRi or TICKET of its own would be none; these have neither
    assert script.found() == {} and states(script.answer()) == ["ok"] * 8


def test_keys_too_short_or_too_long_to_derive_from():
    script = Script(plain()).full(names=FULL[:2])
    for psk in ("", "11" * 257):
        assert states(script.answer(secrets={"psk_i": psk})) == ["skipped", "skipped"]


def test_deep_nesting_is_a_limit():
    inner = b""
    for _ in range(20):
        inner = b"\x00" + (1).to_bytes(2, "big") + b"\x01\x01" + bytes(3) + (1 + len(inner)).to_bytes(2, "big") + b"\x10" + inner \
            if inner else b"\x00" + (1).to_bytes(2, "big") + b"\x01\x01" + bytes(3) + b"\x00\x01\x00"
    message = bytes.fromhex("010e1000" "00000001" "0001") + inner
    answer = conversation.answer({"messages": [{"hex": message.hex()}]})
    assert answer["verdict"] == "error" and answer["error"]["status"] == "limit"


def test_octets_under_macs_are_bounded():
    """One long request and many responses to it: each MAC covers the request again."""
    request = Script(plain()).add("request_init", lambda m: m["payloads"].insert(1, {"payload": "GENERAL_EXT", "type": 200, "data": "00" * 65000}))
    response = Script(plain()).add("request_init").add("request_resp").messages[1]
    answer = request.answer(secrets={})
    assert states(answer) == ["ok"]
    request.messages += [response] * 1200
    assert request.answer()["error"]["status"] == "limit"


# --- hostile octets -----------------------------------------------------------------------------------------------


def test_changed_octets_never_break_the_judge():
    """Bits, lengths and whole messages changed at random: there is an answer, and a changed octet is never accepted unseen."""
    draw = random.Random(6043)
    script = Script(media("hostile")).full()
    script.add("update_init").add("update_resp")
    script.add("error", made=script.e.error(script.e.update_init(), [0]), ex="update0", sender="R")
    whole = script.conversation()
    for _ in range(400):
        value = copy.deepcopy(whole)
        at = draw.randrange(len(value["messages"]))
        data = bytearray.fromhex(value["messages"][at]["hex"])
        for _ in range(draw.choice((1, 1, 2, 8))):
            data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
        if draw.random() < 0.2:
            data = data[:draw.randrange(len(data))]
        value["messages"][at]["hex"] = data.hex()
        answer = conversation.answer(value)
        assert answer["verdict"] in ("accept", "reject")
        if answer["verdict"] == "accept":
            assert at == 2 or data.hex() == whole["messages"][at]["hex"], (at, data.hex())   # TRANSFER_INIT: see below
        json.dumps(answer)


def test_messages_in_any_order_never_break_the_judge():
    draw = random.Random(830)
    scripts = [Script(media("order")).full(), Script(plain("order", method="pk")).full(), Script(plain("older")).full()]
    scripts[0].add("update_init").add("update_resp")
    pool = [m for script in scripts for m in script.messages]
    exs = [None, "request", "resolve", "transfer", "update0", "reuse0", "anything"]
    for _ in range(300):
        messages = [{**draw.choice(pool), "ex": draw.choice(exs), "from": draw.choice([None, "I", "R", "K"])}
                    for _ in range(draw.randrange(1, 12))]
        value = scripts[draw.randrange(2)].conversation(profile=draw.choice(["rfc6043", "ims-media", "ims-message"]))
        settings = {name: draw.choice(values) for name, values in CHOICES.items()}
        answer = conversation.answer({**value, "messages": messages, "settings": settings})
        assert answer["verdict"] in ("accept", "reject")


def test_the_line_tool_answers_every_line():
    good = json.dumps(Script(plain()).full(names=FULL[:2]).conversation())
    lines = [good, "", "x", "[" * 5000, '{"messages":[{"hex":"00","about":99999999999999999999}]}', '"\\ud800"', good]
    out = subprocess.run([sys.executable, PEER, "verify"], input="\n".join(lines).encode() + b"\n\xff\xfe\n", capture_output=True, timeout=60)
    answers = [json.loads(line) for line in out.stdout.splitlines()]
    assert [a["verdict"] for a in answers] == ["accept"] + ["error"] * 5 + ["accept", "error"]
    assert out.stderr == b"" and b" " not in out.stdout.splitlines()[0]


def test_no_secret_is_in_an_error_text():
    answer = conversation.answer({**GOOD, "secrets": {"psk_i": "deadbeefzz", "tpk": "cafe"}})
    assert "deadbeef" not in json.dumps(answer)


def test_verdict_with_findings_of_others():
    answer = Script(plain()).full().answer()
    nothing = [set()] * 6
    assert conversation.verdict_with(answer, nothing) == "accept"
    assert conversation.verdict_with(answer, [{"RFC6043-4.2.1.5-03"}] + nothing) == "accept"
    assert conversation.verdict_with(answer, [{"RFC6043-4.2-x01"}] + nothing) == "reject"


# --- octets under MACs, by hand (5.5) -----------------------------------------------------------------------------


def octets(script, name):
    return script.octets[name]


def ident(script, role, which="id_data"):
    data, kind = script.e.identity(role), script.e.who[role][1]
    return {"id_data": b"", "len_data": len(data).to_bytes(2, "big"),
            "type_len_data": bytes([kind]) + len(data).to_bytes(2, "big")}[which] + data


def without_mac(data, size=20):
    return data[:-size]


@pytest.mark.parametrize("which", CHOICES["mac_identity"])
def test_coverage_of_initial_messages(which):
    e = plain("coverage", setting={"mac_identity": which})
    script = Script(e).full()
    answer = script.answer()["messages"]
    roles = {"request_init": (1, 3), "transfer_init": (1, 2), "resolve_init": (2, 3)}
    for at, name in enumerate(FULL):
        if name not in roles:
            continue
        data = octets(script, name)
        if name == "transfer_init":             # Initiator Data length and Initiator Data are the end of TICKET, before V
            data = data[:-22 - 2] + data[-22:]
        expected = without_mac(data) + b"".join(ident(script, role, which) for role in roles[name])
        assert answer[at]["derived"]["mac_input"] == expected.hex(), name
        key = bytes.fromhex(answer[at]["derived"]["auth_key"])
        assert hmac.new(key, expected, hashlib.sha1).digest() == octets(script, name)[-20:]


def test_coverage_of_responses():
    script = Script(plain()).full()
    answer = script.answer()["messages"]
    for at, name, first in ((1, "request_resp", "request_init"), (4, "resolve_resp", "resolve_init"), (5, "transfer_resp", "transfer_init")):
        assert answer[at]["derived"]["mac_input"] == (without_mac(octets(script, name)) + octets(script, first)).hex()


def test_identities_that_are_left_out():
    """absent_identity: as known, TRANSFER_INIT's as it was called; or nothing."""
    no_ids = {name: dropping("IDR") for name in FULL[:3]}
    e = plain("absent", idrpsk=False)

    def called(keys):
        keys.known = {**keys.known, 2: b"support@example.com"}
    script = Script(e).full(no_ids, {"transfer_init": called}, names=FULL[:3])
    ids = {**script.conversation()["identities"], "r_called": {"type": 0, "data": b"support@example.com".hex()}}
    assert states(script.answer(identities=ids)) == ["ok"] * 3
    assert states(script.answer(identities={**ids, "r_called": None})) == ["ok", "ok", "fail"]
    assert states(script.answer(settings={"absent_identity": "empty"}))[0] == "fail"
    empty = Script(plain("absent", setting={"absent_identity": "empty"})).full(no_ids, names=FULL[:3])
    assert states(empty.answer()) == ["ok"] * 3
    first = empty.answer()["messages"][0]["derived"]["mac_input"]
    assert first == without_mac(octets(empty, "request_init")).hex()


@pytest.mark.parametrize("name,values", [(name, values) for name, values in CHOICES.items() if name in (
    "mac_identity", "idata_excl", "iv_time", "ntp32_pad", "counter_pad", "ticket_iv_csb", "vr_prf", "kw_pad", "sig_hash", "pke_pad",
    "resp_init_copy")])
def test_settings_change_what_is_accepted(name, values):
    """A conversation made with the other value is accepted with it, and not without."""
    suite = {"kw_pad": "kw"}.get(name, "256")
    more = {"ntp32_pad": {"ts_type": 3}, "counter_pad": {"ts_type": 2}}.get(name, {})
    method = "pk" if name in ("sig_hash", "pke_pad") else "psk"
    ones = "DFGHNO" if name in ("kw_pad", "sig_hash", "pke_pad") or (name == "idata_excl" and values[1] == "if_present") else "DEFGHINO"
    from vectorgen.exchange import Exchange
    for value in values[1:]:
        if (name, value) == ("idata_excl", "data_only"):
            ones = "DEFGHINO"
        e = Exchange(f"setting {name} {value}", suite=suite, method=method, ones=ones, setting={name: value}, **more)

        def copied(keys):
            if name == "resp_init_copy":
                from mikeyticket import codec, coverage
                spans = {}
                tree = codec.decode(keys.initial, spans)
                keys.initial = coverage.initial_copy(keys.initial, tree, spans, keys.settings)

        script = Script(e).full(keys={"transfer_resp": copied})
        assert script.answer()["verdict"] == "accept", value
        if name == "vr_prf":
            continue                             # both PRFs are one here; see the next test
        assert script.answer(settings={})["verdict"] == "reject", value


def test_vr_prf():
    """PRF of HDR in TRANSFER_INIT and the ticket's differ: the readings of A12 differ too."""
    def hdr_prf(model):
        model["hdr"]["prf_func"] = 0
    for reading in CHOICES["vr_prf"]:
        e = media("vr prf", setting={"vr_prf": reading}, tp_kemac=False)
        script = Script(e).full({"transfer_init": hdr_prf}, names=FULL[2:4])
        assert states(script.answer(), "vr_auth") == ["ok", "ok"], reading
        other = next(r for r in CHOICES["vr_prf"] if r != reading)
        assert states(script.answer(settings={"vr_prf": other}), "vr_auth") == ["fail", "fail"]


def test_iv_and_keys_by_hand():
    """REQUEST_RESP under AES-CM-128: label 02 with RANDRi of the request, IV of CSB ID and T (RFC 3830 4.2.3)."""
    from mikeyticket.prf import prf
    script = Script(plain()).full(names=FULL[:2])
    derived = script.answer()["messages"][1]["derived"]
    csb_id = script.e.csb_id("request").to_bytes(4, "big")
    tail = b"\xff" + csb_id + b"\x02" + b"\x10" + script.e.rand_i + b"\x00"
    salt = prf(0, script.e.psk_i, bytes.fromhex("29b88916") + tail, 112)
    mask = b"\x00\x00" + csb_id + bytes.fromhex(of(script.trees["request_resp"], "T")["ts_value"])
    assert derived["salt_key"] == salt.hex()
    assert derived["iv"] == bytes(a ^ b for a, b in zip(salt, mask)).hex() + "0000"
    assert derived["encr_key"] == prf(0, script.e.psk_i, bytes.fromhex("150533e1") + tail, 128).hex()
    assert derived["auth_key"] == prf(0, script.e.psk_i, bytes.fromhex("2d22ac75") + tail, 160).hex()
    assert derived["kemac_plain"].startswith("14") and derived["kemac_plain"].find(script.e.mpki.hex()) > 0


def test_padding_of_aes_key_wrap():
    """kw_pad=zero: fewer than 8 zero octets behind the last sub-payload, or up to 16 octets in all."""
    from mikeyticket import ciphers, kemac
    from mikeyticket.settings import settings
    key, iv, short = bytes(16), bytes(8), bytes.fromhex("00200001aa")             # one TEK of one octet
    for plaintext, ok in ((short + bytes(11), True), (short.ljust(24, b"\x00"), False), (short + bytes(10) + b"\x01", False),
                          (bytes.fromhex("0020000c") + b"\xaa" * 12 + bytes(8), False), (bytes.fromhex("0020000d") + b"\xaa" * 13 + bytes(7), True)):
        plain_octets, payloads = kemac.open_octets(2, key, iv, ciphers.aes_wrap(key, iv, plaintext), 13, settings(kw_pad="zero"))
        assert (payloads is not None) is ok
        if ok:
            assert plain_octets == plaintext.rstrip(b"\x00")
        assert kemac.open_octets(2, key, iv, ciphers.aes_wrap(key, iv, plaintext), 13, settings())[1] is None


def test_kemac_states():
    """Unknown algorithms and a missing T are not judged; NULL encryption shows what it holds."""
    unknown = Script(plain()).full({"request_resp": setting("KEMAC", encr_alg=9, encr_data="00")}, names=FULL[:2]).answer()
    assert states(unknown, "kemac") == ["absent", "skipped"] and "encr_key" not in unknown["messages"][1]["derived"]
    null = Script(plain("null", encr_alg=0)).full(names=FULL[:2]).answer()
    assert states(null, "kemac")[1] == "ok" and "iv" not in null["messages"][1]["derived"]
    assert found(null) == {}


def test_identities_without_type_or_data():
    script = Script(plain()).full(names=FULL[:2])
    whole = script.conversation()
    nais = {name: {"data": one["data"]} for name, one in whole["identities"].items()}
    assert conversation.answer({**whole, "identities": nais})["verdict"] == "accept"
    assert conversation.answer({**whole, "identities": {"i": {"type": 1}}})["verdict"] == "accept"


def test_an_error_without_sender_is_about_the_last_message():
    golden = json.loads((KEYS.parent / "data" / "conversations" / "errors.json").read_text())["conversations"]
    one = next(entry for entry in golden if entry["title"] == "Error whose message is found without `about`")["conversation"]
    messages = one["messages"][:-1] + [{"hex": one["messages"][-1]["hex"]}]
    assert conversation.answer({**one, "messages": messages})["verdict"] == "accept"
    earlier = messages[:2] + messages[-1:]          # about REQUEST_RESP then, whose keys and CSB ID are others
    answer = conversation.answer({**one, "messages": earlier})["messages"][2]
    assert answer["auth"] == "fail" and "RFC6043-5.4-07" in {finding["id"] for finding in answer["findings"]}
