"""Workflows under way go on with changed code: committed histories are replayed."""
