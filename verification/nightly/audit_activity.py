"""Runs the audit as a process of its own, and turns its verdict into metrics."""

import asyncio
import logging
import re
import time
from asyncio import StreamReader
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence
from typing import cast

from temporalio import activity
from temporalio.common import MetricMeter
from temporalio.exceptions import ApplicationError

from verification.nightly.audit_workflow import AUDIT, AuditVerdict

log = logging.getLogger("audit")

HEARTBEAT_SECONDS = 5.0
CONSISTENT, VIOLATIONS = 0, 1
"""The exit codes of the audit that are a verdict."""

MOST_FINDINGS = 20
"""How many are kept in the workflow's result; all are logged."""

_VIOLATIONS = re.compile(r"(\d+) violations?:")
_UNSETTLED = re.compile(r"no lasting violation, but (\d+) findings did not settle:")


class VerdictMetrics:
    """The last verdict, for Prometheus."""

    def __init__(self, meter: MetricMeter) -> None:
        self._violations = meter.create_gauge("audit_violations", "Of the last audit.")
        self._unsettled = meter.create_gauge("audit_unsettled", "Findings that did not settle.")
        self._completed = meter.create_gauge_float(
            "audit_completed_timestamp_seconds", "When the last audit ended, in Unix time."
        )

    def show(self, verdict: AuditVerdict) -> None:
        """Replaces what was shown before."""
        self._violations.set(verdict.violations)
        self._unsettled.set(verdict.unsettled)
        self._completed.set(verdict.completed_at)


class AuditActivities:
    """The activity of the nightly audit."""

    def __init__(self, command: Sequence[str], metrics: VerdictMetrics) -> None:
        """The `command` prints and exits as `python -m verification.audit` does."""
        self._command = command
        self._metrics = metrics

    @activity.defn(name=AUDIT)
    async def audit(self) -> AuditVerdict:
        """Audit once; each finding is logged. Raises `ApplicationError` without a verdict."""
        process = await asyncio.create_subprocess_exec(*self._command, stdout=PIPE, stderr=PIPE)
        try:
            code, lines, said = await _until_end(process)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if code not in {CONSISTENT, VIOLATIONS} or not lines:
            message = f"The audit ended with exit code {code}: {said or 'without a message'}"
            raise ApplicationError(message)
        verdict = _verdict(lines)
        level = logging.ERROR if code == VIOLATIONS else logging.INFO
        for line in lines:
            log.log(level, "%s", line)
        self._metrics.show(verdict)
        return verdict


async def _until_end(process: Process) -> tuple[int, list[str], str]:
    """The exit code, the lines of stdout, and the last line of stderr; heartbeats meanwhile."""
    out, errors = (cast("StreamReader", pipe) for pipe in (process.stdout, process.stderr))
    beating = asyncio.create_task(_beat())
    try:
        printed, said = await asyncio.gather(out.read(), _follow(errors))
        return await process.wait(), printed.decode().splitlines(), said
    finally:
        beating.cancel()


async def _beat() -> None:
    while True:
        activity.heartbeat()
        await asyncio.sleep(HEARTBEAT_SECONDS)


async def _follow(stderr: StreamReader) -> str:
    """Logs how far the audit is; the last line."""
    said = ""
    async for line in stderr:
        said = line.decode(errors="replace").strip()
        log.info("%s", said)
    return said


def _verdict(lines: Sequence[str]) -> AuditVerdict:
    *findings, summary = lines
    violations, unsettled = _VIOLATIONS.match(summary), _UNSETTLED.match(summary)
    return AuditVerdict(
        violations=int(violations[1]) if violations else 0,
        unsettled=int(unsettled[1]) if unsettled else 0,
        summary=summary,
        findings=findings[:MOST_FINDINGS],
        completed_at=time.time(),
    )
