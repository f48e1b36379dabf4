"""Draws what cards bring later: retries, refunds, and amounts that are too small for them."""

from collections.abc import Callable
from dataclasses import replace
from random import Random

from verification.chaos.sampler import Sampler
from verification.chaos.scenarios import (
    AwaitRetries,
    BankOutcome,
    FailSavedCard,
    Kind,
    LaterAction,
    Refund,
    Remedy,
)

PENDING_REFUND, DISPUTED = "pm_card_pendingRefund", "pm_card_createDispute"
CARDS_TO_LOSE = tuple(
    f"pm_card_{name}"
    for name in (
        *("visa_debit", "mastercard_debit", "mastercard_prepaid", "amex"),
        *("discover", "diners", "jcb", "unionpay"),
    )
)
"""Nobody else has them: the same card is not charged for anybody once it was declined hard."""

RETRY_DAYS = (3, 7, 11)
"""CARD_RETRY_DAYS of the run."""

WORKING_AFTER = (
    ((True, 3.01),),
    ((False, 3.01), (True, 4)),
    ((False, 3.01), (False, 4), (False, 4)),
)
"""Steps over the days on which a card is tried again: it works on the first, the second, never."""

AROUND_THE_MINIMUM = (2449, 2450, 2451, 2480, 2499, 2500)
"""Balances that leave less than, or just, what a card can pay of 2500 cents."""

SMALL_BALANCES = (0, 0, 100)
"""Balances that leave something for the card, whatever is ordered."""

REFUNDED = frozenset(
    {
        Kind.REFUNDED_PART,
        Kind.REFUNDED_WHOLE,
        Kind.REFUND_PENDING,
        Kind.REFUND_FAILS,
        Kind.REFUND_REFUSED,
        Kind.UNDONE,
    }
)
WITH_SAVED_CARD = frozenset({Kind.ORDERS_AGAIN, Kind.RETRIED, Kind.HARD_DECLINE})


class CardScenarios:
    """Draws the cards, balances and actions of these kinds; the same seed gives the same ones."""

    def __init__(self, random: Random) -> None:
        """Every variant has its turn before any is repeated."""
        self._random = random
        self._to_lose = Sampler(random, CARDS_TO_LOSE)
        self._undone = Sampler(random, (PENDING_REFUND, DISPUTED))
        self._balances = Sampler(random, AROUND_THE_MINIMUM)
        self._working_after = Sampler(random, WORKING_AFTER)
        self._pays = Sampler(random, (True, False))
        self._remedies = Sampler(random, list(Remedy))
        self._outside = Sampler[Remedy](random, (Remedy.OUTSIDE, Remedy.OUTSIDE, Remedy.NOTHING))

    def card(self, kind: Kind, good: Sampler[str]) -> str:
        """The customer's card; most have a `good` one."""
        match kind:
            case Kind.HARD_DECLINE:
                return self._to_lose.draw()
            case Kind.REFUND_PENDING:
                return PENDING_REFUND
            case Kind.UNDONE:
                return self._undone.draw()
            case _:
                return good.draw()

    def balance(self, kind: Kind) -> int:
        """Of the customer's account, in cents."""
        if kind is Kind.JUST_SHORT:
            return self._balances.draw()
        return 0 if kind in WITH_SAVED_CARD else self._random.choice(SMALL_BALANCES)

    def bank(self) -> BankOutcome:
        """What becomes of a refund that is pending."""
        return BankOutcome(pays=self._pays.draw(), after=self._random.uniform(0, 3))

    def action(
        self, kind: Kind, total: int, card: str | None, *, first: bool
    ) -> AwaitRetries | LaterAction | None:
        """What happens to an order of `total` cents; `first`: to the customer's first one."""
        draw: dict[Kind, Callable[[], AwaitRetries | LaterAction]] = {
            Kind.RETRIED: lambda: AwaitRetries(self._working_after.draw()),
            Kind.HARD_DECLINE: lambda: AwaitRetries(((True, 3.01), (True, 4))),
            Kind.REFUNDED_PART: lambda: _also_by_hand(
                self._refund(self._parts(total), self._remedies)
            ),
            Kind.REFUNDED_WHOLE: lambda: self._refund(self._whole(total), self._remedies),
            Kind.REFUND_PENDING: lambda: self._refund(self._some(total), self._remedies),
            Kind.REFUND_FAILS: lambda: self._refund(self._some(total), self._remedies, fails=True),
            Kind.REFUND_REFUSED: lambda: self._refund(
                self._some(total), self._outside, disputed=True
            ),
            Kind.UNDONE: lambda: self._refund((), self._outside, disputed=card == DISPUTED),
        }
        if first and kind is Kind.RETRIED:
            return FailSavedCard("insufficient_funds")
        if first and kind is Kind.HARD_DECLINE:
            return FailSavedCard("lost_card")
        return draw[kind]() if kind in draw else None

    def _refund(
        self,
        amounts: tuple[int, ...],
        remedies: Sampler[Remedy],
        *,
        disputed: bool = False,
        fails: bool = False,
    ) -> Refund:
        at_once = self._random.choice((True, False))
        return Refund(amounts, at_once, remedies.draw(), disputed=disputed, fails=fails)

    def _some(self, total: int) -> tuple[int, ...]:
        return self._random.choice((self._parts, self._whole))(total)

    def _parts(self, total: int) -> tuple[int, ...]:
        """One to three parts, which leave something."""
        parts = self._random.randint(1, 3)
        return tuple(self._random.randint(1, total // (parts + 1)) for _ in range(parts))

    def _whole(self, total: int) -> tuple[int, ...]:
        """In one or two parts."""
        part = self._random.choice((0, self._random.randint(1, total - 1)))
        return (total - part, part) if part else (total,)


def _also_by_hand(refund: Refund) -> Refund:
    """Parts that are requested in turn come after one that is refunded in the dashboard.

    It is as large as the first one. Nothing is drawn for it: plans have known seeds.
    """
    return refund if refund.at_once else replace(refund, by_hand=refund.amounts[0])
