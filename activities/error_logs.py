"""What a worker logs of an attempt that failed: one line, as long as it is a fault that is retried.

The SDK writes a traceback for every attempt. While the card provider is away that is one for every
order and retry, and whatever else there is to read is hidden among them.
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
"""Errors whose text says all there is to say; any other's traceback is needed to find the fault."""


class OneLineEach(logging.Filter):
    """For the SDK's logger of activities; changes records, drops none."""

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


_FILTER = OneLineEach()


def install_filter() -> None:
    """From here on, in this process; again changes nothing."""
    logging.getLogger("temporalio.activity").addFilter(_FILTER)
    # A line for each request to the carrier, and so for each order.
    logging.getLogger("httpx").setLevel(logging.WARNING)


def summarize(error: BaseException) -> str:
    """Its kind and its first line, without what SQLAlchemy adds to the driver's."""
    said = error.orig if isinstance(error, DBAPIError) and error.orig else error
    return f"{type(said).__name__}: {str(said).strip()}".splitlines()[0]
