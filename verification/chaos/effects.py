"""What cards brought in a run; each kind has to happen among enough orders."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from enum import StrEnum
from itertools import pairwise

from sqlalchemy import select

from domain.money import minimum_charge
from storage import tables
from storage.charges import Charge
from storage.database import Database


class Effect(StrEnum):
    """Something that a card, its bank or an operator did."""

    SAVED_CARD = "later payments with a saved card"
    RETRY_PAID = "retries by the payment that paid"
    RETRY_DECLINED = "retries by the payment that were declined again"
    NOT_RETRIED = "payments that did not try a lost card again"
    MINIMUM = "charges of the least that a card can pay"
    PART = "parts refunded"
    WHOLE = "payments refunded as a whole"
    BY_HAND = "parts refunded in the dashboard that are in the books"
    PENDING_SUCCEEDED = "pending refunds that succeeded"
    PENDING_FAILED = "pending refunds that failed"
    FAILED_LATER = "refunds that failed days later"
    REFUSED = "refunds of disputed charges that were refused"
    AGAIN = "owed refunds that were made again"
    OUTSIDE = "owed refunds that were settled outside"
    LEFT = "refunds left to operators"


def read_charges(database: Database) -> list[Charge]:
    """All charges in the books, those of a payment in the order of its attempts."""
    charges = tables.charges
    with database.read() as tx:
        rows = tx.execute(select(charges).order_by(charges.c.payment_id, charges.c.attempt))
        return [Charge.model_validate(row) for row in rows.mappings()]


def effects_of(charges: Sequence[Charge]) -> Counter[Effect]:
    """What these charges show by themselves; they are in the order of their attempts."""
    payments: dict[str, list[Charge]] = defaultdict(list)
    for charge in charges:
        payments[charge.payment_id].append(charge)
    effects: Counter[Effect] = Counter()
    for attempts in payments.values():
        for before, charge in pairwise(attempts):
            # A card that is given again has another id.
            if charge.is_settled and charge.payment_method == before.payment_method is not None:
                paid = charge.charge_id is not None
                effects[Effect.RETRY_PAID if paid else Effect.RETRY_DECLINED] += 1
    paid = [charge for charge in charges if charge.charge_id is not None]
    cards = {(charge.provider_customer, charge.payment_method) for charge in paid}
    effects[Effect.SAVED_CARD] = len(paid) - len(cards)
    effects[Effect.MINIMUM] = sum(one.amount == minimum_charge(one.currency) for one in paid)
    return effects
