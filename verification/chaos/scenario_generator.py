"""Draws the customers' scenarios from a seed."""

from collections.abc import Callable
from random import Random

from domain.statuses import OrderPolicy
from verification.chaos import malformed_signals
from verification.chaos.card_scenarios import REFUNDED, WITH_SAVED_CARD, CardScenarios
from verification.chaos.catalog import PRODUCTS, SOLD_OUT, total
from verification.chaos.sampler import Sampler
from verification.chaos.scenarios import (
    Action,
    Authenticate,
    BankOutcome,
    Cancel,
    Channel,
    Customer,
    GiveCards,
    Kind,
    LetTimePass,
    Order,
    Product,
    RaceTheDeadline,
    Resolution,
    Scenario,
    SendMalformedSignals,
)

GOOD_CARDS = ("pm_card_visa", "pm_card_mastercard")
CARD_TO_AUTHENTICATE = "pm_card_authenticationRequired"
BAD_CARDS = (
    "pm_card_chargeDeclined",
    "pm_card_chargeDeclinedInsufficientFunds",
    "pm_card_chargeDeclinedExpiredCard",
    CARD_TO_AUTHENTICATE,
    None,
)
WAITING_DAYS = 14

_PAYING = {
    Kind.PAYS: 10,
    Kind.COVERED: 3,
    Kind.CANCELS_AT_ONCE: 2,
    Kind.CANCELS_LATER: 6,
    Kind.OUT_OF_STOCK: 3,
    Kind.LAST_PIECE: 2,
    Kind.PAYMENT_ALONE: 3,
}
_FAILING = {
    Kind.NEW_CARD: 5,
    Kind.CARD_AT_ONCE: 3,
    Kind.SAME_CARD_TWICE: 3,
    Kind.TWO_CARDS: 4,
    Kind.BAD_CARD_AGAIN: 2,
    Kind.GIVES_UP: 3,
    Kind.CANCELS_WAITING: 2,
    Kind.RACES: 5,
    Kind.MALFORMED_SIGNALS: 4,
    Kind.HOUSEHOLD: 2,
}
_AUTHENTICATING = {
    Kind.AUTHENTICATES: 3,
    Kind.REFUSES: 2,
    Kind.AUTHENTICATES_AND_MORE: 4,
    Kind.AUTHENTICATES_LATE: 4,
}
_CARDS = {
    Kind.ORDERS_AGAIN: 2,
    Kind.RETRIED: 3,
    Kind.HARD_DECLINE: 2,
    Kind.JUST_SHORT: 3,
    Kind.REFUNDED_PART: 3,
    Kind.REFUNDED_WHOLE: 2,
    Kind.REFUND_PENDING: 2,
    Kind.REFUND_FAILS: 3,
    Kind.REFUND_REFUSED: 2,
    Kind.UNDONE: 2,
}


class ScenarioGenerator:
    """Draws scenarios; the same seed gives the same ones."""

    def __init__(self, random: Random) -> None:
        """Orders are numbered from 1."""
        self._random = random
        weights = _PAYING | _FAILING | _AUTHENTICATING | _CARDS
        kinds = [kind for kind, weight in weights.items() for _ in range(weight)]
        self._kinds = Sampler(random, kinds)
        self._policies = Sampler(random, list(OrderPolicy))
        self._good = Sampler[str](random, GOOD_CARDS)
        self._bad = Sampler(random, BAD_CARDS)
        self._channels = Sampler(random, list(Channel))
        self._race_channels = Sampler(random, list(Channel))
        self._malformed_signals = Sampler(random, malformed_signals.NAMES)
        self._cards = CardScenarios(random)
        self._number = 0
        self.products: list[Product] = [*PRODUCTS, SOLD_OUT]
        """The products of the scenarios drawn so far."""

    def scenario(self, at_most: int) -> Scenario:
        """Draw the next scenario, with `at_most` orders."""
        kind = self._kinds.draw()
        match kind:
            case Kind.LAST_PIECE:
                return self._race_for_the_last_piece(min(at_most, self._random.randint(3, 5)))
            case Kind.HOUSEHOLD:
                return self._household(min(at_most, self._random.randint(2, 3)))
            case Kind.ORDERS_AGAIN:
                orders = min(at_most, self._random.randint(2, 4))
                in_turn = self._random.choice((True, False))
                return self._with_saved_card(kind, orders, in_turn=in_turn)
            case Kind.RETRIED | Kind.HARD_DECLINE:
                return self._with_saved_card(kind, min(at_most, 2), in_turn=True)
            case _:
                customer = self._customer(kind)
                return Scenario((customer,), (self._order(kind, customer),))

    def _race_for_the_last_piece(self, orders: int) -> Scenario:
        product = Product(f"last-{self._number + 1}", price=700, stock=1)
        self.products.append(product)
        people = tuple(self._customer(Kind.LAST_PIECE, of=number) for number in range(orders))
        lines = ((product.sku, 1),)
        placed = tuple(self._order(Kind.LAST_PIECE, one, lines=lines) for one in people)
        return Scenario(people, placed)

    def _household(self, orders: int) -> Scenario:
        """The first order gives a card, which all of them use."""
        customer = self._customer(Kind.HOUSEHOLD)
        placed = tuple(
            self._order(
                Kind.HOUSEHOLD if first else Kind.NEW_CARD, customer, without_action=not first
            )
            for first in (True, *[False] * (orders - 1))
        )
        return Scenario((customer,), placed)

    def _with_saved_card(self, kind: Kind, orders: int, *, in_turn: bool) -> Scenario:
        """The first order saves the card."""
        customer = self._customer(kind)
        placed = tuple(self._order(kind, customer, first=number == 0) for number in range(orders))
        return Scenario((customer,), placed, in_turn)

    def _customer(self, kind: Kind, of: int = 0) -> Customer:
        id = f"customer-{self._number + 1 + of}"
        if kind is Kind.COVERED:
            return Customer(id, balance=10_000_000, card=None)
        if kind in _CARDS:
            card = self._cards.card(kind, self._good)
            return Customer(id, self._cards.balance(kind), card)
        balance = self._random.choice((0, 0, 1, 100, 150, 198, 500, 2449, 2450, 2451, 2499))
        if kind in _AUTHENTICATING:
            return Customer(id, balance, CARD_TO_AUTHENTICATE)
        card = self._good.draw() if kind in _PAYING else self._bad.draw()
        return Customer(id, balance, card)

    def _order(
        self,
        kind: Kind,
        customer: Customer,
        *,
        lines: tuple[tuple[str, int], ...] | None = None,
        without_action: bool = False,
        first: bool = False,
    ) -> Order:
        self._number += 1
        alone = kind is Kind.PAYMENT_ALONE
        if kind in _CARDS:
            return self._order_by_card(kind, customer, first=first)
        return Order(
            number=self._number,
            kind=kind,
            customer=customer.id,
            policy=None if alone else self._policies.draw(),
            lines=lines or self._lines(kind),
            amount=self._random.choice((0, 50, 2500, 99_999)) if alone else 0,
            posts=self._random.choice((1, 1, 1, 1, 2)),
            action=None if without_action else self._action(kind),
            resolution=self._random.choice(list(Resolution)),
            parked=self._random.random() < 0.3,  # noqa: PLR2004
            bank=BankOutcome(
                pays=self._random.choice((True, False)),
                after=self._random.choice((0, self._random.uniform(0, 2), 8)),
            ),
        )

    def _order_by_card(self, kind: Kind, customer: Customer, *, first: bool) -> Order:
        lines = self._lines(kind)
        # Sold out before the payment is received, nothing would be refunded.
        policy = OrderPolicy.CHARGE_FIRST if kind is Kind.UNDONE else self._policies.draw()
        return Order(
            number=self._number,
            kind=kind,
            customer=customer.id,
            policy=policy,
            lines=lines,
            amount=0,
            posts=1,
            action=self._cards.action(kind, total(lines), customer.card, first=first),
            resolution=Resolution.CARD
            if first or kind in REFUNDED
            else self._random.choice(list(Resolution)),
            parked=False,
            bank=self._cards.bank(),
        )

    def _lines(self, kind: Kind) -> tuple[tuple[str, int], ...]:
        if kind is Kind.JUST_SHORT or kind in WITH_SAVED_CARD:
            return ((PRODUCTS[0].sku, 1),)
        if kind in {Kind.OUT_OF_STOCK, Kind.UNDONE}:
            return ((PRODUCTS[0].sku, 1), (SOLD_OUT.sku, 1))
        # A free product would never wait for a card.
        offered = PRODUCTS if kind in _PAYING else PRODUCTS[:3]
        chosen = self._random.sample(offered, self._random.randint(1, 2))
        return tuple((product.sku, self._random.randint(1, 3)) for product in chosen)

    def _action(self, kind: Kind) -> Action | None:
        draw: dict[Kind, Callable[[], Action]] = {
            Kind.NEW_CARD: lambda: GiveCards((self._good_card(),), days=self._some_days()),
            Kind.CARD_AT_ONCE: lambda: GiveCards((self._good_card(),), after_waiting=False),
            Kind.SAME_CARD_TWICE: self._same_card_twice,
            Kind.TWO_CARDS: self._two_cards,
            Kind.BAD_CARD_AGAIN: lambda: GiveCards((self._bad_card(), self._good_card()), gap=3),
            Kind.GIVES_UP: lambda: LetTimePass(
                self._random.choice(((14.1,), (2.5, 5, 7), (13.9, 0.2)))
            ),
            Kind.CANCELS_AT_ONCE: lambda: Cancel(delay=0),
            Kind.CANCELS_LATER: lambda: Cancel(delay=self._random.uniform(0.05, 2)),
            Kind.CANCELS_WAITING: lambda: Cancel(self._random.uniform(0, 1), after_waiting=True),
            Kind.RACES: self._race,
            Kind.MALFORMED_SIGNALS: lambda: SendMalformedSignals(
                (self._malformed_signals.draw(), self._malformed_signals.draw())
            ),
            Kind.HOUSEHOLD: lambda: GiveCards(((self._good.draw(), Channel.CUSTOMER),)),
            Kind.AUTHENTICATES: lambda: self._random.choice(
                (
                    Authenticate((True,), after_waiting=False),
                    Authenticate((False, True)),
                    Authenticate((True,), days=self._some_days()),
                )
            ),
            Kind.REFUSES: lambda: Authenticate((False,), days=self._some_days()),
            Kind.AUTHENTICATES_AND_MORE: self._authenticate_and_more,
            Kind.AUTHENTICATES_LATE: lambda: self._race(authenticates=True),
        }
        return draw[kind]() if kind in draw else None

    def _good_card(self) -> tuple[str, Channel]:
        return self._good.draw(), self._channels.draw()

    def _bad_card(self) -> tuple[str, Channel]:
        return self._bad.draw() or BAD_CARDS[0], self._channels.draw()

    def _some_days(self) -> float:
        return self._random.choice((0, 0, self._random.uniform(0.5, WAITING_DAYS - 0.5)))

    def _same_card_twice(self) -> Action:
        card = self._good_card()
        return GiveCards((card, card), gap=self._random.choice((0, 0.05)))

    def _two_cards(self) -> Action:
        """A good and a bad card, in either order, over channels of different speed."""
        cards = [self._good_card(), self._bad_card()]
        self._random.shuffle(cards)
        return GiveCards(tuple(cards), gap=self._random.choice((0, 0, 0.02, 0.2)))

    def _authenticate_and_more(self) -> Action:
        """Authenticate before, during or after a card update or a cancellation."""
        return Authenticate(
            (True,),
            lag=self._random.choice((0, self._random.uniform(0, 0.3), 2)),
            meanwhile=self._random.choice(
                (
                    GiveCards((self._good_card(),), after_waiting=False),
                    Cancel(delay=self._random.choice((0, 0.1))),
                )
            ),
        )

    def _race(self, *, authenticates: bool = False) -> Action:
        """Give a card, cancel, or both, mostly within some tenths of a second of the deadline.

        With `authenticates`, authenticate as well or instead.
        """
        lead = self._random.uniform(1, 2)

        def moment() -> float:
            return max(-lead, self._random.gauss(0, 0.25))

        card, cancel = self._random.choice(
            ((not authenticates, False), (True, False), (False, True), (True, True))
        )
        return RaceTheDeadline(
            lead=lead,
            card=self._random.choice((*GOOD_CARDS, BAD_CARDS[0])),
            channel=self._race_channels.draw(),
            card_after=moment() if card else None,
            cancel_after=moment() if cancel else None,
            authenticate_after=moment() if authenticates else None,
        )
