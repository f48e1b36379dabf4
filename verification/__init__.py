"""Proof: the audit, chaos and the benchmarks."""
