"""The endpoints, one file per resource; the logic is in `api.services`."""
