"""All trace vectors, in order."""

import pathlib

from .. import stored
from . import golden_calls, golden_e2ae, golden_e2ae_paths, golden_hops, golden_media, golden_paths, golden_people, golden_posted, golden_replays, golden_sdp

MODULES = (golden_sdp, golden_e2ae, golden_e2ae_paths, golden_media, golden_people, golden_calls, golden_paths, golden_hops, golden_replays, golden_posted)
KIND = stored.Kind("traces", pathlib.Path(__file__).resolve().parent, "tgt-", "trace ", "RFC 4567, RFC 6043, TS 33.328", stored.in_order(MODULES), "traces")
