"""The child workflows of an order: its payment and its refund, run by the payment service."""

from datetime import datetime

from temporalio import workflow
from temporalio.common import WorkflowIDReusePolicy
from temporalio.workflow import ParentClosePolicy

from workflows import activity_options
from workflows.joined_child import EndedByForceError, JoinedChild
from workflows.messages import OrderInput, PaymentInput, PaymentResult, RefundInput
from workflows.names import (
    TaskQueue,
    customer_attributes,
    new_payment_attributes,
    payment_workflow_id,
    refund_workflow_id,
)
from workflows.web_ui import order as web_ui

with workflow.unsafe.imports_passed_through():
    from workflows.payment import PaymentWorkflow
    from workflows.refund import RefundWorkflow
REUSE = WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY
"""One that has completed is joined too; one that was ended by force goes on in another run."""


async def request_payment(order: OrderInput) -> JoinedChild[PaymentResult]:
    """Request the order's payment, which lives on without it to give back what it holds."""
    id = payment_workflow_id(order.order_id)
    return await JoinedChild(id, PaymentResult, order.agreement.backoff).start(
        workflow.start_child_workflow(
            PaymentWorkflow.run,
            PaymentInput.for_order(order),
            id=id,
            task_queue=TaskQueue.PAYMENTS,
            id_reuse_policy=REUSE,
            parent_close_policy=ParentClosePolicy.REQUEST_CANCEL,
            search_attributes=new_payment_attributes(
                order.customer_id, spares_history=order.agreement.spares_history
            ),
            static_summary=f"Payment of order {order.order_id}",
            static_details=web_ui.of_payment(order),
        )
    )


async def refund_payment(order: OrderInput, at: datetime) -> None:
    """Refund everything that is held of the order's payment, however often that is ended by force.

    What the former refund has given back is not given back again.
    """
    for pause in activity_options.pauses(order.agreement.backoff):
        try:
            return await (await _begin_refund(order, at))
        except EndedByForceError as error:
            workflow.logger.error("%s was ended by force, and begins again", error)
            await workflow.sleep(pause, summary="Begin the refund again")
    raise AssertionError  # `pauses` has no end


async def _begin_refund(order: OrderInput, at: datetime) -> JoinedChild[None]:
    id = refund_workflow_id(order.order_id)
    return await JoinedChild(id, type(None), order.agreement.backoff).start(
        workflow.start_child_workflow(
            RefundWorkflow.run,
            RefundInput(payment=PaymentInput.for_order(order), at=at),
            id=id,
            task_queue=TaskQueue.PAYMENTS,
            id_reuse_policy=REUSE,
            parent_close_policy=ParentClosePolicy.ABANDON,
            search_attributes=customer_attributes(order.customer_id),
            static_summary=f"Refund the payment of order {order.order_id}",
            static_details=web_ui.of_payment(order),
        )
    )
