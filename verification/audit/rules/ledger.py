"""Customers' accounts: every cent is somewhere, and has a reason to be there."""

from collections import defaultdict

from verification.audit.snapshot import World
from verification.audit.violation import Findings

GIFTS = "gifts"
RECEIPTS = "receipts"


def every_transfer_balances(world: World) -> Findings:
    """It moves a positive amount between two accounts of its own currency."""
    currencies = {account.id: account.currency for account in world.books.accounts}
    for transfer in world.books.transfers:
        ends = (transfer.debit_account, transfer.credit_account)
        known = {currencies.get(end) for end in ends}
        if transfer.amount <= 0 or ends[0] == ends[1] or known != {transfer.currency}:
            moved = f"{transfer.amount} {transfer.currency} from {ends[0]} to {ends[1]}"
            yield f"transfer {transfer.id}", f"moves {moved}"


def the_ledger_sums_to_zero(world: World) -> Findings:
    """Or money was made or lost."""
    sums: defaultdict[str, int] = defaultdict(int)
    for account in world.books.accounts:
        sums[account.currency] += account.balance
    for currency, total in sums.items():
        if total:
            yield "ledger", f"all balances sum to {total} {currency}"


def every_balance_is_the_sum_of_its_transfers(world: World) -> Findings:
    """Nothing else changes a balance."""
    sums: defaultdict[str, int] = defaultdict(int)
    for transfer in world.books.transfers:
        sums[transfer.debit_account] -= transfer.amount
        sums[transfer.credit_account] += transfer.amount
    for account in world.books.accounts:
        if account.balance != sums[account.id]:
            found = f"balance {account.balance}, but its transfers sum to {sums[account.id]}"
            yield f"account {account.id}", found


def no_customer_is_overdrawn(world: World) -> Findings:
    """Only the two accounts that stand for the world outside may be below zero."""
    for account in world.books.accounts:
        ours = account.id in {GIFTS, RECEIPTS}
        if not ours and (account.balance < 0 or account.overdraft):
            found = f"balance {account.balance}, overdraft {account.overdraft}"
            yield f"account {account.id}", found


def every_transfer_has_a_cause(world: World) -> Findings:
    """A credit to a customer, or a payment's withdrawal or its credit, between their accounts."""
    expected: dict[str, tuple[str, str]] = {}
    for payment in world.books.payments:
        account = f"customer:{payment.customer_id}"
        expected[f"payment:{payment.id}:withdraw"] = (account, RECEIPTS)
        expected[f"payment:{payment.id}:credit"] = (RECEIPTS, account)
    for transfer in world.books.transfers:
        ends = (transfer.debit_account, transfer.credit_account)
        customer = transfer.credit_account.removeprefix("customer:")
        is_gift = ends[0] == GIFTS and transfer.id.startswith(f"credit:{customer}:")
        if not is_gift and expected.get(transfer.id) != ends:
            yield f"transfer {transfer.id}", f"nothing asks for {ends[0]} to pay {ends[1]}"


def a_payments_transfers_are_its_events(world: World) -> Findings:
    """What was withdrawn and credited by the ledger, and by the payment's events."""
    for payment in world.books.payments:
        for event_type, name in (("AmountWithdrawn", "withdraw"), ("AmountCredited", "credit")):
            told = [
                event.data["amount"]
                for event in world.events.get(f"payment/{payment.id}", ())
                if event.type == event_type
            ]
            transfer = world.transfers.get(f"payment:{payment.id}:{name}")
            moved = [transfer.amount] if transfer else []
            if told != moved:
                found = f"{event_type} of {told}, but transfers of {moved}"
                yield f"payment {payment.id}", found
