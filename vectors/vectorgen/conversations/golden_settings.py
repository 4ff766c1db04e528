"""For each setting: a conversation made with another value than the default, and the same octets judged without it."""

from ..exchange import TEK, TGK, other, sp
from . import changes as c
from .golden_modes import FORKED, accepted
from .golden_rows import null_kv, r
from .plan import MODE1, MODES, Plan, tls


def pair(name, value, title, plan, faults, hooks=None, clauses=(), **more):
    """`faults`: index -> what the default sees there. The child differs in `settings` alone."""
    own = plan.but(name=f"setting-{name}-{value}", setting={**plan.setting, name: value})
    parent = accepted("settings", f"setting/{name}/{value}", f"{title} ({name}={value})", own, clauses, hooks=hooks, **more)
    yield parent
    rest = {key: chosen for key, chosen in own.setting.items() if key != name}
    yield parent.breaks("default", f"{title}: made with {name}={value}, judged without", None,
                        f"{name} is left out of `settings`", elsewhere=faults,
                        plan=own.but(setting=rest), wire_of=parent)


def fail(*rows, **more):
    return {"ids": r(*rows), "auth": "fail", **more}


def drafts(p):
    yield from macs()
    yield from ivs()
    yield from keys()
    yield from verdicts()


def macs():
    request, init = MODE1[:1], MODES[4][:1]
    yield from pair("mac_identity", "len_data", "identities in the MAC with their length", Plan("x", steps=request),
                    {0: fail("4.2.1.2-04")})
    yield from pair("mac_identity", "type_len_data", "identities in the MAC with type and length", Plan("x", steps=init),
                    {0: fail("4.2.2.1-09")})
    whole = Plan("x-whole", setting={"mac_identity": "len_data"}, omit=("request", "resolve", "update"),
                 steps=MODE1 + (("update_init", {}), ("update_resp", {})))
    yield accepted("settings", "setting/mac_identity/omitted",
                   "identities that no payload carries, with their length (mac_identity=len_data)",
                   whole.but(name="setting-mac_identity-omitted"),
                   ids={0: r("4.2.1.1-06", "4.2.1.2-01"), 3: r("4.2.3.1-05", "4.2.3.2-01")})
    yield from pair("absent_identity", "empty", "no identities in the message and none in its MAC",
                    Plan("x", steps=init, omit=("transfer",)),
                    {0: fail("4.2.2.1-09")}, ids={0: r("4.2.2.1-04")})
    yield from pair("update_id_order", "sender", "an update of the Responder's: his identity first",
                    Plan("x", steps=MODE1 + (("update_init", {"by": "R"}),)),
                    {6: fail("4.2.2.1-09")})
    yield from pair("idata_excl", "if_present", "I=0: the length of Initiator Data is covered", Plan("x", steps=init),
                    {0: fail("4.2.2.1-09")})
    yield from pair("idata_excl", "data_only", "I=1: the length of Initiator Data is covered",
                    Plan("x", ones=FORKED, steps=init), {0: fail("4.2.2.1-09")})
    yield from pair("resp_init_copy", "excl_idata", "TRANSFER_INIT without Initiator Data in the MAC of the response",
                    Plan("x", ones=FORKED, steps=MODES[4]),
                    {1: fail("4.2.2.3-19")})
    for value, suite in (("sha256", "128"), ("suite", "256")):
        yield from pair("sig_hash", value, "SHA-256 in the signature", Plan("x", suite=suite, request="pk", steps=request),
                        {0: fail("5.5-x01")})
    update = MODE1 + (("update_init", {"keys": ((TEK, 16),)}), ("update_resp", {}))
    yield from pair("update_keys", "same_mpk", "an update with the same MPK and its own direction",
                    Plan("x", ones="DEFGHILNO", steps=update[:7]),
                    {6: {"ids": r("5.2-06"), "auth": "fail", "kemac": "fail"}})
    plan = Plan("x", suite="128", suites={"ticket": "256"}, setting={"mix_scope": "outer"}, ones=FORKED, keys=((TGK, 16),),
                steps=MODE1[:3])
    yield from pair("vr_prf", "hdr", "Vr with the PRF of HDR, which is not the ticket's", plan,
                    {2: {"ids": r("6.10-30"), "vr_auth": "fail"}})
    yield from pair("vi_next", "identical", "Vi identical to V, its Next Payload 0 too", Plan("x", ones=FORKED, steps=MODE1[:3]),
                    {2: r("6.10-x18")},
                    clauses=r("6.10-x18"))


def ivs():
    two = MODE1[:2]
    yield from pair("iv_time", "initial", "the IV of a response with the T of the request", Plan("x", steps=two),
                    {1: {"ids": r("4.2.1.5-06"), "kemac": "fail"}})
    both = {"ids": r("4.2.1.5-06", "A.1-04"), "kemac": "fail", "ticket_closed": True}
    yield from pair("ntp32_pad", "leading", "NTP-UTC-32 padded on the left", Plan("x", ts={"": 3}, steps=two), {1: both})
    yield from pair("counter_pad", "trailing", "COUNTER padded on the right", Plan("x", ts={"": 2}, steps=two), {1: both})
    yield from pair("ticket_iv_csb", "zero", "CSB ID 0 in the IV of the ticket", Plan("x", steps=two),
                    {1: {"ids": r("A.1-04"), "ticket_closed": True}})
    yield from pair("kw_pad", "zero", "AES key wrap of a padded plaintext", Plan("x", suite="kw", spi_len=4, steps=two),
                    {1: both})
    whole = MODE1 + (("update_init", {"keys": ((TGK, 16),)}), ("update_resp", {"keys": ((TEK, 16),)}))
    for name, value, ts_type in (("iv_time", "initial", 0), ("ntp32_pad", "leading", 3), ("counter_pad", "trailing", 2)):
        plan = Plan(f"setting-{name}-whole", setting={name: value}, ts={"": ts_type}, ones="DFGHLMNO", supplied_i=((TEK, 16),),
                    supplied_r=((TGK, 16),), steps=whole)
        yield accepted("settings", f"setting/{name}/whole", f"a whole conversation with {name}={value}", plan)


def keys():
    one = MODE1[:1]
    yield from pair("pke_pad", "oaep", "the envelope key in OAEP", Plan("x", request="pk", steps=one),
                    {0: {"ids": r("4.2.1.3-x05"), "no_env": True}})
    yield accepted("settings", "setting/pke_pad/whole", "public keys with OAEP and SHA-256 throughout", Plan(
        "setting-pke-whole", request="pk", resolve="pk", pss=True, suite="256", setting={"pke_pad": "oaep", "sig_hash": "suite"}))
    plan = tls("x", cs=(other(1, 241, "*"),), cs_resp=(other(1, 241, "*", (0,)),), sps_resp=(sp(0, 241, []),))
    yield from pair("tls_policies", "rfc6043", "a policy without parameters for TLS", plan,
                    {5: {"ids": ["TS33328-H.1-02", "TS33328-H.1-04"]}},
                    clauses=["TS33328-H.1-02", "TS33328-H.1-04"])


def verdicts():
    """Settings that change verdicts, not octets."""
    yield from pair("v_flag", "sec6", "V flag 0 outside updates", Plan("x", steps=MODE1),
                    {0: r("4.2.1.1-03a"), 2: r("4.2.2.1-03a"), 3: r("4.2.3.1-03a")}, clauses=r("6.1-01a"))
    yield from pair("mix_scope", "outer", "a ticket of the 256-bit family in messages of the other", Plan(
        "x", suites={"ticket": "256"}, keys=((TGK, 16),), steps=MODE1[:4]), {i: r("12.1-08") for i in range(4)},
                    clauses=r("12.1-08"))
    yield from pair("rand_sum", "used", "H=0: RANDRi is not used with the TGK, RANDRr is long enough", Plan(
        "x", suite="256", ones="DFHNO", keys=((TGK, 32),), size=16, sizes={"randri": 16}, steps=MODE1[:3]), {2: r("12.1-05")})
    yield from pair("spi_required", "session", "MPKs without SPI", Plan("x", steps=MODE1[:2]), {1: r("6.2.1-02")},
                    hooks=c.kemac_nodes(1, lambda chain: null_kv(chain[0])))
