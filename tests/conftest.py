"""What every test may use."""

from tests.support.postgres import postgres

__all__ = ["postgres"]
