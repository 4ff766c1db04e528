"""All vectors of TLS, in order."""

import pathlib

from .. import stored
from . import golden, golden_13, golden_broken, golden_cut, golden_dtls, golden_recorded, golden_resumed

MODULES = (golden, golden_13, golden_broken, golden_cut, golden_dtls, golden_recorded, golden_resumed)


def collect():
    for module in MODULES:
        yield from module.drafts()


KIND = stored.Kind("tls", pathlib.Path(__file__).resolve().parent, "tgs-", "tls ", "TS 33.328 annex H", collect)
