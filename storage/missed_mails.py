"""Events without the mail that this release queues about them: an older release recorded them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Select, String, cast, exists, literal, select

from domain.events import (
    AmountCredited,
    CreditCardFailed,
    CreditCardRefunded,
    OrderNotFulfilled,
    PaymentCanceled,
)
from storage import tables


def find(tx: Connection) -> Sequence[tuple[str, str]]:
    """The ids and recipients of the mails. Reads all events: not for every day."""
    return [(row.id, row.customer_id) for query in _MISSED for row in tx.execute(query)]


def _missed(
    subject: str,
    event: type[CreditCardFailed | CreditCardRefunded | AmountCredited | OrderNotFulfilled],
    kind: str,
    *,
    is_numbered: bool = True,
) -> Select[str, Any]:
    """The id and the recipient of each mail of that kind that should exist and does not."""
    owners = tables.payments if subject == "payment" else tables.orders
    recorded, earlier = tables.events, tables.events.alias()
    number = cast(recorded.c.sequence, String) if is_numbered else literal("")
    id = literal(f"{subject}:") + owners.c.id + literal(f":{kind}") + number
    is_in_mail_of_cancellation = exists().where(
        earlier.c.stream == recorded.c.stream,
        earlier.c.type == PaymentCanceled.name(),
        earlier.c.sequence < recorded.c.sequence,
    )
    missed = (
        select(id.label("id"), owners.c.customer_id)
        .distinct()
        .join(recorded, recorded.c.stream == literal(f"{subject}/") + owners.c.id)
        .where(recorded.c.type == event.name(), ~exists().where(tables.mails.c.id == id))
    )
    return missed.where(~is_in_mail_of_cancellation) if event is AmountCredited else missed


_MISSED = (
    _missed("payment", CreditCardFailed, "failed", is_numbered=False),
    _missed("payment", CreditCardRefunded, "refunded:"),
    _missed("payment", AmountCredited, "credited:"),
    _missed("order", OrderNotFulfilled, "canceled", is_numbered=False),
)
