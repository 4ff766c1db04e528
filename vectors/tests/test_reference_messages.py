"""Messages that others sent."""

import json

from mikeyticket import codec, verify
from mikeyticket.errors import ParseError
from mikeyticket.keys import Keys


def messages(reference):
    return {entry["id"]: entry for entry in map(json.loads, (reference / "messages.jsonl").read_text().splitlines())}


def test_a_psk_exchange_between_real_user_agents(reference):
    """KEMAC of the offer and V of the answer, pre-shared key `secret`; the answer's MAC has no identities behind it, but the
    offer's timestamp (RFC 3830 5.2)."""
    both = messages(reference)
    offer, answer = (bytes.fromhex(both[i]["hex"]) for i in (0, 1))
    tree = codec.decode(offer)
    rand = next(n["rand"] for n in tree["payloads"] if n["payload"] == "RAND")
    time = tree["payloads"][0]
    keys = Keys(protect=b"secret", rand_i=bytes.fromhex(rand))
    assert verify.verify(offer, keys) == [("KEMAC[0].mac", True), ("KEMAC[0]", True)]
    keys.iv_time = (time["ts_type"], bytes.fromhex(time["ts_value"]))
    assert verify.verify(answer, keys) == [("V[0]", True)]
    assert verify.verify(answer, Keys(protect=b"secreT", rand_i=keys.rand_i, iv_time=keys.iv_time)) == [("V[0]", False)]


def test_every_message_is_refused_or_comes_back_the_same(reference):
    walked = 0
    for entry in messages(reference).values():
        data = bytes.fromhex(entry["hex"])
        try:
            tree = codec.decode(data)
        except ParseError:
            assert not entry["payload_chain"] or entry["trailing_bytes"], entry["id"]
            continue
        assert codec.encode(tree) == data
        if entry["payload_chain"]:
            walked += 1
            assert [codec.registry.NUMBERS[n["payload"]] for n in tree["payloads"]] == entry["payload_chain"]
    assert walked >= 15
