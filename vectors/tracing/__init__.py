"""The judge of traces (vectors/TRACE.md), written from that page and the RFCs.

sip, sdp, http   messages and descriptions, cut
units            the units of a trace (section 1)
calls            calls, legs, transactions, offers and answers
found            MIKEY messages in them; which are copies, what exchange and conversation they are of (section 2)
keyed            conversations under keys, TLS connections, PSK S/MIME (section 3)
rows_*           the rows of section 5, by topic
notes            notes
judge            units, profile, key file and settings -> the answer
"""

from .judge import answer

__all__ = ["answer"]
