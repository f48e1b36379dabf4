"""The payment against a model of it: generated programs on the real server, and seeded schedules.

`python -m tests.verification.models` plays many of both.
"""
