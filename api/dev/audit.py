"""The audit as a process of its own: it trusts nobody, and no code of ours."""

import asyncio
import sys
from asyncio.subprocess import PIPE
from dataclasses import dataclass
from enum import StrEnum

from api.errors import AnswerPendingError
from domain.errors import ConflictError

PATIENCE_SECONDS = 10
"""How long something may be wrong that only has not reached everybody yet."""

LIMIT_SECONDS = 120.0

_turn = asyncio.Lock()
"""Each audit is a process that reads everything; one at a time is enough for one machine."""


class Verdict(StrEnum):
    """What the audit says of everything."""

    SOUND = "sound"
    BREACHES = "breaches"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class Audit:
    """What was found, and in one sentence how much was looked at, or what could not be."""

    verdict: Verdict
    findings: list[str]
    summary: str


async def audit() -> Audit:
    """Of all there is, with the settings that this process has in its environment.

    Raises `AnswerPendingError` if it takes too long, `ConflictError` while another one looks.
    """
    if _turn.locked():
        raise ConflictError("An audit is under way; ask again when it has ended.")
    async with _turn:
        return await _audit()


async def _audit() -> Audit:
    command = (sys.executable, "-m", "verification.audit", "--patience", str(PATIENCE_SECONDS))
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=PIPE)
    try:
        async with asyncio.timeout(LIMIT_SECONDS):
            out, errors = await process.communicate()
    except TimeoutError as error:
        message = f"The audit took longer than {LIMIT_SECONDS:.0f} s and was given up."
        raise AnswerPendingError(message) from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    lines = out.decode().splitlines()
    match process.returncode:
        case 0:
            return Audit(Verdict.SOUND, lines[:-1], lines[-1])
        case 1 if lines:
            return Audit(Verdict.BREACHES, lines[:-1], lines[-1])
        case _:
            said = errors.decode().strip().splitlines()
            return Audit(
                Verdict.UNREADABLE, lines, said[-1] if said else "It ended without a word."
            )
