"""Clients of the REST API: one REST client, and the `orders` command."""
