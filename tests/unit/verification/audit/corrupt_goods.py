"""Corruptions to goods, shipments, orders and their events."""

from tests.unit.verification.audit.builders import NOON, day
from tests.unit.verification.audit.consistent_snapshot import ORDER
from tests.unit.verification.audit.corruption import (
    Corruptions,
    add,
    change,
    change_event,
    drop,
    happen,
    move,
)
from verification.audit.records import Consignment, Execution, Parcel
from verification.audit.rows import Reservation, Shipment
from verification.audit.snapshot import Snapshot

GOODS = Corruptions()


@GOODS.breaking("no_stock_is_negative")
def a_stock_below_zero(snapshot: Snapshot) -> None:
    change(
        snapshot.books.products, "lily", stock=-1, supplied=snapshot.books.products[0].supplied - 11
    )


@GOODS.breaking("no_piece_is_lost_or_made")
def a_piece_is_lost(snapshot: Snapshot) -> None:
    change(snapshot.books.products, "lily", stock=9)


@GOODS.breaking("reservations_match_the_fetched_goods")
def more_is_reserved_than_ordered(snapshot: Snapshot) -> None:
    change(snapshot.books.reservations, "shipping", quantity=2)
    change(snapshot.books.products, "lily", stock=9)


@GOODS.breaking("reservations_match_the_fetched_goods")
def something_is_reserved_without_having_been_fetched(snapshot: Snapshot) -> None:
    add(snapshot.books.reservations, Reservation("undone", "lily", 1, "returned"))


@GOODS.breaking("reservations_match_the_fetched_goods")
def an_unknown_order_has_a_reservation(snapshot: Snapshot) -> None:
    add(snapshot.books.reservations, Reservation("ghost", "lily", 1, "returned"))


@GOODS.breaking("no_reservation_outlives_its_order")
def a_reservation_outlives_its_order(snapshot: Snapshot) -> None:
    change(snapshot.books.reservations, "recalled", status="reserved")
    change(snapshot.books.products, "lily", stock=9)


@GOODS.breaking("reservation_statuses_match_the_events")
def shipped_without_an_event(snapshot: Snapshot) -> None:
    change(snapshot.books.reservations, "shipping", status="shipped")


@GOODS.breaking("the_carrier_has_what_we_shipped")
def the_carrier_lost_a_shipment(snapshot: Snapshot) -> None:
    drop(snapshot.consignments, "fulfilled")


@GOODS.breaking(
    "the_carrier_has_what_we_shipped",
    "every_unfulfilled_order_nets_to_zero",
    "every_shipment_is_paid_for",
)
def the_carrier_did_not_return_the_shipment(snapshot: Snapshot) -> None:
    change(snapshot.consignments, "recalled", status="booked")


@GOODS.breaking("the_carrier_has_nothing_else")
def the_carrier_has_a_shipment_without_an_order(snapshot: Snapshot) -> None:
    parcels = (Parcel("lily", 1),)
    add(snapshot.consignments, Consignment("shp_x", "TN_x", "recalled", "ghost", "kermit", parcels))


@GOODS.breaking("the_carrier_has_nothing_else")
def the_carrier_has_it_twice(snapshot: Snapshot) -> None:
    parcels = (Parcel("lily", 2),)
    twice = Consignment("shp_x", "TN_x", "booked", "fulfilled", "kermit", parcels)
    add(snapshot.consignments, twice)


@GOODS.breaking("every_shipment_matches_its_order")
def something_else_is_shipped(snapshot: Snapshot) -> None:
    change(snapshot.consignments, "fulfilled", lines=(Parcel("lily", 3),))


@GOODS.breaking("every_shipment_is_paid_for")
def shipped_before_it_is_paid(snapshot: Snapshot) -> None:
    parcels = (Parcel("lily", 1),)
    add(snapshot.consignments, Consignment("shp_x", "TN_x", "booked", "waiting", "kermit", parcels))
    drop(snapshot.executions, "order/waiting")
    add(snapshot.executions, Execution("order/waiting", ORDER, "RUNNING", ("ship_goods",)))


@GOODS.breaking("every_order_matches_its_placement")
def placed_under_another_policy(snapshot: Snapshot) -> None:
    placed = {"customer_id": "kermit", "policy": "charge_later", "total": 5000}
    change_event(snapshot, "order/fulfilled", "OrderPlaced", data=placed)


@GOODS.breaking(
    "an_order_costs_what_its_lines_cost",
    "every_order_matches_its_placement",
    "every_accepted_order_is_there",
)
def a_total_that_differs_from_the_lines(snapshot: Snapshot) -> None:
    change(snapshot.books.orders, "sold-out", total=2501)


@GOODS.breaking("an_orders_payment_is_for_that_order", "every_payment_matches_its_request")
def a_payment_of_another_reference(snapshot: Snapshot) -> None:
    change(snapshot.books.payments, "canceled", reference="another")


@GOODS.breaking("an_orders_payment_events_match_its_payment")
def an_order_continues_unpaid(snapshot: Snapshot) -> None:
    happen(snapshot, "order/waiting", "PaymentReceived", NOON)
    change(snapshot.books.orders, "waiting", status="fetching_goods")
    change(snapshot.executions, "order/waiting", activities=("fetch_goods",))


@GOODS.breaking(
    "an_orders_payment_events_match_its_payment", "every_order_follows_an_allowed_trace"
)
def an_order_records_a_cancellation_that_did_not_happen(snapshot: Snapshot) -> None:
    change_event(snapshot, "order/undone", "PaymentReceived", type="PaymentCanceled")


@GOODS.breaking("every_unfulfilled_order_nets_to_zero", "every_mail_has_its_cause")
def no_money_is_given_back(snapshot: Snapshot) -> None:
    drop(snapshot.refunds, "re_undone")
    for kind, account, amount in (
        ("credit", "customer:kermit", 300),
        ("refund:1", "cards:stripe", 2200),
    ):
        move(snapshot, "reverse", account, "receipts", amount)
        drop(snapshot.books.transfers, "reverse")
        drop(snapshot.books.transfers, f"payment:undone:{kind}")
    kept = [one for one in snapshot.books.events if one.stream != "payment/undone"]
    kept += [one for one in snapshot.books.events if one.stream == "payment/undone"][:-2]
    events: list[object] = snapshot.books.events  # pyright: ignore[reportAssignmentType]  a list
    events[:] = kept
    change(
        snapshot.books.payments,
        "undone",
        status="received",
        withdrawn=300,
        charged=2200,
        refunded=0,
        updated_at=day(0.01),
    )


@GOODS.breaking("every_stream_belongs_to_an_order_or_payment")
def events_without_an_order(snapshot: Snapshot) -> None:
    happen(snapshot, "order/ghost", "OrderPlaced", NOON)


@GOODS.breaking("events_are_numbered_from_1")
def an_event_is_missing(snapshot: Snapshot) -> None:
    change_event(snapshot, "order/fulfilled", "OrderFulfilled", sequence=6)


@GOODS.breaking("no_event_is_older_than_the_one_before")
def time_goes_backwards(snapshot: Snapshot) -> None:
    change_event(snapshot, "order/fulfilled", "GoodsFetched", at=day(0.01))


@GOODS.breaking("every_order_follows_an_allowed_trace")
def goods_are_fetched_before_they_are_paid(snapshot: Snapshot) -> None:
    change_event(snapshot, "order/fulfilled", "GoodsFetched", sequence=0)
    change_event(snapshot, "order/fulfilled", "PaymentReceived", sequence=3, at=day(0.03))
    change_event(snapshot, "order/fulfilled", "GoodsFetched", sequence=2, at=day(0.02))


@GOODS.breaking("every_order_follows_an_allowed_trace", "every_orders_row_matches_its_events")
def another_reason_than_the_event(snapshot: Snapshot) -> None:
    change(snapshot.books.orders, "undone", reason="payment_canceled")


@GOODS.breaking("every_orders_row_matches_its_events")
def a_row_that_was_not_updated(snapshot: Snapshot) -> None:
    change(snapshot.books.orders, "fulfilled", updated_at=NOON)


@GOODS.breaking("every_orders_row_matches_its_events", "the_carrier_has_what_we_shipped")
def another_tracking_number_than_the_event(snapshot: Snapshot) -> None:
    change(snapshot.books.orders, "fulfilled", shipment=Shipment("shp_fulfilled", "TN_x", "booked"))
