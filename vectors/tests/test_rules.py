"""The rules on one message: what every vector declares, and points where FORMAT.md leaves room."""

import copy

import pytest

from conftest import VECTORS
from conversation_support import media, of
from mikeyticket import rules
from mikeyticket.conversation.catalogue import rows
from mikeyticket.conversation.profile import Profile, built_in
from mikeyticket.protect import protect

CASES = [(vector, name) for vector in VECTORS if vector["tree"] for name in vector["profiles"]]


def broken(tree, profile="rfc6043", settings=None, prot_types=None, **context):
    return rules.broken(tree, Profile(profile, settings or {}, prot_types or {}), rules.Context(**context))


def test_every_vector_breaks_what_it_declares():
    """`sends` is declared beside each deviation, by hand: no rule computed it."""
    wrong, seen = [], set()
    for vector, name in CASES:
        declared = vector["profiles"][name]["sends"]
        declared = set() if declared == "conforms" else set(declared)
        found = broken(vector["tree"], name, vector.get("settings"), **vector["context"])
        seen |= found
        if found != declared:
            wrong.append((vector["id"], name, found ^ declared))
    assert not wrong and len(CASES) > 1000
    assert seen == {row for row, entry in rows().items() if (entry["how"], entry["room"], entry["shown_by"]) == ("check", "rules", "-")}  # every row has been broken


@pytest.fixture(scope="module")
def transfer_init():
    return protect(*media("rules").transfer_init()).tree


def with_payload(tree, chain, place, node):
    changed = copy.deepcopy(tree)
    of(changed, "TICKET")[chain].insert(place, node)
    return changed


@pytest.mark.parametrize("chain,place,own", [("tp_data", 2, "RFC6043-6.10-x13"), ("initiator_data", 1, "RFC6043-6.10-x19"),
                                             ("ticket_data", 1, "RFC6043-A-x04")])
def test_payloads_in_nested_chains(transfer_init, chain, place, own):
    context = {"exchange": "initial", "sender": "I", "tpk_at_hand": True}
    assert broken(transfer_init, **context) == set()
    for node, more in (({"payload": "GENERAL_EXT", "type": 0, "data": ""}, set()),
                       ({"payload": "ID", "id_type": 0, "id_data": ""}, {"RFC6043-6.6-01"}),
                       ({"payload": "RANDR", "rand_role": 9, "rand": "00"}, {"RFC3830-6.11-02"})):
        assert broken(with_payload(transfer_init, chain, place, node), **context) == {own} | more
    short = with_payload(transfer_init, "ticket_data", 1, {"payload": "RANDR", "rand_role": 9, "rand": "00"})
    assert broken(short, exchange="initial") == set()           # Ticket Data is the resolver's alone


def test_v_and_sign_of_an_error_are_its_last_payload():
    def error(*payloads):
        return {"hdr": {"version": 1, "data_type": 6, "v": 0, "prf_func": 0, "csb_id": 1, "cs_id_map_type": 1}, "payloads": [
            {"payload": "T", "ts_type": 0, "ts_value": "00" * 8}, {"payload": "ERR", "error_no": 0, "reserved": 0}, *payloads]}
    v = {"payload": "V", "auth_alg": 1, "ver_data": "00" * 20}
    assert broken(error()) == set() == broken(error(v))
    assert broken(error(v, {"payload": "SIGN", "s_type": 0, "signature": ""})) == {"RFC6043-5.4-x02"}
    assert broken(error(v, v)) == {"RFC6043-5.4-x02", "RFC6043-4.2-x03"}


def test_srtp_id_entries_are_crypto_sessions():
    tree = {"hdr": {"version": 1, "data_type": 14, "v": 1, "prf_func": 1, "csb_id": 1, "cs_id_map_type": 0,
                    "cs": [{"policy_no": 0, "ssrc": 1, "roc": 0}]}, "payloads": []}
    assert "RFC4567-7.1-04" in broken(tree, "ims-media", m_lines=["rtp"], exchange="initial")
    assert "RFC4567-7.1-04" in broken(tree, "ims-media", m_lines=[], exchange="initial")
    tree["hdr"]["cs"] *= 2
    assert "RFC4567-7.1-04" not in broken(tree, "ims-media", m_lines=["rtp"], exchange="initial")
    assert "TS33328-F.3-07" in broken(tree, "ims-message", exchange="initial")


def test_profiles_inherit():
    assert set(built_in()) >= {"rfc6043", "ims-media", "ims-message", "ims-msrp-tls", "ims-bfcp-tls", "ims-mixed"}
    mixed = built_in()["ims-mixed"]
    assert mixed["settings"] == built_in()["rfc6043"]["settings"] and mixed["srtcp_integrity"] and mixed["always_forked"]
    assert built_in()["ims-msrp-tls"]["srtcp_integrity"] is None
