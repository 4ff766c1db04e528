"""The expected answer, from what the maker knows: which keys are right, what is in each KEMAC, who can know what.

Nothing here reads a message: `known` follows which secrets the conversation gives and which messages authenticate. What a
deviation breaks (statuses, ids, keys that do not come out) is declared with it and handed in as `faults`.
"""

import json

from mikeyticket import ciphers, coverage, derive

from ..draft import ROWS
from ..exchange import MPK, TGK, TGK_SALT
from .messages import forked_key
from .protection import first, kemac_iv, of_name, time_of

FORKING = (TGK, TGK_SALT)
GTGKS, TEKS = (4, 5), (2, 3)


class Known:
    """What a judge knows of a ticket."""

    def __init__(self, given):
        """`given`: secrets given directly, name -> octets."""
        self.mpki, self.mpkr, self.mpkr_forked = (given.get(name) for name in ("mpki", "mpkr", "mpkr_forked"))
        self.keys = None                    # keys of the ticket
        self.resolved = []                  # (modifier, keys) as RESOLVE_RESPs gave them forked, the newest first
        self.transferred = []               # keys of KEMACs of Ticket Transfer exchanges, the newest first


class Expectation:
    def __init__(self, m, secrets, faults):
        """`secrets`: the names that are given; `faults`: index -> declared differences."""
        self.m, self.secrets, self.faults = m, set(secrets), faults
        given = {name: (value(m) if callable(value) else getattr(m, value)) for name, value in m.plan.given.items()}
        self.given_keys = given
        self.env = {name: given[name.replace("env", "env_key")] for name in ("env_i", "env_r") if name.replace("env",
                "env_key") in given}
        self.tickets = {}                   # what makes a ticket the same -> Known
        self.known = self.last = Known(given)               # of the message's ticket; of the last that had one
        self.answers = [None] * len(m.made)
        self.waiting = []                   # TRANSFER_INITs whose MPKi is not known yet

    def run(self):
        for at in range(len(self.m.made)):
            self.judge(at)
            self.again(at)
        entries = self.answers
        return {"verdict": verdict(entries, self.m.made), "messages": entries}

    def again(self, at):
        """TRANSFER_INIT is judged again, in its place, when a RESOLVE_RESP has given MPKi."""
        known = self.known
        if self.m.made[at].kind != "resolve_resp" or known.mpki is None:
            return
        again = [index for index in self.waiting if self.known_of(self.m.made[index]) is known]
        self.waiting = [index for index in self.waiting if index not in again]
        for index in again:
            self.judge(index)

    def known_of(self, made):
        """What is known of the ticket of a message: its own, that of the message it answers or of its exchange; or None."""
        if made.kind in ("update_init", "update_resp"):
            made = made.exchange.init
        elif made.kind in ("transfer_resp", "resolve_resp"):
            made = made.answers
        node = first(made.model["payloads"], "TICKET")
        if node is None or made.kind == "error":
            return None
        own = json.dumps({k: v for k, v in node.items() if k not in ("next_payload", "initiator_data", "initiator_data_len")},
                         sort_keys=True)
        return self.tickets.setdefault(own, Known(self.given_keys))

    # --- one message ----------------------------------------------------------------------------------------------

    def judge(self, at):
        made, fault = self.m.made[at], self.faults.get(at, {})
        answer = {"parse": "ok", "auth": "ok", "ticket_auth": "absent", "vr_auth": "absent", "kemac": "absent",
                  "findings": [], "derived": {}}
        self.answers[at] = answer
        if fault.get("parse") == "error":
            answer.update(parse="error", auth="skipped", ticket_auth="skipped", vr_auth="skipped", kemac="skipped")
            answer["findings"] = findings(fault.get("ids", ()))
            return
        own = self.known_of(made)
        self.known = own or (made.kind == "error" and self.known_of(made.answers)) or self.last
        self.open_ticket(made, answer, fault)
        self.authenticate(at, made, answer, fault)
        self.open_kemac(made, answer, fault)
        self.check_vr(made, answer, fault)
        for name in ("auth", "ticket_auth", "vr_auth", "kemac"):
            if name in fault:
                answer[name] = fault[name]
        self.derive(made, answer, fault)
        if answer["auth"] == "ok":
            self.learn(made, answer, fault)
        if at == max(i for i, one in enumerate(self.answers) if one):
            self.last = own or self.last    # not where it is judged again
        self.state(answer, own or self.last)
        if answer["auth"] == "ok" and made.hdr["data_type"] in (14, 15):
            cs = self.session_keys(made)
            if cs:
                answer["derived"]["cs"] = cs
        answer["findings"] = findings(set(fault.get("ids", ())) | set(made.extra.get("ids", ())))

    @staticmethod
    def state(answer, known):
        for name in ("mpki", "mpkr", "mpkr_forked"):
            if getattr(known, name) is not None:
                answer["derived"][name] = getattr(known, name).hex()

    def open_ticket(self, made, answer, fault):
        """ticket_auth, and what the TPK opens: known whatever authenticates the message."""
        node = first(made.model["payloads"], "TICKET")
        if node is None:
            return
        answer["ticket_auth"] = fault.get("ticket_auth", "ok" if "tpk" in self.secrets and base_ticket(node) else "skipped")
        if answer["ticket_auth"] == "ok" and not fault.get("ticket_closed"):
            ticket, known = made.ticket, self.known
            known.mpki, known.mpkr = known.mpki or ticket.mpki, known.mpkr or ticket.mpkr
            known.keys = ticket.keys if known.keys is None else known.keys

    def has(self, made):
        """Whether the secret that authenticates the message is at hand."""
        need = made.needs
        if made.kind in ("update_init", "update_resp") and "F" in made.exchange.ticket.ones and not self.answered(made.exchange):
            return False                    # 5.2: no keys but those of a TRANSFER_RESP, where there has to be one
        if need in ("mpki", "mpkr_forked"):
            return self.has_mpk(made, need)
        if need in ("env_i", "env_r"):
            return need in self.env
        if need in ("rsa_i", "rsa_r") and made.kind != "error" and has_certificate(made):
            return True
        return need in self.secrets

    def answered(self, exchange):
        """Whether the TRANSFER_RESP of an exchange has been authenticated."""
        return any(made is exchange.resp and answer and answer["auth"] == "ok" for made, answer in zip(self.m.made, self.answers))

    def has_mpk(self, made, need):
        known = self.known
        if need == "mpki":
            return known.mpki is not None
        return known.mpkr is not None or known.mpkr_forked is not None

    def authenticate(self, at, made, answer, fault):
        last = made.model["payloads"][-1] if made.model["payloads"] else {}
        if last.get("payload") not in ("V", "SIGN", "KEMAC") or last.get("auth_alg") == 0:
            answer["auth"] = "absent"
        elif not self.has(made):
            answer["auth"] = "skipped"
            if made.kind == "transfer_init" and at not in self.waiting:
                self.waiting.append(at)

    def open_kemac(self, made, answer, fault):
        node = first(made.model["payloads"], "KEMAC")
        if node is None:
            return
        kept = made.needs
        usable = self.env.get(kept) is not None if kept in ("env_i", "env_r") else self.has(made)
        answer["kemac"] = "ok" if usable or node["encr_alg"] == 0 else "skipped"

    def check_vr(self, made, answer, fault):
        node = first(made.model["payloads"], "TICKET")
        if node and len(of_name(node.get("initiator_data", []), "V")) >= 2:
            answer["vr_auth"] = "ok" if self.known.mpkr is not None else "skipped"

    # --- derived --------------------------------------------------------------------------------------------------

    def derive(self, made, answer, fault):
        out, settings = answer["derived"], self.m.settings_judged
        last = made.model["payloads"][-1] if made.model["payloads"] else {}
        if answer["auth"] in ("ok", "fail"):
            if last["payload"] != "SIGN":
                alg = last["auth_alg" if last["payload"] == "V" else "mac_alg"]
                out["auth_key"] = made.label.key("auth_key", ciphers.AUTH_BITS[alg]).hex()
            data = made.data
            out["mac_input"] = made.cover.input(data, made.model, made.spans).hex()
        node = first(made.model["payloads"], "KEMAC")
        if node and answer["kemac"] in ("ok", "fail"):
            self.derive_kemac(made, node, answer, fault, out, settings)
        self.envelope(made, answer, fault, out)
        if answer["ticket_auth"] in ("ok", "fail") and not fault.get("ticket_no_chain"):
            out["ticket"] = self.derive_ticket(made, answer, fault, settings)
        if answer["vr_auth"] in ("ok", "fail"):
            out["vr"] = self.derive_vr(made, settings)

    def envelope(self, made, answer, fault, out):
        """The envelope key of a *_INIT_PK, opened or given."""
        name = "env_i" if made.kind == "request_init" else "env_r"
        if made.env_key is not None:
            if answer["auth"] == "ok" and "rsa_kms" in self.secrets and not fault.get("no_env"):
                self.env[name] = made.env_key
            if name in self.env:
                out["env_key"] = self.env[name].hex()

    def derive_kemac(self, made, node, answer, fault, out, settings):
        alg = node["encr_alg"]
        if alg:
            key, salt = (made.label.key(kind, bits[alg]) for kind,
                         bits in (("encr_key", ciphers.KEY_BITS), ("salt_key", ciphers.SALT_BITS)))
            time = (made.iv_time or time_of(made.model["payloads"])) if alg != 2 else None
            out.update(encr_key=key.hex(), salt_key=salt.hex(), iv=kemac_iv(alg, salt, made.hdr["csb_id"], time, settings).hex())
        if answer["kemac"] == "ok":
            out["kemac_plain"] = made.plain.hex()

    def derive_ticket(self, made, answer, fault, settings):
        node, ticket, out = first(made.model["payloads"], "TICKET"), made.ticket, {}
        data, func = node["ticket_data"], node["prf_func"]
        rand = bytes.fromhex(first(data, "RAND")["rand"])
        kemac, mac = first(data, "KEMAC"), data[-1]
        out["auth_key"] = derive.ticket_key("auth_key", func, ticket.tpk, rand, ciphers.AUTH_BITS[mac["auth_alg"]]).hex()
        v_at = len(of_name(data, "V")) - 1
        out["mac_input"] = coverage.ticket_input(made.data, made.spans, "TICKET[0]", f"TICKET[0].ticket_data.V[{v_at}]").hex()
        if answer["ticket_auth"] != "ok":
            return out
        alg = kemac["encr_alg"]
        if alg:
            key = derive.ticket_key("encr_key", func, ticket.tpk, rand, ciphers.KEY_BITS[alg])
            salt = derive.ticket_key("salt_key", func, ticket.tpk, rand, ciphers.SALT_BITS[alg])
            csb_id = 0xFFFFFFFF if settings["ticket_iv_csb"] == "ffffffff" else 0
            out.update(encr_key=key.hex(), salt_key=salt.hex(),
                       iv=kemac_iv(alg, salt, csb_id, time_of(data) if alg != 2 else None, settings).hex())
        if not fault.get("ticket_closed"):
            out["kemac_plain"] = ticket.plain.hex()
            if not fault.get("ticket_no_mpk"):
                out["mpk"] = ticket.mpk.hex()
        return out

    def derive_vr(self, made, settings):
        node = first(made.model["payloads"], "TICKET")
        func = made.ticket.prf
        if settings["vr_prf"] == "hdr":
            init = made if made.hdr["data_type"] == 14 else made.exchange.init
            func = init.hdr["prf_func"]
        at = len(of_name(node["initiator_data"], "V")) - 1
        alg = of_name(node["initiator_data"], "V")[-1]["auth_alg"]
        covered = coverage.vr_input(made.data, made.spans, "TICKET[0]", f"TICKET[0].initiator_data.V[{at}]")
        key = derive.vr_key(func, self.known.mpkr, ciphers.AUTH_BITS[alg])
        return {"auth_key": key.hex(), "mac_input": covered.hex()}

    # --- learning -------------------------------------------------------------------------------------------------

    def learn(self, made, answer, fault):
        known = self.known
        opened = answer["kemac"] == "ok" and not fault.get("learns_nothing")
        keys = fault.get("keys", made.keys) if opened else None
        if made.kind == "request_resp" and keys is not None:
            mpks = [k.key for k in keys if k.type == MPK]
            known.mpki = known.mpki or (mpks[0] if mpks else None)
            if "I" in made.ticket.ones:
                known.mpkr = known.mpkr or (mpks[1] if len(mpks) > 1 else None)
            known.keys = [k for k in keys if k.type != MPK] if known.keys is None else known.keys
        elif made.kind == "resolve_resp" and keys is not None:
            self.learn_resolved(made, keys)
        elif made.kind in ("transfer_init", "transfer_resp", "update_init", "update_resp"):
            if keys is not None:
                known.transferred.insert(0, keys)
            if made.kind == "transfer_resp" and "I" in made.ticket.ones and not made.extra.get("no_modifier"):
                known.mpkr_forked = derive.forked_key("mpkr_forked", made.ticket.prf, made.ticket.mpkr, *made.exchange.modifier)

    def learn_resolved(self, made, keys):
        known, forked = self.known, "I" in made.ticket.ones
        mpks = [k.key for k in keys if k.type == MPK]
        known.mpki = known.mpki or (mpks[0] if mpks else None)
        session = [k for k in keys if k.type != MPK]
        if forked:
            known.resolved.insert(0, (made.extra["modifier"], session))
            known.mpkr_forked = mpks[1] if len(mpks) > 1 else known.mpkr_forked
        elif known.keys is None:
            known.keys = session

    # --- session keys ---------------------------------------------------------------------------------------------

    def session_keys(self, made):
        out = {}
        for entry in made.hdr.get("cs", ()):
            key = self.key_named(made, entry["spi"])
            if key is None or str(entry["cs_id"]) in out:
                continue
            keys = self.keys_of(made, entry, key)
            if keys:
                out[str(entry["cs_id"])] = keys
        return out

    def key_named(self, made, spi):
        """The key that an SPI names, TGK' where the ticket's TGK is forked; None where it cannot be used yet."""
        if not spi:
            return None
        spi, known, modifier = bytes.fromhex(spi), self.known, self.modifier_of(made)
        for keys in known.transferred:
            for key in keys:
                if key.spi == spi and key.type != MPK:
                    return key
        for key in known.keys or ():
            if key.spi == spi:
                if key.type not in FORKING or "I" not in made.ticket.ones:
                    return key
                return forked_key(made.ticket, key, modifier) if modifier else None
        if known.keys is None:
            chosen = [keys for own, keys in known.resolved if own == modifier] + [keys for _, keys in known.resolved]
            for key in chosen[0] if chosen else ():
                if key.spi == spi:
                    return key
        return None

    def modifier_of(self, made):
        """The modifier that TRANSFER_RESP has said, in it and in updates."""
        if made.kind == "transfer_init" or made.extra.get("no_modifier"):
            return None
        return made.exchange.modifier if made.kind == "transfer_resp" or self.answered(made.exchange) else None

    def keys_of(self, made, entry, key):
        if key.type in TEKS:
            out = {"tek": key.key.hex()}
            if key.salt:
                out["salt"] = key.salt.hex()
            return out
        exchange = made.exchange
        if "G" in made.ticket.ones and not exchange.rand_r or ("G" in made.ticket.ones and made is exchange.init):
            return None
        rand_i = exchange.rand_i if "H" in made.ticket.ones else b""
        rand_r = exchange.rand_r if "G" in made.ticket.ones else b""
        is_srtp = entry["prot_type"] == 0
        length = policy_number(made, entry, 1, 16) if is_srtp else len(key.key)
        prf = made.hdr["prf_func"]
        out = {"tek": derive.session_key("tek", prf, key.key, entry["cs_id"], rand_i, rand_r, length * 8).hex()}
        if key.salt:
            out["salt"] = key.salt.hex()
        elif is_srtp:
            bits = policy_number(made, entry, 4, 14) * 8
            out["salt"] = derive.session_key("salt_key", prf, key.key, entry["cs_id"], rand_i, rand_r, bits).hex()
        return out


def policy_number(made, entry, kind, default):
    """A parameter of the first policy of a crypto session; the message's own SP wins, then TRANSFER_INIT's."""
    if not entry["ps"]:
        return default
    for source in (made, made.answers):
        node = first(source.model["payloads"], "SP", policy_no=entry["ps"][0]) if source is not None else None
        if node:
            value = next((int(p["value"] or "0", 16) for p in node["policy_param"] if p["type"] == kind), None)
            return value if value is not None and 1 <= value <= 64 else default
    return default


def has_certificate(made):
    node = first(made.model["payloads"], "CERT")
    return bool(node) and node["cert_type"] in (0, 2, 3)


def base_ticket(node):
    return (node["ticket_type"], node["subtype"], node["version"]) in ((1, 1, 1), (2, 0, 0))


def findings(ids):
    return [{"id": row, "on_receive": ROWS[row]["on_receive"]} for row in sorted(ids)]


def verdict(entries, made):
    for answer, one in zip(entries, made):
        plain_error = one.kind == "error" and answer["auth"] == "absent"
        if answer["parse"] == "error" or (answer["auth"] != "ok" and not plain_error):
            return "reject"
        if "fail" in (answer["ticket_auth"], answer["vr_auth"], answer["kemac"]):
            return "reject"
        if any(f["on_receive"] == "reject" for f in answer["findings"]):
            return "reject"
    return "accept"


def secrets_given(conversation, plan):
    """Names of the secrets that a conversation gives, as a plan names them; the keys of subscribers are found by B-TID."""
    given = conversation.get("secrets", {})
    by_name = [one["psk"] for one in plan.subscribers if "psk" in one] if plan.idrpsk else []
    return [name for name in given if name != "rsa"] + [f"rsa_{who}" for who in given.get("rsa", {})] + by_name
