"""Measures how cost grows with the number of payments that wait for a card."""
