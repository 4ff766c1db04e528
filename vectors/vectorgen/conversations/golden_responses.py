"""A broken conversation for every row of CONVERSATION.md section 8: keys in KEMACs, policies granted, headers of responses."""

from ..exchange import GTGK, TGK, idr
from . import changes as c
from .golden_rows import FORK, KEYS_ON, NAMES, PLAIN, null_kv, r
from .plan import CAROL, MODES, Plan
from .protection import first


def drafts(p):
    for make in (kemacs, key_lists, granted, headers):
        for child in make(p):
            yield from p.flush()
            yield child


# --- KEMACs -------------------------------------------------------------------------------------------------------

def kemacs(p):
    for plan, at, row in ((PLAIN, 1, "4.2.1.5-06"), (PLAIN, 4, "4.2.3.5-06"), (KEYS_ON, 2, "5.2-11"), (KEYS_ON, 5, "5.2-11")):
        parent = p.of(plan, at + 1, "128-bit, not forked" if plan is PLAIN else "keys of both sides, forked")
        yield parent.breaks("not-a-kemac", f"{NAMES[at]}: a KEMAC of other octets", at, "Encr data of the KEMAC is other octets",
                            r(row),
                            c.not_a_kemac(at), group="kemac", kemac="fail")
    wrap = p.of(Plan("rows-kw", suite="kw", spi_len=3), 2, "AES key wrap")
    yield wrap.breaks("not-a-kemac", "REQUEST_RESP: a KEMAC that does not unwrap", 1, "Encr data of the KEMAC is other octets",
                      r("4.2.1.5-06"),
                      c.not_a_kemac(1, 56), group="kemac", kemac="fail")
    parent = p.of(KEYS_ON, 3, "keys of both sides, forked")
    yield parent.breaks("mpk", "an MPK in the KEMAC of TRANSFER_INIT", 2, "a key of type MPK stands behind the TEK", r("5.2-x02"),
                        c.kemac(2, lambda keys, m: keys.append(c.key(6, "an mpk", 16))), group="kemac")
    parent = p.of(KEYS_ON, 6, "keys of both sides, forked")
    yield parent.breaks("short", "a TGK of 8 octets from the Responder", 5, "the TGK is 8 octets long", r("12.1-04"),
                        c.kemac(5, lambda keys, m: setattr(keys[0], "key", keys[0].key[:8])), group="kemac")
    yield parent.breaks("long", "a TGK of 32 octets with 128-bit algorithms", 5, "the TGK is 32 octets long", r("12.1-09"),
                        c.kemac(5, lambda keys, m: setattr(keys[0], "key", keys[0].key * 2)), group="kemac")
    yield parent.breaks("no-spi", "a TGK without SPI from the Responder", 5, "KV of the TGK is Null", r("6.2.1-02"),
                        c.both(c.kemac_nodes(5, lambda chain: null_kv(chain[0])), forget_spi(5)), group="kemac")


def forget_spi(at):
    def change(tree, m, made):
        import copy
        made.keys = [copy.copy(key) for key in made.keys]
        made.keys[0].spi = b""
    return c.model(at, change)


def key_lists(p):
    """What KEMACs of the KMS hold: they open and the MACs are good."""
    own = Plan("rows-no-tpk", give=("psk_i", "psk_r"))
    fork = FORK.but(name="rows-fork-no-tpk", give=("psk_i", "psk_r"))
    for at, none, many, kind in ((1, "4.2.1.5-08", "4.2.1.5-09", "4.2.1.5-x03"), (4, "4.2.3.5-07", "4.2.3.5-08", "4.2.3.5-x03")):
        which = NAMES[at]
        parents = [p.of(own if at == 1 else PLAIN.but(name="rows-r", give=("psk_r",), steps=MODES[3]), 2 if at == 1 else 3,
                        "not forked, no TPK"),
                   p.of(fork if at == 1 else FORK.but(name="rows-fork-r", give=("psk_r",), steps=MODES[3]), 2 if at == 1 else 3,
                        "forked, no TPK")]
        at = at if at == 1 else 2
        yield parents[0].breaks("no-mpki", f"{which} whose KEMAC has no MPK", at, "MPKi is left out", r(none),
                                c.kemac(at, lambda keys, m: keys.pop(0)), group="kemac")
        yield parents[1].breaks("no-second-mpk", f"{which} with key forking and one MPK", at, "the second MPK is left out",
                                r(many),
                                c.kemac(at, lambda keys, m: keys.pop(1)), group="kemac")
        yield parents[0].breaks("second-mpk", f"{which} without key forking and two MPKs", at, "a second MPK stands behind MPKi",
                                r(many),
                                c.kemac(at, lambda keys, m: keys.insert(1, c.key(6, "second mpk", 16))), group="kemac",
                                second_mpk=True)
        yield parents[0].breaks("mpk-last", f"{which} with an MPK behind the TGK", at, "an MPK stands last", r(many),
                                c.kemac(at, lambda keys, m: keys.append(c.key(6, "last mpk", 16))), group="kemac",
                                second_mpk=True)
        yield parents[0].breaks("k-pr", f"{which} with a key of type K_PR", at, "a key of type 7 stands last",
                                r(kind) + (r("6.10-x20") if at == 1 else []),
                                c.kemac(at, lambda keys, m: keys.append(c.key(7, "k_pr", 16))), group="kemac")
    yield from compared(p)


def compared(p):
    parent = p.of(FORK, 2, "256-bit, forked")
    for suffix, what, change in (("other-tgk", "the TGK is another", lambda keys,
                                  m: setattr(keys[2], "key", m.octets("another", 32))),
                                 ("other-mpki", "MPKi is another", lambda keys,
                                  m: setattr(keys[0], "key", m.octets("another", 32))),
                                 ("mpkr-mpki", "MPKr is MPKi", lambda keys, m: setattr(keys[1], "key", keys[0].key)),
                                 ("order", "the session keys stand in another order", lambda keys,
                                  m: keys.insert(2, keys.pop()))):
        rows = r("4.2.1.5-x02") + (r("6.10-x20") if suffix == "order" else [])
        yield parent.breaks(suffix, f"REQUEST_RESP with keys that are not the ticket's: {what}", 1, what, rows,
                            c.kemac(1, change), group="kemac")
    parent = p.of(PLAIN, 2, "128-bit, not forked")
    yield parent.breaks("kv", "REQUEST_RESP with a key without SPI", 1, "KV of the TGK is Null",
                        r("6.2.1-02", "4.2.1.5-x02"), c.kemac_nodes(1, lambda chain: null_kv(chain[1])), group="kemac")
    parent = p.of(FORK, 5, "256-bit, forked")
    cases = [("mpkr-not-forked", "the second MPK is MPKr itself", "4.2.3.5-10", lambda keys,
              m: setattr(keys[1], "key", m.ticket.mpkr)),
             ("tgk-not-forked", "the TGK is that of the ticket", "4.2.3.5-10", lambda keys,
              m: setattr(keys[2], "key", m.ticket.keys[0].key)),
             ("gtgk-forked", "the GTGK is forked with the constant of TGK'", "5.1.1-02", fork_key(3)),
             ("other-gtgk", "the GTGK is another", "4.2.3.5-x02", lambda keys,
              m: setattr(keys[3], "key", m.octets("another", 32))),
             ("other-mpki", "MPKi is another", "4.2.3.5-x02", lambda keys, m: setattr(keys[0], "key", m.octets("another", 32)))]
    for suffix, what, row, change in cases:
        yield parent.breaks(suffix, f"RESOLVE_RESP: {what}", 4, what, r(row), c.kemac(4, change), group="kemac")
    plain = p.of(PLAIN, 5, "128-bit, not forked")
    yield plain.breaks("other-tgk", "RESOLVE_RESP with another TGK, not forked", 4, "the TGK is another", r("4.2.3.5-x02"),
                       c.kemac(4, lambda keys, m: setattr(keys[1], "key", m.octets("another", 16))), group="kemac")
    yield parent.breaks("no-modifier-idrr", "RESOLVE_RESP with key forking and no IDRr", 4, "IDRr is left out", r("4.2.3.5-11"),
                        c.without(4, "IDR", id_role=2), group="kemac")
    yield parent.breaks("no-modifier-rand", "RESOLVE_RESP with key forking and no RANDRkms", 4, "RANDRkms is left out",
                        r("4.2.3.5-11"),
                        c.without(4, "RANDR", rand_role=3), group="kemac")
    yield parent.breaks("short-randrkms", "RANDRkms shorter than MPKr'", 4,
                        "RANDRkms is 16 octets long and the keys are forked with it",
                        r("12.1-05"), {"short": True}, plan=parent.plan.but(sizes={"randrkms": 16}), group="kemac")


def fork_key(i):
    def change(keys, m):
        from .messages import forked_key
        modifier = m.exchanges[-1].modifier
        own = c.key(TGK, "x", 16)
        own.key = keys[i].key
        keys[i].key = forked_key(m.ticket, own, modifier).key
    return change


# --- the policy granted -------------------------------------------------------------------------------------------

def granted(p):
    parent = p.of(PLAIN, 2, "128-bit, not forked")
    yield parent.breaks("no-idri", "a granted policy without IDRi", 1, "IDRi is left out of the granted policy", r("4.2.1.1-05"),
                        c.ticket(lambda node, m, keys: node["tp_data"].pop(1)), group="policy")
    yield parent.breaks("other-idri", "a granted policy that names another requester", 1, "IDRi of the granted policy is carol",
                        r("4.2.1.1-05"),
                        c.ticket(lambda node, m, keys: node["tp_data"][1].update(id_data=CAROL.encode().hex())), group="policy")
    yield parent.breaks("k0", "a changed policy with K=0", 1, "J is 1, which was not asked for", r("6.10-x20"),
                        c.ticket(lambda node, m, keys: node["flags"].update(J=1)), group="policy")
    yield parent.breaks("k1", "K=1 though nothing was changed", 1, "K is 1", r("6.10-x20"),
                        c.ticket(lambda node, m, keys: node["flags"].update(K=1)), group="policy")
    yield parent.breaks("k0-idrr", "one more IDRr than asked for, with K=0", 1, "carol may resolve the ticket too", r("6.10-x20"),
                        c.ticket(lambda node, m, keys: node["tp_data"].append(idr(2, CAROL))), group="policy")
    changed = p.of(Plan("rows-changed-keys", asked_keys=((GTGK, 16),), ones="DFGHKNO"), 2, "other keys than asked for, K=1")
    yield changed.breaks("k0-keys", "other keys than those asked for, with K=0", 1, "K is 0", r("6.10-x20"),
                         c.ticket(lambda node, m, keys: node["flags"].update(K=0)), group="policy")
    parent = p.of(PLAIN, 3, "128-bit, not forked")
    fresh = parent.plan.but(steps=parent.plan.steps[:2] + (("transfer_init", {"fresh": True}),))
    yield parent.breaks("other-ticket", "TRANSFER_INIT with another ticket than the one granted", 2,
                        "TICKET is another ticket of the KMS's",
                        r("4.2.2.1-x02"), plan=fresh, group="policy")
    timed = Plan("rows-valid", now=100)
    parent = p.of(timed, 4, "128-bit, the time is given")
    for suffix, what, members in (("expired", "TRe is before `now`", {"validity": (-600, 50)}),
                                  ("not-yet", "TRs is after `now`", {"validity": (150, 9000)})):
        yield parent.breaks(suffix, f"a ticket outside its validity: {what}", 0, f"{what} in the policy asked for and granted",
                            (), plan=parent.plan.but(**members),
                            elsewhere={2: r("6.10-x22"), 3: r("6.10-x22")}, group="policy")
    parent = p.of(PLAIN, 4, "128-bit, not forked")
    yield parent.breaks("expired", "a ticket used after TRe, by T", 0,
                        "TRe of the policy asked for and granted is before the T of TRANSFER_INIT", (),
                        plan=parent.plan.but(validity=(-60, 1)),
                        elsewhere={2: r("6.10-x22"), 3: r("6.10-x22")}, group="policy")
    untimed = p.of(Plan("rows-skew", now=200, skew=300), 1, "the time is given")
    yield untimed.breaks("skew", "a request 600 seconds off", 0, "T is 600 seconds before `now`", ["RFC3830-5.4-x01"],
                         c.model(0, earlier),
                         group="policy")
    parent = p.of(PLAIN, 1, "128-bit, not forked")
    yield replayed(parent)
    yield from replays(p)
    short = p.of(Plan("rows-sizes", suite="256"), 1, "256-bit")
    yield short.breaks("short-rand", "RANDRi shorter than the pre-shared key", 0,
                       "RANDRi is 16 octets long, the pre-shared key 32", r("12.1-05"),
                       plan=short.plan.but(sizes={"request_rand": 16}), group="policy")
    yield short.breaks("short-psk", "a pre-shared key of 15 octets", 0, "the pre-shared key is 15 octets long", r("12.1-04"),
                       plan=short.plan.but(sizes={"psk_i": 15}), group="policy")
    short = p.of(Plan("rows-sizes", suite="256"), 3, "256-bit")
    yield short.breaks("short-tpk", "a TPK of 8 octets", 1, "the TPK is 8 octets long", r("12.1-04"),
                       plan=short.plan.but(sizes={"tpk": 8}),
                       elsewhere={2: r("12.1-04")}, group="policy")
    yield short.breaks("short-ticket-rand", "RAND of the ticket shorter than its keys", 1,
                       "RAND of the ticket is 16 octets long, TPK and MPK 32",
                       r("12.1-05"), plan=short.plan.but(sizes={"ticket_rand": 16}), elsewhere={2: r("12.1-05")}, group="policy")


def earlier(tree, m, made):
    from .. import material
    first(tree["payloads"], "T")["ts_value"] = material.ntp(-400)


def replayed(parent):
    def again(made, m):
        made["messages"].append(dict(made["messages"][0]))
    child = ReplayDraft("policy", f"{parent.name}/replay", "a request sent twice", parent.plan, after=again)
    child.parent, child.change = parent, {"message": len(parent.plan.steps), "what": "the first message is sent again"}
    return child


def replays(p):
    yield replayed(p.of(PLAIN, 3, "128-bit, not forked"))


def _replay_class():
    from .golden import Draft

    class Replay(Draft):
        """The first message once more, behind the others: judged as it was, and found to be a replay."""
        def make(self):
            import copy
            made, answer = super().make()
            again = copy.deepcopy(answer["messages"][0])
            for name in ("mpki", "mpkr", "mpkr_forked"):
                known = answer["messages"][-1]["derived"].get(name)
                if known:
                    again["derived"][name] = known
            again["findings"].append({"id": "RFC3830-5.4-x02", "on_receive": "reject"})
            answer["messages"].append(again)
            answer["verdict"] = "reject"
            return made, answer
    return Replay


ReplayDraft = _replay_class()


# --- headers and times of responses -------------------------------------------------------------------------------

def headers(p):
    for plan, at, row, stale in ((PLAIN, 1, "4.2.1.5-01", "4.2.1.5-03"), (PLAIN, 4, "4.2.3.5-01", "4.2.3.5-03"),
                                 (PLAIN, 5, "4.2.2.3-01", "4.2.2.3-07")):
        parent = p.of(plan, at + 1, "128-bit, not forked")
        yield parent.breaks("csb", f"{NAMES[at]} with another CSB ID", at, "CSB ID is another than the initial message's",
                            r(row), c.csb_id(at), group="headers")
        yield parent.breaks("stale", f"{NAMES[at]} with the T of the initial message", at, "T is that of the message answered",
                            r(stale), c.same_t(at), group="headers")
    parent = p.of(PLAIN, 2, "128-bit, not forked")
    yield parent.breaks("num-cs", "REQUEST_RESP with #CS 1", 1, "#CS is 1 with the Empty map", r("4.2.1.5-01"),
                        c.header(1, num_cs=1), group="headers")
