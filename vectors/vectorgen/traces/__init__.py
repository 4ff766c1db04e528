"""Trace vectors: which traces there are, what is declared of them, and the captures they come as (vectors/TRACE.md section 6)."""
