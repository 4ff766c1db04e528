"""The readings A22 to A54 that octets or verdicts show, and the contradictions that the digest of TS 33.328 lists in 10.2."""

from ..deviations import PLAIN_ID
from ..exchange import GTGK, SRTP_POLICY, TEK, TGK, TGK_SALT, idr, other, randr, sp, srtp
from . import changes as c
from .golden_modes import FORKED, accepted
from .golden_rows import FORK, PLAIN, r
from .plan import BOB, CAROL, MODE1, MODES, Plan, media, message, tls
from .protection import first, of_name

UPDATE = (("update_init", {}), ("update_resp", {}))


def drafts(p):
    for make in (policy, updates, tickets, payloads, identities, times, digest, digest_broken):
        for draft in make(p):
            yield from p.flush()
            yield draft


def good(name, title, plan, clauses=(), ids=None, hooks=None, **more):
    return accepted("readings", f"reading/{name}", title, plan, clauses, ids, hooks=hooks, **more)


def policy(p):
    yield good("A22", "A22: the KMS adds IDRi to the policy and leaves its KEMAC out, K=0", Plan("a22", steps=MODE1[:2]),
               r("6.10-x20", "4.2.1.1-05"),
               hooks=c.model(0, lambda tree, m, made: of_name(tree["payloads"], "TP")[0]["tp_data"].pop(1)))
    asked = p.of(Plan("a34", ones="DFGHLNO"), 1, "a request with D=1")
    yield asked.breaks("A34", "A34: a ticket with D=0 asked of a KMS", 0, "D is 0 in TP", r("6.10-x16"),
                       c.model(0, lambda tree, m, made: tp(tree)["flags"].update(D=0)),
                       group="readings")
    lengths = Plan("a35", keys=((TGK_SALT, 16), (TEK, 16), (GTGK, 16)), steps=MODE1[:2])
    yield good("A35", "A35: zero octets in the KEMAC of TP say types and lengths", lengths)
    yield p.of(lengths, 1, "a KEMAC in TP").breaks("A35", "A35: key octets in the KEMAC of TP", 0, "the TGK is not zero octets",
                                                   r("6.10-21a"), c.model(0, key_in_tp), group="readings")
    yield good("A35-empty", "A35: an empty KEMAC asks for a ticket without session keys",
               Plan("a35-empty", ones="DFGHMNO", keys=(), supplied_r=((TEK, 16),)))
    timed = p.of(PLAIN, 3, "TRs and TRe")
    rows = r("6.10-16")
    yield timed.breaks("A42", "A42: TRs as COUNTER is no bound", 1, "TRs of the policy granted is a COUNTER",
                       r("6.10-16", "6.10-x20"),
                       c.ticket(lambda node, m, keys: first(node["tp_data"], "TR").update(ts_type=2)), elsewhere={2: rows},
                       group="readings")
    yield good("A46", "A46: a group key, so G=0",
               Plan("a46", ones="DEFHIJNO", keys=((GTGK, 16),), allowed=("?.sales@example.com", BOB), steps=MODES[3]))
    yield good("A48", "A48: ? alone matches anybody", media("a48", allowed=("?",), steps=MODES[3]))
    again = (("transfer_init", {"ex": "reuse0"}), ("transfer_resp", {}))
    yield good("A52", "A52: E=1 and a ticket reused without being resolved again",
               Plan("a52", ones="DEFGHJNO", steps=MODES[3] + again))


def tp(tree):
    return of_name(tree["payloads"], "TP")[0]


def key_in_tp(tree, m, made):
    first(tp(tree)["tp_data"], "KEMAC")["encr_data"][0]["key_data"] = "01" * 16


def updates(p):
    yield good("A23", "A23: an update with another PRF func in HDR; keys as in the initial exchange", Plan(
        "a23", ones="DFGHLMNO", suites={"update": "256"},
        steps=MODES[4] + (("update_init", {"keys": ((TEK, 32),)}), ("update_resp", {}))))
    whole = p.of(Plan("rows-update", steps=MODES[4] + UPDATE), 3, "an update")
    yield whole.breaks("A23", "A23: an update whose label has no RANDs", 2, "the label has no RANDs", r("4.2.2.1-09"),
                       c.protected(2, c.label(rand_i=b"", rand_r=b"")), auth="fail", group="readings")
    supplied = Plan("a24", ones="DEFGHILMNO", suite="256", keys=((GTGK, 32),), supplied_i=((TEK, 32),), supplied_r=((TGK, 32),),
                    cs_resp=(srtp(1, 0x11111111, spi="*"), srtp(2, 0x22222222, spi="*")))
    yield good("A24", "A24: KEMACs of the first Ticket Transfer: keys of their own messages, the Responder's TGK is not forked",
               supplied,
               hooks=c.model(5, lambda tree, m, made: tree["hdr"]["cs"][1].update(spi=made.keys[0].spi.hex())))
    first_two = p.of(supplied, 3, "keys of the Initiator's")
    yield first_two.breaks("A24", "A24: the KEMAC of TRANSFER_INIT under MPKr", 2, "encr_key and salt_key come from MPKr",
                           r("5.2-11"), c.model(2, sealed_with_mpkr),
                           kemac="fail", group="readings")
    yield good("A37", "A37: another Responder than the one called: an update without IDRs covers who answered", Plan(
        "a37", ones=FORKED, called=CAROL, allowed=(BOB, CAROL), omit=("update",), steps=MODES[3] + UPDATE))
    long = [(k, "20" if k == 1 else val) for k, val in SRTP_POLICY]
    yield good("A38", "A38: the Responder's SP has the number of one of the Initiator's",
               Plan("a38", sps_resp=(sp(0, 0, long),), steps=MODES[4]))
    yield good("A39", "A39: COUNTER of a response equal to the request's", Plan("a39", ts={"": 2}, steps=MODE1[:2]),
               hooks=c.same_t(1))


def sealed_with_mpkr(tree, m, made):
    import copy
    from .protection import seal, time_of
    label = copy.copy(made.label)
    label.inkey = m.ticket.mpkr
    seal(first(tree["payloads"], "KEMAC"), lambda bits: label.key("encr_key", bits), lambda bits: label.key("salt_key", bits),
         tree["hdr"]["csb_id"], time_of(tree["payloads"]), m.settings)


def tickets(p):
    yield good("A25", "A25: MPKi and MPKr with SPIs of their own", Plan("a25", ones=FORKED, steps=MODE1[:5]),
               hooks=c.both(c.kemac(1, own_spis), c.kemac(4, own_spis)))
    view = Plan("a27", give=("psk_i",), steps=MODES[2])
    yield good("A27", "A27: Ticket Data that is no chain is nothing to who cannot open it", view,
               hooks=c.ticket_after(with_first_payload))
    known = p.of(PLAIN, 3, "a ticket")
    broken = {"ids": r("A.1-01"), "ticket_auth": "fail", "ticket_no_chain": True}
    yield known.breaks("A26", "A26: a First Payload octet in front of THDR", 1, "Ticket Data begins with a First Payload octet",
                       r("A.1-01"),
                       c.ticket_after(with_first_payload), elsewhere={2: broken}, ticket_auth="fail", ticket_no_chain=True,
                       group="readings")
    yield good("A36", "A36: PRF func of the ticket is another than that of HDR", Plan(
        "a36", ones=FORKED, suites={"ticket": "256"}, setting={"mix_scope": "outer"}, keys=((TGK, 16), (GTGK, 16)),
        steps=MODES[3]))
    resolve = p.of(FORK, 4, "RESOLVE_INIT")
    yield resolve.breaks("A47", "A47: RESOLVE_INIT without Initiator Data", 3, "Initiator Data is left out",
                         r("4.2.3.1-x02", "6.10-24"),
                         c.model(3, lambda tree, m, made: first(tree["payloads"], "TICKET").pop("initiator_data")),
                         vr_auth="absent", group="readings")
    yield known.breaks("A53", "A53: a payload behind V in the ticket", 1, "IDRpsk stands behind V", r("A.1-07"),
                       c.ticket_after(behind_v), elsewhere={2: {"ids": r("A.1-07"), "ticket_auth": "fail",
                                                                "ticket_no_chain": True}},
                       ticket_auth="fail", ticket_no_chain=True, group="readings")


def own_spis(keys, m):
    for i, key in enumerate(key for key in keys if key.type == 6):
        key.spi = bytes([0xA2, 0x05, i])


def with_first_payload(node, m):
    from mikeyticket.octets import Writer
    from mikeyticket.chains import write_chain
    w = Writer()
    write_chain(w, node["ticket_data"], "", None, thdr=True)
    node["ticket_data"] = "05" + bytes(w.data).hex()


def behind_v(node, m):
    node["ticket_data"].append(node["ticket_data"].pop(-2))


def payloads(p):
    init = p.of(PLAIN, 3, "TRANSFER_INIT")
    yield init.breaks("A28", "A28: two IDRr: the first enters the MAC", 2, "an IDRr of carol follows IDRr", r("4.2-x03"),
                      c.added(2, idr(2, CAROL), before="SP"), group="readings")
    yield init.breaks("A28-id", "A28: a plain ID", 2, "a plain ID follows IDRr", r("6.6-01"), c.added(2, PLAIN_ID, before="SP"),
                      group="readings")
    yield init.breaks("A29", "A29: another order", 2, "RANDRi stands in front of T", r("4.2-x02"),
                      c.model(2, lambda tree, m, made: tree["payloads"].insert(0, tree["payloads"].pop(1))), group="readings")
    yield init.breaks("A30", "A30: an octet behind the last payload", 2, "an octet follows V", ["RFC3830-6.1-x04"],
                      c.octets(2, lambda data, m, made: data + b"\0"), parse="error", group="readings")
    yield good("A31", "A31: a TEK for TLS is as long as its TGK", tls("a31", keys=((TGK, 24),), steps=MODES[4]))
    short = [(k, "18" if k == 1 else "08" if k == 4 else val) for k, val in SRTP_POLICY]
    yield good("A31-srtp", "A31: TEK and salt for SRTP by the policy", Plan("a31-srtp", sps=(sp(0, 0, short),), steps=MODES[4]))
    yield good("A31-default", "A31: 128 and 112 bits where the policy does not say",
               Plan("a31-default", sps=(sp(0, 0, [(0, "01")]),), steps=MODES[4]))
    f0 = p.of(Plan("rows-f0-init", ones="DHNO", steps=MODE1[:3]), 3, "F=0")
    yield f0.breaks("A32", "A32: F=0 and a crypto session without SPI", 2, "the SPI of the first session is left out",
                    r("6.1.1-x06"), c.entry(2, 0, spi=""), group="readings")
    yield good("A33", "A33: an Error with SPs has the GENERIC-ID map, others the Empty map", Plan("a33", steps=MODE1[:3] + (
        ("error", {"about": 2, "numbers": (10,), "sps": (sp(0),), "entries": ()}), ("error", {"about": 2, "numbers": (12,)}))))
    yield good("A40", "A40: no ID in the KEMAC of the public key variant, and no MAC",
               Plan("a40", request="pk", resolve="pk", steps=MODE1[:5]))
    yield good("A41", "A41: other numbers for TLS and PSK S/MIME",
               tls("a41", cs=(other(1, 250, "*"),), prot_types={"tls": 250, "psk_smime": 251}, steps=MODES[4]))
    yield good("A45", "A45: IDRr and RANDRkms in RESOLVE_RESP though I is 0", Plan("a45", steps=MODE1[:5]), hooks=c.both(
        c.added(4, lambda m: randr(3, m.octets("a45", 16))), c.added(4, idr(2, BOB), before="RANDR")))
    g0 = p.of(Plan("rows-g0", ones="DFHNO"), 6, "G=0")
    yield g0.breaks("A45", "A45: RANDRr though G is 0 enters no label", 5, "a RANDRr payload is added", r("6.10-05"),
                    c.added(5, lambda m: randr(2, m.octets("a45", 16)), index=1), group="readings")
    yield good("A49", "A49: RANDRr of Ticket Resolve and of Ticket Transfer are two values",
               Plan("a49", steps=MODES[3], ones="FGHLNO"))
    yield good("A50", "A50: PKE with cache flags", Plan("a50", request="pk", resolve="pk", steps=MODE1[:5]), hooks=c.both(
        c.member(0, "PKE", c=1), c.member(3, "PKE", c=2)))
    request = p.of(PLAIN, 1, "a request")
    yield request.breaks("A51", "A51: NULL MAC in V", 0, "Auth alg of V is NULL", r("4.2-x01"), c.model(0, null_mac),
                         auth="absent", group="readings")
    yield good("A51-null", "A51: NULL encryption in the KEMAC", Plan("a51-null", suite="null128", steps=MODE1[:5]))


def null_mac(tree, m, made):
    first(tree["payloads"], "V").update(auth_alg=0, ver_data="")


def identities(p):
    error = p.of(Plan("rows-error-0", steps=MODE1[:1] + (("error", {"about": 0}),)), 2, "an Error")
    yield error.breaks("A43", "A43: the MAC of an Error that covers the message in error too", 1,
                       "the request follows the Error in the MAC", r("5.4-11"),
                       c.protected(1, covers_request), auth="fail", group="readings")
    plan = Plan("a44", omit=("request",), steps=MODE1[:1])
    missing = {0: r("4.2.1.1-06", "4.2.1.2-01")}
    yield good("A44", "A44: identities are not delimited: alice@example.comsip: and kms.example.com fit as well", plan,
               ids=missing, after=shifted)


def shifted(made, m):
    """The end of alice's name moved to the front of the KMS's."""
    made["identities"]["i"]["data"] += b"sip:".hex()
    made["identities"]["kms"]["data"] = b"kms.example.com".hex()


def covers_request(use, m):
    cover, request = use["cover"], m.made[0].data
    use["cover"] = Behind(cover, request)


class Behind:
    """A cover with octets behind it that do not belong there."""

    def __init__(self, cover, suffix):
        self.cover, self.suffix, self.settings = cover, suffix, cover.settings

    def input(self, data, model, spans):
        return self.cover.input(data, model, spans) + self.suffix


def times(p):
    yield good("A54", "A54: NTP-UTC-32 in a response within the same second", Plan("a54", ts={"": 3}, steps=MODE1[:2]),
               hooks=c.same_t(1))


def ten(number, text):
    return f"TS 33.328 10.2 #{number}: {text}"


def digest(p):
    yield good("ts3", ten(3, "exactly one policy: of TRANSFER_RESP, not of responses without crypto sessions"),
               Plan("ts3", steps=MODE1[:5]))
    yield good("ts6", ten(6, "IDRapp is in the policy alone"), Plan("ts6", apps=(b"app.example.com/voice",), steps=MODE1[:4]))
    yield good("ts9", ten(9, "no RANDRi in updates"), Plan("ts9", steps=MODES[4] + UPDATE))
    yield good("ts10", ten(10, "Initiator Data: not in the MAC of TRANSFER_INIT, in that of TRANSFER_RESP"),
               Plan("ts10", ones=FORKED, steps=MODES[4]))
    yield good("ts11", ten(11, "identities that no payload carries are those known"),
               Plan("ts11", omit=("resolve",), steps=MODES[3]),
               ids={1: r("4.2.3.1-05", "4.2.3.2-01")})
    yield good("ts13", ten(13, "an immediate message asks for a GTGK alone"), message("ts13", steps=MODE1[:3]))
    yield good("ts15", ten(15, "a TGK in an update is not forked"), Plan("ts15", ones="DEFGHILMNO", steps=MODES[4] + (
        ("update_init", {"keys": ((TGK, 16),)}), ("update_resp", {}))))
    yield good("ts16", ten(16, "a KEMAC in TP with NULL encryption"), Plan("ts16", steps=MODE1[:1]))
    yield good("ts18", ten(18, "the ticket's MAC leaves out Next Payload and Initiator Data: it holds in three messages"),
               Plan("ts18", ones=FORKED, steps=MODE1[:4]))
    yield good("ts19", ten(19, "RESOLVE_INIT has the Initiator Data of TRANSFER_INIT"), Plan("ts19", ones=FORKED, steps=MODES[3]))
    yield good("ts20", ten(20, "Res bits are ignored"), Plan("ts20", steps=MODE1[:4]), hooks=c.both(
        c.model(0, lambda tree, m, made: tp(tree).update(res=21)), c.ticket(lambda node, m, keys: node.update(res=21))))
    yield good("ts21", ten(21, "Subtype 1, Version 1 of type 2 is another format, which is not opened"),
               Plan("ts21", ticket=(2, 1, 1), steps=MODES[2]), ids={})


def digest_broken(p):
    resolve = p.of(PLAIN, 4, "RESOLVE_INIT")
    yield resolve.breaks("ts12", ten(12, "a MAC with Identity_kms before Identity_r"), 3,
                         "the identities follow in the other order", r("4.2.3.2-04"),
                         c.protected(3, other_order), auth="fail", group="readings")
    yield resolve.breaks("ts19", ten(19, "RESOLVE_INIT with a changed policy"), 3, "J is 1 in TICKET", r("4.2.3.1-x02", "A.1-08"),
                         c.model(3, lambda tree, m, made: first(tree["payloads"], "TICKET")["flags"].update(J=1)),
                         ticket_auth="fail", group="readings")
    request = p.of(PLAIN, 1, "a request")
    yield request.breaks("ts17", ten(17, "a MAC with the timestamp behind the identities, as in RFC 3830"), 0,
                         "T follows in the MAC", r("4.2.1.2-04"),
                         c.protected(0, covers_time), auth="fail", group="readings")
    fork = p.of(Plan("ts10-broken", ones=FORKED, steps=MODES[4]), 2, "TRANSFER_RESP")
    yield fork.breaks("ts10", ten(10, "a MAC of TRANSFER_RESP without the Initiator Data"), 1,
                      "Initiator Data of TRANSFER_INIT is left out of the MAC", r("4.2.2.3-19"),
                      c.protected(1, without_initiator_data), auth="fail", group="readings")


def other_order(use, m):
    use["cover"] = Behind(Bare(use["cover"]), m.identity(3) + m.identity(2))


class Bare:
    """The message alone."""

    def __init__(self, cover):
        self.settings = cover.settings

    def input(self, data, model, spans):
        start, end = spans["V[0].ver_data"]
        return data[:start] + data[end:]


def covers_time(use, m):
    import copy
    cover = copy.copy(use["cover"])
    time = bytes.fromhex(_time(m))
    use["cover"] = Behind(cover, time)


def _time(m):
    from .. import material
    return material.ntp(m.clock)


def without_initiator_data(use, m):
    from mikeyticket import coverage
    init = m.made[0]
    use["cover"].initial = coverage.initial_copy(init.data, init.model, init.spans,
                                                 {**m.settings, "resp_init_copy": "excl_idata"})
