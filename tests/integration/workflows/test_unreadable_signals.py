"""Signals and updates whose key the worker does not have."""

from pathlib import Path

import pytest
from temporalio.client import Client, WorkflowUpdateFailedError
from temporalio.converter import DataConverter
from temporalio.worker import Replayer

from dev.temporal_server.server import TemporalServer
from domain.statuses import CancellationReason
from security.payload_keys import Accepted, PayloadKeys, new_key
from temporal.client import data_converter
from temporal.sandbox import SANDBOX
from tests.integration.workflows.harness import Harness, OrderHandle, PaymentHandle, open_office
from workflows.messages import CardDetailsUpdated, PaymentOutcome
from workflows.order import OrderWorkflow
from workflows.payment import PaymentWorkflow

OWN, OTHER = new_key("own"), new_key("other")
BOTH = f"{OWN},{OTHER}"


def converter(keys: str) -> DataConverter:
    # Plaintext too: one of these payments begins without keys.
    return data_converter(PayloadKeys.parse(keys), Accepted.ANY)


async def signal_with(keys: str, harness: Harness, payment: PaymentHandle, card: str) -> None:
    """As a process with these keys sends it."""
    service = harness.client.service_client.config.target_host
    client = await Client.connect(service, data_converter=converter(keys))
    handle = client.get_workflow_handle_for(PaymentWorkflow.run, payment.id)
    update = CardDetailsUpdated(payment_method=card)
    await handle.signal(PaymentWorkflow.card_details_updated, update)


async def update_with(keys: str, harness: Harness, order: OrderHandle) -> None:
    """Cancel the order, as a process with these keys does that sends something along."""
    service = harness.client.service_client.config.target_host
    client = await Client.connect(service, data_converter=converter(keys))
    await client.get_workflow_handle(order.id).execute_update("cancel_order", "please")


async def replay(workflow: PaymentHandle | OrderHandle, keys: str) -> None:
    replayer = Replayer(
        workflows=[PaymentWorkflow, OrderWorkflow],
        workflow_runner=SANDBOX,
        data_converter=converter(keys),
        namespace="default",  # ciphertext is bound to it
    )
    await replayer.replay_workflow(await workflow.fetch_history())


@pytest.mark.parametrize("keys", [OWN, ""], ids=["other keys", "no keys"])
async def test_a_signal_with_an_unknown_key_stops_nothing(
    temporal: TemporalServer, tmp_path: Path, keys: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_office(temporal.address, tmp_path, converter(keys)) as harness:
        payment = await harness.request_payment(harness.customer("pm_bad"))
        await harness.waiting(payment)

        await signal_with(OTHER, harness, payment, "pm_unread")
        await harness.until(lambda: "does not have its key 'other'" in caplog.text)
        await harness.update_card(payment, "pm_good")

        assert (await payment.result()).outcome is PaymentOutcome.RECEIVED
        assert [card.payment_method for card in harness.cards.asked] == ["pm_bad", "pm_good"]
        # The key is added later, and what was dropped stays dropped.
        await replay(payment, f"{keys},{OTHER}" if keys else OTHER)
        await replay(payment, keys)


async def test_a_signal_that_was_read_waits_for_its_key(
    temporal: TemporalServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_office(temporal.address, tmp_path, converter(BOTH)) as harness:
        payment = await harness.request_payment(harness.customer("pm_bad"))
        await harness.waiting(payment)
        await signal_with(OTHER, harness, payment, "pm_good")
        assert (await payment.result()).outcome is PaymentOutcome.RECEIVED

        await replay(payment, BOTH)
        # Nor does anything go on with a start that can't be read.
        for keys, missing in ((OWN, "other"), (OTHER, "own")):
            with pytest.raises(RuntimeError):
                await replay(payment, keys)
            assert f"encrypted with the key {missing!r}" in caplog.text


@pytest.mark.parametrize("keys", [OWN, ""], ids=["other keys", "no keys"])
async def test_an_update_with_an_unknown_key_is_refused_and_stops_nothing(
    temporal: TemporalServer, tmp_path: Path, keys: str
) -> None:
    async with open_office(temporal.address, tmp_path, converter(keys)) as harness:
        order = await harness.place_order(harness.customer("pm_bad"))
        await harness.waiting(harness.payment_of(order))

        with pytest.raises(WorkflowUpdateFailedError):
            await update_with(OTHER, harness, order)
        await harness.update_card(harness.payment_of(order), "pm_good")

        assert (await order.result()).reason is None
        await replay(order, keys)
        await replay(order, f"{keys},{OTHER}" if keys else OTHER)


async def test_an_update_that_was_read_waits_for_its_key(
    temporal: TemporalServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_office(temporal.address, tmp_path, converter(BOTH)) as harness:
        order = await harness.place_order(harness.customer("pm_bad"))
        await harness.waiting(harness.payment_of(order))
        await update_with(f"{OTHER},{OWN}", harness, order)
        assert (await order.result()).reason is CancellationReason.CANCELED_BY_CUSTOMER

        await replay(order, BOTH)
        with pytest.raises(RuntimeError):
            await replay(order, OWN)
        assert "encrypted with the key 'other'" in caplog.text
