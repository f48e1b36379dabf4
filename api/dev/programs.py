"""Programs of this repository that the API runs, as it may not import them."""

import asyncio
import sys
from asyncio.subprocess import PIPE
from typing import NamedTuple


class Ended(NamedTuple):
    """The exit code of a program, and what it printed."""

    code: int | None
    out: str
    errors: str


async def run_module(*arguments: str, limit: float) -> Ended:
    """Run `python -m ARGUMENTS` with this process's environment.

    Raises `TimeoutError` after `limit` seconds; the program is killed then.
    """
    command = (sys.executable, "-m", *arguments)
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=PIPE)
    try:
        async with asyncio.timeout(limit):
            out, errors = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return Ended(process.returncode, out.decode(), errors.decode())
