from pathlib import Path
from typing import cast

import pytest

from tests.verification.fuzz import fuzzer
from tests.verification.fuzz.fixture import Fixture
from tests.verification.fuzz.fuzzer import NothingTriedError, Round, rounds


class EmptyFixture:
    """Two bearers and no endpoints."""

    bearers = ("kermit", "gonzo")


def play(monkeypatch: pytest.MonkeyPatch, *cases: int) -> list[int]:
    """The cases of each round, which were to be a hundred; one after the other tries so many."""
    left = list(cases)

    def one(_fixture: Fixture, who: str, seed: int, _examples: int) -> Round:
        return Round(who, seed, left.pop(0), 0, Path("said.log"))

    monkeypatch.setattr(fuzzer, "_play", one)
    return [played.cases for played in rounds(cast("Fixture", EmptyFixture()), 1, 100, 10)]


def test_rounds_are_repeated_until_there_are_enough_cases(monkeypatch: pytest.MonkeyPatch) -> None:
    assert play(monkeypatch, 40, 30, 20, 10, 99) == [40, 30, 20, 10]


def test_a_round_without_cases_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NothingTriedError, match=r"gonzo, seed 1: 0 cases.*said\.log"):
        play(monkeypatch, 40, 0)
