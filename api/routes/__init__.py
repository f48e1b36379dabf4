"""The endpoints, one file per resource; what they do is done elsewhere."""
