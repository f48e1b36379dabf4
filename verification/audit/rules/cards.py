"""The card provider's records, against ours."""

from collections import Counter

from verification.audit.rows import Charge, Payment
from verification.audit.snapshot import World
from verification.audit.violation import Findings

SETTLED_INTENTS = {"succeeded", "requires_payment_method", "canceled"}
"""In every other status money is authorised, or may still be taken."""


def the_provider_holds_what_the_books_say(world: World) -> Findings:
    """Captured less refunded; but for what is being charged or refunded at this moment."""
    for payment in world.books.payments:
        held = world.held_of(payment.id)
        if held not in _may_be_held(world, payment):
            found = f"the card provider holds {held}, our books say {payment.charged}"
            yield f"payment {payment.id}", found


def at_most_one_charge_is_unrefunded(world: World) -> Findings:
    """However often a card was charged."""
    for payment_id, held in world.held.items():
        unrefunded = {id: amount for id, amount in held.items() if amount}
        if len(unrefunded) > 1 and payment_id in world.payments:
            yield f"payment {payment_id}", f"holds more than one charge: {unrefunded}"


def the_provider_knows_only_our_payments(world: World) -> Findings:
    """Every PaymentIntent and every refund is for a payment in our books.

    A refund that somebody made in the provider's dashboard names no payment.
    """
    payment_of = {intent.id: intent.metadata.get("payment") for intent in world.intents}
    for intent in world.intents:
        if payment_of[intent.id] not in world.payments:
            yield f"PaymentIntent {intent.id}", f"of unknown payment {payment_of[intent.id]}"
    for refund in world.refunds:
        refunded, named = payment_of.get(refund.payment_intent), refund.metadata.get("payment")
        if named not in {refunded, None}:
            yield f"refund {refund.id}", f"names payment {named}, but refunds {refunded}"


def nothing_is_left_authorised(world: World) -> Findings:
    """Every PaymentIntent is taken, declined or canceled, but for what we wait to hear of."""
    awaited = {charge.open_id for charge in world.books.open_charges}
    for intent in world.intents:
        if intent.id in awaited:
            continue
        if intent.can_be_authenticated:
            yield f"PaymentIntent {intent.id}", "may still pay, and nobody waits for it"
        elif intent.status not in SETTLED_INTENTS or intent.amount_capturable:
            found = f"{intent.status} with {intent.amount_capturable} capturable"
            yield f"PaymentIntent {intent.id} of {intent.metadata.get('payment')}", found


def every_charge_in_the_books_is_the_providers(world: World) -> Findings:
    """A charge that was paid is a PaymentIntent that succeeded, of the very same."""
    intents = {intent.id: intent for intent in world.intents}
    for charge in world.books.charges:
        if charge.charge_id is None:
            continue
        ours = ("succeeded", charge.amount, charge.currency.lower(), _named(charge))
        intent = intents.get(charge.charge_id)
        theirs = intent and (
            intent.status,
            intent.amount_received,
            intent.currency,
            dict(intent.metadata),
        )
        if ours != theirs:
            yield _subject(charge), f"is {charge.charge_id}, which is {theirs} and not {ours}"


def every_charge_of_the_provider_is_in_the_books(world: World) -> Findings:
    """A PaymentIntent that succeeded is the charge of its attempt, if that is settled."""
    settled = {
        (charge.payment_id, str(charge.attempt)): charge.charge_id
        for charge in world.books.charges
        if charge.is_settled
    }
    under_way = {(c.payment_id, str(c.attempt)) for c in world.books.charges if not c.is_settled}
    under_way |= {(c.payment_id, str(c.attempt)) for c in world.books.open_charges}
    for intent in world.intents:
        named = (intent.metadata.get("payment", ""), intent.metadata.get("attempt", ""))
        if intent.status == "succeeded" and named not in under_way:
            booked = settled.get(named)
            if booked != intent.id and named[0] in world.payments:
                found = f"attempt {named[1]} charged {intent.id}, our books have {booked}"
                yield f"payment {named[0]}", found


def a_payments_charges_are_its_events(world: World) -> Findings:
    """Attempt after attempt, each with its outcome; one that failed may be paid all the same."""
    for payment in world.books.payments:
        charges = world.charges.get(payment.id, ())
        booked = [outcome for charge in charges for outcome in _outcomes(charge)]
        told = [
            (event.type, event.data.get("amount", event.data.get("code")))
            for event in world.events.get(f"payment/{payment.id}", ())
            if event.type in {"CreditCardCharged", "CreditCardFailed"}
        ]
        if booked != told:
            yield f"payment {payment.id}", f"charges {booked}, but events {told}"


def an_open_charge_is_waited_for(world: World) -> Findings:
    """Once a payment has ended, or tries another card, nothing may come of a former charge."""
    for charge in world.books.open_charges:
        payment, charges = world.payments.get(charge.payment_id), world.charges
        attempts = [each.attempt for each in charges.get(charge.payment_id, ())]
        if payment is None or not payment.is_open or attempts[-1:] != [charge.attempt]:
            status = payment.status if payment else "not there"
            found = f"is {status}, but attempt {charge.attempt} is open: {charge.open_id}"
            yield f"payment {charge.payment_id}", found


def attempts_are_counted(world: World) -> Findings:
    """From 1, without a gap; only the last one may be open."""
    for payment_id, charges in world.charges.items():
        attempts = [charge.attempt for charge in charges]
        open_ones = Counter(charge.is_settled for charge in charges[:-1])[False]
        if attempts != list(range(1, len(charges) + 1)) or open_ones:
            found = f"attempts {attempts}, {open_ones} of them left open before the last"
            yield f"payment {payment_id}", found


def _may_be_held(world: World, payment: Payment) -> set[int]:
    """Cents by our books, and with what the provider may have done that we wait to hear of."""
    may_be = {payment.charged}
    charges = world.charges.get(payment.id, ())
    if payment.status == "charging":
        may_be |= {payment.charged + charge.amount for charge in charges if not charge.is_settled}
    if payment.id in world.open_charges and payment.is_open:
        may_be |= {payment.charged + charge.amount for charge in charges[-1:]}
    if world.is_under_way(f"refund/{payment.id}", "refund_card"):
        may_be.add(0)
    return may_be


def _outcomes(charge: Charge) -> list[tuple[str, int | str]]:
    failed = [("CreditCardFailed", charge.failure.code)] if charge.failure else []
    return [*failed, ("CreditCardCharged", charge.amount)] if charge.charge_id else [*failed]


def _named(charge: Charge) -> dict[str, str]:
    return {"payment": charge.payment_id, "attempt": str(charge.attempt)}


def _subject(charge: Charge) -> str:
    return f"payment {charge.payment_id}, attempt {charge.attempt}"
