"""The list of planted bugs keeps up with the code: each can be planted, and its tests exist."""

import pytest

from tests.verification.mutation.planted import ROOT, PlantedBug, planted_bugs


@pytest.mark.parametrize("bug", planted_bugs(), ids=lambda bug: bug.what)
def test_each_can_be_planted(bug: PlantedBug) -> None:
    text = (ROOT / bug.file).read_text()
    assert bug.planted_in(text) != text
    assert all((ROOT / test).exists() for test in bug.tests.split())


def test_one_that_is_not_there_is_refused() -> None:
    bug = PlantedBug(what="", file="worker.py", was="no such text", becomes="", tests="tests")
    with pytest.raises(ValueError, match=r"worker\.py has 0 times, not once"):
        bug.planted_in((ROOT / "worker.py").read_text())
