"""Which policy a KMS grants (RFC 6043 4.2.1.4, 4.2.1.5, 6.10): what was asked for, changed where it has to be."""

import copy

from mikeyticket.conversation.rows_messages import absolute

from . import parts
from .options import WantedKey
from .parts import GTGK, I, KMS, TGK, TGKS
from .refusal import Refusal

BASE_FORMATS = {1: (1, 1), 2: (0, 0)}           # Ticket Type -> Subtype, Version of the base format (6.10, A48)


def granted(kms, m, asked):
    """(TICKET without Ticket Data, session keys to make)."""
    profile = kms.o.profile
    if not kms.o.tpk:
        raise Refusal("policy", "no TPK to make tickets with")
    node = copy.deepcopy(asked)
    node.pop("next_payload", None)
    node["payload"] = "TICKET"
    changed = set_type(profile, node) | set_flags(profile, node)
    kemac = next((one for one in node["tp_data"] if one["payload"] == "KEMAC"), None)
    known = [one for one in node["tp_data"] if one["payload"] in ("IDR", "TR")]
    changed |= len(known) + (kemac is not None) != len(node["tp_data"])     # 6.10: unexpected payloads are ignored
    node["tp_data"] = known
    for one in node["tp_data"]:
        one.pop("next_payload", None)
    name_the_initiator(kms, m, node)
    changed |= limit_validity(kms, node)
    wanted, other_keys = keys_of(kms, m, node, kemac)
    node["flags"]["K"] = int(changed or other_keys)
    return node, wanted


def set_type(profile, node):
    """A Subtype and Version that tickets can be made of, where others were asked for: the KMS answers, perhaps with a
    modified policy (4.2.1.4)."""
    pinned = profile.whole.get("pinned_ticket")
    known = {pinned["ticket_type"]: (pinned["subtype"], pinned["version"])} if pinned else BASE_FORMATS
    if node["ticket_type"] not in known:
        raise Refusal("ticket", "Ticket Type not supported")
    asked = node["subtype"], node["version"]
    node["subtype"], node["version"] = known[node["ticket_type"]]
    return asked != known[node["ticket_type"]]


def set_flags(profile, node):
    """D=1 in a ticket of a KMS, the profile's own flags, and what they imply."""
    flags, before = node["flags"], {**node["flags"], "K": 0}
    flags["K"] = 0
    flags["D"] = 1
    for name, rule in (profile.whole.get("flags") or {}).items():
        if rule:
            flags[name] = rule["value"]
    if flags["I"]:
        flags["E"] = 1
    if not flags["F"]:
        flags["G"] = flags["M"] = 0
    if not flags["G"]:
        flags["H"] = 1
    return flags != before


def name_the_initiator(kms, m, node):
    """4.2.1.1: the IDRi of the request stands in the ticket policy."""
    wanted = m.idr(I)
    if wanted is None:
        return
    data = [one for one in node["tp_data"] if not (one["payload"] == "IDR" and one["id_role"] == I)]
    at = 1 if data and data[0]["payload"] == "IDR" and data[0]["id_role"] == KMS else 0
    node["tp_data"] = data[:at] + [parts.idr(I, wanted)] + data[at:]


def limit_validity(kms, node):
    """TRe no later than the KMS allows."""
    if not kms.o.max_validity:
        return False
    data, now = node["tp_data"], kms.full(kms.now)
    found = {one["ts_role"]: one for one in data if one["payload"] == "TR"}
    times = {role: absolute((one["ts_type"], bytes.fromhex(one["ts_value"]))) for role, one in found.items() if role in (2, 3)}
    start = times.get(2) if times.get(2) is not None else now
    latest = start + (kms.o.max_validity << 32)
    if times.get(3) is not None and times[3] <= latest:
        return False
    ts_type = found[3]["ts_type"] if 3 in found and found[3]["ts_type"] != parts.COUNTER else parts.NTP32
    node_tr = parts.tr(3, ts_type, latest % (1 << 64))
    if 3 in found:
        data[next(i for i, one in enumerate(data) if one is found[3])] = node_tr
    else:
        before = [i for i, one in enumerate(data) if one["payload"] == "TR" and one["ts_role"] == 2 or
                  one["payload"] == "IDR" and one["id_role"] in (KMS, I)]
        data.insert(before[-1] + 1 if before else 0, node_tr)
    return True


def keys_of(kms, m, node, kemac):
    """(session keys, whether they differ from those asked for). Without KEMAC: a single TGK (6.10), or a GTGK where a TGK
    may not be."""
    o, flags = kms.o, node["flags"]
    shortest, longest = o.min_key, o.max_key
    if 0 in (node["prf_func"], m.hdr["prf_func"]):
        longest = min(longest, 16)              # 12.1: keys of more than 128 bits do not go with 128-bit algorithms
    if shortest > max(longest, 16):
        raise Refusal("tp_param", "keys as short as these algorithms need are not granted")
    no_tgk = bool(o.profile.no_tgk) or bool(flags["I"] and not flags["F"])
    if kemac is None:
        length = min(max(shortest, 32 if node["prf_func"] == 1 else 16), max(longest, 16))
        return [WantedKey({"type": GTGK if no_tgk else TGK, "key_len": length})], False
    wanted, changed = [], False
    for one in kemac["encr_data"] if isinstance(kemac["encr_data"], list) else ():
        if one["payload"] != "KEY_DATA" or one["type"] not in range(6):
            changed = True
            continue
        asked = len(one["key_data"]) // 2
        length = max(min(asked, max(longest, 16)), shortest)
        kind = one["type"] + GTGK if no_tgk and one["type"] in TGKS else one["type"]
        changed |= length != asked or kind != one["type"]
        salt = len(one.get("salt_data", "")) // 2
        wanted.append(WantedKey({"type": kind, "key_len": length, "salt_len": salt, "spi": one.get("spi", "")}))
    return wanted, changed
