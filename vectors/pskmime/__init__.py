"""PSK S/MIME (TS 33.328 annex I): containers, MIME entities and SIP messages around them, read, judged, opened and made as
`SMIME.md` says. Written from the RFCs; shares nothing with the C library.

ber.py octets and trees of ASN.1, cms.py the containers cut, rows.py what is found without keys, ciphers.py the algorithms, opening.py keys
tried, make.py containers made, entity.py MIME, sip.py and messages.py SIP requests and their conversations, judge.py the answer."""
