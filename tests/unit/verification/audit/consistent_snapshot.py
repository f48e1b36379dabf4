"""A small consistent snapshot: kermit's orders, one of each kind."""

from dataclasses import asdict, replace

from tests.unit.verification.audit.builders import DECLINED, NO_FUNDS, NOON, TERMS, Records, day
from verification.audit.rows import Line, Product, Reservation
from verification.audit.snapshot import Snapshot

ORDER, PAYMENT = "OrderWorkflow", "PaymentWorkflow"
TWO_LILIES = Line("lily", "Pond lily", 2, 2500)
STOCK = 10


def consistent_snapshot() -> Snapshot:
    """Build a new one, which the test may corrupt."""
    records = Records()
    records.customer("kermit", 1000)
    _fulfilled(records)
    _refunded_by_hand(records)
    _given_back(records)
    _undone(records)
    _recalled(records)
    _canceled(records)
    _sold_out(records)
    _shipping(records)
    _waiting(records)
    _waiting_and_shipped(records)
    _paid_by_account(records)
    _tried_again(records)
    taken = sum(one.quantity for one in records.reservations if one.status != "returned")
    records.products.append(Product("lily", STOCK, STOCK + taken))
    return records.snapshot()


def _fulfilled(records: Records) -> None:
    """Two lilies, paid by account and card."""
    shipment = records.carried("fulfilled", "booked", TWO_LILIES)
    records.order(
        "fulfilled",
        "charge_first",
        "fulfilled",
        lines=(TWO_LILIES,),
        shipment=shipment,
        updated_at=day(0.05),
    )
    records.payment(
        "fulfilled", "received", 5000, withdrawn=500, charged=4500, updated_at=day(0.02)
    )
    _placed(records, "fulfilled", "charge_first", 5000)
    order, payment = "order/fulfilled", "payment/fulfilled"
    _withdrawn(records, "fulfilled", 500, rest=4500)
    records.charged("fulfilled", 1, 4500)
    records.disputed("fulfilled", "lost")
    records.happened(payment, day(0.02), "CreditCardCharged", amount=4500)
    records.happened(payment, day(0.02), "PaymentReceived")
    records.happened(order, day(0.02), "PaymentReceived")
    records.happened(order, day(0.03), "GoodsFetched")
    _goods_shipped(records, "fulfilled", day_number=0.04)
    records.happened(order, day(0.05), "OrderFulfilled")
    records.reservations.append(Reservation("fulfilled", "lily", 2, "shipped"))
    records.notified("payment:fulfilled:received", "order:fulfilled:shipped")


def _refunded_by_hand(records: Records) -> None:
    """A fulfilled lily; a part of its price was refunded in the provider's dashboard."""
    id = "by-hand"
    records.order(
        id,
        "charge_later",
        "fulfilled",
        shipment=records.carried(id, "booked"),
        updated_at=day(0.03),
    )
    records.payment(id, "received", charged=2000, refunded=500, updated_at=day(0.04))
    _placed(records, id, "charge_later", 2500)
    order, payment = f"order/{id}", f"payment/{id}"
    records.happened(order, NOON, "GoodsFetched")
    _goods_shipped(records, id, day_number=0.01)
    records.charged(id, 1, 2500, by_hand=500)
    records.happened(payment, day(0.02), "CreditCardCharged", amount=2500)
    records.happened(payment, day(0.02), "PaymentReceived")
    records.happened(order, day(0.02), "PaymentReceived")
    records.happened(order, day(0.03), "OrderFulfilled")
    refunded = {"amount": 500, "left": 2000, "by_hand": True}
    records.happened(payment, day(0.04), "CreditCardRefunded", **refunded)
    records.reservations.append(Reservation(id, "lily", 1, "shipped"))
    records.notified(f"payment:{id}:received", f"order:{id}:shipped")


def _given_back(records: Records) -> None:
    """A payment of which parts were given back: to both, failed later, refused, and pending."""
    id, stream = "parts", "payment/parts"
    records.payment(
        id,
        "refunding",
        reference="invoice-10",
        charged=1500,
        refunded=1000,
        updated_at=day(0.05),
    )
    records.happened(
        stream,
        NOON,
        "PaymentRequested",
        customer_id="kermit",
        reference="invoice-10",
        amount=2500,
    )
    _withdrawn(records, id, 100, rest=2400)
    records.charged(id, 1, 2400)
    records.happened(stream, day(0.01), "CreditCardCharged", amount=2400)
    records.happened(stream, day(0.01), "PaymentReceived")
    records.given_back(id, "late", "failed", 300, at_provider="failed")
    records.happened(stream, day(0.02), "CreditCardRefunded", amount=300, left=2100)
    records.moved(f"payment:{id}:owed:late", "cards:stripe", "refunds_owed", 300)
    records.given_back(id, "no", "settled_outside", 200)
    records.happened(stream, day(0.03), "CreditCardRefunded", amount=200, left=1900)
    records.moved(f"payment:{id}:owed:no", "cards:stripe", "refunds_owed", 200)
    records.moved(f"payment:{id}:outside:no", "refunds_owed", "outside", 200)
    records.given_back(id, "both", "succeeded", 400, 100, at_provider="succeeded")
    records.happened(stream, day(0.04), "CreditCardRefunded", amount=400, left=1500)
    records.moved(f"payment:{id}:credit:both", "receipts", "customer:kermit", 100)
    records.happened(stream, day(0.05), "AmountCredited", amount=100)
    records.given_back(id, "slow", "pending", 500, at_provider="pending", recorded=False)
    records.runs(f"refund/{id}/slow", "RefundWorkflow")
    records.given_back(id, "never", "refused", 250, recorded=False)
    records.notified(f"payment:{id}:received")


def _undone(records: Records) -> None:
    """Paid, then there were no goods: given back to card and account."""
    records.order(
        "undone",
        "charge_first",
        "not_fulfilled",
        reason="goods_unavailable",
        updated_at=day(0.04),
    )
    records.payment("undone", "refunded", refunded=2500, updated_at=day(0.03))
    _placed(records, "undone", "charge_first", 2500)
    order, payment = "order/undone", "payment/undone"
    _withdrawn(records, "undone", 300, rest=2200)
    records.charged("undone", 1, 2200, refunded=True)
    records.happened(payment, day(0.01), "CreditCardCharged", amount=2200)
    records.happened(payment, day(0.01), "PaymentReceived")
    records.happened(order, day(0.01), "PaymentReceived")
    records.happened(order, day(0.02), "GoodsUnavailable", sku="lily")
    records.happened(payment, day(0.03), "CreditCardRefunded", amount=2200)
    records.moved("payment:undone:credit", "receipts", "customer:kermit", 300)
    records.happened(payment, day(0.03), "AmountCredited", amount=300)
    records.happened(order, day(0.04), "OrderNotFulfilled", reason="goods_unavailable")
    records.notified("payment:undone:received")


def _recalled(records: Records) -> None:
    """Shipped first, never paid: six reminders, canceled at the deadline, brought back."""
    records.order(
        "recalled",
        "charge_later",
        "not_fulfilled",
        reason="payment_canceled",
        shipment=records.carried("recalled", "recalled"),
        updated_at=day(14),
    )
    records.payment(
        "recalled",
        "canceled",
        failure=DECLINED,
        waiting_since=NOON,
        reminders_sent=6,
        updated_at=day(14),
    )
    order, payment = "order/recalled", "payment/recalled"
    _placed(records, "recalled", "charge_later", 2500)
    records.happened(order, NOON, "GoodsFetched")
    _goods_shipped(records, "recalled", day_number=0)
    _declined(records, "recalled")
    _reminded(records, "recalled", 6)
    records.happened(payment, day(14), "PaymentCanceled")
    records.happened(order, day(14), "PaymentCanceled")
    records.happened(order, day(14), "ShipmentRecalled", shipment_id="shp_recalled")
    records.happened(order, day(14), "GoodsReturned")
    records.happened(order, day(14), "OrderNotFulfilled", reason="payment_canceled")
    records.reservations.append(Reservation("recalled", "lily", 1, "returned"))
    records.notified("order:recalled:shipped", "payment:recalled:canceled")


def _canceled(records: Records) -> None:
    """By its customer, while the payment waited."""
    records.order(
        "canceled",
        "charge_first",
        "not_fulfilled",
        reason="canceled_by_customer",
        updated_at=day(1),
    )
    records.payment("canceled", "canceled", failure=DECLINED, waiting_since=NOON, updated_at=day(1))
    _placed(records, "canceled", "charge_first", 2500)
    _declined(records, "canceled")
    records.happened("payment/canceled", day(1), "PaymentCanceled")
    records.happened("order/canceled", day(1), "PaymentCanceled")
    records.happened("order/canceled", day(1), "OrderNotFulfilled", reason="canceled_by_customer")
    records.notified("payment:canceled:canceled")
    records.posted("/orders/canceled/cancel", 202, {})


def _sold_out(records: Records) -> None:
    """Before any money was requested."""
    records.order(
        "sold-out",
        "charge_before_shipping",
        "not_fulfilled",
        reason="goods_unavailable",
        updated_at=NOON,
    )
    _placed(records, "sold-out", "charge_before_shipping", 2500, payment=False)
    records.happened("order/sold-out", NOON, "GoodsUnavailable", sku="lily")
    records.happened("order/sold-out", NOON, "OrderNotFulfilled", reason="goods_unavailable")


def _shipping(records: Records) -> None:
    """Paid, and being handed to the carrier now; the second card did it."""
    records.order("shipping", "charge_before_shipping", "shipping", updated_at=day(0.02))
    records.payment("shipping", "received", charged=2500, waiting_since=NOON, updated_at=day(0.02))
    _placed(records, "shipping", "charge_before_shipping", 2500)
    records.happened("order/shipping", NOON, "GoodsFetched")
    _declined(records, "shipping")
    records.charged("shipping", 2, 2500)
    payment = "payment/shipping"
    records.happened(payment, day(0.01), "CreditCardDetailsUpdated")
    records.happened(payment, day(0.02), "CreditCardCharged", amount=2500)
    records.happened(payment, day(0.02), "PaymentReceived")
    records.happened("order/shipping", day(0.02), "PaymentReceived")
    records.reservations.append(Reservation("shipping", "lily", 1, "reserved"))
    records.notified("payment:shipping:received")
    records.runs("order/shipping", ORDER, activities=("ship_goods",))


def _waiting(records: Records) -> None:
    """For another card, reminded twice; its clock was moved on by five days."""
    records.order("waiting", "charge_first", "awaiting_payment", updated_at=NOON)
    records.payment(
        "waiting",
        "awaiting_card",
        withdrawn=100,
        failure=DECLINED,
        waiting_since=NOON,
        reminders_sent=2,
        updated_at=day(4),
    )
    _placed(records, "waiting", "charge_first", 2500)
    _withdrawn(records, "waiting", 100, rest=2400)
    _declined(records, "waiting", amount=2400)
    _reminded(records, "waiting", 2)
    records.runs("order/waiting", ORDER, children=("payment/waiting",))
    records.runs("payment/waiting", PAYMENT, clock=day(5))


def _waiting_and_shipped(records: Records) -> None:
    """As it may be when an order is charged later."""
    records.order(
        "credit",
        "charge_later",
        "awaiting_payment",
        shipment=records.carried("credit", "booked"),
        updated_at=NOON,
    )
    records.payment(
        "credit", "awaiting_card", failure=DECLINED, waiting_since=NOON, updated_at=NOON
    )
    _placed(records, "credit", "charge_later", 2500)
    records.happened("order/credit", NOON, "GoodsFetched")
    _goods_shipped(records, "credit", day_number=0)
    _declined(records, "credit")
    records.reservations.append(Reservation("credit", "lily", 1, "shipped"))
    records.notified("order:credit:shipped")
    records.runs("order/credit", ORDER, children=("payment/credit",))
    records.runs("payment/credit", PAYMENT)


def _paid_by_account(records: Records) -> None:
    """A payment by itself."""
    records.payment("alone", "received", 50, withdrawn=50, reference="invoice-7", updated_at=NOON)
    data = {"customer_id": "kermit", "reference": "invoice-7", "amount": 50}
    records.happened("payment/alone", NOON, "PaymentRequested", **data)
    _withdrawn(records, "alone", 50, rest=0)
    records.happened("payment/alone", NOON, "PaymentReceived")
    records.notified("payment:alone:received")
    records.posted("/payments", 202, data, {"id": "alone"})


def _tried_again(records: Records) -> None:
    """A payment by itself, which tried the same card again on the first day of its terms."""
    id, stream = "retried", "payment/retried"
    later = replace(TERMS, card_retry_days=(1, 3))
    records.payment(
        id,
        "received",
        charged=2500,
        reference="invoice-8",
        terms=later,
        waiting_since=NOON,
        updated_at=day(1),
    )
    data = {"customer_id": "kermit", "reference": "invoice-8", "amount": 2500}
    records.happened(stream, NOON, "PaymentRequested", **data)
    records.declined(id, 1, 2500, NO_FUNDS)
    records.happened(stream, NOON, "CreditCardFailed", **asdict(NO_FUNDS))
    records.charged(id, 2, 2500)
    records.happened(stream, day(1), "CreditCardCharged", amount=2500)
    records.happened(stream, day(1), "PaymentReceived")
    records.notified(f"payment:{id}:received")


def _placed(records: Records, id: str, policy: str, total: int, *, payment: bool = True) -> None:
    placed = {"customer_id": "kermit", "policy": policy, "total": total}
    records.happened(f"order/{id}", NOON, "OrderPlaced", **placed)
    if payment:
        requested = {"customer_id": "kermit", "reference": id, "amount": total}
        records.happened(f"payment/{id}", NOON, "PaymentRequested", **requested)


def _withdrawn(records: Records, id: str, amount: int, rest: int) -> None:
    records.moved(f"payment:{id}:withdraw", "customer:kermit", "receipts", amount)
    records.happened(f"payment/{id}", NOON, "AmountWithdrawn", amount=amount)
    if rest:
        records.happened(f"payment/{id}", NOON, "PaymentPartlyCovered", rest=rest)


def _declined(records: Records, id: str, amount: int = 2500) -> None:
    records.declined(id, 1, amount)
    records.happened(f"payment/{id}", NOON, "CreditCardFailed", **asdict(DECLINED))


def _reminded(records: Records, id: str, times: int) -> None:
    for number in range(1, times + 1):
        records.happened(f"payment/{id}", day(2 * number), "CustomerReminded", reminder=number)
        records.notified(f"payment:{id}:reminder:{number}")


def _goods_shipped(records: Records, id: str, day_number: float) -> None:
    shipped = {"shipment_id": f"shp_{id}", "tracking_number": f"TN_{id}"}
    records.happened(f"order/{id}", day(day_number), "GoodsShipped", **shipped)
