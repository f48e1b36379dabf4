"""Damages to goods, shipments, orders and their events."""

from tests.unit.verification.audit.builders import NOON, day
from tests.unit.verification.audit.consistent_snapshot import ORDER
from tests.unit.verification.audit.corruption import (
    Damages,
    add,
    change,
    change_event,
    drop,
    happen,
)
from verification.audit.records import Consignment, Execution, Parcel
from verification.audit.rows import Reservation, Shipment
from verification.audit.snapshot import World

GOODS = Damages()


@GOODS.breaking("no_stock_is_negative")
def a_stock_below_zero(world: World) -> None:
    change(world.books.products, "lily", stock=-1, supplied=world.books.products[0].supplied - 11)


@GOODS.breaking("no_piece_is_lost_or_made")
def a_piece_is_lost(world: World) -> None:
    change(world.books.products, "lily", stock=9)


@GOODS.breaking("reservations_are_what_was_fetched")
def more_is_reserved_than_ordered(world: World) -> None:
    change(world.books.reservations, "shipping", quantity=2)
    change(world.books.products, "lily", stock=9)


@GOODS.breaking("reservations_are_what_was_fetched")
def something_is_reserved_without_having_been_fetched(world: World) -> None:
    add(world.books.reservations, Reservation("undone", "lily", 1, "returned"))


@GOODS.breaking("reservations_are_what_was_fetched")
def an_unknown_order_has_a_reservation(world: World) -> None:
    add(world.books.reservations, Reservation("ghost", "lily", 1, "returned"))


@GOODS.breaking("no_reservation_outlives_its_order")
def a_reservation_outlives_its_order(world: World) -> None:
    change(world.books.reservations, "recalled", status="reserved")
    change(world.books.products, "lily", stock=9)


@GOODS.breaking("reservations_are_where_the_events_left_them")
def shipped_without_an_event(world: World) -> None:
    change(world.books.reservations, "shipping", status="shipped")


@GOODS.breaking("the_carrier_has_what_we_shipped")
def the_carrier_lost_a_shipment(world: World) -> None:
    drop(world.consignments, "fulfilled")


@GOODS.breaking(
    "the_carrier_has_what_we_shipped",
    "what_is_not_fulfilled_is_net_zero",
    "what_is_shipped_is_paid",
)
def the_carrier_did_not_bring_it_back(world: World) -> None:
    change(world.consignments, "recalled", status="booked")


@GOODS.breaking("the_carrier_has_nothing_else")
def the_carrier_has_a_shipment_of_nobody(world: World) -> None:
    parcels = (Parcel("lily", 1),)
    add(world.consignments, Consignment("shp_x", "TN_x", "recalled", "ghost", "kermit", parcels))


@GOODS.breaking("the_carrier_has_nothing_else")
def the_carrier_has_it_twice(world: World) -> None:
    parcels = (Parcel("lily", 2),)
    twice = Consignment("shp_x", "TN_x", "booked", "fulfilled", "kermit", parcels)
    add(world.consignments, twice)


@GOODS.breaking("what_is_shipped_was_ordered")
def something_else_is_shipped(world: World) -> None:
    change(world.consignments, "fulfilled", lines=(Parcel("lily", 3),))


@GOODS.breaking("what_is_shipped_is_paid")
def shipped_before_it_is_paid(world: World) -> None:
    parcels = (Parcel("lily", 1),)
    add(world.consignments, Consignment("shp_x", "TN_x", "booked", "waiting", "kermit", parcels))
    drop(world.executions, "order/waiting")
    add(world.executions, Execution("order/waiting", ORDER, "RUNNING", ("ship_goods",)))


@GOODS.breaking("an_order_is_as_it_was_placed")
def placed_under_another_policy(world: World) -> None:
    placed = {"customer_id": "kermit", "policy": "charge_later", "total": 5000}
    change_event(world, "order/fulfilled", "OrderPlaced", data=placed)


@GOODS.breaking(
    "an_order_costs_what_its_lines_cost",
    "an_order_is_as_it_was_placed",
    "every_accepted_order_is_there",
)
def a_total_that_is_none(world: World) -> None:
    change(world.books.orders, "sold-out", total=2501)


@GOODS.breaking("an_orders_payment_is_for_that_order", "a_payment_is_as_it_was_requested")
def a_payment_of_another_reference(world: World) -> None:
    change(world.books.payments, "canceled", reference="another")


@GOODS.breaking("an_order_heard_what_its_payment_said")
def an_order_goes_on_unpaid(world: World) -> None:
    happen(world, "order/waiting", "PaymentReceived", NOON)
    change(world.books.orders, "waiting", status="fetching_goods")
    change(world.executions, "order/waiting", activities=("fetch_goods",))


@GOODS.breaking("an_order_heard_what_its_payment_said", "every_order_takes_an_allowed_course")
def an_order_heard_of_a_cancellation_that_was_none(world: World) -> None:
    change_event(world, "order/undone", "PaymentReceived", type="PaymentCanceled")


@GOODS.breaking("what_is_not_fulfilled_is_net_zero")
def nothing_is_given_back(world: World) -> None:
    drop(world.refunds, "re_undone")
    drop(world.books.transfers, "payment:undone:credit")
    balances = {account.id: account.balance for account in world.books.accounts}
    change(world.books.accounts, "receipts", balance=balances["receipts"] + 300)
    change(world.books.accounts, "customer:kermit", balance=balances["customer:kermit"] - 300)
    kept = [one for one in world.books.events if one.stream != "payment/undone"]
    kept += [one for one in world.books.events if one.stream == "payment/undone"][:-2]
    events: list[object] = world.books.events  # pyright: ignore[reportAssignmentType]  a list
    events[:] = kept
    change(
        world.books.payments,
        "undone",
        status="received",
        withdrawn=300,
        charged=2200,
        refunded=0,
        updated_at=day(0.01),
    )


@GOODS.breaking("every_stream_is_somebodys")
def events_of_nobody(world: World) -> None:
    happen(world, "order/ghost", "OrderPlaced", NOON)


@GOODS.breaking("events_are_numbered_from_1")
def an_event_is_missing(world: World) -> None:
    change_event(world, "order/fulfilled", "OrderFulfilled", sequence=6)


@GOODS.breaking("no_event_is_older_than_the_one_before")
def time_goes_backwards(world: World) -> None:
    change_event(world, "order/fulfilled", "GoodsFetched", at=day(0.01))


@GOODS.breaking("every_order_takes_an_allowed_course")
def goods_are_fetched_before_they_are_paid(world: World) -> None:
    change_event(world, "order/fulfilled", "GoodsFetched", sequence=0)
    change_event(world, "order/fulfilled", "PaymentReceived", sequence=3, at=day(0.03))
    change_event(world, "order/fulfilled", "GoodsFetched", sequence=2, at=day(0.02))


@GOODS.breaking("every_order_takes_an_allowed_course", "every_orders_row_is_what_its_events_make")
def another_reason_than_was_told(world: World) -> None:
    change(world.books.orders, "undone", reason="payment_canceled")


@GOODS.breaking("every_orders_row_is_what_its_events_make")
def a_row_that_was_not_updated(world: World) -> None:
    change(world.books.orders, "fulfilled", updated_at=NOON)


@GOODS.breaking("every_orders_row_is_what_its_events_make", "the_carrier_has_what_we_shipped")
def another_tracking_number_than_was_told(world: World) -> None:
    change(world.books.orders, "fulfilled", shipment=Shipment("shp_fulfilled", "TN_x", "booked"))
