"""What a session is told when it is opened (harness/include/ticketgate/iut.h, tgi_open), as Python values."""

from mikeyticket.conversation.form import read_certificates, read_pem
from mikeyticket.conversation.people import Subscriber
from mikeyticket.conversation.profile import KINDS, Profile, built_in
from mikeyticket.settings import CHOICES


class Unsupported(Exception):
    """What was asked is not there, or is nothing that this implementation knows."""


def octets(value):
    """Octets in hex; none: empty."""
    return bytes.fromhex(value) if value else b""


def identity(value):
    """(ID Type, ID Data), None where it is not known."""
    return (value.get("type", 0), octets(value.get("data"))) if value else None


def text(value):
    """An identity that is a text, given in hex or as it is."""
    try:
        return bytes.fromhex(value).decode("utf-8", "replace")
    except ValueError:
        return value


class WantedKey:
    def __init__(self, value):
        self.type, self.key_len, self.salt_len = value["type"], value.get("key_len", 16), value.get("salt_len", 0)
        self.spi = octets(value.get("spi"))


class Policy:
    """The Ticket Policy that an Initiator asks for or makes. `keys`: None without KEMAC."""

    def __init__(self, value):
        value = value or {}
        self.ticket = (value.get("ticket_type", 1), value.get("subtype", 1), value.get("version", 1))
        self.prf = value.get("prf_func", 0)
        self.flags = value.get("flags") or ""
        self.start, self.end = value.get("start"), value.get("end")
        if value.get("has_start") is False:
            self.start = None
        if value.get("has_end") is False:
            self.end = None
        self.time_type, self.rekey = value.get("time_type", 3), value.get("rekey") or 0
        keys = value.get("keys")
        self.keys = None if keys is None or value.get("has_keys") is False else [WantedKey(key) for key in keys]
        self.applications = [identity(one) for one in value.get("applications") or ()]
        self.responders = [identity(one) for one in value.get("responders") or ()]


class Session:
    """A crypto session that is offered, or answered otherwise than offered."""

    def __init__(self, value):
        self.cs_id, self.prot_type, self.s = value["cs_id"], value.get("prot_type", 0), int(value.get("s") or 0)
        policies = value.get("policies") or ""
        self.policies = list(policies) if isinstance(policies, list) else list(octets(policies))
        self.data, self.spi = octets(value.get("session_data")), octets(value.get("spi"))
        self.key, self.own_key = value.get("key") or 0, bool(value.get("own_key"))


class Transfer:
    """What a Ticket Transfer message offers or answers."""

    def __init__(self, value):
        value = value or {}
        self.sessions = [Session(one) for one in value.get("sessions") or ()]
        self.policies = [security_policy(one) for one in value.get("policies") or ()]
        self.keys = [WantedKey(one) for one in value.get("keys") or ()]


def security_policy(value):
    """An SP payload."""
    params = [{"type": one["type"], "value": one.get("value") or ""} for one in value.get("params") or ()]
    return {"payload": "SP", "policy_no": value["policy_no"], "prot_type": value.get("prot_type", 0), "policy_param": params}


def profile_of(name, settings=None, prot_types=None):
    if name not in built_in():
        raise Unsupported(f"profile {name}")
    for setting, choice in (settings or {}).items():
        if setting not in CHOICES or choice not in CHOICES[setting]:
            raise Unsupported(f"setting {setting}={choice}")
    profile = Profile(name, settings or {}, {})
    for kind, number in (prot_types or {}).items():
        if kind in KINDS and number < 0:
            profile.prot_types.pop(kind, None)
        elif kind in KINDS:
            profile.prot_types[kind] = number
    return profile


def rsa_of(pem):
    if not pem:
        return None
    found = read_pem(pem)
    if found is None:
        raise Unsupported("PEM without an RSA key")
    return found


class Options:
    def __init__(self, call):
        self.role = call["role"]
        self.profile = profile_of(call.get("profile") or "rfc6043", call.get("settings"), call.get("prot_types"))
        self.settings = self.profile.settings
        self.mode, self.pk, self.chash = call.get("mode") or 1, bool(call.get("pk")), bool(call.get("chash"))
        self.prf, self.encr, self.mac = call.get("prf_func", 0), call.get("encr_alg", 1), call.get("mac_alg", 1)
        self.ts_type, self.skew = call.get("ts_type", 0), call.get("skew", 300)
        self.leave_out_ids, self.plain_errors = bool(call.get("leave_out_ids")), bool(call.get("plain_errors"))
        self.own, self.kms, self.called = (identity(call.get(name)) for name in ("self", "kms", "called"))
        self.psk, self.tpk, self.psk_kms = (octets(call.get(name)) for name in ("psk", "tpk", "psk_kms"))
        self.psk_id = identity(call.get("psk_id"))
        self.rsa_own, self.rsa_kms = rsa_of(call.get("rsa_own")), rsa_of(call.get("rsa_kms"))
        self.certificates = (read_certificates(call["rsa_own"]) or ()) if call.get("rsa_own") else ()
        self.trust = [one for pem in call.get("trust") or () for one in read_certificates(pem) or ()] or None
        self.policy = Policy(call.get("policy"))
        self.offer, self.answer, self.update_answer = (Transfer(call.get(name)) for name in ("offer", "answer", "update_answer"))
        self.supported = [security_policy(one) for one in call.get("supported") or ()]
        self.resolve_each_time, self.refuse = bool(call.get("resolve_each_time")), call.get("refuse")
        self.subscribers = self.read_subscribers(call.get("subscribers"), call.get("has_subscribers"))
        self.min_key, self.max_key = call.get("min_key") or 16, call.get("max_key") or 32
        self.max_validity = call.get("max_validity") or 0
        if self.prf not in (0, 1) or self.encr not in (0, 1, 2, 3) or self.mac not in (1, 2) or self.ts_type not in range(4):
            raise Unsupported("algorithm or timestamp type")

    @staticmethod
    def read_subscribers(values, there):
        if values is None or there is False:
            return None
        return [Subscriber(octets(one.get("b_tid")) or None, [text(uid) for uid in one.get("uids") or ()],
                           octets(one.get("psk")) or None) for one in values]
