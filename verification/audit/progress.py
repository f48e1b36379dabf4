"""Says how far a long audit is; a short one says nothing."""

import logging
import time

log = logging.getLogger("verification.audit")
"""Its lines are shown only where its level is INFO, as in the command."""

LINE_SECONDS = 5.0
"""Between two lines about the same records."""

MANY = 1000
"""A source with fewer records is read without a word, however slow it is."""


class Progress:
    """Counts records of one kind while they are read, and logs the count every few seconds."""

    def __init__(self, what: str, total: int | None = None) -> None:
        """`what` they are, in the plural; their `total` if it is known beforehand."""
        self._what = what
        self._of = f" of {total:,}" if total is not None else ""
        self._read = 0
        self._logged_at = time.monotonic()

    def add(self, read: int) -> None:
        """So many more were read."""
        self._read += read
        now = time.monotonic()
        if self._read >= MANY and now - self._logged_at >= LINE_SECONDS:
            self._logged_at = now
            log.info("%s%s %s read", f"{self._read:,}", self._of, self._what)
