"""The talk's three services as an event chain (slides 4-8), to compare with the order service.

Payment, inventory and shipment are a process each. Nobody directs them: each reads the event log,
decides by itself what an event means for it, acts, and appends its own event. See
docs/choreography.md.
"""
