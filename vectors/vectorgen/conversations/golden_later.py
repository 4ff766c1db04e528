"""Broken conversations of CONVERSATION.md section 8: updates, reuse, Errors, and what TS 33.328 adds."""

from ..exchange import GTGK, TEK, TGK, kemac as kemac_payload, other, randr
from . import changes as c
from .golden_modes import FORKED
from .golden_answers import other_modifier
from .golden_responses import earlier
from .golden_rows import NAMES, null_kv, r
from .messages import forked_key
from .plan import CAROL, MODE1, MODES, Plan, media, message, tls
from .protection import first

PEOPLE = ({"b_tid": "b-tid-alice@bsf.example.com", "impus": ["sip:alice@example.com", "sip:alice@home.example.com"]},
          {"b_tid": "b-tid-bob@bsf.example.com", "impus": ["sip:bob@example.com"]},
          {"b_tid": "b-tid-carol@bsf.example.com", "impus": ["sip:carol@example.com"]})


def drafts(p):
    for make in (updates, update_keys, reuse, errors, subscribers, messages, tls_keys, old):
        for child in make(p):
            yield from p.flush()
            yield child


def updates(p):
    steps = MODES[4] + (("update_init", {}), ("update_resp", {}))
    plan, fork = Plan("rows-update", steps=steps), Plan("rows-update-fork", suite="256", ones=FORKED, steps=steps)
    for own, name in ((plan, "128-bit, not forked"), (fork, "256-bit, forked")):
        parent = p.of(own, 3, f"update, {name}")
        base = {"group": "updates_broken"}
        yield parent.breaks("bad-mac", f"a wrong MAC in the TRANSFER_INIT of an update ({name})", 2,
                            "the last bit of the MAC is inverted",
                            r("4.2.2.1-09"), c.last_bit(2), auth="fail", **base)
        yield parent.breaks("same-mpk", f"an update with keys of its own direction ({name})", 2, "the label has direction 01",
                            r("5.2-06"),
                            c.protected(2, c.label(direction=1)), auth="fail", **base)
        whole = p.of(own, 4, f"update, {name}")
        yield whole.breaks("bad-mac", f"a wrong MAC in the TRANSFER_RESP of an update ({name})", 3,
                           "the last bit of the MAC is inverted",
                           r("4.2.2.3-19"), c.last_bit(3), auth="fail", **base)
        if own is fork:
            continue
        yield parent.breaks("csb", f"an update with another CSB ID ({name})", 2,
                            "CSB ID is another than the initial exchange's, the keys are right",
                            r("5.2-01a"), c.header(2, csb_id=0x01020304), **base)
        yield parent.breaks("old-t", f"an update with an old T ({name})", 2, "T is that of TRANSFER_INIT", r("5.2-01b"),
                            c.same_t(2, 0), **base)
        yield parent.breaks("new-randri", f"an update with a new RANDRi ({name})", 2,
                            "another RANDRi than the initial exchange's is sent",
                            r("5.2-03", "5.2-04"), c.added(2, lambda m: randr(1, m.octets("new randri", 32)), index=1), **base)
        yield parent.breaks("no-keys", f"an update with a KEMAC, L=0 ({name})", 2, "a KEMAC with a TEK is added", r("5.2-08"),
                            c.model(2, supplied), **base)
        yield whole.breaks("no-key", f"the answer to an update without a key for a session ({name})", 3,
                           "the SPI of the first session names no key",
                           r("5.2-09"), c.entry(3, 0, spi="0bad0bad"), **base)
        yield whole.breaks("m0", f"the answer to an update with a KEMAC, M=0 ({name})", 3, "a KEMAC with a TEK is added",
                           r("5.2-08"), c.model(3, supplied), **base)
    parent = p.of(plan, 4, "update, 128-bit, not forked")
    unasked = plan.but(steps=MODES[4] + (("update_init", {"expect": 0}), ("update_resp", {})))
    yield parent.breaks("v0", "a response to an update that asks for none", 2, "the V flag of the update is 0", (), plan=unasked,
                        elsewhere={3: r("5.2-02")}, group="updates_broken")
    same = p.of(Plan("rows-update-same", setting={"update_keys": "same_mpk"}, steps=steps), 3, "update_keys=same_mpk")
    yield same.breaks("same-keys", "an update with the keys of TRANSFER_RESP (update_keys=same_mpk)", 2,
                      "the label has direction 02", r("5.2-06"),
                      c.protected(2, c.label(direction=2)), auth="fail", group="updates_broken")
    again = p.of(plan.but(name="rows-update-again", steps=steps[:3] + (("update_init", {"number": 1}),)), 4, "two updates")
    yield again.breaks("old-t", "a second update with an old T", 3, "T is that of TRANSFER_INIT", r("5.2-01b"), c.same_t(3, 0),
                       group="updates_broken")
    ticketed = p.of(plan.but(name="rows-update-ticket"), 3, "an update")
    yield ticketed.breaks("new-ticket", "an update with another ticket", 2,
                          "a TICKET that is not the initial exchange's is sent", r("5.2-03", "5.2-04"),
                          c.model(2, other_ticket), group="updates_broken")


def other_ticket(tree, m, made):
    mine = m.tickets[-1]
    made.ticket = m.new_ticket()
    m.tickets[:] = [mine]
    tree["payloads"].insert(-1, made.ticket.node)


def supplied(tree, m, made):
    made.keys = [c.key(TEK, "not allowed", 16)]
    tree["payloads"].insert(-1, kemac_payload(m.plan.suite_of("update")[1], [key.node() for key in made.keys]))


def update_keys(p):
    steps = MODES[4] + (("update_init", {"keys": ((TGK, 16),)}), ("update_resp", {"keys": ((TEK, 16),)}))
    plan = Plan("rows-update-keys", ones="DEFGHILMNO", steps=steps)
    for at in (2, 3):
        parent = p.of(plan, at + 1, "keys in updates, forked")
        which = ("TRANSFER_INIT", "TRANSFER_RESP")[at - 2] + " of an update"
        base = {"group": "updates_broken"}
        yield parent.breaks("not-a-kemac", f"{which}: a KEMAC of other octets", at, "Encr data of the KEMAC is other octets",
                            r("5.2-11") + (r("5.2-09") if at == 3 else []), c.not_a_kemac(at), kemac="fail", **base)
        yield parent.breaks("mpk", f"{which}: an MPK in the KEMAC", at, "a key of type MPK stands last", r("5.2-x02"),
                            c.kemac(at, lambda keys, m: keys.append(c.key(6, "an mpk", 16))), **base)
        if at == 3:
            continue
        yield parent.breaks("no-spi", f"{which}: a key without SPI", at, "KV of the second key is Null", r("6.2.1-02"),
                            c.model(at, second_without_spi), **base)
        yield parent.breaks("long", f"{which}: a key of 32 octets with 128-bit algorithms", at, "a second key is 32 octets long",
                            r("12.1-09"),
                            c.kemac(at, lambda keys, m: keys.append(c.key(GTGK, "a long key", 32))), **base)
        yield parent.breaks("short", f"{which}: a key of 8 octets", at, "a second key is 8 octets long", r("12.1-04"),
                            c.kemac(at, lambda keys, m: keys.append(c.key(GTGK, "a short key", 8))), **base)


def second_without_spi(tree, m, made):
    one = c.key(TEK, "a second key", 16)
    made.keys = made.keys + [one]
    node = one.node()
    null_kv(node)
    one.spi = b""
    first(tree["payloads"], "KEMAC")["encr_data"].append(node)


def reuse(p):
    again = (("transfer_init", {"ex": "reuse0"}), ("transfer_resp", {}))
    base = {"group": "reuse_broken"}
    for ones in ("DFGHJNO", "DEFGHIJNO"):
        plan = Plan(f"rows-reuse-{ones}", ones=ones, steps=MODES[4] + again)
        parent = p.of(plan, 3, f"reuse, {ones}")
        for suffix, what, more in (("randri", "RANDRi is that of the first exchange", {"rand": "transfer"}),
                                   ("csb", "CSB ID is that of the first exchange", {"csb": "transfer"})):
            yield parent.breaks(suffix, f"a ticket reused: {what}", 2, what, r("5.3-01"),
                                plan=plan.but(steps=MODES[4] + (("transfer_init", {"ex": "reuse0", **more}),)), **base)
        yield parent.breaks("t", "a ticket reused: T is that of the first exchange", 2, "T is that of the first exchange",
                            r("5.3-01"), c.same_t(2, 0), **base)
    once = p.of(Plan("rows-once", ones="DFGHNO", steps=MODES[4]), 2, "J=0")
    yield once.breaks("reused", "a ticket with J=0 reused", 2, "a second TRANSFER_INIT with the ticket", (),
                      plan=once.plan.but(steps=MODES[4] + again[:1]),
                      elsewhere={2: r("5.3-03")}, **base)
    plan = Plan("rows-reuse-DEFGHIJNO", ones="DEFGHIJNO", steps=MODES[4] + again)
    whole = p.of(plan, 4, "reuse, forked")
    for suffix, what, identity, rand in (("modifier-idrr", "IDRr is carol, and the keys are forked with it", CAROL.encode(),
                                          None),
                                         ("modifier-rand", "RANDRkms is another, and the keys are forked with it", None,
                                          bytes(range(16)))):
        yield whole.breaks(suffix, f"a ticket reused without being resolved again: {what}", 3, what, r("5.3-02"),
                           c.model(3, other_modifier(identity, rand)), **base)


def errors(p):
    base = {"group": "errors_broken"}
    for at, count in ((0, 1), (2, 3), (5, 6)):
        plan = Plan(f"rows-error-{at}", steps=MODE1[:count] + (("error", {"about": at}),))
        parent = p.of(plan, count + 1, f"Error about {NAMES[at]}")
        yield parent.breaks("bad-mac", f"a wrong MAC in an Error about {NAMES[at]}", count,
                            "the last bit of the MAC is inverted", r("5.4-11"),
                            c.last_bit(count), auth="fail", **base)
        if at:
            continue
        yield parent.breaks("csb", f"an Error about {NAMES[at]} with another CSB ID", count, "CSB ID is another", r("5.4-07"),
                            c.header(count, csb_id=0x01020304), **base)
        yield parent.breaks("stale", f"an Error with the T of {NAMES[at]}", count, "T is that of the message in error",
                            r("5.4-09"), c.same_t(count), **base)
        yield parent.breaks("direction", f"an Error about {NAMES[at]} keyed from the other direction", count,
                            "the label has the other direction", r("5.4-11"),
                            c.protected(count, lambda use, m: setattr(use["label"], "direction", 3 - use["label"].direction)),
                            auth="fail", **base)
    signed = p.of(Plan("rows-error-signed", steps=MODE1[:1] + (("error", {"about": 0, "how": "sign"}),)), 2, "a signed Error")
    yield signed.breaks("bad-signature", "a wrong signature in an Error", 1, "the last bit of the signature is inverted",
                        r("5.5-x01"), c.last_bit(1), auth="fail", **base)
    pk = p.of(Plan("rows-error-pk", request="pk", setting={"error_pk_key": "envelope"},
                   steps=MODE1[:1] + (("error", {"about": 0}),)), 2,
              "Error about REQUEST_INIT_PK, error_pk_key=envelope")
    yield pk.breaks("bad-mac", "a wrong MAC in an Error about REQUEST_INIT_PK", 1, "the last bit of the MAC is inverted",
                    r("5.4-11"), c.last_bit(1), auth="fail", **base)
    yield pk.breaks("sign-only", "a V in an Error about REQUEST_INIT_PK (error_pk_key=sign_only)", None,
                    "error_pk_key is the default",
                    r("5.4-x03"), plan=pk.plan.but(setting={}), where=1, **base)
    twice = p.of(Plan("rows-error-error", steps=MODE1[:1] + (("error", {"about": 0, "how": "plain"}),)), 2,
                 "an Error without MAC")
    plan = twice.plan.but(steps=twice.plan.steps + (("error", {"about": 1, "how": "plain", "sender": "I"}),))
    yield twice.breaks("about-error", "an Error about an Error", 2, "the Initiator answers with an Error", (), plan=plan,
                       elsewhere={2: r("5.4-x04")}, **base)
    yield twice.breaks("changed", "an Error without MAC, another PRF func", 1, "PRF func is 1", r("5.4-07"),
                       c.header(1, prf_func=1), **base)


def subscribers(p):
    base, t = {"group": "ims_broken"}, "TS33328-"
    plan = media("rows-subscribers", subscribers=PEOPLE)
    own = p.of(plan, 1, "subscribers")
    yield own.breaks("not-mine", "IDRi that is not the subscriber's", 0, "IDRi is carol, IDRpsk alice's B-TID",
                     [t + "6.2.3.5-01"],
                     c.member(0, "IDR", {"id_role": 1}, id_data=CAROL.encode().hex()), **base)
    yield own.breaks("nobody", "a B-TID that is nobody's", 0, "IDRpsk is another B-TID", [t + "6.2.3.5-01"],
                     c.member(0, "IDR", {"id_role": 4}, id_data=b"b-tid-0@bsf.example.com".hex()), **base)
    yield own.breaks("wildcard", "a KMS UID with a wildcard", 0, "IDRi is ?@example.com", [t + "6.2.3.2-01", t + "6.2.3.5-01"],
                     c.member(0, "IDR", {"id_role": 1}, id_data=b"?@example.com".hex()), **base)
    f0 = p.of(media("rows-media-f0"), 2, "IMS media")
    yield f0.breaks("f0", "F=0 in a granted ticket for media", 1,
                    "F and G are 0 though I is 1 and the (encrypted) KEMAC holds a TGK",
                    [t + "D-01", "RFC6043-6.10-01", "RFC6043-6.10-x20"],
                    c.ticket(lambda node, m, keys: node["flags"].update(F=0, G=0)), **base)
    resolve = p.of(plan, 5, "subscribers")
    yield resolve.breaks("not-mine", "IDRr of RESOLVE_INIT that is not the subscriber's", 3, "IDRr is carol, IDRpsk bob's B-TID",
                         [t + "6.2.3.5-01"],
                         c.member(3, "IDR", {"id_role": 2}, id_data=CAROL.encode().hex()), **base)
    yield resolve.breaks("other-idrr", "RESOLVE_RESP that names another user", 4,
                         "IDRr is carol, and the keys are forked with it", [t + "6.2.3.6-03"],
                         c.model(4, forked_with(CAROL.encode())), **base)
    few = p.of(media("rows-allowed", subscribers=PEOPLE, allowed=("bob@example.com",)), 5, "subscribers, bob may resolve")
    yield few.breaks("not-allowed", "a ticket for somebody else", 1, "the policy granted allows ?@sales.example.com",
                     r("6.10-x20"),
                     c.ticket(allow(b"?@sales.example.com")), elsewhere={3: r("4.2.3.4-x01"), 4: r("4.2.3.4-01")}, **base)
    for i, (pattern, text) in enumerate(((b"?b@sales.example.com", "another domain"),
                                         (b"Bob@example.com", "the user part in other case"),
                                         (b"bob@example.com?x", "more behind the domain"))):
        own = p.of(media(f"rows-wild{i}", steps=MODES[3], allowed=("?@EXAMPLE.com",)), 2, "a wildcard in the policy")
        yield own.breaks(f"no-match{i}", f"a group that the Responder is not in: {text}", 0,
                         f"IDRr of the policy is {pattern.decode()}", (),
                         c.ticket(allow(pattern)), elsewhere={1: r("4.2.3.4-x01")}, **base)
    yield own.breaks("responder-wildcard", "a Responder whose UID is a wildcard", 1, "IDRr is ?@example.com",
                     [t + "6.2.3.2-01", "RFC6043-4.2.3.4-x01"],
                     c.member(1, "IDR", {"id_role": 2}, id_data=b"?@example.com".hex()), **base)


def allow(pattern):
    def change(node, m, keys):
        first(node["tp_data"], "IDR", id_role=2)["id_data"] = pattern.hex()
    return change


def forked_with(identity):
    def change(tree, m, made):
        exchange = made.exchange
        exchange.modifier = (identity, exchange.modifier[1])
        first(tree["payloads"], "IDR", id_role=2)["id_data"] = identity.hex()
        made.keys = [m.mpk_key(exchange.ticket.mpki), m.mpk_key(exchange.forked())] + [
            forked_key(exchange.ticket, key, exchange.modifier) for key in exchange.ticket.keys]
        first(tree["payloads"], "KEMAC")["encr_data"] = [key.node() for key in made.keys]
    return c.model(4, change)["model", 4]


def messages(p):
    base, t = {"group": "ims_broken"}, "TS33328-"
    plan = message("rows-message", asked_keys=None)
    parent = p.of(plan, 3, "an immediate message")
    rows = ["RFC6043-6.10-01", t + "F.3-05"]
    yield parent.breaks("tgk", "an immediate message whose ticket holds a TGK", 1, "the key in the ticket is a TGK", rows,
                        plan=parent.plan.but(keys=((TGK, 32),)), elsewhere={2: rows + [t + "F.3-11"]}, **base)
    tek = p.of(message("rows-message-two", keys=((GTGK, 32), (TEK, 32))), 3, "an immediate message, GTGK and TEK")
    yield tek.breaks("names-tek", "a PSK S/MIME session that names a TEK", 2, "the SPI of the session is the TEK's",
                     [t + "F.3-11"],
                     c.model(2, lambda tree, m, made: tree["hdr"]["cs"][0].update(spi=m.ticket.keys[1].spi.hex())), **base)


def tls_keys(p):
    base, t = {"group": "ims_broken"}, "TS33328-"
    plan = tls("rows-tls", keys=((TGK, 32), (GTGK, 32)), setting={"tls_key": "tgk"})
    parent = p.of(plan, 6, "tls_key=tgk")
    yield parent.breaks("gtgk", "a TLS session that names a GTGK (tls_key=tgk)", 5, "the SPI of the session is the GTGK's",
                        [t + "H.1-05"],
                        c.model(5, lambda tree, m, made: tree["hdr"]["cs"][0].update(spi=m.ticket.keys[1].spi.hex())), **base)

    f0 = p.of(Plan("rows-tls-f0", ones="DHNO", keys=((TGK, 16), (GTGK, 16)), setting={"tls_key": "tgk"}, prot_types={"tls": 241},
                   cs=(other(1, 241, "*"),), sps=(), steps=MODES[4][:1]), 1, "tls_key=tgk, F=0")
    yield f0.breaks("gtgk", "a TLS session of TRANSFER_INIT that names a GTGK, F=0 (tls_key=tgk)", 0,
                    "the SPI of the session is the GTGK's", [t + "H.1-05"],
                    c.model(0, lambda tree, m, made: tree["hdr"]["cs"][0].update(spi=m.ticket.keys[1].spi.hex())), **base)


def old(p):
    """RFC 3830: keys without direction and lengths, identities and T behind the verification message."""
    base, both = {"group": "older"}, ("psk_init", "psk_resp")
    for suite in ("128", "256", "kw"):
        parent = p.of(Plan(f"rows-3830-{suite}", suite=suite, steps=both, now=100, spi_len=3), 2, f"RFC 3830, {suite}")
        yield parent.breaks("bad-mac", f"a wrong MAC in a verification message of RFC 3830 ({suite})", 1,
                            "the last bit of the MAC is inverted", (),
                            c.last_bit(1), auth="fail", **base)
        short = p.of(parent.plan, 1, f"RFC 3830, {suite}")
        yield short.breaks("bad-mac", f"a wrong MAC in a pre-shared key message of RFC 3830 ({suite})", 0,
                           "the last bit of the MAC is inverted", (),
                           c.last_bit(0), auth="fail", **base)
    yield parent.breaks("label", "a verification message with a label of RFC 6043", 1, "the label has a direction and lengths",
                        (),
                        c.protected(1, c.label(old=False)), auth="fail", **base)
    skewed = p.of(Plan("rows-3830-now", steps=both, now=100), 1, "RFC 3830, the time is given")
    yield skewed.breaks("skew", "a pre-shared key message 400 seconds off", 0, "T is 400 seconds before the others",
                        ["RFC3830-5.4-x01"],
                        c.model(0, earlier), **base)
    bare = p.of(Plan("rows-3830-ids", steps=(("psk_init", {"ids": False}), "psk_resp"), setting={"mac_identity": "len_data"},
                     now=100), 2,
                "RFC 3830 without ID payloads")
    yield bare.breaks("bad-mac", "a wrong MAC behind identities that are known", 1, "the last bit of the MAC is inverted", (),
                      c.last_bit(1), auth="fail", **base)
