"""Several calls, tickets and devices in one conversation: whose keys, whose CSB; and who sends what to whom."""

from ..exchange import TGK
from . import changes as c
from .golden_modes import FORKED, accepted
from .golden_rows import FORK, NAMES, PLAIN, r
from .plan import CAROL, MODE1, MODES, Plan

ERA1 = (1 << 32) - 0xE93E5A00               # seconds between the fixed day and 7 February 2036, 06:28:16 UTC
TWO_CALLS = ("request_init", "request_resp", ("request_init", {"which": "b"}), "request_resp",
             ("transfer_init", {"ticket": 0}), "resolve_init", ("transfer_init", {"ticket": 1, "rand": "b", "csb": "b"}),
             ("resolve_init", {"ex": "resolve-b"}), ("resolve_resp", {"which": 0}), ("resolve_resp", {"ex": "resolve-b"}),
             ("transfer_resp", {"of": 0}), ("transfer_resp", {"of": 1, "rand": "b"}))
CALLED_TWICE = (("transfer_init", {}), "resolve_init", ("transfer_init", {"fresh": True, "rand": "b", "csb": "b"}),
                ("resolve_init", {"ex": "resolve-b"}), ("resolve_resp", {"which": 0}), ("resolve_resp", {"ex": "resolve-b"}),
                ("transfer_resp", {"of": 0}), ("transfer_resp", {"of": 1, "rand": "b"}))
SECOND = (("transfer_init", {"fresh": True, "rand": "b", "csb": "b"}), ("transfer_resp", {"rand": "b"}))
REUSE_OF_FIRST = (("transfer_init", {"ex": "reuse0", "ticket": 0}), ("transfer_resp", {"of": 2}))
DEVICES = ("transfer_init", "resolve_init", "resolve_resp", ("resolve_init", {"ex": "resolve-b"}),
           ("resolve_resp", {"ex": "resolve-b", "device": True}))


def drafts(p):
    yield from calls()
    for make in (tickets, devices, updates, keys, senders, identities, errors, randrr):
        for child in make(p):
            yield from p.flush()
            yield child


def calls():
    for ones, suite in (("DFGHNO", "128"), (FORKED, "256")):
        for name, give in (("kms", ("psk_i", "psk_r", "tpk")), ("no-tpk", ("psk_i", "psk_r"))):
            yield accepted("calls", f"calls/two/{name}/{ones}", f"two calls with a ticket each, interleaved, flags {ones}, "
                           f"{'with' if 'tpk' in give else 'without'} the TPK",
                           Plan(f"calls-two-{ones}", suite=suite, ones=ones, steps=TWO_CALLS, give=give))
        yield accepted("calls", f"calls/responder/{ones}", f"two calls as the Responder sees them, flags {ones}: each RESOLVE_RESP "
                       "gives MPKi of its own ticket", Plan(f"calls-responder-{ones}", suite=suite, ones=ones.replace("D", "") + "L",
                                                            steps=CALLED_TWICE, give=("psk_r",)))
    yield accepted("calls", "calls/updates", "two calls, then an update of each, that of the first one last", Plan(
        "calls-updates", suite="256", ones=FORKED, steps=TWO_CALLS + (
            ("update_init", {"number": 0, "of": 1}), ("update_resp", {"number": 0, "of": 1}),
            ("update_init", {"number": 1, "of": 0, "by": "R"}), ("update_resp", {"number": 1, "of": 0, "by": "I"}))))


def tickets(p):
    """A reuse of a ticket after another one, and an update of a CSB that is not the newest."""
    for ones in ("FGHJLNO", "EFGHIJLNO"):
        steps = MODES[4] + SECOND + REUSE_OF_FIRST
        yield accepted("calls", f"calls/reuse-first/{ones}", f"two tickets, then the first one is reused, flags {ones}",
                       Plan(f"calls-reuse-first-{ones}", ones=ones, steps=steps))
        once = Plan(f"calls-once-{ones}", ones=ones.replace("J", ""), steps=steps)
        parent = p.of(once, 4, "two tickets, J=0")
        yield parent.breaks("reused", f"the first of two tickets reused, J=0, flags {once.ones}", 4,
                            "a second TRANSFER_INIT with the first ticket", (), plan=once.but(steps=steps[:5]),
                            elsewhere={4: r("5.3-03")}, group="calls_broken")
        whole = p.of(Plan(f"calls-reuse-first-{ones}", ones=ones, steps=steps), 5, "two tickets, the first one reused")
        yield whole.breaks("t", f"the first of two tickets reused with its old T, flags {ones}", 4, "T is that of its first exchange",
                           r("5.3-01"), c.same_t(4, 0), group="calls_broken")
    granted = Plan("calls-granted", steps=TWO_CALLS[:5])
    parent = p.of(granted, 5, "two tickets granted, the first one transferred")
    yield parent.breaks("neither", "two tickets granted, and a third one transferred", 4, "TICKET is another ticket of the KMS's",
                        r("4.2.2.1-x02"), plan=granted.but(steps=TWO_CALLS[:4] + (("transfer_init", {"fresh": True}),)),
                        group="calls_broken")


def devices(p):
    for name, give in (("kms", ("psk_r", "tpk")), ("no-tpk", ("psk_r",))):
        for number, which in enumerate(("first", "second")):
            plan = Plan(f"calls-devices-{name}", suite="256", ones="EFGHILNO", give=give,
                        steps=DEVICES + (("transfer_resp", {"resolution": number}),))
            yield accepted("calls", f"calls/devices/{name}/{which}", f"two devices resolve a forked ticket and the {which} one answers, "
                           f"{'with' if 'tpk' in give else 'without'} the TPK", plan)


def updates(p):
    for ones in ("DFGHJNO", "DEFGHIJNO"):
        first = (("update_init", {"number": 0, "of": 0}), ("update_resp", {"number": 0, "of": 0}))
        again = (("transfer_init", {"ex": "reuse0"}), ("transfer_resp", {}))
        yield accepted("calls", f"calls/update-first/{ones}", f"a ticket is reused, then the first CSB updated, flags {ones}",
                       Plan(f"calls-update-first-{ones}", ones=ones,
                            steps=MODE1 + again + first + (("update_init", {"number": 1}), ("update_resp", {"number": 1}))))
        steps = MODES[4] + again + first
        parent = p.of(Plan(f"calls-update-old-{ones}", ones=ones, steps=steps), 5, "an update of the first CSB after a reuse")
        yield parent.breaks("keys-of-reuse", f"an update of the first CSB with the keys of the reuse, flags {ones}", 4,
                            "the keys are those of the newest TRANSFER_RESP", r("4.2.2.1-09"),
                            c.protected(4, keys_of(3)), auth="fail", group="calls_broken")
        yield parent.breaks("old-t", f"an update of the first CSB with an old T, flags {ones}", 4,
                            "T is that of the first TRANSFER_INIT", r("5.2-01b"), c.same_t(4, 0), group="calls_broken")
    for ts_type, name in ((0, "NTP-UTC"), (3, "NTP-UTC-32")):
        plan = Plan(f"calls-era-{ts_type}", start=ERA1 - 3, ts={"": ts_type}, steps=MODES[4] + (("update_init", {}), ("update_resp", {})))
        yield accepted("calls", f"calls/era/{ts_type}", f"an update across 7 February 2036, {name}", plan)
        late = p.of(plan.but(name=f"calls-late-{ts_type}", start=ERA1), 3, f"updates after 7 February 2036, {name}")
        yield late.breaks("old-t", f"an update from before 7 February 2036, {name}", 2, "T is ten seconds older, in the era before",
                          r("5.2-01b"), c.member(2, "T", ts_value=before(ts_type)), group="calls_broken")
    early = p.of(Plan("calls-early", steps=MODES[4][:1]), 1, "TRANSFER_INIT, F=1")
    yield early.breaks("update", "an update under MPKi where the Responder has not answered yet (F=1)", 1,
                       "an update is sent in front of TRANSFER_RESP", (), auth="skipped",
                       plan=early.plan.but(steps=MODES[4][:1] + (("update_init", {}),)), group="calls_broken")


def before(ts_type):
    from .. import material
    return material.ntp(ERA1 - 3, ts_type)


def keys_of(at):
    return lambda use, m: vars(use["label"]).update(vars(m.made[at].label))


def keys(p):
    """Another SPI than the ticket's in what the KMS says (4.2.1.5, 4.2.3.5)."""
    def other_spi(keys, m):
        keys[-1].spi = bytes.fromhex("0a0b0c0d")
    for plan, name in ((PLAIN, "128-bit, not forked"), (FORK, "256-bit, forked"), (Plan("calls-tgk", suite="256", ones=FORKED,
                       keys=((TGK, 32),)), "a forked TGK")):
        for at, row in ((1, "4.2.1.5-x02"), (4, "4.2.3.5-x02")):
            parent = p.of(plan, at + 1, name)
            yield parent.breaks("other-spi", f"{NAMES[at]} with another SPI than the ticket's ({name})", at,
                                "the SPI of the last key is another", r(row), c.kemac(at, other_spi), group="calls_broken")


def from_party(at, party):
    def change(made, m):
        made["messages"][at]["from"] = party
    return change


def senders(p):
    parent = p.of(PLAIN, 6, "128-bit, not forked")
    for at, party in ((0, "K"), (1, "I"), (3, "I"), (4, "R"), (5, "K")):
        child = parent.breaks(f"from-{at}", f"{NAMES[at]} from {party}", at, f"`from` is {party}", r("4.2-x05"),
                              after=from_party(at, party), group="calls_broken")
        yield child
    update = p.of(Plan("calls-sender", steps=MODES[4] + (("update_init", {}), ("update_resp", {}))), 4, "an update and its answer")
    # 4.2-x04: the figure of what I sends shows IDRi, not the IDRr that is in it
    yield update.breaks("from-itself", "an update answered by the party that sent it", 3, "`from` is I", r("4.2-x05", "4.2-x04"),
                        after=from_party(3, "I"), group="calls_broken")


def identities(p):
    parent = p.of(FORK, 3, "256-bit, forked")
    yield parent.breaks("other-idri", "TRANSFER_INIT of a forked ticket from another than its policy names", 2, "IDRi is carol",
                        r("4.2.2.1-x03"), c.member(2, "IDR", {"id_role": 1}, id_data=CAROL.encode().hex()), group="calls_broken")


def errors(p):
    for at, count in ((2, 3), (5, 6)):
        steps = MODE1[:count]
        plan = Plan(f"calls-error-{at}", steps=steps + (("error", {"about": at}),))
        parent = p.of(plan, count + 1, f"Error about {NAMES[at]}")
        yield parent.breaks("signed", f"an Error about {NAMES[at]} with a signature", count, "SIGN stands in the place of V",
                            r("5.4-x05"), plan=plan.but(steps=steps + (("error", {"about": at, "how": "sign"}),)),
                            group="calls_broken")


def randrr(p):
    for ones in ("DFGHJNO", "DEFGHIJNO"):
        steps = MODES[4] + (("transfer_init", {"ex": "reuse0"}), ("transfer_resp", {}))
        plan = Plan(f"rows-reuse-{ones}", ones=ones, steps=steps)
        parent = p.of(plan, 4, f"reuse, {ones}")
        yield parent.breaks("randrr", f"a ticket reused: RANDRr is that of the first exchange, flags {ones}", 3,
                            "RANDRr is that of the first exchange", r("5.3-01"),
                            plan=plan.but(steps=steps[:3] + (("transfer_resp", {"rand": "transfer"}),)), group="calls_broken")
