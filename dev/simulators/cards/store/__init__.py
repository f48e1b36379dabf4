"""What the card provider stores, in one SQLite file."""
