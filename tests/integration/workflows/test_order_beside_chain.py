"""The order service where the event chain fails: tests/unit/dev/choreography/test_event_chain.py.

It has to do the same things: keys, retries, and somebody who owns a decline.
"""
