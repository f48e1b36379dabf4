"""Orders and payments that began under the code of yesterday must go on under today's.

If one of these fails, workflows under way would too: bring the old sequence of commands back, or
keep it beside the new one with `workflow.patched`. Only then make the histories anew
(`python -m tests.replay.record`).
"""

from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer
from temporalio.workflow import NondeterminismError

from domain.names import OrderPolicy, OrderStep
from domain.order import SEQUENCES
from tests.replay.record import HISTORIES
from workflow_sandbox import SANDBOX
from workflows.card_update import CardUpdateWorkflow
from workflows.order import OrderWorkflow
from workflows.payment import PaymentWorkflow
from workflows.refund import RefundWorkflow

RECORDED = sorted(HISTORIES.glob("*.json"))


async def replay(name: str, history: str) -> None:
    replayer = Replayer(
        workflows=[OrderWorkflow, PaymentWorkflow, RefundWorkflow, CardUpdateWorkflow],
        data_converter=pydantic_data_converter,
        workflow_runner=SANDBOX,
    )
    await replayer.replay_workflow(WorkflowHistory.from_json(name, history))


def test_there_are_histories_to_replay() -> None:
    assert {path.stem.partition("-")[0] for path in RECORDED} == {"order", "payment", "refund"}


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
async def test_a_recorded_workflow_goes_on(path: Path) -> None:
    await replay(path.stem, path.read_text())  # noqa: ASYNC240  nobody else waits


async def test_a_changed_sequence_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    changed = (OrderStep.GOODS, OrderStep.SHIPMENT, OrderStep.PAYMENT)
    monkeypatch.setitem(SEQUENCES, OrderPolicy.CHARGE_FIRST, changed)

    [path] = [path for path in RECORDED if path.stem == "order-fulfilled-charge_first"]
    with pytest.raises(NondeterminismError):
        await replay(path.stem, path.read_text())
