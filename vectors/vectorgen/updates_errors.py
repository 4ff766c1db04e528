"""CSB updates and ticket reuse (RFC 6043 5.2, 5.3), Error messages (5.4): conforming and broken."""

from . import exchange as x
from . import keeps
from .deviations import PLAIN_ID, VENDOR, added, both, entry, header, member, moved, repeated, some, without
from .draft import Draft
from .exchange import GTGK, INITIATOR, MESSAGE_FLAGS, RESPONDER, TEK, TGK, Exchange
from .families import key_values

ERRORS = ("authentication failure", "invalid timestamp", "PRF function not supported", "MAC algorithm not supported",
          "encryption algorithm not supported", "hash function not supported", "DH group not supported",
          "identity not supported", "certificate not supported", "SP type not supported", "SP parameters not supported",
          "data type not supported", "unspecified error", "message type not supported", "Ticket Type not supported",
          "TP parameters not supported")


def drafts(all_of):
    yield from updates()
    yield from supplied_keys()
    yield from context_unknown(all_of)
    yield from reuse()
    yield from errors(all_of)


def update_related(conversation):
    out = {"transfer_init": x.made(conversation.transfer_init())}
    if "F" in conversation.ones:
        out["transfer_resp"] = x.made(conversation.transfer_resp())
    return out


def init_draft(name, title, conversation, profiles, also=(), **more):
    sender = "R" if more.get("by") == RESPONDER else "I"
    return Draft("update", name, f"CSB update, TRANSFER_INIT: {title}", *conversation.update_init(**more), profiles,
                 keeps.UPDATE_INIT + list(also), {"exchange": "update", "sender": sender}, update_related(conversation),
                 key_values(conversation, "transfer_resp"))


def resp_draft(name, title, conversation, profiles, initial, also=(), **more):
    sender = "I" if more.get("by") == INITIATOR else "R"
    related = {"initial": x.made(initial), **update_related(conversation)}
    return Draft("update", name, f"CSB update, TRANSFER_RESP: {title}",
                 *conversation.update_resp(initial=initial, **more), profiles, keeps.UPDATE_RESP + list(also),
                 {"exchange": "update", "sender": sender}, related, key_values(conversation, "transfer_resp"))


def updates():
    rfc, ims = {"rfc6043": []}, {"ims-media": [], "rfc6043": []}
    tek = {"payload": "KEY_DATA", "type": TEK, "kv": 1, "key_data": some("update tek", 32), "spi": "0e000001"}
    tgk = {"payload": "KEY_DATA", "type": TGK, "kv": 1, "key_data": some("update tgk", 32), "spi": "0e000002"}
    media = Exchange("update-media", "256", ticket=(2, 0, 0), ones="DEFGHIJLMNO", idr_ticket=["?@?"])
    plain = Exchange("update-plain", "128", ones="DFGHLMNO")
    init = init_draft("update/media-init", "new TGK from the Initiator, forked keys", media, ims, keeps.SUPPLIED, supplied=[tgk])
    yield init
    resp = resp_draft("update/media-resp", "answer with a TEK of the Responder", media, ims,
                      media.update_init(supplied=[tgk]), keeps.SUPPLIED, supplied=[tek])
    yield resp
    yield init_draft("update/by-responder", "started by the Responder", media, ims, by=RESPONDER, seconds=700)
    yield resp_draft("update/to-responder", "answered by the Initiator", media, ims,
                     media.update_init(by=RESPONDER, seconds=700), by=INITIATOR, seconds=705)
    yield init_draft("update/no-answer", "no response wanted", media, ims, supplied=[tek], expect=0, seconds=800,
                     also=keeps.SUPPLIED)
    more = media.cs_resp + [x.srtp(9, 0x09090909, (1,), media.spis[0])]
    yield init_draft("update/new-session", "a new crypto session with a policy of its own", media, ims, sps=[x.sp(1)],
                     cs=more, seconds=900, also=keeps.SP)
    short = init_draft("update/plain-init", "without key forking, 128-bit suite", plain, rfc)
    yield short
    answer = resp_draft("update/plain-resp", "without key forking", plain, rfc, plain.update_init())
    yield answer
    f0 = Exchange("update-f0", "128", ones="DHLNO")
    yield init_draft("update/f0", "of an exchange without TRANSFER_RESP: keys of TRANSFER_INIT", f0, rfc, expect=0)
    counter = Exchange("update-counter", "128", ones="DFHNO", ts_type=2)
    yield init_draft("update/counter", "COUNTER timestamps", counter, rfc)
    message = Exchange("update-message", "256", ticket=(2, 0, 0), ones=MESSAGE_FLAGS, key_types=(GTGK,), sps=[],
                       cs=[x.other(1, 242, "*")])
    yield init_draft("update/message-no-spi", "a PSK S/MIME session without SPI, which only the initial message must have", message,
                     {"ims-message": [], "rfc6043": []}, cs=[x.other(1, 242)], expect=0,
                     also=keeps.rows("TS33328", "D-02", "F.3-06", "F.3-08", "F.3-09"))
    yield from broken_updates(init, resp, short, answer, media, plain)


def broken_updates(init, resp, short, answer, media, plain):
    d, r = short.deviate, answer.deviate
    ticket = plain.ticket_payload()
    yield d("no-t", "CSB update without T", "T[0]", "T is left out", without("T"), ["RFC6043-5.2-x01"])
    yield d("randri", "CSB update that repeats RANDRi", "RANDR[0]", "RANDRi of the initial exchange is sent again",
            added(x.randr(1, plain.rand_i), after=("T", 0)), ["RFC6043-5.2-03"])
    yield d("ticket", "CSB update that repeats the TICKET", "TICKET[0]", "the TICKET is sent again",
            added(ticket, before=("V", 0)), ["RFC6043-5.2-03"])
    yield r("randrr", "CSB update response that repeats RANDRr", "RANDR[0]", "RANDRr of the initial exchange is sent again",
            added(x.randr(2, plain.rand_r), after=("T", 0)), ["RFC6043-5.2-03"])
    yield resp.deviate("randrkms", "CSB update response that repeats RANDRkms", "RANDR[0]",
                       "RANDRkms of the initial exchange is sent again",
                       added(x.randr(3, media.rand_kms), after=("IDR", 0)), ["RFC6043-5.2-03"])
    yield init.deviate("kemac-mac", "MAC in the KEMAC of a CSB update", "KEMAC[0].mac_alg", "the KEMAC has an HMAC-SHA-256-256",
                       member("KEMAC", mac_alg=2, mac="MAC"), ["RFC6043-5.2-10"])
    yield resp.deviate("kemac-mac", "MAC in the KEMAC of the answer", "KEMAC[0].mac_alg", "the KEMAC has an HMAC-SHA-256-256",
                       member("KEMAC", mac_alg=2, mac="MAC"), ["RFC6043-5.2-10"])
    yield init.deviate("mixed", "AES-CM-128 beside the 256-bit algorithms", "KEMAC[0].encr_alg", "the KEMAC uses AES-CM-128",
                       member("KEMAC", encr_alg=1), ["RFC6043-12.1-08"])
    yield d("no-v", "CSB update without V", "V[0]", "V is left out", without("V"), ["RFC6043-4.2.2.1-08"], authentic=None)
    yield d("order", "IDRi in front of T", "IDR[0]", "IDRi stands in front of T", moved(("IDR", 0), ("T", 0)),
            ["RFC6043-4.2-x02"])
    yield d("two-t", "CSB update with two T", "T[1]", "T is there twice", repeated(("T", 0)), ["RFC6043-4.2-x03"])
    yield d("unexpected", "CERT in a CSB update", "CERT[0]", "a CERT payload is added",
            added(x.cert("initiator", 1), before=("V", 0)), ["RFC6043-4.2-x04"])
    yield d("plain-id", "ID in a CSB update", "ID[0]", "a plain ID payload is added", added(PLAIN_ID, before=("V", 0)),
            ["RFC6043-6.6-01"])
    yield d("same-cs-id", "two crypto sessions with one CS ID in an update", "hdr.cs[1].cs_id", "CS ID of the second is 1",
            entry(1, cs_id=1), ["RFC6043-6.1.1-x03"])
    yield r("no-t", "CSB update response without T", "T[0]", "T is left out", without("T"), ["RFC6043-4.2.2.3-x01"])
    yield r("no-policy", "#P 0 in the answer to an update", "hdr.cs[0].ps", "#P of an SRTP session is 0", entry(0, ps=[]),
            ["RFC6043-4.2.2.3-03", "RFC6043-6.1.1-02"])
    yield r("no-v", "CSB update response without V", "V[0]", "V is left out", without("V"), ["RFC6043-4.2.2.3-18"],
            authentic=None)


def supplied_keys():
    """KEMACs in updates, and what L and M of a repeated TICKET say of them (RFC 6043 5.2)."""
    rfc, also = {"rfc6043": []}, keeps.SUPPLIED + ["RFC6043-5.2-08"]
    own = Exchange("update-keys", "128", ones="DFGHLMNO")
    tek = {"payload": "KEY_DATA", "type": TEK, "kv": 1, "key_data": some("update tek 128", 16), "spi": "0e000003"}
    by_r = {"by": RESPONDER, "seconds": 700}
    parents = [
        ("I", init_draft("update/keys-init", "a TEK of the Initiator", own, rfc, also, supplied=[tek])),
        ("R", init_draft("update/keys-by-responder", "a TEK of the Responder", own, rfc, also, supplied=[tek], **by_r)),
        ("R", resp_draft("update/keys-resp", "a TEK of the Responder", own, rfc, own.update_init(), also, supplied=[tek])),
        ("I", resp_draft("update/keys-to-responder", "a TEK of the Initiator", own, rfc, own.update_init(**by_r), also,
                         supplied=[tek], by=INITIATOR, seconds=705))]
    for sender, parent in parents:
        yield parent
        mine, other = ("L", "M") if sender == "I" else ("M", "L")
        which = f"CSB update, sender {sender}, with a KEMAC"
        for name, zeros, breaks, context, text in (
                ("ticket", "", [], None, "a TICKET that allows it"),
                ("ticket-forbids", mine, ["RFC6043-5.2-08"], None, f"a TICKET with {mine}=0"),
                ("ticket-forbids-other", other, [], None, f"a TICKET with {other}=0, which binds the other party"),
                ("ticket-sender-unknown", "LM", [], {"exchange": "update"}, "a TICKET with L=0 and M=0, sender not known"),
                ("ticket-exchange-unknown", mine, ["RFC6043-5.2-08"], {"sender": sender},
                 f"a TICKET with {mine}=0, exchange not known")):
            if name == "ticket-exchange-unknown" and not own_update(parent, sender):
                continue
            ticket = own.ticket_payload()
            ticket["flags"].update({flag: 0 for flag in zeros})
            yield parent.deviate(name, f"{which} and {text}", "TICKET[0]",
                                 "the TICKET is sent again" + (f" with {' and '.join(f'{flag}=0' for flag in zeros)}" if zeros else ""),
                                 added(ticket, before=("V", 0)), ["RFC6043-5.2-03"] + breaks, context=context)


def own_update(parent, sender):
    """The sender alone shows that it is an update: TRANSFER_INIT of the Responder, TRANSFER_RESP of the Initiator."""
    return (parent.model["hdr"]["data_type"], sender) in ((14, "R"), (15, "I"))


def context_unknown(all_of):
    """Messages judged without `exchange`: what the sender shows, and a TRANSFER_RESP that may be either."""
    both_profiles = {"rfc6043": [], "ims-media": []}
    own = Exchange("unknown", "256", ticket=(2, 0, 0), ones="DEFGHIJLMNO", idr_ticket=["?@?"])
    randri, randrr = x.randr(1, own.rand_i), x.randr(2, own.rand_r)
    init = init_draft("unknown/init-by-responder", "started by the Responder, exchange not known", own, both_profiles, by=RESPONDER)
    init.context = {"sender": "R"}
    yield init
    yield init.deviate("randri", "RANDRi repeated in a TRANSFER_INIT of the Responder, exchange not known", "RANDR[0]",
                       "RANDRi of the initial exchange is sent again", added(randri, after=("T", 0)), ["RFC6043-5.2-03"])
    answered = own.update_init(by=RESPONDER)
    for name, text, context in (("sender-i", "answered by the Initiator, exchange not known", {"sender": "I"}),
                                ("idri", "answered by the Initiator, nothing known", {})):
        resp = resp_draft(f"unknown/resp-{name}", text, own, both_profiles, answered, by=INITIATOR)
        resp.context = context
        yield resp
        yield resp.deviate("randrr", f"RANDRr in a TRANSFER_RESP with IDRi, {'sender I' if context else 'nothing known'}", "RANDR[0]",
                           "RANDRr is added, in front of T", added(randrr, before=("T", 0)),
                           ["RFC6043-5.2-03"] if context else ["RFC6043-4.2-x02"])
    initial = x.made(own.transfer_init())
    for name, text, where in (("initial", "of an initial exchange", None), ("idri-idrr", "IDRi in front of IDRr", {"before": ("IDR", 0)}),
                              ("idrr-idri", "IDRr in front of IDRi", {"after": ("IDR", 0)})):
        model, keys = own.transfer_resp()
        if where:
            added(x.idr(1, "alice@example.com"), **where)(model, keys)
        draft = Draft("update", f"unknown/resp-{name}", f"TRANSFER_RESP, nothing known of its exchange: {text}", model, keys,
                      both_profiles, keeps.TRANSFER_RESP, {}, {"initial": initial}, key_values(own, "transfer_resp"))
        yield draft
    d = draft.deviate
    yield d("idri-late", "IDRi behind RANDRkms, nothing known of the exchange", "IDR[1]", "IDRi stands behind RANDRkms",
            moved(("RANDR", 1), ("IDR", 1)), ["RFC6043-4.2-x02"])
    yield d("two-idri", "two IDRi, nothing known of the exchange", "IDR[2]", "IDRi is there twice", repeated(("IDR", 1)),
            ["RFC6043-4.2-x03"])
    yield d("idrkms", "IDRkms in TRANSFER_RESP, nothing known of the exchange", "IDR[2]", "an IDRkms payload is added",
            added(x.idr(3, "sip:kms.example.com", x.URI), after=("IDR", 1)), ["RFC6043-4.2-x04"])
    yield d("randri", "RANDRi in TRANSFER_RESP, nothing known of the exchange", "RANDR[0]", "a RANDRi payload is added",
            added(randri, after=("T", 0)), ["RFC6043-4.2-x04"])


def reuse():
    """A second Ticket Transfer with the ticket of the first: new CSB ID, RANDs and timestamp, the same modifier."""
    first = Exchange("reuse", "256", ticket=(2, 0, 0), ones="DEFGHIJNO", idr_ticket=["?@?"])
    again = Exchange("reuse", "256", ticket=(2, 0, 0), ones="DEFGHIJNO", idr_ticket=["?@?"])
    again.rand_i, again.rand_r = first.octets("second randri"), first.octets("second randrr")
    again.transfer_time = 1220
    ims = {"ims-media": [], "rfc6043": []}
    for name, which, conversation, kind in (("first", "transfer", first, "initial"), ("second", "transfer 2", again, "reuse")):
        related = {} if kind == "initial" else {"transfer_init": x.made(first.transfer_init())}
        yield Draft("update", f"reuse/{name}-init", f"ticket reuse, {name} TRANSFER_INIT", *conversation.transfer_init(which=which),
                    ims, keeps.TRANSFER_INIT + keeps.INITIATOR_DATA, {"exchange": kind, "sender": "I"}, related,
                    key_values(conversation, "transfer_init"))
        draft = Draft("update", f"reuse/{name}-resp", f"ticket reuse, {name} TRANSFER_RESP", *conversation.transfer_resp(which=which),
                      ims, keeps.TRANSFER_RESP + keeps.IMS_RESP, {"exchange": kind, "sender": "R"},
                      {**related, "initial": x.made(conversation.transfer_init(which=which))},
                      key_values(conversation, "transfer_resp"))
        yield draft
    yield draft.deviate("no-idrr", "reused ticket, TRANSFER_RESP without the modifier's IDRr", "IDR[0]", "IDRr is left out",
                        without("IDR"), ["RFC6043-4.2.2.3-10", "TS33328-6.2.3.6-02"], only=("ims-media",))
    yield draft.deviate("no-randrkms", "reused ticket, TRANSFER_RESP without the modifier's RANDRkms", "RANDR[1]",
                        "RANDRkms is left out", without("RANDR", 1), ["RFC6043-4.2.2.3-12"], only=("ims-media",))


def error_draft(name, title, conversation, about, which, numbers, sender, also=(), initial=None, **more):
    """`initial`: the message that a response in error answers, where the RANDs are."""
    model, keys = conversation.error(about, numbers, **more)
    related = {"in_error": x.made(about), **({"initial": x.made(initial)} if initial else {})}
    return Draft("error", name, f"Error: {title}", model, keys, {"rfc6043": [], "ims-media": []}, keeps.ERROR + list(also),
                 {"sender": sender}, related, key_values(conversation, which))


def errors(all_of):
    plain, media, pk = all_of["plain"][0], all_of["media"][0], all_of["pk"][0]
    request, transfer, resolve = plain.request_init(), plain.transfer_init(), plain.resolve_init()
    for number, text in enumerate(ERRORS):
        about, which = (transfer, "transfer_init") if number in (1, 9, 10) else (request, "request_init")
        sender = "R" if about is transfer else "K"
        yield error_draft(f"error/{number}", f"{number}, {text}", plain, about, which, [number], sender, plain=number == 0)
    two = error_draft("error/two", "two errors, with V", media, media.resolve_init(), "resolve_init", [4, 3], "K", keeps.V)
    yield two
    policies = error_draft("error/sp", "unsupported policy, the supported one included", plain, transfer, "transfer_init", [10],
                           "R", keeps.V + keeps.SP + keeps.rows("RFC6043", "6.1.1-x01"), sps=[x.sp(0)], entries=[])
    yield policies
    yield error_draft("error/about-response", "about a response, keys of the response", media, media.request_resp(),
                      "request_resp", [15], "I", keeps.V, initial=media.request_init())
    signed_about = pk.request_init()
    model, keys = pk.error(signed_about, [8], signed=True, by="kms")
    values = {**key_values(pk, "request_init"), "sign_key": "kms"}
    yield Draft("error", "error/signed", "Error: signed by the KMS, about REQUEST_INIT_PK", model, keys, {"rfc6043": []},
                keeps.ERROR + ["RFC3830-6.5-x01"], {"sender": "K"}, {"in_error": x.made(signed_about)}, values)
    d = two.deviate
    plain_error = error_draft("error/plain", "not authenticated", plain, resolve, "resolve_init", [12], "K", plain=True)
    yield plain_error
    yield plain_error.deviate("no-t", "Error without T", "T[0]", "T is left out", without("T"), ["RFC6043-5.4-x01"])
    yield plain_error.deviate("no-err", "Error without ERR", "ERR[0]", "ERR is left out", without("ERR"),
                              ["RFC6043-5.4-x01"])
    yield d("no-err", "authenticated Error without ERR", "ERR[0]", "both ERR payloads are left out",
            both(without("ERR"), without("ERR")), ["RFC6043-5.4-x01"])
    yield d("v-not-last", "a payload behind V in an Error", "GENERAL_EXT[0]", "a General Extension follows V",
            added(VENDOR, after=("V", 0)), ["RFC6043-5.4-x02"])
    yield d("v-flag", "V flag 1 in an Error", "hdr.v", "V is 1", header(v=1), ["RFC6043-5.4-08a"])
    yield d("order", "ERR in front of T", "ERR[0]", "ERR stands in front of T", moved(("ERR", 0), ("T", 0)),
            ["RFC6043-4.2-x02"])
    yield d("two-t", "Error with two T", "T[1]", "T is there twice", repeated(("T", 0)), ["RFC6043-4.2-x03"])
    yield d("unexpected", "IDRi in an Error", "IDR[0]", "an IDRi payload is added",
            added(x.idr(1, "alice@example.com"), before=("V", 0)), ["RFC6043-4.2-x04"])
    yield d("plain-id", "ID in an Error", "ID[0]", "a plain ID payload is added", added(PLAIN_ID, before=("V", 0)),
            ["RFC6043-6.6-01"])
    yield d("null-mac", "NULL MAC in an Error", "V[0].auth_alg", "Auth alg is NULL", member("V", auth_alg=0, ver_data=""),
            ["RFC6043-4.2-x01"], authentic=False)
    yield policies.deviate("empty-map", "SP with the Empty map in an Error", "hdr.cs_id_map_type", "the map type is Empty map",
                           header(cs_id_map_type=1), ["RFC4563-5-01"])
    yield from repeated_fields(plain, media)


def repeated_fields(plain, media):
    """An Error repeats version and PRF func of the message it is about, whatever they are (RFC 6043 5.4)."""
    unknown = changed(media.resolve_init(), prf_func=9)
    unknown[1].prf = 1
    draft = error_draft("error/two/prf", "an unknown PRF func repeated, with V", media, unknown, "resolve_init", [4, 3], "K", keeps.V)
    draft.model["hdr"]["prf_func"], draft.authentic = 9, None
    yield draft
    draft = error_draft("error/two/mixed", "V with HMAC-SHA-1-160 under a repeated 256-bit PRF func", media, media.resolve_init(),
                        "resolve_init", [4, 3], "K", keeps.V)
    draft.model["payloads"][-1]["auth_alg"] = 1
    yield draft
    for name, text, about, number, members in (
            ("prf", "an unknown PRF func repeated", plain.request_init(), 2, {"prf_func": 9}),
            ("version", "version 2 repeated", plain.request_init(), 12, {"version": 2}),
            ("both", "version 2 and an unknown PRF func repeated", plain.resolve_init(), 12, {"version": 2, "prf_func": 126})):
        about = changed(about, **members)
        about[1].prf = 0
        draft = error_draft(f"error/repeats-{name}", text, plain, about, "resolve_init" if name == "both" else "request_init", [number], "K",
                            plain=True)
        draft.model["hdr"].update(members)
        yield draft
    draft = error_draft("error/repeats-version-v", "version 2 repeated, with V", plain, changed(plain.transfer_init(), version=2),
                        "transfer_init", [12], "R", keeps.V)
    draft.model["hdr"]["version"] = 2
    yield draft


def changed(model_and_keys, **members):
    """A message with other members in HDR."""
    model, keys = model_and_keys
    model["hdr"].update(members)
    return model, keys
