"""What every activity is told."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict


class ActivityInput(BaseModel):
    """`at` is the moment on the workflow's clock, for the event that the activity writes."""

    model_config = ConfigDict(frozen=True)

    at: datetime


class OrderStepInput(ActivityInput):
    """A step of an order that needs to know nothing else."""

    order_id: str


class PaymentStepInput(ActivityInput):
    """A step of a payment that needs to know nothing else."""

    payment_id: str
