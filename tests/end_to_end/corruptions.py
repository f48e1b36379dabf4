"""Corruptions to copies of real databases, as SQL, and the auditor's rules that they break."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Corruption:
    """A statement on the copy of one database; `{names}` are those of what the test played."""

    database: str
    rules: frozenset[str]
    statement: str

    def __str__(self) -> str:
        return " ".join(self.statement.split())


def _corruption(database: str, statement: str, *rules: str) -> Corruption:
    return Corruption(database, frozenset(rules), statement)


CORRUPTIONS = (
    _corruption(
        "orders",
        """
        UPDATE accounts SET balance = balance + 1
        WHERE id = 'customer:{kermit}'
        """,
        "every_balance_is_the_sum_of_its_transfers",
        "the_ledger_sums_to_zero",
    ),
    _corruption(
        "orders",
        """
        DELETE FROM transfers
        WHERE id = 'payment:{undone}:credit'
        """,
        "a_payments_transfers_match_its_events",
        "every_balance_is_the_sum_of_its_transfers",
        "every_unfulfilled_order_nets_to_zero",
    ),
    _corruption(
        "orders",
        """
        DELETE FROM transfers
        WHERE id = 'payment:{undone}:refund:1'
        """,
        "a_payments_transfers_match_its_events",
        "every_balance_is_the_sum_of_its_transfers",
        "the_clearing_account_is_what_the_provider_holds",
    ),
    _corruption(
        "orders",
        """
        UPDATE transfers SET currency = 'USD'
        WHERE id = 'payment:{undone}:credit'
        """,
        "every_transfer_balances",
    ),
    _corruption(
        "orders",
        """
        UPDATE products SET stock = stock - 1
        WHERE sku = '{sku}'
        """,
        "no_piece_is_lost_or_made",
    ),
    _corruption(
        "orders",
        """
        UPDATE products SET supplied = supplied - stock - 1, stock = -1
        WHERE sku = '{sku}'
        """,
        "no_stock_is_negative",
    ),
    _corruption(
        "orders",
        """
        UPDATE reservations SET status = 'reserved'
        WHERE order_id = '{fulfilled}'
        """,
        "no_reservation_outlives_its_order",
    ),
    _corruption(
        "orders",
        """
        DELETE FROM reservations
        WHERE order_id = '{fulfilled}'
        """,
        "no_piece_is_lost_or_made",
        "reservations_match_the_fetched_goods",
    ),
    _corruption(
        "orders",
        """
        UPDATE orders SET status = 'fulfilled'
        WHERE id = '{waiting}'
        """,
        "every_order_follows_an_allowed_trace",
        "every_orders_row_matches_its_events",
        "no_workflow_outlives_its_order",
        "every_shipment_is_paid_for",
    ),
    _corruption(
        "orders",
        """
        UPDATE orders SET status = 'shipping'
        WHERE id = '{fulfilled}'
        """,
        "every_open_order_has_a_running_workflow",
        "every_order_follows_an_allowed_trace",
        "every_orders_row_matches_its_events",
    ),
    _corruption(
        "orders",
        """
        UPDATE payments SET charged = 0
        WHERE id = '{fulfilled}'
        """,
        "every_payments_row_matches_its_events",
        "the_provider_holds_what_the_books_say",
        "every_shipment_is_paid_for",
    ),
    _corruption(
        "orders",
        """
        UPDATE charges SET amount = amount - 1
        WHERE payment_id = '{undone}'
        """,
        "a_payments_charges_match_its_events",
        "every_charge_in_the_books_exists_at_the_provider",
    ),
    _corruption(
        "orders",
        """
        DELETE FROM events
        WHERE stream = 'order/{fulfilled}' AND type = 'OrderFulfilled'
        """,
        "every_order_follows_an_allowed_trace",
        "every_orders_row_matches_its_events",
    ),
    _corruption(
        "orders",
        """
        UPDATE events SET sequence = sequence + 1
        WHERE stream = 'payment/{undone}' AND type = 'AmountCredited'
        """,
        # The number is a part of its mail's id.
        "events_are_numbered_from_1",
        "every_cause_has_its_mail",
        "every_mail_has_its_cause",
    ),
    _corruption(
        "orders",
        """
        UPDATE events SET type = 'CreditCardDetailsUpdated'
        WHERE stream = 'payment/{fulfilled}' AND type = 'PaymentPartlyCovered'
        """,
        "every_payment_follows_an_allowed_trace",
    ),
    _corruption(
        "orders",
        """
        UPDATE events SET at = datetime(at, '-1 day')
        WHERE stream = 'payment/{waiting}' AND type = 'CustomerReminded'
        """,
        "every_payments_row_matches_its_events",
        "reminders_are_on_their_days",
    ),
    _corruption(
        "orders",
        """
        DELETE FROM mails
        WHERE id = 'payment:{fulfilled}:received'
        """,
        "every_cause_has_its_mail",
        "the_mailbox_has_nothing_else",
    ),
    _corruption(
        "orders",
        """
        UPDATE mails SET customer_id = '{gonzo}'
        WHERE id = 'payment:{fulfilled}:received'
        """,
        "every_mail_has_its_cause",
        "every_mail_is_delivered",
        "the_mailbox_has_nothing_else",
    ),
    _corruption(
        "cards",
        """
        DELETE FROM refunds
        WHERE json_extract(metadata, '$.payment') = '{undone}'
        """,
        "every_refund_in_the_books_is_one_at_the_provider",
        "the_clearing_account_is_what_the_provider_holds",
        "the_provider_holds_what_the_books_say",
        "every_unfulfilled_order_nets_to_zero",
    ),
    _corruption(
        "cards",
        """
        INSERT INTO payment_intents
            (id, created, amount, currency, payment_method, status, charge, metadata)
        SELECT 'pi_x', created, amount, currency, payment_method, status, 'ch_x', metadata
        FROM payment_intents
        WHERE json_extract(metadata, '$.payment') = '{fulfilled}'
        """,
        "at_most_one_charge_is_unrefunded",
        "every_charge_of_the_provider_is_in_the_books",
        "the_clearing_account_is_what_the_provider_holds",
        "the_provider_holds_what_the_books_say",
    ),
    _corruption(
        "cards",
        """
        UPDATE payment_intents SET status = 'requires_capture'
        WHERE json_extract(metadata, '$.payment') = '{waiting}'
        """,
        "nothing_is_left_authorised",
    ),
    _corruption(
        "cards",
        """
        INSERT INTO payment_intents
            (id, created, amount, currency, payment_method, status, charge, metadata)
        VALUES ('pi_x', 0, 1, 'eur', 'pm_card_visa', 'succeeded', 'ch_x', '{{}}')
        """,
        "the_provider_knows_only_our_payments",
    ),
    _corruption(
        "cards",
        """
        UPDATE payment_intents SET currency = 'usd'
        WHERE json_extract(metadata, '$.payment') = '{fulfilled}'
        """,
        "every_charge_in_the_books_exists_at_the_provider",
    ),
    _corruption(
        "carrier",
        """
        DELETE FROM shipments
        WHERE reference = '{fulfilled}'
        """,
        "the_carrier_has_what_we_shipped",
    ),
    _corruption(
        "carrier",
        """
        UPDATE shipments SET status = 'recalled'
        WHERE reference = '{waiting}'
        """,
        "the_carrier_has_what_we_shipped",
    ),
    _corruption(
        "carrier",
        """
        UPDATE shipments SET reference = 'ghost',
        content = json_set(content, '$.reference', 'ghost')
        WHERE reference = '{fulfilled}'
        """,
        "the_carrier_has_nothing_else",
        "the_carrier_has_what_we_shipped",
    ),
    _corruption(
        "carrier",
        """
        UPDATE shipments SET
        content = json_set(content, '$.lines[0].quantity', 9)
        WHERE reference = '{fulfilled}'
        """,
        "every_shipment_matches_its_order",
    ),
    _corruption(
        "mailbox",
        """
        DELETE FROM messages
        WHERE recipient = '{gonzo}@example.com'
        """,
        "every_mail_is_delivered",
    ),
    _corruption(
        "mailbox",
        """
        UPDATE messages SET recipient = 'x@example.com'
        WHERE recipient = '{gonzo}@example.com'
        """,
        "every_mail_is_delivered",
        "the_mailbox_has_nothing_else",
    ),
)
