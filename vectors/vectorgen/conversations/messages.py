"""The messages of the exchange figures (RFC 6043 4.2, 5.2, 5.4, 10), each a function of the maker."""

import copy
import hashlib

from mikeyticket import derive, rsa
from mikeyticket.keys import INITIATOR, KMS, RESPONDER

from .. import material
from ..exchange import BYTES, flags, idr, kemac, randr, tr, v
from .protection import Label, time_of

RSA = {"I": "initiator", "R": "responder", "K": "kms"}
DIRECT = {"request": "env_i", "resolve": "env_r"}


# --- ticket policy ------------------------------------------------------------------------------------------------

def ticket_node(m, name, allowed, ones):
    ticket_type, subtype, version = m.plan.ticket
    return {"payload": name, "ticket_type": ticket_type, "subtype": subtype, "version": version,
            "prf_func": m.plan.suite_of("ticket")[0], "flags": flags(ones), "res": 0, "tp_data": policy(m, name, allowed)}


def policy(m, name, allowed):
    """TP Data in the order of 6.10."""
    plan = m.plan
    out = [idr(KMS, *m.who[KMS]), idr(INITIATOR, *m.who[INITIATOR])]
    for role, seconds in zip((2, 3), plan.validity or ()):
        if seconds is not None:
            out.append(tr(role, plan.start + seconds, plan.validity_type))
    if plan.rekey:
        out.append({"payload": "TR", "ts_role": 4, "ts_type": 3, "ts_value": "00000e10"})
    if name == "TP" and plan.asked_keys is not None:
        asked = plan.keys if plan.asked_keys == "same" else plan.asked_keys
        keys = m.key_list("ticket 0", asked)
        for key in keys:
            key.key, key.salt = bytes(len(key.key)), bytes(len(key.salt))
        out.append(kemac(0, [key.node() for key in keys]))
    out += [idr(5, app, BYTES) for app in plan.apps]
    return out + [idr(RESPONDER, *who) for who in allowed_of(m, allowed)]


def allowed_of(m, allowed):
    if not allowed:
        return [m.who[RESPONDER]]
    return [(who, 0) if isinstance(who, (str, bytes)) else who for who in allowed]


# --- Ticket Request -----------------------------------------------------------------------------------------------

def secret(m, exchange, party, pk):
    if pk:
        return DIRECT[exchange], getattr(m, DIRECT[exchange])
    name = "psk_kms" if party == "K" else "psk_i" if exchange == "request" else "psk_r"
    return name, getattr(m, name)


def certificates(m, party):
    names = m.plan.certs.get(party.lower(), (RSA[party], "ca"))
    out = []
    for name in names:
        cert_type, name = (name if isinstance(name, tuple) else (0, name))
        data = material.certificate(name) if cert_type != 1 else f"http://ca.example.com/{name}.cer".encode()
        out.append({"payload": "CERT", "cert_type": cert_type, "cert_data": data.hex()})
    return out


def pk_tail(m, prf):
    func, name = (2, "sha256") if prf else (0, "sha1")
    digest = hashlib.new(name, material.certificate("kms")).hexdigest()
    return [{"payload": "CHASH", "hash_func": func, "hash": digest}, {"payload": "PKE", "c": 0, "data": "PKE"},
            {"payload": "SIGN", "s_type": int(m.plan.pss), "signature": "SIGNATURE"}]


def pke_of(m, env_key):
    """Fills the PKE payload, where there is one that is still a word."""
    def fill(model):
        for node in model["payloads"]:
            if node["payload"] == "PKE" and node["data"] == "PKE":
                key = m.hooks.get("pke_key", env_key)
                node["data"] = rsa.encrypt_envelope(material.private_key("kms").public_key(), key, m.settings["pke_pad"],
                                                    lambda n: m.octets("pke", n)).hex()
    return fill


def v_flag(m, value):
    return 0 if m.settings["v_flag"] == "sec6" else value


def request_init(m, ex="request", which=""):
    """`which`: a name for what is random in it, where there are several."""
    pk = m.plan.request == "pk"
    prf, _, mac = m.plan.suite_of("request")
    rand = m.rand(f"request_rand {which}".strip())
    m.request_rand, m.request_csb = rand, m.csb_id(f"request {which}".strip())
    out = [m.t("request"), randr(1, rand)] + m.idrs("request", INITIATOR)
    if pk:
        out += certificates(m, "I")
    asked = m.plan.asked if m.plan.asked is not None else m.plan.ones.replace("K", "")
    out += m.idrs("request", KMS) + [ticket_node(m, "TP", m.plan.allowed, asked)]
    name, key = secret(m, "request", "I", pk)
    out += pk_tail(m, prf) if pk else psk_tail(m, b"b-tid-alice@bsf.example.com", mac)
    m.add(ex, "I", {"hdr": m.hdr(12 if pk else 11, "request", m.request_csb, v_flag(m, 1)), "payloads": out},
          Label(prf, key, m.request_csb, 1, rand), m.cover_of(), sign_key=material.private_key("initiator"),
          pke=pke_of(m, key) if pk else None, needs="rsa_i" if pk else name, kind="request_init",
          env_key=key if pk else None)
    m.request_made = m.made[-1]


def psk_tail(m, name, mac):
    return ([idr(4, name, BYTES)] if m.plan.idrpsk else []) + [v(mac)]


def request_resp(m, ex="request", unanswered=False):
    answers = m.request_made
    prf, encr, mac = m.plan.suite_of("request")
    t, ticket = m.t("request"), m.new_ticket()
    keys = [m.mpk_key(ticket.mpki)] + ([m.mpk_key(ticket.mpkr)] if "I" in ticket.ones else []) + ticket.keys
    out = [t] + m.idrs("request", KMS) + [copy.deepcopy(ticket.node), kemac(encr, [k.node() for k in keys]), v(mac)]
    name, key = secret(m, "request", "I", m.plan.request == "pk")
    m.add(ex, "K", {"hdr": m.hdr(13, "request", m.request_csb), "payloads": out},
          Label(prf, key, m.request_csb, 2, m.request_rand), m.cover_of(answers), iv_time=m.iv_time(answers), needs=name,
          kind="request_resp", answers=answers, ticket=ticket, keys=keys)


# --- Ticket Transfer ----------------------------------------------------------------------------------------------

def transfer_init(m, ex="transfer", rand=None, csb=None, t_step=1, fresh=False):
    """`ex` beginning with reuse reuses the last ticket. `fresh`: another ticket of the Initiator's (mode 3 and 4)."""
    if not m.tickets or fresh:
        m.new_ticket()
    from .maker import Exchange
    ticket, (prf, encr, mac) = m.ticket, m.plan.suite_of("transfer")
    exchange = Exchange(ex, ticket, rand_i=m.rand(f"randri {rand or ex}"))
    exchange.csb_id = m.csb_id(csb or ex)
    node = copy.deepcopy(ticket.node)
    if "I" in ticket.ones:
        node["initiator_data"] = [v(mac, "VI"), v(mac, "VR")]
        if m.settings["vi_next"] == "identical":
            node["initiator_data"][0]["next_payload"] = 0
    who = m.idrs("transfer", INITIATOR, RESPONDER)
    if who and m.plan.called:
        who[1] = idr(RESPONDER, m.plan.called, m.who[RESPONDER][1])
    out = [m.t("transfer", t_step), randr(1, exchange.rand_i)] + who + m.policies() + [node]
    keys = m.key_list("supplied_i", m.plan.supplied_i) if m.plan.supplied_i else None
    if keys:
        out.append(kemac(encr, [k.node() for k in keys]))
    hdr = m.hdr(14, "transfer", exchange.csb_id, v_flag(m, int("F" in ticket.ones)), m.sessions())
    vr_prf = ticket.prf if m.settings["vr_prf"] == "ticket" else prf
    m.exchanges.append(exchange)
    exchange.init = m.add(ex, "I", {"hdr": hdr, "payloads": out + [v(mac)]},
                          Label(prf, ticket.mpki, exchange.csb_id, 1, exchange.rand_i), m.cover_of(known=m.known(True)),
                          vr=(vr_prf, ticket.mpkr), needs="mpki", kind="transfer_init", ticket=ticket, exchange=exchange,
                          keys=keys)


def modifier(m, exchange):
    """The modifier of the newest resolve in this exchange, else one that needed none (mode 2 and 4), or the earlier one."""
    if exchange.modifier is None:
        earlier = [e.modifier for e in m.exchanges if e.ticket is exchange.ticket and e.modifier]
        exchange.modifier = earlier[-1] if earlier else (m.identity(RESPONDER), m.rand("randrkms"))
    return exchange.modifier


def transfer_resp(m, ex=None, supplied=None, resolution=None, rand=None):
    """`resolution`: the number of the RESOLVE_RESP whose device answers, where several asked."""
    exchange = m.exchange
    if resolution is not None:
        exchange.modifier = m.resolutions[resolution]
    ticket, (prf, encr, mac) = exchange.ticket, m.plan.suite_of("transfer")
    out, forked = [m.t("transfer")], "I" in ticket.ones
    if "G" in ticket.ones:
        exchange.rand_r = m.rand(f"randrr {rand or exchange.ex}")
        out.append(randr(2, exchange.rand_r))
    if forked:
        identity, rand_kms = modifier(m, exchange)
        out += [idr(RESPONDER, identity, m.who[RESPONDER][1]), randr(3, rand_kms)]
    out += copy.deepcopy(list(m.plan.sps_resp))
    keys = m.key_list("supplied_r", m.plan.supplied_r) if m.plan.supplied_r else None
    if keys:
        out.append(kemac(encr, [k.node() for k in keys]))
    inkey = exchange.forked() if forked else ticket.mpki
    exchange.resp = m.add(ex or exchange.ex, "R",
                          {"hdr": m.hdr(15, "transfer", exchange.csb_id, 0, m.answered()), "payloads": out + [v(mac)]},
                          Label(prf, inkey, exchange.csb_id, 2, exchange.rand_i, exchange.rand_r), m.cover_of(exchange.init),
                          iv_time=m.iv_time(exchange.init), needs="mpkr_forked" if forked else "mpki", kind="transfer_resp",
                          answers=exchange.init, ticket=ticket, exchange=exchange, keys=keys)


# --- Ticket Resolve -----------------------------------------------------------------------------------------------

def resolve_init(m, ex="resolve", by="R"):
    """`by` K: KMS R asks KMS I (section 10), with the IDRr and TICKET of the Responder's request."""
    exchange, pk = m.exchange, m.plan.resolve == "pk" and by == "R"
    ticket, (prf, _, mac) = exchange.ticket, m.plan.suite_of("resolve")
    name = f"{ex} {by}"
    rand, csb = m.rand(f"resolve_rand {name}"), m.csb_id(f"resolve {name}")
    node = copy.deepcopy(next((n for n in exchange.init.model["payloads"] if n["payload"] == "TICKET"), ticket.node))
    node.pop("next_payload", None)
    out = [m.t("resolve"), randr(2, rand)] + m.idrs("resolve", RESPONDER)
    if pk:
        out += certificates(m, "R")
    out += m.idrs("resolve", KMS) + [node]
    secret_name, key = secret(m, "resolve", by, pk)
    out += pk_tail(m, prf) if pk else psk_tail(m, b"b-tid-bob@bsf.example.com" if by == "R" else b"kms-r.example.com", mac)
    made = m.add(ex, by, {"hdr": m.hdr(17 if pk else 16, "resolve", csb, v_flag(m, 1)), "payloads": out},
                 Label(prf, key, csb, 1, b"", rand), m.cover_of(), sign_key=material.private_key("responder"),
                 pke=pke_of(m, key) if pk else None, needs="rsa_r" if pk else secret_name, kind="resolve_init",
                 env_key=key if pk else None, ticket=ticket, exchange=exchange)
    made.extra.update(csb=csb, rand=rand, secret=secret_name, key=key)
    m.resolves = getattr(m, "resolves", []) + [made]


def resolve_resp(m, ex="resolve", which=-1, device=False):
    """`device`: another device of the Responder's asked, so that there is another modifier (5.1.1)."""
    answers = m.resolves[which]
    exchange, ticket = answers.exchange, answers.ticket
    prf, encr, mac = m.plan.suite_of("resolve")
    forked = "I" in ticket.ones
    earlier = [r for r in m.made if r.kind == "resolve_resp" and r.exchange is exchange]
    if forked and (device or not earlier):
        exchange.modifier = (m.identity(RESPONDER), m.rand(f"randrkms {ex}"))
    m.resolutions.append(exchange.modifier)
    keys = resolved(m, exchange)
    out = [m.t("resolve")] + m.idrs("resolve", KMS) + [kemac(encr, [k.node() for k in keys])]
    if forked:
        out += [idr(RESPONDER, exchange.modifier[0], m.who[RESPONDER][1]), randr(3, exchange.modifier[1])]
    csb, rand = answers.extra["csb"], answers.extra["rand"]
    m.add(ex, "K", {"hdr": m.hdr(18, "resolve", csb), "payloads": out + [v(mac)]},
          Label(prf, answers.extra["key"], csb, 2, b"", rand), m.cover_of(answers), iv_time=m.iv_time(answers),
          needs=answers.extra["secret"], kind="resolve_resp", answers=answers, ticket=ticket, exchange=exchange, keys=keys).extra["modifier"] = exchange.modifier


def resolved(m, exchange):
    """MPKi, MPKr' and the keys of the ticket as the Responder gets them (4.2.3.5)."""
    ticket = exchange.ticket
    if "I" not in ticket.ones:
        return [m.mpk_key(ticket.mpki)] + ticket.keys
    return [m.mpk_key(ticket.mpki), m.mpk_key(exchange.forked())] + [forked_key(ticket, key,
            exchange.modifier) for key in ticket.keys]


def forked_key(ticket, key, modifier):
    if key.type not in (0, 1):
        return key
    own = copy.copy(key)
    own.key = derive.forked_key("tgk_forked", ticket.prf, key.key, *modifier)
    return own


# --- CSB update ---------------------------------------------------------------------------------------------------

def last_message(m):
    exchange = m.exchange
    return exchange.resp or exchange.init


def update_label(m, prf, csb, direction):
    """5.2: the keys of the last message of the initial exchange (setting update_keys)."""
    last, exchange = last_message(m), m.exchange
    if m.settings["update_keys"] == "same_keys":
        return copy.copy(last.label)
    rand_r = exchange.rand_r if exchange.resp and "G" in exchange.ticket.ones else b""
    return Label(prf, last.label.inkey, csb, direction, exchange.rand_i, rand_r)


def update_known(m):
    """Who i and r are in an update without IDRs (A37)."""
    exchange, out = m.exchange, m.known()
    for made in (exchange.init, exchange.resp):
        for node in (made.model["payloads"] if made else ()):
            if node["payload"] == "IDR" and node["id_role"] in (INITIATOR, RESPONDER):
                out[node["id_role"]] = m.headed(node["id_role"], (bytes.fromhex(node["id_data"]), node["id_type"]))
    named = any(n["payload"] == "IDR" and n["id_role"] == RESPONDER for made in (exchange.init, exchange.resp) if made
                for n in made.model["payloads"])
    if not named and m.plan.called:
        out[RESPONDER] = m.headed(RESPONDER, (m.plan.called, m.who[RESPONDER][1]))
    return out


def update_who(m, *roles):
    out = m.idrs("update", *roles)
    actual = m.exchange.modifier
    for node in out:
        if node["id_role"] == RESPONDER and m.plan.called and not actual:
            node["id_data"] = m.plan.called.encode().hex()
    return out


def update_init(m, number=0, by="I", keys=(), expect=1, sps=(), cs=None, step=5):
    exchange, (prf, encr, mac) = m.exchange, m.plan.suite_of("update")
    roles = (INITIATOR, RESPONDER) if by == "I" else (RESPONDER, INITIATOR)
    supplied = m.key_list(f"update {number} {by}", keys) if keys else None
    entries = update_sessions(m, supplied, cs)
    out = [m.t("transfer", step)] + update_who(m, *roles) + copy.deepcopy(list(sps))
    if supplied:
        out.append(kemac(encr, [k.node() for k in supplied]))
    csb = exchange.csb_id
    m.update_made = m.add(f"update{number}", by, {"hdr": m.hdr(14, "update", csb, expect, entries), "payloads": out + [v(mac)]},
                          update_label(m, prf, csb, 1), m.cover_of(sender_role=roles[0], known=update_known(m)),
                          needs=last_message(m).needs, kind="update_init", ticket=exchange.ticket, exchange=exchange,
                          keys=supplied)


def update_sessions(m, supplied, cs):
    """The sessions of the initial exchange; with a new key the first of them uses it."""
    entries = copy.deepcopy(m.answered()) + [dict(entry) for entry in cs or ()]
    if supplied and entries:
        entries[0]["spi"] = supplied[0].spi.hex()
    for entry in entries:
        entry["spi"] = m.spi_of_first() if entry["spi"] == "*" else entry["spi"]
    return entries


def update_resp(m, number=0, by="R", keys=(), sps=()):
    answers, exchange, (prf, encr, mac) = m.update_made, m.exchange, m.plan.suite_of("update")
    supplied = m.key_list(f"update {number} {by}", keys) if keys else None
    entries = copy.deepcopy(answers.hdr["cs"])
    for entry in entries:
        if entry["prot_type"] == 0:
            entry["ps"] = entry["ps"][:1] or [0]
    if supplied and entries:
        entries[-1]["spi"] = supplied[0].spi.hex()
    out = [m.t("transfer")] + update_who(m, RESPONDER if by == "R" else INITIATOR) + copy.deepcopy(list(sps))
    if supplied:
        out.append(kemac(encr, [k.node() for k in supplied]))
    m.add(f"update{number}", by, {"hdr": m.hdr(15, "update", exchange.csb_id, 0, entries), "payloads": out + [v(mac)]},
          update_label(m, prf, exchange.csb_id, 2), m.cover_of(answers), iv_time=m.iv_time(answers),
          needs=last_message(m).needs, kind="update_resp", answers=answers, ticket=exchange.ticket, exchange=exchange,
          keys=supplied)


# --- Error --------------------------------------------------------------------------------------------------------

def error(m, about=-1, how="mac", numbers=(0,), sps=(), sender=None, entries=None, name_about=True):
    """An Error about message `about` (5.4): `how` is plain, mac or sign."""
    index = about if about >= 0 else len(m.made) + about
    subject = m.made[index]
    hdr = {"version": 1, "data_type": 6, "v": 0, "prf_func": subject.hdr["prf_func"], "csb_id": subject.hdr["csb_id"]}
    hdr.update({"cs_id_map_type": 1} if entries is None else {"cs_id_map_type": 2, "cs": copy.deepcopy(list(entries))})
    sender = sender or other_party(subject)
    exchange = subject.kind.split("_")[0]
    out = [m.t(exchange)] + [{"payload": "ERR", "error_no": n, "reserved": 0} for n in numbers] + copy.deepcopy(list(sps))
    label, needs, alg = error_label(subject)
    if how == "sign":
        out.append({"payload": "SIGN", "s_type": int(m.plan.pss), "signature": "SIGNATURE"})
        needs = {"I": "rsa_i", "R": "rsa_r", "K": "rsa_kms"}[sender]
    elif how == "mac":
        out.append(v(alg if alg is not None else m.plan.suite_of(exchange)[2]))
    made = m.add(subject.ex, sender, {"hdr": hdr, "payloads": out}, label, m.cover_of(),
                 sign_key=material.private_key(RSA[sender]) if how == "sign" else None, needs=needs, kind="error",
                 answers=subject)
    made.about = index if name_about else None
    made.extra["how"] = how


def other_party(subject):
    if subject.kind.startswith(("request", "resolve")):
        return "K" if subject.sender != "K" else ("I" if subject.kind.startswith("request") else "R")
    return "R" if subject.sender == "I" else "I"


def error_label(subject):
    """The auth_key of the message it is about; about a *_INIT_PK: from the envelope key (A20)."""
    needs = subject.needs
    if subject.env_key is not None:
        needs = "env_i" if subject.kind == "request_init" else "env_r"
    last = subject.model["payloads"][-1] if subject.model["payloads"] else {}
    return copy.copy(subject.label), needs, last.get("auth_alg")


# --- RFC 3830 -----------------------------------------------------------------------------------------------------

def an_id(m, role):
    return {"payload": "ID", "id_type": m.who[role][1], "id_data": m.identity(role).hex()}


def psk_init(m, ids=True, keys=((0, 16),), ex=None):
    """A pre-shared key message (RFC 3830 3.1); without `ids` its verification message covers the identities known."""
    prf, encr, mac = m.plan.suite_of("request")
    rand, csb = m.rand("old_rand"), m.csb_id("old")
    hdr = {"version": 1, "data_type": 0, "v": 1, "prf_func": prf, "csb_id": csb, "cs_id_map_type": 0,
           "cs": [{"policy_no": 0, "ssrc": 0x11223344, "roc": 0}]}
    own = m.key_list("old", keys)
    out = [m.t("request"), {"payload": "RAND", "rand": rand.hex()}] + ([an_id(m, INITIATOR), an_id(m, RESPONDER)] if ids else [])
    out += m.policies() + [{**kemac(encr, [key.node() for key in own], mac), "mac": "MAC"}]
    cover = m.cover_of()
    cover.suffix = b""
    m.old_made = m.add(ex, "I", {"hdr": hdr, "payloads": out}, Label(prf, m.psk_i, csb, 1, rand, old=True), cover, needs="psk_i",
                       kind="old_init", keys=own)


def psk_resp(m, ex=None):
    answers, mac = m.old_made, m.plan.suite_of("request")[2]
    hdr = {**answers.hdr, "data_type": 1, "v": 0}
    cover = m.cover_of()
    carried = any(node["payload"] == "ID" for node in answers.model["payloads"])
    known = carried or m.settings["absent_identity"] == "known"
    cover.suffix = (m.identity(INITIATOR) + m.identity(RESPONDER) if known else b"") + time_of(answers.model["payloads"])[1]
    m.add(ex, "R", {"hdr": copy.deepcopy(hdr), "payloads": [m.t("request"), an_id(m, RESPONDER), v(mac)]},
          copy.copy(answers.label), cover,
          needs="psk_i", kind="old_resp", answers=answers)
