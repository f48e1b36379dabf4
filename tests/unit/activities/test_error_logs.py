"""A worker's log stays readable while a dependency is unavailable."""

import logging

import pytest
from sqlalchemy.exc import OperationalError

from activities.error_logs import OneLineErrors
from gateways.cards import ProviderUnavailableError

DETAILS = {"activity_type": "charge_card", "workflow_id": "payment/p-1", "attempt": 3}


def _logged(error: Exception) -> str:
    """What is written of that error as the SDK reports it."""
    try:
        raise error
    except type(error) as raised:
        record = logging.LogRecord(
            "temporalio.activity",
            logging.WARNING,
            "",
            0,
            f"Completing activity as failed ({DETAILS})",
            None,
            (type(raised), raised, raised.__traceback__),
        )
    record.temporal_activity = DETAILS
    assert OneLineErrors().filter(record)
    return logging.Formatter().format(record)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            ProviderUnavailableError("Could not charge payment p-1: no answer. Ask again."),
            "ProviderUnavailableError: Could not charge payment p-1: no answer. Ask again.",
        ),
        (
            OperationalError("SELECT 1", {}, ConnectionError("refused\nIs it running?")),
            "ConnectionError: refused",
        ),
    ],
)
def test_a_fault_that_is_retried_takes_one_line(error: Exception, said: str) -> None:
    assert _logged(error) == f"charge_card of payment/p-1, attempt 3: {said}"


def test_what_nobody_expects_keeps_its_traceback() -> None:
    logged = _logged(KeyError("oops"))
    assert "Traceback" in logged
    assert "Completing activity as failed" in logged
