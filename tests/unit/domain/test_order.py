"""What each event changes about an order, and in which sequence its steps come."""

from typing import get_args

import pytest
from pydantic import ValidationError

from domain.events import (
    CustomerReminded,
    GoodsFetched,
    GoodsReturned,
    GoodsShipped,
    GoodsUnavailable,
    OrderFulfilled,
    OrderNotFulfilled,
    OrderPlaced,
    PaymentCanceled,
    PaymentReceived,
    ShipmentRecalled,
)
from domain.order import SEQUENCES, Order, OrderEvent, Shipment
from domain.statuses import (
    CancellationReason,
    OrderPolicy,
    OrderStatus,
    OrderStep,
    ShipmentStatus,
)
from tests.support.examples import EUR, NOON, later, line, order

PLACED = OrderPlaced(at=NOON, customer_id="kermit", policy=OrderPolicy.CHARGE_FIRST, total=2500)
SHIPPED = GoodsShipped(at=later(hours=1), shipment_id="s-1", tracking_number="T1")
DONE: dict[OrderStep, OrderEvent] = {
    OrderStep.PAYMENT: PaymentReceived(at=NOON),
    OrderStep.GOODS: GoodsFetched(at=NOON),
    OrderStep.SHIPMENT: SHIPPED,
}
BOOKED = Shipment(id="s-1", tracking_number="T1", status=ShipmentStatus.BOOKED)
REASON = CancellationReason.GOODS_UNAVAILABLE

EFFECTS: list[tuple[OrderEvent, dict[str, object]]] = [
    (PLACED, {"status": OrderStatus.AWAITING_PAYMENT}),
    (PaymentReceived(at=NOON), {"status": OrderStatus.FETCHING_GOODS}),
    (PaymentCanceled(at=NOON), {"status": OrderStatus.CANCELING}),
    (GoodsFetched(at=NOON), {"status": OrderStatus.SHIPPING}),
    (GoodsUnavailable(at=NOON, sku="pond-lily"), {"status": OrderStatus.CANCELING}),
    (SHIPPED, {"shipment": BOOKED}),
    (GoodsReturned(at=NOON), {}),
    (OrderFulfilled(at=NOON), {"status": OrderStatus.FULFILLED}),
    (
        OrderNotFulfilled(at=NOON, reason=REASON),
        {"status": OrderStatus.NOT_FULFILLED, "reason": REASON},
    ),
]


def after(start: Order, *events: OrderEvent) -> Order:
    """The order once all of this has happened."""
    for event in events:
        start = start.after(event)
    return start


@pytest.mark.parametrize(("event", "changes"), EFFECTS, ids=[event.name() for event, _ in EFFECTS])
def test_an_event_changes_this_and_nothing_else(
    event: OrderEvent, changes: dict[str, object]
) -> None:
    expected = order().model_copy(update={"updated_at": event.at} | changes)
    assert order().after(event) == expected


def test_every_event_of_an_order_is_tested() -> None:
    assert {type(event) for event, _ in EFFECTS} | {ShipmentRecalled} == set(get_args(OrderEvent))


def test_an_event_of_something_else_is_refused() -> None:
    with pytest.raises(AssertionError, match="CustomerReminded"):
        order().after(CustomerReminded(at=NOON, reminder=1))  # pyright: ignore[reportArgumentType]


def test_a_recalled_shipment_is_the_one_that_was_booked() -> None:
    recalled = after(order(), SHIPPED, ShipmentRecalled(at=NOON, shipment_id="s-1"))
    assert recalled.shipment == BOOKED.model_copy(update={"status": ShipmentStatus.RECALLED})


def test_what_was_never_shipped_cannot_be_recalled() -> None:
    with pytest.raises(ValueError, match="o-1"):
        order().after(ShipmentRecalled(at=NOON, shipment_id="s-1"))


@pytest.mark.parametrize(
    ("policy", "statuses"),
    [
        ("charge_first", ["awaiting_payment", "fetching_goods", "shipping", "shipping"]),
        ("charge_before_shipping", ["fetching_goods", "awaiting_payment", "shipping", "shipping"]),
        (
            "charge_later",
            ["fetching_goods", "shipping", "awaiting_payment", "awaiting_payment"],
        ),
    ],
)
def test_each_policy_has_its_sequence(policy: str, statuses: list[str]) -> None:
    current = order(policy=OrderPolicy(policy)).after(PLACED)
    seen = [current.status]
    for step in SEQUENCES[current.policy]:
        current = current.after(DONE[step])
        seen.append(current.status)
    assert seen == [OrderStatus(status) for status in statuses]
    assert current.after(OrderFulfilled(at=NOON)).status is OrderStatus.FULFILLED


@pytest.mark.parametrize("policy", OrderPolicy)
def test_every_policy_does_every_step_once(policy: OrderPolicy) -> None:
    assert sorted(SEQUENCES[policy]) == sorted(OrderStep)


@pytest.mark.parametrize("policy", OrderPolicy)
def test_an_order_being_canceled_stays_so_whatever_still_arrives(policy: OrderPolicy) -> None:
    canceling = order(policy=policy).after(PLACED).canceling()
    assert canceling.status is OrderStatus.CANCELING
    for event in DONE.values():
        assert canceling.after(event).status is OrderStatus.CANCELING


def test_the_total_counts_every_piece_of_every_line() -> None:
    both = order("o-1", line("pond-lily", 3, price=2500), line("tea-cup", 2, price=1))
    assert both.total == 7502


def test_an_order_has_lines_of_at_least_one_piece() -> None:
    with pytest.raises(ValidationError):
        line(quantity=0)
    with pytest.raises(ValidationError):
        Order(
            id="o-1",
            customer_id="kermit",
            policy=OrderPolicy.CHARGE_FIRST,
            lines=(),
            currency=EUR,
            placed_at=NOON,
            updated_at=NOON,
        )


def test_final_are_the_two_ends() -> None:
    final = {status for status in OrderStatus if status.is_final}
    assert final == {OrderStatus.FULFILLED, OrderStatus.NOT_FULFILLED}
