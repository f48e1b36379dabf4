"""Rules beyond the schemas: signatures, and valid requests that are refused with 422.

Every endpoint is called, but faults are only cleared, never injected: a fault stops the
processes under test, and takes half a minute each time.
"""

import os
import re
from typing import Any

import schemathesis
from requests import PreparedRequest
from schemathesis import Case, HookContext, Response
from schemathesis.core.failures import AcceptedNegativeData, Failure
from schemathesis.openapi.checks import RejectedPositiveData
from stripe import WebhookSignature

WEBHOOK = "/webhooks/stripe"
FAULTS = "/dev/troubles/{name}"

REASONS = (
    # Texts that a pattern could describe only badly.
    ("body", "must be one line of text without control characters"),
    ("body", "must be an address that mail can be sent to"),
    ("header", "must have \\d+ numbers, as the ids of these streams' events"),
    ("query", "must be a next_cursor of this service"),
    # A JSON schema takes 1.0 for an integer; with money we don't.
    ("body", "Input should be a valid integer"),
    # What is there, and what is not.
    ("body", "There is no (customer|product) '.*'."),
    ("body", "the card provider does not know this token"),
    ("body", "must contain each sku at most once"),
    ("body", "must not cost more than .*"),
    ("body", "must amount to nothing or to at least .*"),
    ("header", "was used for another order; use a new key for a new order"),
    # Digits that happen to pass for a card number.
    ("(body|path|query|header)", "looks like a card number; .*"),
)
"""Where and why; whatever else a request of the right form is refused for is a failure."""


def signed(request: PreparedRequest) -> PreparedRequest:
    """As Stripe signs it, whatever it says."""
    body = request.body or b""
    said = body.decode("utf-8", "replace") if isinstance(body, bytes) else str(body)
    secret = os.environ["STRIPE_WEBHOOK_SECRETS"]
    signature = WebhookSignature.generate_signature_header(said, secret)
    request.headers["Stripe-Signature"] = signature
    return request


@schemathesis.hook
def before_call(_context: HookContext, case: Case, kwargs: dict[str, Any]) -> None:
    """Sign webhooks, and inject no faults."""
    if case.operation.path == WEBHOOK:
        kwargs["auth"] = signed
    if case.operation.path == FAULTS and case.body == {"on": True}:
        case.body = {"on": False}


@schemathesis.hook
def filter_failure(_context: HookContext, failure: Failure, case: Case, answer: Response) -> bool:
    """Whether it is one. What Stripe signs is never refused: what we do not know is ignored."""
    if isinstance(failure, AcceptedNegativeData) and case.operation.path == WEBHOOK:
        return False
    if not isinstance(failure, RejectedPositiveData) or answer.status_code != 422:
        return True
    return not all(_is_explained(fault) for fault in answer.json()["errors"])


def _is_explained(fault: dict[str, Any]) -> bool:
    return any(
        re.fullmatch(location, fault["location"]) and re.fullmatch(message, fault["message"])
        for location, message in REASONS
    )
