"""Base classes of the activities' inputs."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict


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
