"""The Temporal server of a development machine: found or built, and started."""
