"""Reading a conversation (vectors/CONVERSATION.md section 1). Whatever it holds is bounded; what is wrong is said."""

import functools
import re

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa as rsa_keys

from ..settings import CHOICES
from .people import Subscriber
from .profile import KINDS, Profile, built_in

MAX_MESSAGES = 4096
MAX_HEX = 1 << 20                   # hex digits of one message
MAX_TOTAL_HEX = 1 << 22             # and of all of them
MAX_COVERED = 1 << 26               # octets that all MACs and signatures cover: a response covers its initial message too
MAX_TEXT = 1 << 18                  # any other text
MAX_SUBSCRIBERS, MAX_IMPUS, MAX_TRUST = 4096, 256, 64

PARTIES = ("i", "r", "kms")
SECRETS = ("psk_i", "psk_r", "psk_kms", "tpk", "env_key_i", "env_key_r", "mpki", "mpkr", "mpkr_forked")
UNIX_TO_NTP = 2208988800            # seconds from 1900 to 1970
PEM = re.compile(r"-----BEGIN ([A-Z0-9 ]{1,40})-----[^-]*-----END \1-----")


class ConversationError(Exception):
    """A line that is no conversation."""

    def __init__(self, status, text):
        super().__init__(text)
        self.status, self.text = status, text


def wrong(text):
    raise ConversationError("usage", text)


def limit(text):
    raise ConversationError("limit", text)


def take(node, name, kind, where):
    """A member, None where it is left out (or null or {}); of another kind it is an error."""
    value = node.get(name)
    if value is None or value == {}:
        return None
    if not isinstance(value, kind) or isinstance(value, bool):
        wrong(f"{where}{name}: {kind.__name__ if isinstance(kind, type) else 'number'} expected")
    if isinstance(value, str) and len(value) > MAX_TEXT and name != "hex":
        limit(f"{where}{name}: too long")
    return value


def octets(node, name, where):
    text = take(node, name, str, where)
    if text is None:
        return None
    try:
        return bytes.fromhex(text) if text.isascii() and not re.search(r"\s", text) else wrong(f"{where}{name}: not hex")
    except ValueError:
        return wrong(f"{where}{name}: not hex")


class Rsa:
    """What a PEM text holds: a private key, a public key, a certificate, or some of them."""

    def __init__(self, private, public, certificate):
        self.private, self.public, self.certificate = private, public, certificate


@functools.lru_cache(256)
def read_pem(text):
    """None where the text holds no RSA key."""
    private = public = certificate = None
    for block in PEM.finditer(text):
        data, label = block.group(0).encode(), block.group(1)
        try:
            if label == "CERTIFICATE":
                certificate = certificate or x509.load_pem_x509_certificate(data)
            elif label.endswith("PRIVATE KEY"):
                private = private or serialization.load_pem_private_key(data, None)
            elif label.endswith("PUBLIC KEY"):
                public = public or serialization.load_pem_public_key(data)
        except Exception:       # the library has many ways to say no; each of them means that the text is no key
            return None
    if private is not None:
        public = private.public_key() if public is None else public
    if public is None and certificate is not None:
        public = certificate_key(certificate)
    if not isinstance(public, rsa_keys.RSAPublicKey) or not isinstance(private, (type(None), rsa_keys.RSAPrivateKey)):
        return None
    return Rsa(private, public, certificate)


def readable(certificate):
    """Whether the parts that are looked at can be read; the library reads them only when they are asked for."""
    try:
        return bool((certificate.subject, certificate.issuer, certificate.not_valid_before, certificate.not_valid_after,
                     certificate.signature, certificate.tbs_certificate_bytes))
    except Exception:           # the library has many ways to say no
        return False


def certificate_key(certificate):
    try:
        return certificate.public_key()
    except Exception:           # see above
        return None


@functools.lru_cache(64)
def read_certificates(text):
    """Every certificate of a PEM text, None where it holds none or one that cannot be read."""
    found = []
    for block in PEM.finditer(text):
        if block.group(1) == "CERTIFICATE":
            try:
                found.append(x509.load_pem_x509_certificate(block.group(0).encode()))
            except Exception:   # see above
                return None
            if not readable(found[-1]):
                return None
    return tuple(found) or None


def read_now(value):
    """The time in units of 2^-32 s since 1900, or None."""
    if value is None or value == {}:
        return None
    if isinstance(value, str):
        if not re.fullmatch(r"[0-9a-fA-F]{16}", value):
            wrong("now: 16 hex digits expected")
        return of_ntp(int(value, 16))
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 3 << 31:
        wrong("now: seconds expected, Unix or NTP, up to 2104")
    seconds = value + UNIX_TO_NTP if value < UNIX_TO_NTP else value
    return int(seconds * (1 << 32)) if isinstance(seconds, float) else seconds << 32


def of_ntp(stamp):
    """A 64-bit NTP timestamp on a scale that does not wrap: 1968 to 2104 (RFC 4330 3)."""
    return stamp if stamp >> 63 else stamp + (1 << 64)


class Conversation:
    """The conversation, every member of its kind."""

    def __init__(self, value):
        if not isinstance(value, dict):
            wrong("an object expected")
        self.profile = self.read_profile(value)
        self.settings = self.profile.settings
        mline = take(value, "mline", str, "")
        if mline not in (None, "msrp", "bfcp"):
            wrong("mline: msrp or bfcp expected")
        if mline:
            self.profile.judge_m_lines()
        self.mline = mline
        self.identities = self.read_identities(take(value, "identities", dict, "") or {})
        secrets = take(value, "secrets", dict, "") or {}
        self.secrets = {name: octets(secrets, name, "secrets.") for name in SECRETS}
        self.rsa = self.read_rsa(take(secrets, "rsa", dict, "secrets.") or {})
        self.now = read_now(value.get("now"))
        skew = take(value, "skew", (int, float), "")
        if skew is not None and not 0 <= skew <= 1 << 40:
            wrong("skew: seconds expected")
        self.skew = 300 if skew is None else skew
        self.trust = self.read_trust(value.get("trust"))
        self.subscribers = self.read_subscribers(take(value, "subscribers", list, ""))
        self.messages = self.read_messages(value.get("messages"))

    @staticmethod
    def read_profile(value):
        name = take(value, "profile", str, "") or "rfc6043"
        if name not in built_in():
            wrong("profile: not known")
        settings = take(value, "settings", dict, "") or {}
        for setting, choice in settings.items():
            if setting not in CHOICES or choice not in CHOICES[setting]:
                wrong(f"settings: {setting[:40]!r} is not known, or has no such value")
        prot_types = take(value, "prot_types", dict, "") or {}
        for kind, number in prot_types.items():
            if kind not in KINDS or isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= 255:
                wrong("prot_types: a number of 8 bits for a known kind expected")
        return Profile(name, settings, prot_types)

    @staticmethod
    def read_identities(value):
        found = {}
        for party in PARTIES + ("r_called",):
            node = take(value, party, dict, "identities.")
            if node is None:
                continue
            data, id_type = octets(node, "data", f"identities.{party}."), take(node, "type", int, f"identities.{party}.")
            if not 0 <= (id_type or 0) <= 255 or len(data or b"") > 0xFFFF:
                wrong(f"identities.{party}: a type of 8 bits and data of at most 65535 octets expected")
            if data is not None:
                found[party] = (id_type or 0, data)
        return found

    @staticmethod
    def read_rsa(value):
        found = {}
        for party in PARTIES:
            node = take(value, party, dict, "secrets.rsa.")
            text = node and take(node, "pem", str, f"secrets.rsa.{party}.")
            if text is None:
                continue
            found[party] = read_pem(text)
            if found[party] is None:
                wrong(f"secrets.rsa.{party}.pem: no RSA key in PEM")
        return found

    @staticmethod
    def read_trust(value):
        if value is None or value == {}:
            return None
        texts = [value] if isinstance(value, str) else value
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            wrong("trust: PEM texts expected")
        if len(texts) > MAX_TRUST or any(len(text) > MAX_TEXT for text in texts):
            limit("trust: too much")
        found = [read_certificates(text) for text in texts]
        if None in found:
            wrong("trust: certificates in PEM expected")
        return [certificate for some in found for certificate in some]

    @staticmethod
    def read_subscribers(value):
        if value is None:
            return None
        if len(value) > MAX_SUBSCRIBERS:
            limit("subscribers: too many")
        found = []
        for i, node in enumerate(value):
            where = f"subscribers[{i}]."
            if not isinstance(node, dict):
                wrong(f"subscribers[{i}]: an object expected")
            impus = take(node, "impus", list, where) or []
            if not all(isinstance(impu, str) for impu in impus):
                wrong(f"{where}impus: texts expected")
            if len(impus) > MAX_IMPUS or any(len(impu) > 4096 for impu in impus):
                limit(f"{where}impus: too much")
            found.append(Subscriber(octets(node, "b_tid", where), impus, octets(node, "psk", where)))
        return found

    @staticmethod
    def read_messages(value):
        if not isinstance(value, list):
            wrong("messages: an array expected")
        if len(value) > MAX_MESSAGES:
            limit("messages: too many")
        found, total = [], 0
        for i, node in enumerate(value):
            where = f"messages[{i}]."
            if not isinstance(node, dict):
                wrong(f"messages[{i}]: an object expected")
            text = take(node, "hex", str, where)
            total += len(text or "")
            if len(text or "") > MAX_HEX or total > MAX_TOTAL_HEX:
                limit(f"{where}hex: too long")
            data, sender, about = octets(node, "hex", where), take(node, "from", str, where), take(node, "about", int, where)
            if data is None:
                wrong(f"{where}hex: hex digits expected")
            if sender not in (None, "I", "R", "K"):
                wrong(f"{where}from: I, R or K expected")
            if about is not None and not 0 <= about < i:
                wrong(f"{where}about: the index of an earlier message expected")
            found.append((take(node, "ex", str, where), sender, data, about))
        return found
