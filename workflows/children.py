"""The child workflows of an order: its payment and its refund, run by the payment service."""

from datetime import datetime

from temporalio import workflow
from temporalio.workflow import ParentClosePolicy

from workflows.messages import OrderInput, PaymentInput, PaymentResult, RefundInput
from workflows.names import (
    TaskQueue,
    new_payment_attributes,
    payment_workflow_id,
    refund_workflow_id,
)
from workflows.web_ui import order as web_ui

with workflow.unsafe.imports_passed_through():
    from workflows.payment import PaymentWorkflow
    from workflows.refund import RefundWorkflow

PaymentHandle = workflow.ChildWorkflowHandle[PaymentWorkflow, PaymentResult]


async def request_payment(order: OrderInput) -> PaymentHandle:
    """Request the order's payment, which lives on without it to give back what it holds."""
    return await workflow.start_child_workflow(
        PaymentWorkflow.run,
        PaymentInput.for_order(order),
        id=payment_workflow_id(order.order_id),
        task_queue=TaskQueue.PAYMENTS,
        parent_close_policy=ParentClosePolicy.REQUEST_CANCEL,
        search_attributes=new_payment_attributes(order.customer_id),
        static_summary=f"Payment of order {order.order_id}",
        static_details=web_ui.of_payment(order),
    )


async def refund_payment(order: OrderInput, at: datetime) -> None:
    """Refund everything that is held of the order's payment."""
    await workflow.execute_child_workflow(
        RefundWorkflow.run,
        RefundInput(payment=PaymentInput.for_order(order), at=at),
        id=refund_workflow_id(order.order_id),
        task_queue=TaskQueue.PAYMENTS,
        parent_close_policy=ParentClosePolicy.ABANDON,
        static_summary=f"Refund the payment of order {order.order_id}",
        static_details=web_ui.of_payment(order),
    )
