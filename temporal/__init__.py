"""The Temporal server this project runs on: found or built, started, and made ready for it."""
