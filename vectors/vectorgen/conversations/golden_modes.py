"""Accepted conversations: modes, roles' variants, algorithms, profiles, key types, updates, reuse, Errors, who knows what."""

from ..exchange import (GTGK, GTGK_SALT, SRTP_POLICY, TEK, TEK_SALT, TGK, TGK_SALT, other, sp, srtp)
from .golden import Draft, upto
from .keeps import kept
from .plan import ALICE, BOB, CAROL, MODE1, MODES, SECRETS, Plan, media, message, mixed, tls

ALL = ((TGK, 16), (TGK_SALT, 16), (TEK, 16), (TEK_SALT, 16), (GTGK, 16), (GTGK_SALT, 16))
FORKED = "DEFGHINO"
RSA_ONLY = ("tpk", "rsa_i", "rsa_r", "rsa_kms", "psk_i", "psk_r")


def accepted(group, name, title, plan, clauses=(), ids=None, **more):
    return Draft(group, name, title, plan, sorted(set(kept(plan)) | set(clauses)), ids, **more)


class Parents:
    """Accepted parents by plan and number of messages, each yielded once."""

    def __init__(self):
        self.made, self.new = {}, []

    def of(self, plan, count, title, **more):
        key = (plan.name, count)
        if key not in self.made:
            own = upto(plan, count)
            self.made[key] = accepted("parents", f"parent/{plan.name}/{count}", f"{title}, up to message {count}", own, **more)
            self.new.append(self.made[key])
        return self.made[key]

    def flush(self):
        new, self.new = self.new, []
        return new


def drafts(p):
    for draft in list(modes()) + list(tickets()) + list(policies()) + list(times()) + list(given()):
        yield draft
    yield from updates()
    yield from reuse()
    yield from errors()
    yield from section8_to_10()
    yield from ims()


def modes():
    for number, steps in MODES.items():
        for suite, ones in (("128", "DFGHNO"), ("256", FORKED)):
            own = ones if number < 3 else ones.replace("D", "") + "L"
            plan = Plan(f"mode{number}-{suite}", suite=suite, ones=own, steps=steps, keys=((TGK, 16 if suite == "128" else 32),))
            yield accepted("modes", f"mode{number}/{suite}", f"mode {number}, {suite}-bit algorithms, I={int('I' in ones)}", plan)
    variants = [("psk", "pk"), ("pk", "psk"), ("pk", "pk")]
    for request, resolve in variants:
        for suite, pss in (("128", False), ("256", True)):
            name = f"{request}-{resolve}-{suite}"
            plan = Plan(name, suite=suite, request=request, resolve=resolve, pss=pss, ones=FORKED, trust=("ca",),
                        keys=((TGK, 16),))
            yield accepted("modes", f"variant/{name}", f"Ticket Request {request.upper()}, Ticket Resolve {resolve.upper()}, "
                           f"{'RSA-PSS' if pss else 'PKCS #1 v1.5'}, {suite}-bit algorithms", plan)
    for suite in ("kw", "null128", "null256"):
        for ones in {"kw": ("DFGHNO", FORKED), "null128": ("DFGHNO",), "null256": (FORKED,)}[suite]:
            plan = Plan(f"suite-{suite}-{ones}", suite=suite, ones=ones, spi_len=3 if suite == "kw" else 4)
            yield accepted("modes", f"suite/{suite}/{ones}",
                           f"{'AES key wrap' if suite == 'kw' else 'NULL encryption'} ({suite}), "
                           f"I={int('I' in ones)}", plan)


def tickets():
    for kinds, name, title in ((((TGK_SALT, 16),), "tgk-salt", "TGK+SALT"), (((TEK, 16),), "tek", "TEK"),
                               (((TEK_SALT, 16),), "tek-salt", "TEK+SALT"), (((GTGK, 16),), "gtgk", "GTGK"),
                               (((GTGK_SALT, 16),), "gtgk-salt", "GTGK+SALT"), (ALL, "all", "every type of key")):
        for ones in {"tgk-salt": (FORKED,), "tek": ("DFGHNO",), "tek-salt": (FORKED,), "gtgk": ("DFGHNO",),
                     "gtgk-salt": (FORKED,)}.get(
                name, ("DFGHNO", FORKED)):
            yield accepted("tickets", f"keys/{name}/{ones}", f"{title} in the ticket, I={int('I' in ones)}",
                           Plan(f"keys-{name}-{ones}", ones=ones, keys=kinds))
    long = tuple((kind, length) for kind, length in zip((TGK, GTGK, TEK, TGK_SALT), (32, 24, 31, 17)))
    yield accepted("tickets", "keys/lengths", "keys of 17 to 32 octets",
                   Plan("keys-lengths", suite="256", ones=FORKED, keys=long))
    yield accepted("tickets", "keys/none-tp", "no KEMAC in TP: the KMS chooses a TGK", Plan("keys-none-tp", asked_keys=None))
    yield accepted("tickets", "type2", "3GPP base ticket under RFC 6043 alone", Plan("type2", ticket=(2, 0, 0)))
    for ones in ("DFHNO", "DFGNO", "DEFHINO", "DEFGHJNO", "DFGH", "DEFGHILMNO", "DEHINO", "DHJLNO"):
        complete = "F" not in ones
        plan = Plan(f"flags-{ones}", ones=ones, keys=((GTGK if complete and "I" in ones else TGK, 16),),
                    steps=MODE1[:5] if complete else MODE1)
        yield accepted("tickets", f"flags/{ones}", f"flags {' '.join(sorted(ones))}", plan)
    changed = [("flags", {"asked": "DFGHJNO", "ones": "DFGHKNO"}, "J"),
               ("allowed", {"allowed": (BOB, CAROL), "granted": (BOB,), "ones": "DFGHKNO"}, "IDRr"),
               ("keys", {"asked_keys": ((GTGK, 16),), "ones": "DFGHKNO"}, "the keys")]
    for name, members, what in changed:
        yield accepted("tickets", f"changed/{name}", f"the KMS changes {what} asked for, K=1", Plan(f"changed-{name}", **members))


def policies():
    yield accepted("tickets", "apps", "applications and rekeying interval in the policy",
                   Plan("apps", apps=(b"app.example.com/voice", b"app.example.com/video"), rekey=True))
    yield accepted("tickets", "unlimited", "a ticket without TRs and TRe", Plan("unlimited", validity=None))
    for ts_type in (0, 1):
        yield accepted("tickets", f"validity{ts_type}", f"TRs and TRe of TS type {ts_type}",
                       Plan(f"validity-{ts_type}", validity_type=ts_type, now=30))
    yield accepted("tickets", "no-idrpsk", "no IDRpsk", Plan("no-idrpsk", idrpsk=False))
    sessions = (srtp(1, 0x11111111, (0, 1), "*"), srtp(2, None, (), ""), srtp(9, 0x22222222, (1,), "", 1))
    long = [(k, "20" if k == 1 else "0c" if k == 4 else val) for k, val in SRTP_POLICY]
    yield accepted("tickets", "sessions", "three SRTP sessions: two policies, no policy yet, S=1",
                   Plan("sessions", cs=sessions, sps=(sp(0), sp(1, 0, long))))
    yield accepted("tickets", "added-session", "the Responder adds a crypto session",
                   Plan("added-session", cs_resp=(srtp(1, 0x11111111, spi="*"), srtp(2, 0x22222222, spi="*"),
                                                  srtp(3, 0x33333333, spi="*"))))
    yield accepted("tickets", "no-sessions", "no crypto session", Plan("no-sessions", cs=(), sps=()))
    yield accepted("tickets", "application-specific", "PSK S/MIME and Application Specific sessions, numbers given",
                   media("application-specific", profile="rfc6043",
                         prot_types={"tls": 241, "psk_smime": 242, "application_specific": 243},
                         allowed=(), cs=(other(1, 242, "*"), other(2, 243, "*"), other(3, 241, "*")), sps=()))
    for size in (16, 32):
        yield accepted("tickets", f"sizes{size}", f"pre-shared keys, TPK and MPK of {size} octets, RANDs of 64",
                       Plan(f"sizes-{size}", suite="256", size=size, ones=FORKED, sizes={name: 64 for name in (
                           "request_rand", "randri", "randrr", "resolve_rand", "randrkms", "ticket_rand")}))


def times():
    for ts_type, name in enumerate(("NTP-UTC", "NTP", "COUNTER", "NTP-UTC-32")):
        yield accepted("modes", f"ts/{ts_type}", f"TS type {name}, with KEMACs of AES-CM",
                       Plan(f"ts-{ts_type}", ts={"": ts_type}, ones="DFGHLMNO", supplied_i=((TEK, 16),), supplied_r=((TGK, 16),)))
    for form in ("ntp", "unix", "hex"):
        yield accepted("modes", f"now/{form}", f"`now` as {form}, 290 seconds away", Plan(f"now-{form}", now=290, now_form=form))
    yield accepted("modes", "now/skew", "skew of 5 seconds", Plan("now-skew", now=3, skew=5))


def given():
    """What the conversation gives: the view of one party, or a few keys."""
    yield accepted("views", "initiator", "what the Initiator knows", Plan("view-i", ones=FORKED, suite="256", give=("psk_i",),
                   steps=MODES[2]))
    for ones in ("DFGHNO", FORKED, "DEFHINO", "DFHNO"):
        yield accepted("views", f"responder/{ones}", f"what the Responder knows: MPKi comes with RESOLVE_RESP, flags {ones}",
                       Plan(f"view-r-{ones}", ones=ones, keys=ALL[::2], give=("psk_r",), steps=MODES[3]))
    yield accepted("views", "kms", "what the KMS knows", Plan("view-k", ones=FORKED))
    yield accepted("views", "no-tpk", "both pre-shared keys and no TPK",
                   Plan("view-no-tpk", ones=FORKED, suite="256", give=("psk_i", "psk_r")))
    yield accepted("views", "direct", "MPKi, MPKr and MPKr' given",
                   Plan("view-direct", ones=FORKED, give=(), steps=MODES[4], given={
        "mpki": lambda m: m.ticket.mpki, "mpkr": lambda m: m.ticket.mpkr}))
    yield accepted("views", "direct-forked", "MPKi and MPKr' given",
                   Plan("view-direct-forked", ones=FORKED, give=(), steps=MODES[4], given={
        "mpki": lambda m: m.ticket.mpki, "mpkr_forked": lambda m: m.exchanges[-1].forked()}))
    yield accepted("views", "env", "envelope keys given, no key of the KMS",
                   Plan("view-env", request="pk", resolve="pk", give=("tpk", "rsa_i", "rsa_r"),
                        given={"env_key_i": "env_i", "env_key_r": "env_r"}))
    yield accepted("views", "omitted", "no IDRi, IDRr, IDRkms in any message", Plan("omitted", omit=("",), steps=MODE1 + (
        ("update_init", {}), ("update_resp", {}))), ids=OMITTED)
    yield accepted("views", "called", "the Responder is not the party that was called", Plan("called", ones=FORKED, called=CAROL,
                   allowed=("?@?", BOB), steps=MODE1 + (("update_init", {}), ("update_resp", {}))))
    yield accepted("views", "called-omitted", "no IDRr in TRANSFER_INIT: r_called enters its MAC", Plan(
        "called-omitted", ones="DFGHNO", called=CAROL, omit=("transfer",), identities=("i", "r", "kms", "r_called"),
        steps=MODES[4]),
        ids={0: ["RFC6043-4.2.2.1-04"]})


OMITTED = {0: ["RFC6043-4.2.1.1-06", "RFC6043-4.2.1.2-01"], 2: ["RFC6043-4.2.2.1-04"],
           3: ["RFC6043-4.2.3.1-05", "RFC6043-4.2.3.2-01"]}


def updates():
    new = {"keys": ((TGK, 32),)}
    both = "DEFGHIJLMNO"
    plan = media("update", ones=both, steps=MODE1 + (
        ("update_init", {"number": 0, "keys": ((TGK, 32), (TEK, 32))}), ("update_resp", {"number": 0, "keys": ((TEK_SALT, 32),)}),
        ("update_init", {"number": 1, "by": "R", "keys": ((GTGK, 32),)}), ("update_resp", {"number": 1, "by": "I"}),
        ("update_init", {"number": 2, "expect": 0}), ("update_init", {"number": 3, "by": "R", "expect": 0})))
    yield accepted("updates", "update/media", "IMS media: updates from both sides, with and without KEMAC, V 0 and 1", plan)
    for suite, ones, mode in (("128", "DFGHLMNO", 1), ("256", "DFHLMNO", 4), ("kw", "DEFGHILMNO", 1), ("256", "FGHLMNO", 3)):
        name = f"update/{suite}-{ones}"
        yield accepted("updates", name, f"updates, {suite}, flags {ones}, mode {mode}", Plan(
            name, suite=suite, ones=ones, spi_len=3, steps=MODES[mode] + (
                ("update_init", {"number": 0, "keys": ((TGK, 16),)}), ("update_resp", {"number": 0, "keys": ((TEK, 16),)}),
                ("update_init", {"number": 1, "by": "R"}), ("update_resp", {"number": 1, "by": "I", "keys": ((TEK, 16),)}))))
    yield accepted("updates", "update/f0", "F=0: updates with the keys of TRANSFER_INIT", Plan(
        "update-f0", ones="DHLNO", steps=MODE1[:5] + (("update_init", {"expect": 0, "keys": ((TEK, 16),)}),
                                                      ("update_init", {"number": 1, "by": "R", "expect": 1}),
                                                      ("update_resp", {"number": 1, "by": "I"}))))
    yield accepted("updates", "update/new-session", "an update adds a crypto session with a policy of its own", Plan(
        "update-new-session", steps=MODE1 + (("update_init", {"cs": (srtp(7, 0x77777777, (3,), "*"),), "sps": (sp(3),)}),
                                             ("update_resp", {}))))
    yield accepted("updates", "update/message", "an immediate message, then an update without response", message(
        "update-message", steps=MODE1[:5] + (("update_init", {"expect": 0}),)))
    yield accepted("updates", "update/responder-view", "updates as the Responder sees them", Plan(
        "update-responder", ones="DFGHLMNO", give=("psk_r",),
        steps=MODES[3] + (("update_init", dict(new, keys=((TGK, 16),))), ("update_resp", {}))))


def reuse():
    again = (("transfer_init", {"ex": "reuse0"}), ("transfer_resp", {}))
    resolved = (("transfer_init", {"ex": "reuse1"}), ("resolve_init", {"ex": "reuse1"}), ("resolve_resp", {"ex": "reuse1"}),
                ("transfer_resp", {}))
    for ones in ("DFGHJNO", "DEFGHIJNO"):
        yield accepted("updates", f"reuse/{ones}", f"a ticket reused, first as it is, then resolved again, flags {ones}",
                       Plan(f"reuse-{ones}", ones=ones,
                            steps=MODE1 + again + resolved + (("update_init", {}), ("update_resp", {}))))
    yield accepted("updates", "reuse/message", "two immediate messages with one ticket", message(
        "reuse-message", ones="DEHIJNO", steps=MODE1[:5] + again[:1]))
    yield accepted("updates", "reuse/update-before", "an update, then a reuse and its update", Plan(
        "reuse-update", ones="DFGHJLMNO", steps=MODE1 + (("update_init", {"keys": ((TGK, 16),)}),) + again + (
            ("update_init", {"number": 1}), ("update_resp", {"number": 1}))))
    yield accepted("updates", "two-tickets", "the Initiator makes a second ticket (mode 4)", Plan(
        "two-tickets", ones="FGHJLNO", steps=MODES[4] + (("transfer_init",
                                                          {"ex": "transfer", "fresh": True, "rand": "b", "csb": "b"}),
                                                         ("transfer_resp", {}))))


ERRORS = (("request_init", 0, 1, "K"), ("request_resp", 1, 2, "I"), ("transfer_init", 2, 3, "R"), ("resolve_init", 3, 4, "K"),
          ("resolve_resp", 4, 5, "R"), ("transfer_resp", 5, 6, "I"))


def errors():
    for number, (kind, at, count, sender) in enumerate(ERRORS):
        for how in ("mac",) if "transfer_resp" in kind else ("plain", "mac") if "transfer" in kind or number > 1 else ("plain",
                "mac", "sign"):
            plan = Plan(f"error-{kind}-{how}", suite="256", ones=FORKED, steps=MODE1[:count] + (
                ("error", {"about": at, "how": how, "numbers": (number, 12) if number < 4 else (14,)}),))
            yield accepted("errors", f"error/{kind}/{how}", f"Error about {kind.upper()}: {how}", plan)
    supported = {"sps": (sp(0),), "entries": ()}
    yield accepted("errors", "error/policies", "an Error that says which policies are supported", Plan(
        "error-policies", steps=MODE1[:3] + (("error", {"about": 2, "numbers": (9,), **supported}),)))
    for number, steps in (("update", (("update_init", {}), ("error", {"numbers": (11,)}))),
                          ("update-resp", (("update_init", {}), ("update_resp", {}), ("error", {"numbers": (3,)})))):
        yield accepted("errors", f"error/{number}", f"Error about {number}", Plan(f"error-{number}", steps=MODE1 + steps))
    for how in ("plain", "sign"):
        yield accepted("errors", f"error/pk/{how}", f"Error about REQUEST_INIT_PK: {how}", Plan(
            f"error-pk-{how}", request="pk", steps=("request_init", ("error", {"how": how, "numbers": (8,)}))))
    yield accepted("errors", "error/pk-resp", "Error about a REQUEST_RESP under an envelope key", Plan(
        "error-pk-resp", request="pk", steps=MODE1[:2] + (("error", {"numbers": (3,)}),)))
    yield accepted("errors", "error/about", "Error whose message is found without `about`", Plan(
        "error-about", steps=MODE1 + (("error", {"name_about": False}),)))


def section8_to_10():
    encrypted = Plan("pre-encrypted", ones="DFGHMNO", keys=(), supplied_r=((TEK, 16),))
    yield accepted("modes", "pre-encrypted",
                   "pre-encrypted content (section 8): a ticket without session keys, a TEK of the Responder", encrypted)
    between = MODE1[:4] + (("resolve_init", {"ex": "resolve", "by": "K"}), ("resolve_resp", {"ex": "resolve"}),
                           ("resolve_resp", {"ex": "resolve", "which": 0}), "transfer_resp")
    own = tuple((name, {**more, "ex": "reuse-kms"}) if i in (4, 5) else (name, more) for i, (name, more) in
                enumerate((s, {}) if isinstance(s, str) else s for s in between))
    for ones in ("DFGHNO", FORKED):
        yield accepted("modes", f"inter-kms/{ones}",
                       f"the Responder's KMS asks the issuing KMS (section 10), I={int('I' in ones)}",
                       Plan(f"inter-kms-{ones}", ones=ones, steps=own, give=SECRETS))
    yield accepted("modes", "stateless", "a stateless KMS: the request and the resolve are all it sees", Plan(
        "stateless", ones=FORKED, steps=MODE1[:2] + MODE1[2:5]))


def ims():
    people = ({"b_tid": "b-tid-alice@bsf.example.com", "impus": ["sip:alice@example.com", "sip:ally@example.com"],
               "psk": "psk_i"},
              {"b_tid": "b-tid-bob@bsf.example.com", "impus": ["sip:bob@EXAMPLE.com:5061;user=ip", "sips:robert.sales@example.com"],
               "psk": "psk_r"})
    yield accepted("ims", "ims/media", "IMS media, ticket for ?@?", media("ims-media"))
    yield accepted("ims", "ims/media-128", "IMS media, 128-bit algorithms",
                   media("ims-media-128", suite="128", keys=((TGK, 16),)))
    yield accepted("ims", "ims/media-pk", "IMS media, public key variants",
                   media("ims-media-pk", request="pk", resolve="pk", pss=True))
    yield accepted("ims", "ims/subscribers", "IMS media, B-TIDs and public identities of subscribers, keys found by B-TID", media(
        "ims-subscribers", subscribers=people, give=("tpk",), allowed=("?.sales@example.com",)))
    yield accepted("ims", "ims/subscribers-psk", "subscribers without a key: psk_i and psk_r", media(
        "ims-subscribers-psk", subscribers=tuple({k: v for k, v in one.items() if k != "psk"} for one in people)))
    for profile in ("ims-msrp-tls", "ims-bfcp-tls"):
        yield accepted("ims", f"ims/{profile}", f"{profile}: one TLS session for its m-line", tls(f"ims-{profile}", profile))
        yield accepted("ims", f"ims/{profile}-tgk", f"{profile}: tls_key=tgk",
                       tls(f"ims-{profile}-tgk", profile, setting={"tls_key": "tgk"}))
    yield accepted("ims", "ims/mixed", "RTP and MSRP under one key-mgmt",
                   mixed("ims-mixed", steps=MODE1 + (("update_init", {}), ("update_resp", {}))))
    yield accepted("ims", "ims/message", "an immediate message in PSK S/MIME", message("ims-message"))
    yield accepted("ims", "ims/message-128", "an immediate message, 128-bit algorithms, GTGK with salt, carol may resolve too",
                   message(
        "ims-message-128", suite="128", keys=((GTGK_SALT, 16),), allowed=(CAROL, BOB)))
    yield accepted("ims", "ims/message-mode3", "an immediate message with a ticket of the Initiator's", message(
        "ims-message-mode3", ones="EHILNO", steps=MODES[3][:3]))
    yield accepted("ims", "ims/reuse", "IMS media, a reusable ticket", media("ims-reuse", ones="DEFGHIJNO", steps=MODE1 + (
        ("transfer_init", {"ex": "reuse0"}), ("transfer_resp", {}))))
    wild = ((("?.sales@example.com",), "robert.sales@example.com"), (("b?b@example.com",), BOB), (("a?", "?@EXAMPLE.com"), BOB))
    for i, (allowed, who) in enumerate(wild):
        yield accepted("ims", f"ims/wildcard{i}", f"{who} resolves a ticket for {' and '.join(allowed)}", media(
            f"ims-wildcard-{i}", allowed=allowed, who={2: (who, 0)}, setting={}, steps=MODES[3]))


__all__ = ["ALICE", "accepted", "drafts"]
