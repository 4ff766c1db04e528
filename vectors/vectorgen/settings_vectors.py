"""Vectors made under a setting other than the default, one setting at a time; they carry it in `settings`."""

from . import exchange as x
from . import keeps
from .deviations import entry, header, member
from .draft import Draft, of
from .exchange import RESPONDER, Exchange
from .families import family, key_values
from .updates_errors import update_related

RFC = {"rfc6043": []}


def drafts(all_of):
    for draft in every(all_of):
        draft.group = "settings"
        yield draft


def conversation(name, value, messages, title, suite="128", also=(), profiles=None, **more):
    made = Exchange(f"{name}-{value}", suite, setting={name: value}, **more)
    return made, family(made, f"setting/{name}/{value}", f"{title} ({name}={value})", profiles or {"": RFC}, messages, also=also)


def every(all_of):
    forked = {"suite": "256", "ones": "DEFGHINO"}
    yield from v_flag()
    for value in ("len_data", "type_len_data"):
        yield from conversation("mac_identity", value, ("request_init", "transfer_init", "resolve_init"),
                                "identities in the MAC with their length")[1].values()
    yield from absent_identity()
    yield from update_order()
    for value in ("if_present", "data_only"):
        yield from conversation("idata_excl", value, ("transfer_init", "resolve_init"), "no key forking")[1].values()
    yield from conversation("iv_time", "initial", ("request_resp", "resolve_resp"), "IV with T of the initial message")[1].values()
    yield from conversation("ntp32_pad", "leading", ("request_resp",), "NTP-UTC-32 in the IV", ts_type=3)[1].values()
    yield from conversation("counter_pad", "trailing", ("request_resp",), "COUNTER in the IV", ts_type=2)[1].values()
    yield from conversation("ticket_iv_csb", "zero", ("resolve_init",), "CSB ID 0 in the IV of the ticket")[1].values()
    yield from vi_next(forked)
    yield from kw_pad()
    for value in ("sha256", "suite"):
        yield from conversation("sig_hash", value, ("request_init", "resolve_init"), "hash of the signature", suite="256",
                                method="pk", pss=value == "suite")[1].values()
    yield from conversation("pke_pad", "oaep", ("request_init", "resolve_init"), "envelope key in OAEP", method="pk")[1].values()
    yield from tls_policies()
    yield from spi_required()
    yield from error_pk()
    yield from update_keys()


def v_flag():
    row = "RFC6043-6.1-01a"
    also = {which: [row] for which in ("request_init", "transfer_init", "resolve_init")}
    _, made = conversation("v_flag", "sec6", ("request_init", "transfer_init", "resolve_init"), "V flag 0 outside updates",
                           also=also)
    for which, draft in made.items():
        draft.model["hdr"]["v"] = 0
        draft.keeps = [r for r in draft.keeps if not r.endswith("-03a")]
        yield draft
        yield draft.deviate("v", f"V flag 1 in {which.upper()} (v_flag=sec6)", "hdr.v", "V is 1", header(v=1), [row])


def absent_identity():
    rows = {"request_init": ["RFC6043-4.2.1.1-06", "RFC6043-4.2.1.2-01"], "transfer_init": ["RFC6043-4.2.2.1-04"],
            "resolve_init": ["RFC6043-4.2.3.1-05", "RFC6043-4.2.3.2-01"]}
    full = Exchange("absent_identity-empty", setting={"absent_identity": "empty"})
    parents = family(full, "setting/absent_identity/empty", "identities present (absent_identity=empty)", {"": RFC}, tuple(rows))
    for which, broken in rows.items():
        yield parents[which]

        def change(model, keys):
            model["payloads"] = [n for n in model["payloads"] if not (n["payload"] == "IDR" and n["id_role"] in (1, 2, 3))]
        yield parents[which].deviate("none", f"{which.upper()} without identities, and none in the MAC (absent_identity=empty)",
                                     "IDR", "IDRi, IDRr and IDRkms are left out", change, broken)


def update_order():
    made = Exchange("update_id_order-sender", setting={"update_id_order": "sender"})
    yield Draft("settings", "setting/update_id_order/sender", "update by the Responder: the sender's identity first",
                *made.update_init(by=RESPONDER), RFC, keeps.UPDATE_INIT, {"exchange": "update", "sender": "R"},
                update_related(made), key_values(made, "transfer_resp"))


def update_keys():
    made = Exchange("update_keys-same_mpk", "256", ones="DEFGHINO", setting={"update_keys": "same_mpk"})
    yield Draft("settings", "setting/update_keys/same_mpk", "update with the same MPK but keys of its own direction",
                *made.update_init(), RFC, keeps.UPDATE_INIT, {"exchange": "update", "sender": "I"}, update_related(made),
                key_values(made, "transfer_resp"))


def vi_next(forked):
    also = {"transfer_init": ["RFC6043-6.10-x18"], "resolve_init": ["RFC6043-6.10-x18"]}
    _, made = conversation("vi_next", "identical", ("transfer_init", "resolve_init"), "Vi identical to V, Next Payload 0 included",
                           also=also, **forked)
    yield from made.values()

    def chained(model, keys):
        del of(model, "TICKET")["initiator_data"][0]["next_payload"]

    def between(model, keys):
        chained(model, keys)
        of(model, "TICKET")["initiator_data"].insert(1, x.t(20))
    yield made["transfer_init"].deviate("chained", "Vi whose Next Payload is V (vi_next=identical)",
                                        "TICKET[0].initiator_data.V[0].next_payload", "Next Payload of Vi is V", chained,
                                        ["RFC6043-6.10-x18"])
    yield made["transfer_init"].deviate("between", "a payload between Vi and Vr (vi_next=identical)", "TICKET[0].initiator_data.T[0]",
                                        "a T payload stands between Vi and Vr", between, ["RFC6043-6.10-x19"])
    for setting, value, title in (("vr_prf", "hdr", "PRF of HDR for Vr"), ("idata_excl", "data_only", "key forking, the length covered"),
                                  ("idata_excl", "if_present", "key forking")):
        own = Exchange(f"{setting}-{value}-forked", "256", ones="DEFGHINO", setting={setting: value})
        yield from family(own, f"setting/{setting}/{value}/forked", f"{title} ({setting}={value})", {"": RFC},
                          ("transfer_init",)).values()
    own = Exchange("resp_init_copy-excl_idata", "256", ones="DEFGHINO", setting={"resp_init_copy": "excl_idata"})
    draft = family(own, "setting/resp_init_copy/excl_idata", "TRANSFER_INIT without Initiator Data behind it (resp_init_copy=excl_idata)",
                   {"": RFC}, ("transfer_resp",))["transfer_resp"]
    from mikeyticket import codec, coverage
    spans, initial = {}, draft.related["initial"]
    tree = codec.decode(initial, spans)
    draft.keys.initial = coverage.initial_copy(initial, tree, spans, own.settings)
    yield draft


def kw_pad():
    own = Exchange("kw_pad-zero", "kw", setting={"kw_pad": "zero"}, spi_len=4)
    yield from family(own, "setting/kw_pad/zero", "AES key wrap of a padded plaintext (kw_pad=zero)", {"": RFC},
                      ("request_resp",)).values()


def tls_policies():
    row = ["RFC6043-6.1.1-02", "RFC6043-4.2.2.3-03"]
    own = Exchange("tls_policies-rfc6043", "128", ticket=(2, 0, 0), ones=x.MEDIA_FLAGS, setting={"tls_policies": "rfc6043"},
                   cs=[x.other(1, 241, "*")], sps=[], idr_ticket=["?@?"])
    profiles = {"": {"ims-msrp-tls": []}}
    init = family(own, "setting/tls_policies/rfc6043", "TLS, no policy in the initial message (tls_policies=rfc6043)", profiles,
                  ("transfer_init",), also={"transfer_init": keeps.TLS})["transfer_init"]
    yield init
    yield init.deviate("p", "#P=1 of a TLS session in the initial message (tls_policies=rfc6043)", "hdr.cs[0].ps", "#P is 1",
                       entry(0, ps=[0]), ["TS33328-H.1-02", "RFC6043-6.1.1-x02"])
    resp = family(own, "setting/tls_policies/rfc6043", "TLS, a policy without parameters in the response (tls_policies=rfc6043)",
                  profiles, ("transfer_resp",))["transfer_resp"]
    resp.model["payloads"].insert(-1, x.sp(0, 241, []))
    resp.model["hdr"]["cs"][0]["ps"] = [0]
    yield resp
    yield resp.deviate("no-policy", "#P=0 of a TLS session in a response (tls_policies=rfc6043)", "hdr.cs[0].ps", "#P is 0",
                       entry(0, ps=[]), row)
    yield resp.deviate("parameters", "an SP of Prot type TLS with parameters (tls_policies=rfc6043)", "SP[0].policy_param",
                       "the SP has a parameter", member("SP", policy_param=[{"type": 0, "value": "01"}]), ["TS33328-H.1-04"])


def spi_required():
    own = Exchange("spi_required-session", "128", encr_alg=0, setting={"spi_required": "session"})
    draft = family(own, "setting/spi_required/session", "an MPK without SPI (spi_required=session)", {"": RFC}, ("request_resp",),
                   also={"request_resp": ["RFC6043-6.2.1-02"]})["request_resp"]
    of(draft.model, "KEMAC")["encr_data"][0]["kv"] = 0
    yield draft

    def tgk(model, keys):
        of(model, "KEMAC")["encr_data"][1]["kv"] = 0
    yield draft.deviate("tgk", "a TGK without SPI (spi_required=session)", "KEMAC[0].encr_data.KEY_DATA[1].kv", "KV of the TGK is Null",
                        tgk, ["RFC6043-6.2.1-02"])
    outer = Exchange("mix_scope-outer", "128", setting={"mix_scope": "outer"})
    init = family(outer, "setting/mix_scope/outer", "a ticket with another PRF (mix_scope=outer)", {"": RFC}, ("request_init",))["request_init"]
    of(init.model, "TP")["prf_func"] = 1
    yield init
    yield init.deviate("v", "HMAC-SHA-256-256 beside MIKEY-1 (mix_scope=outer)", "V[0].auth_alg", "V uses HMAC-SHA-256-256",
                       member("V", auth_alg=2), ["RFC6043-12.1-08"])


def error_pk():
    own = Exchange("error_pk_key-envelope", "128", method="pk", setting={"error_pk_key": "envelope"})
    about = own.request_init()
    yield Draft("settings", "setting/error_pk_key/envelope", "Error about REQUEST_INIT_PK with a V from the envelope key "
                "(error_pk_key=envelope)", *own.error(about, [8]), RFC, keeps.ERROR + keeps.V, {"sender": "K"},
                {"in_error": x.made(about)}, key_values(own, "request_init"))
