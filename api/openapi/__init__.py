"""The OpenAPI document and the problem responses in it."""
