"""Endpoints of development mode: fault injection, fast-forward, audit, the event chain."""
