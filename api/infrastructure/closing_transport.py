"""A connection whose closing takes some time, so that the last response on it arrives."""

import asyncio
from collections.abc import Callable
from typing import Any


class ClosingTransport:
    """The connection as uvicorn sees it: closing it may take some time."""

    def __init__(self, transport: asyncio.Transport, close: Callable[[], None]) -> None:
        """`close` begins to close `transport`."""
        self._transport = transport
        self._close = close
        self._is_closed = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def is_closing(self) -> bool:
        """Whether it is closed, or will be."""
        return self._is_closed or self._transport.is_closing()

    def close(self) -> None:
        """Close it, once."""
        if not self.is_closing():
            self._is_closed = True
            self._close()
