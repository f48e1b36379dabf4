"""Releases of the worker that waiting payments outlive, on a system of their own."""
