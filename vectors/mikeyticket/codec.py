"""The codec: octets -> message tree -> octets (vectors/FORMAT.md sections 1 and 2)."""

import sys

from . import registry
from .chains import number_of, read_chain, write_chain
from .errors import EncodeError, ParseError
from .fields import Bits, Counted
from .octets import Reader, Writer, array, hexed, member

HDR, MAP_SRTP, MAP_GENERIC = "RFC3830-6.1-x01", "RFC3830-6.1.1-x01", "RFC6043-6.1.1-x01"
sys.setrecursionlimit(max(sys.getrecursionlimit(), 200_000))      # a chain may nest as deep as its lengths allow


class Context:
    """What a nested chain must know of the message around it."""

    def __init__(self, data_type, max_depth=None):
        self.data_type, self.max_depth, self.depth = data_type, max_depth, 0


def decode(data, spans=None, max_depth=None):
    """The tree of a message; raises ParseError with the first fault. `spans` takes path -> (start, end). With
    `max_depth`, chains nested deeper raise TooDeep: paths, and so spans, grow with the square of the depth."""
    r = Reader(data, spans=spans)
    hdr = {"version": r.uint(8, "hdr.version", HDR), "data_type": r.uint(8, "hdr.data_type", HDR)}
    first = r.uint(8, "hdr.next_payload", HDR)
    Bits(("v", 1), ("prf_func", 7)).read(r, hdr, "hdr", HDR, None)
    hdr["csb_id"] = r.uint(32, "hdr.csb_id", HDR)
    num_cs = r.uint(8, "hdr.num_cs", HDR)
    read_map(r, hdr, num_cs)
    payloads = read_chain(r, first, 2, "hdr.next_payload", "message", "RFC3830-6.1-x04",
                          Context(hdr["data_type"], max_depth))
    return {"hdr": hdr, "payloads": payloads}


def read_map(r, hdr, num_cs):
    """CS ID map type and map info (RFC 3830 6.1.1, RFC 4563 5, RFC 6043 6.1.1)."""
    map_type = r.uint(8, "hdr.cs_id_map_type", HDR)
    if map_type not in (registry.SRTP_ID, registry.EMPTY_MAP, registry.GENERIC_ID):
        raise ParseError("unknown_map_type", "RFC3830-6.1-x03", "hdr.cs_id_map_type", r.pos - 1)
    if map_type == registry.EMPTY_MAP:
        if num_cs:
            hdr["num_cs"] = num_cs
        hdr["cs_id_map_type"] = map_type
        return
    hdr["cs_id_map_type"] = map_type
    read = read_srtp_entry if map_type == registry.SRTP_ID else read_generic_entry
    hdr["cs"] = [read(r, f"hdr.cs[{i}]") for i in range(num_cs)]


def read_srtp_entry(r, at):
    return {"policy_no": r.uint(8, f"{at}.policy_no", MAP_SRTP), "ssrc": r.uint(32, f"{at}.ssrc", MAP_SRTP),
            "roc": r.uint(32, f"{at}.roc", MAP_SRTP)}


def read_generic_entry(r, at):
    entry = {"cs_id": r.uint(8, f"{at}.cs_id", MAP_GENERIC), "prot_type": r.uint(8, f"{at}.prot_type", MAP_GENERIC)}
    both = r.uint(8, f"{at}.s", MAP_GENERIC)
    entry["s"] = both >> 7
    entry["ps"] = list(r.take(both & 0x7F, f"{at}.ps", MAP_GENERIC))
    Counted("session_data_len", "session_data", 16).read(r, entry, at, MAP_GENERIC, None)
    entry["session_data"] = session_data_tree(entry)
    Counted("spi_len", "spi", 8).read(r, entry, at, MAP_GENERIC, None)
    return entry


def session_data_tree(entry):
    """SRTP Session Data whose length fits the S flag is taken apart (RFC 6043 6.1.1)."""
    octets = bytes.fromhex(entry["session_data"])
    if entry["prot_type"] != 0 or len(octets) != (10 if entry["s"] else 4):
        return entry["session_data"]
    data = {"ssrc": int.from_bytes(octets[:4], "big")}
    if entry["s"]:
        data.update(roc=int.from_bytes(octets[4:8], "big"), seq=int.from_bytes(octets[8:], "big"))
    return data


def encode(tree, spans=None):
    """The octets of a tree; members that are written win over what would be computed."""
    w = Writer()
    hdr, payloads = member(tree, "hdr", "message"), member(tree, "payloads", "message")
    if not isinstance(hdr, dict) or not isinstance(payloads, list):
        raise EncodeError("hdr must be an object and payloads an array")
    w.uint(hdr.get("version", 1), 8, "hdr.version")
    w.uint(member(hdr, "data_type", "hdr"), 8, "hdr.data_type")
    w.uint(hdr.get("next_payload", number_of(payloads, 0)), 8, "hdr.next_payload")
    Bits(("v", 1), ("prf_func", 7), defaults={"v": 0, "prf_func": 0}).write(w, hdr, "hdr", None)
    w.uint(member(hdr, "csb_id", "hdr"), 32, "hdr.csb_id")
    write_map(w, hdr)
    write_chain(w, payloads, "", Context(hdr["data_type"]))
    if spans is not None:
        spans.update(w.spans)
    return bytes(w.data)


def write_map(w, hdr):
    map_type = member(hdr, "cs_id_map_type", "hdr")
    write = {registry.SRTP_ID: write_srtp_entry, registry.GENERIC_ID: write_generic_entry}.get(map_type)
    entries = array(hdr, "cs", "hdr") if write else []
    if len(entries) > 255:
        raise EncodeError("hdr.cs: more entries than #CS can say")
    w.uint(hdr.get("num_cs", len(entries)), 8, "hdr.num_cs")
    w.uint(map_type, 8, "hdr.cs_id_map_type")
    for i, entry in enumerate(entries):
        write(w, entry, f"hdr.cs[{i}]")


def write_srtp_entry(w, entry, at):
    for name, bits in (("policy_no", 8), ("ssrc", 32), ("roc", 32)):
        w.uint(member(entry, name, at), bits, f"{at}.{name}")


def write_generic_entry(w, entry, at):
    w.uint(member(entry, "cs_id", at), 8, f"{at}.cs_id")
    w.uint(member(entry, "prot_type", at), 8, f"{at}.prot_type")
    ps = array(entry, "ps", at)
    both = {"s": member(entry, "s", at), "num_p": entry.get("num_p", len(ps))}
    Bits(("s", 1), ("num_p", 7)).write(w, both, at, None)
    for i, policy_no in enumerate(ps):
        w.uint(policy_no, 8, f"{at}.ps[{i}]")
    octets = session_data_octets(member(entry, "session_data", at), f"{at}.session_data")
    w.uint(entry.get("session_data_len", len(octets)), 16, f"{at}.session_data_len")
    w.put(octets, f"{at}.session_data")
    Counted("spi_len", "spi", 8).write(w, entry, at, None)


def session_data_octets(value, path):
    if not isinstance(value, dict):
        return hexed(value, path)
    w = Writer()
    w.uint(member(value, "ssrc", path), 32, f"{path}.ssrc")
    if "roc" in value or "seq" in value:
        w.uint(member(value, "roc", path), 32, f"{path}.roc")
        w.uint(member(value, "seq", path), 16, f"{path}.seq")
    return bytes(w.data)
