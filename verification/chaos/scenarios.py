"""The scenarios of a plan: orders, customers and their later actions. Amounts are in cents."""

from dataclasses import dataclass
from enum import StrEnum

from domain.statuses import OrderPolicy


class Kind(StrEnum):
    """The intended course of events of an order; how it ends depends on the faults."""

    PAYS = "pays by card"
    COVERED = "pays from the account"
    NEW_CARD = "gives a new card"
    CARD_AT_ONCE = "gives a new card at once"
    SAME_CARD_TWICE = "gives the same card twice"
    TWO_CARDS = "gives two cards in quick succession"
    BAD_CARD_AGAIN = "gives a bad card, then a good one"
    GIVES_UP = "lets the deadline pass"
    CANCELS_AT_ONCE = "cancels at once"
    CANCELS_LATER = "cancels during processing"
    CANCELS_WAITING = "cancels while the payment waits"
    RACES = "races the deadline"
    MALFORMED_SIGNALS = "is sent malformed signals"
    OUT_OF_STOCK = "orders a product that is sold out"
    LAST_PIECE = "several want the last piece"
    HOUSEHOLD = "has several orders at once"
    AUTHENTICATES = "authenticates the card"
    REFUSES = "fails to authenticate the card"
    AUTHENTICATES_AND_MORE = "authenticates the card, and does something else"
    AUTHENTICATES_LATE = "authenticates the card around the deadline"
    PAYMENT_ALONE = "a payment without an order"
    ORDERS_AGAIN = "orders again with the saved card"
    RETRIED = "has a saved card that pays again on a later day"
    HARD_DECLINE = "has a saved card that is lost"
    JUST_SHORT = "lacks less than a card can pay"
    REFUNDED_PART = "gets a part back"
    REFUNDED_WHOLE = "gets all back"
    REFUND_PENDING = "gets a refund that the bank decides later"
    REFUND_FAILS = "gets a refund that fails days later"
    REFUND_REFUSED = "disputes the charge that is refunded"
    UNDONE = "orders what is sold out, and the refund does not succeed at once"


class Channel(StrEnum):
    """How a new card reaches a payment."""

    CUSTOMER = "PUT /customers/{id}/card"
    PAYMENT = "PUT /payments/{id}/card"
    SIGNAL = "signal"


class Resolution(StrEnum):
    """How a payment that still waits after its customer's actions is ended."""

    CARD = "a good card"
    DEADLINE = "the deadline"


class Remedy(StrEnum):
    """What an operator does about a refund that is owed."""

    AGAIN = "refunds it again"
    OUTSIDE = "settles it outside"
    NOTHING = "leaves it owed"


@dataclass(frozen=True)
class GiveCards:
    """Gives each of `cards` over its channel, `gap` seconds after the one before; 0: all at once.

    `after_waiting`: `days` after the payment began to wait for a card; else as soon as it exists.
    """

    cards: tuple[tuple[str, Channel], ...]
    gap: float = 0
    days: float = 0
    after_waiting: bool = True


@dataclass(frozen=True)
class LetTimePass:
    """Moves the clock of the waiting payment by each of `days` in turn."""

    days: tuple[float, ...]


@dataclass(frozen=True)
class Cancel:
    """Cancels `delay` seconds after acceptance; `after_waiting`: after its payment waits."""

    delay: float
    after_waiting: bool = False


@dataclass(frozen=True)
class RaceTheDeadline:
    """Gives a card, cancels, authenticates, or several, around the deadline.

    The payment's clock is moved to `lead` seconds before it. The times are seconds after the
    deadline (negative: before) on the payment's own clock; None: not at all.
    """

    lead: float
    card: str
    channel: Channel
    card_after: float | None
    cancel_after: float | None
    authenticate_after: float | None = None


@dataclass(frozen=True)
class Authenticate:
    """Authenticates the charge that was declined for lack of it, or fails to, in turn.

    `after_waiting`: `days` after the payment began to wait; else as soon as the charge exists.
    The authentication follows `lag` seconds later, the `meanwhile` action at once.
    """

    succeeds: tuple[bool, ...]
    days: float = 0
    after_waiting: bool = True
    lag: float = 0
    meanwhile: GiveCards | Cancel | None = None


@dataclass(frozen=True)
class SendMalformedSignals:
    """Sends malformed signals, named as in `verification.chaos.malformed_signals`."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class FailSavedCard:
    """Once the card has paid, its bank declines every further charge of it with the code."""

    code: str


@dataclass(frozen=True)
class AwaitRetries:
    """Each step says whether the saved card works from then on, and how many days then pass."""

    steps: tuple[tuple[bool, float], ...]


@dataclass(frozen=True)
class Refund:
    """Operators refund `amounts` of the received payment; without any, the order's undo does.

    `at_once`: all together, and each is requested twice. `disputed`: the charge is disputed before
    that. `fails`: the refunds fail days after they succeeded. `by_hand` cents are refunded in the
    card provider's dashboard first.
    """

    amounts: tuple[int, ...]
    at_once: bool
    remedy: Remedy
    disputed: bool = False
    fails: bool = False
    by_hand: int = 0


Action = (
    GiveCards
    | LetTimePass
    | Cancel
    | RaceTheDeadline
    | Authenticate
    | SendMalformedSignals
    | AwaitRetries
)
"""While the order is under way."""

LaterAction = FailSavedCard | Refund
"""Once it is over."""


@dataclass(frozen=True)
class Customer:
    """A customer with `balance` cents on the account and a card, or none."""

    id: str
    balance: int
    card: str | None


@dataclass(frozen=True)
class BankOutcome:
    """The late decision of a bank about a charge or a refund, `after` seconds."""

    pays: bool
    after: float


@dataclass(frozen=True)
class Product:
    """A product with `stock` pieces at `price` cents each."""

    sku: str
    price: int
    stock: int


@dataclass(frozen=True)
class Order:
    """Order `number` of the plan, from 1; without a policy it is a payment of `amount` alone.

    It is posted `posts` times at once under one key. `parked`: left waiting until the quiet time.
    """

    number: int
    kind: Kind
    customer: str
    policy: OrderPolicy | None
    lines: tuple[tuple[str, int], ...]
    amount: int
    posts: int
    action: Action | LaterAction | None
    resolution: Resolution
    parked: bool
    bank: BankOutcome


@dataclass(frozen=True)
class Scenario:
    """Orders that are placed at the same time or in turn, and their customers."""

    customers: tuple[Customer, ...]
    orders: tuple[Order, ...]
    in_turn: bool = False
