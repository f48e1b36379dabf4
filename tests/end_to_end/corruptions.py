"""Damages to copies of real databases, as SQL, and the auditor's rules that they break."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Damage:
    """A statement on the copy of one database; `{names}` are those of what the test played."""

    database: str
    rules: frozenset[str]
    statement: str

    def __str__(self) -> str:
        return " ".join(self.statement.split())


def _damage(database: str, statement: str, *rules: str) -> Damage:
    return Damage(database, frozenset(rules), statement)


DAMAGES = (
    _damage(
        "orders",
        """
        UPDATE accounts SET balance = balance + 1
        WHERE id = 'customer:{kermit}'
        """,
        "every_balance_is_the_sum_of_its_transfers",
        "the_ledger_sums_to_zero",
    ),
    _damage(
        "orders",
        """
        DELETE FROM transfers
        WHERE id = 'payment:{undone}:credit'
        """,
        "a_payments_transfers_are_its_events",
        "every_balance_is_the_sum_of_its_transfers",
        "what_is_not_fulfilled_is_net_zero",
    ),
    _damage(
        "orders",
        """
        UPDATE transfers SET currency = 'USD'
        WHERE id = 'payment:{undone}:credit'
        """,
        "every_transfer_balances",
    ),
    _damage(
        "orders",
        """
        UPDATE products SET stock = stock - 1
        WHERE sku = '{sku}'
        """,
        "no_piece_is_lost_or_made",
    ),
    _damage(
        "orders",
        """
        UPDATE products SET supplied = supplied - stock - 1, stock = -1
        WHERE sku = '{sku}'
        """,
        "no_stock_is_negative",
    ),
    _damage(
        "orders",
        """
        UPDATE reservations SET status = 'reserved'
        WHERE order_id = '{fulfilled}'
        """,
        "no_reservation_outlives_its_order",
    ),
    _damage(
        "orders",
        """
        DELETE FROM reservations
        WHERE order_id = '{fulfilled}'
        """,
        "no_piece_is_lost_or_made",
        "reservations_are_what_was_fetched",
    ),
    _damage(
        "orders",
        """
        UPDATE orders SET status = 'fulfilled'
        WHERE id = '{waiting}'
        """,
        "every_order_takes_an_allowed_course",
        "every_orders_row_is_what_its_events_make",
        "no_workflow_outlives_its_order",
        "what_is_shipped_is_paid",
    ),
    _damage(
        "orders",
        """
        UPDATE orders SET status = 'shipping'
        WHERE id = '{fulfilled}'
        """,
        "every_order_is_over_or_goes_on",
        "every_order_takes_an_allowed_course",
        "every_orders_row_is_what_its_events_make",
    ),
    _damage(
        "orders",
        """
        UPDATE payments SET charged = 0
        WHERE id = '{fulfilled}'
        """,
        "every_payments_row_is_what_its_events_make",
        "the_provider_holds_what_the_books_say",
        "what_is_shipped_is_paid",
    ),
    _damage(
        "orders",
        """
        UPDATE charges SET amount = amount - 1
        WHERE payment_id = '{undone}'
        """,
        "a_payments_charges_are_its_events",
        "every_charge_in_the_books_is_the_providers",
    ),
    _damage(
        "orders",
        """
        DELETE FROM events
        WHERE stream = 'order/{fulfilled}' AND type = 'OrderFulfilled'
        """,
        "every_order_takes_an_allowed_course",
        "every_orders_row_is_what_its_events_make",
    ),
    _damage(
        "orders",
        """
        UPDATE events SET sequence = sequence + 1
        WHERE stream = 'payment/{undone}' AND type = 'AmountCredited'
        """,
        "events_are_numbered_from_1",
    ),
    _damage(
        "orders",
        """
        UPDATE events SET type = 'CreditCardDetailsUpdated'
        WHERE stream = 'payment/{fulfilled}' AND type = 'PaymentPartlyCovered'
        """,
        "every_payment_takes_an_allowed_course",
    ),
    _damage(
        "orders",
        """
        UPDATE events SET at = datetime(at, '-1 day')
        WHERE stream = 'payment/{waiting}' AND type = 'CustomerReminded'
        """,
        "every_payments_row_is_what_its_events_make",
        "reminders_are_on_their_days",
    ),
    _damage(
        "orders",
        """
        DELETE FROM mails
        WHERE id = 'payment:{fulfilled}:received'
        """,
        "every_cause_has_its_mail",
        "the_mailbox_has_nothing_else",
    ),
    _damage(
        "orders",
        """
        UPDATE mails SET customer_id = '{gonzo}'
        WHERE id = 'payment:{fulfilled}:received'
        """,
        "every_mail_has_its_cause",
        "every_mail_is_delivered",
        "the_mailbox_has_nothing_else",
    ),
    _damage(
        "cards",
        """
        DELETE FROM refunds
        WHERE json_extract(metadata, '$.payment') = '{undone}'
        """,
        "the_provider_holds_what_the_books_say",
        "what_is_not_fulfilled_is_net_zero",
    ),
    _damage(
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
        "the_provider_holds_what_the_books_say",
    ),
    _damage(
        "cards",
        """
        UPDATE payment_intents SET status = 'requires_capture'
        WHERE json_extract(metadata, '$.payment') = '{waiting}'
        """,
        "nothing_is_left_authorised",
    ),
    _damage(
        "cards",
        """
        INSERT INTO payment_intents
            (id, created, amount, currency, payment_method, status, charge, metadata)
        VALUES ('pi_x', 0, 1, 'eur', 'pm_card_visa', 'succeeded', 'ch_x', '{{}}')
        """,
        "the_provider_knows_only_our_payments",
    ),
    _damage(
        "cards",
        """
        UPDATE payment_intents SET currency = 'usd'
        WHERE json_extract(metadata, '$.payment') = '{fulfilled}'
        """,
        "every_charge_in_the_books_is_the_providers",
    ),
    _damage(
        "carrier",
        """
        DELETE FROM shipments
        WHERE reference = '{fulfilled}'
        """,
        "the_carrier_has_what_we_shipped",
    ),
    _damage(
        "carrier",
        """
        UPDATE shipments SET status = 'recalled'
        WHERE reference = '{waiting}'
        """,
        "the_carrier_has_what_we_shipped",
    ),
    _damage(
        "carrier",
        """
        UPDATE shipments SET reference = 'ghost',
        content = json_set(content, '$.reference', 'ghost')
        WHERE reference = '{fulfilled}'
        """,
        "the_carrier_has_nothing_else",
        "the_carrier_has_what_we_shipped",
    ),
    _damage(
        "carrier",
        """
        UPDATE shipments SET
        content = json_set(content, '$.lines[0].quantity', 9)
        WHERE reference = '{fulfilled}'
        """,
        "what_is_shipped_was_ordered",
    ),
    _damage(
        "mailbox",
        """
        DELETE FROM messages
        WHERE recipient = '{gonzo}@example.com'
        """,
        "every_mail_is_delivered",
    ),
    _damage(
        "mailbox",
        """
        UPDATE messages SET recipient = 'x@example.com'
        WHERE recipient = '{gonzo}@example.com'
        """,
        "every_mail_is_delivered",
        "the_mailbox_has_nothing_else",
    ),
)
