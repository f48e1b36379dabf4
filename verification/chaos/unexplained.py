"""Declines in the books that the card provider knows nothing of.

In a run every card that the provider knows can be charged, so that only it declines charges.
"""

from collections.abc import Iterable
from typing import Any

from storage.charges import Charge


def unexplained_declines(charges: Iterable[Charge], intents: Iterable[dict[str, Any]]) -> list[str]:
    """A line for each charge that our books alone call declined.

    A card that was declined hard before is declined again without a request; so is one that the
    provider does not know, which has no fingerprint. `intents` are the provider's PaymentIntents.
    """
    asked = {(one["metadata"].get("payment"), one["metadata"].get("attempt")) for one in intents}
    return [
        f"{charge.payment_id}, attempt {charge.attempt}: {charge.failure.code}, but the card "
        "provider declined no such charge"
        for charge in charges
        if charge.failure is not None
        and charge.fingerprint is not None
        and not charge.failure.is_hard
        and (charge.payment_id, str(charge.attempt)) not in asked
    ]
