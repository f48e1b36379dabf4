"""Stripe's events: the part that is used, and whether an event is meant for this installation."""

import logging
import re
from typing import Annotated, Any

from pydantic import BaseModel, Field

from api.dependencies import Context
from domain.card_numbers import looks_like_a_card_number
from domain.field_types import NoCardNumber

log = logging.getLogger(__name__)

EVENT_ID = r"^evt_[A-Za-z0-9_]{1,100}$"

_OBJECT_ID = re.compile(r"[a-z]{2,10}_[A-Za-z0-9_]{1,100}")


class Data(BaseModel):
    """The object that the event is about."""

    object: dict[str, Any]


class Event(BaseModel):
    """An event of Stripe's, the part that is used (https://docs.stripe.com/api/events/object).

    `account` is set if the event is for a connected account. An event that names no mode counts as
    one of test mode.
    """

    id: Annotated[str, Field(pattern=EVENT_ID), NoCardNumber]
    type: str
    data: Data
    livemode: bool = False
    account: str | None = None

    @property
    def object_id(self) -> str | None:
        """The id of what it is about; None if that is no id of Stripe's."""
        id = str(self.data.object.get("id"))
        return id if _OBJECT_ID.fullmatch(id) and not looks_like_a_card_number(id) else None


def is_ours(context: Context, event: Event) -> bool:
    """Whether the event is from the mode and the account of our API key; others are logged.

    One signing secret may belong to an endpoint that receives both, and what such an event is about
    can't be looked up with our key.
    """
    is_live = context.settings.is_live
    if event.account is not None:
        reason, fault = "account", "it is for a connected account"
    elif event.livemode != is_live:
        modes = ("live", "test") if event.livemode else ("test", "live")
        reason, fault = "livemode", "it is of {} mode, STRIPE_API_KEY of {} mode".format(*modes)
    else:
        return True
    context.metrics.webhooks_ignored.labels(reason).inc()
    log.warning("%s (%s) was ignored: %s; see docs/webhooks.md", event.id, event.type, fault)
    return False
