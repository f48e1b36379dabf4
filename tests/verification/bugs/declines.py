"""Bugs in what follows from a declined card."""

import pytest

from storage import card_limits


def try_a_stolen_card_again(patch: pytest.MonkeyPatch) -> None:
    """A card that was declined hard is charged all the same."""
    patch.setattr(card_limits, "find_refusal", lambda *_: None)
