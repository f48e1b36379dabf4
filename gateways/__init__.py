"""The outside world: in each file a Protocol on top, and its real adapter under it."""
