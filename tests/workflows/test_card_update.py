"""A customer's new card reaches the payments that may still need it, and no other."""

from tests.workflows.office import Office
from workflows.card_update import CardUpdateWorkflow
from workflows.messages import CardUpdateInput, CardUpdateResult, PaymentOutcome
from workflows.names import TaskQueue, card_update_name


async def update_card(office: Office, customer: str) -> CardUpdateResult:
    return await office.client.execute_workflow(
        CardUpdateWorkflow.run,
        CardUpdateInput(customer_id=customer, payment_method="pm_good"),
        id=card_update_name(customer),
        task_queue=TaskQueue.PAYMENTS,
    )


async def test_every_waiting_payment_is_told_and_the_card_is_kept(office: Office) -> None:
    customer = office.customer(None)
    waiting = [await office.request_payment(customer) for _ in range(2)]
    for payment in waiting:
        await office.waiting(payment)

    result = await update_card(office, customer)

    assert sorted(f"payment/{id}" for id in result.payments) == sorted(one.id for one in waiting)
    for payment in waiting:
        assert (await payment.result()).outcome is PaymentOutcome.RECEIVED
    later = await office.request_payment(customer)
    assert (await later.result()).outcome is PaymentOutcome.RECEIVED


async def test_a_payment_that_ended_meanwhile_is_no_fault(office: Office) -> None:
    """Its row was read as open, and then there is no workflow any more that could be told."""
    customer = office.customer(None)
    office.payment_without_workflow(customer)

    assert (await update_card(office, customer)).payments == ()
