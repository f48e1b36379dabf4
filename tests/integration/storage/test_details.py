"""The transfers and mails of an order and a payment: all of theirs, and no others."""

import pytest

from domain.mail_templates import MailContent
from storage import customers, details, ledger, orders, outbox, payments
from storage.database import Database
from tests.support.examples import add_customer, order, payment

CONTENT = MailContent(subject="Hello", text="Hello.")


@pytest.fixture
def shop(database: Database) -> Database:
    """Orders o-1 and o-10 of Kermit's, each with its payment; 10.00 on his account."""
    with database.write() as tx:
        ledger.open_account(tx, ledger.RECEIPTS, "EUR", overdraft=True)
        add_customer(tx, "kermit", balance=1000)
        add_customer(tx, "piggy", balance=1000)
        for id in ("o-1", "o-10"):
            orders.place(tx, order(id))
            payments.request(tx, payment(id))
    return database


def test_the_lines_of_a_payment(shop: Database) -> None:
    kermit = ledger.customer_account("kermit")
    with shop.write() as tx:
        for id, amount in (("o-1", 300), ("o-10", 200)):
            key = f"payment:{id}:withdraw"
            ledger.transfer(
                tx, key, debit=kermit, credit=ledger.RECEIPTS, amount=amount, currency="EUR"
            )
        back = "payment:o-1:credit"
        ledger.transfer(tx, back, debit=ledger.RECEIPTS, credit=kermit, amount=300, currency="EUR")
        customers.credit(tx, "kermit", 5, "o-1")
    with shop.read() as tx:
        lines = details.transfers_of_payment(tx, "o-1", None)
        assert [(line.id, line.debit, line.credit, line.amount) for line in lines] == [
            ("payment:o-1:withdraw", "customer:kermit", "receipts", 300),
            ("payment:o-1:credit", "receipts", "customer:kermit", 300),
        ]
        assert details.transfers_of_payment(tx, "o-1", "kermit") == lines
        assert details.transfers_of_payment(tx, "o-1", "piggy") == []
        assert details.transfers_of_payment(tx, "o-2", None) == []


def test_the_mails_of_an_order_and_its_payment(shop: Database) -> None:
    ids = ("payment:o-1:reminder:1", "payment:o-1:received", "order:o-1:shipped")
    with shop.write() as tx:
        for id in (*ids, "payment:o-10:received", "order:o-10:shipped"):
            outbox.queue(tx, id, "kermit", CONTENT)
        outbox.mark_sent(tx, ids[0])
        outbox.park(tx, ids[1], reason="refused")
    with shop.read() as tx:
        mails = details.mails_of_order(tx, "o-1", "kermit")
        assert [mail.id for mail in mails] == list(ids)
        assert [mail.kind for mail in mails] == ["reminder", "received", "shipped"]
        assert [mail.sent_at is not None for mail in mails] == [True, False, False]
        assert [mail.refused_at is not None for mail in mails] == [False, True, False]
        assert {(mail.subject, mail.text) for mail in mails} == {("Hello", "Hello.")}
        assert details.mails_of_payment(tx, "o-1", None) == mails[:2]
        for read in (details.mails_of_order, details.mails_of_payment):
            assert read(tx, "o-1", "piggy") == []
            assert read(tx, "o-2", None) == []
