"""What operators may choose from is under way, and suits the intervention."""

from dataclasses import replace

import pytest

from domain.statuses import WHOLE, OrderStatus, PaymentStatus, RefundReason
from storage.refunds import Refund
from tests.support.examples import NOON
from verification.chaos.intervention_kinds import (
    Intervention,
    PauseActivity,
    Point,
    Reset,
    Target,
    Terminate,
)
from verification.chaos.interventions.targets import candidates
from verification.chaos.order_monitor import Observation
from verification.chaos.plan import make_plan
from verification.chaos.scenarios import AwaitRetries, FailSavedCard, Kind, LaterAction, Order

SCENARIOS = make_plan(1, 300).scenarios
PAYS = next(one for scenario in SCENARIOS for one in scenario.orders if one.kind is Kind.PAYS)

WAITS = Observation(
    alone=False, order=OrderStatus.AWAITING_PAYMENT, payment=PaymentStatus.AWAITING_CARD
)
NEW = Observation(alone=False, order=OrderStatus.PLACED)
PAID = Observation(alone=False, order=OrderStatus.SHIPPING, payment=PaymentStatus.RECEIVED)
OVER = Observation(alone=False, order=OrderStatus.FULFILLED, payment=PaymentStatus.RECEIVED)
ALONE = Observation(alone=True, payment=PaymentStatus.CHARGING)

TERMINATE_PAYMENT = Terminate(Target.PAYMENT)


def refund(reference: str) -> Refund:
    return Refund(
        payment_id="o-1",
        reference=reference,
        reason=RefundReason.OPERATOR,
        amount=500,
        to_card=500,
        to_account=0,
        recorded=False,
        credited=True,
        requested_at=NOON,
        updated_at=NOON,
    )


def found(
    intervention: Intervention, seen: Observation, *refunds: Refund, order: Order = PAYS
) -> dict[str, bool]:
    """The workflows, and whether each is put right without the operator."""
    offered = candidates(intervention, {"o-1": order}, [("o-1", seen)], refunds)
    return {one.workflow_id: one.rights_itself for one in offered}


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (NEW, {"order/o-1": False}),
        (WAITS, {"order/o-1": False, "payment/o-1": True}),
        (PAID, {"order/o-1": False}),
        (OVER, {}),
        (ALONE, {"payment/o-1": False}),
    ],
)
def test_an_activity_of_whatever_is_under_way_may_be_paused(
    seen: Observation, expected: dict[str, bool]
) -> None:
    assert found(PauseActivity(), seen) == expected


def test_a_reset_of_an_order_is_of_no_payment() -> None:
    assert set(found(Reset(Target.ORDER, Point.LAST_TASK), WAITS)) == {"order/o-1"}
    assert set(found(Reset(Target.PAYMENT, Point.LAST_TASK), WAITS)) == {"payment/o-1"}


def test_an_undo_begins_again_by_itself_and_a_part_does_not() -> None:
    refunds = refund(WHOLE), refund("return-1")

    assert found(Terminate(Target.REFUND), OVER, *refunds) == {
        "refund/o-1": True,
        "refund/o-1/return-1": False,
    }


@pytest.mark.parametrize("action", [FailSavedCard("lost_card"), AwaitRetries(())])
def test_what_has_to_be_paid_is_reset_but_not_terminated(
    action: LaterAction | AwaitRetries,
) -> None:
    order = replace(PAYS, action=action)

    assert found(TERMINATE_PAYMENT, WAITS)
    assert not found(TERMINATE_PAYMENT, WAITS, order=order)
    assert found(Reset(Target.PAYMENT, Point.LAST_TASK), WAITS, order=order)
    assert found(Terminate(Target.REFUND), OVER, refund(WHOLE), order=order)


def test_a_payment_that_is_not_known_yet_is_not_chosen() -> None:
    unknown = candidates(TERMINATE_PAYMENT, {}, [("o-1", WAITS)], ())

    assert unknown == []
