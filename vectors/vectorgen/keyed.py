"""Faults that only a judge with keys, or with the other messages, sees: what authenticates, what the KEMACs hold.

The message alone keeps every row (or breaks those stated in `sends`); `clauses` adds the rows named here, as CONVERSATION.md
section 8 words them. The ids are those of the keyword sentences of RFC 6043; RFC6043-5.5-x01 stands for a MAC or signature of a
message that has no such sentence of its own, TS33328-H.1-05 and TS33328-F.3-11 for the kind of key that an SPI names. What a judge
with keys says of such messages is stated by the golden conversations.
"""

from mikeyticket import ciphers, derive

from . import exchange as x
from .deviations import both, flag, member, some
from .draft import of
from .exchange import GTGK, TGK, Exchange
from .families import family

MAC_ROW = {"request_init": "RFC6043-4.2.1.2-04", "request_resp": "RFC6043-4.2.1.5-13", "transfer_init": "RFC6043-4.2.2.1-09",
           "transfer_resp": "RFC6043-4.2.2.3-19", "resolve_init": "RFC6043-4.2.3.2-04",
           "resolve_resp": "RFC6043-4.2.3.5-15"}


def drafts(all_of):
    yield from bad_macs(all_of)
    yield from wrong_input(all_of)
    yield from tickets(all_of)
    yield from initiator_data(all_of)
    yield from key_transport(all_of)
    yield from kinds_of_keys(all_of)


def keyed_child(parent, suffix, title, path, what, row, change=None, after=None, breaks=()):
    rows = [row] if isinstance(row, str) else list(row)
    return parent.deviate(suffix, title, path, what, change, breaks, after=after, authentic=False, keyed=rows,
                          group="keyed")


def last_bit(data):
    return data[:-1] + bytes([data[-1] ^ 1])


VI = ["RFC6043-6.10-27"]        # with key forking Vi still holds the MAC that V had


def bad_macs(all_of):
    for name in ("plain", "media"):
        for which, row in MAC_ROW.items():
            yield keyed_child(all_of[name][1][which], "bad-mac", f"a wrong MAC in {which.upper()} ({name})", "V[0].ver_data",
                              "the last bit of the MAC is inverted", row, after=last_bit,
                              breaks=VI if (name, which) == ("media", "transfer_init") else ())
    for name in ("pk", "pk-pss"):
        for which in ("request_init", "resolve_init"):
            yield keyed_child(all_of[name][1][which], "bad-signature", f"a wrong signature in {which.upper()}_PK ({name})",
                              "SIGN[0].signature", "the last bit of the signature is inverted", "RFC6043-5.5-x01", after=last_bit)
    yield keyed_child(all_of["pk"][1]["request_init"], "other-signer", "a signature made with another key", "SIGN[0].signature",
                      "the Responder's key signed", "RFC6043-5.5-x01", after=sign_with_other(all_of["pk"][0]))
    yield keyed_child(all_of["plain"][1]["request_init"], "no-identities", "REQUEST_INIT: a MAC without the identities", "V[0].ver_data",
                      "no identities follow the message in the MAC", "RFC6043-4.2.1.2-04",
                      after=mac_alone(all_of["plain"][0]))


def mac_alone(conversation):
    """The MAC of REQUEST_INIT_PSK over the message alone."""
    def after(data):
        key = derive.message_key("auth_key", 0, conversation.psk_i, conversation.csb_id("request"), 1, conversation.rand_i, b"", 160)
        return data[:-20] + ciphers.compute_mac(1, key, data[:-20])
    return after


def sign_with_other(conversation):
    from mikeyticket import rsa
    from . import material

    def after(data):
        size = 256
        covered = data[:-size] + conversation.identity(1) + conversation.identity(3)
        return data[:-size] + rsa.sign(material.private_key("responder"), 0, "sha1", covered, None)
    return after


def reprotect(change):
    """Makes the message with changed keys but verifies it with the right ones: the octets are what `change` makes."""
    def build(parent):
        import copy
        from mikeyticket.protect import protect
        keys = copy.copy(parent.keys)
        change(keys)
        octets = protect(copy.deepcopy(parent.model), keys).data
        return lambda data: octets
    return build


def wrong_input(all_of):
    cases = [
        ("media", "transfer_init", "direction", "keys of a response (02) in TRANSFER_INIT", lambda k: setattr(k, "direction", 2)),
        ("media", "transfer_init", "covers-idata", "a MAC that covers the Initiator Data length",
         lambda k: k.settings.update(idata_excl="data_only")),
        ("media", "transfer_resp", "mpkr-not-forked", "keys of MPKr in place of MPKr'", lambda k: setattr(k, "protect", k.mpkr)),
        ("media", "transfer_resp", "mpki", "keys of MPKi in place of MPKr'",
         lambda k: setattr(k, "protect", all_of["media"][0].mpki)),
        ("media", "transfer_resp", "no-randrr", "a label without RANDRr though G is 1", lambda k: setattr(k, "rand_r", b"")),
        ("media", "transfer_resp", "no-initial", "a MAC without the initial message", lambda k: setattr(k, "initial", b"")),
        ("plain", "request_init", "identity-lengths", "a MAC that covers the identities with their length",
         lambda k: k.settings.update(mac_identity="len_data")),
        ("plain", "request_resp", "no-initial", "a MAC without the initial message", lambda k: setattr(k, "initial", b"")),
        ("plain", "request_resp", "direction", "keys of an initial message (01) in a response", lambda k: setattr(k, "direction", 1)),
        ("plain", "resolve_init", "randri", "RANDRr in the place of RANDRi", lambda k: (setattr(k, "rand_i", k.rand_r),
                                                                                     setattr(k, "rand_r", b""))),
        ("plain", "resolve_resp", "no-initial", "a MAC without the initial message", lambda k: setattr(k, "initial", b"")),
        ("plain", "transfer_init", "mpk", "keys of the MPK in place of MPKi", lambda k: setattr(k, "protect", all_of["plain"][0].mpk)),
    ]
    for name, which, suffix, what, change in cases:
        parent = all_of[name][1][which]

        def own_settings(keys, change=change):
            keys.settings = dict(keys.settings)
            change(keys)
        yield keyed_child(parent, f"wrong-{suffix}", f"{which.upper()}: {what}", "V[0].ver_data", what, MAC_ROW[which],
                          after=reprotect(own_settings)(parent))


def tickets(all_of):
    """The ticket's own MAC and encryption; the message around it is authentic."""
    for name in ("plain", "media"):
        parent = all_of[name][1]["resolve_init"]
        conversation = all_of[name][0]
        yield keyed_child(parent, "ticket-mac", f"a wrong MAC in the ticket ({name})", "TICKET[0].ticket_data.V[0].ver_data",
                          "the ticket's MAC is another", "RFC6043-A.1-08",
                          member("V", 0, ("TICKET", "ticket_data"), ver_data=some("ticket mac", 32 if name == "media" else 20)))
        yield keyed_child(parent, "ticket-policy", f"a Ticket Policy changed after the ticket was made ({name})",
                          "TICKET[0].flags", "J is 1, which the ticket's MAC does not cover", "RFC6043-A.1-08",
                          both(fixed_ticket(conversation), flag("TICKET", J=1)))
        yield keyed_child(parent, "ticket-tpk", f"a ticket under another TPK ({name})", "TICKET[0].ticket_data",
                          "the ticket is protected with another TPK", "RFC6043-A.1-08",
                          after=reprotect(lambda keys: setattr(keys, "tpk", bytes(len(keys.tpk))))(parent))


def fixed_ticket(conversation):
    """Puts the ticket as it was granted, so that a later change is not covered by its MAC."""
    def change(model, keys):
        from mikeyticket.protect import protect
        made = protect(*conversation.resolve_init()).tree
        of(model, "TICKET").update(of(made, "TICKET"))
    return change


def initiator_data(all_of):
    for which in ("transfer_init", "resolve_init"):
        parent = all_of["media"][1][which]
        yield keyed_child(parent, "bad-vr", f"a wrong MAC in Vr of {which.upper()}", "TICKET[0].initiator_data.V[1].ver_data",
                          "the MAC of Vr is another", "RFC6043-6.10-30",
                          member("V", 1, ("TICKET", "initiator_data"), ver_data=some("vr", 32)))
    conversation, parent = all_of["media"][0], all_of["media"][1]["transfer_init"]
    yield keyed_child(parent, "vr-forked", "Vr keyed from MPKr'", "TICKET[0].initiator_data.V[1].ver_data",
                      "auth_key of Vr comes from the forked MPKr'", "RFC6043-6.10-30",
                      after=reprotect(lambda keys: setattr(keys, "mpkr", conversation.mpkr_forked))(parent))
    yield keyed_child(parent, "vr-mpki", "Vr keyed from MPKi", "TICKET[0].initiator_data.V[1].ver_data",
                      "auth_key of Vr comes from MPKi", "RFC6043-6.10-30",
                      after=reprotect(lambda keys: setattr(keys, "mpkr", conversation.mpki))(parent))


def key_transport(all_of):
    """What the KEMAC of a response holds. The KEMAC opens and the MAC is good: only the keys in it are wrong."""
    def kemac_keys(change):
        def apply(model, keys):
            change(of(model, "KEMAC")["encr_data"])
        return apply

    def authentic(parent, suffix, title, path, what, row, change):
        return parent.deviate(suffix, title, path, what, change, keyed=[row], group="keyed")
    path = "KEMAC[0].encr_data"
    media, plain = all_of["media"][1], all_of["plain"][1]
    conversation = all_of["media"][0]
    yield authentic(plain["request_resp"], "no-mpki", "REQUEST_RESP whose KEMAC has no MPK", path, "MPKi is left out",
                    "RFC6043-4.2.1.5-08", kemac_keys(lambda chain: chain.pop(0)))
    yield authentic(media["request_resp"], "no-mpkr", "REQUEST_RESP with key forking and one MPK", path, "MPKr is left out",
                    "RFC6043-4.2.1.5-09", kemac_keys(lambda chain: chain.pop(1)))
    yield authentic(plain["resolve_resp"], "no-mpki", "RESOLVE_RESP whose KEMAC has no MPK", path, "MPKi is left out",
                    "RFC6043-4.2.3.5-07", kemac_keys(lambda chain: chain.pop(0)))
    yield authentic(media["resolve_resp"], "no-mpkr", "RESOLVE_RESP with key forking and one MPK", path, "MPKr' is left out",
                    "RFC6043-4.2.3.5-08", kemac_keys(lambda chain: chain.pop(1)))
    yield authentic(media["resolve_resp"], "mpkr-not-forked", "RESOLVE_RESP with an MPKr that is not forked", f"{path}.KEY_DATA[1]",
                    "the second MPK is MPKr itself", "RFC6043-4.2.3.5-10",
                    kemac_keys(lambda chain: chain[1].update(key_data=conversation.mpkr.hex())))
    yield authentic(media["resolve_resp"], "tgk-not-forked", "RESOLVE_RESP with a TGK that is not forked", f"{path}.KEY_DATA[2]",
                    "the TGK is that of the ticket", "RFC6043-4.2.3.5-10",
                    kemac_keys(lambda chain: chain[2].update(key_data=conversation.session[0].hex())))
    yield authentic(plain["request_resp"], "mpk-no-spi", "REQUEST_RESP with a key without SPI", f"{path}.KEY_DATA[1].kv",
                    "KV of the TGK is Null", "RFC6043-6.2.1-02", kemac_keys(lambda chain: chain[1].update(kv=0)))
    for which, row in (("request_resp", "RFC6043-4.2.1.5-06"), ("resolve_resp", "RFC6043-4.2.3.5-06")):
        yield keyed_child(plain[which], "kemac-key", f"{which.upper()}: a KEMAC under another key", "KEMAC[0].encr_data",
                          "the KEMAC is other octets", row, member("KEMAC", encr_data=some("not a kemac", 45)))


def kinds_of_keys(all_of):
    """F with I and a TGK inside the encrypted ticket; the kind of key that the SPI of a session names."""
    hidden = Exchange("hidden-tgk", "256", ones=x.MESSAGE_FLAGS, key_types=(GTGK,), tp_kemac=False)
    for which, parent in family(hidden, "hidden-tgk", "key forking without response, a GTGK in the encrypted ticket",
                                {"": {"rfc6043": []}}, ("request_resp", "transfer_init", "resolve_init")).items():
        yield parent

        def as_tgk(model, keys):
            of(of(model, "TICKET")["ticket_data"], "KEMAC")["encr_data"][1]["type"] = TGK
        yield parent.deviate("tgk", "F=0, I=1 and a TGK in the encrypted ticket", "TICKET[0].ticket_data.KEMAC[0].encr_data",
                             "the key in the ticket is a TGK", as_tgk, keyed=["RFC6043-6.10-01"], group="keyed")
    setting = {"tls_key": "tgk"}
    for name, prot_type, kind, wrong, row, ones, made_for in (
            ("tls", 241, TGK, GTGK, "TS33328-H.1-05", x.MEDIA_FLAGS, "ims-msrp-tls"),
            ("smime", 242, GTGK, TGK, "TS33328-F.3-11", x.MESSAGE_FLAGS, "ims-message")):
        conversation = Exchange(f"names-{name}", "256", ticket=(2, 0, 0), ones=ones, key_types=(kind,), sps=[], tp_kemac=False,
                                cs=[x.other(1, prot_type, "*")], setting=setting if name == "tls" else None)
        parent = family(conversation, f"names-{name}", f"the SPI of a session names a {'TGK' if kind == TGK else 'GTGK'}",
                        {"": {made_for: []}}, ("transfer_init",))["transfer_init"]
        yield parent

        def other_kind(model, keys, wrong=wrong):
            of(of(model, "TICKET")["ticket_data"], "KEMAC")["encr_data"][1]["type"] = wrong
        rows = [row] + (["RFC6043-6.10-01", "TS33328-F.3-05"] if name == "smime" else [])
        yield parent.deviate("other-kind", f"the SPI of a session names a {'GTGK' if kind == TGK else 'TGK'}",
                             "TICKET[0].ticket_data.KEMAC[0].encr_data.KEY_DATA[1].type", "the key that the SPI names is of another type",
                             other_kind, keyed=rows, group="keyed")
