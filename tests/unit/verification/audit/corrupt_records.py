"""Corruptions that make single records nearly unreadable."""

import base64
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from tests.unit.verification.audit.builders import with_card_link
from tests.unit.verification.audit.corruption import Corruptions, add, change, change_event, drop
from verification.audit.records import sent_text
from verification.audit.rows import Event, OpenCharge, Terms
from verification.audit.snapshot import Snapshot

RECORDS = Corruptions()


@RECORDS.breaking(
    "every_cause_has_its_mail",
    "every_mail_has_its_cause",
    "every_payment_follows_an_allowed_trace",
    "every_payments_row_matches_its_events",
    "reminders_are_on_their_days",
)
def a_reminder_without_its_number(snapshot: Snapshot) -> None:
    events: Any = snapshot.books.events
    second = ("payment/waiting", {"reminder": 2})
    [place] = [n for n, one in enumerate(events) if (one.stream, one.data) == second]
    events[place] = replace(events[place], data={})


@RECORDS.breaking(
    "a_payments_transfers_match_its_events",
    "every_payment_follows_an_allowed_trace",
    "every_payments_row_matches_its_events",
)
def a_withdrawal_without_an_amount(snapshot: Snapshot) -> None:
    change_event(snapshot, "payment/alone", "AmountWithdrawn", data={})


@RECORDS.breaking("every_payment_follows_an_allowed_trace", "every_payments_row_matches_its_events")
def a_partly_covered_payment_without_a_rest(snapshot: Snapshot) -> None:
    change_event(snapshot, "payment/fulfilled", "PaymentPartlyCovered", data={})


@RECORDS.breaking("every_open_charge_is_awaited")
def an_open_charge_of_an_unknown_payment(snapshot: Snapshot) -> None:
    add(snapshot.books.open_charges, OpenCharge("ghost", 1, "pi_ghost_1"))


@RECORDS.breaking("a_payments_charges_match_its_events", "every_open_charge_is_awaited")
def an_open_charge_without_a_charge(snapshot: Snapshot) -> None:
    drop(snapshot.books.charges, "waiting")
    add(snapshot.books.open_charges, OpenCharge("waiting", 1, "pi_waiting_1"))


@RECORDS.breaking(
    "every_payments_row_matches_its_events",
    "no_reminder_is_forgotten",
    "reminders_are_on_their_days",
)
def reminders_without_an_interval(snapshot: Snapshot) -> None:
    never = Terms(waiting_time=timedelta(days=14), reminder_interval=timedelta(0))
    change(snapshot.books.payments, "waiting", terms=never)


@RECORDS.breaking("every_mail_is_delivered", "the_mailbox_has_nothing_else")
def a_malformed_link(snapshot: Snapshot) -> None:
    id = "payment:waiting:reminder:1"
    text = with_card_link("Dear Kermit", id)
    claims = text.rpartition("/")[2].split(".")[1]
    nonsense = base64.urlsafe_b64encode(b"\xff\xfe").decode().strip("=")
    message = "<payment=3Awaiting=3Areminder=3A1@example.com>"
    change(snapshot.messages, message, text=sent_text(text.replace(claims, nonsense)))


@RECORDS.breaking(
    "every_order_follows_an_allowed_trace",
    "every_orders_row_matches_its_events",
    "reservations_match_the_fetched_goods",
)
def an_event_unknown_to_orders(snapshot: Snapshot) -> None:
    change_event(snapshot, "order/fulfilled", "GoodsFetched", type="GoodsAdmired")


@RECORDS.breaking("every_payment_follows_an_allowed_trace", "every_payments_row_matches_its_events")
def an_event_unknown_to_payments(snapshot: Snapshot) -> None:
    change_event(snapshot, "payment/alone", "PaymentRequested", type="PaymentAdmired")


@RECORDS.breaking(
    "a_payments_transfers_match_its_events",
    "every_mail_has_its_cause",
    "every_payment_follows_an_allowed_trace",
    "every_payments_row_matches_its_events",
    "every_stream_belongs_to_an_order_or_payment",
)
def a_payment_without_events(snapshot: Snapshot) -> None:
    _keep_events(snapshot, lambda event: event.stream != "payment/alone")


@RECORDS.breaking(
    "a_payments_transfers_match_its_events",
    "every_mail_has_its_cause",
    "every_payment_follows_an_allowed_trace",
    "every_payments_row_matches_its_events",
)
def a_payment_ended_with_something_held(snapshot: Snapshot) -> None:
    _keep_events(snapshot, lambda event: event.type != "AmountCredited")


@RECORDS.breaking(
    "an_orders_payment_events_match_its_payment",
    "every_mail_has_its_cause",
    "every_payment_follows_an_allowed_trace",
    "every_payments_row_matches_its_events",
)
def a_payment_ended_without_an_end(snapshot: Snapshot) -> None:
    end = ("payment/canceled", "PaymentCanceled")
    _keep_events(snapshot, lambda event: (event.stream, event.type) != end)


def _keep_events(snapshot: Snapshot, kept: Callable[[Event], bool]) -> None:
    events: Any = snapshot.books.events
    events[:] = filter(kept, events)
