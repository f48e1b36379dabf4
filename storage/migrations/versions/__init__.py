"""One file per revision; what was released once never changes."""
