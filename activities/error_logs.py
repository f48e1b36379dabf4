"""Log messages for failed attempts of activities: one line for faults that are retried.

The SDK logs a traceback for every failed attempt. While the card provider is unavailable that would
be one per order and retry, and would hide everything else in the log.
"""

import logging

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionError

from gateways.cards import ProviderRejectedError, ProviderUnavailableError
from gateways.carrier import CarrierRejectedError, CarrierUnavailableError

_EXPECTED = (
    ProviderUnavailableError,
    ProviderRejectedError,
    CarrierUnavailableError,
    CarrierRejectedError,
    DBAPIError,
    NoConnectionError,
)
"""Errors whose message is sufficient; others are logged with their traceback."""


class OneLineErrors(logging.Filter):
    """A filter for the SDK's logger of activities, which shortens records and drops none."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always True."""
        error = record.exc_info[1] if record.exc_info else None
        activity = getattr(record, "temporal_activity", None)
        if activity and isinstance(error, _EXPECTED):
            record.msg = "%s of %s, attempt %d: %s"
            record.args = (
                activity["activity_type"],
                activity["workflow_id"],
                activity["attempt"],
                summarize(error),
            )
            record.exc_info = None
        return True


_FILTER = OneLineErrors()


def install_filter() -> None:
    """Shorten the log of this process from now on; repeating changes nothing."""
    logging.getLogger("temporalio.activity").addFilter(_FILTER)
    # It would log a line per request to the carrier.
    logging.getLogger("httpx").setLevel(logging.WARNING)


def summarize(error: BaseException) -> str:
    """The error's class and the first line of its message; for SQLAlchemy's errors the driver's."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    return f"{type(cause).__name__}: {str(cause).strip()}".splitlines()[0]
