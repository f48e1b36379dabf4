"""The activities: they do, one thing each, in one transaction. Workflows decide."""
