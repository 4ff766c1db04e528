"""Makes the conversations of CONVERSATION.md: plan.py what a conversation is like, maker.py and messages.py its messages with
their protection, expect.py what a judge says of it (from what the maker knows, not from reading octets), deviation.py and the
golden_*.py modules which conversations there are, randoms.py endless others."""
