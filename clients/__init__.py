"""Programs that use the system through its REST API alone."""
