"""Pictures for the docs and the README, taken of a running system by `make screenshots`."""
