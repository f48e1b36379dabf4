"""Following what processes write."""

from pathlib import Path

import pytest

from dev.stack.logs import LogFollower, news


def test_only_complete_new_lines_are_read(tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    log.write_text("before\n")
    follower = LogFollower(tmp_path)
    log.write_text("before\none\ntw")
    assert list(follower.new_lines()) == [("worker", "one")]
    log.write_text("before\none\ntwo\n")
    assert list(follower.new_lines()) == [("worker", "two")]
    assert list(follower.new_lines()) == []


def test_a_log_begun_anew_is_read_from_its_start(tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    log.write_text("a long line of before\n")
    follower = LogFollower(tmp_path)
    log.write_text("new\n")
    assert list(follower.new_lines()) == [("worker", "new")]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "2026-01-01 00:00:00,000 WARN exited: cards (terminated by SIGKILL; not expected)",
            "cards died (terminated by SIGKILL); restarting it",
        ),
        (
            "2026-01-01 00:00:00,000 INFO exited: api (exit status 0; expected)",
            "api died (exit status 0); restarting it",
        ),
        (
            "2026-01-01 00:00:00,000 INFO gave up: api entered FATAL state, too many start retries",
            "api dies again and again; given up",
        ),
        ("2026-01-01 00:00:00,000 INFO spawned: 'cards' with pid 7", None),
    ],
)
def test_what_is_news(line: str, expected: str | None) -> None:
    assert news(line) == expected
