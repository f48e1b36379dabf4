"""Refunds give back what is held, once, and say what is owed."""

from datetime import datetime

import pytest
from sqlalchemy import Connection

from domain.disputes import Dispute, DisputeKind
from domain.errors import ConflictError, NotFoundError
from domain.events import (
    AmountWithdrawn,
    CreditCardCharged,
    CreditCardRefunded,
    PaymentCanceled,
    PaymentPartlyCovered,
    PaymentReceived,
)
from domain.statuses import WHOLE, PaymentStatus, RefundState
from storage import (
    charges,
    dashboard_refunds,
    disputes,
    events,
    ledger,
    owed_refunds,
    payments,
    refund_states,
    refunds,
)
from storage.dashboard_refunds import DashboardRefund
from storage.database import Database
from storage.refunds import Refund
from tests.support.examples import NOON, add_customer, later, payment
from tests.support.races import Effect, overlapping
from tests.verification.bugs import refunds as bugs


@pytest.fixture
def received(database: Database) -> Database:
    """Payment p-1 was received: 500 cents from the account, 2000 from the card."""
    with database.write() as tx:
        add_customer(tx, balance=500)
        payments.request(tx, payment())
        ledger.open_account(tx, ledger.RECEIPTS, "EUR", overdraft=True)
        account = ledger.customer_account("kermit")
        ledger.transfer(
            tx,
            "payment:p-1:withdraw",
            debit=account,
            credit=ledger.RECEIPTS,
            amount=500,
            currency="EUR",
        )
        payments.record(tx, "p-1", AmountWithdrawn(at=NOON, amount=500))
        payments.record(tx, "p-1", PaymentPartlyCovered(at=NOON, rest=2000))
        charge = charges.begin(tx, "p-1", 1, "pm_1", NOON)
        charges.settle(tx, charge.model_copy(update={"charge_id": "pi_1"}))
        payments.record(tx, "p-1", CreditCardCharged(at=NOON, amount=2000))
        payments.record(tx, "p-1", PaymentReceived(at=NOON))
    return database


def part(
    amount: int, reference: str = "return-3", replaces: str | None = None
) -> Effect[tuple[Refund, bool]]:
    """Begin to give back a part of payment p-1."""
    return lambda tx: refunds.begin_part(tx, "p-1", reference, amount, NOON, replaces)


def settled(
    tx: Connection, state: RefundState, reference: str = "return-3", at: datetime = NOON
) -> Refund:
    """The provider gives that state; the account is credited."""
    refund = refunds.get(tx, "p-1", reference)
    provider_id = None if state is RefundState.REFUSED else f"re_{reference}"
    refund = refund_states.settle(tx, refund, state, at, provider_id=provider_id, failure=None)
    if state is not RefundState.PENDING:
        refund_states.credit(tx, refund, at)
    return refunds.get(tx, "p-1", reference)


def held(tx: Connection) -> tuple[int, int, int, PaymentStatus]:
    """Charged, withdrawn, refunded, status."""
    found = payments.find(tx, "p-1")
    return found.charged, found.withdrawn, found.refunded, found.status


def balances(tx: Connection, *accounts: str) -> list[int]:
    return [ledger.balance(tx, account) for account in accounts]


def recorded(tx: Connection) -> list[tuple[str, int]]:
    """The refunds' events and their amounts."""
    stream = events.of_stream(tx, "payment/p-1")
    kinds = {"CreditCardRefunded", "AmountCredited"}
    return [(event.type, event.data["amount"]) for event in stream if event.type in kinds]


@pytest.mark.parametrize(
    ("amount", "card", "account"),
    [(500, 500, 0), (2000, 2000, 0), (2001, 2000, 1), (2500, 2000, 500)],
)
def test_the_card_comes_first_and_then_the_account(
    received: Database, amount: int, card: int, account: int
) -> None:
    with received.write() as tx:
        refund, is_new = part(amount)(tx)
        assert (refund.to_card, refund.to_account, is_new) == (card, account, True)
        assert held(tx) == (2000, 500, 0, PaymentStatus.REFUNDING)
        settled(tx, RefundState.SUCCEEDED)
        left = PaymentStatus.REFUNDED if amount == 2500 else PaymentStatus.RECEIVED
        assert held(tx) == (2000 - card, 500 - account, amount, left)
        assert balances(tx, "customer:kermit") == [account]


def test_a_refund_that_is_left_to_the_account_needs_no_card(received: Database) -> None:
    with received.write() as tx:
        part(2000)(tx)
        settled(tx, RefundState.SUCCEEDED)
        refund, _ = part(300, "return-4")(tx)
        assert (refund.to_card, refund.to_account) == (0, 300)
        refund_states.credit(tx, refund, NOON)
        assert refunds.get(tx, "p-1", "return-4").status is RefundState.SUCCEEDED
        assert held(tx) == (0, 200, 2300, PaymentStatus.RECEIVED)
        part(200, "return-5")(tx)
        refund_states.credit(tx, refunds.get(tx, "p-1", "return-5"), NOON)
        assert held(tx) == (0, 0, 2500, PaymentStatus.REFUNDED)
        assert balances(tx, "customer:kermit", ledger.RECEIPTS) == [500, 0]


def test_a_reference_is_one_refund(received: Database) -> None:
    with received.write() as tx:
        refund, _ = part(500)(tx)
        assert part(500)(tx) == (refund, False)
        for _ in range(2):
            settled(tx, RefundState.SUCCEEDED)
        assert part(500)(tx)[0].status is RefundState.SUCCEEDED
        assert recorded(tx) == [("CreditCardRefunded", 500)]
        with pytest.raises(ConflictError, match="500"):
            part(501)(tx)


def test_no_more_than_is_held_is_given_back(received: Database) -> None:
    with received.write() as tx:
        part(2000)(tx)
        with pytest.raises(ConflictError, match="Only 500"):
            part(501, "return-4")(tx)
        whole = refunds.begin_whole(tx, "p-1", NOON)
        assert whole is not None
        assert (whole.to_card, whole.to_account) == (0, 500)
        assert refunds.begin_whole(tx, "p-1", later(hours=1)) == whole


def test_two_at_once_give_back_no_more_than_is_held(received: Database) -> None:
    with pytest.raises(ConflictError, match="Only 500"):
        overlapping(received, part(2000), part(2000, "return-4"))


def test_a_cancellation_at_once_gives_back_what_is_left(received: Database) -> None:
    first, second = overlapping(
        received, lambda tx: part(1500)(tx)[0], lambda tx: refunds.begin_whole(tx, "p-1", NOON)
    )
    assert first is not None
    assert second is not None
    assert (first.to_card, second.to_card, second.to_account) == (1500, 500, 500)


def by_hand(tx: Connection, amount: int, id: str = "re_hand") -> str | None:
    """Somebody refunded in the dashboard."""
    made = DashboardRefund(
        refund_id=id, charge_id="pi_1", amount=amount, currency="EUR", made_at=NOON
    )
    return dashboard_refunds.record(tx, made, NOON)


def test_a_dashboard_refund_at_once_leaves_less_to_give_back(received: Database) -> None:
    with received.write() as tx:
        assert by_hand(tx, 1800, "re_x") == "p-1"
        with pytest.raises(ConflictError, match="Only 700"):
            part(701)(tx)
        assert part(700)(tx)[0].to_card == 200


@pytest.mark.parametrize("is_canceled", [True, False])
def test_only_a_received_payment_is_refunded(database: Database, *, is_canceled: bool) -> None:
    with database.write() as tx:
        add_customer(tx)
        payments.request(tx, payment())
        if is_canceled:
            payments.record(tx, "p-1", PaymentCanceled(at=NOON))
        with pytest.raises(ConflictError, match="only a received payment"):
            part(1)(tx)


@pytest.mark.parametrize("state", [RefundState.REFUSED, RefundState.FAILED])
def test_what_the_card_did_not_get_is_owed_until_it_is_settled_outside(
    received: Database, state: RefundState
) -> None:
    with received.write() as tx:
        refunds.begin_whole(tx, "p-1", NOON)
        settled(tx, state, WHOLE)
        assert recorded(tx) == [("AmountCredited", 500)]
        assert held(tx) == (2000, 0, 500, PaymentStatus.REFUNDING)
        assert owed_refunds.count(tx) == 1
        for _ in range(2):
            refund_states.settle_outside(tx, "p-1", WHOLE, "bank transfer 17", later(days=1))
        assert owed_refunds.count(tx) == 0
        assert recorded(tx)[1:] == [("CreditCardRefunded", 2000)]
        assert held(tx) == (0, 0, 2500, PaymentStatus.REFUNDED)
        assert balances(tx, refund_states.OWED, refund_states.OUTSIDE) == [0, 2000]
        with pytest.raises(ConflictError, match="settled_outside"):
            refund_states.settle_outside(tx, "p-1", WHOLE, "cash", later(days=1))


def test_a_refund_that_fails_days_later_is_owed(received: Database) -> None:
    """The event stays; the ledger says that the money is with the provider again."""
    with received.write() as tx:
        part(500)(tx)
        settled(tx, RefundState.SUCCEEDED)
        for _ in range(2):
            settled(tx, RefundState.FAILED, at=later(days=5))
        settled(tx, RefundState.SUCCEEDED, at=later(days=6))
        assert refunds.get(tx, "p-1", "return-3").is_owed
        assert recorded(tx) == [("CreditCardRefunded", 500)]
        assert held(tx) == (1500, 500, 500, PaymentStatus.RECEIVED)
        assert balances(tx, refund_states.OWED, ledger.CARDS) == [500, -2000]

        again, _ = part(500, "again", "return-3")(tx)
        assert (again.to_card, again.to_account) == (500, 0)
        assert owed_refunds.count(tx) == 0
        with pytest.raises(ConflictError, match="replaced by again"):
            refund_states.settle_outside(tx, "p-1", "return-3", "cash", NOON)
        settled(tx, RefundState.SUCCEEDED, "again")
        assert recorded(tx) == [("CreditCardRefunded", 500)]
        assert balances(tx, refund_states.OWED, ledger.CARDS) == [0, -1500]

        settled(tx, RefundState.FAILED, "again")
        refund_states.settle_outside(tx, "p-1", "again", "cash", NOON)
        assert balances(tx, refund_states.OWED, refund_states.OUTSIDE) == [0, 500]
        assert recorded(tx) == [("CreditCardRefunded", 500)]
        assert ledger.total(tx) == 0


def test_what_is_owed_is_not_given_back_twice(received: Database) -> None:
    """It stays reserved while other refunds begin; one that names it replaces it."""
    with received.write() as tx:
        part(500)(tx)
        settled(tx, RefundState.REFUSED)
        with pytest.raises(ConflictError, match="Only 2000"):
            part(2001, "rest")(tx)
        again, _ = part(500, "again", "return-3")(tx)
        settled(tx, RefundState.SUCCEEDED, "again")
        assert (again.to_card, held(tx)) == (500, (1500, 500, 500, PaymentStatus.RECEIVED))
        assert part(2000, "rest")(tx)[0].to_card == 1500


def test_a_dashboard_refund_replaces_what_is_owed(received: Database) -> None:
    with received.write() as tx:
        refunds.begin_whole(tx, "p-1", NOON)
        settled(tx, RefundState.REFUSED, WHOLE)
        by_hand(tx, 2000, "re_x")
        assert refunds.get(tx, "p-1", WHOLE).replaced_by == "re_x"
        assert held(tx) == (0, 0, 2500, PaymentStatus.REFUNDED)

        found = refunds.find_by_provider_id(tx, "re_x")
        assert found is not None
        settled(tx, RefundState.FAILED, found.reference)
        assert balances(tx, refund_states.OWED) == [2000]
        assert by_hand(tx, 2000, "re_y") == "p-1"
        assert by_hand(tx, 2000, "re_y") is None
        assert (owed_refunds.count(tx), balances(tx, refund_states.OWED)) == (0, [0])


def test_a_dashboard_refund_of_what_is_owed_settles_it_though_more_is_charged(
    received: Database,
) -> None:
    with received.write() as tx:
        part(500)(tx)
        settled(tx, RefundState.SUCCEEDED)
        settled(tx, RefundState.FAILED)
        assert refunds.get(tx, "p-1", "return-3").is_owed
        assert by_hand(tx, 500) == "p-1"
        assert by_hand(tx, 500) is None
    with received.read() as tx:
        assert not refunds.get(tx, "p-1", "return-3").is_owed
        assert balances(tx, "refunds_owed") == [0]
        assert held(tx)[:3] == (1500, 500, 500)


def test_a_dashboard_refund_of_a_refused_part_settles_one_of_that_amount(
    received: Database,
) -> None:
    with received.write() as tx:
        for reference, amount in (("a", 700), ("b", 500)):
            part(amount, reference)(tx)
            settled(tx, RefundState.REFUSED, reference)
        assert by_hand(tx, 500) == "p-1"
    with received.read() as tx:
        owed = [refunds.get(tx, "p-1", reference).is_owed for reference in ("a", "b")]
        assert owed == [True, False]


def test_a_pending_refund_that_fails_after_the_dashboard_gave_it_back_is_not_owed(
    received: Database,
) -> None:
    with received.write() as tx:
        part(2000)(tx)
        settled(tx, RefundState.PENDING)
        by_hand(tx, 2000)
        assert not settled(tx, RefundState.FAILED).is_owed


def test_what_an_older_release_recorded_by_its_event_alone_replaces_nothing(
    received: Database,
) -> None:
    with received.write() as tx:
        part(2000)(tx)
        settled(tx, RefundState.PENDING)
        payment = payments.find(tx, "p-1")
        event = CreditCardRefunded(at=NOON, amount=2000, left=0, by_hand=True)
        payments.record(tx, payment.id, event, number="re_older")
        assert settled(tx, RefundState.FAILED).replaced_by is None


def owed_rows(tx: Connection) -> list[tuple[str, int, bool]]:
    found = refunds.of_payment(tx, "p-1")
    return [(one.reference, one.to_card, one.recorded) for one in found if one.is_owed]


def test_a_dashboard_refund_of_more_than_is_owed_is_booked_in_full(received: Database) -> None:
    with received.write() as tx:
        part(1000)(tx)
        settled(tx, RefundState.SUCCEEDED)
        settled(tx, RefundState.FAILED)
        assert by_hand(tx, 2000) == "p-1"
        assert (owed_rows(tx), balances(tx, refund_states.OWED, ledger.CARDS)) == ([], [0, 0])
        assert recorded(tx) == [("CreditCardRefunded", 1000), ("CreditCardRefunded", 1000)]
        assert held(tx) == (0, 500, 2000, PaymentStatus.RECEIVED)


@pytest.mark.parametrize("had_succeeded", [True, False])
def test_a_dashboard_refund_of_less_than_is_owed_leaves_the_rest_owed(
    received: Database, *, had_succeeded: bool
) -> None:
    with received.write() as tx:
        refunds.begin_whole(tx, "p-1", NOON)
        if had_succeeded:
            settled(tx, RefundState.SUCCEEDED, WHOLE)
        settled(tx, RefundState.FAILED, WHOLE)
        assert by_hand(tx, 800) == "p-1"
        assert by_hand(tx, 800) is None
        [(rest, amount, _)] = owed_rows(tx)
        assert (amount, balances(tx, ledger.CARDS)) == (1200, [-1200])
        assert refunds.get(tx, "p-1", WHOLE).replaced_by == rest

        again, _ = part(1200, "again", rest)(tx)
        settled(tx, RefundState.SUCCEEDED, again.reference)
        assert (owed_rows(tx), balances(tx, ledger.CARDS)) == ([], [0])
        assert held(tx) == (0, 0, 2500, PaymentStatus.REFUNDED)


def test_what_a_replacement_does_not_give_back_is_repaid_by_the_dashboard_refund(
    received: Database,
) -> None:
    with received.write() as tx:
        part(1000)(tx)
        settled(tx, RefundState.SUCCEEDED)
        settled(tx, RefundState.FAILED)
        again, _ = part(1000, "again", "return-3")(tx)
        with pytest.raises(ConflictError, match="holds less"):
            by_hand(tx, 1600)
        refund_states.limit_to(tx, again, 400, NOON)
        assert [amount for _, amount, _ in owed_rows(tx)] == [600]
        assert by_hand(tx, 1600) == "p-1"
        settled(tx, RefundState.SUCCEEDED, "again")
        assert (owed_rows(tx), balances(tx, refund_states.OWED, ledger.CARDS)) == ([], [0, 0])
        assert held(tx) == (0, 500, 2000, PaymentStatus.RECEIVED)


def test_a_refund_is_owed_as_far_as_a_pending_dashboard_refund_keeps_it_from_the_card(
    received: Database,
) -> None:
    with received.write() as tx:
        refund, _ = part(2000)(tx)
        refund_states.limit_to(tx, refund, 1500, NOON)
        settled(tx, RefundState.SUCCEEDED)
        assert [amount for _, amount, _ in owed_rows(tx)] == [500]
        by_hand(tx, 500)
        assert (owed_rows(tx), held(tx)[:3]) == ([], (0, 500, 2000))


def test_of_a_refund_that_fails_only_what_the_dashboard_did_not_give_back_is_owed(
    received: Database,
) -> None:
    with received.write() as tx:
        part(1500)(tx)
        settled(tx, RefundState.PENDING)
        by_hand(tx, 1200)
        settled(tx, RefundState.FAILED)
        [(rest, amount, is_recorded)] = owed_rows(tx)
        assert (amount, is_recorded) == (800, False)
        refund_states.settle_outside(tx, "p-1", rest, "cash", NOON)
        assert held(tx) == (0, 500, 2000, PaymentStatus.RECEIVED)
        assert balances(tx, refund_states.OUTSIDE, ledger.CARDS) == [800, -800]


def test_what_was_settled_outside_and_refunded_in_the_dashboard_too_is_booked_and_logged(
    received: Database, caplog: pytest.LogCaptureFixture
) -> None:
    with received.write() as tx:
        part(2000)(tx)
        settled(tx, RefundState.REFUSED)
        refund_states.settle_outside(tx, "p-1", "return-3", "cash", NOON)
        by_hand(tx, 700)
        assert "700 minor units of payment p-1 were settled outside" in caplog.text
        assert balances(tx, refund_states.OUTSIDE, ledger.CARDS) == [1300, -1300]
        settled(tx, RefundState.FAILED, "re_hand")
        assert balances(tx, refund_states.OUTSIDE, ledger.CARDS) == [2000, -2000]
        assert owed_rows(tx) == []


def test_without_anything_to_give_back_nothing_begins(received: Database) -> None:
    """Nothing would end it: what is owed waits for an operator."""
    with received.write() as tx:
        part(2500)(tx)
        settled(tx, RefundState.REFUSED)
        assert refunds.begin_whole(tx, "p-1", NOON) is None
        assert held(tx) == (2000, 0, 500, PaymentStatus.RECEIVED)


def test_what_is_owed_is_not_settled_while_a_dispute_may_give_it_back(received: Database) -> None:
    dispute = Dispute(
        id="du_1",
        kind=DisputeKind.DISPUTE,
        charge_id="pi_1",
        amount=2000,
        currency="EUR",
        reason="fraudulent",
        status="needs_response",
        opened_at=NOON,
    )
    with received.write() as tx:
        part(500)(tx)
        settled(tx, RefundState.REFUSED)
        disputes.record(tx, dispute, NOON)
        with pytest.raises(ConflictError, match="disputed"):
            refund_states.settle_outside(tx, "p-1", "return-3", "cash", NOON)
        disputes.record(tx, dispute.model_copy(update={"status": "lost"}), later(days=1))
        lost = refund_states.settle_outside(tx, "p-1", "return-3", "Lost dispute.", NOON)
        assert lost.status is RefundState.SETTLED_OUTSIDE


def test_only_what_is_owed_is_settled_outside(received: Database) -> None:
    with received.write() as tx:
        with pytest.raises(NotFoundError):
            refund_states.settle_outside(tx, "p-1", "return-3", "cash", NOON)
        part(500)(tx)
        for state in (RefundState.PENDING, RefundState.SUCCEEDED):
            settled(tx, state)
            with pytest.raises(ConflictError, match=state):
                refund_states.settle_outside(tx, "p-1", "return-3", "cash", NOON)


def test_a_bug_that_counts_failed_refunds_as_given_back_is_found(
    received: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    bugs.count_failed_refunds_as_given_back(monkeypatch)
    with pytest.raises(AssertionError):
        test_a_refund_that_fails_days_later_is_owed(received)


def test_a_bug_that_reserves_nothing_is_found(
    received: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    bugs.reserve_nothing(monkeypatch)
    with pytest.raises(pytest.fail.Exception, match="DID NOT RAISE"):
        test_two_at_once_give_back_no_more_than_is_held(received)
