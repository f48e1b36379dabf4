"""Receipts: the requests that were accepted, recorded by the client itself, a line of JSON each.

`httpx.Client(event_hooks={"response": [keeping(path)]})` records them; `keeping_async` is for
`httpx.AsyncClient`.
"""

import json
import os
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import httpx
from pydantic import TypeAdapter, ValidationError

from verification.audit.records import Receipt
from verification.audit.violation import SourceUnavailableError

_RECEIPT = TypeAdapter(Receipt)


def keeping(path: Path) -> Callable[[httpx.Response], None]:
    """Return a hook that appends a receipt for every POST that is answered with 2xx."""

    def keep(response: httpx.Response) -> None:
        if _is_accepted(response):
            response.read()
            _append(path, response)

    return keep


def keeping_async(path: Path) -> Callable[[httpx.Response], Awaitable[None]]:
    """Return the same hook for an asynchronous client."""

    async def keep(response: httpx.Response) -> None:
        if _is_accepted(response):
            await response.aread()
            _append(path, response)

    return keep


def read(path: Path) -> Sequence[Receipt]:
    """All receipts in the file. Raises `SourceUnavailableError`."""
    receipts = list[Receipt]()
    try:
        for line in path.read_bytes().splitlines():
            receipts.append(_RECEIPT.validate_json(line))
    except OSError as error:
        raise SourceUnavailableError(f"Cannot read the receipts in {path}: {error}") from error
    except ValidationError as error:
        message = f"Cannot read the receipts in {path}: line {len(receipts) + 1} is none."
        raise SourceUnavailableError(message) from error
    return receipts


def _is_accepted(response: httpx.Response) -> bool:
    return response.request.method == "POST" and response.is_success


def _append(path: Path, response: httpx.Response) -> None:
    request = response.request
    receipt = Receipt(
        path=request.url.path,
        key=request.headers.get("Idempotency-Key"),
        body=json.loads(request.content or b"{}"),
        status=response.status_code,
        answer=response.json(),
    )
    # A single write: several threads and processes may append to the same file.
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(file, _RECEIPT.dump_json(receipt) + b"\n")
    finally:
        os.close(file)
