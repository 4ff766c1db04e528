"""Endless conversations from a seed: most keep every row, a share has one octet changed, a deviation, secrets left out or other
settings than it was made with."""

import json
import random

from mikeyticket.settings import CHOICES

from ..exchange import GTGK, GTGK_SALT, SRTP_POLICY, TEK, TEK_SALT, TGK, TGK_SALT, other, sp, srtp
from . import plan as plans
from .form import conversation
from .maker import Maker

PEOPLE = ({"b_tid": "b-tid-alice@bsf.example.com", "impus": ["sip:alice@example.com"]},
          {"b_tid": "b-tid-bob@bsf.example.com",
           "impus": ["sip:robert.sales@example.com", "sips:bob:secret@EXAMPLE.com:5061;user=phone"]})
ALL_KEYS = (TGK, TGK_SALT, TEK, TEK_SALT, GTGK, GTGK_SALT)
NO_TGK = (TEK, TEK_SALT, GTGK, GTGK_SALT)
OCTET_SETTINGS = ("mac_identity", "absent_identity", "update_id_order", "idata_excl", "resp_init_copy", "iv_time", "ntp32_pad",
                  "counter_pad", "ticket_iv_csb", "vi_next", "vr_prf", "update_keys", "sig_hash", "pke_pad", "v_flag")
JUDGED_ALONE = ("rand_sum", "mix_scope", "spi_required")


def valid_plan(r, name):
    """A random plan that keeps every row of its profile."""
    family = r.choice(("256", "128"))
    suite = r.choice({"256": ("256",) * 5 + ("null256",), "128": ("128",) * 4 + ("kw", "null128")}[family])
    kind = r.choice(("rfc6043",) * 6 + ("media", "tls", "bfcp", "mixed", "message"))
    base = {"suite": suite, "spi_len": 3 if suite == "kw" else r.choice((4, 4, 1, 2, 8, 20))}
    base.update(policy_members(r, kind, family))
    base.update(setting_members(r), ts={"": r.choice((0, 0, 0, 1, 2, 3))}, pss=r.random() < 0.5, rekey=r.random() < 0.2,
                apps=r.choice(((), (), (b"app.example.com/voice",))))
    if r.random() < 0.2:
        base["ts"]["ticket"] = r.randrange(4)
    if r.random() < 0.1:
        base["request"] = "pk"
    if r.random() < 0.1:
        base["resolve"] = "pk"
    if r.random() < 0.3:
        base["omit"] = tuple(x for x in ("request", "transfer", "resolve", "update") if r.random() < 0.5)
    if r.random() < 0.3:
        base.update(now=r.randrange(-100, 200), now_form=r.choice(("ntp", "unix", "hex")))
    if r.random() < 0.2:
        base.update(called=plans.CAROL, identities=("i", "r", "kms", "r_called"))
    base.update(given_members(r, kind, base))
    base.update(sizes=random_sizes(r), validity=r.choice(((-600, 86400), (-600, 86400), (-600, None), None)))
    make = {"rfc6043": plans.Plan, "media": plans.media, "tls": plans.tls, "mixed": plans.mixed, "message": plans.message,
            "bfcp": lambda n, **k: plans.tls(n, "ims-bfcp-tls", **k)}[kind]
    plan = make(name, **base)
    if plan.setting.get("tls_policies") is None and kind == "rfc6043":
        plan = plan.but(**random_sessions(r, plan))
    return plan.but(steps=tuple(random_steps(r, plan)))


def given_members(r, kind, base):
    """Who knows what: certificates, trust, subscribers, secrets left out."""
    out = {}
    if "pk" in (base.get("request"), base.get("resolve")):
        out["trust"] = r.choice(((), ("ca",), ("other-ca", "ca")))
        if r.random() < 0.4:
            out["certs"] = {"i": ("initiator-leaf", "intermediate", "ca"), "r": ("responder-leaf", "intermediate")}
    if kind != "rfc6043" and "omit" not in base and r.random() < 0.4:
        with_keys = r.random() < 0.6
        out["subscribers"] = tuple({**one, **({"psk": key} if with_keys else {})} for one, key in zip(PEOPLE, ("psk_i", "psk_r")))
        if with_keys and r.random() < 0.5:
            out["give"] = ("tpk", "rsa_i", "rsa_r", "rsa_kms")
    if "give" not in out and r.random() < 0.15:
        out["give"] = tuple(name for name in ("psk_i", "psk_r", "tpk") if r.random() < 0.6) + ("rsa_i", "rsa_r", "rsa_kms")
    return out


def random_sizes(r):
    """RANDs longer than they need be."""
    if r.random() < 0.6:
        return {}
    return {name: r.choice((32, 33, 40, 64, 255)) for name in ("request_rand", "randri", "randrr", "resolve_rand", "randrkms",
                                                               "ticket_rand")
            if r.random() < 0.5}


def policy_members(r, kind, family):
    """Flags and keys of the ticket that go together (6.10)."""
    on = {flag: r.random() < 0.5 for flag in "FGHIJLM"}
    if kind == "message":
        on.update(F=False, G=False, H=True, I=True)
    elif kind != "rfc6043":
        on.update(F=True, I=True)
    on["G"] = on["G"] and on["F"]
    on["H"] = on["H"] or not on["G"]
    on["M"] = on["M"] and on["F"]
    on["E"] = on["I"] or r.random() < 0.5
    types = NO_TGK if on["I"] and not on["F"] else ALL_KEYS
    if kind == "message":
        types = (GTGK, GTGK_SALT)
    lengths = (16,) if family == "128" else (16, 20, 24, 31, 32)
    keys = tuple((r.choice(types), r.choice(lengths)) for _ in range(r.choice((1, 1, 1, 2, 3, 6))))
    own = (TEK, TEK_SALT, TGK, TGK_SALT, GTGK, GTGK_SALT) if kind != "message" else (GTGK, GTGK_SALT)
    out = {"ticket": r.choice(((1, 1, 1), (2, 0, 0))) if kind == "rfc6043" else (2, 0, 0),
           "allowed": r.choice(((), ("?@?",), ("?",))) if kind != "rfc6043" else ()}
    for flag, member in (("L", "supplied_i"), ("M", "supplied_r")):
        if on[flag] and r.random() < 0.4:
            out[member] = tuple((r.choice(own), r.choice(lengths)) for _ in range(r.choice((1, 2))))
    if (out.get("supplied_i") or out.get("supplied_r")) and on["F"] and kind == "rfc6043" and r.random() < 0.3:
        keys = ()
    out.update(keys=keys, asked_keys=r.choice(("same", "same", None)))
    ones = "D" + "".join(flag for flag in "EFGHIJLM" if on[flag]) + r.choice(("NO", "N", "O", ""))
    if r.random() < 0.15:
        out["asked"] = ones.replace("J", "") if "J" in ones else ones + "J"
        ones += "K"
    return {**out, "ones": ones}


def setting_members(r):
    chosen = {}
    for name in OCTET_SETTINGS + JUDGED_ALONE:
        if r.random() < 0.07:
            chosen[name] = r.choice(CHOICES[name][1:])
    return {"setting": chosen}


def random_sessions(r, plan):
    """Crypto sessions of RFC 6043 alone, with policies whose lengths show in the session keys."""
    complete = "F" not in plan.ones
    count, cs, sps = r.choice((0, 1, 2, 2, 3, 5)), [], []
    for number in range(r.choice((1, 1, 2))):
        params = [(k, v) for k, v in SRTP_POLICY if r.random() < 0.9]
        params = [(k, r.choice((v, "20" if k == 1 else "0c")) if k in (1, 4) else v) for k, v in params]
        sps.append(sp(number, 0, params))
    for i in range(count):
        ps = [r.randrange(len(sps))] if complete or r.random() < 0.7 else r.choice(([], list(range(len(sps)))))
        s = r.random() < 0.3
        ssrc = r.getrandbits(32) if complete or r.random() < 0.7 else None
        cs.append(srtp(i + 1 if r.random() < 0.9 else 200 + i, ssrc, ps, "*" if complete or r.random() < 0.8 else "",
                       int(s and ssrc is not None)))
    if not complete or cs:
        return {"cs": tuple(cs), "sps": tuple(sps)}
    return {"cs": (), "sps": ()}


def random_steps(r, plan):
    mode = r.choice((1, 1, 1, 1, 2, 3, 4))
    steps = list(plans.MODES[mode])
    if "F" not in plan.ones:
        steps.remove("transfer_resp")
    if "resolve_init" in steps and r.random() < 0.08:
        at = steps.index("resolve_resp")
        steps[at:at] = [("resolve_init", {"ex": "reuse-kms", "by": "K"}), ("resolve_resp", {"ex": "reuse-kms"})]
        steps[at + 2] = ("resolve_resp", {"which": 0})
    if r.random() < 0.04 and "psk_i" in plan.give:
        steps += [("psk_init", {"ids": r.random() < 0.5}), "psk_resp"]
    steps += random_updates(r, plan, 0)
    if "J" in plan.ones and r.random() < 0.5:
        steps.append(("transfer_init", {"ex": "reuse0"}))
        if r.random() < 0.5 and "resolve_init" in steps and ("psk_r" in plan.give or plan.resolve == "pk" or plan.subscribers):
            steps += [("resolve_init", {"ex": "reuse0"}), ("resolve_resp", {"ex": "reuse0"})]
        if "F" in plan.ones:
            steps.append(("transfer_resp", {}))
        steps += random_updates(r, plan, 10)
    if r.random() < 0.1 and steps[0] == "request_init":
        steps.append(("error", {"how": "sign", "about": r.randrange(2), "numbers": (r.randrange(16),)}))
    elif r.random() < 0.2 and steps[-1] != "psk_resp":
        steps.append(("error", {"how": r.choice(("plain", "mac")) if plan.request == plan.resolve == "psk" else "plain",
                                "about": -1 - r.randrange(min(3, len(steps))),
                                "numbers": tuple(r.randrange(16) for _ in range(r.choice((1, 1, 2))))}))
    return steps


def random_updates(r, plan, number):
    out = []
    lengths = (16,) if plan.suite_of("transfer")[0] == 0 else (16, 32)
    kinds = (GTGK, GTGK_SALT) if plan.profile == "ims-message" else ALL_KEYS
    for i in range(r.choice((0, 0, 1, 1, 2, 3))):
        by = r.choice("IR")
        answer = r.random() < 0.6 and plan.profile != "ims-message"
        other_side = "R" if by == "I" else "I"
        out.append(("update_init", {"number": number + i, "by": by, "expect": int(answer),
                                    "keys": update_keys(r, plan, by, kinds, lengths),
                                    "step": r.choice((1, 5, 30))}))
        if answer:
            out.append(("update_resp", {"number": number + i, "by": other_side,
                                        "keys": update_keys(r, plan, other_side, kinds, lengths)}))
    return out


def update_keys(r, plan, by, kinds, lengths):
    if ("L" if by == "I" else "M") not in plan.ones or r.random() < 0.5:
        return ()
    return tuple((r.choice(kinds), r.choice(lengths)) for _ in range(r.choice((1, 2))))


# --- what is done to a share of them ------------------------------------------------------------------------------

def flipped(r, made):
    """One octet or the length of one message."""
    at = r.randrange(len(made["messages"]))
    data = bytearray.fromhex(made["messages"][at]["hex"])
    how = r.random()
    if not data:
        data += bytes(r.randrange(1, 9))
    elif how < 0.7 or len(data) < 12:
        data[r.randrange(len(data))] ^= 1 << r.randrange(8)
    elif how < 0.85:
        del data[r.randrange(len(data)):]
    else:
        data += bytes(r.randrange(1, 9))
    made["messages"][at]["hex"] = bytes(data).hex()


def poorer(r, made):
    """Secrets or identities left out."""
    for member in ("secrets", "identities"):
        for name in list(made.get(member, ())):
            if r.random() < 0.4:
                del made[member][name]


def resettled(r, made):
    name = r.choice(sorted(CHOICES))
    made.setdefault("settings", {})[name] = r.choice(CHOICES[name])


def reordered(r, made):
    messages = made["messages"]
    how = r.randrange(3)
    if how == 0 and len(messages) > 1:
        del messages[r.randrange(len(messages))]
        for one in messages:
            one.pop("about", None)
    elif how == 1:
        messages.append(dict(r.choice(messages)))
    else:
        i, j = r.randrange(len(messages)), r.randrange(len(messages))
        messages[i], messages[j] = messages[j], messages[i]
        for one in messages:
            one.pop("about", None)


def profiled(r, made):
    made["profile"] = r.choice(("rfc6043", "ims-media", "ims-msrp-tls", "ims-bfcp-tls", "ims-mixed", "ims-message"))


DAMAGES = (flipped, flipped, flipped, poorer, poorer, resettled, reordered, profiled)


def conversations(seed, count):
    """Yields dictionaries; the same seed gives the same ones."""
    from . import random_deviations
    for i in range(count):
        r = random.Random(f"ticketgate conversations {seed} {i}")
        plan, hooks = valid_plan(r, f"random/{seed}/{i}"), {}
        if r.random() < 0.2:
            hooks = {**random_deviations.hooks(r, plan), "lenient": True}
        made = conversation(Maker(plan, hooks).run())
        if r.random() < 0.35 and not hooks:
            for _ in range(r.choice((1, 1, 1, 2))):
                r.choice(DAMAGES)(r, made)
        yield made


def lines(seed, count):
    for made in conversations(seed, count):
        yield json.dumps(made, separators=(",", ":"))


__all__ = ["conversations", "lines", "valid_plan", "other"]
