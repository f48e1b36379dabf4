"""The talk's five scenarios: what is done, and what must come out. Amounts are EUR cents."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import uuid4

from clients.rest import RestClient
from dev.story.audience import Audience
from dev.story.samples import CUSTOMERS, PRODUCTS
from dev.story.shop import Shop
from dev.story.timeline import StoryError, Timeline

VALID_CARD = "pm_card_visa"
MARTIN, KERMIT = "martin", "kermit"
SKU = "pond-lily"
PRICE = PRODUCTS[SKU].price
CREDIT = 3000
# Days between reminders, and how many of these intervals make the two weeks.
REMINDER_INTERVAL, INTERVALS = 2, 7
REMINDED_SIX_TIMES = ["CustomerReminded"] * 6


@dataclass
class Stage:
    """Where the scenarios are played: the shop, who is shown them, and the people's ids."""

    shop: Shop
    audience: Audience
    martin: str = MARTIN
    kermit: str = KERMIT

    @contextmanager
    def payment(self, customer: str, amount: int) -> Generator[Timeline]:
        """Requests a payment without an order, and follows it."""
        id = self.shop.request_payment(customer, amount, reference=f"invoice-{uuid4().hex}")
        with self._following("payment", id) as timeline:
            yield timeline

    @contextmanager
    def order(self, customer: str) -> Generator[Timeline]:
        """Orders one pond lily, and follows the order and its payment."""
        id = self.shop.place_order(customer, SKU)
        with self._following("order", id) as timeline:
            yield timeline

    def days_pass(self, payment: Timeline, days: int) -> None:
        """Advances this payment's clock."""
        self.audience.says("A day passes." if days == 1 else f"{days} days pass.")
        self.shop.fast_forward(payment.id, days)

    @contextmanager
    def _following(self, kind: str, id: str) -> Generator[Timeline]:
        self.audience.follows(kind, id)
        timeline = Timeline(self.shop.api, kind, id, self.audience.event)
        try:
            yield timeline
        finally:
            timeline.close()


@dataclass(frozen=True)
class Scenario:
    """One of the five; `play` returns how it ended, or raises StoryError if that is wrong."""

    title: str
    play: Callable[[Stage], str]


def set_stage(api: RestClient, audience: Audience | None = None) -> Stage:
    """Brings people and product into the state that the story begins with, whatever was before:
    accounts empty, Martin's card working, Kermit's expired, enough in stock.
    """
    shop = Shop(api)
    stage = Stage(shop, audience or Audience())
    for id, sample in ((stage.martin, CUSTOMERS[MARTIN]), (stage.kermit, CUSTOMERS[KERMIT])):
        shop.create_customer(id, sample.name)
        if sample.card:
            shop.update_card(id, sample.card)
        spend_balance(shop, id)
    lily = PRODUCTS[SKU]
    shop.stock_up(SKU, lily.name, lily.price, at_least=10, to=lily.stock)
    return stage


def spend_balance(shop: Shop, customer: str) -> None:
    """Empties the customer's account with a payment of everything that is on it."""
    if balance := shop.balance(customer):
        id = shop.request_payment(customer, balance, reference=f"balance-{uuid4().hex}")
        Timeline(shop.api, "payment", id, lambda _: None).wait_for_end()


def martin_pays(stage: Stage) -> str:
    """A working card pays everything."""
    with stage.payment(stage.martin, PRICE) as payment:
        payment.wait_for_end()
        expect_events(
            payment, "payment", ["PaymentRequested", "CreditCardCharged", "PaymentReceived"]
        )
        expect_payment(stage, payment, status="received", withdrawn=0, charged=PRICE)
    return "His card paid 25.00."


def kermit_cannot_pay(stage: Stage) -> str:
    """An expired card and an empty account: after two weeks the order is canceled."""
    stock = stage.shop.stock(SKU)
    with stage.order(stage.kermit) as order:
        two_weeks_pass(stage, order)
        expect_events(
            order,
            "payment",
            ["PaymentRequested", "CreditCardFailed", *REMINDED_SIX_TIMES, "PaymentCanceled"],
        )
        expect_events(order, "order", ["OrderPlaced", "PaymentCanceled", "OrderNotFulfilled"])
        expect_not_fulfilled(stage, order)
    expect("stock", stage.shop.stock(SKU), stock)
    expect("Kermit's balance", stage.shop.balance(stage.kermit), 0)
    return "Not fulfilled: payment_canceled. Nothing was shipped, the stock is as before."


def kermit_pays_from_his_account(stage: Stage) -> str:
    """A credit of 30.00 pays 25.00 without the card."""
    stage.audience.says("Kermit gets a credit of 30.00.")
    stage.shop.credit(stage.kermit, CREDIT, reference=f"gift-{uuid4().hex}")
    with stage.payment(stage.kermit, PRICE) as payment:
        payment.wait_for_end()
        expect_events(
            payment, "payment", ["PaymentRequested", "AmountWithdrawn", "PaymentReceived"]
        )
        expect_payment(stage, payment, status="received", withdrawn=PRICE, charged=0)
    expect("Kermit's balance", stage.shop.balance(stage.kermit), CREDIT - PRICE)
    return "His account paid 25.00, the card was not touched; 5.00 are left."


def kermit_gets_his_money_back(stage: Stage) -> str:
    """The account covers a part, the card fails for two weeks: what was withdrawn is credited."""
    balance = stage.shop.balance(stage.kermit)
    with stage.order(stage.kermit) as order:
        order.wait_for("payment", "CreditCardFailed")
        expect("Kermit's balance", stage.shop.balance(stage.kermit), 0)
        two_weeks_pass(stage, order)
        order.wait_for("payment", "AmountCredited")
        expect_events(
            order,
            "payment",
            [
                *("PaymentRequested", "AmountWithdrawn", "PaymentPartlyCovered"),
                *("CreditCardFailed", *REMINDED_SIX_TIMES, "PaymentCanceled", "AmountCredited"),
            ],
        )
        expect("withdrawn", order.data("payment", "AmountWithdrawn")["amount"], balance)
        expect("credited", order.data("payment", "AmountCredited")["amount"], balance)
        expect_not_fulfilled(stage, order)
    expect("Kermit's balance", stage.shop.balance(stage.kermit), 500)
    return "Not fulfilled: payment_canceled. The 5.00 are back on his account."


def kermit_updates_his_card(stage: Stage) -> str:
    """As before, but on day five he gives another card, and the order is fulfilled."""
    with stage.order(stage.kermit) as order:
        order.wait_for("payment", "CreditCardFailed")
        for reminder in (1, 2):
            stage.days_pass(order, REMINDER_INTERVAL)
            order.wait_for("payment", "CustomerReminded", count=reminder)
        stage.days_pass(order, 1)
        stage.audience.says("Kermit updates his card.")
        stage.shop.update_card(stage.kermit, VALID_CARD)
        order.wait_for_end()
        expect_events(
            order,
            "payment",
            [
                *("PaymentRequested", "AmountWithdrawn", "PaymentPartlyCovered"),
                *("CreditCardFailed", "CustomerReminded", "CustomerReminded"),
                *("CreditCardDetailsUpdated", "CreditCardCharged", "PaymentReceived"),
            ],
        )
        expect_events(
            order,
            "order",
            ["OrderPlaced", "PaymentReceived", "GoodsFetched", "GoodsShipped", "OrderFulfilled"],
        )
        expect_payment(stage, order, status="received", withdrawn=500, charged=PRICE - 500)
        expect("order", stage.shop.order(order.id)["status"], "fulfilled")
    expect("Kermit's balance", stage.shop.balance(stage.kermit), 0)
    return "Fulfilled: 5.00 from his account, 20.00 from the new card, goods shipped."


SCENARIOS = (
    Scenario("Martin pays 25.00 with a working card", martin_pays),
    Scenario(
        "Kermit orders for 25.00 with an expired card and an empty account", kermit_cannot_pay
    ),
    Scenario("Kermit gets a credit and pays 25.00", kermit_pays_from_his_account),
    Scenario("Kermit orders again: the account pays a part", kermit_gets_his_money_back),
    Scenario("And again, but on day five he updates his card", kermit_updates_his_card),
)


def play_all(stage: Stage) -> None:
    """Plays all five, in order; each relies on the balance that the one before left.

    Raises StoryError.
    """
    for number, scenario in enumerate(SCENARIOS, 1):
        stage.audience.scenario(number, scenario.title)
        stage.audience.ended(scenario.play(stage))


def two_weeks_pass(stage: Stage, order: Timeline) -> None:
    """Advances the payment's clock from reminder to reminder until the payment is canceled."""
    order.wait_for("payment", "CreditCardFailed")
    for reminder in range(1, INTERVALS):
        stage.days_pass(order, REMINDER_INTERVAL)
        order.wait_for("payment", "CustomerReminded", count=reminder)
    stage.days_pass(order, REMINDER_INTERVAL)
    order.wait_for_end()


def expect_events(timeline: Timeline, kind: str, types: list[str]) -> None:
    """Raises StoryError unless exactly these events happened, in this order."""
    expect(f"the events of {kind} {timeline.id}", timeline.types(kind), types)


def expect_payment(
    stage: Stage, timeline: Timeline, *, status: str, withdrawn: int, charged: int
) -> None:
    """Raises StoryError unless the payment is in this state and holds these amounts."""
    payment = stage.shop.payment(timeline.id)
    found = (payment["status"], payment["withdrawn"], payment["charged"])
    expect(f"payment {timeline.id}", found, (status, withdrawn, charged))


def expect_not_fulfilled(stage: Stage, timeline: Timeline) -> None:
    """Raises StoryError unless the order ended unpaid, and all money was given back."""
    order = stage.shop.order(timeline.id)
    found = (order["status"], order["reason"], order["shipment"])
    expect(f"order {timeline.id}", found, ("not_fulfilled", "payment_canceled", None))
    expect_payment(stage, timeline, status="canceled", withdrawn=0, charged=0)


def expect(what: str, found: object, wanted: object) -> None:
    """Raises StoryError unless both are equal."""
    if found != wanted:
        raise StoryError(f"{what}: {found!r} instead of {wanted!r}")
