"""Makes the vectors: exchange.py builds conforming models, draft.py turns them into vectors, the other modules say which
vectors there are. What a broken vector breaks is written beside the deviation, by hand, from the RFCs and FORMAT.md."""
