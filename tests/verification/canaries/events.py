"""Events with canaries in every place, signed as if the card provider had sent them."""

import json
import time
from collections.abc import Iterator
from itertools import count
from typing import Any

from stripe import WebhookSignature

from tests.integration.api.matrix import Endpoint
from tests.verification.canaries.numbers import CVC, CVC_FIELDS, cards, numbers
from tests.verification.canaries.places import leaves, objects, put
from tests.verification.canaries.requests import CanaryRequest

WEBHOOK = Endpoint("POST", "/webhooks/stripe", None, None, frozenset(), linked=False)


def events(charge_id: str, secret: str, forms: int) -> Iterator[CanaryRequest]:
    """About a charge that has paid; in ids also behind what Stripe's begin with."""
    fresh, ids = numbers(), (f"evt_{number}" for number in count())
    for good in (_succeeded(charge_id), _refunded(charge_id)):
        for path in (*leaves(good), *((*path, "number") for path in objects(good))):
            for canary in cards(fresh, forms):
                yield _signed(put(good | {"id": next(ids)}, path, canary), path, secret)
            if path[-1] in {"id", "payment_intent"}:
                for prefix in ("evt_", "re_", "pi_"):
                    number = next(fresh).replace(" ", "").replace("-", "")
                    spoilt = put(good | {"id": next(ids)}, path, prefix + number)
                    yield _signed(spoilt, path, secret)
        for path in objects(good):
            for name in CVC_FIELDS:
                spoilt = put(good | {"id": next(ids)}, (*path, name), CVC)
                yield _signed(spoilt, (*path, name), secret)


def _signed(event: dict[str, Any], path: tuple[str | int, ...], secret: str) -> CanaryRequest:
    said = json.dumps(event)
    signature = WebhookSignature.generate_signature_header(said, secret)
    return CanaryRequest(
        WEBHOOK,
        f"{event['type']} {'.'.join(map(str, path))}",
        WEBHOOK.path,
        headers={"Stripe-Signature": signature},
        content=said,
    )


def _succeeded(charge_id: str) -> dict[str, Any]:
    object = {"id": charge_id, "status": "succeeded", "metadata": {"payment": "6a1f8e9e"}}
    return {"id": "", "type": "payment_intent.succeeded", "data": {"object": object}}


def _refunded(charge_id: str) -> dict[str, Any]:
    """By hand."""
    object = {
        "id": "re_1",
        "amount": 1,
        "created": int(time.time()),
        "payment_intent": charge_id,
        "status": "succeeded",
        "reason": "requested_by_customer",
        "metadata": {"note": "sorry"},
    }
    return {"id": "", "type": "refund.created", "data": {"object": object}}
