"""Parses HTTP/1.1 requests, also those that offer to go on in another protocol.

A client may offer that with any request, as Java's does with `Upgrade: h2c`. This server speaks no
other protocol and ignores the offer (RFC 9110, 7.8). httptools takes what follows such a head for
the other protocol, so that the request's body and all later requests would be lost.
"""

from typing import Any

from httptools import HttpParserUpgrade, HttpRequestParser

_FRAMING = (b"content-length", b"transfer-encoding")


class RequestParser:
    """In place of uvicorn's `HttpRequestParser`, whose methods it has."""

    def __init__(self, protocol: Any, parser: Any) -> None:
        """`parser` calls `protocol`, until a request offers another protocol."""
        self._protocol = protocol
        self._parser = parser

    def __getattr__(self, name: str) -> Any:
        return getattr(self._parser, name)

    def feed_data(self, data: bytes) -> None:
        """Raises `HttpParserError`."""
        try:
            self._parser.feed_data(data)
        except HttpParserUpgrade as offer:
            self._parser = HttpRequestParser(_AfterHead(self._protocol))
            self._parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn does
            self._parser.feed_data(_repeated(self._protocol.headers))
            self.feed_data(data[offer.args[0] :])


class _AfterHead:
    """The protocol, which has the head of the first request already."""

    def __init__(self, protocol: Any) -> None:
        self._protocol = protocol
        self._is_known = True

    def __getattr__(self, name: str) -> Any:
        return getattr(self._protocol, name)

    def on_message_begin(self) -> None:
        if not self._is_known:
            self._protocol.on_message_begin()

    def on_url(self, url: bytes) -> None:
        if not self._is_known:
            self._protocol.on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._is_known:
            self._protocol.on_header(name, value)

    def on_headers_complete(self) -> None:
        if not self._is_known:
            self._protocol.on_headers_complete()
        self._is_known = False


def _repeated(headers: list[tuple[bytes, bytes]]) -> bytes:
    """A head without the offer; of the headers it needs those that say where the body ends."""
    framing = [b"%b: %b\r\n" % header for header in headers if header[0] in _FRAMING]
    return b"".join([b"POST / HTTP/1.1\r\n", *framing, b"\r\n"])
