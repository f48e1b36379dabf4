"""What must be true; each rule is a function, named as what it says."""

from collections.abc import Sequence

from verification.audit.rules import (
    accepted,
    cards,
    deadlines,
    ledger,
    mails,
    order_traces,
    orders,
    payment_traces,
    progress,
    projections,
    shipping,
    stock,
    streams,
)
from verification.audit.snapshot import World
from verification.audit.violation import Breach, Findings, Rule

RULES: Sequence[Rule] = (
    ledger.every_transfer_balances,
    ledger.the_ledger_sums_to_zero,
    ledger.every_balance_is_the_sum_of_its_transfers,
    ledger.no_customer_is_overdrawn,
    ledger.every_transfer_has_a_cause,
    ledger.a_payments_transfers_are_its_events,
    cards.the_provider_holds_what_the_books_say,
    cards.at_most_one_charge_is_unrefunded,
    cards.the_provider_knows_only_our_payments,
    cards.nothing_is_left_authorised,
    cards.every_charge_in_the_books_is_the_providers,
    cards.every_charge_of_the_provider_is_in_the_books,
    cards.a_payments_charges_are_its_events,
    cards.attempts_are_counted,
    cards.an_open_charge_is_waited_for,
    stock.no_stock_is_negative,
    stock.no_piece_is_lost_or_made,
    stock.reservations_are_what_was_fetched,
    stock.no_reservation_outlives_its_order,
    stock.reservations_are_where_the_events_left_them,
    shipping.the_carrier_has_what_we_shipped,
    shipping.the_carrier_has_nothing_else,
    shipping.what_is_shipped_was_ordered,
    shipping.what_is_shipped_is_paid,
    orders.an_order_is_as_it_was_placed,
    orders.a_payment_is_as_it_was_requested,
    orders.an_order_costs_what_its_lines_cost,
    orders.an_orders_payment_is_for_that_order,
    orders.an_order_heard_what_its_payment_said,
    orders.what_is_not_fulfilled_is_net_zero,
    streams.every_stream_is_somebodys,
    streams.events_are_numbered_from_1,
    streams.no_event_is_older_than_the_one_before,
    order_traces.every_order_takes_an_allowed_course,
    payment_traces.every_payment_takes_an_allowed_course,
    deadlines.reminders_are_on_their_days,
    deadlines.no_reminder_is_forgotten,
    deadlines.no_payment_is_canceled_before_its_deadline,
    projections.every_orders_row_is_what_its_events_make,
    projections.every_payments_row_is_what_its_events_make,
    mails.every_mail_has_its_cause,
    mails.every_cause_has_its_mail,
    mails.every_mail_is_delivered,
    mails.the_mailbox_has_nothing_else,
    progress.every_order_is_over_or_goes_on,
    progress.every_payment_is_over_or_goes_on,
    progress.what_runs_waits_for_a_named_thing,
    progress.what_is_accepted_is_written_down,
    progress.what_is_canceled_waits_for_no_card,
    progress.no_workflow_failed,
    progress.no_workflow_outlives_its_order,
    accepted.every_accepted_order_is_there,
    accepted.every_accepted_payment_is_there,
    accepted.every_accepted_customer_is_there,
    accepted.every_accepted_credit_was_given_once,
    accepted.every_accepted_cancellation_is_done,
    accepted.one_key_is_one_order,
    accepted.one_reference_is_one_payment,
)


def check(world: World) -> list[Breach]:
    """Everything in which the world is not as it must be, sorted."""
    return sorted(
        {
            Breach(rule.__name__, subject, finding)
            for rule in RULES
            for subject, finding in _judged(rule, world)
        }
    )


def _judged(rule: Rule, world: World) -> Findings:
    """What the rule finds; that a record is too damaged for it to judge is a finding as well."""
    try:
        yield from rule(world)
    except Exception as error:  # noqa: BLE001  a damage may be of any kind
        yield "some record", f"can't be judged: {type(error).__name__}: {error}"
