"""The ledger: every balance is explained by transfers, every transfer by its cause."""

from collections import defaultdict
from collections.abc import Iterator

from verification.audit.rows import UNDER_WAY, PaymentRefund, Transfer
from verification.audit.snapshot import Snapshot
from verification.audit.violation import Findings

GIFTS = "gifts"
RECEIPTS = "receipts"
CARDS, OWED, OUTSIDE = "cards:stripe", "refunds_owed", "outside"


def every_transfer_balances(snapshot: Snapshot) -> Findings:
    """It moves a positive amount between two accounts of its own currency."""
    currencies = {account.id: account.currency for account in snapshot.books.accounts}
    for transfer in snapshot.books.transfers:
        ends = (transfer.debit_account, transfer.credit_account)
        known = {currencies.get(end) for end in ends}
        if transfer.amount <= 0 or ends[0] == ends[1] or known != {transfer.currency}:
            moved = f"{transfer.amount} {transfer.currency} from {ends[0]} to {ends[1]}"
            yield f"transfer {transfer.id}", f"moves {moved}"


def the_ledger_sums_to_zero(snapshot: Snapshot) -> Findings:
    """Otherwise money was created or lost."""
    sums: defaultdict[str, int] = defaultdict(int)
    for account in snapshot.books.accounts:
        sums[account.currency] += account.balance
    for currency, total in sums.items():
        if total:
            yield "ledger", f"all balances sum to {total} {currency}"


def every_balance_is_the_sum_of_its_transfers(snapshot: Snapshot) -> Findings:
    """Nothing else changes a balance."""
    sums: defaultdict[str, int] = defaultdict(int)
    for transfer in snapshot.books.transfers:
        sums[transfer.debit_account] -= transfer.amount
        sums[transfer.credit_account] += transfer.amount
    for account in snapshot.books.accounts:
        if account.balance != sums[account.id]:
            found = f"balance {account.balance}, but its transfers sum to {sums[account.id]}"
            yield f"account {account.id}", found


def no_customer_is_overdrawn(snapshot: Snapshot) -> Findings:
    """Only the accounts that stand for the outside world may be below zero."""
    for account in snapshot.books.accounts:
        ours = account.id in {GIFTS, RECEIPTS, CARDS}
        if not ours and (account.balance < 0 or account.overdraft):
            found = f"balance {account.balance}, overdraft {account.overdraft}"
            yield f"account {account.id}", found


def every_transfer_has_a_cause(snapshot: Snapshot) -> Findings:
    """A credit to a customer, or a payment's step, between the right accounts."""
    expected = {id: ends for id, ends in _expected(snapshot) if id in snapshot.transfers}
    for transfer in snapshot.books.transfers:
        ends = (transfer.debit_account, transfer.credit_account)
        customer = transfer.credit_account.removeprefix("customer:")
        is_gift = ends[0] == GIFTS and transfer.id.startswith(f"credit:{customer}:")
        # The next rule compares refunds with their events.
        is_refund = ends == (RECEIPTS, CARDS) and _cause(transfer)[1:] == ("refund",)
        if not (is_gift or is_refund) and expected.get(transfer.id) != ends:
            yield f"transfer {transfer.id}", f"no cause for {ends[0]} to pay {ends[1]}"


def a_payments_transfers_match_its_events(snapshot: Snapshot) -> Findings:
    """The ledger and the payment's events agree on what moved, and no other payment's money did."""
    moved: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for transfer in snapshot.books.transfers:
        if transfer.id.startswith("payment:"):
            moved[_cause(transfer)].append(transfer.amount)
    for payment in snapshot.books.payments:
        for event_type, kind in _KINDS.items():
            recorded = [
                event.data["amount"]
                for event in snapshot.events.get(f"payment/{payment.id}", ())
                if event.type == event_type
            ]
            transferred = moved.pop((payment.id, kind), [])
            if sorted(recorded) != sorted(transferred):
                found = f"{event_type} of {recorded}, but transfers of {transferred}"
                yield f"payment {payment.id}", found
    for (payment_id, kind), amounts in moved.items():
        if kind in _OF_OWED_REFUNDS:
            continue
        yield f"payment {payment_id}", f"transfers of {amounts} without an event"


_KINDS = {
    "AmountWithdrawn": "withdraw",
    "AmountCredited": "credit",
    "CreditCardCharged": "charge",
    "CreditCardRefunded": "refund",
}
"""By event: the third part of its transfer's id, `payment:<id>:<kind>` and perhaps a number."""

_OF_OWED_REFUNDS = {"owed", "repaid", "outside", "twice", "once"}


def _cause(transfer: Transfer) -> tuple[str, ...]:
    """The payment and the kind of the transfer of a payment."""
    return tuple(transfer.id.split(":")[1:3])


def what_is_owed_is_in_its_account(snapshot: Snapshot) -> Findings:
    """Refunds that failed after their event, until they are repaid or settled outside."""
    owed = sum(
        refund.to_card
        for refund in snapshot.books.refunds
        if refund.recorded and (refund.is_owed or refund.status in UNDER_WAY)
    )
    booked = sum(one.balance for one in snapshot.books.accounts if one.id == OWED)
    if owed != booked:
        yield f"account {OWED}", f"balance {booked}, but refunds of {owed} are owed"


def _id(refund: PaymentRefund, kind: str) -> str:
    whole = refund.reason == "order_undone"
    return f"payment:{refund.payment_id}:{kind}" + ("" if whole else f":{refund.reference}")


def _expected(snapshot: Snapshot) -> Iterator[tuple[str, tuple[str, str]]]:
    """The transfers that there may be of payments, each with the accounts that it is between."""
    for payment in snapshot.books.payments:
        account = f"customer:{payment.customer_id}"
        yield f"payment:{payment.id}:withdraw", (account, RECEIPTS)
        yield f"payment:{payment.id}:credit", (RECEIPTS, account)
        for refund in snapshot.payment_refunds.get(payment.id, ()):
            yield _id(refund, "credit"), (RECEIPTS, account)
            yield _id(refund, "owed"), (CARDS, OWED)
            yield _id(refund, "repaid"), (OWED, CARDS)
            yield _id(refund, "outside"), (OWED, OUTSIDE)
            yield _id(refund, "twice"), (OUTSIDE, CARDS)
            yield _id(refund, "once"), (CARDS, OUTSIDE)
    for charge in snapshot.books.charges:
        if charge.charge_id:
            yield f"payment:{charge.payment_id}:charge:{charge.attempt}", (CARDS, RECEIPTS)
