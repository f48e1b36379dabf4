"""Whatever operators, the provider and its dashboard do: no money is lost, stuck or given twice.

After each step the books are compared with what the provider holds, in any order of refunds, late
failures, replacements, dashboard refunds and settlements, and with news that comes late.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection
from temporalio.testing import ActivityEnvironment

from activities.inputs import RefundStepInput
from activities.refunds import RefundActivities
from api.services import refund_webhooks
from domain.errors import ConflictError
from domain.events import CreditCardCharged, PaymentReceived
from domain.statuses import WHOLE, RefundState
from gateways.cards import ProviderRefund, RefundRefusedError, RefundRequest, RefundStatus
from storage import charges, ledger, payments, refund_states, refunds
from storage.database import Database
from storage.migrate import migrate
from storage.refunds import Refund
from tests.support.examples import add_customer, payment
from tests.support.fakes import FakeCards
from tests.verification.bugs import refunds as bugs

NOW = datetime(2026, 1, 1, tzinfo=UTC)
CHARGED = 2500


class Provider(FakeCards):
    """Holds one charge, and never gives back more than it holds."""

    @property
    def held(self) -> int:
        """A pending refund counts as given back."""
        return CHARGED - self._sum(RefundStatus.SUCCEEDED, RefundStatus.PENDING)

    @property
    def pending(self) -> int:
        return self._sum(RefundStatus.PENDING)

    def refund(self, refund: RefundRequest) -> ProviderRefund:
        if refund.amount > self.held:
            raise RefundRefusedError("more than is held", "charge_already_refunded")
        return super().refund(refund)

    def _sum(self, *statuses: RefundStatus) -> int:
        return sum(one.amount for one in self.made.values() if one.status in statuses)


class Payment:
    """A payment that a card has paid, with its refunds."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.provider = Provider()
        self.unreported: list[str] = []
        self._activities = RefundActivities(database, self.provider)
        self._numbers = count(1)

    # What happens ---------------------------------------------------------------------------------

    def begin(self, amount: int) -> None:
        """An operator requests a refund; its workflow is slow."""
        with suppress(ConflictError), self.database.write() as tx:
            refunds.begin_part(tx, "p", f"r{next(self._numbers)}", amount, NOW)

    def undo(self) -> None:
        with self.database.write() as tx:
            refunds.begin_whole(tx, "p", NOW)

    def replace(self, number: int) -> None:
        if owed := self._owed(number):
            with self.database.write() as tx:
                reference = f"r{next(self._numbers)}"
                refunds.begin_part(tx, "p", reference, owed.to_card, NOW, owed.reference)

    def settle_outside(self, number: int) -> None:
        if owed := self._owed(number):
            with self.database.write() as tx:
                refund_states.settle_outside(tx, "p", owed.reference, "cash", NOW)

    def run(self, status: RefundStatus, refusal: str | None = None) -> None:
        """The workflows request the refunds, of which the provider makes this."""
        self.provider.refund_status, self.provider.refund_refusal = status, refusal
        for one in self.read():
            if one.status is RefundState.REQUESTED:
                step = RefundStepInput(at=NOW, payment_id="p", reference=one.reference)
                # More is requested than is held as long as the news of a dashboard refund is out.
                with suppress(RefundRefusedError):
                    ActivityEnvironment().run(self._activities.refund_card, step)
        self.provider.refund_refusal = None

    def refund_in_dashboard(self, amount: int, status: RefundStatus) -> None:
        id = f"re_dashboard_{next(self._numbers)}"
        if amount := min(amount, self.provider.held):
            self.provider.made[id] = ProviderRefund(id, "pi_1", amount, "EUR", status)
            self.unreported.append(id)

    def decide(self, number: int, status: RefundStatus) -> None:
        """A bank decides on a pending refund, or gives one back that had succeeded."""
        before = {RefundStatus.PENDING, RefundStatus.SUCCEEDED} - {status}
        found = [id for id, one in self.provider.made.items() if one.status in before]
        if found:
            id = found[number % len(found)]
            made = self.provider.made[id]
            self.provider.made[id] = replace(made, status=status, failure=None)
            self.unreported.append(id)

    def report(self) -> None:
        """Webhooks, which are sent again until they are accepted."""
        while self.unreported:
            waiting = list[str]()
            for id in self.unreported:
                try:
                    with self.database.write() as tx:
                        event = f"evt_{next(self._numbers)}"
                        found = self.provider.made[id]
                        refund_webhooks._post(tx, event, "refund.updated", found, NOW, NOW)
                except ConflictError:
                    waiting.append(id)
            if waiting == self.unreported:
                break
            self.unreported = waiting

    # What has to be true --------------------------------------------------------------------------

    def check(self) -> None:
        with self.database.read() as tx:
            paid = payments.find(tx, "p")
            known = refunds.of_payment(tx, "p")
            owed, outside = (
                _balance(tx, account) for account in (refund_states.OWED, refund_states.OUTSIDE)
            )
            held = ledger.held_by_provider(tx)
            assert ledger.total(tx) == 0
        assert paid.charged + owed + outside == held
        recorded = [one for one in known if one.recorded and _is_waiting(one)]
        assert sum(one.to_card for one in recorded) == owed
        assert sum(one.to_card for one in known if one.is_owed and not one.recorded) <= paid.charged
        if not self.unreported:
            assert held == self.provider.held + self.provider.pending

    def finish(self) -> None:
        """The news arrives, everything that is owed is given back: nothing is stuck."""
        self.report()
        self.run(RefundStatus.SUCCEEDED)
        for id, one in self.provider.made.items():
            if one.status is RefundStatus.PENDING:
                self.provider.made[id] = replace(one, status=RefundStatus.SUCCEEDED)
                self.unreported.append(id)
        self.report()
        assert not self.unreported
        self.check()
        while self._owed(0):
            self.replace(0)
            self.run(RefundStatus.SUCCEEDED)
            self.check()
        with self.database.read() as tx:
            paid = payments.find(tx, "p")
            owed, outside = (
                _balance(tx, account) for account in (refund_states.OWED, refund_states.OUTSIDE)
            )
        assert owed == 0
        assert not any(one.is_under_way for one in self.read())
        assert self.provider.held == paid.charged + outside
        if any(one.reference == WHOLE for one in self.read()) and not outside:
            assert paid.charged in {0, self.provider.held}

    def read(self) -> list[Refund]:
        with self.database.read() as tx:
            return refunds.of_payment(tx, "p")

    def _owed(self, number: int) -> Refund | None:
        found = [one for one in self.read() if one.is_owed]
        return found[number % len(found)] if found else None


def _is_waiting(refund: Refund) -> bool:
    return refund.is_owed or refund.status.is_under_way


def _balance(tx: Connection, account: str) -> int:
    try:
        return ledger.balance(tx, account)
    except LookupError:
        return 0


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database, which is copied for each sequence."""
    path = tmp_path_factory.mktemp("template") / "orders.db"
    migrate(f"sqlite:///{path}")
    return path


@contextmanager
def paid_payment(template: Path) -> Iterator[Payment]:
    with tempfile.TemporaryDirectory() as folder:
        copied = shutil.copy(template, folder)
        database = Database(f"sqlite:///{copied}")
        with database.write() as tx:
            add_customer(tx)
            payments.request(tx, payment("p"))
            charge = charges.begin(tx, "p", 1, "pm_good", NOW)
            charges.settle(tx, charge.model_copy(update={"charge_id": "pi_1"}))
            payments.record(tx, "p", CreditCardCharged(at=NOW, amount=CHARGED))
            payments.record(tx, "p", PaymentReceived(at=NOW))
        yield Payment(database)
        database.close()


Step = tuple[str, tuple[object, ...]]
AMOUNTS = st.sampled_from([1, 500, 800, 1000, 1500, 2000, 2499, 2500])
NUMBERS = st.integers(0, 3)
STATUSES = st.sampled_from([RefundStatus.SUCCEEDED, RefundStatus.PENDING, RefundStatus.FAILED])
STEPS: st.SearchStrategy[Step] = st.one_of(
    st.tuples(st.just("begin"), st.tuples(AMOUNTS)),
    st.tuples(st.just("undo"), st.just(())),
    st.tuples(st.just("replace"), st.tuples(NUMBERS)),
    st.tuples(st.just("settle_outside"), st.tuples(NUMBERS)),
    st.tuples(st.just("run"), st.tuples(STATUSES)),
    st.tuples(st.just("run"), st.just((RefundStatus.SUCCEEDED, "charge_disputed"))),
    st.tuples(
        st.just("refund_in_dashboard"),
        st.tuples(AMOUNTS, st.sampled_from([RefundStatus.SUCCEEDED, RefundStatus.PENDING])),
    ),
    st.tuples(
        st.just("decide"),
        st.tuples(NUMBERS, st.sampled_from([RefundStatus.SUCCEEDED, RefundStatus.FAILED])),
    ),
    st.tuples(st.just("report"), st.just(())),
)


def play(template: Path, steps: list[Step]) -> None:
    with paid_payment(template) as made:
        for name, arguments in steps:
            act: Callable[..., None] = getattr(made, name)
            act(*arguments)
            made.check()
        made.finish()


@pytest.mark.timeout(900)
@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
@given(st.lists(STEPS, min_size=3, max_size=12))
def test_the_books_are_what_the_provider_holds(template: Path, steps: list[Step]) -> None:
    play(template, steps)


FAILED_LATE: list[Step] = [
    ("begin", (1000,)),
    ("run", (RefundStatus.SUCCEEDED,)),
    ("decide", (0, RefundStatus.FAILED)),
    ("report", ()),
]
BY_HAND: list[Step] = [("refund_in_dashboard", (2500, RefundStatus.SUCCEEDED)), ("report", ())]


@pytest.mark.parametrize("is_replaced", [True, False])
def test_a_dashboard_refund_beside_one_that_is_owed(template: Path, *, is_replaced: bool) -> None:
    replaces: list[Step] = [("replace", (0,))]
    play(template, [*FAILED_LATE, *(replaces * is_replaced), *BY_HAND])


def test_a_bug_that_cuts_dashboard_refunds_is_found(
    template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bugs.cut_dashboard_refunds(monkeypatch)
    with pytest.raises(AssertionError):
        play(template, [*FAILED_LATE, *BY_HAND])


def test_a_bug_that_forgets_what_a_limited_refund_does_not_give_back_is_found(
    template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bugs.owe_nothing_of_limited_refunds(monkeypatch)
    with pytest.raises(AssertionError):
        play(template, [*FAILED_LATE, ("replace", (0,)), *BY_HAND])
