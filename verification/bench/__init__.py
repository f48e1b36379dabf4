"""Measures the system in comparison with a workflow of the same shape that does nothing."""
