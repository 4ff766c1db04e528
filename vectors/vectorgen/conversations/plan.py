"""What a conversation is like, as data."""

from dataclasses import dataclass, field, replace

from ..exchange import GTGK, MEDIA_FLAGS, MESSAGE_FLAGS, NAI, TGK, URI, other, sp, srtp

# PRF func, Encr alg, MAC alg.
SUITES = {"128": (0, 1, 1), "256": (1, 3, 2), "kw": (0, 2, 1), "null128": (0, 0, 1), "null256": (1, 0, 2)}
ALICE, BOB, CAROL, KMS_NAME = "alice@example.com", "bob@example.com", "carol@example.com", "sip:kms.example.com"
MODE1 = ("request_init", "request_resp", "transfer_init", "resolve_init", "resolve_resp", "transfer_resp")
MODES = {1: MODE1, 2: ("request_init", "request_resp", "transfer_init", "transfer_resp"),
         3: ("transfer_init", "resolve_init", "resolve_resp", "transfer_resp"), 4: ("transfer_init", "transfer_resp")}
SECRETS = ("psk_i", "psk_r", "tpk", "psk_kms", "rsa_i", "rsa_r", "rsa_kms")


@dataclass
class Plan:
    name: str                               # everything random hangs on it
    profile: str = "rfc6043"
    setting: dict = field(default_factory=dict)         # settings other than the profile's, that the octets are made with
    judged: dict = None                     # those that the conversation names; None: the same
    suite: str = "128"
    suites: dict = field(default_factory=dict)          # of one exchange: request, transfer, resolve, update, ticket
    size: int = 0                           # octets of psk, envelope key, TPK, MPK; 0: 16 or 32 by the ticket's PRF
    sizes: dict = field(default_factory=dict)           # of one of them, RANDs too
    request: str = "psk"                    # psk or pk
    resolve: str = "psk"                    # psk, pk or kms (section 10 of RFC 6043)
    pss: bool = False
    ticket: tuple = (1, 1, 1)
    ones: str = "DFGHNO"
    asked: str = None                       # flags of TP; None: those granted, without K
    keys: tuple = ((TGK, 16),)              # type and octets of the keys in the ticket
    asked_keys: object = "same"             # of the KEMAC in TP; None: there is none
    supplied_i: tuple = ()                  # keys of the KEMAC in TRANSFER_INIT
    supplied_r: tuple = ()
    omit: tuple = ()                        # exchanges whose messages carry no IDRi, IDRr, IDRkms
    idrpsk: bool = True
    ts: dict = field(default_factory=dict)  # TS type of an exchange or of the ticket; "" for all others
    cs: tuple = None                        # crypto sessions of TRANSFER_INIT; spi "*" is the ticket's first key
    cs_resp: tuple = None
    sps: tuple = None
    sps_resp: tuple = ()
    who: dict = field(default_factory=dict)             # role -> (text, ID Type)
    called: str = None                      # IDRr of TRANSFER_INIT, where another party answers
    allowed: tuple = ()                     # IDRr of the policy asked for; default: who answers
    granted: tuple = None                   # IDRr of the policy granted, where the KMS changed it
    validity: tuple = (-60, 86400)          # TRs, TRe: seconds from the start, or None
    validity_type: int = 3
    rekey: bool = False
    apps: tuple = ()
    certs: dict = field(default_factory=dict)           # "i", "r" -> names of the certificates in a chain
    spi_len: int = 4
    now: object = None                      # seconds from the start
    now_form: str = "ntp"                   # ntp, unix, hex
    skew: int = None
    trust: tuple = ()
    subscribers: tuple = ()
    give: tuple = SECRETS[:3] + SECRETS[4:]             # the secrets that the conversation gives
    given: dict = field(default_factory=dict)           # secrets given directly: name -> attribute of the maker
    identities: tuple = ("i", "r", "kms")
    prot_types: dict = field(default_factory=dict)
    mline: str = None
    steps: tuple = MODE1
    start: int = 0                          # seconds between the fixed day and the first message

    def but(self, **members):
        return replace(self, **members)

    def suite_of(self, exchange):
        chosen = self.suites.get(exchange) or (self.suites.get("transfer") if exchange == "update" else None) or self.suite
        return SUITES[chosen] if isinstance(chosen, str) else chosen

    def ts_of(self, exchange):
        return self.ts.get(exchange, self.ts.get("", 0))


def media(name, **members):
    base = {"profile": "ims-media", "suite": "256", "ticket": (2, 0, 0), "ones": MEDIA_FLAGS, "allowed": ("?@?",),
            "keys": ((TGK, 32),)}
    return Plan(name, **{**base, **members})


def tls(name, profile="ims-msrp-tls", **members):
    base = {"profile": profile, "cs": (other(1, 241, "*"),), "sps": (), "mline": "bfcp" if "bfcp" in profile else "msrp"}
    return media(name, **{**base, **members})


def mixed(name, **members):
    base = {"profile": "ims-mixed", "cs": (srtp(1, 0x0A0A0A01, spi="*"), srtp(2, 0x0A0A0A02, spi="*"), other(3, 241, "*"))}
    return media(name, **{**base, **members})


def message(name, **members):
    """An immediate message: F=0, so that TRANSFER_INIT is the last message of its exchange."""
    base = {"profile": "ims-message", "ones": MESSAGE_FLAGS, "keys": ((GTGK, 32),), "cs": (other(1, 242, "*"),), "sps": (),
            "steps": MODE1[:5]}
    return media(name, **{**base, **members})


PEOPLE = {1: (ALICE, NAI), 2: (BOB, NAI), 3: (KMS_NAME, URI)}
SP = sp
