"""What a hostile transcript costs the judge: as much for each octet, however many have come; and fragments put together in pages."""

import gc
import random
import sys
import tracemalloc

import pytest

import tlspsk
from tlspsk.fragments import DatagramMessages, Partial
from tlspsk.records import CutError

CLAIM = b"\x01\xff\xff\xff"             # a ClientHello of 16 MiB
EMPTY = {"verdict": "reject", "error": None, "version": None, "suite": None, "identity": None, "hint": None, "client": "absent", "server": "absent",
         "resumed": False, "renegotiations": 0, "complete": False, "alerts": [], "findings": []}


def ask(transport, segments):
    return {"transport": transport, "profile": "ims-msrp-tls", "settings": {}, "tek": "00" * 16, "identity13": None,
            "segments": [{"from": "client", "hex": one.hex()} for one in segments]}


def octet_records(count):
    return [b"\x16\3\3\0\1" + bytes([octet]) for octet in CLAIM + bytes(count)]


def tls_records(count):
    return ask("tls", octet_records(count))


def tls_octets(count):
    return ask("tls", [bytes([octet]) for octet in b"".join(octet_records(count))])


def fragment(offset, claim=CLAIM):
    return claim + bytes(2) + offset.to_bytes(3, "big") + b"\0\0\1\0"


def datagrams(offsets, claim=CLAIM):
    pieces = [(number, fragment(offset, claim)) for number, offset in enumerate(offsets)]
    return ask("dtls", [b"\x16\xfe\xfd" + number.to_bytes(8, "big") + len(one).to_bytes(2, "big") + one for number, one in pieces])


KINDS = {"tls-records": tls_records, "tls-octets": tls_octets, "dtls": lambda count: datagrams(range(count)),
         "dtls-backwards": lambda count: datagrams(range(count - 1, -1, -1)), "dtls-far": lambda count: datagrams(range(0, 640 * count, 640)),
         "dtls-again": lambda count: datagrams([7] * count), "dtls-64k": lambda count: datagrams(range(count), b"\x01\0\xff\xff")}


def steps(question):
    """(the answer, how many lines of Python it took)."""
    count = 0

    def trace(frame, event, arg):
        nonlocal count
        count += event == "line"
        return trace
    before = sys.gettrace()
    sys.settrace(trace)
    try:
        answer = tlspsk.answer(question)
    finally:
        sys.settrace(before)
    return answer, count


@pytest.mark.parametrize("make", KINDS.values(), ids=KINDS)
def test_a_claimed_length_octet_by_octet(make):
    few, many = steps(make(400)), steps(make(3200))
    assert few[0] == many[0] and few[0] == {**EMPTY, "verdict": "accept"}
    assert many[1] < 8.1 * few[1]


@pytest.mark.parametrize("distance", (1, 63, 64, 640))
def test_what_is_kept_of_fragments(distance):
    """It follows from what came, and nothing of it is gone through again when Python looks for cycles."""
    messages, count = DatagramMessages(1 << 24), 4000         # as if so many came
    tracemalloc.start()
    try:
        for number in range(count):
            assert list(messages.feed(fragment(number * distance))) == []
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    partial = messages.partial[0]
    assert partial.count == count and kept < 400 * count
    assert not any(gc.is_tracked(one) for part in (partial.pages, partial.here) for one in part.values())


@pytest.mark.parametrize("seed", range(60))
def test_fragments_in_any_order_make_the_message(seed):
    chance = random.Random(seed)
    body = chance.randbytes(chance.choice((1, 63, 64, 65, 128, 200, 1000)))
    partial, came = Partial(1, len(body)), set()
    while not partial.whole:
        at = chance.randrange(len(body))
        size = chance.randrange(0, min(150, len(body) - at) + 1)
        partial.add(at, body[at:at + size])
        came |= set(range(at, at + size))
        assert partial.count == len(came)
        if came:
            where = chance.choice(sorted(came))
            with pytest.raises(CutError):
                partial.add(where, bytes([body[where] ^ 1]))
            wrong = bytearray(body[max(0, where - 70):where + 70])
            wrong[where - max(0, where - 70)] ^= 0x40
            with pytest.raises(CutError):
                copy_of(partial).add(max(0, where - 70), bytes(wrong))
    assert partial.body() == body


def copy_of(partial):
    other = Partial(partial.kind, partial.length)
    other.pages = {number: bytearray(page) for number, page in partial.pages.items()}
    other.here, other.count = dict(partial.here), partial.count
    return other
