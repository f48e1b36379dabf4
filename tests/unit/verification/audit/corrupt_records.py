"""Damages to single records, after which they can hardly be read any more."""

import base64
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from tests.unit.verification.audit.builders import with_card_link
from tests.unit.verification.audit.corruption import Damages, add, change, change_event, drop
from verification.audit.rows import Event, OpenCharge, Terms
from verification.audit.snapshot import World

RECORDS = Damages()


@RECORDS.breaking(
    "every_cause_has_its_mail",
    "every_mail_has_its_cause",
    "every_payment_takes_an_allowed_course",
    "every_payments_row_is_what_its_events_make",
    "reminders_are_on_their_days",
)
def a_reminder_without_its_number(world: World) -> None:
    events: Any = world.books.events
    second = ("payment/waiting", {"reminder": 2})
    [place] = [n for n, one in enumerate(events) if (one.stream, one.data) == second]
    events[place] = replace(events[place], data={})


@RECORDS.breaking(
    "a_payments_transfers_are_its_events",
    "every_payment_takes_an_allowed_course",
    "every_payments_row_is_what_its_events_make",
)
def a_withdrawal_of_nobody_knows_what(world: World) -> None:
    change_event(world, "payment/alone", "AmountWithdrawn", data={})


@RECORDS.breaking(
    "every_payment_takes_an_allowed_course", "every_payments_row_is_what_its_events_make"
)
def a_rest_of_nobody_knows_what(world: World) -> None:
    change_event(world, "payment/fulfilled", "PaymentPartlyCovered", data={})


@RECORDS.breaking("an_open_charge_is_waited_for")
def an_open_charge_of_an_unknown_payment(world: World) -> None:
    add(world.books.open_charges, OpenCharge("ghost", 1, "pi_ghost_1"))


@RECORDS.breaking("a_payments_charges_are_its_events", "an_open_charge_is_waited_for")
def an_open_charge_that_nobody_asked_for(world: World) -> None:
    drop(world.books.charges, "waiting")
    add(world.books.open_charges, OpenCharge("waiting", 1, "pi_waiting_1"))


@RECORDS.breaking(
    "every_payments_row_is_what_its_events_make",
    "no_reminder_is_forgotten",
    "reminders_are_on_their_days",
)
def reminders_without_an_interval(world: World) -> None:
    never = Terms(waiting_time=timedelta(days=14), reminder_interval=timedelta(0))
    change(world.books.payments, "waiting", terms=never)


@RECORDS.breaking("every_mail_is_delivered", "the_mailbox_has_nothing_else")
def a_link_that_is_none(world: World) -> None:
    id = "payment:waiting:reminder:1"
    text = with_card_link("Dear Kermit", id)
    claims = text.rpartition("/")[2].split(".")[1]
    nonsense = base64.urlsafe_b64encode(b"\xff\xfe").decode().strip("=")
    message = "<payment=3Awaiting=3Areminder=3A1@example.com>"
    change(world.messages, message, text=text.replace(claims, nonsense))


@RECORDS.breaking(
    "every_order_takes_an_allowed_course",
    "every_orders_row_is_what_its_events_make",
    "reservations_are_what_was_fetched",
)
def an_event_that_no_order_knows(world: World) -> None:
    change_event(world, "order/fulfilled", "GoodsFetched", type="GoodsAdmired")


@RECORDS.breaking(
    "every_payment_takes_an_allowed_course", "every_payments_row_is_what_its_events_make"
)
def an_event_that_no_payment_knows(world: World) -> None:
    change_event(world, "payment/alone", "PaymentRequested", type="PaymentAdmired")


@RECORDS.breaking(
    "a_payments_transfers_are_its_events",
    "every_mail_has_its_cause",
    "every_payment_takes_an_allowed_course",
    "every_payments_row_is_what_its_events_make",
    "every_stream_is_somebodys",
)
def a_payment_without_events(world: World) -> None:
    _keep_events(world, lambda event: event.stream != "payment/alone")


@RECORDS.breaking(
    "a_payments_transfers_are_its_events",
    "every_payment_takes_an_allowed_course",
    "every_payments_row_is_what_its_events_make",
)
def a_payment_ended_with_something_held(world: World) -> None:
    _keep_events(world, lambda event: event.type != "AmountCredited")


@RECORDS.breaking(
    "an_order_heard_what_its_payment_said",
    "every_mail_has_its_cause",
    "every_payment_takes_an_allowed_course",
    "every_payments_row_is_what_its_events_make",
)
def a_payment_ended_without_an_end(world: World) -> None:
    end = ("payment/canceled", "PaymentCanceled")
    _keep_events(world, lambda event: (event.stream, event.type) != end)


def _keep_events(world: World, kept: Callable[[Event], bool]) -> None:
    events: Any = world.books.events
    events[:] = filter(kept, events)
