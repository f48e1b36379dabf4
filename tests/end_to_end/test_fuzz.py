"""The smallest of what `make fuzz` does: every endpoint as everybody, one seed."""

from pathlib import Path

import pytest

from tests.support.audits import assert_as_recorded, assert_consistent
from tests.support.token_stack import TokenStack
from tests.verification.fuzz.fixture import NO_LIMITS, Fixture
from tests.verification.fuzz.fuzzer import rounds

pytestmark = [pytest.mark.proof, pytest.mark.timeout(1800)]


def test_no_request_gets_an_answer_that_is_not_documented(tmp_path: Path) -> None:
    with TokenStack(tmp_path / "stack", NO_LIMITS) as stack:
        fixture = Fixture.create(stack, tmp_path)
        for played in rounds(fixture, seed=1, cases=1, examples=3):
            assert played.exit_code == 0, f"{played}\n{played.said.read_text()}"
            assert played.cases > 500
        assert_consistent(stack)
        assert_as_recorded(stack)
