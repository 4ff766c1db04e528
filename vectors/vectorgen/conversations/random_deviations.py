"""A random deviation of one message: members changed before protection, so that every MAC is still good, or wrong keys."""

import copy

from ..deviations import PLAIN_ID, VENDOR
from .protection import first, of_name


def hooks(r, plan):
    """Hooks for a Maker: one change at one message, or in the ticket."""
    at = r.randrange(len(plan.steps))
    kind = r.choice(("model", "model", "model", "protect", "kemac", "ticket", "settings"))
    if kind == "protect":
        return {("protect", at): wrong_keys(r)}
    if kind == "settings":
        return {("protect", at): wrong_settings(r)}
    if kind == "ticket":
        return {r.choice(("ticket", "ticket_after")): in_ticket(r)}
    if kind == "kemac":
        return {("model", at): in_kemac(r)}
    return {("model", at): in_message(r)}


def wrong_keys(r):
    what = r.randrange(6)

    def change(use, m, made):
        label = use["label"] = copy.copy(use["label"])
        if what == 0:
            label.direction ^= 3
        elif what == 1:
            label.rand_i, label.rand_r = label.rand_r, label.rand_i
        elif what == 2:
            label.inkey = m.tickets[-1].mpki if m.tickets else bytes(16)
        elif what == 3:
            label.inkey = m.tickets[-1].mpkr if m.tickets else bytes(16)
        elif what == 4:
            label.csb_id ^= 1
        else:
            use["cover"] = copy.copy(use["cover"])
            use["cover"].initial, use["cover"].known = b"", {}
    return change


def wrong_settings(r):
    from mikeyticket.settings import CHOICES
    name = r.choice(("mac_identity", "idata_excl", "sig_hash", "update_id_order", "absent_identity"))
    value = r.choice(CHOICES[name])

    def change(use, m, made):
        use["cover"] = copy.copy(use["cover"])
        use["cover"].settings = {**use["cover"].settings, name: value}
    return change


def in_kemac(r):
    seed = r.randrange(1 << 30)

    def change(model, m, made):
        node = first(model["payloads"], "KEMAC")
        chain = node["encr_data"] if node and isinstance(node["encr_data"], list) else None
        if not chain:
            return
        import random
        own = random.Random(seed)
        i, how = own.randrange(len(chain)), own.randrange(6)
        if how == 0:
            del chain[i]
        elif how == 1:
            chain.append(copy.deepcopy(chain[i]))
        elif how == 2:
            chain[i]["key_data"] = chain[i]["key_data"][2:] + "00"
        elif how == 3:
            chain[i].update(type=own.choice((0, 2, 4, 6, 7)))
        elif how == 4:
            chain[i].update(kv=0)
        else:
            chain[i]["key_data"] = chain[i]["key_data"][:16]
    return change


def in_ticket(r):
    how = r.randrange(5)

    def change(node, m, *keys):
        data = node["ticket_data"]
        if how == 0:
            node["flags"]["J"] ^= 1
        elif how == 1:
            of_name(data, "RAND")[0]["rand"] = of_name(data, "RAND")[0]["rand"][2:]
        elif how == 2:
            kemac = of_name(data, "KEMAC")[0]
            if isinstance(kemac["encr_data"], list):
                kemac["encr_data"] = kemac["encr_data"][1:] if r.random() < 0.5 else kemac["encr_data"] + kemac["encr_data"][:1]
        elif how == 3:
            node["tp_data"] = [n for n in node["tp_data"] if n["payload"] != "TR"]
        else:
            node["tp_data"].insert(0, node["tp_data"].pop())
    return change


def in_message(r):
    seed = r.randrange(1 << 30)

    def change(model, m, made):
        import random
        own = random.Random(seed)
        hdr, payloads = model["hdr"], model["payloads"]
        choices = [lambda: hdr.update(prf_func=1 - hdr["prf_func"]), lambda: hdr.update(csb_id=hdr["csb_id"] ^ 1),
                   lambda: hdr.update(v=1 - hdr["v"]), lambda: sessions(own, hdr), lambda: drop(own, payloads),
                   lambda: payloads.insert(len(payloads) - 1, dict(own.choice((VENDOR, PLAIN_ID)))),
                   lambda: identity(own, payloads), lambda: rand(own, payloads), lambda: stale(own, payloads, made),
                   lambda: double(own, payloads)]
        own.choice(choices)()
    return change


def sessions(own, hdr):
    for entry in hdr["cs"][:1] if hdr["cs_id_map_type"] == 2 else ():
        how = own.randrange(4)
        if how == 0:
            entry["spi"] = "0bad0bad"
        elif how == 1:
            entry["ps"] = entry["ps"] + [9]
        elif how == 2:
            entry["cs_id"] = 99
        else:
            hdr["cs"].pop()


def drop(own, payloads):
    if len(payloads) > 2:
        del payloads[own.randrange(len(payloads) - 1)]


def identity(own, payloads):
    found = of_name(payloads, "IDR")
    if found:
        own.choice(found)["id_data"] = own.choice((b"mallory@example.com", b"?@example.com", b"")).hex()


def rand(own, payloads):
    found = of_name(payloads, "RANDR")
    if found:
        node = own.choice(found)
        node["rand"] = node["rand"][:16] if own.random() < 0.5 else node["rand"][2:] + "00"


def stale(own, payloads, made):
    node = first(payloads, "T")
    if node:
        node["ts_value"] = "00" * (len(node["ts_value"]) // 2)
        if made.answers is not None and own.random() < 0.5:
            earlier = first(made.answers.model["payloads"], "T")
            if earlier:
                node.update(ts_type=earlier["ts_type"], ts_value=earlier["ts_value"])


def double(own, payloads):
    movable = [n for n in payloads if n["payload"] in ("T", "RANDR", "SP", "IDR")]
    if movable:
        node = own.choice(movable)
        payloads.insert(payloads.index(node), copy.deepcopy(node))
