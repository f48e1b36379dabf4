"""A ledger that contradicts itself ends no payment: the step is repeated until it is corrected."""

import pytest
from sqlalchemy import delete, update

from storage import ledger, tables
from tests.integration.workflows.harness import Harness
from workflows.messages import PaymentOutcome


async def test_a_credit_whose_id_is_taken_is_parked_until_that_is_corrected(
    harness: Harness, caplog: pytest.LogCaptureFixture
) -> None:
    customer = harness.customer("pm_bad", balance=500)
    account = ledger.customer_account(customer)
    payment = await harness.request_payment(customer)
    await harness.waiting(payment)
    id = f"payment:{payment.id.removeprefix('payment/')}:credit"
    with harness.database.write() as tx:
        ledger.transfer(tx, id, debit=ledger.GIFTS, credit=account, amount=7, currency="EUR")

    await payment.cancel()
    await harness.until(lambda: f"LedgerFaultError: Transfer '{id}' was 7 EUR" in caplog.text)
    assert "See LedgerFaultError in docs/operations.md" in caplog.text
    assert "AmountCredited" not in harness.events(payment)

    transfers, accounts = tables.transfers, tables.accounts
    with harness.database.write() as tx:
        tx.execute(delete(transfers).where(transfers.c.id == id))
        tx.execute(update(accounts).where(accounts.c.id == account).values(balance=0))
    assert (await payment.result()).outcome is PaymentOutcome.CANCELED
    assert harness.balance(customer) == 500
    assert harness.events(payment)[-1] == "AmountCredited"
