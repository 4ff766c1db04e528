"""The judge of whole conversations (vectors/CONVERSATION.md), written from the RFCs and that page.

form          the conversation as it is read, with bounds
message       one message: octets, tree, and what is asked of it again and again
learned       what is known: tickets, exchanges, and how it is learned
protection    keys of messages, MACs, signatures, KEMAC, ticket, Vr (sections 3 to 6)
sessions      keys of the crypto sessions (section 7)
rows_*        the rows of section 8, by topic; those of one message are in the package `rules`
judge         one message after the other -> the answer (section 2)
"""

from .catalogue import SECTION_8_IDS
from .judge import answer, verdict_with

__all__ = ["SECTION_8_IDS", "answer", "verdict_with"]
