"""The business in pure Python: no I/O, no Temporal, no HTTP."""
