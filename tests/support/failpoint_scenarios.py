"""An order for each activity, with its expected end."""

from collections.abc import Callable
from dataclasses import replace
from http.client import SERVICE_UNAVAILABLE

from domain.statuses import WHOLE, RefundState
from storage import refunds
from tests.support.card_events import CardHolders
from tests.support.databases import opened
from tests.support.failpoint_orders import (
    CONFIRM,
    FAILED,
    LIMIT_SECONDS,
    PART,
    RECEIVED,
    FailpointScenario,
    State,
    Story,
)
from tests.support.processes import eventually
from tests.support.shop import Shop


def _awaits_card(state: State) -> bool:
    return state.payment == "awaiting_card"


def _was_reminded(state: State) -> bool:
    return state.payment == "awaiting_card" and state.reminders > 0


def _let_days_pass(days: float) -> Callable[[Shop, Story], None]:
    def let_pass(shop: Shop, story: Story) -> None:
        # The answer may take longer than the API waits, as the worker is killed meanwhile.
        shop.http.post(f"/dev/payments/{story.order}/fast-forward", json={"days": days})

    return let_pass


def _cancel(shop: Shop, story: Story) -> None:
    """An update is lost with the worker that is killed before it was accepted, as the API says."""

    def is_accepted() -> bool:
        return shop.http.post(f"/orders/{story.order}/cancel").status_code != SERVICE_UNAVAILABLE

    eventually(is_accepted, f"the cancellation of {story.order}", LIMIT_SECONDS)


def _give_payment_a_card(shop: Shop, story: Story) -> None:
    shop.respond("PUT", f"/payments/{story.order}/card", json={"payment_method": "pm_card_visa"})


def _give_customer_a_card(shop: Shop, story: Story) -> None:
    shop.http.put(f"/customers/{story.customer}/card", json={"payment_method": "pm_card_visa"})


def _give_customer_an_unknown_card(shop: Shop, story: Story) -> None:
    shop.http.put(f"/customers/{story.customer}/card", json={"payment_method": "pm_unknown"})


def _authenticate(shop: Shop, story: Story) -> None:
    people = CardHolders(shop.stack.cards_url)
    for charge in shop.charges(story.order):
        people.authenticate(charge["id"]).raise_for_status()


def _give_back_a_part(shop: Shop, story: Story) -> None:
    """The worker is killed meanwhile."""
    body = {"amount": 500, "reference": PART}

    def is_given_back() -> bool:
        shop.http.post(f"/payments/{story.order}/refunds", json=body)
        return shop.see_payment(story.order)["refunded"] == 500

    eventually(is_given_back, f"500 cents of {story.order}", LIMIT_SECONDS)


def _let_refunds_succeed(shop: Shop, story: Story) -> None:
    """Once we have written that they are pending."""
    people = CardHolders(shop.stack.cards_url)

    def is_pending() -> bool:
        with opened(shop.stack.environment["DATABASE_URL"]) as database, database.read() as tx:
            refund = refunds.find(tx, story.order, WHOLE)
        return refund is not None and refund.status is RefundState.PENDING

    eventually(is_pending, f"a pending refund of {story.order}", LIMIT_SECONDS)
    for refund in shop.refunds(story.order):
        people.settle_refund(refund["id"])


def _is_being_refunded(state: State) -> bool:
    return state.payment == "refunding"


def _is_fulfilled(state: State) -> bool:
    return state.order == "fulfilled"


DECLINED = "pm_card_chargeDeclined"
ON_ITS_WAY = "Your order is on its way"
CANCELED = "Your payment was canceled"
ORDER_CANCELED = "Your order was canceled"
RETURNED = "We gave money back to you"
PAID_ORDER = ["OrderPlaced", "PaymentReceived", "GoodsFetched", "GoodsShipped", "OrderFulfilled"]
PARTLY_COVERED = ["PaymentRequested", "AmountWithdrawn", "PaymentPartlyCovered"]
SECOND_CARD = [
    *("PaymentRequested", "CreditCardFailed", "CreditCardDetailsUpdated"),
    *("CreditCardCharged", "PaymentReceived"),
]

PAID = FailpointScenario(
    balance=500,
    status="fulfilled",
    order_events=PAID_ORDER,
    payment_events=[*PARTLY_COVERED, "CreditCardCharged", "PaymentReceived"],
    captured=[2000],
    shipments=["booked"],
    mails=[RECEIVED, ON_ITS_WAY],
)

NEVER_PAID = FailpointScenario(
    policy="charge_later",
    card=DECLINED,
    balance=500,
    balance_after=500,
    stock_after=1,
    steps=[(_awaits_card, _let_days_pass(3)), (_was_reminded, _let_days_pass(14))],
    status="not_fulfilled",
    order_events=[
        *("OrderPlaced", "GoodsFetched", "GoodsShipped", "PaymentCanceled"),
        *("ShipmentRecalled", "GoodsReturned", "OrderNotFulfilled"),
    ],
    payment_events=[
        *(*PARTLY_COVERED, "CreditCardFailed", *["CustomerReminded"] * 6),
        *("PaymentCanceled", "AmountCredited"),
    ],
    shipments=["recalled"],
    mails=[
        *(FAILED, ON_ITS_WAY, CANCELED, ORDER_CANCELED),
        *(f"Reminder {n}: please update your card" for n in range(1, 7)),
    ],
)

CANCELED_BY_CUSTOMER = FailpointScenario(
    card=DECLINED,
    stock_after=1,
    steps=[(_awaits_card, _cancel)],
    status="not_fulfilled",
    order_events=["OrderPlaced", "PaymentCanceled", "OrderNotFulfilled"],
    payment_events=["PaymentRequested", "CreditCardFailed", "PaymentCanceled"],
    mails=[FAILED, CANCELED, ORDER_CANCELED],
)

REFUNDED = FailpointScenario(
    balance=500,
    balance_after=500,
    stock=0,
    status="not_fulfilled",
    order_events=["OrderPlaced", "PaymentReceived", "GoodsUnavailable", "OrderNotFulfilled"],
    payment_events=[
        *(*PARTLY_COVERED, "CreditCardCharged", "PaymentReceived"),
        *("CreditCardRefunded", "AmountCredited"),
    ],
    captured=[2000],
    refunded=[2000],
    mails=[RECEIVED, RETURNED, RETURNED, ORDER_CANCELED],
)

PENDING_REFUND = replace(
    REFUNDED,
    card="pm_card_pendingRefund",
    steps=[(_is_being_refunded, _let_refunds_succeed)],
    payment_events=[*REFUNDED.payment_events[:-2], "AmountCredited", "CreditCardRefunded"],
)

PARTLY_REFUNDED = replace(
    PAID,
    steps=[(_is_fulfilled, _give_back_a_part)],
    payment_events=[*PAID.payment_events, "CreditCardRefunded"],
    refunded=[500],
    mails=[*PAID.mails, RETURNED],
)

OTHER_CARD = FailpointScenario(
    card=None,
    steps=[(_awaits_card, _give_payment_a_card)],
    status="fulfilled",
    order_events=PAID_ORDER,
    payment_events=SECOND_CARD,
    captured=[2500],
    shipments=["booked"],
    mails=[FAILED, RECEIVED, ON_ITS_WAY],
)

AUTHENTICATED = replace(
    OTHER_CARD,
    card="pm_card_authenticationRequired",
    steps=[(_awaits_card, _authenticate)],
    mails=[CONFIRM, RECEIVED, ON_ITS_WAY],
)
CUSTOMERS_CARD = replace(OTHER_CARD, steps=[(_awaits_card, _give_customer_a_card)])
UNKNOWN_CARD = FailpointScenario(
    card=DECLINED,
    stock_after=1,
    steps=[(_awaits_card, _give_customer_an_unknown_card), (_awaits_card, _let_days_pass(14))],
    status="not_fulfilled",
    order_events=["OrderPlaced", "PaymentCanceled", "OrderNotFulfilled"],
    payment_events=[
        *("PaymentRequested", "CreditCardFailed"),
        *(*["CustomerReminded"] * 6, "PaymentCanceled"),
    ],
    mails=[
        *(FAILED, CANCELED, ORDER_CANCELED),
        *(f"Reminder {n}: please update your card" for n in range(1, 7)),
    ],
)

SCENARIOS: dict[str, tuple[str, FailpointScenario]] = {
    "place_order": ("order", PAID),
    "mark_payment_received": ("order", PAID),
    "mark_payment_canceled": ("order", NEVER_PAID),
    "mark_order_canceling": ("order", CANCELED_BY_CUSTOMER),
    "mark_order_fulfilled": ("order", PAID),
    "mark_order_not_fulfilled": ("order", NEVER_PAID),
    "request_payment": ("payment", PAID),
    "record_card_update": ("payment", OTHER_CARD),
    "remind_customer": ("payment", NEVER_PAID),
    "receive_payment": ("payment", PAID),
    "cancel_payment": ("payment", NEVER_PAID),
    "begin_refund": ("refund", REFUNDED),
    "withdraw_amount": ("payment", PAID),
    "credit_amount": ("payment", NEVER_PAID),
    "charge_card": ("payment", PAID),
    "settle_charge": ("payment", AUTHENTICATED),
    "refund_card": ("refund", REFUNDED),
    "begin_partial_refund": ("part", PARTLY_REFUNDED),
    "settle_refund": ("refund", PENDING_REFUND),
    "register_card": ("card", CUSTOMERS_CARD),
    "keep_former_card": ("card", UNKNOWN_CARD),
    "find_open_payments": ("card", CUSTOMERS_CARD),
    "fetch_goods": ("order", PAID),
    "return_goods": ("order", NEVER_PAID),
    "ship_goods": ("order", PAID),
    "recall_shipment": ("order", NEVER_PAID),
}
"""By activity: the prefix of its workflow's id, and an order that executes it."""
