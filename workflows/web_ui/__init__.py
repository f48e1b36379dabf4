"""What people read of a workflow in Temporal's Web UI."""
