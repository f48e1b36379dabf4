"""The smallest of what `make fuzz` does: every endpoint as everybody, one seed."""

from pathlib import Path

import pytest

from dev.stack.stack import Stack
from dev.tokens import Mint
from tests.support.audits import assert_consistent
from tests.verification.fuzz.fuzzer import rounds
from tests.verification.fuzz.stage import Stage, environment

pytestmark = pytest.mark.timeout(1800)


def test_no_request_gets_an_answer_that_is_not_documented(tmp_path: Path) -> None:
    mint = Mint(tmp_path / "tokens")
    with Stack(tmp_path / "stack", environment=environment(mint)) as stack:
        stage = Stage.set(stack, mint, tmp_path)
        for played in rounds(stage, seed=1, cases=1, examples=3):
            assert played.exit_code == 0, f"{played}\n{played.said.read_text()}"
            assert played.cases > 500
        assert_consistent(stack)
