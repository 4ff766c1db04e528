"""MIKEY (RFC 3830) and MIKEY-TICKET (RFC 6043), written from the RFCs for the golden vectors.

codec     bytes <-> message tree, with the parse errors of vectors/FORMAT.md section 2
prf, derive, ciphers, rsa     the cryptography of RFC 3830 section 4 and RFC 6043 section 5 and appendix A
coverage  which octets a MAC or signature covers (RFC 6043 5.5, 6.10, A.1; RFC 3830 5.2)
protect   a message model with its keys -> protected octets, every intermediate value recorded
rules     the rules on one message: tree, profile and context -> broken rows
conversation  whole conversations with keys -> what is authentic, and every broken row
verify    octets with keys -> what authenticates and what does not
"""
