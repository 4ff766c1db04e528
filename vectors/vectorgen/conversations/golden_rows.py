"""A broken conversation for every row of CONVERSATION.md section 8: MACs and signatures, the ticket, Vr."""

from ..deviations import some
from ..exchange import GTGK, TEK, TGK
from . import changes as c
from .golden_modes import FORKED
from .plan import MODES, Plan, media
from .protection import first

MAC_ROW = {0: "4.2.1.2-04", 1: "4.2.1.5-13", 2: "4.2.2.1-09", 3: "4.2.3.2-04", 4: "4.2.3.5-15", 5: "4.2.2.3-19"}
NAMES = ("REQUEST_INIT", "REQUEST_RESP", "TRANSFER_INIT", "RESOLVE_INIT", "RESOLVE_RESP", "TRANSFER_RESP")


def r(*names):
    return ["RFC6043-" + name for name in names]


PLAIN = Plan("rows-plain")
MEDIA = media("rows-media", keys=((TGK, 32), (GTGK, 32)))
FORK = Plan("rows-fork", suite="256", ones=FORKED, keys=((TGK, 32), (GTGK, 32)))
KEYS_ON = Plan("rows-keys", ones="DEFGHILMNO", supplied_i=((TEK, 16),), supplied_r=((TGK, 16),))


def drafts(p):
    for make in (macs, wrong_inputs, tickets):
        for child in make(p):
            yield from p.flush()
            yield child


def macs(p):
    for plan, name in ((PLAIN, "128-bit, not forked"), (MEDIA, "IMS media")):
        for at, row in MAC_ROW.items():
            parent = p.of(plan, at + 1, name)
            also = ["RFC6043-6.10-27"] if at == 2 and "I" in plan.ones else []
            yield parent.breaks("bad-mac", f"a wrong MAC in {NAMES[at]} ({name})", at, "the last bit of the MAC is inverted",
                                r(row) + also, c.last_bit(at), group="macs", auth="fail")
    whole = p.of(PLAIN, 6, "128-bit, not forked")
    yield whole.breaks("bad-request", "a wrong MAC in REQUEST_INIT; the rest of the conversation follows it", 0,
                       "the last bit of the MAC is inverted", r("4.2.1.2-04"), c.last_bit(0), group="macs", auth="fail")
    yield whole.breaks("bad-resolve", "a wrong MAC in RESOLVE_INIT; the rest of the conversation follows it", 3,
                       "the last bit of the MAC is inverted", r("4.2.3.2-04"), c.last_bit(3), group="macs", auth="fail")
    yield p.of(PLAIN, 3, "128-bit, not forked").breaks("truncated", "TRANSFER_INIT cut off", 2, "the last octet is left out",
                                                       ["RFC3830-6.9-x01"],
                                                       c.octets(2, lambda data, m, made: data[:-1]), group="macs", parse="error")
    for number, how in (("request", 0), ("resolve", 3)):
        plan = Plan(f"rows-pk-{number}", request="pk", resolve="pk", trust=("ca",))
        parent = p.of(plan, how + 1, "public keys")
        yield parent.breaks("bad-signature", f"a wrong signature in {NAMES[how]}_PK", how,
                            "the last bit of the signature is inverted",
                            r("5.5-x01"), c.last_bit(how), group="macs", auth="fail")
        yield parent.breaks("other-signer", f"{NAMES[how]}_PK signed with another key", how, "the other user's key signed",
                            r("5.5-x01"),
                            {("protect", how): sign_with("initiator" if how else "responder")}, group="macs", auth="fail")
        pss = p.of(Plan(f"rows-pss-{number}", request="pk", resolve="pk", pss=True, suite="256"), how + 1, "RSA-PSS")
        yield pss.breaks("bad-signature", f"a wrong RSA-PSS signature in {NAMES[how]}_PK", how,
                         "the last bit of the signature is inverted",
                         r("5.5-x01"), c.last_bit(how), group="macs", auth="fail")


def sign_with(name):
    from .. import material

    def change(use, m, made):
        use["sign_key"] = material.private_key(name)
    return change


def wrong_inputs(p):
    """Keys of a message from the wrong place; the octets are what a sender with that mistake makes."""
    cases = [(FORK, 2, "direction", "keys of a response (02)", c.label(direction=2)),
             (FORK, 2, "covers-idata", "a MAC that covers the Initiator Data length", lambda use,
              m: use["cover"].settings.update(idata_excl="data_only")),
             (FORK, 5, "mpkr-not-forked", "keys of MPKr in place of MPKr'", c.label(inkey=lambda m: m.ticket.mpkr)),
             (FORK, 5, "mpki", "keys of MPKi in place of MPKr'", c.label(inkey=lambda m: m.ticket.mpki)),
             (FORK, 5, "no-randrr", "a label without RANDRr though G is 1", c.label(rand_r=b"")),
             (FORK, 5, "no-initial", "a MAC without the initial message", lambda use, m: setattr(use["cover"], "initial", b"")),
             (PLAIN, 0, "no-identities", "a MAC without the identities", without_identities),
             (PLAIN, 0, "identity-lengths", "a MAC that covers the identities with their length", lambda use,
              m: use["cover"].settings.update(mac_identity="len_data")),
             (PLAIN, 1, "no-initial", "a MAC without the initial message", lambda use, m: setattr(use["cover"], "initial", b"")),
             (PLAIN, 1, "direction", "keys of an initial message (01)", c.label(direction=1)),
             (PLAIN, 3, "randri", "RANDRr in the place of RANDRi", lambda use,
              m: vars(use["label"]).update(rand_i=use["label"].rand_r, rand_r=b"")),
             (PLAIN, 4, "no-initial", "a MAC without the initial message", lambda use, m: setattr(use["cover"], "initial", b"")),
             (PLAIN, 2, "mpk", "keys of the MPK in place of MPKi", c.label(inkey=lambda m: m.ticket.mpk)),
             (PLAIN, 2, "csb", "keys of the CSB ID of another message", c.label(csb_id=lambda m: m.request_csb))]
    for plan, at, suffix, what, change in cases:
        parent = p.of(plan, at + 1, "128-bit, not forked" if plan is PLAIN else "256-bit, forked")
        more, rows = {}, r(MAC_ROW[at])
        if at in (1, 4) and suffix == "direction":
            more = {"kemac": "fail"}
        yield parent.breaks(f"wrong-{suffix}", f"{NAMES[at]}: {what}", at, what, rows, c.protected(at, change), group="macs",
                            auth="fail", **more)


def without_identities(use, m):
    """Responses are covered without identities, so the function of a response leaves them out."""
    use["cover"] = AloneCover(use["cover"].settings)


class AloneCover:
    def __init__(self, settings):
        self.settings = settings

    def input(self, data, model, spans):
        names = [n["payload"] for n in model["payloads"]]
        start, end = spans[f"V[{names.count('V') - 1}].ver_data"]
        return data[:start] + data[end:]


# --- the ticket and its Initiator Data ----------------------------------------------------------------------------

def tickets(p):
    for plan, name in ((PLAIN, "128-bit, not forked"), (FORK, "256-bit, forked")):
        with_ticket = {i: {"ids": r("A.1-08"), "ticket_auth": "fail"} for i in (2, 3)}
        parent = p.of(plan, 4, name)
        yield parent.breaks("ticket-mac", f"a wrong MAC in the ticket ({name})", 1,
                            "the last octet of the ticket's MAC is another", r("A.1-08"),
                            c.ticket_after(spoilt_ticket_mac), elsewhere=with_ticket, group="ticket", ticket_auth="fail")
        yield parent.breaks("ticket-policy", f"a Ticket Policy changed after the ticket was made ({name})", 1,
                            "N is 0, which the ticket's MAC does not cover", r("A.1-08", "6.10-x20"),
                            c.ticket_after(lambda node, m: node["flags"].update(N=0)), elsewhere=with_ticket, group="ticket",
                            ticket_auth="fail")
        closed = {"ticket_auth": "fail", "ticket_closed": True}
        yield parent.breaks("ticket-tpk", f"a ticket under another TPK ({name})", 1, "the ticket is protected with another TPK",
                            r("A.1-08"),
                            {"wrong_tpk": bytes(32)}, elsewhere={i: {"ids": r("A.1-08"), **closed} for i in (2, 3)},
                            group="ticket", **closed)
    parent = p.of(PLAIN, 4, "128-bit, not forked")
    shut = {"ids": r("A.1-04"), "ticket_closed": True}
    yield parent.breaks("ticket-kemac", "a ticket whose KEMAC does not open", 1, "Encr data in the ticket is other octets",
                        r("A.1-04"),
                        c.ticket(lambda node, m, keys: first(node["ticket_data"],
                                                             "KEMAC").update(encr_data=some("no ticket kemac", 60))),
                        elsewhere={2: shut, 3: shut}, group="ticket", ticket_closed=True)
    yield parent.breaks("ticket-csb", "a ticket with CSB ID 0 in its IV", 1, "the IV of the ticket's KEMAC has CSB ID 0",
                        r("A.1-04"),
                        {"ticket_settings": {"ticket_iv_csb": "zero", "ntp32_pad": "fraction", "counter_pad": "leading",
                                             "kw_pad": "none"}},
                        elsewhere={2: shut, 3: shut}, group="ticket", ticket_closed=True)
    vr = {"vr_auth": "fail", "ids": r("6.10-30")}
    parent = p.of(FORK, 4, "256-bit, forked")
    for suffix, what, key in (("bad-vr", "the MAC of Vr is another", None),
                              ("vr-forked", "auth_key of Vr comes from MPKr'", "forked"),
                              ("vr-mpki", "auth_key of Vr comes from MPKi", "mpki")):
        yield parent.breaks(suffix, f"Vr: {what}", 2, what, r("6.10-30"), wrong_vr(2, key), elsewhere={3: vr}, group="ticket",
                            vr_auth="fail")
    resolve = c.model(3, lambda tree, m, made: spoil(first(tree["payloads"], "TICKET")["initiator_data"][1]))
    yield parent.breaks("resolve-vr", "another Vr in RESOLVE_INIT than in TRANSFER_INIT", 3, "the MAC of Vr is another",
                        r("6.10-30", "4.2.3.1-x02"), resolve, group="ticket", vr_auth="fail")
    third = Plan("rows-mode3", ones="FGHLNO", steps=MODES[3])
    mode3 = p.of(third, 2, "mode 3")
    yield mode3.breaks("second-mpk", "two MPKs in the ticket", 0, "a second MPK stands behind the TGK", r("A-x05"),
                       c.ticket(lambda node, m, keys: first(node["ticket_data"],
                                                            "KEMAC")["encr_data"].append(m.mpk_key(bytes(range(16))).node())),
                       elsewhere={1: r("A-x05")}, group="ticket")
    yield mode3.breaks("k-pr", "a key of type K_PR in the ticket", 0, "a key of type 7 stands behind the TGK", r("A-x05"),
                       c.ticket(lambda node, m, keys: first(node["ticket_data"],
                                                            "KEMAC")["encr_data"].append(c.key(7, "k_pr", 16).node())),
                       elsewhere={1: r("A-x05")}, group="ticket")
    yield mode3.breaks("ticket-no-spi", "a key without SPI in the ticket", 0, "KV of the TGK is Null", r("6.2.1-02"),
                       c.ticket(lambda node, m, keys: null_kv(first(node["ticket_data"], "KEMAC")["encr_data"][1])),
                       elsewhere={1: r("6.2.1-02")}, group="ticket", no_keys=True)


def null_kv(node):
    node.update(kv=0)
    node.pop("spi")


def spoilt_ticket_mac(node, m):
    spoil(node["ticket_data"][-1])


def spoil(v):
    v["ver_data"] = v["ver_data"][:-2] + f"{int(v['ver_data'][-2:], 16) ^ 1:02x}"


def wrong_vr(at, key):
    """Vr from another key, or spoilt."""
    def other(use, m, made):
        func = use["vr"][0]
        wrong = m.ticket.mpki if key == "mpki" else m.octets("no key", 32)
        if key == "forked":
            from mikeyticket import derive
            wrong = derive.forked_key("mpkr_forked", func, m.ticket.mpkr, m.identity(2), m.rand("randrkms resolve"))
        use["vr"] = (func, wrong)
    return {("protect", at): other}
