"""Runs the audit as a separate process, so that it is independent of the API's state."""

import asyncio
from dataclasses import dataclass
from enum import StrEnum

from api.dev.programs import run_module
from api.errors import AnswerPendingError
from domain.errors import ConflictError

SETTLE_SECONDS = 10
"""How long a violation may last that only comes from work in progress."""

LIMIT_SECONDS = 120.0

_lock = asyncio.Lock()
"""One audit at a time: each is a process that reads the whole database."""


class Verdict(StrEnum):
    """The result of an audit."""

    CONSISTENT = "sound"
    VIOLATIONS = "breaches"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class AuditResult:
    """The violations, and a one-sentence summary of what was checked or could not be read."""

    verdict: Verdict
    findings: list[str]
    summary: str


async def run_audit() -> AuditResult:
    """Run an audit with this process's environment.

    Raises `AnswerPendingError` if it takes too long, `ConflictError` while another audit runs.
    """
    if _lock.locked():
        raise ConflictError("Another audit is running; try again when it has ended.")
    async with _lock:
        return await _run()


async def _run() -> AuditResult:
    command = ("verification.audit", "--patience", str(SETTLE_SECONDS))
    try:
        ended = await run_module(*command, limit=LIMIT_SECONDS)
    except TimeoutError as error:
        message = f"The audit took longer than {LIMIT_SECONDS:.0f} s and was stopped."
        raise AnswerPendingError(message) from error
    lines = ended.out.splitlines()
    match ended.code:
        case 0:
            return AuditResult(Verdict.CONSISTENT, lines[:-1], lines[-1])
        case 1 if lines:
            return AuditResult(Verdict.VIOLATIONS, lines[:-1], lines[-1])
        case _:
            messages = ended.errors.strip().splitlines()
            return AuditResult(
                Verdict.UNREADABLE,
                lines,
                messages[-1] if messages else "It ended without a message.",
            )
