"""Requests that nobody thought of: schemathesis on the real stack, as several people."""
