"""All vectors of SMIME.md, in order."""

import pathlib

from .. import stored
from . import containers_broken, containers_further, containers_kept, containers_other, containers_segments, containers_taken_off, entities, messages, messages_origin

MODULES = (containers_kept, containers_broken, containers_other, containers_taken_off, containers_further, containers_segments, entities, messages, messages_origin)
KIND = stored.Kind("smime", pathlib.Path(__file__).resolve().parent, "tgm-", "smime ", "TS 33.328 annex I", stored.in_order(MODULES))
