"""The smallest of what `make fuzz` does: every endpoint as everybody, one seed."""

from pathlib import Path

import pytest

from api.tokens import Mint
from stack.stack import Stack
from tests.fuzz.fuzzing import rounds
from tests.fuzz.stage import Stage, environment
from tests.support.auditing import assert_sound

pytestmark = pytest.mark.timeout(1800)


def test_no_request_gets_an_answer_that_is_not_documented(tmp_path: Path) -> None:
    mint = Mint(tmp_path / "tokens")
    with Stack(tmp_path / "stack", environment=environment(mint)) as stack:
        stage = Stage.set(stack, mint, tmp_path)
        for played in rounds(stage, seed=1, cases=1, examples=3):
            assert played.exit_code == 0, f"{played}\n{played.said.read_text()}"
            assert played.cases > 500
        assert_sound(stack)
