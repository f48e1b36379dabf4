"""Stand-ins for what a company buys: a card provider, a carrier and a mailbox.

Each is a real server in its own process, speaks the real protocol and keeps its state in its own
SQLite file, so that it is an independent witness of what it was asked to do.
"""
