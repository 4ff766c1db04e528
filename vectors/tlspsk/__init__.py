"""TLS-PSK as vectors/TLS.md has it: a judge of transcripts, and what the maker of vectors shares with it (derivations and
the protection of records). Written from the RFCs; shares nothing with the C library."""

from .judge import answer       # noqa: F401
