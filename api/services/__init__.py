"""What the endpoints do: one module for each concern, without HTTP."""
