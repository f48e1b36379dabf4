"""How fast the system is, next to a workflow of the same shape that does nothing."""
