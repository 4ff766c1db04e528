"""A broken conversation for every row of CONVERSATION.md section 8: who resolves, certificates, TRANSFER_RESP, crypto sessions."""

import copy

from ..deviations import some
from ..exchange import GTGK, TEK, TGK, kemac as kemac_payload, randr, sp, srtp
from . import changes as c
from .golden_rows import FORK, PLAIN, r
from .plan import CAROL, MODE1, MODES, Plan
from .protection import first, of_name


def drafts(p):
    for make in (resolving, answering, sessions):
        for child in make(p):
            yield from p.flush()
            yield child


# --- who may resolve ----------------------------------------------------------------------------------------------

def resolving(p):
    parent = p.of(PLAIN, 5, "128-bit, not forked")
    yield parent.breaks("not-allowed", "keys for a party whom the policy does not allow", 3, "IDRr of RESOLVE_INIT is carol",
                        r("4.2.3.4-x01"),
                        c.member(3, "IDR", {"id_role": 2}, id_data=CAROL.encode().hex()), elsewhere={4: r("4.2.3.4-01")},
                        group="resolve")
    yield parent.breaks("not-allowed-type", "the same name with another ID Type", 3, "IDRr of RESOLVE_INIT is a URI",
                        r("4.2.3.4-x01"),
                        c.member(3, "IDR", {"id_role": 2}, id_type=1), elsewhere={4: r("4.2.3.4-01")}, group="resolve")
    parent = p.of(Plan("rows-two", ones="FGHLNO", steps=(MODES[4][0], ("resolve_init", {}))), 2, "mode 3")
    swap = c.model(1, another_ticket)
    yield parent.breaks("other-ticket", "RESOLVE_INIT with another ticket than the one transferred", 1,
                        "TICKET is another ticket", r("4.2.3.1-x02"),
                        swap, group="resolve")
    yield from certificates(p)


def another_ticket(tree, m, made):
    mine = m.tickets[-1]
    ticket = m.new_ticket()
    m.tickets[:] = [mine]
    at = tree["payloads"].index(first(tree["payloads"], "TICKET"))
    tree["payloads"][at] = copy.deepcopy(ticket.node)
    made.ticket = ticket


def certificates(p):
    leaf, right = "{}-leaf", {"I": "4.2.1.3", "R": "4.2.3.3"}
    for party, who, at, steps in (("I", "initiator", 0, MODE1[:1]), ("R", "responder", 1, ("transfer_init", "resolve_init"))):
        method = {"request": "pk"} if party == "I" else {"resolve": "pk", "ones": "FGHLNO"}
        name, chain = right[party], (leaf.format(who), "intermediate", "ca")
        plan = Plan(f"rows-chain-{party}", certs={party.lower(): chain}, trust=("ca",), steps=steps, now=100, **method)
        parent = p.of(plan, at + 1, f"three certificates of {who}")
        base = {"group": "certificates"}

        def certs(*names):
            return plan.but(certs={party.lower(): names})
        yield parent.breaks("chain-order", f"{who}: the CA's certificates in the wrong order", at,
                            "the root stands in front of the intermediate",
                            r(f"{name}-04"), plan=certs(chain[0], "ca", "intermediate"), **base)
        yield parent.breaks("not-first", f"{who}: its own certificate is not the first", at,
                            "the intermediate stands in front of the certificate that verifies",
                            r("5.5-x01", f"{name}-03", f"{name}-04", f"{name}-x03"), plan=certs("intermediate", chain[0], "ca"),
                            auth="fail", **base)
        yield parent.breaks("two-in-one", f"{who}: two certificates in one CERT", at,
                            "the intermediate follows in the first CERT payload",
                            r(f"{name}-02"), c.model(at, joined), **base)
        yield parent.breaks("name", f"{who}: a certificate of somebody else's name", at,
                            "the certificate is for mallory@example.com",
                            r(f"{name}-x03"), plan=certs(f"{who}-mallory", "intermediate", "ca"), **base)
        yield parent.breaks("untrusted", f"{who}: another root is trusted", None, "`trust` is another root", r(f"{name}-x04"),
                            where=at,
                            plan=plan.but(trust=("other-ca",)), **base)
        yield parent.breaks("pke", f"{who}: PKE that does not open", at, "PKE is other octets", r(f"{name}-x05"),
                            c.member(at, "PKE", data=some("no pke", 256)), no_env=True, **base)
        yield parent.breaks("chash", f"{who}: CHASH of another certificate", at, "CHASH is another hash", r(f"{name}-x06"),
                            c.member(at, "CHASH", hash=some("chash", 20)), **base)
        if party == "R":
            continue
        yield parent.breaks("expired", f"{who}: an expired certificate", at, "the certificate expired in 2021", r(f"{name}-x04"),
                            plan=certs(f"{who}-expired", "intermediate", "ca"), **base)
        yield parent.breaks("no-path", f"{who}: the intermediate is left out", at,
                            "the certificate of the intermediate CA is left out",
                            r(f"{name}-04", f"{name}-x04"), plan=certs(chain[0], "ca"), **base)
        yield parent.breaks("pke-empty", f"{who}: PKE that holds nothing", at, "PKE opens to nothing", r(f"{name}-x05"),
                            {"pke_key": b""},
                            no_env=True, **base)


def joined(tree, m, made):
    nodes = of_name(tree["payloads"], "CERT")
    nodes[0]["cert_data"] += nodes[1]["cert_data"]


# --- TRANSFER_RESP ------------------------------------------------------------------------------------------------

def answering(p):
    whole = p.of(PLAIN, 6, "128-bit, not forked")
    forked = p.of(FORK, 6, "256-bit, forked")
    yield whole.breaks("no-randrr", "TRANSFER_RESP without RANDRr, G=1", 5, "RANDRr is left out", r("4.2.2.3-09"),
                       c.model(5, no_randrr), group="answer")
    g0 = p.of(Plan("rows-g0", ones="DFHNO"), 6, "G=0")
    yield g0.breaks("randrr", "TRANSFER_RESP with RANDRr, G=0", 5, "a RANDRr payload is added", r("6.10-05"),
                    c.added(5, lambda m: randr(2, m.octets("no randrr", 16)), index=1), group="answer")
    for suffix, what, row, name, members in (("no-idrr", "IDRr is left out", "4.2.2.3-10", "IDR", {"id_role": 2}),
                                             ("no-randrkms", "RANDRkms is left out", "4.2.2.3-12", "RANDR", {"rand_role": 3})):
        def drop(tree, m, made, name=name, members=members):
            tree["payloads"].remove(first(tree["payloads"], name, **members))
            made.extra["no_modifier"] = True
        yield forked.breaks(suffix, f"TRANSFER_RESP with key forking: {what}", 5, what, r(row), c.model(5, drop), group="answer")
    yield forked.breaks("other-idrr", "TRANSFER_RESP with another IDRr than the KMS sent", 5,
                        "IDRr is carol, and the keys are forked with it",
                        r("4.2.2.3-10"), c.model(5, other_modifier(CAROL.encode(), None)), group="answer")
    yield forked.breaks("other-randrkms", "TRANSFER_RESP with another RANDRkms than the KMS sent", 5,
                        "RANDRkms is another, and the keys are forked with it",
                        r("4.2.2.3-12"), c.model(5, other_modifier(None, bytes(range(32)))), group="answer")
    yield whole.breaks("sp-again", "TRANSFER_RESP repeats an SP", 5, "the SP of TRANSFER_INIT is sent again", r("4.2.2.3-14"),
                       c.added(5, sp()), group="answer")
    yield whole.breaks("kemac", "TRANSFER_RESP with a KEMAC, M=0", 5, "a KEMAC with a TEK is added", r("4.2.2.3-17"),
                       c.model(5, supplied), group="answer")
    f0 = p.of(Plan("rows-f0", ones="DHNO", steps=MODE1[:5]), 5, "F=0")
    yield f0.breaks("answered", "a TRANSFER_RESP though F is 0", 5, "TRANSFER_RESP is sent", (), plan=f0.plan.but(steps=MODE1),
                    elsewhere={5: r("6.10-04")}, group="answer")
    yield short_rands(p)
    used = Plan("rows-used", setting={"rand_sum": "used"}, suite="256", ones="DFGNO", keys=((TGK, 32),),
                sizes={"randri": 32, "randrr": 32})
    parent = p.of(used, 6, "rand_sum=used, H=0")
    yield parent.breaks("short-randrr", "RANDRr shorter than the key it is used with (rand_sum=used)", 5,
                        "RANDRr is 16 octets long, the TGK 32", r("12.1-05"),
                        plan=parent.plan.but(sizes={"randri": 32, "randrr": 16}, keys=parent.plan.keys), group="answer")


def short_rands(p):
    plan = Plan("rows-short", suite="256", ones="DFHNO", keys=((TGK, 32),))
    parent = p.of(plan, 3, "256-bit, G=0")
    return parent.breaks("short-randri", "RANDRi shorter than MPKi and the TGK, G=0", 2, "RANDRi is 16 octets long", r("12.1-05"),
                         plan=parent.plan.but(sizes={"randri": 16}), group="answer")


def no_randrr(tree, m, made):
    tree["payloads"].remove(first(tree["payloads"], "RANDR", rand_role=2))
    made.label = copy.copy(made.label)
    made.label.rand_r = made.exchange.rand_r = b""


def other_modifier(identity, rand):
    def change(tree, m, made):
        before = made.exchange.modifier
        made.exchange.modifier = (identity or before[0], rand or before[1])
        first(tree["payloads"], "IDR", id_role=2)["id_data"] = made.exchange.modifier[0].hex()
        first(tree["payloads"], "RANDR", rand_role=3)["rand"] = made.exchange.modifier[1].hex()
        made.label = copy.copy(made.label)
        made.label.inkey = made.exchange.forked()
    return change


def supplied(tree, m, made):
    made.keys = [c.key(TEK, "not allowed", 16)]
    tree["payloads"].insert(-1, kemac_payload(m.plan.suite_of("transfer")[1], [key.node() for key in made.keys]))


def sessions(p):
    whole = p.of(Plan("rows-sessions", steps=MODES[4]), 2, "mode 4")
    yield whole.breaks("session-missing", "a crypto session is not answered", 1, "the second crypto session is left out",
                       r("4.2.2.3-x02"),
                       c.model(1, lambda tree, m, made: tree["hdr"]["cs"].pop()), group="sessions")
    yield whole.breaks("other-cs-id", "a crypto session is answered under another CS ID", 1, "CS ID of the second is 7",
                       r("4.2.2.3-x02"),
                       c.entry(1, 1, cs_id=7), group="sessions")
    yield whole.breaks("other-policy", "a policy that was not suggested", 1,
                       "the first session names a policy of the Responder's", r("6.1.1-04"),
                       c.both(c.entry(1, 0, ps=[1]), c.added(1, sp(1))), group="sessions")
    open_ = p.of(Plan("rows-open", cs=(srtp(1, 0x11111111, (), "*"),), sps=(sp(0), sp(1, 1, [])),
                      cs_resp=(srtp(1, 0x11111111, (0,), "*"),), steps=MODES[4]), 2, "no policy suggested")
    yield open_.breaks("no-sp", "a policy number of no SP", 1, "the session names policy 9", r("6.1.1-x07"),
                       c.entry(1, 0, ps=[9]), group="sessions")
    yield open_.breaks("tesla", "a policy of another Prot type in TRANSFER_INIT", 1, "the session names a policy for TESLA",
                       r("6.1.1-06"),
                       c.entry(1, 0, ps=[1]), group="sessions")
    yield whole.breaks("spi", "an SPI that names no key", 1, "the SPI of the first session is another", r("6.1.1-10"),
                       c.entry(1, 0, spi="0bad0bad"), group="sessions")
    yield whole.breaks("spi-mpk", "an SPI that names the MPK", 1, "the SPI of the first session is the MPK's", r("6.1.1-10"),
                       c.model(1, lambda tree, m, made: tree["hdr"]["cs"][0].update(spi=m.octets("mpk spi", 4).hex())),
                       group="sessions")
    f0 = p.of(Plan("rows-f0-init", ones="DHNO", steps=MODE1[:3]), 3, "F=0")
    yield f0.breaks("spi", "an SPI that names no key, F=0", 2, "the SPI of the first session is another", r("6.1.1-10"),
                    c.entry(2, 0, spi="0bad0bad"),
                    group="sessions")
    fault = r("6.10-01")
    yield p.of(Plan("rows-f0-i", ones="DEHINO", suite="256", keys=((GTGK, 32),), asked_keys=None, steps=MODE1[:5]), 5,
               "F=0 and key forking").breaks(
        "tgk", "F=0, I=1 and a TGK in the encrypted ticket", 1, "the key in the ticket is a TGK", fault, plan=Plan(
            "rows-f0-i", ones="DEHINO", suite="256", keys=((TGK, 32),), asked_keys=None, steps=MODE1[:5]),
        elsewhere={2: fault, 3: fault, 4: fault}, group="sessions")
