"""Ids like Stripe's: `pi_3PqZ…`."""

import secrets
import string

_CHARACTERS = string.ascii_letters + string.digits


def new_id(prefix: str) -> str:
    """Random letters and digits; hexadecimal ids could contain what looks like a card number."""
    return f"{prefix}_{''.join(secrets.choice(_CHARACTERS) for _ in range(24))}"
