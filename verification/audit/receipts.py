"""Receipts: what a client was told is accepted, kept by the client itself, a line of JSON each.

`httpx.Client(event_hooks={"response": [keeping(path)]})` keeps them; `keeping_async` is for
`httpx.AsyncClient`.
"""

import json
import os
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import httpx
from pydantic import TypeAdapter, ValidationError

from verification.audit.records import Receipt
from verification.audit.violation import WitnessError

_RECEIPT = TypeAdapter(Receipt)


def keeping(path: Path) -> Callable[[httpx.Response], None]:
    """A hook that appends a receipt for every POST that is answered with 2xx."""

    def keep(response: httpx.Response) -> None:
        if _is_accepted(response):
            response.read()
            _append(path, response)

    return keep


def keeping_async(path: Path) -> Callable[[httpx.Response], Awaitable[None]]:
    """As `keeping`."""

    async def keep(response: httpx.Response) -> None:
        if _is_accepted(response):
            await response.aread()
            _append(path, response)

    return keep


def read(path: Path) -> Sequence[Receipt]:
    """All receipts that were kept. Raises `WitnessError`."""
    try:
        return [_RECEIPT.validate_json(line) for line in path.read_bytes().splitlines()]
    except (OSError, ValidationError) as error:
        raise WitnessError(f"Cannot read the receipts in {path}: {error}") from error


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
    # One write each: several threads and processes may keep theirs in one file.
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(file, _RECEIPT.dump_json(receipt) + b"\n")
    finally:
        os.close(file)
