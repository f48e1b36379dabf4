"""Declines in the books that the card provider knows nothing of."""

from collections.abc import Collection, Sequence
from typing import Any

from gateways.stripe_outcomes import UNUSABLE
from storage.charges import Charge


def unexplained_declines(
    charges: Sequence[Charge], intents: Sequence[dict[str, Any]], late: Collection[str]
) -> list[str]:
    """A line for each charge that our books alone call declined.

    `intents` are the provider's PaymentIntents; `late` are the ids of those that were decided after
    they had been open. Three kinds of card are declined without one: a card that was declined hard
    before; one that the provider does not know, which has no fingerprint; and one that is used up,
    because an earlier charge of it had not paid by then, which would have saved it.
    """
    asked = {(one["metadata"].get("payment"), one["metadata"].get("attempt")) for one in intents}
    saved = {one.payment_method for one in charges if one.charge_id and one.charge_id not in late}
    return [
        f"{charge.payment_id}, attempt {charge.attempt}: {charge.failure.code}, but the card "
        "provider declined no such charge"
        for charge in charges
        if charge.failure is not None
        and charge.fingerprint is not None
        and not charge.failure.is_hard
        and not (charge.failure.code == UNUSABLE.code and charge.payment_method not in saved)
        and (charge.payment_id, str(charge.attempt)) not in asked
    ]
