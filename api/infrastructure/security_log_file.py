"""The file of the security log, which is only appended to, and does not fill the disk."""

import glob
import logging
from contextlib import suppress
from datetime import UTC, datetime
from logging.handlers import WatchedFileHandler
from pathlib import Path

OLDER_FILES = 9
"""How many full files are kept beside the one that is appended to."""


class SecurityLogFile(WatchedFileHandler):
    """Appends lines; a full file is renamed, and never written to again.

    Others may rename the file as well, as logrotate does, and other processes may write to it.
    Where nobody may rename it (`chattr +a`), it goes on to be appended to.
    """

    def __init__(self, file: str, max_bytes: int) -> None:
        """Raises `OSError` if the file can't be opened."""
        super().__init__(file, mode="a", encoding="utf-8")
        self.setFormatter(logging.Formatter("%(message)s"))
        self._file = Path(self.baseFilename)
        self._max_bytes = max_bytes

    def emit(self, record: logging.LogRecord) -> None:
        """Append a line, to a new file if the present one is full."""
        with suppress(OSError):  # whatever prevents it: the entry is written
            if self._file.stat().st_size >= self._max_bytes:
                self._begin_another()
        super().emit(record)

    def _begin_another(self) -> None:
        full_at = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
        self._file.rename(f"{self._file}.{full_at}")
        full = sorted(self._file.parent.glob(f"{glob.escape(self._file.name)}.*Z"))
        for oldest in full[:-OLDER_FILES]:
            oldest.unlink()
