"""An order: its lines, its policy, and how each event changes it (slides 5-11, 22)."""

from datetime import datetime
from typing import Annotated, assert_never

from pydantic import BaseModel, ConfigDict, Field

from domain.events import (
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
from domain.field_types import NoCardNumber
from domain.money import Cents
from domain.statuses import (
    CancellationReason,
    OrderPolicy,
    OrderStatus,
    OrderStep,
    ShipmentStatus,
)

SEQUENCES: dict[OrderPolicy, tuple[OrderStep, ...]] = {
    OrderPolicy.CHARGE_FIRST: (OrderStep.PAYMENT, OrderStep.GOODS, OrderStep.SHIPMENT),
    OrderPolicy.CHARGE_BEFORE_SHIPPING: (OrderStep.GOODS, OrderStep.PAYMENT, OrderStep.SHIPMENT),
    OrderPolicy.CHARGE_LATER: (OrderStep.GOODS, OrderStep.SHIPMENT, OrderStep.PAYMENT),
}
"""The sequence of steps per policy; change it only here."""

SEQUENCES_OF_OLDER_ORDERS: dict[OrderPolicy, tuple[OrderStep, ...]] = {
    OrderPolicy.CHARGE_FIRST: (OrderStep.PAYMENT, OrderStep.GOODS, OrderStep.SHIPMENT),
    OrderPolicy.CHARGE_BEFORE_SHIPPING: (OrderStep.GOODS, OrderStep.PAYMENT, OrderStep.SHIPMENT),
    OrderPolicy.CHARGE_LATER: (OrderStep.GOODS, OrderStep.SHIPMENT, OrderStep.PAYMENT),
}
"""The sequences of orders that do not carry their steps. Never changed: they are under way."""

STATUS_DURING: dict[OrderStep, OrderStatus] = {
    OrderStep.PAYMENT: OrderStatus.AWAITING_PAYMENT,
    OrderStep.GOODS: OrderStatus.FETCHING_GOODS,
    OrderStep.SHIPMENT: OrderStatus.SHIPPING,
}

OrderEvent = (
    OrderPlaced
    | PaymentReceived
    | PaymentCanceled
    | GoodsFetched
    | GoodsUnavailable
    | GoodsShipped
    | OrderFulfilled
    | ShipmentRecalled
    | GoodsReturned
    | OrderNotFulfilled
)


class OrderLine(BaseModel):
    """`quantity` pieces of a product at `price` cents each, as priced when the order was placed."""

    model_config = ConfigDict(frozen=True)

    sku: Annotated[str, NoCardNumber]
    name: Annotated[str, NoCardNumber]
    quantity: int = Field(gt=0)
    price: Cents


class Shipment(BaseModel):
    """The shipment of the order's goods."""

    model_config = ConfigDict(frozen=True)

    id: str
    tracking_number: str
    status: ShipmentStatus


class Order(BaseModel):
    """The state of an order after its events; amounts in cents."""

    model_config = ConfigDict(frozen=True)

    id: str
    customer_id: str
    policy: OrderPolicy
    steps: tuple[OrderStep, ...] | None = None
    """Its policy's sequence at the time it was placed; None for orders older than this field."""
    lines: tuple[OrderLine, ...] = Field(min_length=1)
    currency: str
    status: OrderStatus = OrderStatus.PLACED
    reason: CancellationReason | None = None
    shipment: Shipment | None = None
    placed_at: datetime
    updated_at: datetime

    @property
    def sequence(self) -> tuple[OrderStep, ...]:
        """What is done after what."""
        return self.steps or SEQUENCES_OF_OLDER_ORDERS[self.policy]

    @property
    def total(self) -> int:
        """The price of all lines, in cents."""
        return sum(line.quantity * line.price for line in self.lines)

    def after(self, event: OrderEvent) -> "Order":
        """The order after `event`."""
        changes = {"updated_at": event.at} | self._changes(event)
        return Order.model_validate(self.__dict__ | changes)

    def canceling(self) -> "Order":
        """The order while its customer's cancellation is under way; no event marks that state."""
        return self.model_copy(update={"status": OrderStatus.CANCELING})

    def _changes(self, event: OrderEvent) -> dict[str, object]:  # noqa: PLR0911  a case per event
        match event:
            case OrderPlaced():
                return {"status": STATUS_DURING[self.sequence[0]]}
            case PaymentReceived():
                return self._proceed(OrderStep.PAYMENT)
            case GoodsFetched():
                return self._proceed(OrderStep.GOODS)
            case GoodsShipped():
                shipment = Shipment(
                    id=event.shipment_id,
                    tracking_number=event.tracking_number,
                    status=ShipmentStatus.BOOKED,
                )
                return {"shipment": shipment} | self._proceed(OrderStep.SHIPMENT)
            case PaymentCanceled() | GoodsUnavailable():
                return {"status": OrderStatus.CANCELING}
            case ShipmentRecalled():
                return {"shipment": self._recalled_shipment()}
            case GoodsReturned():
                return {}
            case OrderFulfilled():
                return {"status": OrderStatus.FULFILLED}
            case OrderNotFulfilled():
                return {"status": OrderStatus.NOT_FULFILLED, "reason": event.reason}
            case _:
                assert_never(event)

    def _proceed(self, done: OrderStep) -> dict[str, object]:
        """The change to the next step's status; empty while canceling and after the last step."""
        following = self.sequence[self.sequence.index(done) + 1 :]
        if self.status is OrderStatus.CANCELING or not following:
            return {}
        return {"status": STATUS_DURING[following[0]]}

    def _recalled_shipment(self) -> Shipment:
        if self.shipment is None:
            message = f"order {self.id} has no shipment to recall"
            raise ValueError(message)
        return self.shipment.model_copy(update={"status": ShipmentStatus.RECALLED})
