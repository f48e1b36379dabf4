"""The rules of the audit; the name of each function states what must be true."""

from collections.abc import Sequence

from verification.audit.rules import (
    accepted,
    card_retries,
    cards,
    deadlines,
    ledger,
    liveness,
    mails,
    order_traces,
    orders,
    payment_traces,
    projections,
    refunds,
    shipping,
    stock,
    streams,
)
from verification.audit.snapshot import Snapshot
from verification.audit.violation import Findings, Rule, Violation

RULES: Sequence[Rule] = (
    ledger.every_transfer_balances,
    ledger.the_ledger_sums_to_zero,
    ledger.every_balance_is_the_sum_of_its_transfers,
    ledger.no_customer_is_overdrawn,
    ledger.every_transfer_has_a_cause,
    ledger.a_payments_transfers_match_its_events,
    ledger.what_is_owed_is_in_its_account,
    refunds.every_refund_in_the_books_is_one_at_the_provider,
    refunds.every_refund_at_the_provider_is_in_the_books,
    refunds.nothing_is_given_back_twice,
    refunds.every_recorded_refund_has_its_event,
    refunds.every_refund_under_way_has_a_running_workflow,
    cards.the_provider_holds_what_the_books_say,
    cards.the_clearing_account_is_what_the_provider_holds,
    cards.at_most_one_charge_is_unrefunded,
    cards.the_provider_knows_only_our_payments,
    cards.nothing_is_left_authorised,
    cards.every_charge_in_the_books_exists_at_the_provider,
    cards.every_charge_of_the_provider_is_in_the_books,
    cards.every_dispute_of_our_charges_is_in_the_books,
    cards.a_payments_charges_match_its_events,
    cards.no_card_is_tried_again_after_a_hard_decline,
    card_retries.a_payment_tries_a_card_again_only_if_its_decline_may_pass,
    card_retries.a_payment_tries_a_card_again_only_on_its_days,
    cards.attempts_are_counted,
    cards.every_open_charge_is_awaited,
    stock.no_stock_is_negative,
    stock.no_piece_is_lost_or_made,
    stock.reservations_match_the_fetched_goods,
    stock.no_reservation_outlives_its_order,
    stock.reservation_statuses_match_the_events,
    shipping.the_carrier_has_what_we_shipped,
    shipping.the_carrier_has_nothing_else,
    shipping.every_shipment_matches_its_order,
    shipping.every_shipment_is_paid_for,
    orders.every_order_matches_its_placement,
    orders.every_payment_matches_its_request,
    orders.an_order_costs_what_its_lines_cost,
    orders.an_orders_payment_is_for_that_order,
    orders.an_orders_payment_events_match_its_payment,
    orders.every_unfulfilled_order_nets_to_zero,
    streams.every_stream_belongs_to_an_order_or_payment,
    streams.events_are_numbered_from_1,
    streams.no_event_is_older_than_the_one_before,
    order_traces.every_order_follows_an_allowed_trace,
    payment_traces.every_payment_follows_an_allowed_trace,
    deadlines.reminders_are_on_their_days,
    deadlines.no_reminder_is_forgotten,
    deadlines.no_payment_is_canceled_before_its_deadline,
    projections.every_orders_row_matches_its_events,
    projections.every_payments_row_matches_its_events,
    mails.every_mail_has_its_cause,
    mails.every_cause_has_its_mail,
    mails.every_mail_is_delivered,
    mails.the_mailbox_has_nothing_else,
    liveness.every_open_order_has_a_running_workflow,
    liveness.every_open_payment_has_a_running_workflow,
    liveness.every_running_workflow_waits_for_something_known,
    liveness.every_started_workflow_has_its_row,
    liveness.no_canceled_order_waits_for_a_card,
    liveness.no_undo_stands_still,
    liveness.no_workflow_failed,
    liveness.no_workflow_outlives_its_order,
    accepted.every_accepted_order_is_there,
    accepted.every_accepted_payment_is_there,
    accepted.every_accepted_customer_is_there,
    accepted.every_accepted_credit_was_given_once,
    accepted.every_accepted_cancellation_is_done,
    accepted.one_key_is_one_order,
    accepted.one_reference_is_one_payment,
)


def check(snapshot: Snapshot) -> list[Violation]:
    """All violations in the snapshot, sorted."""
    return sorted(
        {
            Violation(rule.__name__, subject, finding)
            for rule in RULES
            for subject, finding in _findings(rule, snapshot)
        }
    )


def _findings(rule: Rule, snapshot: Snapshot) -> Findings:
    """The findings of the rule; a record that makes the rule fail is a finding as well."""
    try:
        yield from rule(snapshot)
    except Exception as error:  # noqa: BLE001  a corrupted record may raise anything
        yield "some record", f"the rule failed on it: {type(error).__name__}: {error}"
