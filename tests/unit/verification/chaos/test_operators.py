"""Operators refund as planned; what stays owed has to be listed."""

import asyncio
from contextlib import suppress
from typing import Any, cast

import pytest

from domain.events import CreditCardCharged, PaymentReceived
from domain.statuses import RefundState
from storage import charges, dashboard_refunds, payments, refund_states, refunds
from storage.dashboard_refunds import DashboardRefund
from storage.database import Database
from tests.support.examples import NOON, add_customer, payment
from verification.chaos import operators
from verification.chaos.effects import Effect
from verification.chaos.operators import Operators
from verification.chaos.scenarios import BankOutcome, Refund, Remedy

PROVIDER_ID = "re_{}"


class Provider:
    """A card provider whose refunds are in the books at once, and its shop's API."""

    def __init__(self, database: Database, state: RefundState) -> None:
        self.database = database
        self.state = state
        self.requests: list[tuple[int, str]] = []
        self.disputed: list[str] = []
        self.by_hand: list[tuple[str, int]] = []
        self.counts_owed = True
        self.listed_as = "p-1"

    async def refund(
        self, payment: str, amount: int, reference: str, replaces: str | None = None
    ) -> bool:
        self.requests.append((amount, reference))
        with self.database.write() as tx:
            refund, is_new = refunds.begin_part(tx, payment, reference, amount, NOON, replaces)
            if is_new:
                id = PROVIDER_ID.format(reference)
                refund_states.settle(tx, refund, self.state, NOON, provider_id=id)
        return True

    async def settle_refund_outside(self, payment: str, reference: str) -> bool:
        with self.database.write() as tx:
            refund_states.settle_outside(tx, payment, reference, "by bank transfer", NOON)
        return True

    async def owed_refunds(self) -> dict[str, Any]:
        with self.database.read() as tx:
            owed = [one for one in refunds.of_payment(tx, "p-1") if one.is_owed]
        listed = [{"reference": one.reference, "payment_id": self.listed_as} for one in owed]
        return {"waiting": len(owed) * self.counts_owed, "refunds": listed}

    async def payment(self, _id: str) -> dict[str, Any]:
        return {"amount": 2500}

    async def dispute(self, payment: str) -> None:
        self.disputed.append(payment)

    async def refund_by_hand(self, payment: str, amount: int) -> str:
        self.by_hand.append((payment, amount))
        made = DashboardRefund(
            refund_id="re_hand", charge_id="pi_1", amount=amount, currency="EUR", made_at=NOON
        )
        with self.database.write() as tx:
            dashboard_refunds.record(tx, made, NOON)
        return made.refund_id

    async def settle_refund(self, refund: str, *, fails: bool) -> bool:
        with self.database.write() as tx:
            known = refunds.find_by_provider_id(tx, refund)
            assert known is not None
            state = RefundState.FAILED if fails else RefundState.SUCCEEDED
            refund_states.settle(tx, known, state, NOON)
        return True


def setting(
    database: Database, state: RefundState, *, bank_pays: bool = True
) -> tuple[Operators, Provider]:
    with database.write() as tx:
        add_customer(tx)
        payments.request(tx, payment("p-1"))
        charge = charges.begin(tx, "p-1", 1, "pm_1", NOON)
        charges.settle(tx, charge.model_copy(update={"charge_id": "pi_1"}))
        payments.record(tx, "p-1", CreditCardCharged(at=NOON, amount=2500))
        payments.record(tx, "p-1", PaymentReceived(at=NOON))
    provider = Provider(database, state)
    outcome = BankOutcome(pays=bank_pays, after=0)
    somebody = cast(Any, provider)
    return Operators(somebody, somebody, database, {"p-1": outcome}.get), provider


async def test_parts_that_are_requested_at_once_are_requested_twice(database: Database) -> None:
    people, provider = setting(database, RefundState.SUCCEEDED)

    await people.refund("p-1", Refund((500, 2000), at_once=True, remedy=Remedy.NOTHING))

    assert sorted(provider.requests) == 2 * [(500, "return-1")] + 2 * [(2000, "return-2")]
    assert +people.effects == {Effect.PART: 2, Effect.WHOLE: 1}
    assert await people.unsettled() == []


async def test_a_part_is_refunded_in_the_dashboard_first(database: Database) -> None:
    people, provider = setting(database, RefundState.SUCCEEDED)
    action = Refund((500,), at_once=False, remedy=Remedy.NOTHING, by_hand=300)

    await people.refund("p-1", action)

    assert provider.by_hand == [("p-1", 300)]
    assert +people.effects == {Effect.BY_HAND: 1, Effect.PART: 1}
    with database.read() as tx:
        assert payments.find(tx, "p-1").charged == 1700
    assert await people.unsettled() == []


async def test_a_refund_that_fails_later_is_made_again(database: Database) -> None:
    people, provider = setting(database, RefundState.SUCCEEDED)
    action = Refund((500,), at_once=False, remedy=Remedy.AGAIN, fails=True)

    await people.refund("p-1", action)

    assert provider.requests == [(500, "return-1"), (500, "return-1-again")]
    assert +people.effects == {Effect.PART: 1, Effect.FAILED_LATER: 1, Effect.AGAIN: 1}
    assert await people.unsettled() == []


async def test_a_refused_refund_is_settled_outside(database: Database) -> None:
    people, provider = setting(database, RefundState.REFUSED)
    action = Refund((500,), at_once=False, remedy=Remedy.OUTSIDE, disputed=True)

    await people.refund("p-1", action)

    assert provider.disputed == ["p-1"]
    assert +people.effects == {Effect.PART: 1, Effect.REFUSED: 1, Effect.OUTSIDE: 1}
    assert await people.unsettled() == []


@pytest.mark.parametrize(
    ("counts_owed", "listed_as", "found"),
    [
        (True, "p-1", []),
        (True, "p-2", ["refund return-1 of p-1 is owed, but not listed"]),
        (False, "p-1", ["1 refunds are owed, but 0 are counted"]),
    ],
    ids=["listed", "not listed", "not counted"],
)
async def test_what_is_left_owed_has_to_be_listed(
    database: Database, listed_as: str, found: list[str], *, counts_owed: bool
) -> None:
    people, provider = setting(database, RefundState.REFUSED)
    provider.counts_owed, provider.listed_as = counts_owed, listed_as
    await people.refund("p-1", Refund((500,), at_once=False, remedy=Remedy.NOTHING))

    assert await people.unsettled() == found
    assert people.effects[Effect.LEFT] == 1


@pytest.mark.parametrize("bank_pays", [True, False])
async def test_banks_decide_pending_refunds_as_planned(
    database: Database, *, bank_pays: bool
) -> None:
    people, _ = setting(database, RefundState.PENDING, bank_pays=bank_pays)
    deciding = asyncio.create_task(people.decide())

    await people.refund("p-1", Refund((500,), at_once=False, remedy=Remedy.OUTSIDE))

    deciding.cancel()
    with suppress(asyncio.CancelledError):
        await deciding
    assert people.effects[Effect.PENDING_SUCCEEDED] == bank_pays
    assert people.effects[Effect.PENDING_FAILED] == people.effects[Effect.OUTSIDE] == 1 - bank_pays
    assert await people.unsettled() == []


async def test_a_refund_without_an_outcome_is_named(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operators, "SETTLED_LIMIT", 0)
    people, _ = setting(database, RefundState.PENDING)
    await people.refund("p-1", Refund((500,), at_once=False, remedy=Remedy.NOTHING))

    assert await people.unsettled() == ["refund return-1 of p-1 has no outcome: pending"]
