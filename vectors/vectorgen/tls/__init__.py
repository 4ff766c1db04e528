"""Makes the vectors of TLS.md: maker.py plays both ends of TLS 1.2 and DTLS 1.2, maker13.py of TLS 1.3; draft.py is a vector in
the making, golden_*.py say which there are and what a judge says of each; record.py (run by hand) records real peers."""
