"""Bugs that leak card numbers."""

import logging
from typing import Any

import pytest

import domain.field_types
from api import errors, problems
from api.middleware import card_number_filter
from api.services import refund_webhooks, webhooks
from domain.card_numbers import looks_like_a_card_number


def bodies_are_logged(patch: pytest.MonkeyPatch) -> None:
    """Request bodies are written to the log."""
    log, field = logging.getLogger("api"), card_number_filter._field

    def logged(body: bytes) -> str | None:
        log.info("got %r", body)
        return field(body)

    patch.setattr(card_number_filter, "_field", logged)


def refusals_quote_what_was_sent(patch: pytest.MonkeyPatch) -> None:
    """For the client's convenience."""
    fault_of = problems._field_error

    def quoting(fault: Any) -> errors.FieldError:
        error = fault_of(fault)
        return error.model_copy(update={"message": f"{error.message}: {fault['input']!r}"})

    patch.setattr(problems, "_field_error", quoting)


def tracebacks_quote_what_was_sent(patch: pytest.MonkeyPatch) -> None:
    """Tracebacks contain the request body."""
    log, field = logging.getLogger("api"), card_number_filter._field

    def failing(body: bytes) -> str | None:
        try:
            float(body)
        except ValueError:
            log.exception("this is no number")
        return field(body)

    patch.setattr(card_number_filter, "_field", failing)


def ids_of_events_are_not_looked_at(patch: pytest.MonkeyPatch) -> None:
    """Ids are accepted because the webhook is signed."""

    class Event(webhooks.Event):
        id: str

    patch.setattr(webhooks, "Event", Event)


def ids_of_refunds_are_not_looked_at(patch: pytest.MonkeyPatch) -> None:
    """Ids are accepted because the webhook is signed."""

    class Hint(refund_webhooks.Hint):
        id: str

    patch.setattr(refund_webhooks, "Hint", Hint)


def dashes_hide_a_number(patch: pytest.MonkeyPatch) -> None:
    """The API's filter does not recognise numbers with dashes."""

    def looks_like_one(text: str, **options: bool) -> bool:
        return looks_like_a_card_number(text.replace("-", "x"), **options)

    patch.setattr(card_number_filter, "looks_like_a_card_number", looks_like_one)


def tokens_are_not_looked_at(patch: pytest.MonkeyPatch) -> None:
    """Tokens in messages that bypass the API are not checked."""
    patch.setattr(domain.field_types, "looks_like_a_card_number", lambda _text, **_options: False)
