"""Seeded bugs: small patches of behaviour. Each harness is shown to catch some of them.

A bug is a function that is given a `pytest.MonkeyPatch` and plants itself with it: in a test's own
process, or in a worker's (`tests.verification.bugs.worker`).
"""
