"""The OpenAPI document, and the responses that it describes."""
