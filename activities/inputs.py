"""Base classes of the activities' inputs."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from domain.statuses import WHOLE


class ActivityInput(BaseModel):
    """`at` is the time on the workflow's clock, for the event that the activity records."""

    model_config = ConfigDict(frozen=True)

    at: datetime


class OrderStepInput(ActivityInput):
    """Input of an order's step that needs only the order's id."""

    order_id: str


class PaymentStepInput(ActivityInput):
    """Input of a payment's step that needs only the payment's id."""

    payment_id: str


class RefundStepInput(PaymentStepInput):
    """Input of a refund's step; without a `reference` of all that is held."""

    reference: str = WHOLE
