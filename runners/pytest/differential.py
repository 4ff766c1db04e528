"""The C library and the Python implementation in vectors/mikeyticket, asked the same things.

Both are driven as line filters, `ticketgate decode --lines` beside `vectors/peer decode` and the same for encode. What
is fed to them is made here from the vectors: changed trees and changed octets, always the same ones.
"""
import collections
import concurrent.futures
import json
import re
import subprocess
import sys

from conftest import ROOT, call

sys.path.insert(0, str(ROOT / "vectors"))

from mikeyticket import codec  # noqa: E402 (the path comes first)

PEER = ROOT / "vectors" / "peer"
MAX_CHAINS = 16
# No payload has them: unassigned, those of other bits than a payload's, private.
NOBODYS = (18, 19, 27, 31, 32, 37, 99, 128, 133, 240, 255)

# Payload: its length members, their bits and the member that each counts.
LENGTHS = {
    "KEMAC": [("encr_data_len", 16, "encr_data")], "PKE": [("data_len", 14, "data")],
    "SIGN": [("signature_len", 12, "signature")], "ID": [("id_len", 16, "id_data")],
    "CERT": [("cert_len", 16, "cert_data")], "SP": [("policy_param_len", 16, "policy_param")],
    "RAND": [("rand_len", 8, "rand")], "IDR": [("id_len", 16, "id_data")], "RANDR": [("rand_len", 8, "rand")],
    "TP": [("tp_data_len", 16, "tp_data")],
    "TICKET": [("tp_data_len", 16, "tp_data"), ("ticket_data_len", 16, "ticket_data"),
               ("initiator_data_len", 16, "initiator_data")],
    "KEY_DATA": [("key_data_len", 16, "key_data"), ("salt_len", 16, "salt_data")],
    "GENERAL_EXT": [("length", 16, "data")], "IBAKE": [("encr_data_len", 16, "encr_data")],
    "ESK": [("encr_data_len", 16, "encr_data")], "SK": [("key_data_len", 16, "key_data")],
    "SAKKE": [("sakke_data_len", 16, "sakke_data")], "THDR": [("thdr_data_len", 16, "thdr_data")],
}
KV_LENGTHS = [("spi_len", 8, "spi"), ("vf_len", 8, "valid_from"), ("vt_len", 8, "valid_to")]
CHAINS = ("encr_data", "tp_data", "ticket_data", "initiator_data")
FIRST_PAYLOADS = {"tp_data": "first_payload_tp_data", "initiator_data": "first_payload_initiator_data"}

Length = collections.namedtuple("Length", "node member bits value")
Number = collections.namedtuple("Number", "node member in_keys")
Chain = collections.namedtuple("Chain", "payloads kind path")  # kind: "message" or one of CHAINS


# ---- trees ------------------------------------------------------------------------------------------------------

def chains(tree):
    """Every chain of a message, the outer ones first."""
    yield from chains_in(tree["payloads"], "message", "")


def chains_in(payloads, kind, path):
    yield Chain(payloads, kind, path)
    for at, node in named(payloads, path):
        for name in CHAINS:
            if isinstance(node.get(name), list):
                yield from chains_in(node[name], name, f"{at}.{name}.")


def named(payloads, path):
    """The payloads of a chain with their paths."""
    seen = collections.Counter()
    for node in payloads:
        yield f"{path}{node['payload']}[{seen[node['payload']]}]", node
        seen[node["payload"]] += 1


def depth(tree):
    """Chains nested in chains, the message's own counted."""
    return max(chain.path.count("].") for chain in chains(tree)) + 1


def size(hex_octets):
    return len(hex_octets) // 2


def lengths(tree, spans):
    """Every length and count; `spans` are those of decoding the message."""
    hdr = tree["hdr"]
    yield Length(hdr, "num_cs", 8, hdr.get("num_cs", len(hdr.get("cs", []))))
    for i, entry in enumerate(hdr.get("cs", [])):
        if "ps" in entry:
            start, end = spans[f"hdr.cs[{i}].session_data"]
            yield from (Length(entry, "num_p", 7, len(entry["ps"])), Length(entry, "session_data_len", 16, end - start),
                        Length(entry, "spi_len", 8, size(entry["spi"])))
    for chain in chains(tree):
        for at, node in named(chain.payloads, chain.path):
            for member, bits, data in LENGTHS.get(node["payload"], []) + (KV_LENGTHS if "kv" in node else []):
                if f"{at}.{data}" in spans and (data != "salt_data" or data in node):
                    start, end = spans[f"{at}.{data}"]
                    yield Length(node, member, bits, end - start)
            yield from (Length(param, "length", 8, size(param["value"])) for param in node.get("policy_param", []))
            yield from (Length(key, "key_id_len", 8, size(key["key_id"])) for key in node.get("key_ids", []))


def numbers(tree):
    """Every Next Payload and First Payload."""
    yield Number(tree["hdr"], "next_payload", False)
    for chain in chains(tree):
        for node in chain.payloads:
            if node["payload"] != "SIGN":
                yield Number(node, "next_payload", chain.kind == "encr_data")
            yield from (Number(node, first, False) for data, first in FIRST_PAYLOADS.items() if data in node)


class written:
    """A member of a node with a value for a while."""

    MISSING = object()

    def __init__(self, node, member, value):
        self.node, self.member, self.value = node, member, value

    def __enter__(self):
        self.before = self.node.get(self.member, self.MISSING)
        self.node[self.member] = self.value

    def __exit__(self, *_):
        if self.before is self.MISSING:
            del self.node[self.member]
        else:
            self.node[self.member] = self.before


# ---- asking -----------------------------------------------------------------------------------------------------

def text_of(tree):
    return json.dumps(tree, separators=(",", ":"))


def peer(verb, data):
    done = subprocess.run(["/usr/bin/python3", PEER, verb], input=data, capture_output=True, timeout=1200, check=True)
    return done.stdout


def ask(c_verb, c_lines, peer_verb, peer_lines):
    """The answers of both, a line each; each is asked for its own lines, at the same time."""
    def whole(lines):
        return "".join(line + "\n" for line in lines).encode()

    if not c_lines and not peer_lines:
        return [], []
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        c_job = pool.submit(lambda: call(c_verb, "--lines", stdin=whole(c_lines)).out.decode().splitlines())
        peer_job = pool.submit(lambda: peer(peer_verb, whole(peer_lines)).decode().splitlines())
        c_out, peer_out = c_job.result(), peer_job.result()
    assert len(c_out) == len(c_lines) and len(peer_out) == len(peer_lines)
    return c_out, peer_out


def essence(answer):
    """What must be equal: all of a message; of an error what FORMAT.md fixes."""
    value = json.loads(answer)
    if value["ok"]:
        return text_of(sort(value["message"]))
    return tuple(value["error"][name] for name in ("status", "id", "path", "offset"))


def sort(value):
    if isinstance(value, dict):
        return {name: sort(value[name]) for name in sorted(value)}
    return [sort(item) for item in value] if isinstance(value, list) else value


class Comparison:
    """Counts what was compared, and keeps what was not equal."""

    def __init__(self):
        self.same, self.different, self.too_deep = collections.Counter(), [], 0
        self.encoded = []  # the lines of the last trees that could be encoded

    def decode(self, messages, batch=20000):
        """Both decode the octets; then each encodes the trees of the other to the octets again."""
        messages = list(messages)
        for i in range(0, len(messages), batch):
            self.decode_batch([octets.hex() for octets in messages[i:i + batch]])
        return self

    def decode_batch(self, lines):
        c_answers, peer_answers = ask("decode", lines, "decode", lines)
        read = []
        for line, c_answer, peer_answer in zip(lines, c_answers, peer_answers):
            if '"status":"too_deep"' in c_answer:
                self.check_depth(line, c_answer, peer_answer)
            elif c_answer != peer_answer and essence(c_answer) != essence(peer_answer):
                self.different.append((line, c_answer, peer_answer))
            elif c_answer.startswith('{"ok":true'):
                read.append((line, c_answer, peer_answer))
            else:
                self.same[json.loads(c_answer)["error"]["status"]] += 1
        self.same["ok"] += len(read)
        c_octets, peer_octets = ask("encode", [peer_answer for _, _, peer_answer in read],
                                    "encode", [c_answer for _, c_answer, _ in read])
        for (line, _, _), by_c, by_peer in zip(read, c_octets, peer_octets):
            if not line == by_c == by_peer:
                self.different.append((line, by_c, by_peer))

    def check_depth(self, line, c_answer, peer_answer):
        """A limit of the C library alone; what stands before the place where it stopped is no fault."""
        c_answer, peer_answer = json.loads(c_answer)["error"], json.loads(peer_answer)
        if peer_answer["ok"]:
            deep = depth(peer_answer["message"]) > MAX_CHAINS
        else:
            deep = peer_answer["error"]["offset"] >= c_answer["offset"]
        self.too_deep += deep
        if not deep:
            self.different.append((line, c_answer, peer_answer))

    def encode(self, texts, batch=20000):
        """Both encode the trees to the same octets, or refuse."""
        texts, self.encoded = list(texts), []
        for i in range(0, len(texts), batch):
            part = texts[i:i + batch]
            for text, by_c, by_peer in zip(part, *ask("encode", part, "encode", part)):
                self.same["encoded" if by_c else "refused"] += by_c == by_peer
                if by_c != by_peer:
                    self.different.append((text, by_c, by_peer))
                elif by_c:
                    self.encoded.append(by_c)
        return self

    def check(self):
        """Fails with the shortest of what is not equal."""
        shown = sorted(self.different, key=lambda item: len(item[0]))[:5]
        text = "\n\n".join(f"input: {line}\nC:      {c}\nPython: {py}" for line, c, py in shown)
        assert not self.different, f"{len(self.different)} answers differ, the shortest:\n{text}"
        print(f"equal: {dict(sorted(self.same.items()))}; nested too deep for the C library: {self.too_deep}")
        return self.same


# ---- samples ----------------------------------------------------------------------------------------------------

def features(tree):
    """What a sample should cover: data types, map types, payloads by the chain they stand in, forms of data."""
    hdr = tree["hdr"]
    yield from (("data_type", hdr["data_type"]), ("map", hdr["cs_id_map_type"], bool(hdr.get("cs"))))
    for entry in hdr.get("cs", []):
        yield ("session_data", entry.get("prot_type"), isinstance(entry.get("session_data"), str), entry.get("s"))
    for chain in chains(tree):
        for node in chain.payloads:
            yield (chain.kind, node["payload"])
            for name in ("type", "kv", "encr_alg", "mac_alg", "auth_alg", "ts_type", "ecc_curve"):
                if name in node:
                    yield (node["payload"], name, node[name])
            yield from ((node["payload"], name, type(node[name]).__name__) for name in CHAINS if name in node)


def covering(trees_and_octets):
    """A few of the messages that have every feature which any has: short ones first, none that adds nothing."""
    covered, chosen = set(), []
    for tree, octets in sorted(trees_and_octets, key=lambda item: (len(item[1]), item[1])):
        found = set(features(tree))
        if not found <= covered:
            covered |= found
            chosen.append((tree, octets))
    # What the later, longer ones cover need not be covered twice.
    kept, covered = [], set()
    for tree, octets in reversed(chosen):
        found = set(features(tree))
        if not found <= covered:
            covered |= found
            kept.append((tree, octets))
    return kept


# ---- changed octets ---------------------------------------------------------------------------------------------

OPAQUE = re.compile(r"(ts_value|id_data|cert_data|hash|ver_data|rand|dh_value|ecc_point|key_data|salt_data|spi|mac|"
                    r"data|valid_from|valid_to|signature|sakke_data|thdr_data|csb_id|ssrc|roc|value|key_id|\])$")
TELLING = (*range(0, 28), 0x40, 0x7F, 0x80, 0x81, 0xF0, 0xFE, 0xFF)


def structure(octets):
    """Places of the octets that say how the message is cut."""
    spans = {}
    codec.decode(octets, spans)
    return sorted({i for path, (start, end) in spans.items() if not OPAQUE.search(path) and end - start <= 4
                   for i in range(start, end)})


def mutated(rng, octets, places, others):
    """One to four changes, most of them of octets that say how the message is cut."""
    data = bytearray(octets)
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3, 4))):
        at = rng.choice(places) if places and rng.random() < 0.8 else rng.randrange(len(octets))
        at = min(at, max(len(data) - 1, 0))
        if not data:
            break
        kind = rng.randrange(12)
        if kind < 3:
            data[at] = rng.choice(TELLING)
        elif kind < 5:
            data[at] ^= 1 << rng.randrange(8)
        elif kind < 7:
            data[at] = (data[at] + rng.choice((-2, -1, 1, 2))) & 255
        elif kind == 7:
            data[at:at] = bytes(rng.choice(TELLING) for _ in range(rng.choice((1, 1, 2, 4))))
        elif kind == 8:
            del data[at:at + rng.choice((1, 1, 2, 3, 20))]
        elif kind == 9:
            other = rng.choice(others)
            start = rng.randrange(len(other))
            data[at:at + rng.choice((0, 8))] = other[start:start + rng.randrange(1, 60)]
        elif kind == 10:
            end = min(at + rng.randrange(1, 40), len(data))
            data[at:at] = data[at:end]
        else:
            del data[rng.randrange(len(data)):]
    return bytes(data)


# ---- changed trees ----------------------------------------------------------------------------------------------

NO_INTEGERS = (-1, True, False, None, "1", 1.0, 0.5, [], {}, (1 << 63) - 1, -(1 << 63))
BITS = {"data_type": 8, "version": 8, "v": 1, "prf_func": 7, "csb_id": 32, "cs_id_map_type": 8, "policy_no": 8,
        "ssrc": 32, "roc": 32, "seq": 16, "cs_id": 8, "prot_type": 8, "s": 1, "encr_alg": 8, "mac_alg": 8, "c": 2,
        "dh_group": 8,
        "reserved": 4, "kv": 4, "s_type": 4, "ts_type": 8, "id_type": 8, "cert_type": 8, "hash_func": 8, "auth_alg": 8,
        "error_no": 8, "ts_role": 8, "id_role": 8, "rand_role": 8, "ticket_type": 16, "subtype": 8, "res": 5, "type": 8,
        "ecc_curve": 8, "tgk_len": 16, "sakke_params": 8, "id_scheme": 8, "key_id_type": 8, "next_payload": 8}


def objects(value):
    """Every object of a tree."""
    if isinstance(value, dict):
        yield value
        for item in value.values():
            yield from objects(item)
    elif isinstance(value, list):
        for item in value:
            yield from objects(item)


ADDED = ("nothing", "", "x-y", "octets")  # no layout has them


def change_number(rng, tree, _):
    node, name = rng.choice([(node, name) for node in objects(tree) for name, value in node.items()
                             if isinstance(value, int) and not isinstance(value, bool) and name not in ADDED])
    top = 1 << BITS.get(name, 1)
    node[name] = rng.choice((0, top - 1, top, top // 2, top + 1, 16, 256, 1 << 16, 1 << 32, rng.choice(NO_INTEGERS)))


def write_length(rng, tree, _):
    spans = {}
    codec.decode(codec.encode(tree), spans)
    found = [length for length in lengths(tree, spans) if isinstance(length.value, int)]
    length = rng.choice(found)
    top = 1 << length.bits
    length.node[length.member] = rng.choice((0, 1, length.value - 1, length.value, length.value + 1, top - 1, top,
                                             rng.randrange(top), rng.choice(NO_INTEGERS)))


def write_number(rng, tree, _):
    number = rng.choice(list(numbers(tree)))
    other = rng.choice([value for value in NO_INTEGERS if value is not None or number.member == "next_payload"])
    number.node[number.member] = rng.choice((0, 1, 9, 20, 255, 256, rng.randrange(256), other))


def drop_member(rng, tree, _):
    node = rng.choice([node for node in objects(tree) if node])
    del node[rng.choice(sorted(node))]


def add_member(rng, tree, _):
    node = rng.choice(list(objects(tree)))
    node[rng.choice(ADDED)] = rng.choice((None, 1, "00", [], {}))


def move_payload(rng, tree, others):
    """A payload of some message at some place of a chain: wherever it stands then, or not."""
    source = rng.choice([chain for chain in chains(rng.choice(others)) if chain.payloads])
    target = rng.choice(list(chains(tree)))
    node = json.loads(text_of(rng.choice(source.payloads)))
    at = rng.randrange(len(target.payloads) + 1)
    target.payloads[at:at + rng.randrange(2)] = [node]


def drop_payload(rng, tree, _):
    found = [chain for chain in chains(tree) if chain.payloads]
    if found:
        payloads = rng.choice(found).payloads
        del payloads[rng.randrange(len(payloads))]


def change_hex(rng, tree, _):
    found = [(node, name) for node in objects(tree) for name, value in node.items()
             if isinstance(value, str) and name != "payload"]
    if found:
        node, name = rng.choice(found)
        text = node[name]
        at = rng.randrange(len(text) + 1)
        node[name] = rng.choice((text + "0", text[:at] + "g" + text[at:], text.upper(), text + "00", text[2:], "",
                                 "0x00", text[:at] + "\u00e9" + text[at:], "00" * 70000, "ab" * 300))


def swap_cs(rng, tree, others):
    donor = rng.choice(others)["hdr"]
    for name in ("cs_id_map_type", "cs", "num_cs"):
        if rng.random() < 0.7:
            tree["hdr"].pop(name, None)
            if name in donor:
                tree["hdr"][name] = json.loads(text_of(donor[name]))


TREE_CHANGES = (change_number, write_length, write_number, drop_member, add_member, move_payload, drop_payload,
                change_hex, swap_cs)
