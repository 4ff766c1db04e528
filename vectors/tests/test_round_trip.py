"""Properties: tree -> octets -> tree, and octets -> tree -> octets on changed inputs."""

import random

from hypothesis import HealthCheck, given, settings, strategies as st

from conftest import VECTORS
from mikeyticket import codec, registry
from mikeyticket.errors import ParseError

QUICK = settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def octets(low=0, high=20):
    return st.binary(min_size=low, max_size=high).map(bytes.hex)


def u(bits):
    return st.integers(0, (1 << bits) - 1)


def node(name, **members):
    return st.fixed_dictionaries({"payload": st.just(name), **members})


def fixed(name, selector, value, lengths, **members):
    return st.sampled_from(sorted(lengths)).flatmap(
        lambda n: node(name, **{selector: st.just(n), value: octets(lengths[n], lengths[n])}, **members))


def kv(make):
    """`make(kv, **members)` for the three KV types."""
    return st.one_of(make(0), make(1, spi=octets(0, 6)), make(2, valid_from=octets(0, 6), valid_to=octets(0, 6)))


KEY = st.integers(0, 15).flatmap(lambda kind: kv(lambda value, **more: node(
    "KEY_DATA", type=st.just(kind), kv=st.just(value), key_data=octets(),
    **({"salt_data": octets(0, 14)} if kind in registry.SALTED_KEY_TYPES else {}), **more)))
DH = st.sampled_from(sorted(registry.DH_LENGTH)).flatmap(lambda group: kv(lambda value, **more: node(
    "DH", dh_group=st.just(group), dh_value=octets(registry.DH_LENGTH[group], registry.DH_LENGTH[group]), reserved=u(4),
    kv=st.just(value), **more)))
ECCPT = st.sampled_from(sorted(registry.CURVE_BITS)).flatmap(lambda curve: kv(lambda value, **more: node(
    "ECCPT", ecc_curve=st.just(curve), ecc_point=octets(registry.point_length(curve, 2), registry.point_length(curve, 2)),
    auth_alg=u(8), tgk_len=u(16), reserved=u(4), kv=st.just(value), **more)))
EXT = st.one_of(
    node("GENERAL_EXT", type=st.sampled_from([0, 2, 5, 6, 7, 8, 255]), data=octets()),
    node("GENERAL_EXT", type=st.just(1), sdp_ids=st.lists(
        st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E, blacklist_characters=";"), min_size=1), max_size=3)),
    node("GENERAL_EXT", type=st.just(3), key_ids=st.lists(st.fixed_dictionaries({"key_id_type": u(8), "key_id": octets()}), max_size=3)),
    node("GENERAL_EXT", type=st.just(4), csb_id=u(32)))
LEAF = st.one_of(
    node("PKE", c=u(2), data=octets()), DH, ECCPT, EXT,
    fixed("T", "ts_type", "ts_value", registry.TS_LENGTH), fixed("TR", "ts_type", "ts_value", registry.TS_LENGTH, ts_role=u(8)),
    node("ID", id_type=u(8), id_data=octets()), node("CERT", cert_type=u(8), cert_data=octets()),
    node("IDR", id_role=u(8), id_type=u(8), id_data=octets()), fixed("CHASH", "hash_func", "hash", registry.HASH_LENGTH),
    fixed("V", "auth_alg", "ver_data", registry.MAC_LENGTH), node("RAND", rand=octets()),
    node("RANDR", rand_role=u(8), rand=octets()), node("ERR", error_no=u(8), reserved=u(16)),
    node("SP", policy_no=u(8), prot_type=u(8), policy_param=st.lists(st.fixed_dictionaries({"type": u(8), "value": octets()}), max_size=3)),
    node("IBAKE", encr_data=octets()), node("SAKKE", sakke_params=u(8), id_scheme=u(8), sakke_data=octets()))


def kemac_of(encr_alg, encr_data):
    return fixed("KEMAC", "mac_alg", "mac", registry.MAC_LENGTH, encr_alg=encr_alg, encr_data=encr_data)


KEMAC = st.one_of(kemac_of(st.integers(1, 255), octets()),
                  kemac_of(st.just(0), st.lists(KEY, max_size=2)))
POLICY = {"ticket_type": st.integers(3, 65535), "subtype": u(8), "version": u(8), "prf_func": u(7),
          "flags": st.fixed_dictionaries({flag: u(1) for flag in registry.FLAGS}), "res": u(5)}


def containers(inner):
    chain = st.lists(inner, max_size=3)
    tp = node("TP", **POLICY, tp_data=chain)
    ticket = node("TICKET", **POLICY, tp_data=chain, ticket_data=octets(),
                  initiator_data=st.lists(inner, max_size=2))
    return st.one_of(inner, tp, ticket)


PAYLOAD = containers(st.one_of(LEAF, KEMAC))
SESSION = st.fixed_dictionaries({"cs_id": u(8), "prot_type": st.integers(1, 255), "s": u(1), "ps": st.lists(u(8), max_size=4),
                                 "session_data": octets(), "spi": octets(0, 6)})
COMMON = {"version": u(8), "data_type": st.sampled_from([0, 1, 6, 11, 14, 15, 26, 255]), "v": u(1), "prf_func": u(7), "csb_id": u(32)}
HDR = st.one_of(
    st.fixed_dictionaries({**COMMON, "cs_id_map_type": st.just(2), "cs": st.lists(SESSION, max_size=3)}),
    st.fixed_dictionaries({**COMMON, "cs_id_map_type": st.just(0), "cs": st.lists(
        st.fixed_dictionaries({"policy_no": u(8), "ssrc": u(32), "roc": u(32)}), max_size=3)}),
    st.fixed_dictionaries({**COMMON, "cs_id_map_type": st.just(1), "num_cs": st.integers(1, 255)}),
    st.fixed_dictionaries({**COMMON, "cs_id_map_type": st.just(1)}))
LAST = st.one_of(st.just([]), node("SIGN", s_type=u(4), signature=octets()).map(lambda sign: [sign]))


@QUICK
@given(HDR, st.lists(PAYLOAD, max_size=5), LAST)
def test_a_tree_comes_back(hdr, payloads, last):
    tree = {"hdr": hdr, "payloads": payloads + last}
    assert codec.decode(codec.encode(tree)) == tree


MESSAGES = [bytes.fromhex(vector["message"]) for vector in VECTORS if vector["tree"] and len(vector["message"]) < 1600]


def attempt(data):
    """Either a tree that encodes to the same octets, or an error whose offset is in the message and whose row exists."""
    try:
        tree = codec.decode(data)
    except ParseError as error:
        assert 0 <= error.offset <= len(data)
        return False
    assert codec.encode(tree) == data
    return True


def test_changed_messages():
    """Octets changed, cut, doubled and moved: the same every run."""
    rng, whole = random.Random(6043), 0
    for _ in range(12000):
        data = bytearray(rng.choice(MESSAGES))
        for _ in range(rng.randint(1, 3)):
            at = rng.randrange(len(data)) if data else 0
            kind = rng.randrange(4)
            if kind == 0 and data:
                data[at] = rng.choice([0, 1, 20, 255, data[at] ^ 1 << rng.randrange(8)])
            elif kind == 1:
                data = data[:at]
            elif kind == 2:
                data[at:at] = data[at:at + rng.randint(1, 8)]
            else:
                del data[at:at + rng.randint(1, 4)]
        whole += attempt(bytes(data))
    assert 500 < whole < 11500


@QUICK
@given(st.binary(max_size=120))
def test_any_octets(data):
    attempt(data)


def test_prefixes_of_a_message_are_truncated():
    """No proper prefix of a message parses, because its last payload is announced."""
    data = next(m for m in MESSAGES if m[1] == 14)
    for length in range(len(data)):
        try:
            codec.decode(data[:length])
        except ParseError as error:
            assert error.status == "truncated", (length, error)
        else:
            raise AssertionError(f"a prefix of {length} octets parses")
