"""Refunds of a received payment as the process tells them: of a part, or of all that is left.

The card gets its part first, the account the rest. What the card did not get is owed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from tests.verification.models.books import Books

UNDO = "_undo"
"""The reference of the refund of all that is left."""


class Fate(StrEnum):
    """What the card provider makes of a refund."""

    SUCCEEDS = "succeeded"
    PENDING = "pending"
    """The bank has not decided yet."""
    FAILS = "failed"
    REFUSED = "refused"
    """It refuses this refund for good: no refund is made."""


@dataclass
class Part:
    """A refund, in cents; `is_recorded`: CreditCardRefunded has happened for this money."""

    to_card: int
    to_account: int
    state: Fate
    is_recorded: bool = False
    is_replaced: bool = False

    @property
    def is_owed(self) -> bool:
        """Whether the customer has not got the card's part, and nothing else gives it back."""
        return self.state in {Fate.FAILS, Fate.REFUSED} and not self.is_replaced

    @property
    def reserved(self) -> int:
        """Cents of the charge that no other refund may give back."""
        is_open = self.state is Fate.PENDING or self.is_owed
        return self.to_card if is_open and not self.is_recorded else 0


class RefundModel:
    """The refunds of one payment, which changes the books."""

    def __init__(self, books: Books, happens: Callable[..., None]) -> None:
        """`happens` records an event."""
        self.parts: dict[str, Part] = {}
        self._books = books
        self._happens = happens
        self._outside: set[str] = set()

    @property
    def free_on_card(self) -> int:
        """Cents of the charge that no refund gives back yet."""
        return self._books.charged - sum(part.reserved for part in self.parts.values())

    @property
    def free(self) -> int:
        """The same, with what was withdrawn from the account."""
        return self.free_on_card + self._books.withdrawn

    def begin(self, reference: str, amount: int | None, fate: Fate) -> None:
        """Give `amount` back, or all that is left; more than is held is refused.

        Exactly what is owed is given back instead of the refund that did not succeed.
        """
        owed = [part for part in self.parts.values() if part.is_owed and part.to_card == amount]
        if owed:
            owed[0].is_replaced = True
            part = Part(owed[0].to_card, 0, fate, is_recorded=owed[0].is_recorded)
        else:
            amount = self.free if amount is None else amount
            if not 0 < amount <= self.free:
                return
            to_card = min(amount, self.free_on_card)
            part = Part(to_card, amount - to_card, fate if to_card else Fate.SUCCEEDS)
        self.parts[reference] = part
        if part.to_card and part.state is Fate.SUCCEEDS:
            self._succeed(part)
        self._credit(part)
        self._write()

    def settle(self, reference: str, *, succeeds: bool) -> None:
        """The provider has news of a refund: of a pending one, or that one fails after all."""
        part = self.parts[reference]
        if succeeds:
            self._succeed(part)
        elif part.state is Fate.SUCCEEDS:
            self._books.held_by_provider += part.to_card
        part.state = Fate.SUCCEEDS if succeeds else Fate.FAILS
        self._write()

    def settle_outside(self, reference: str) -> None:
        """An operator gave back what is owed, not to the card."""
        part = self.parts[reference]
        if not part.is_recorded:
            self._refund_card(part, outside=True)
        part.is_replaced = True
        self._outside.add(reference)
        self._write()

    def _succeed(self, part: Part) -> None:
        self._books.held_by_provider -= part.to_card
        if not part.is_recorded:
            self._refund_card(part, outside=False)

    def _refund_card(self, part: Part, *, outside: bool) -> None:
        part.is_recorded = True
        self._books.charged -= part.to_card
        self._books.refunded += part.to_card
        refunded = {"amount": part.to_card, "left": self._books.charged}
        self._happens("CreditCardRefunded", **refunded, by_hand=False, outside=outside)

    def _credit(self, part: Part) -> None:
        if part.to_account:
            self._happens("AmountCredited", amount=part.to_account)
            self._books.balance += part.to_account
            self._books.withdrawn -= part.to_account
            self._books.refunded += part.to_account

    def _write(self) -> None:
        """The payment is refunded when nothing is held, and refunding while a refund is open."""
        is_open = any(part.state is Fate.PENDING for part in self.parts.values())
        if not self._books.charged + self._books.withdrawn:
            self._books.status = "refunded"
        else:
            self._books.status = "refunding" if is_open or UNDO in self.parts else "received"
        self._books.owed = sum(part.to_card for part in self.parts.values() if part.is_owed)
        self._books.refunds = {
            reference: "settled_outside" if reference in self._outside else str(part.state)
            for reference, part in self.parts.items()
        }
