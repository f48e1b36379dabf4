"""Compares our refunds with the card provider's, and with the payments' events."""

from collections import Counter, defaultdict

from verification.audit.rows import UNDER_WAY, Payment, PaymentRefund
from verification.audit.snapshot import REFUND_FAILED, Snapshot
from verification.audit.violation import Findings

DASHBOARD = "dashboard"
STATES = {
    "pending": {"pending"},
    "succeeded": {"succeeded"},
    "failed": REFUND_FAILED,
    "settled_outside": REFUND_FAILED,
}
"""By the state in our books: those of the card provider."""


def every_refund_in_the_books_is_one_at_the_provider(snapshot: Snapshot) -> Findings:
    """With the same amount and state, unless its workflow will soon be notified of another."""
    theirs = {refund.id: refund for refund in snapshot.refunds}
    for ours in snapshot.books.refunds:
        if ours.status == "succeeded" and ours.to_card and ours.provider_id is None:
            yield _subject(ours), "succeeded, but has no id at the card provider"
        if ours.provider_id is None:
            continue
        found = theirs.get(ours.provider_id)
        if found is None:
            yield _subject(ours), f"the card provider has no {ours.provider_id}"
        elif ours.reason != DASHBOARD and found.amount != ours.to_card:
            yield _subject(ours), f"{found.amount} refunded to the card, not {ours.to_card}"
        elif found.status not in _states(ours):
            yield _subject(ours), f"{ours.status}, but {found.status} at the card provider"


def every_refund_at_the_provider_is_in_the_books(snapshot: Snapshot) -> Findings:
    """A refund that names one of ours is that refund, and there is no other in its name."""
    ours = {(refund.payment_id, refund.reference): refund for refund in snapshot.books.refunds}
    for theirs in snapshot.refunds:
        named = (theirs.metadata.get("payment", ""), theirs.metadata.get("reference", ""))
        booked = ours.get(named)
        if theirs.status in REFUND_FAILED or not named[1] or named[0] not in snapshot.payments:
            continue
        is_known = booked is not None and booked.provider_id == theirs.id
        if not is_known and (booked is None or booked.status != "requested"):
            found = booked.provider_id if booked else "no such refund"
            yield f"payment {named[0]}", f"refund {theirs.id} of {named[1]}, our books: {found}"


def nothing_is_given_back_twice(snapshot: Snapshot) -> Findings:
    """To the card and outside together no more than was charged."""
    outside: defaultdict[str, int] = defaultdict(int)
    for refund in snapshot.books.refunds:
        if refund.status == "settled_outside":
            outside[refund.payment_id] += refund.to_card
    for payment_id, amount in outside.items():
        held = snapshot.held_of(payment_id)
        if amount > held:
            found = f"{amount} settled outside, but the card provider holds only {held}"
            yield f"payment {payment_id}", found


def every_recorded_refund_has_its_event(snapshot: Snapshot) -> Findings:
    """CreditCardRefunded of its amount; and one of a part has its refund.

    Older releases recorded no parts, and their refunds of the whole are in the events alone. A
    dashboard refund, and what it leaves owed, may be of money that an earlier event is about.
    """
    for payment in snapshot.books.payments:
        refunds = snapshot.payment_refunds.get(payment.id, ())
        repeated = {
            refund.replaced_by
            for refund in refunds
            if refund.recorded and refund.status == "failed"
        }
        given_back = [
            refund
            for refund in refunds
            if refund.recorded and refund.to_card and refund.reference not in repeated
        ]
        booked = Counter(refund.to_card for refund in given_back)
        requested = Counter(one.to_card for one in given_back if one.reason != DASHBOARD)
        given = [
            event.data
            for event in snapshot.events.get(f"payment/{payment.id}", ())
            if event.type == "CreditCardRefunded"
        ]
        recorded = Counter(data["amount"] for data in given)
        parts = Counter(
            data["amount"] for data in given if data.get("left") and not data.get("by_hand")
        )
        if requested - recorded or parts - booked:
            yield f"payment {payment.id}", f"refunds of {dict(booked)}, events {dict(recorded)}"


def every_refund_under_way_has_a_running_workflow(snapshot: Snapshot) -> Findings:
    """One that waits for somebody has none."""
    for refund in snapshot.books.refunds:
        if refund.is_under_way and not snapshot.running(refund.workflow):
            yield _subject(refund), f"{refund.status}, but {refund.workflow} does not run"


def amounts_with_the_provider(
    snapshot: Snapshot, payment: Payment, *, of_ledger: bool = False
) -> set[int]:
    """What the card provider may hold beside what the payment's row, or the ledger, says."""
    beside = {0}
    for refund in snapshot.payment_refunds.get(payment.id, ()):
        beside = {sum_ + one for sum_ in beside for one in _beside(refund, of_ledger=of_ledger)}
    return beside


def _beside(refund: PaymentRefund, *, of_ledger: bool) -> set[int]:
    """The provider counts a pending refund as given back, our books only what has succeeded.

    The ledger, unlike the payment's row, has what failed after that with the provider again.
    """
    amount = refund.to_card
    if of_ledger:
        return {0, -amount} if refund.status in UNDER_WAY else {0}
    if refund.status == "settled_outside" or (refund.recorded and refund.is_owed):
        return {amount}
    if refund.status in UNDER_WAY:
        return {0, amount} if refund.recorded else {0, -amount}
    return {0}


def _states(refund: PaymentRefund) -> set[str]:
    if refund.status in UNDER_WAY:
        return {"pending", "requires_action", "succeeded", *REFUND_FAILED}
    if refund.reason == DASHBOARD and refund.status == "succeeded":
        return {"pending", "succeeded"}
    return STATES.get(refund.status, set())


def _subject(refund: PaymentRefund) -> str:
    return f"payment {refund.payment_id}, refund {refund.reference}"
