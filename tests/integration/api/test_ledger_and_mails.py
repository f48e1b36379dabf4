"""The ledger's lines and the mails of a payment, as they are shown."""

import httpx

from domain.mail_templates import MailContent
from storage import ledger, orders, outbox, payments
from storage.database import Database
from tests.integration.api.problems import problem_of
from tests.support.examples import order, payment

ID = "6a1f8e9e-5d9e-4a53-9d53-0f0a3f0a9e21"
ABSENT = "f3b6c7a0-1111-4222-8333-444455556666"
KERMIT = ledger.customer_account("kermit")


async def test_the_lines_of_a_payment(http: httpx.AsyncClient, database: Database) -> None:
    with database.write() as tx:
        ledger.open_account(tx, ledger.RECEIPTS, "EUR", overdraft=True)
        ledger.open_account(tx, ledger.GIFTS, "EUR", overdraft=True)
        payments.request(tx, payment(ID))
        ledger.transfer(tx, "gift", debit=ledger.GIFTS, credit=KERMIT, amount=900, currency="EUR")
        key = f"payment:{ID}:withdraw"
        ledger.transfer(tx, key, debit=KERMIT, credit=ledger.RECEIPTS, amount=500, currency="EUR")
    (line,) = (await http.get(f"/payments/{ID}/transfers")).json()["transfers"]
    assert line.pop("at").endswith("Z")
    assert line == {
        "id": f"payment:{ID}:withdraw",
        "debit": "customer:kermit",
        "credit": "receipts",
        "amount": 500,
        "currency": "EUR",
    }


async def test_the_mails_of_an_order(http: httpx.AsyncClient, database: Database) -> None:
    with database.write() as tx:
        orders.place(tx, order(ID))
        payments.request(tx, payment(ID))
        for id in (f"payment:{ID}:reminder:1", f"order:{ID}:shipped"):
            outbox.queue(tx, id, "kermit", MailContent(subject="Hello", text="Hello."))
        outbox.mark_sent(tx, f"payment:{ID}:reminder:1")
    reminder, shipped = (await http.get(f"/orders/{ID}/mails")).json()["mails"]
    assert (reminder["kind"], shipped["kind"]) == ("reminder", "shipped")
    assert (shipped["subject"], shipped["text"]) == ("Hello", "Hello.")
    assert reminder["sent_at"] >= reminder["queued_at"]
    assert (shipped["sent_at"], shipped["refused_at"]) == (None, None)
    of_payment = (await http.get(f"/payments/{ID}/mails")).json()["mails"]
    assert of_payment == [reminder]


async def test_of_what_is_not_there(http: httpx.AsyncClient) -> None:
    for path in ("payments/1/transfers", "payments/1/mails", "orders/1/mails"):
        problem_of(await http.get(path), 404)
    # Temporal might know it, and is unavailable.
    problem_of(await http.get(f"/payments/{ABSENT}/transfers"), 503)
