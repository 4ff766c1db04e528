"""Conversations: public keys and certificates, KMS UIDs and subscribers, RFC 3830 messages, several KMSs."""

import datetime
import functools
import hashlib

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from conversation_support import (FULL, KEYS, Script, certificate_pem, dropping, flipped, found, media, of, plain, setting,
                                  states)
from mikeyticket.conversation import people
from vectorgen import material
from vectorgen.exchange import cert

P = "RFC6043-"


def rows(*names):
    return {P + name for name in names}


def pk(name="public key", **more):
    return plain(name, method="pk", **more)


# --- public keys --------------------------------------------------------------------------------------------------


@functools.lru_cache(None)
def new_key(name):
    return rsa.generate_private_key(65537, 1024)


def certificate(name, issuer, ca=False, names=(), days=(0, 3650), signer=None, common_name=None):
    """A certificate of new_key(name), in DER."""
    def dn(text):
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])
    first = datetime.datetime(2024, 1, 1)
    builder = (x509.CertificateBuilder().subject_name(dn(common_name or name)).issuer_name(dn(issuer)).public_key(new_key(name).public_key())
               .serial_number(7).not_valid_before(first + datetime.timedelta(days[0])).not_valid_after(first + datetime.timedelta(days[1]))
               .add_extension(x509.BasicConstraints(ca, None), True))
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), False)
    made = builder.sign(new_key(signer or issuer), hashes.SHA256())
    return made.public_bytes(serialization.Encoding.DER)


def pem(der):
    return x509.load_der_x509_certificate(der).public_bytes(serialization.Encoding.PEM).decode()


def with_chain(*chain, signer="leaf", raw=None):
    """REQUEST_INIT_PK with these certificates, signed by new_key(signer)."""
    def change(model):
        at = [n["payload"] for n in model["payloads"]].index("CERT")
        model["payloads"] = [n for n in model["payloads"] if n["payload"] != "CERT"]
        model["payloads"][at:at] = [{"payload": "CERT", "cert_type": 0, "cert_data": der.hex()} for der in raw or chain]
    return Script(pk()).add("request_init", change, lambda k: setattr(k, "sign_key", new_key(signer)))


LEAF = functools.partial(certificate, "leaf", "middle", names=(x509.UniformResourceIdentifier("sip:alice@example.com"),))
MIDDLE = functools.partial(certificate, "middle", "root", ca=True)
ROOT = functools.partial(certificate, "root", "root", ca=True)
C = "4.2.1.3-"


def test_public_key_exchanges():
    for e in (pk(), pk("pss", pss=True), pk("oaep", setting={"pke_pad": "oaep", "sig_hash": "sha256"})):
        answer = Script(e).full().answer()
        assert states(answer) == ["ok"] * 6 and found(answer) == {}
        assert answer["messages"][0]["derived"]["env_key"] == e.env_i.hex()


def test_a_signature_that_fails():
    answer = Script(pk()).full(after={"request_init": flipped, "resolve_init": flipped}).answer()
    assert found(answer) == {0: rows("5.5-x01"), 3: rows("5.5-x01")}
    assert states(answer) == ["fail", "skipped", "ok", "fail", "skipped", "ok"]     # PKE is not opened


def test_envelope_keys_given_directly():
    script = Script(pk()).full()
    without = {"rsa": {"i": None, "r": None}}
    assert states(script.answer(secrets=without))[:2] == ["ok", "skipped"]
    given = {**without, "env_key_i": script.e.env_i.hex(), "env_key_r": script.e.env_r.hex()}
    assert states(script.answer(secrets=given)) == ["ok"] * 6


def test_pke_and_chash():
    other = hashlib.sha1(b"another certificate").hexdigest()
    script = Script(pk()).full({"request_init": setting("CHASH", hash=other), "resolve_init": setting("CHASH", hash=other)})
    own_key = (KEYS / "kms.pem").read_text()
    assert script.found() == {}                                                     # the certificate is not there
    for kms in (own_key + certificate_pem("kms"), certificate_pem("kms")):
        secrets = {"rsa": {"kms": {"pem": kms}}, "env_key_i": script.e.env_i.hex(), "env_key_r": script.e.env_r.hex()}
        assert script.found(secrets=secrets) == {0: rows("4.2.1.3-x06"), 3: rows("4.2.3.3-x06")}
        assert Script(pk()).full().found(secrets=secrets) == {}
    shut = Script(pk()).full({"request_init": setting("PKE", data="77" * 256), "resolve_init": setting("PKE", data="77")}, names=FULL[:1] + FULL[2:4])
    assert shut.found() == {0: rows("4.2.1.3-x05"), 2: rows("4.2.3.3-x05")}


def test_certificate_chains():
    leaf, middle, root = LEAF(), MIDDLE(), ROOT()
    good = with_chain(leaf, middle, root)
    assert good.found() == {} and states(good.answer()) == ["ok"]
    for trust in (pem(root), [pem(root)], [pem(middle)], [pem(leaf)], [pem(ROOT(days=(0, 20))), pem(root)]):
        assert good.found(trust=trust) == {}
    other_root = certificate("other", "root", ca=True, common_name="root", signer="other")
    assert good.found(trust=pem(other_root)) == {0: rows(C + "x04")}
    assert with_chain(leaf, middle).found(trust=pem(root)) == {}
    assert with_chain(leaf).found(trust=pem(root)) == {0: rows(C + "x04")}
    assert with_chain(leaf, MIDDLE(ca=False)).found(trust=pem(root)) == {0: rows(C + "x04")}
    assert with_chain(leaf, root, middle).found(trust=pem(root)) == {0: rows(C + "04")}
    assert with_chain(leaf, MIDDLE(signer="leaf"), root).found() == {0: rows(C + "04")}
    assert with_chain(middle, leaf).found()[0] >= rows(C + "03", "5.5-x01", C + "04")
    joined = with_chain(raw=[leaf + middle])
    assert joined.found() == {0: rows(C + "02")}


def test_validity_of_certificates():
    root = ROOT()
    chain = (LEAF(days=(10, 20)), MIDDLE(), root)
    first = 1704067200                                      # 2024-01-01
    assert with_chain(*chain).found(trust=pem(root), now=first + 15 * 86400, skew=10**7) == {}
    for day in (9, 21):
        assert with_chain(*chain).found(trust=pem(root), now=first + day * 86400, skew=10**7) == {0: rows(C + "x04")}
    assert with_chain(*chain).found(trust=pem(root)) == {0: rows(C + "x04")}           # by T
    counter = with_chain(*chain)
    counter = Script(pk("counter", ts_type=2)).add(
        "request_init", lambda m: of(m, "CERT").update(cert_data=chain[0].hex()) or of(m, "CERT", 1).update(cert_data=chain[1].hex()),
        lambda k: setattr(k, "sign_key", new_key("leaf")))
    assert counter.found(trust=pem(root)) == {}                                        # no time: not judged


def test_names_of_certificates():
    def named(*names, **more):
        return with_chain(certificate("leaf", "middle", names=names, **more)).found()
    uri, mail, dns = x509.UniformResourceIdentifier, x509.RFC822Name, x509.DNSName
    for names in ((uri("sip:alice@example.com"),), (mail("alice@example.com"),), (dns("other.example.com"), uri("sips:alice@example.com"))):
        assert named(*names) == {}
    assert named(common_name="alice@example.com") == {} == named(common_name="sip:alice@example.com")
    assert named(dns("example.com"), common_name="alice@example.com") == {0: rows(C + "x03")}
    assert named(uri("sip:bob@example.com")) == {0: rows(C + "x03")}


def test_without_cert_the_key_is_the_senders():
    answer = Script(pk()).full({"request_init": dropping("CERT")}, names=FULL[:1]).answer()
    assert states(answer) == ["ok"]
    url = Script(pk()).full({"request_init": lambda m: (dropping("CERT")(m), m["payloads"].insert(3, cert("initiator", 1)))},
                            names=FULL[:1])
    assert states(url.answer()) == ["ok"]
    unreadable = Script(pk()).full({"request_init": setting("CERT", cert_data="3003020101")}, names=FULL[:1])
    assert states(unreadable.answer()) == ["skipped"]


# --- identities ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("group,uid,matches", [
    ("?.department@company.example", "user1.department@company.example", True), ("?@?", "alice@example.com", True),
    ("?", "alice@example.com", True), ("?", "", True), ("alice@example.com", "alice@EXAMPLE.com", True),
    ("Alice@example.com", "alice@example.com", False), ("?@example.com", "alice@example.org", False),
    ("?@EXAMPLE.com", "alice@example.com", True), ("a?b?c", "abc", True), ("a?b?c", "axxbyyc", True), ("a?b?c", "acb", False),
    ("ab?ba", "aba", False), ("ab?ba", "abba", True), ("?a?", "bbb", False), ("?", "al?ce@example.com", False),
    ("??", "x@y", True), ("a.c@example.com", "abc@example.com", False), ("?@a?", "x@a?b", True)])
def test_wildcards(group, uid, matches):
    assert people.group_matches(group.encode(), uid.encode()) is matches


def test_wildcards_take_bounded_time():
    """It ends: trying every way to divide the text among the wildcards would not."""
    assert not people.group_matches(b"?a" * 30000 + b"b", b"a" * 60000 + b"@c")
    assert not people.group_matches(b"?" + b"a" * 30000 + b"b?" + b"c", b"a" * 65000 + b"c")


@pytest.mark.parametrize("impu,uid", [("sip:alice@Example.COM", "alice@example.com"), ("sips:a;x=y:secret@h;transport=tcp?a=b", "a;x=y@h"),
                                      ("SIP:a?b@h", "a?b@h"), ("alice@h", "alice@h"), ("tel:+15551234", None),
                                      ("sip:bob@Example.com:5061", "bob@example.com"), ("sip:bob:secret@h:5061;lr?a=b:c", "bob@h"),
                                      ("sip:bob@h:", "bob@h"), ("sip:example.com:5061", None), ("sip:example.com", None), ("example.com", None), ("sip:alice@", None),
                                      ("sip:bob@[2001:DB8::1]:5061;lr", "bob@[2001:db8::1]"), ("sip:bob@[2001:db8::1]", "bob@[2001:db8::1]"),
                                      ("sip:bob@[::1", "bob@[::1")])
def test_uid_of_an_impu(impu, uid):
    assert people.uid_of_impu(impu) == (uid and uid.encode())


BOB = {"b_tid": b"b-tid-bob@bsf.example.com".hex(), "impus": ["sip:bob@example.com", "sip:robert@example.org"]}
ALICE = {"b_tid": b"b-tid-alice@bsf.example.com".hex(), "impus": ["sip:alice@example.com"]}
IMS = {"profile": "ims-media", "subscribers": [ALICE, BOB]}


def ims(changes=None, **more):
    return Script(media("ims", ticket=(2, 0, 0), **more)).full(changes)


def test_who_may_resolve():
    row = {3: rows("4.2.3.4-x01"), 4: rows("4.2.3.4-01")}
    assert ims().found(**IMS) == {}
    assert ims(idr_ticket=["carol@example.com"]).found(**IMS) == row
    assert ims(idr_ticket=["?@example.org"]).found(**IMS) == {}         # by another UID of Bob's
    assert ims(idr_ticket=["?@example.org"]).found(profile="ims-media") == row
    assert ims(idr_ticket=["?@Example.com"]).found(profile="ims-media") == {}
    assert ims(idr_ticket=["?@example.com"]).found() == row             # RFC 6043 alone knows no wildcards
    without = dropping("IDR", id_role=2)
    assert ims({"resolve_init": without}, idr_ticket=["?@example.com"]).found(profile="ims-media") == {}


def test_subscribers():
    row = {"TS33328-6.2.3.5-01"}
    carol = {"b_tid": b"carol".hex(), "impus": ["sip:carol@example.com"]}
    assert ims().found(profile="ims-media", subscribers=[carol, BOB]) == {0: row}
    assert ims().found(profile="ims-media", subscribers=[{**carol, "b_tid": ALICE["b_tid"]}, BOB]) == {0: row}
    no_psk = {"request_init": dropping("IDR", id_role=4)}
    assert ims(no_psk).found(**IMS) == {}
    assert ims(no_psk).found(profile="ims-media", subscribers=[carol, BOB]) == {0: row}
    script = ims()
    with_keys = [{**ALICE, "psk": script.e.psk_i.hex()}, {**BOB, "psk": script.e.psk_r.hex()}]
    answer = script.answer(profile="ims-media", subscribers=with_keys, secrets={"psk_i": "00" * 16, "psk_r": None})
    assert states(answer) == ["ok"] * 6


def test_groups_are_no_users():
    """The group stands in IDRr of TRANSFER_INIT; in the ticket policy it may."""
    group = setting("IDR", 1, id_data=b"?@example.com".hex())
    assert ims({"transfer_init": group}).found(profile="ims-media") == {2: {"TS33328-6.2.3.2-01"}}
    assert ims({"transfer_init": group}).found() == {}
    in_domain = setting("IDR", 1, id_data=b"bob@example?.com".hex())
    assert ims({"transfer_init": in_domain}).found(profile="ims-media") == {}


def test_idrr_of_resolve_resp_is_the_responders():
    assert ims().found(**{**IMS, "subscribers": [ALICE, {**BOB, "impus": ["sip:robert@example.org", "sip:bob@example.com"]}]}) == {}
    assert ims().found(**{**IMS, "subscribers": [ALICE, {**BOB, "impus": ["sips:bob:pw@EXAMPLE.com:5061;lr"]}]}) == {}
    script = ims()
    answer = script.found(profile="ims-media", subscribers=[ALICE, {**BOB, "impus": ["sip:robert@example.com"]}])
    assert "TS33328-6.2.3.6-03" in answer[4] and "TS33328-6.2.3.5-01" in answer[3]


# --- several KMSs, RFC 3830 ---------------------------------------------------------------------------------------


def test_a_kms_asks_another():
    """Figure 9: K resolves at another KMS with psk_kms, before it answers R."""
    e = plain("kms of r")
    script = Script(e)
    script.add("transfer_init").add("resolve_init")
    psk_r, e.psk_r = e.psk_r, b"\x77" * 16
    e.resolve_rand = b"\x78" * 16
    new_csb = lambda model: model["hdr"].update(csb_id=99)           # noqa: E731
    script.add("resolve_init", new_csb, ex="inter-kms", sender="K").add("resolve_resp", new_csb, ex="inter-kms")
    e.psk_r = psk_r
    answer = script.answer(secrets={"tpk": None, "psk_kms": "77" * 16})
    assert states(answer) == ["ok"] * 4 and found(answer) == {}
    assert states(script.answer(secrets={"tpk": None}))[2] == "skipped"


def test_rfc_3830_messages(reference):
    """The exchange between real user agents: the MAC of the answer covers message and timestamp alone."""
    import json
    lines = [json.loads(line) for line in (reference / "messages.jsonl").read_text().splitlines()]
    offer, reply = (next(entry for entry in lines if entry["mode"] == mode) for mode in ("PSK_INIT", "PSK_RESP"))
    from mikeyticket import conversation
    value = {"secrets": {"psk_i": b"secret".hex()}, "settings": {"absent_identity": "empty"},
             "identities": {"i": {"type": 0, "data": "61"}, "r": {"type": 0, "data": "62"}},
             "messages": [{"ex": "request", "from": "I", "hex": offer["hex"]}, {"ex": "request", "from": "R", "hex": reply["hex"]}]}
    answer = conversation.answer(value)
    assert states(answer) == ["ok", "ok"] and states(answer, "kemac") == ["ok", "absent"] and found(answer) == {}
    assert conversation.answer({**value, "settings": {}})["messages"][1]["auth"] == "fail"
    assert conversation.answer({**value, "secrets": {"psk_i": b"secreT".hex()}})["messages"][0]["auth"] == "fail"


def test_rfc_3830_messages_of_our_own():
    """The older modes of the vectors: PSK_INIT and PSK_RESP with identities in ID payloads."""
    from mikeyticket import conversation
    from conftest import VECTORS
    from mikeyticket.octets import cut
    count = 0
    for vector in VECTORS:
        if not vector["tree"] or vector["tree"]["hdr"]["data_type"] != 0 or "authentic" not in vector["flags"]:
            continue
        before = [vector["related"]["transfer_init"]] if "related" in vector else []       # an update has no RAND
        answer = conversation.answer({"secrets": {"psk_i": vector["keys"]["psk"]}, "settings": vector.get("settings"),
                                      "messages": [{"from": "I", "hex": text} for text in before + [vector["message"]]]})
        assert set(states(answer)) == {"ok"} == set(states(answer, "kemac")), vector["id"]
        assert bytes.fromhex(answer["messages"][-1]["derived"]["mac_input"]) == cut(
            bytes.fromhex(vector["message"]), (len(vector["message"]) // 2 - 20, len(vector["message"]) // 2))
        count += 1
    assert count


def test_changed_certificates_never_break_the_judge():
    """The library reads names, dates and keys of a certificate only when they are asked for."""
    import random
    draw = random.Random(5280)
    chain, root = [LEAF(), MIDDLE(), ROOT()], pem(ROOT())
    for _ in range(300):
        changed = [bytearray(der) for der in chain]
        one = draw.choice(changed)
        for _ in range(draw.choice((1, 2, 5))):
            one[draw.randrange(len(one))] ^= 1 << draw.randrange(8)
        assert with_chain(raw=changed).answer(trust=root)["verdict"] in ("accept", "reject")


def test_signed_transfer_messages_teach_no_keys():
    """SIGN in place of V: the rules forbid it, the judge verifies it; what follows has keys only if the ticket gives them."""
    def signed(model):
        model["payloads"][-1] = {"payload": "SIGN", "s_type": 0, "signature": "SIGNATURE"}

    def key(name):
        return lambda keys: setattr(keys, "sign_key", material.private_key(name))
    for lost in (None, "TICKET"):
        def first(model, lost=lost):
            signed(model)
            of(model, "TICKET").pop("initiator_data")           # Vi would be the V that is not there
            model["payloads"] = [n for n in model["payloads"] if n["payload"] != lost]
        script = Script(media("signed")).full({"transfer_init": first, "transfer_resp": signed},
                                              {"transfer_init": key("initiator"), "transfer_resp": key("responder")},
                                              names=("transfer_init", "transfer_resp"))
        script.add("update_init")
        assert states(script.answer()) == ["ok", "ok", "skipped" if lost else "ok"]
