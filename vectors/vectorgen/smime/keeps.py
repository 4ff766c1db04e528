"""Which rows the vectors of SMIME.md have to keep and to break."""

from ..draft import ROWS

# The sources whose rows section 4 speaks of, and the rows of TS 33.328 there.
SOURCES = ("RFC5083-", "RFC5084-", "RFC5652-", "RFC3565-", "RFC8551-")
OF_3GPP = ("TS33328-I.2.1-05", "TS33328-I.2.1-x01", "TS33328-I.2.1-x02", "TS33328-I.2.1-x03", "TS33328-I.2.2-x01", "TS33328-I.2.2-x02",
           "TS33328-F.3-12", "TS33328-F.3-13", "TS33328-F.3-14", "TS33328-F.3-15", "TS33328-F.3-16", "TS33328-F.3-x01", "TS33328-G.3.3-02", "TS33328-J.1-03")
# Rows that one container does not show: behaviour of a receiver, or what holds over all messages of a key.
BEHAVIOUR = ("RFC5083-2-01", "RFC5083-2-02", "RFC5084-1.4-01", "RFC5084-1.4-02", "RFC5084-1.5-01", "RFC5084-1.5-02", "RFC5084-3.1-03",
             "RFC5084-3.1-04", "RFC5084-3.2-02", "RFC3565-2.1-x01")
# AES-GCM and AES-CCM need no padding: no octets break these (SMIME.md section 4).
NOTHING_BREAKS = ("RFC5083-2.2-01", "RFC5083-2.2-02")


def judged_rows():
    return [row for row in ROWS if row.startswith(SOURCES) and row not in BEHAVIOUR] + list(OF_3GPP)
