"""Refunds and disputes of a payment in responses. Money is integer cents."""

from collections.abc import Mapping, Sequence
from typing import Self

from pydantic import AwareDatetime, BaseModel, ConfigDict

from domain.disputes import DisputeKind, StoredDispute
from domain.statuses import RefundReason, RefundState
from storage.refunds import Refund, Unreserved


class RefundResponse(BaseModel):
    """A refund of `amount`: `to_card` of it to the card, `to_account` to the customer's account.

    `reason` says who requested it, `failure` is the card provider's reason that it did not succeed,
    and `settled_reason` how an operator gave it back in another way: both are for operators only.
    What is `refused` or `failed` is owed until it is `replaced_by` a refund with that reference.
    `events` are those of its domain events that have happened.
    """

    model_config = ConfigDict(from_attributes=True)

    reference: str
    reason: RefundReason
    amount: int
    to_card: int
    to_account: int
    status: RefundState
    failure: str | None
    settled_reason: str | None
    replaced_by: str | None
    events: list[str]
    requested_at: AwareDatetime
    updated_at: AwareDatetime


class RefundList(BaseModel):
    """Oldest first; `card` and `account` are held, and no refund gives them back yet.

    `owed` is what refunds could not give back to the card, and has to be given back.

    `can_refund` says whether the caller may give them back.
    """

    card: int
    account: int
    owed: int
    currency: str
    can_refund: bool
    refunds: list[RefundResponse]

    @classmethod
    def of(
        cls,
        refunds: Sequence[Refund],
        events: Mapping[str, list[str]],
        free: Unreserved,
        currency: str,
        *,
        for_operator: bool,
    ) -> Self:
        """Convert from the database; `events` by reference. Customers do not see reasons."""
        hidden = {} if for_operator else {"failure": None, "settled_reason": None}
        return cls(
            card=free.card,
            account=free.account,
            owed=sum(one.to_card for one in refunds if one.is_owed),
            currency=currency,
            can_refund=for_operator,
            refunds=[
                RefundResponse.model_validate(
                    one.model_dump() | hidden | {"events": events[one.reference]}
                )
                for one in refunds
            ],
        )


class DisputeResponse(BaseModel):
    """A dispute or early fraud warning; `amount` in cents, null for a warning.

    `status` and `reason` are the card provider's words; `reason` is for operators only.
    """

    model_config = ConfigDict(from_attributes=True)

    id: str
    kind: DisputeKind
    amount: int | None
    currency: str | None
    reason: str | None
    status: str
    is_open: bool
    opened_at: AwareDatetime


class DisputeList(BaseModel):
    """Oldest first."""

    disputes: list[DisputeResponse]

    @classmethod
    def of(cls, disputes: Sequence[StoredDispute], *, for_operator: bool) -> Self:
        """Convert from the database; customers do not see reasons."""
        hidden = {} if for_operator else {"reason": None}
        return cls(
            disputes=[
                DisputeResponse.model_validate(one.model_copy(update=hidden)) for one in disputes
            ]
        )
