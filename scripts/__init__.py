"""What `make check` and CI run."""
