"""Ids as Stripe's are: `pi_3PqZ…`."""

import secrets
import string

_CHARACTERS = string.ascii_letters + string.digits


def new_id(prefix: str) -> str:
    """Letters and digits; unlike in hexadecimal ones, no digits that pass for a card number."""
    return f"{prefix}_{''.join(secrets.choice(_CHARACTERS) for _ in range(24))}"
