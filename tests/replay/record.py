"""Makes the committed histories: `python -m tests.replay.record`, when a change is meant to be one.

Each is named as its workflow and how that one ended, or what it was waiting for.
"""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from temporalio.client import WorkflowHandle

from domain.names import OrderPolicy
from temporal.server import temporal_server
from tests.workflows.office import Office, open_office

HISTORIES = Path(__file__).parent / "histories"

Recorded = dict[str, WorkflowHandle[Any, Any]]


async def fulfilled(office: Office) -> Recorded:
    """Each policy, paid by card and account."""
    recorded: Recorded = {}
    for policy in OrderPolicy:
        order = await office.place_order(office.customer("pm_good", balance=500), policy)
        await order.result()
        recorded[f"order-fulfilled-{policy}"] = order
        recorded[f"payment-received-{policy}"] = office.payment_of(order)
    return recorded


async def not_paid(office: Office) -> Recorded:
    """Each policy, canceled at the deadline; caught waiting before."""
    recorded: Recorded = {}
    for policy in OrderPolicy:
        order = await office.place_order(office.customer("pm_bad", balance=500), policy)
        payment = office.payment_of(order)
        await office.waiting(payment)
        await office.fast_forward(payment, 14)
        await order.result()
        recorded[f"order-not-paid-{policy}"] = order
        recorded[f"payment-canceled-{policy}"] = payment
    return recorded


async def waiting(office: Office) -> Recorded:
    """Reminded twice, a second card declined, still waiting."""
    order = await office.place_order(office.customer("pm_bad"))
    payment = office.payment_of(order)
    await office.waiting(payment)
    await office.fast_forward(payment, 5)
    await office.until(lambda: office.see(payment).reminders_sent == 2)
    await office.update_card(payment, "pm_bad_too")
    await office.until(lambda: office.events(payment).count("CreditCardFailed") == 2)
    return {"order-awaiting-payment": order, "payment-awaiting-card": payment}


async def card_updated(office: Office) -> Recorded:
    """Received in the end."""
    payment = await office.request_payment(office.customer("pm_bad"))
    await office.waiting(payment)
    await office.update_card(payment, "pm_good")
    await payment.result()
    return {"payment-received-by-second-card": payment}


async def canceled(office: Office) -> Recorded:
    """By the customer, while the payment waits."""
    order = await office.place_order(office.customer("pm_bad", balance=500))
    payment = office.payment_of(order)
    await office.waiting(payment)
    await order.execute_update("cancel_order")
    await order.result()
    return {"order-canceled-by-customer": order, "payment-canceled-by-customer": payment}


async def goods_unavailable(office: Office) -> Recorded:
    """After the payment, which is refunded."""
    order = await office.place_order(office.customer("pm_good", balance=500), stock=0)
    await order.result()
    refund = office.client.get_workflow_handle(order.id.replace("order/", "refund/"))
    return {"order-goods-unavailable": order, "refund-done": refund}


SCENARIOS: tuple[Callable[[Office], Awaitable[Recorded]], ...] = (
    fulfilled,
    not_paid,
    waiting,
    card_updated,
    canceled,
    goods_unavailable,
)


async def record(address: str, folder: Path) -> None:
    """Plays every scenario and writes down what Temporal recorded."""
    async with open_office(address, folder) as office:
        for scenario in SCENARIOS:
            for name, handle in (await scenario(office)).items():
                history = await handle.fetch_history()
                (HISTORIES / f"{name}.json").write_text(history.to_json() + "\n")


def main() -> None:
    """On a server and a database of its own."""
    with tempfile.TemporaryDirectory() as folder, temporal_server(Path(folder)) as server:
        asyncio.run(record(server.address, Path(folder)))


if __name__ == "__main__":
    main()
