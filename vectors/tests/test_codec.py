"""The codec against octets that were written down by hand from the figures of the RFCs."""

import pytest

from mikeyticket import codec
from mikeyticket.errors import EncodeError, ParseError

FLAGS = dict.fromkeys("DEFGHIJKLMNO", 0)


def test_a_message_written_by_hand():
    """HDR (RFC 3830 6.1); TICKET (RFC 6043 6.10) with TP Data IDRr, Ticket Data THDR and V, Initiator Data V and V."""
    tp_data = "0e" "00" "02" "00" "0003" "626f62"
    ticket_data = "09" "0002" "beef" "00" "00"
    initiator_data = "09" "09" "01" + "11" * 20 + "00" "00"
    # D is the low bit of the PRF octet; the next octet holds E F G H I J K L, the one after it M N O and Res.
    data = bytes.fromhex("010d0501" "0a0b0c0d" "0001" "1103e93e5a00" "09" "0002" "03" "04" "03" "40" "35"
                         + f"{len(tp_data) // 2:04x}" + tp_data + f"{len(ticket_data) // 2:04x}" + ticket_data
                         + f"{len(initiator_data) // 2:04x}" + initiator_data + "0000")
    tree = codec.decode(data)
    assert tree == {
        "hdr": {"version": 1, "data_type": 13, "v": 0, "prf_func": 1, "csb_id": 0x0A0B0C0D, "cs_id_map_type": 1},
        "payloads": [
            {"payload": "T", "ts_type": 3, "ts_value": "e93e5a00"},
            {"payload": "TICKET", "ticket_type": 2, "subtype": 3, "version": 4, "prf_func": 1,
             "flags": {**FLAGS, "D": 1, "F": 1, "O": 1}, "res": 21,
             "tp_data": [{"payload": "IDR", "id_role": 2, "id_type": 0, "id_data": "626f62"}],
             "ticket_data": [{"payload": "THDR", "thdr_data": "beef"}, {"payload": "V", "auth_alg": 0, "ver_data": ""}],
             "initiator_data": [{"payload": "V", "auth_alg": 1, "ver_data": "11" * 20},
                                {"payload": "V", "auth_alg": 0, "ver_data": ""}]},
            {"payload": "V", "auth_alg": 0, "ver_data": ""}]}
    assert codec.encode(tree) == data


def test_generic_id_entries_by_hand():
    """RFC 6043 6.1.1: CS ID, Prot type, S and #P, Ps, Session Data length and data, SPI length and SPI."""
    data = bytes.fromhex("010e00" "80" "00000001" "03" "02"
                         "01" "00" "02" "0507" "0004" "0a0b0c0d" "02" "aabb"
                         "02" "00" "80" "000a" "01020304" "00000005" "0006" "00"
                         "ff" "f1" "00" "0001" "77" "01" "00")
    assert codec.decode(data)["hdr"]["cs"] == [
        {"cs_id": 1, "prot_type": 0, "s": 0, "ps": [5, 7], "session_data": {"ssrc": 0x0A0B0C0D}, "spi": "aabb"},
        {"cs_id": 2, "prot_type": 0, "s": 1, "ps": [], "session_data": {"ssrc": 0x01020304, "roc": 5, "seq": 6}, "spi": ""},
        {"cs_id": 255, "prot_type": 241, "s": 0, "ps": [], "session_data": "77", "spi": "00"}]
    assert codec.encode(codec.decode(data)) == data


def test_session_data_that_does_not_fit_s_stays_hex():
    data = bytes.fromhex("010e00" "00" "00000001" "01" "02" "01" "00" "80" "0004" "0a0b0c0d" "00")
    assert codec.decode(data)["hdr"]["cs"][0]["session_data"] == "0a0b0c0d"
    assert codec.encode(codec.decode(data)) == data


def test_written_members_win():
    tree = {"hdr": {"data_type": 0, "csb_id": 1, "cs_id_map_type": 1, "num_cs": 9, "next_payload": 77},
            "payloads": [{"payload": "ID", "id_type": 0, "id_len": 500, "id_data": "aa", "next_payload": 33}]}
    assert codec.encode(tree).hex() == "01004d0000000001" "0901" "21" "00" "01f4" "aa"


@pytest.mark.parametrize("tree", [
    {"hdr": {"data_type": 256, "csb_id": 1, "cs_id_map_type": 1}, "payloads": []},
    {"hdr": {"data_type": 1, "csb_id": 1 << 32, "cs_id_map_type": 1}, "payloads": []},
    {"hdr": {"data_type": 1, "csb_id": 1, "cs_id_map_type": 1, "v": 2}, "payloads": []},
    {"hdr": {"data_type": 1, "csb_id": True, "cs_id_map_type": 1}, "payloads": []},
    {"hdr": {"data_type": 1, "csb_id": 1, "cs_id_map_type": 2}, "payloads": []},
    {"hdr": {"data_type": 1, "csb_id": 1, "cs_id_map_type": 1}, "payloads": [{"payload": "THDR", "thdr_data": ""}]},
    {"hdr": {"data_type": 1, "csb_id": 1, "cs_id_map_type": 1}, "payloads": [{"payload": "T", "ts_type": 0}]},
    {"hdr": {"data_type": 1, "csb_id": 1, "cs_id_map_type": 1}, "payloads": [{"payload": "T", "ts_type": 0, "ts_value": "0"}]},
    {"hdr": {"data_type": 1, "csb_id": 1, "cs_id_map_type": 1}, "payloads": [{"payload": "RAND", "rand": "00" * 256}]},
    {"hdr": {"data_type": 1, "csb_id": 1, "cs_id_map_type": 1}, "payloads": [{"payload": "NOPE"}]},
])
def test_what_does_not_fit_is_an_error(tree):
    with pytest.raises(EncodeError):
        codec.encode(tree)


def fault(hex_octets):
    with pytest.raises(ParseError) as raised:
        codec.decode(bytes.fromhex(hex_octets))
    return raised.value.as_json()


def test_errors_by_hand():
    head = "0100{:02x}0000000001" "0001"
    assert fault("") == {"status": "truncated", "id": "RFC3830-6.1-x01", "path": "hdr.version", "offset": 0}
    assert fault("01000000000001" "00") == {"status": "truncated", "id": "RFC3830-6.1-x01", "path": "hdr.num_cs", "offset": 8}
    assert fault("0100000000000001" "0003")["status"] == "unknown_map_type"
    assert fault(head.format(20)) == {"status": "unknown_payload", "id": "RFC3830-6.1-x02", "path": "hdr.next_payload", "offset": 2}
    assert fault(head.format(5) + "6304") == {"status": "unknown_length", "id": "RFC3830-6.6-x01", "path": "T[0].ts_type", "offset": 11}
    assert fault(head.format(5) + "6303" "01020304") == {
        "status": "unknown_payload", "id": "RFC3830-6.1-x02", "path": "T[0].next_payload", "offset": 10}
    assert fault(head.format(5) + "0003" "01020304" "00") == {
        "status": "trailing", "id": "RFC3830-6.1-x04", "path": "message", "offset": 16}
    assert fault(head.format(16) + "00" "0001" "01" "01" "0180" "00" "0000") == {
        "status": "truncated", "id": "RFC6043-6.10-x08", "path": "TP[0].tp_data.first_payload", "offset": 20}


def test_malformed_ticket_data_is_hex():
    head = "01000000" "00000001" "0001"
    ticket = "00" "0001" "01" "01" "0180" "00" "0001" "00"
    data = bytes.fromhex("010011" + head[6:] + ticket + "0003" "050001" "0000")
    assert codec.decode(data)["payloads"][0]["ticket_data"] == "050001"
    assert codec.encode(codec.decode(data)) == data


def test_deep_nesting_neither_fails_nor_loses_octets():
    inner = bytes.fromhex("00")
    for _ in range(1500):
        inner = bytes.fromhex("10" "00" "0001" "01" "01" "0180" "00") + len(inner).to_bytes(2, "big") + inner
    data = bytes.fromhex("010010" "00" "00000001" "0001") + inner[1:]
    assert codec.encode(codec.decode(data)) == data
