"""What no schema can say: which requests of the right form are refused all the same, with 422."""

import re
from typing import Any

import schemathesis
from schemathesis import Case, HookContext, Response
from schemathesis.core.failures import Failure, ServerError
from schemathesis.openapi.checks import RejectedPositiveData

REASONS = (
    # Texts that a pattern could describe only badly.
    ("body", "must be one line of text without control characters"),
    ("query", "must be a next_cursor of ours"),
    # A JSON schema takes 1.0 for an integer; with money we don't.
    ("body", "Input should be a valid integer"),
    # What is there, and what is not.
    ("body", "There is no (customer|product) '.*'."),
    ("body", "the card provider does not know this token"),
    ("body", "must name each sku once at the most"),
    ("body", "must not cost more than .*"),
    # Digits that happen to pass for a card number.
    ("(body|path|query|header)", "looks like a card number; .*"),
)
"""Where and why; whatever else a request of the right form is refused for is a failure."""


@schemathesis.hook
def filter_failure(_context: HookContext, failure: Failure, _case: Case, answer: Response) -> bool:
    """Whether it is one. That a busy machine asks to ask again is none."""
    if isinstance(failure, ServerError) and answer.status_code == 503:
        return answer.json()["type"] != "urn:problem-type:answer-pending"
    if not isinstance(failure, RejectedPositiveData) or answer.status_code != 422:
        return True
    return not all(_is_explained(fault) for fault in answer.json()["errors"])


def _is_explained(fault: dict[str, Any]) -> bool:
    return any(
        re.fullmatch(location, fault["location"]) and re.fullmatch(message, fault["message"])
        for location, message in REASONS
    )
