"""Compares the card provider's records with ours."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from verification.audit.rows import Charge, Payment
from verification.audit.rules.ledger import CARDS
from verification.audit.rules.refunds import amounts_with_the_provider
from verification.audit.snapshot import Snapshot
from verification.audit.violation import Findings

SETTLED_INTENTS = {"succeeded", "requires_payment_method", "canceled"}
"""In every other status money is authorised or may still be captured."""


HARD_DECLINES = {
    "do_not_try_again",
    "fraudulent",
    "incorrect_number",
    "invalid_number",
    "lost_card",
    "pickup_card",
    "restricted_card",
    "revocation_of_all_authorizations",
    "revocation_of_authorization",
    "stolen_card",
    "stop_payment_order",
}
"""Stripe's decline codes, and its advice code, after which a card must not be tried again."""


def the_provider_holds_what_the_books_say(snapshot: Snapshot) -> Findings:
    """Captured less refunded, except for charges and refunds in progress."""
    for payment in snapshot.books.payments:
        held = snapshot.held_of(payment.id)
        beside = amounts_with_the_provider(snapshot, payment)
        if held not in {one + other for one in _may_be_held(snapshot, payment) for other in beside}:
            found = f"the card provider holds {held}, our books say {payment.charged}"
            yield f"payment {payment.id}", found


def the_clearing_account_is_what_the_provider_holds(snapshot: Snapshot) -> Findings:
    """The ledger alone says so, payment by payment; the same is in progress as above."""
    booked: defaultdict[str, int] = defaultdict(int)
    for transfer in snapshot.books.transfers:
        payment_id = transfer.id.removeprefix("payment:").partition(":")[0]
        booked[payment_id] += transfer.amount * (transfer.debit_account == CARDS)
        booked[payment_id] -= transfer.amount * (transfer.credit_account == CARDS)
    for payment in snapshot.books.payments:
        held, ours = snapshot.held_of(payment.id), booked[payment.id]
        beside = amounts_with_the_provider(snapshot, payment, of_ledger=True)
        may_be = {one - payment.charged for one in _may_be_held(snapshot, payment)}
        if held - ours not in {one + other for one in may_be for other in beside}:
            found = f"the card provider holds {held}, our clearing account says {ours}"
            yield f"payment {payment.id}", found


def at_most_one_charge_is_unrefunded(snapshot: Snapshot) -> Findings:
    """However often a card was charged."""
    for payment_id, unrefunded in snapshot.held.items():
        if len(unrefunded) > 1 and payment_id in snapshot.payments:
            yield f"payment {payment_id}", f"holds more than one charge: {unrefunded}"


def the_provider_knows_only_our_payments(snapshot: Snapshot) -> Findings:
    """Every PaymentIntent and every refund is for a payment in our books.

    A refund made in the provider's dashboard names no payment.
    """
    payment_of = {intent.id: intent.metadata.get("payment") for intent in snapshot.intents}
    for intent in snapshot.intents:
        if payment_of[intent.id] not in snapshot.payments:
            yield f"PaymentIntent {intent.id}", f"of unknown payment {payment_of[intent.id]}"
    for refund in snapshot.refunds:
        refunded, named = payment_of.get(refund.payment_intent), refund.metadata.get("payment")
        if named not in {refunded, None}:
            yield f"refund {refund.id}", f"names payment {named}, but refunds {refunded}"


def nothing_is_left_authorised(snapshot: Snapshot) -> Findings:
    """Every PaymentIntent is captured, declined or canceled, unless we still await its outcome."""
    awaited = {charge.open_id for charge in snapshot.books.open_charges}
    for intent in snapshot.intents:
        if intent.id in awaited:
            continue
        if intent.can_be_authenticated:
            yield f"PaymentIntent {intent.id}", "may still succeed, but nothing waits for it"
        elif intent.status not in SETTLED_INTENTS or intent.amount_capturable:
            found = f"{intent.status} with {intent.amount_capturable} capturable"
            yield f"PaymentIntent {intent.id} of {intent.metadata.get('payment')}", found


def every_charge_in_the_books_exists_at_the_provider(snapshot: Snapshot) -> Findings:
    """A successful charge is a PaymentIntent that succeeded, with the same values."""
    intents = {intent.id: intent for intent in snapshot.intents}
    for charge in snapshot.books.charges:
        if charge.charge_id is None:
            continue
        names = {"payment": charge.payment_id, "attempt": str(charge.attempt)}
        ours = ("succeeded", charge.amount, charge.currency.lower(), names)
        intent = intents.get(charge.charge_id)
        # Other apps may add names of their own.
        theirs = intent and (
            intent.status,
            intent.amount_received,
            intent.currency,
            {name: intent.metadata.get(name) for name in names},
        )
        if ours != theirs:
            yield _subject(charge), f"{charge.charge_id} is {theirs}, expected {ours}"


def every_charge_of_the_provider_is_in_the_books(snapshot: Snapshot) -> Findings:
    """A PaymentIntent that succeeded is the charge of its attempt, if that is settled."""
    settled = {
        (charge.payment_id, str(charge.attempt)): charge.charge_id
        for charge in snapshot.books.charges
        if charge.is_settled
    }
    under_way = {(c.payment_id, str(c.attempt)) for c in snapshot.books.charges if not c.is_settled}
    under_way |= {(c.payment_id, str(c.attempt)) for c in snapshot.books.open_charges}
    for intent in snapshot.intents:
        named = (intent.metadata.get("payment", ""), intent.metadata.get("attempt", ""))
        if intent.status == "succeeded" and named not in under_way:
            booked = settled.get(named)
            if booked != intent.id and named[0] in snapshot.payments:
                found = f"attempt {named[1]} charged {intent.id}, our books have {booked}"
                yield f"payment {named[0]}", found


def every_dispute_of_our_charges_is_in_the_books(snapshot: Snapshot) -> Findings:
    """Each with its payment, and each dispute with its status: all webhooks were handled.

    A warning's status follows from refunds and disputes, and may change without an event.
    """
    payment_of = {one.charge_id: one.payment_id for one in snapshot.books.charges if one.charge_id}
    payment_of |= {one.open_id: one.payment_id for one in snapshot.books.open_charges}
    booked = {one.id: one for one in snapshot.books.disputes}
    for dispute in snapshot.disputes:
        payment, row = payment_of.get(dispute.payment_intent or ""), booked.get(dispute.id)
        ours = row and (row.payment_id, row.status if dispute.status else None)
        if payment is not None and ours != (payment, dispute.status):
            found = f"{dispute.id} is {dispute.status or 'a warning'}, our books have {ours}"
            yield f"payment {payment}", found


def a_payments_charges_match_its_events(snapshot: Snapshot) -> Findings:
    """Each attempt with its outcome and reason; an attempt that failed may succeed later."""
    for payment in snapshot.books.payments:
        charges = snapshot.charges.get(payment.id, ())
        booked = [outcome for charge in charges for outcome in _outcomes(charge)]
        recorded = [
            (event.type, event.data.get("amount", _why(event.data)))
            for event in snapshot.events.get(f"payment/{payment.id}", ())
            if event.type in {"CreditCardCharged", "CreditCardFailed"}
        ]
        if booked != recorded:
            yield f"payment {payment.id}", f"charges {booked}, but events {recorded}"


def no_card_is_tried_again_after_a_hard_decline(snapshot: Snapshot) -> Findings:
    """Within a payment: a charge of another one may have been under way already."""
    tried = {
        (intent.metadata.get("payment"), intent.metadata.get("attempt"))
        for intent in snapshot.intents
    }
    for payment_id, charges in snapshot.charges.items():
        for number, charge in enumerate(charges):
            before = [one for one in charges[:number] if _is_hard(one) and _same(one, charge)]
            if before and (payment_id, str(charge.attempt)) in tried:
                found = f"tried again a card that was declined in attempt {before[0].attempt}"
                yield _subject(charge), f"{found}: {before[0].failure}"


def every_open_charge_is_awaited(snapshot: Snapshot) -> Findings:
    """Once a payment has ended or tries another card, earlier charges are no longer open."""
    for charge in snapshot.books.open_charges:
        payment, charges = snapshot.payments.get(charge.payment_id), snapshot.charges
        attempts = [each.attempt for each in charges.get(charge.payment_id, ())]
        if payment is None or not payment.is_open or attempts[-1:] != [charge.attempt]:
            status = payment.status if payment else "not there"
            found = f"is {status}, but attempt {charge.attempt} is open: {charge.open_id}"
            yield f"payment {charge.payment_id}", found


def attempts_are_counted(snapshot: Snapshot) -> Findings:
    """From 1, without a gap; only the last one may be open."""
    for payment_id, charges in snapshot.charges.items():
        attempts = [charge.attempt for charge in charges]
        open_ones = Counter(charge.is_settled for charge in charges[:-1])[False]
        if attempts != list(range(1, len(charges) + 1)) or open_ones:
            found = f"attempts {attempts}, {open_ones} of them left open before the last"
            yield f"payment {payment_id}", found


def _may_be_held(snapshot: Snapshot, payment: Payment) -> set[int]:
    """The cents in our books, and the amounts if a charge or refund in progress has succeeded."""
    may_be = {payment.charged}
    charges = snapshot.charges.get(payment.id, ())
    if payment.status == "charging":
        may_be |= {payment.charged + charge.amount for charge in charges if not charge.is_settled}
    if payment.id in snapshot.open_charges and payment.is_open:
        may_be |= {payment.charged + charge.amount for charge in charges[-1:]}
    if snapshot.is_under_way(f"refund/{payment.id}", "refund_card"):
        may_be.add(0)
    return may_be


def _why(failure: Mapping[str, Any]) -> tuple[str | None, ...]:
    return tuple(failure.get(name) for name in ("code", "decline_code", "advice_code"))


def _outcomes(charge: Charge) -> list[tuple[str, Any]]:
    failed = [("CreditCardFailed", _why(asdict(charge.failure)))] if charge.failure else []
    return [*failed, ("CreditCardCharged", charge.amount)] if charge.charge_id else [*failed]


def _is_hard(charge: Charge) -> bool:
    return charge.failure is not None and not HARD_DECLINES.isdisjoint(_why(asdict(charge.failure)))


def _same(one: Charge, other: Charge) -> bool:
    """Whether both are charges of the same card."""
    fingerprints = {one.fingerprint, other.fingerprint}
    same_number = len(fingerprints) == 1 and None not in fingerprints
    return same_number or one.payment_method == other.payment_method is not None


def _subject(charge: Charge) -> str:
    return f"payment {charge.payment_id}, attempt {charge.attempt}"
