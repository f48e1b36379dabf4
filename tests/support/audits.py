"""Audits the stack of a test, and replays its workflows."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from temporalio.client import Client

from dev.stack.stack import Stack
from security.payload_keys import PayloadKeys
from storage.outbox import CLAIM_TIME
from temporal.client import data_converter
from tests.integration.diagrams.streams import assert_drawn
from tests.support.processes import eventually
from verification.audit import Report, Sources, Violation, audit
from verification.audit.auditor import SETTLING_SECONDS
from verification.replay.deviations import Replayed, replay_all

About = TypeVar("About")


def receipts_of(stack: Stack) -> Path:
    """The file with the requests that were accepted."""
    return stack.folder / "receipts.jsonl"


def sources_of(stack: Stack) -> Sources:
    """The addresses of the stack's sources."""
    return Sources(
        database_url=stack.environment["DATABASE_URL"],
        stripe_api_base=stack.cards_url,
        stripe_api_key=stack.environment["STRIPE_API_KEY"],
        carrier_url=stack.carrier_url,
        mailbox_url=stack.mailbox_url,
        temporal_address=stack.temporal_address,
    )


SETTLED_WITHIN_SECONDS = SETTLING_SECONDS + CLAIM_TIME.total_seconds()
"""A mailer that was killed had perhaps claimed a mail."""


def assert_consistent(stack: Stack, settling_seconds: float = SETTLED_WITHIN_SECONDS) -> Report:
    """Fails naming each violation, and each event stream that docs/bpmn does not allow."""
    receipts = receipts_of(stack)
    report = audit(sources_of(stack), receipts if receipts.exists() else None, settling_seconds)
    found = [*report.violations, *report.unsettled]
    assert not found, "\n".join(["the audit found:", *map(str, found)])
    assert_drawn(stack.environment["DATABASE_URL"])
    return report


def await_violations(stack: Stack, wanted: set[About], about: Callable[[Violation], About]) -> None:
    """Wait until the audit finds these and no others: what settles may be found before."""
    found: set[About] = set()

    def only_these() -> bool:
        nonlocal found
        report = audit(sources_of(stack), receipts_of(stack), settling_seconds=0)
        found = {about(violation) for violation in report.violations}
        return found == wanted

    try:
        eventually(only_these, "the violations", SETTLED_WITHIN_SECONDS)
    except AssertionError as error:
        error.add_note(f"missing: {wanted - found}, unexpected: {found - wanted}")
        raise


def assert_as_recorded(stack: Stack) -> None:
    """Fails naming each workflow that this code would stop if a worker replayed it."""
    replayed, begun = asyncio.run(_replayed(stack))
    assert replayed or not begun, f"none of {begun} payments was replayed"
    deviating = [str(one) for one in replayed if one.deviation]
    assert not deviating, "\n".join(["other than recorded:", *deviating])


async def _replayed(stack: Stack) -> tuple[list[Replayed], int]:
    """What was replayed, and how many payments there are."""
    converter = data_converter(PayloadKeys.parse(stack.environment["PAYLOAD_KEYS"]))
    client = await Client.connect(stack.temporal_address, data_converter=converter)
    begun = await client.count_workflows("WorkflowType = 'PaymentWorkflow'")
    return await replay_all(client), begun.count
