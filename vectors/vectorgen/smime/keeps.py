"""Which rows the vectors of SMIME.md have to keep and to break."""

from ..entries import rows_of

# The rows of section 4 there. Those of how a receiver behaves, and of what holds over all messages of a key, no one container shows.
JUDGED = rows_of("smime", "mime", "messaging")
# AES-GCM and AES-CCM need no padding: no octets break these (SMIME.md section 4).
NOTHING_BREAKS = ("RFC5083-2.2-01", "RFC5083-2.2-02")
