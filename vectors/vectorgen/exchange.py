"""Builds the models of complete MIKEY-TICKET exchanges, and what protects them.

An Exchange is one conversation with its settings; its methods give (model, keys) of each message, in the order of the
figures of RFC 6043 4.2.1, 4.2.2, 4.2.3, 5.2 and 5.4.
"""

import copy

from mikeyticket import derive, settings as settings_module
from mikeyticket.keys import INITIATOR, KMS, RESPONDER, Keys
from mikeyticket.protect import protect

from . import material

TGK, TGK_SALT, TEK, TEK_SALT, GTGK, GTGK_SALT, MPK = range(7)
KEY_NAMES = {TGK: "tgk", TGK_SALT: "tgk", TEK: "tek", TEK_SALT: "tek", GTGK: "gtgk", GTGK_SALT: "gtgk"}
NAI, URI, BYTES = 0, 1, 2

# PRF func, Encr alg, MAC alg, octets of keys and RANDs.
SUITES = {"128": (0, 1, 1, 16), "256": (1, 3, 2, 32), "kw": (0, 2, 1, 16)}

SRTP_POLICY = [(0, "01"), (1, "10"), (2, "01"), (3, "14"), (4, "0e"), (7, "01"), (8, "01"), (10, "01"), (11, "0a")]
MEDIA_FLAGS = "DEFGHINO"                # annex D: I and F, so E
MESSAGE_FLAGS = "DEHINO"                # annex F.3: F=0, G=0, H=1, I=1


def sp(policy_no=0, prot_type=0, params=SRTP_POLICY):
    return {"payload": "SP", "policy_no": policy_no, "prot_type": prot_type,
            "policy_param": [{"type": kind, "value": value} for kind, value in params]}


def t(seconds, ts_type=0):
    return {"payload": "T", "ts_type": ts_type, "ts_value": material.ntp(seconds, ts_type)}


def tr(role, seconds, ts_type=3):
    return {"payload": "TR", "ts_role": role, "ts_type": ts_type, "ts_value": material.ntp(seconds, ts_type)}


def idr(role, text, id_type=NAI):
    data = text if isinstance(text, bytes) else text.encode()
    return {"payload": "IDR", "id_role": role, "id_type": id_type, "id_data": data.hex()}


def randr(role, octets):
    return {"payload": "RANDR", "rand_role": role, "rand": octets.hex()}


def v(auth_alg, word="MAC"):
    return {"payload": "V", "auth_alg": auth_alg, "ver_data": word}


def kemac(encr_alg, payloads, mac_alg=0):
    return {"payload": "KEMAC", "encr_alg": encr_alg, "encr_data": payloads, "mac_alg": mac_alg, "mac": ""}


def flags(ones):
    return {flag: int(flag in ones) for flag in "DEFGHIJKLMNO"}


def srtp(cs_id, ssrc, ps=(0,), spi="", s=0):
    data = {"ssrc": ssrc, "roc": 0, "seq": 1000 + cs_id} if s else {"ssrc": ssrc}
    return {"cs_id": cs_id, "prot_type": 0, "s": s, "ps": list(ps), "session_data": "" if ssrc is None else data,
            "spi": spi}


def other(cs_id, prot_type, spi="", ps=()):
    return {"cs_id": cs_id, "prot_type": prot_type, "s": 0, "ps": list(ps), "session_data": "", "spi": spi}


class Exchange:
    def __init__(self, name, suite="128", method="psk", ticket=(1, 1, 1), ones="DFGHNO", key_types=(TGK,),
                 cs=None, cs_resp=None, sps=None, tp_kemac=True, ts_type=0, setting=None, ids=True, idr_ticket=None,
                 encr_alg=None, apps=(), validity=True, pss=False, salt=False, identities=None,
                 spi_len=4, spis=None, idrpsk=True, ticket_idrpsk=True, rekey=False):
        self.name, self.method, self.ticket, self.ones = name, method, ticket, ones
        self.prf, self.encr, self.mac, self.size = SUITES[suite]
        self.encr = self.encr if encr_alg is None else encr_alg
        self.key_types, self.tp_kemac, self.ts_type, self.ids = key_types, tp_kemac, ts_type, ids
        self.settings = settings_module.settings(**(setting or {}))
        self.apps, self.validity, self.pss, self.rekey = apps, validity, pss, rekey
        self.spi_len, self.idrpsk, self.ticket_idrpsk = spi_len, idrpsk, ticket_idrpsk
        self.who = {INITIATOR: ("alice@example.com", NAI), RESPONDER: ("bob@example.com", NAI),
                    KMS: ("sip:kms.example.com", URI)}
        self.who.update(identities or {})
        self.allowed = idr_ticket or [self.who[RESPONDER][0]]
        self.forked, self.g, self.h = "I" in ones, "G" in ones, "H" in ones
        self.transfer_time = 20
        self.spis = dict(enumerate(spis or (self.octets(f"spi {i}", spi_len).hex() for i in range(len(key_types)))))
        self.mpk_spi = self.octets("spi mpk", spi_len).hex()
        spi = self.spis.get(0, "")
        self.sps = [sp()] if sps is None else sps
        self.cs = cs if cs is not None else [srtp(1, 0x11111111, spi="*"), srtp(2, 0x22222222, spi="*")]
        self.cs = [{**entry, "spi": spi if entry["spi"] == "*" else entry["spi"]} for entry in self.cs]
        self.cs_resp = cs_resp if cs_resp is not None else [self.answered(entry, spi) for entry in self.cs]
        self.make_keys()

    def octets(self, what, length=None):
        return material.octets(f"{self.name}/{what}", self.size if length is None else length)

    @staticmethod
    def answered(entry, spi):
        """A crypto session as the Responder completes it: one policy, Session Data and SPI."""
        done = copy.deepcopy(entry)
        if done["prot_type"] == 0:
            done["ps"] = done["ps"][:1] or [0]
            done["session_data"] = done["session_data"] or {"ssrc": 0x33000000 + done["cs_id"]}
        done["spi"] = done["spi"] or spi
        return done

    def make_keys(self):
        """Keys of the ticket and what follows from them (RFC 6043 A.2.2, 5.1.1)."""
        self.psk_i, self.psk_r, self.tpk, self.mpk = (self.octets(n) for n in ("psk i", "psk r", "tpk", "mpk"))
        self.env_i, self.env_r = self.octets("env i"), self.octets("env r")
        self.rand_i, self.rand_r, self.rand_kms = (self.octets(n) for n in ("randri", "randrr", "randrkms"))
        self.resolve_rand, self.ticket_rand = self.octets("resolve randrr"), self.octets("ticket rand")
        self.session = [self.octets(f"key {i}") for i in range(len(self.key_types))]
        self.salts = [self.octets(f"salt {i}", 14) for i in range(len(self.key_types))]
        self.log_mpk, self.log_fork = [], []
        self.mpki = derive.ticket_mpk("mpki", self.prf, self.mpk, self.ticket_rand, self.log_mpk)
        self.mpkr = derive.ticket_mpk("mpkr", self.prf, self.mpk, self.ticket_rand, self.log_mpk)
        identity = self.identity(RESPONDER)
        self.mpkr_forked = derive.forked_key("mpkr_forked", self.prf, self.mpkr, identity, self.rand_kms, self.log_fork)
        self.session_forked = [
            derive.forked_key("tgk_forked", self.prf, key, identity, self.rand_kms, self.log_fork)
            if self.forked and kind in (TGK, TGK_SALT) else key for kind, key in zip(self.key_types, self.session)]

    def identity(self, role):
        text = self.who[role][0]
        return text if isinstance(text, bytes) else text.encode()

    def csb_id(self, which):
        return material.number(f"{self.name}/csb {which}", 32)

    def known(self):
        return {role: self.identity(role) for role in (INITIATOR, RESPONDER, KMS)}

    def keys(self, protect_with, direction=1, **more):
        """Keys of one message; `more` are further members of Keys."""
        base = Keys(protect=protect_with, direction=direction, known=self.known(), tpk=self.tpk, mpkr=self.mpkr,
                    settings=self.settings, random=lambda what, n: self.octets(what, n),
                    kms_key=material.private_key("kms"))
        for name, value in more.items():
            setattr(base, name, value)
        return base

    def hdr(self, data_type, which, v_flag=0, entries=None):
        hdr = {"version": 1, "data_type": data_type, "v": v_flag, "prf_func": self.prf, "csb_id": self.csb_id(which)}
        if entries is None:
            return {**hdr, "cs_id_map_type": 1}
        return {**hdr, "cs_id_map_type": 2, "cs": copy.deepcopy(entries)}

    def idrs(self, *roles):
        return [idr(role, *self.who[role]) for role in roles] if self.ids else []

    # --- ticket -------------------------------------------------------------------------------------------------

    def key_data(self, kind, key, spi, salt=None):
        node = {"payload": "KEY_DATA", "type": kind, "kv": 1, "key_data": key.hex()}
        if kind in (TGK_SALT, TEK_SALT, GTGK_SALT):
            node["salt_data"] = salt.hex()
        return {**node, "spi": spi}

    def session_key_data(self, keys, zero=False):
        return [self.key_data(kind, bytes(len(key)) if zero else key, self.spis[i],
                              bytes(14) if zero else self.salts[i])
                for i, (kind, key) in enumerate(zip(self.key_types, keys))]

    def policy(self, granted):
        """TP Data in the order of RFC 6043 6.10."""
        out = [idr(KMS, *self.who[KMS]), idr(INITIATOR, *self.who[INITIATOR])]
        if self.validity:
            out += [tr(2, 0), tr(3, 86400 if granted or "K" not in self.ones else 172800)]     # K: the KMS shortened it
        if self.rekey:
            out.append({"payload": "TR", "ts_role": 4, "ts_type": 3, "ts_value": "00000e10"})
        if self.tp_kemac and not granted:
            out.append(kemac(0, self.session_key_data(self.session, zero=True)))
        out += [idr(5, app, BYTES) for app in self.apps]
        return out + [idr(RESPONDER, text) for text in self.allowed]

    def ticket_head(self, name, granted):
        ticket_type, subtype, version = self.ticket
        return {"payload": name, "ticket_type": ticket_type, "subtype": subtype, "version": version,
                "prf_func": self.prf, "flags": flags(self.ones if granted else self.ones.replace("K", "")), "res": 0,
                "tp_data": self.policy(granted)}

    def tp(self):
        return self.ticket_head("TP", False)

    def ticket_payload(self, initiator_data=False):
        keys = [self.key_data(MPK, self.mpk, self.mpk_spi)] + self.session_key_data(self.session)
        data = [{"payload": "THDR", "thdr_data": self.octets("thdr", 8).hex()}, t(10, self.ts_type),
                {"payload": "RAND", "rand": self.ticket_rand.hex()}, kemac(self.encr, keys)]
        if self.ticket_idrpsk:
            data.append(idr(4, b"tpk-2024-01", BYTES))
        node = {**self.ticket_head("TICKET", True), "ticket_data": data + [v(self.mac, "TICKET_MAC")]}
        if initiator_data and self.forked:
            node["initiator_data"] = [v(self.mac, "VI"), v(self.mac, "VR")]
            if self.settings["vi_next"] == "identical":
                node["initiator_data"][0]["next_payload"] = 0
        return node

    # --- Ticket Request -----------------------------------------------------------------------------------------

    def request_init(self):
        pk = self.method == "pk"
        out = [t(0, self.ts_type), randr(1, self.rand_i)] + self.idrs(INITIATOR)
        if pk:
            out += [cert("initiator"), cert("ca")]
        out += self.idrs(KMS) + [self.tp()]
        out += self.pk_tail() if pk else self.psk_tail("b-tid-alice@bsf.example.com")
        return ({"hdr": self.hdr(12 if pk else 11, "request", 1), "payloads": out}, self.request_keys(1))

    def psk_tail(self, name):
        return ([idr(4, name, BYTES)] if self.idrpsk else []) + [v(self.mac)]

    def pk_tail(self):
        import hashlib
        func, name = (2, "sha256") if self.prf else (0, "sha1")
        digest = hashlib.new(name, material.certificate("kms")).hexdigest()
        return [{"payload": "CHASH", "hash_func": func, "hash": digest}, {"payload": "PKE", "c": 0, "data": "PKE"},
                {"payload": "SIGN", "s_type": int(self.pss), "signature": "SIGNATURE"}]

    def request_keys(self, direction, **more):
        secret = self.env_i if self.method == "pk" else self.psk_i
        return self.keys(secret, direction, rand_i=self.rand_i, sign_key=material.private_key("initiator"), **more)

    def request_resp(self):
        keys = [self.key_data(MPK, self.mpki, self.mpk_spi)]
        if self.forked:
            keys.append(self.key_data(MPK, self.mpkr, self.mpk_spi))
        out = [t(10, self.ts_type)] + self.idrs(KMS) + [self.ticket_payload()]
        out += [kemac(self.encr, keys + self.session_key_data(self.session)), v(self.mac)]
        more = {"initial": made(self.request_init()), "iv_time": self.iv_time(0)}
        return ({"hdr": self.hdr(13, "request"), "payloads": out}, self.request_keys(2, **more))

    def iv_time(self, seconds):
        """T of the initial message, where the setting says that a response's IV uses it."""
        if self.settings["iv_time"] == "own":
            return None
        return self.ts_type, bytes.fromhex(material.ntp(seconds, self.ts_type))

    # --- Ticket Transfer ----------------------------------------------------------------------------------------

    def transfer_init(self, supplied=None, which="transfer"):
        out = [t(self.transfer_time, self.ts_type), randr(1, self.rand_i)] + self.idrs(INITIATOR, RESPONDER)
        out += copy.deepcopy(self.sps) + [self.ticket_payload(True)]
        if supplied:
            out.append(kemac(self.encr, copy.deepcopy(supplied)))
        v_flag = int("F" in self.ones) if self.settings["v_flag"] == "sec4" else 0
        return ({"hdr": self.hdr(14, which, v_flag, self.cs), "payloads": out + [v(self.mac)]},
                self.keys(self.mpki, 1, rand_i=self.rand_i))

    def transfer_resp(self, supplied=None, sps=(), which="transfer"):
        out = [t(self.transfer_time + 5, self.ts_type)]
        if self.g:
            out.append(randr(2, self.rand_r))
        if self.forked:
            out += [idr(RESPONDER, *self.who[RESPONDER]), randr(3, self.rand_kms)]
        out += copy.deepcopy(list(sps))
        if supplied:
            out.append(kemac(self.encr, copy.deepcopy(supplied)))
        secret = self.mpkr_forked if self.forked else self.mpki
        keys = self.keys(secret, 2, rand_i=self.rand_i, rand_r=self.rand_r if self.g else b"",
                         initial=made(self.transfer_init(which=which)), iv_time=self.iv_time(self.transfer_time))
        return ({"hdr": self.hdr(15, which, 0, self.cs_resp), "payloads": out + [v(self.mac)]}, keys)

    # --- Ticket Resolve -----------------------------------------------------------------------------------------

    def resolve_init(self):
        pk = self.method == "pk"
        out = [t(22, self.ts_type), randr(2, self.resolve_rand)] + self.idrs(RESPONDER)
        if pk:
            out += [cert("responder"), cert("ca")]
        transferred = protect(*self.transfer_init()).tree
        ticket = next(node for node in transferred["payloads"] if node["payload"] == "TICKET")
        mine = self.ticket_payload()
        if "initiator_data" in ticket:
            mine["initiator_data"] = ticket["initiator_data"]
        out += self.idrs(KMS) + [mine]
        out += self.pk_tail() if pk else self.psk_tail("b-tid-bob@bsf.example.com")
        return ({"hdr": self.hdr(17 if pk else 16, "resolve", 1), "payloads": out}, self.resolve_keys(1))

    def resolve_keys(self, direction, **more):
        secret = self.env_r if self.method == "pk" else self.psk_r
        return self.keys(secret, direction, rand_r=self.resolve_rand, sign_key=material.private_key("responder"), **more)

    def resolve_resp(self):
        keys = [self.key_data(MPK, self.mpki, self.mpk_spi)]
        if self.forked:
            keys.append(self.key_data(MPK, self.mpkr_forked, self.mpk_spi))
        out = [t(23, self.ts_type)] + self.idrs(KMS)
        out.append(kemac(self.encr, keys + self.session_key_data(self.session_forked)))
        if self.forked:
            out += [idr(RESPONDER, *self.who[RESPONDER]), randr(3, self.rand_kms)]
        more = {"initial": made(self.resolve_init()), "iv_time": self.iv_time(22)}
        return ({"hdr": self.hdr(18, "resolve"), "payloads": out + [v(self.mac)]}, self.resolve_keys(2, **more))

    # --- CSB update, Error --------------------------------------------------------------------------------------

    def update_keys(self, own_direction):
        """RFC 6043 5.2: both messages use the keys of the last message of the initial exchange (setting update_keys)."""
        answered = "F" in self.ones
        secret = self.mpkr_forked if answered and self.forked else self.mpki
        direction = (2 if answered else 1) if self.settings["update_keys"] == "same_keys" else own_direction
        return self.keys(secret, direction, rand_i=self.rand_i, rand_r=self.rand_r if answered and self.g else b"")

    def update_init(self, by=INITIATOR, supplied=None, sps=(), cs=None, expect=1, seconds=600):
        first, second = (INITIATOR, RESPONDER) if by == INITIATOR else (RESPONDER, INITIATOR)
        out = [t(seconds, self.ts_type)] + self.idrs(first, second) + copy.deepcopy(list(sps))
        if supplied:
            out.append(kemac(self.encr, copy.deepcopy(supplied)))
        keys = self.update_keys(1)
        keys.sender_role = by
        entries = self.cs_resp if cs is None else cs
        return {"hdr": self.hdr(14, "transfer", expect, entries), "payloads": out + [v(self.mac)]}, keys

    def update_resp(self, by=RESPONDER, supplied=None, initial=None, cs=None, seconds=605):
        """`by` answers an update that the other party started; `initial` is that update's (model, keys)."""
        out = [t(seconds, self.ts_type)] + self.idrs(by)
        if supplied:
            out.append(kemac(self.encr, copy.deepcopy(supplied)))
        keys = self.update_keys(2)
        keys.sender_role, keys.initial = by, made(initial)
        entries = self.cs_resp if cs is None else cs
        return {"hdr": self.hdr(15, "transfer", 0, entries), "payloads": out + [v(self.mac)]}, keys

    def error(self, about, numbers, sps=(), plain=False, signed=False, entries=None, by=None, seconds=30):
        """An Error about a message given as (model, keys) (RFC 6043 5.4)."""
        model, keys = about
        hdr = {"version": 1, "data_type": 6, "v": 0, "prf_func": self.prf, "csb_id": model["hdr"]["csb_id"]}
        hdr.update({"cs_id_map_type": 1} if entries is None else {"cs_id_map_type": 2, "cs": copy.deepcopy(entries)})
        out = [t(seconds, self.ts_type)]
        out += [{"payload": "ERR", "error_no": n, "reserved": 0} for n in numbers] + copy.deepcopy(list(sps))
        keys = copy.copy(keys)
        keys.initial = None
        if signed:
            keys.sign_key = material.private_key(by)
            out.append({"payload": "SIGN", "s_type": int(self.pss), "signature": "SIGNATURE"})
        elif not plain:
            out.append(v(self.mac))
        return {"hdr": hdr, "payloads": out}, keys


def cert(who, cert_type=0):
    data = material.certificate(who) if cert_type != 1 else f"http://ca.example.com/{who}.cer".encode()
    return {"payload": "CERT", "cert_type": cert_type, "cert_data": data.hex()}


def made(model_and_keys):
    """The protected octets of a message."""
    return protect(*model_and_keys).data
