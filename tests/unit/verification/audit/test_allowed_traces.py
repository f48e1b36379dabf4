"""All allowed traces of an order, spelled out from the business process."""

from verification.audit.rules.order_traces import allowed

PLACED, PAID, FETCHED, SHIPPED = "OrderPlaced", "PaymentReceived", "GoodsFetched", "GoodsShipped"
FULFILLED, NOT = "OrderFulfilled", "OrderNotFulfilled"
UNPAID, NONE = "PaymentCanceled", "GoodsUnavailable"
RECALLED, RETURNED = "ShipmentRecalled", "GoodsReturned"
BY_CUSTOMER, BY_PAYMENT, BY_GOODS = "canceled_by_customer", "payment_canceled", "goods_unavailable"


def test_charge_first() -> None:
    assert allowed("charge_first") == {
        ((PLACED, PAID, FETCHED, SHIPPED, FULFILLED), None),
        ((PLACED, UNPAID, NOT), BY_PAYMENT),
        ((PLACED, PAID, NONE, NOT), BY_GOODS),
        ((PLACED, NOT), BY_CUSTOMER),
        ((PLACED, UNPAID, NOT), BY_CUSTOMER),
        ((PLACED, PAID, NOT), BY_CUSTOMER),
        ((PLACED, PAID, NONE, NOT), BY_CUSTOMER),
        ((PLACED, PAID, FETCHED, RETURNED, NOT), BY_CUSTOMER),
        ((PLACED, PAID, FETCHED, SHIPPED, RECALLED, RETURNED, NOT), BY_CUSTOMER),
    }


def test_charge_before_shipping() -> None:
    assert allowed("charge_before_shipping") == {
        ((PLACED, FETCHED, PAID, SHIPPED, FULFILLED), None),
        ((PLACED, NONE, NOT), BY_GOODS),
        ((PLACED, FETCHED, UNPAID, RETURNED, NOT), BY_PAYMENT),
        ((PLACED, NOT), BY_CUSTOMER),
        ((PLACED, NONE, NOT), BY_CUSTOMER),
        ((PLACED, FETCHED, RETURNED, NOT), BY_CUSTOMER),
        ((PLACED, FETCHED, UNPAID, RETURNED, NOT), BY_CUSTOMER),
        ((PLACED, FETCHED, PAID, RETURNED, NOT), BY_CUSTOMER),
        ((PLACED, FETCHED, PAID, SHIPPED, RECALLED, RETURNED, NOT), BY_CUSTOMER),
    }


def test_charge_later_can_not_be_canceled_once_it_is_shipped() -> None:
    assert allowed("charge_later") == {
        ((PLACED, FETCHED, SHIPPED, PAID, FULFILLED), None),
        ((PLACED, NONE, NOT), BY_GOODS),
        ((PLACED, FETCHED, SHIPPED, UNPAID, RECALLED, RETURNED, NOT), BY_PAYMENT),
        ((PLACED, NOT), BY_CUSTOMER),
        ((PLACED, NONE, NOT), BY_CUSTOMER),
        ((PLACED, FETCHED, RETURNED, NOT), BY_CUSTOMER),
        ((PLACED, FETCHED, SHIPPED, RECALLED, RETURNED, NOT), BY_CUSTOMER),
    }


def test_an_unknown_policy_has_no_traces() -> None:
    assert allowed("charge_never") == frozenset()
