"""External services: each file has a Protocol on top, and its adapter below."""
