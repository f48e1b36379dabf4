"""The responses to the holder of a mail's link. Money is integer cents."""

from typing import Self

from pydantic import AwareDatetime, BaseModel, ConfigDict

from domain import payment
from domain.statuses import PaymentStatus


class LinkedLine(BaseModel):
    """`quantity` pieces of a product."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    quantity: int


class LinkedOrder(BaseModel):
    """The order that a payment is for."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    lines: list[LinkedLine]


class AmountDueResponse(BaseModel):
    """What a card has to pay: `amount` in cents, until `deadline`; no data of the customer.

    `order` is what it is for; null for a payment without an order, which has a `reference` only.

    `failure` is why the last card was declined, in words for the customer; null if none was.
    `needs_authentication`: the customer can also authenticate its charge (3-D Secure).
    `charge_refused`: the card provider did not accept our request, which is made again.
    """

    reference: str
    order: LinkedOrder | None
    status: PaymentStatus
    amount: int
    currency: str
    deadline: AwareDatetime | None
    failure: str | None
    needs_authentication: bool
    charge_refused: bool

    @classmethod
    def of(
        cls, payment: payment.Payment, linked: LinkedOrder | None, *, charge_refused: bool
    ) -> Self:
        """Convert from the domain."""
        return cls(
            reference=payment.reference,
            order=linked,
            status=payment.status,
            amount=payment.rest,
            currency=payment.currency,
            deadline=payment.deadline,
            failure=payment.failure.words_for_customer if payment.failure else None,
            needs_authentication=payment.needs_authentication,
            charge_refused=charge_refused,
        )
