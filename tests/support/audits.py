"""Auditing a stack of a test: everything in it must be as it must be."""

from pathlib import Path

from dev.stack.stack import Stack
from tests.integration.diagrams.streams import assert_drawn
from verification.audit import Report, Sources, audit
from verification.audit.auditor import PATIENCE_SECONDS


def receipts_of(stack: Stack) -> Path:
    """Where the tests keep what they were told is accepted."""
    return stack.folder / "receipts.jsonl"


def sources_of(stack: Stack) -> Sources:
    """Where the stack's witnesses are."""
    return Sources(
        database_url=stack.environment["DATABASE_URL"],
        stripe_api_base=stack.cards_url,
        stripe_api_key=stack.environment["STRIPE_API_KEY"],
        carrier_url=stack.carrier_url,
        mailbox_url=stack.mailbox_url,
        temporal_address=stack.temporal_address,
    )


def assert_sound(stack: Stack, patience: float = PATIENCE_SECONDS) -> Report:
    """Fails naming each breach, and what is not as docs/bpmn has it; `patience` in seconds."""
    receipts = receipts_of(stack)
    report = audit(sources_of(stack), receipts if receipts.exists() else None, patience)
    found = [*report.breaches, *report.unsettled]
    assert not found, "\n".join(["the audit found:", *map(str, found)])
    assert_drawn(stack.environment["DATABASE_URL"])
    return report
