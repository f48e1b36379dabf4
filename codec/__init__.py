"""Encryption of what Temporal is given to keep: inputs, results, signals, memos, failures."""
