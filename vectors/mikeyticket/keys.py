"""What is needed beside the octets to protect or verify one message."""

from dataclasses import dataclass, field
from typing import Callable, Optional

from .settings import DEFAULTS

INITIATOR, RESPONDER, KMS = 1, 2, 3         # IDR roles (RFC 6043 Table 6.11)


@dataclass
class Keys:
    protect: bytes = b""                # pre-shared key, envelope key, MPKi or MPKr'
    direction: int = 1                  # the octet of the label: 1 initial message, 2 response (RFC 6043 5.1.2)
    rand_i: bytes = b""                 # RANDs of the label
    rand_r: bytes = b""
    known: dict = field(default_factory=dict)    # role -> identity, for IDRs that are left out
    initial: Optional[bytes] = None     # the message that a response answers
    iv_time: Optional[tuple] = None     # (TS type, TS value) where the message has no T of its own
    tpk: bytes = b""
    mpkr: bytes = b""                   # of Vr
    prf: Optional[int] = None           # in place of a PRF func that does not exist
    sender_role: int = INITIATOR
    sign_key: object = None             # private key of SIGN (its public half verifies)
    kms_key: object = None              # private key of the KMS (its public half encrypts)
    random: Optional[Callable] = None   # label, number of octets -> octets
    settings: dict = field(default_factory=lambda: dict(DEFAULTS))

    def prf_of(self, func):
        return func if self.prf is None else self.prf
