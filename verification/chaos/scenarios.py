"""What the customers of a plan want, and what they do about it later. Amounts are cents."""

from dataclasses import dataclass
from enum import StrEnum

from domain.statuses import OrderPolicy


class Kind(StrEnum):
    """What an order is drawn to bring about; how it ends depends on the faults."""

    PAYS = "pays by card"
    COVERED = "pays from the account"
    NEW_CARD = "gives a new card"
    CARD_AT_ONCE = "gives a new card at once"
    SAME_CARD_TWICE = "gives the same card twice"
    TWO_CARDS = "gives two cards in short order"
    BAD_CARD_AGAIN = "gives a bad card, then a good one"
    GIVES_UP = "lets the deadline pass"
    CANCELS_AT_ONCE = "cancels at once"
    CANCELS_LATER = "cancels on the way"
    CANCELS_WAITING = "cancels while the payment waits"
    RACES = "races the deadline"
    POISONED = "is sent poison"
    OUT_OF_STOCK = "wants what is sold out"
    LAST_PIECE = "several want the last piece"
    HOUSEHOLD = "has several orders at once"
    AUTHENTICATES = "authenticates the card"
    REFUSES = "fails to authenticate the card"
    AUTHENTICATES_AND_MORE = "authenticates the card, and does something else"
    AUTHENTICATES_LATE = "authenticates the card around the deadline"
    PAYMENT_ALONE = "a payment without an order"


class Way(StrEnum):
    """How a new card reaches a payment."""

    CUSTOMER = "PUT /customers/{id}/card"
    PAYMENT = "PUT /payments/{id}/card"
    SIGNAL = "signal"


class Rescue(StrEnum):
    """What ends a payment that waits when its customer has done all they wanted."""

    CARD = "a good card"
    DEADLINE = "the deadline"


@dataclass(frozen=True)
class GiveCards:
    """Gives each of `cards` its way, `gap` seconds after the one before; 0: all at once.

    `patient`: once the payment waits for a card, and `days` more; else as soon as it exists.
    """

    cards: tuple[tuple[str, Way], ...]
    gap: float = 0
    days: float = 0
    patient: bool = True


@dataclass(frozen=True)
class LetTimePass:
    """Lets so many days pass, one number after the other, once the payment waits."""

    days: tuple[float, ...]


@dataclass(frozen=True)
class Cancel:
    """Cancels `delay` seconds after the order was accepted; `patient`: after its payment waits."""

    delay: float
    patient: bool = False


@dataclass(frozen=True)
class RaceTheDeadline:
    """Gives a card, cancels, authenticates, or several, around the deadline.

    The payment's clock is moved to `lead` seconds before it. The moments are seconds after it, or
    before (negative), on the payment's own clock; None: not at all.
    """

    lead: float
    card: str
    way: Way
    card_after: float | None
    cancel_after: float | None
    authenticate_after: float | None = None


@dataclass(frozen=True)
class Authenticate:
    """Authenticates the charge that was declined for want of it, or fails to, in turn.

    `patient`: once the payment waits, and `days` more; else as soon as the provider has the charge.
    From then on it is `lag` seconds, while the customer does what else there is at once.
    """

    succeeds: tuple[bool, ...]
    days: float = 0
    patient: bool = True
    lag: float = 0
    meanwhile: GiveCards | Cancel | None = None


@dataclass(frozen=True)
class SendPoison:
    """Signals that make no sense, by their names in `verification.chaos.malformed_signals`."""

    names: tuple[str, ...]


Deed = GiveCards | LetTimePass | Cancel | RaceTheDeadline | Authenticate | SendPoison


@dataclass(frozen=True)
class Customer:
    """Someone with `balance` cents on their account and a card, or none."""

    id: str
    balance: int
    card: str | None


@dataclass(frozen=True)
class Verdict:
    """What a bank that takes its time comes to, `after` so many seconds."""

    pays: bool
    after: float


@dataclass(frozen=True)
class Product:
    """So many pieces at `price` cents each."""

    sku: str
    price: int
    stock: int


@dataclass(frozen=True)
class Order:
    """The `number`th of the plan, from 1; without a policy it is a payment of `amount` alone.

    Asked for `posts` times at once under one key. `parked`: left waiting until the quiet time.
    """

    number: int
    kind: Kind
    customer: str
    policy: OrderPolicy | None
    lines: tuple[tuple[str, int], ...]
    amount: int
    posts: int
    deed: Deed | None
    rescue: Rescue
    parked: bool
    bank: Verdict


@dataclass(frozen=True)
class Errand:
    """Orders that are placed at the same time, and who places them."""

    customers: tuple[Customer, ...]
    orders: tuple[Order, ...]
