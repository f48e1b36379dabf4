"""Simulators of external services: a card provider, a carrier and a mailbox.

Each is a server in its own process, speaks the real protocol and keeps its state in its own SQLite
file, so that its records are independent of the application's.
"""
