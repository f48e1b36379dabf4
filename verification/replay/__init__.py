"""Replays the histories of a Temporal server under the code at hand: the gate before a release.

A worker replays the history of an order, payment, refund or card update that is under way, whenever
it does not have it in its cache. Code that requests other commands than the history has stops the
workflow there. `tests/verification/replay` replays committed histories; this replays the real ones.
"""
