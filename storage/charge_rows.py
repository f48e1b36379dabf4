"""What is stored of a charge, and of one that is open."""

from typing import NamedTuple

from pydantic import AwareDatetime, BaseModel, ConfigDict
from sqlalchemy import and_, bindparam, exists

from domain.payment import PaymentFailure
from domain.statuses import Awaited
from storage import tables


class Charge(BaseModel):
    """One attempt to charge a card; with neither `charge_id` nor `failure` its outcome is unknown.

    `payment_method` is None if the customer has no card. Requests to the card provider use the key
    numbered `key_number` until `key_until`; the first request was sent at `asked_at`. Charges begun
    by releases without saved cards have no `provider_customer` and no `on_session`. The `brand` of
    the card is None if the provider does not know the card.

    `requests_sent` counts the requests under this key that may have had an effect; it is 0 after
    the provider refused the only one.
    """

    model_config = ConfigDict(frozen=True)

    payment_id: str
    attempt: int
    amount: int
    currency: str
    payment_method: str | None
    asked_at: AwareDatetime
    key_number: int = 1
    key_until: AwareDatetime
    charge_id: str | None = None
    failure: PaymentFailure | None = None
    provider_customer: str | None = None
    on_session: bool | None = None
    fingerprint: str | None = None
    brand: str | None = None
    requests_sent: int = 1

    @property
    def is_settled(self) -> bool:
        """Whether the outcome is known."""
        return self.charge_id is not None or self.failure is not None

    @property
    def row_key(self) -> dict[str, str | int]:
        """The parameters of `IS_OF_ATTEMPT`."""
        return {"of_payment": self.payment_id, "of_attempt": self.attempt}

    @property
    def key(self) -> str:
        """The idempotency key for the card provider."""
        key = f"payment:{self.payment_id}:charge:{self.attempt}"
        return key if self.key_number == 1 else f"{key}:{self.key_number}"


class OpenCharge(NamedTuple):
    """A charge that is open at the card provider, and its id there."""

    charge: Charge
    open_id: str

    @property
    def awaited(self) -> Awaited:
        """Who may still decide the charge."""
        return Awaited.CUSTOMER if self.charge.failure else Awaited.BANK


IS_OF_ATTEMPT = and_(
    tables.charges.c.payment_id == bindparam("of_payment"),
    tables.charges.c.attempt == bindparam("of_attempt"),
)
"""That a row of `charges` is the one of these parameters, which are a charge's `row_key`."""

HAS_NO_OUTCOME = and_(tables.charges.c.charge_id.is_(None), tables.charges.c.failure.is_(None))
"""That the outcome of a row of `charges` is unknown."""

MAY_TAKE_MONEY = and_(HAS_NO_OUTCOME, tables.charges.c.requests_sent > 0)
"""That the outcome of a row of `charges` is unknown, and that it was not just refused."""

HAS_OPEN_CHARGE = exists().where(
    tables.open_charges.c.payment_id == tables.charges.c.payment_id,
    tables.open_charges.c.attempt == tables.charges.c.attempt,
)
"""That a row of `charges` has one in `open_charges`."""
