"""The use cases behind the endpoints."""
