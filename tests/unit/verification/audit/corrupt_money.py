"""Corruptions to accounts, cards and payments."""

from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any

from tests.unit.verification.audit.builders import DECLINED, EUR, NO_FUNDS, NOON, TERMS, day
from tests.unit.verification.audit.consistent_snapshot import PAYMENT
from tests.unit.verification.audit.corruption import (
    Corruptions,
    add,
    change,
    change_event,
    drop,
    happen,
    move,
    remind,
)
from verification.audit.records import Dispute, Execution, Intent, Refund
from verification.audit.rows import Charge, Failure, OpenCharge, Terms
from verification.audit.snapshot import Snapshot

MONEY = Corruptions()


@MONEY.breaking("every_transfer_balances")
def a_transfer_of_another_currency(snapshot: Snapshot) -> None:
    change(snapshot.books.transfers, "credit:kermit:gift", currency="USD")


@MONEY.breaking("every_transfer_balances", "the_ledger_sums_to_zero")
def an_account_is_gone(snapshot: Snapshot) -> None:
    drop(snapshot.books.accounts, "customer:kermit")


@MONEY.breaking("the_ledger_sums_to_zero", "every_balance_is_the_sum_of_its_transfers")
def a_cent_is_made(snapshot: Snapshot) -> None:
    change(snapshot.books.accounts, "customer:kermit", balance=351)


@MONEY.breaking("every_balance_is_the_sum_of_its_transfers")
def a_cent_is_moved_without_a_transfer(snapshot: Snapshot) -> None:
    balances = {account.id: account.balance for account in snapshot.books.accounts}
    change(snapshot.books.accounts, "gifts", balance=balances["gifts"] - 1)
    change(snapshot.books.accounts, "receipts", balance=balances["receipts"] + 1)


@MONEY.breaking("no_customer_is_overdrawn")
def a_customer_may_overdraw(snapshot: Snapshot) -> None:
    change(snapshot.books.accounts, "customer:kermit", overdraft=True)


@MONEY.breaking("no_customer_is_overdrawn", "every_transfer_has_a_cause")
def a_customer_is_overdrawn(snapshot: Snapshot) -> None:
    move(snapshot, "fee", "customer:kermit", "receipts", 1000)


@MONEY.breaking("every_transfer_has_a_cause")
def a_gift_without_a_cause(snapshot: Snapshot) -> None:
    move(snapshot, "gift", "gifts", "customer:kermit", 1)


@MONEY.breaking("a_payments_transfers_match_its_events")
def credited_without_an_event(snapshot: Snapshot) -> None:
    move(snapshot, "payment:alone:credit", "receipts", "customer:kermit", 50)


@MONEY.breaking(
    "a_payments_transfers_match_its_events", "the_clearing_account_is_what_the_provider_holds"
)
def a_charge_is_not_posted(snapshot: Snapshot) -> None:
    move(snapshot, "reverse", "receipts", "cards:stripe", 4500)
    drop(snapshot.books.transfers, "payment:fulfilled:charge:1")
    drop(snapshot.books.transfers, "reverse")


@MONEY.breaking(
    "a_payments_transfers_match_its_events", "the_clearing_account_is_what_the_provider_holds"
)
def a_refund_is_posted_twice(snapshot: Snapshot) -> None:
    move(snapshot, "payment:by-hand:refund:2", "receipts", "cards:stripe", 500)


@MONEY.breaking(
    "a_payments_transfers_match_its_events",
    "every_transfer_has_a_cause",
    "the_clearing_account_is_what_the_provider_holds",
)
def a_declined_charge_is_posted(snapshot: Snapshot) -> None:
    move(snapshot, "payment:waiting:charge:1", "cards:stripe", "receipts", 2400)


@MONEY.breaking("every_transfer_has_a_cause", "the_clearing_account_is_what_the_provider_holds")
def a_charge_is_posted_to_the_customers_account(snapshot: Snapshot) -> None:
    move(snapshot, "reverse", "receipts", "cards:stripe", 4500)
    drop(snapshot.books.transfers, "payment:fulfilled:charge:1")
    drop(snapshot.books.transfers, "reverse")
    move(snapshot, "payment:fulfilled:charge:1", "gifts", "receipts", 4500)


@MONEY.breaking("a_payments_transfers_match_its_events")
def a_refund_of_an_unknown_payment_is_posted(snapshot: Snapshot) -> None:
    move(snapshot, "payment:ghost:refund:1", "receipts", "cards:stripe", 500)


@MONEY.breaking(
    "the_provider_holds_what_the_books_say", "the_clearing_account_is_what_the_provider_holds"
)
def refunded_without_an_event(snapshot: Snapshot) -> None:
    named = {"payment": "fulfilled"}
    add(snapshot.refunds, Refund("re_x", "succeeded", 4500, "pi_fulfilled_1", named))


@MONEY.breaking(
    "the_provider_holds_what_the_books_say", "the_clearing_account_is_what_the_provider_holds"
)
def a_refund_by_hand_that_failed(snapshot: Snapshot) -> None:
    change(snapshot.refunds, "re_by-hand", status="failed")


@MONEY.breaking("every_dispute_of_our_charges_is_in_the_books")
def a_dispute_that_was_never_heard_of(snapshot: Snapshot) -> None:
    add(snapshot.disputes, Dispute("du_x", "pi_by-hand_1", "needs_response"))


@MONEY.breaking("every_dispute_of_our_charges_is_in_the_books")
def a_dispute_whose_end_was_not_heard(snapshot: Snapshot) -> None:
    change(snapshot.books.disputes, "du_fulfilled", status="under_review")


@MONEY.breaking("every_dispute_of_our_charges_is_in_the_books")
def a_warning_that_was_lost(snapshot: Snapshot) -> None:
    drop(snapshot.books.disputes, "issfr_fulfilled")


@MONEY.breaking("every_dispute_of_our_charges_is_in_the_books")
def a_dispute_of_no_payment(snapshot: Snapshot) -> None:
    change(snapshot.books.disputes, "du_fulfilled", payment_id=None)


@MONEY.breaking("every_payment_follows_an_allowed_trace")
def less_left_than_held(snapshot: Snapshot) -> None:
    data = {"amount": 500, "left": 1999, "by_hand": True}
    change_event(snapshot, "payment/by-hand", "CreditCardRefunded", data=data)


@MONEY.breaking("every_recorded_refund_has_its_event", "every_shipment_is_paid_for")
def a_part_given_back_by_the_process(snapshot: Snapshot) -> None:
    data = {"amount": 500, "left": 2000, "by_hand": False}
    change_event(snapshot, "payment/by-hand", "CreditCardRefunded", data=data)


@MONEY.breaking(
    "the_provider_holds_what_the_books_say",
    "the_clearing_account_is_what_the_provider_holds",
    "every_refund_in_the_books_is_one_at_the_provider",
)
def a_part_that_failed_counts_as_given_back(snapshot: Snapshot) -> None:
    change(snapshot.refunds, "re_parts_both", status="failed")


@MONEY.breaking("every_refund_in_the_books_is_one_at_the_provider")
def a_part_of_another_amount(snapshot: Snapshot) -> None:
    change(snapshot.refunds, "re_parts_late", amount=301)


@MONEY.breaking("every_refund_in_the_books_is_one_at_the_provider")
def a_part_that_the_provider_does_not_have(snapshot: Snapshot) -> None:
    drop(snapshot.refunds, "re_parts_late")


@MONEY.breaking(
    "the_provider_holds_what_the_books_say",
    "the_clearing_account_is_what_the_provider_holds",
    "every_refund_at_the_provider_is_in_the_books",
)
def a_part_refunded_twice_under_one_reference(snapshot: Snapshot) -> None:
    named = {"payment": "parts", "reference": "both"}
    add(snapshot.refunds, Refund("re_x", "succeeded", 400, "pi_parts_1", named))


@MONEY.breaking(
    "the_provider_holds_what_the_books_say",
    "the_clearing_account_is_what_the_provider_holds",
    "every_refund_at_the_provider_is_in_the_books",
    "nothing_is_given_back_twice",
)
def given_back_to_the_card_and_outside(snapshot: Snapshot) -> None:
    named = {"payment": "parts", "reference": "no"}
    add(snapshot.refunds, Refund("re_x", "succeeded", 1400, "pi_parts_1", named))


@MONEY.breaking("what_is_owed_is_in_its_account", "the_clearing_account_is_what_the_provider_holds")
def more_owed_than_failed(snapshot: Snapshot) -> None:
    move(snapshot, "payment:parts:owed:both", "cards:stripe", "refunds_owed", 400)


@MONEY.breaking("every_refund_under_way_has_a_running_workflow")
def a_refund_without_a_workflow(snapshot: Snapshot) -> None:
    change(snapshot.executions, "refund/parts/slow", status="COMPLETED")


@MONEY.breaking(
    "the_provider_holds_what_the_books_say",
    "the_clearing_account_is_what_the_provider_holds",
    "every_unfulfilled_order_nets_to_zero",
)
def a_refund_that_failed(snapshot: Snapshot) -> None:
    change(snapshot.refunds, "re_undone", status="failed")


@MONEY.breaking(
    "the_provider_holds_what_the_books_say",
    "the_clearing_account_is_what_the_provider_holds",
    "at_most_one_charge_is_unrefunded",
    "every_charge_of_the_provider_is_in_the_books",
)
def charged_twice(snapshot: Snapshot) -> None:
    named = {"payment": "fulfilled", "attempt": "1"}
    add(snapshot.intents, Intent("pi_x", "succeeded", 4500, 4500, 0, "eur", named))


@MONEY.breaking("every_charge_of_the_provider_is_in_the_books")
def charged_twice_and_refunded(snapshot: Snapshot) -> None:
    named = {"payment": "fulfilled", "attempt": "2"}
    add(snapshot.intents, Intent("pi_x", "succeeded", 4500, 4500, 0, "eur", named))
    add(snapshot.refunds, Refund("re_x", "succeeded", 4500, "pi_x", named))


@MONEY.breaking("the_provider_knows_only_our_payments")
def a_payment_intent_of_an_unknown_payment(snapshot: Snapshot) -> None:
    named = {"payment": "ghost", "attempt": "1"}
    add(snapshot.intents, Intent("pi_x", "succeeded", 1, 1, 0, "eur", named))


@MONEY.breaking("the_provider_knows_only_our_payments")
def a_refund_in_another_payments_name(snapshot: Snapshot) -> None:
    change(snapshot.refunds, "re_undone", metadata={"payment": "fulfilled"})


@MONEY.breaking("nothing_is_left_authorised")
def an_authorisation_is_left(snapshot: Snapshot) -> None:
    change(snapshot.intents, "pi_waiting_1", status="requires_capture", amount_capturable=2400)


@MONEY.breaking("nothing_is_left_authorised")
def a_charge_is_still_processing(snapshot: Snapshot) -> None:
    change(snapshot.intents, "pi_waiting_1", status="processing")


@MONEY.breaking("nothing_is_left_authorised")
def a_charge_can_still_be_authenticated(snapshot: Snapshot) -> None:
    error = {"code": "authentication_required"}
    change(snapshot.intents, "pi_waiting_1", last_payment_error=error)


@MONEY.breaking("every_charge_in_the_books_exists_at_the_provider")
def charged_in_another_currency(snapshot: Snapshot) -> None:
    change(snapshot.intents, "pi_fulfilled_1", currency="usd")


@MONEY.breaking(
    "every_charge_in_the_books_exists_at_the_provider",
    "the_provider_holds_what_the_books_say",
    "the_clearing_account_is_what_the_provider_holds",
)
def the_provider_forgot_a_charge(snapshot: Snapshot) -> None:
    drop(snapshot.intents, "pi_fulfilled_1")


@MONEY.breaking("a_payments_charges_match_its_events")
def another_failure_than_the_event(snapshot: Snapshot) -> None:
    charge = Charge("waiting", 1, 2400, EUR, "pm_card_bad", None, Failure("lost_card", "Lost."))
    drop(snapshot.books.charges, "waiting")
    add(snapshot.books.charges, charge)


@MONEY.breaking("a_payments_charges_match_its_events")
def another_reason_than_the_events(snapshot: Snapshot) -> None:
    stolen = replace(DECLINED, decline_code="stolen_card")
    change(snapshot.books.charges, "waiting", failure=stolen)


@MONEY.breaking("every_payments_row_matches_its_events")
def another_reason_in_the_payments_row(snapshot: Snapshot) -> None:
    stolen = replace(DECLINED, decline_code="stolen_card")
    change(snapshot.books.payments, "waiting", failure=stolen)


@MONEY.breaking("no_card_is_tried_again_after_a_hard_decline")
def a_stolen_card_is_tried_again(snapshot: Snapshot) -> None:
    _decline_hard(snapshot, replace(DECLINED, decline_code="stolen_card"), "pm_card_bad", None)


@MONEY.breaking("no_card_is_tried_again_after_a_hard_decline")
def the_same_card_is_given_again_after_the_issuers_advice(snapshot: Snapshot) -> None:
    advised = replace(DECLINED, advice_code="do_not_try_again")
    _decline_hard(snapshot, advised, "pm_another", "the same number")


@MONEY.breaking("a_payment_tries_a_card_again_only_if_its_decline_may_pass")
def a_payment_tries_a_card_again_that_its_customer_has_to_see_to(snapshot: Snapshot) -> None:
    _retried_after(snapshot, DECLINED)


@MONEY.breaking("a_payment_tries_a_card_again_only_if_its_decline_may_pass")
def a_payment_tries_a_stolen_card_again(snapshot: Snapshot) -> None:
    """By another payment method, so that it is not known to be the same card."""
    _retried_after(snapshot, replace(NO_FUNDS, decline_code="stolen_card"))


@MONEY.breaking("a_payment_tries_a_card_again_only_if_its_decline_may_pass")
def a_payment_tries_a_card_again_that_has_to_be_authenticated(snapshot: Snapshot) -> None:
    code = "authentication_required"
    _retried_after(snapshot, replace(NO_FUNDS, code=code, advice_code="try_again_later"))


@MONEY.breaking("a_payment_tries_a_card_again_only_if_its_decline_may_pass")
def a_payment_tries_a_card_again_against_the_issuers_advice(snapshot: Snapshot) -> None:
    _retried_after(snapshot, replace(NO_FUNDS, advice_code="do_not_try_again"))


@MONEY.breaking("a_payment_tries_a_card_again_only_on_its_days")
def a_payment_tries_a_card_again_before_its_day(snapshot: Snapshot) -> None:
    later = replace(TERMS, card_retry_days=(2,))
    change(snapshot.books.payments, "retried", terms=later)


@MONEY.breaking("attempts_are_counted")
def an_attempt_is_skipped(snapshot: Snapshot) -> None:
    change(snapshot.books.charges, "waiting", attempt=2)


@MONEY.breaking("every_open_charge_is_awaited")
def a_charge_stays_open_though_another_card_has_paid(snapshot: Snapshot) -> None:
    add(snapshot.books.open_charges, OpenCharge("fulfilled", 1, "pi_fulfilled_1"))


@MONEY.breaking("every_payment_matches_its_request")
def requested_for_another_reference(snapshot: Snapshot) -> None:
    data = {"customer_id": "kermit", "reference": "invoice-8", "amount": 50}
    change_event(snapshot, "payment/alone", "PaymentRequested", data=data)


@MONEY.breaking("every_payment_follows_an_allowed_trace")
def another_card_without_waiting(snapshot: Snapshot) -> None:
    change_event(snapshot, "payment/fulfilled", "CreditCardCharged", sequence=5)
    change_event(snapshot, "payment/fulfilled", "PaymentReceived", sequence=6)
    change_event(snapshot, "payment/fulfilled", "PaymentPartlyCovered", sequence=3)
    happen(snapshot, "payment/fulfilled", "CreditCardDetailsUpdated", NOON)
    change_event(snapshot, "payment/fulfilled", "CreditCardDetailsUpdated", sequence=4)


@MONEY.breaking("reminders_are_on_their_days")
def reminded_too_early(snapshot: Snapshot) -> None:
    remind(snapshot, 2, at=day(3.9))


@MONEY.breaking("reminders_are_on_their_days")
def reminded_days_late(snapshot: Snapshot) -> None:
    remind(snapshot, 1, at=day(3.5))


@MONEY.breaking("reminders_are_on_their_days")
def reminded_at_the_deadline(snapshot: Snapshot) -> None:
    for number in range(1, 7):
        remind(snapshot, number, at=day(14), payment="recalled")
    for number in range(1, 3):
        remind(snapshot, number, at=day(14), payment="waiting")


@MONEY.breaking("no_reminder_is_forgotten")
def a_reminder_is_due(snapshot: Snapshot) -> None:
    change(snapshot.executions, "payment/waiting", clock=day(6.1))


@MONEY.breaking("no_payment_is_canceled_before_its_deadline")
def canceled_a_day_early(snapshot: Snapshot) -> None:
    longer = Terms(waiting_time=timedelta(days=15), reminder_interval=timedelta(days=2.2))
    change(snapshot.books.payments, "recalled", terms=longer)
    add(snapshot.executions, Execution("payment/recalled", PAYMENT, "COMPLETED"))
    for number in range(1, 7):
        remind(snapshot, number, at=day(2.2 * number), payment="recalled")


@MONEY.breaking("every_payments_row_matches_its_events")
def more_refunded_than_the_events(snapshot: Snapshot) -> None:
    change(snapshot.books.payments, "undone", refunded=2501)


@MONEY.breaking("every_payments_row_matches_its_events")
def listed_under_another_deadline(snapshot: Snapshot) -> None:
    change(snapshot.books.payments, "waiting", deadline=day(15))


def _retried_after(snapshot: Snapshot, failure: Failure) -> None:
    """The payment that tried its card again did so after this failure."""
    declined, _ = (one for one in snapshot.books.charges if one.payment_id == "retried")
    charges: Any = snapshot.books.charges
    charges[charges.index(declined)] = replace(declined, failure=failure)
    change_event(snapshot, "payment/retried", "CreditCardFailed", data=asdict(failure))


def _decline_hard(
    snapshot: Snapshot, failure: Failure, next_method: str, fingerprint: str | None
) -> None:
    """The first charge of `shipping`; the second one, which pays, is of the next method."""
    declined, paid = (one for one in snapshot.books.charges if one.payment_id == "shipping")
    drop(snapshot.books.charges, "shipping")
    add(snapshot.books.charges, replace(declined, failure=failure, fingerprint=fingerprint))
    add(
        snapshot.books.charges,
        replace(paid, payment_method=next_method, fingerprint=fingerprint),
    )
    change_event(snapshot, "payment/shipping", "CreditCardFailed", data=asdict(failure))
