"""Damages to accounts, cards and payments."""

from datetime import timedelta

from tests.unit.verification.audit.builders import EUR, NOON, day
from tests.unit.verification.audit.consistent_snapshot import PAYMENT
from tests.unit.verification.audit.corruption import (
    Damages,
    add,
    change,
    change_event,
    drop,
    happen,
    move,
    remind,
)
from verification.audit.records import Execution, Intent, Refund
from verification.audit.rows import Charge, Failure, OpenCharge, Terms
from verification.audit.snapshot import World

MONEY = Damages()


@MONEY.breaking("every_transfer_balances")
def a_transfer_of_another_currency(world: World) -> None:
    change(world.books.transfers, "credit:kermit:gift", currency="USD")


@MONEY.breaking("every_transfer_balances", "the_ledger_sums_to_zero")
def an_account_is_gone(world: World) -> None:
    drop(world.books.accounts, "customer:kermit")


@MONEY.breaking("the_ledger_sums_to_zero", "every_balance_is_the_sum_of_its_transfers")
def a_cent_is_made(world: World) -> None:
    change(world.books.accounts, "customer:kermit", balance=351)


@MONEY.breaking("every_balance_is_the_sum_of_its_transfers")
def a_cent_is_moved_without_a_transfer(world: World) -> None:
    balances = {account.id: account.balance for account in world.books.accounts}
    change(world.books.accounts, "gifts", balance=balances["gifts"] - 1)
    change(world.books.accounts, "receipts", balance=balances["receipts"] + 1)


@MONEY.breaking("no_customer_is_overdrawn")
def a_customer_may_overdraw(world: World) -> None:
    change(world.books.accounts, "customer:kermit", overdraft=True)


@MONEY.breaking("no_customer_is_overdrawn", "every_transfer_has_a_cause")
def a_customer_is_overdrawn(world: World) -> None:
    move(world, "fee", "customer:kermit", "receipts", 1000)


@MONEY.breaking("every_transfer_has_a_cause")
def a_gift_nobody_asked_for(world: World) -> None:
    move(world, "gift", "gifts", "customer:kermit", 1)


@MONEY.breaking("a_payments_transfers_are_its_events")
def credited_without_an_event(world: World) -> None:
    move(world, "payment:alone:credit", "receipts", "customer:kermit", 50)


@MONEY.breaking("the_provider_holds_what_the_books_say")
def refunded_behind_our_back(world: World) -> None:
    named = {"payment": "fulfilled"}
    add(world.refunds, Refund("re_x", "succeeded", 4500, "pi_fulfilled_1", named))


@MONEY.breaking("the_provider_holds_what_the_books_say")
def a_refund_by_hand_that_failed(world: World) -> None:
    change(world.refunds, "re_by-hand", status="failed")


@MONEY.breaking("every_payment_takes_an_allowed_course")
def less_left_than_there_is(world: World) -> None:
    told = {"amount": 500, "left": 1999, "by_hand": True}
    change_event(world, "payment/by-hand", "CreditCardRefunded", data=told)


@MONEY.breaking(
    "every_payment_takes_an_allowed_course",
    "every_payments_row_is_what_its_events_make",
    "what_is_shipped_is_paid",
)
def a_part_given_back_by_the_process(world: World) -> None:
    told = {"amount": 500, "left": 2000, "by_hand": False}
    change_event(world, "payment/by-hand", "CreditCardRefunded", data=told)


@MONEY.breaking("the_provider_holds_what_the_books_say", "what_is_not_fulfilled_is_net_zero")
def a_refund_that_failed(world: World) -> None:
    change(world.refunds, "re_undone", status="failed")


@MONEY.breaking(
    "the_provider_holds_what_the_books_say",
    "at_most_one_charge_is_unrefunded",
    "every_charge_of_the_provider_is_in_the_books",
)
def charged_twice(world: World) -> None:
    named = {"payment": "fulfilled", "attempt": "1"}
    add(world.intents, Intent("pi_x", "succeeded", 4500, 4500, 0, "eur", named))


@MONEY.breaking("every_charge_of_the_provider_is_in_the_books")
def charged_twice_and_refunded(world: World) -> None:
    named = {"payment": "fulfilled", "attempt": "2"}
    add(world.intents, Intent("pi_x", "succeeded", 4500, 4500, 0, "eur", named))
    add(world.refunds, Refund("re_x", "succeeded", 4500, "pi_x", named))


@MONEY.breaking("the_provider_knows_only_our_payments")
def a_payment_intent_of_an_unknown_payment(world: World) -> None:
    named = {"payment": "ghost", "attempt": "1"}
    add(world.intents, Intent("pi_x", "succeeded", 1, 1, 0, "eur", named))


@MONEY.breaking("the_provider_knows_only_our_payments")
def a_refund_in_another_payments_name(world: World) -> None:
    change(world.refunds, "re_undone", metadata={"payment": "fulfilled"})


@MONEY.breaking("nothing_is_left_authorised")
def an_authorisation_is_left(world: World) -> None:
    change(world.intents, "pi_waiting_1", status="requires_capture", amount_capturable=2400)


@MONEY.breaking("nothing_is_left_authorised")
def a_charge_is_still_processing(world: World) -> None:
    change(world.intents, "pi_waiting_1", status="processing")


@MONEY.breaking("nothing_is_left_authorised")
def a_charge_can_still_be_authenticated(world: World) -> None:
    error = {"code": "authentication_required"}
    change(world.intents, "pi_waiting_1", last_payment_error=error)


@MONEY.breaking("every_charge_in_the_books_is_the_providers")
def charged_in_another_currency(world: World) -> None:
    change(world.intents, "pi_fulfilled_1", currency="usd")


@MONEY.breaking(
    "every_charge_in_the_books_is_the_providers", "the_provider_holds_what_the_books_say"
)
def the_provider_forgot_a_charge(world: World) -> None:
    drop(world.intents, "pi_fulfilled_1")


@MONEY.breaking("a_payments_charges_are_its_events")
def another_failure_than_was_told(world: World) -> None:
    charge = Charge("waiting", 1, 2400, EUR, "pm_card_bad", None, Failure("lost_card", "Lost."))
    drop(world.books.charges, "waiting")
    add(world.books.charges, charge)


@MONEY.breaking("attempts_are_counted")
def an_attempt_is_skipped(world: World) -> None:
    change(world.books.charges, "waiting", attempt=2)


@MONEY.breaking("an_open_charge_is_waited_for")
def a_charge_stays_open_though_another_card_has_paid(world: World) -> None:
    add(world.books.open_charges, OpenCharge("fulfilled", 1, "pi_fulfilled_1"))


@MONEY.breaking("a_payment_is_as_it_was_requested")
def requested_for_another_reference(world: World) -> None:
    data = {"customer_id": "kermit", "reference": "invoice-8", "amount": 50}
    change_event(world, "payment/alone", "PaymentRequested", data=data)


@MONEY.breaking("every_payment_takes_an_allowed_course")
def another_card_that_nobody_waited_for(world: World) -> None:
    change_event(world, "payment/fulfilled", "CreditCardCharged", sequence=5)
    change_event(world, "payment/fulfilled", "PaymentReceived", sequence=6)
    change_event(world, "payment/fulfilled", "PaymentPartlyCovered", sequence=3)
    happen(world, "payment/fulfilled", "CreditCardDetailsUpdated", NOON)
    change_event(world, "payment/fulfilled", "CreditCardDetailsUpdated", sequence=4)


@MONEY.breaking("reminders_are_on_their_days")
def reminded_too_early(world: World) -> None:
    remind(world, 2, at=day(3.9))


@MONEY.breaking("reminders_are_on_their_days")
def reminded_days_late(world: World) -> None:
    remind(world, 1, at=day(3.5))


@MONEY.breaking("reminders_are_on_their_days")
def reminded_at_the_deadline(world: World) -> None:
    for number in range(1, 7):
        remind(world, number, at=day(14), payment="recalled")
    for number in range(1, 3):
        remind(world, number, at=day(14), payment="waiting")


@MONEY.breaking("no_reminder_is_forgotten")
def a_reminder_is_due(world: World) -> None:
    change(world.executions, "payment/waiting", clock=day(6.1))


@MONEY.breaking("no_payment_is_canceled_before_its_deadline")
def canceled_a_day_early(world: World) -> None:
    longer = Terms(waiting_time=timedelta(days=15), reminder_interval=timedelta(days=2.2))
    change(world.books.payments, "recalled", terms=longer)
    add(world.executions, Execution("payment/recalled", PAYMENT, "COMPLETED"))
    for number in range(1, 7):
        remind(world, number, at=day(2.2 * number), payment="recalled")


@MONEY.breaking("every_payments_row_is_what_its_events_make")
def more_refunded_than_was_told(world: World) -> None:
    change(world.books.payments, "undone", refunded=2501)


@MONEY.breaking("every_payments_row_is_what_its_events_make")
def listed_under_another_deadline(world: World) -> None:
    change(world.books.payments, "waiting", deadline=day(15))
