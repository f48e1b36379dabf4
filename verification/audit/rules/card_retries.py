"""When a payment that waits may try its card again, although its customer did nothing."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from verification.audit.records import AUTHENTICATION_MISSING
from verification.audit.rows import Event
from verification.audit.rules.cards import HARD_DECLINES
from verification.audit.snapshot import Snapshot
from verification.audit.violation import Findings

MAY_PASS = {
    "approve_with_id",
    "card_velocity_exceeded",
    "insufficient_funds",
    "issuer_not_available",
    "processing_error",
    "reenter_transaction",
    "retry_limit",
    "try_again_later",
    "withdrawal_count_limit_exceeded",
}
"""Decline codes after which the same card may pay on a later day; `retry_limit` is ours.

Source: https://docs.stripe.com/declines/codes
"""

OUTCOMES = {"CreditCardCharged", "CreditCardFailed"}


def a_payment_tries_a_card_again_only_if_its_decline_may_pass(snapshot: Snapshot) -> Findings:
    """Never after a hard decline, nor if the customer has to do something first."""
    for payment in snapshot.books.payments:
        for failed, again in _retries(snapshot.events.get(f"payment/{payment.id}", ())):
            if not _may_pass(failed):
                reasons = [failed.data.get(name) for name in ("code", "decline_code")]
                found = f"{again.type} by itself after {reasons}, advice {_advice(failed)}"
                yield f"payment {payment.id}", found


def a_payment_tries_a_card_again_only_on_its_days(snapshot: Snapshot) -> Findings:
    """At most once for each day of its terms, and not before that day."""
    for payment in snapshot.books.payments:
        events = snapshot.events.get(f"payment/{payment.id}", ())
        first = next((event.at for event in events if event.type == "CreditCardFailed"), None)
        if first is None:
            continue
        days = [first + timedelta(days=day) for day in payment.terms.card_retry_days]
        for number, (_, again) in enumerate(_retries(events), 1):
            if number > _passed(days, again.at):
                found = f"tried its card again at {again.at}, for the {number}. time"
                yield f"payment {payment.id}", found


def _retries(events: Sequence[Event]) -> Iterator[tuple[Event, Event]]:
    """Each failure that an outcome follows without another card, and that outcome."""
    failed: Event | None = None
    for event in events:
        if event.type in OUTCOMES and failed is not None:
            yield failed, event
        if event.type != "CustomerReminded":
            failed = event if event.type == "CreditCardFailed" else None


def _may_pass(failed: Event) -> bool:
    codes, advice = {failed.data.get("code"), failed.data.get("decline_code")}, _advice(failed)
    if advice == "do_not_try_again" or codes & (HARD_DECLINES | AUTHENTICATION_MISSING):
        return False
    if advice in {"try_again_later", "confirm_card_data"}:
        return advice == "try_again_later"
    return bool(codes & MAY_PASS)


def _advice(failed: Event) -> str | None:
    return failed.data.get("advice_code")


def _passed(days: Sequence[datetime], moment: datetime) -> int:
    return sum(day <= moment for day in days)
