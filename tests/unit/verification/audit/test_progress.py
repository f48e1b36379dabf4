"""A long audit says how far it is, and a short one nothing."""

import logging

import pytest

from verification.audit import progress
from verification.audit.progress import MANY, Progress


@pytest.mark.parametrize(
    ("read", "seconds", "lines"),
    [
        (MANY, 0.0, ["1,000 of 2,000 workflows read"]),
        (MANY - 1, 0.0, []),
        (MANY, 3600.0, []),
    ],
)
def test_many_records_are_counted_every_few_seconds(
    read: int,
    seconds: float,
    lines: list[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(progress, "LINE_SECONDS", seconds)
    caplog.set_level(logging.INFO, progress.log.name)
    Progress("workflows", 2000).add(read)
    assert caplog.messages == lines
