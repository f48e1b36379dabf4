"""Every open order and payment has a running workflow, which waits for something known."""

from collections.abc import Iterator
from datetime import datetime

from verification.audit.records import Execution
from verification.audit.rows import Payment
from verification.audit.snapshot import Snapshot
from verification.audit.violation import Findings

FAILED = {"FAILED", "TIMED_OUT"}
ORDERS, PAYMENTS, REFUNDS = "OrderWorkflow", "PaymentWorkflow", "RefundWorkflow"


def every_open_order_has_a_running_workflow(snapshot: Snapshot) -> Findings:
    """An order that is not over has a running workflow."""
    for order in snapshot.books.orders:
        if not order.is_over and not snapshot.running(f"order/{order.id}"):
            yield f"order {order.id}", _stuck(snapshot, order.status, f"order/{order.id}")


def every_open_payment_has_a_running_workflow(snapshot: Snapshot) -> Findings:
    """A payment that is open or being given back has a running workflow."""
    for payment in snapshot.books.payments:
        workflows = [f"payment/{payment.id}"] if payment.is_open else []
        if payment.is_giving_back:
            # Right after PaymentCanceled the payment's own workflow credits the account.
            workflows = [f"refund/{payment.id}", f"payment/{payment.id}", f"order/{payment.id}"]
            refunds = snapshot.payment_refunds.get(payment.id, ())
            if any(one.is_owed for one in refunds):
                continue  # it waits for an operator
            workflows += [one.workflow for one in refunds]
        if workflows and not any(snapshot.running(workflow) for workflow in workflows):
            yield f"payment {payment.id}", _stuck(snapshot, payment.status, workflows[0])


def every_running_workflow_waits_for_something_known(snapshot: Snapshot) -> Findings:
    """An activity, a child, a bank, or a card until the deadline; never for a worker.

    Or until a charge whose request the card provider refuses is requested again: see
    `Report.parked`.
    """
    for execution in snapshot.executions:
        if not execution.is_running:
            continue
        kind, _, id = execution.id.partition("/")
        payment = snapshot.payments.get(id) if kind == "payment" else None
        waits_outside = payment is not None and (
            _waits_for_card(payment, execution.clock or snapshot.at)
            or _waits_for_bank(snapshot, payment)
            or (payment.is_open and payment.id in snapshot.refused_charges)
        )
        # The outcome of a pending refund is polled, or arrives as a webhook.
        waits_outside = waits_outside or execution.id in snapshot.pending_refunds
        if execution.is_deciding:
            yield f"workflow {execution.id}", "has a workflow task that no worker has executed"
        elif not (execution.activities or _children(snapshot, execution) or waits_outside):
            status = f", {payment.status}" if payment else ""
            yield f"workflow {execution.id}", f"waits for nothing known{status}"


def every_started_workflow_has_its_row(snapshot: Snapshot) -> Findings:
    """The workflow of an order or payment has a row in our database."""
    for execution in snapshot.executions:
        if execution.type in {ORDERS, PAYMENTS} and _is_unknown(snapshot, execution):
            found = f"{execution.status}, but has no row"
            yield f"workflow {execution.id}", found


def no_canceled_order_waits_for_a_card(snapshot: Snapshot) -> Findings:
    """The payment of an order that is being canceled ends, unless an activity is pending."""
    for order in snapshot.books.orders:
        payment = snapshot.payments.get(order.id)
        if order.status != "canceling" or payment is None or payment.status != "awaiting_card":
            continue
        workflows = [snapshot.running(f"order/{order.id}"), snapshot.running(f"payment/{order.id}")]
        if not any(one and (one.activities or one.is_deciding) for one in workflows):
            yield f"order {order.id}", f"{order.status}, but its payment is {payment.status}"


def no_undo_stands_still(snapshot: Snapshot) -> Findings:
    """No step that undoes an order or gives money back has failed many times."""
    for execution in snapshot.executions:
        if execution.failing and execution.is_running:
            steps = ", ".join(execution.failing)
            for subject in _being_undone(snapshot, execution):
                yield subject, f"{steps} of {execution.id} failed many times and is still retried"


def no_workflow_failed(snapshot: Snapshot) -> Findings:
    """Workflows retry without limit; ending one by force is allowed."""
    for execution in snapshot.executions:
        if execution.type in {ORDERS, PAYMENTS} and execution.status in FAILED:
            yield f"workflow {execution.id}", f"ended as {execution.status}"


def no_workflow_outlives_its_order(snapshot: Snapshot) -> Findings:
    """Neither the order's workflow, nor the payment's or the refund's."""
    for execution in snapshot.executions:
        _, _, id = execution.id.partition("/")
        if not execution.is_running or execution.type not in {ORDERS, PAYMENTS, REFUNDS}:
            continue
        order, payment = snapshot.orders.get(id), snapshot.payments.get(id)
        if order is not None and order.is_over:
            yield f"order {id}", f"{order.status}, but {execution.id} still runs"
        elif execution.type == PAYMENTS and payment is not None and not _may_run(payment):
            yield f"payment {id}", f"{payment.status}, but {execution.id} still runs"


def _being_undone(snapshot: Snapshot, execution: Execution) -> Iterator[str]:
    """The order that is being canceled, or else the payment that is being given back."""
    _, _, id = execution.id.partition("/")
    order, payment = snapshot.orders.get(id), snapshot.payments.get(id)
    if order is not None and order.status == "canceling":
        yield f"order {id}"
    elif payment is not None and payment.is_giving_back:
        yield f"payment {id}"
    elif execution.type == REFUNDS:
        yield f"workflow {execution.id}"


def _children(snapshot: Snapshot, execution: Execution) -> list[str]:
    """Those that will report their end: one that has ended reports it to no later run."""
    known = snapshot.executions_by_id
    return [one for one in execution.children if one not in known or known[one].is_running]


def _waits_for_card(payment: Payment, now: datetime) -> bool:
    if payment.status != "awaiting_card" or payment.waiting_since is None:
        return False
    return now < payment.waiting_since + payment.terms.waiting_time


def _waits_for_bank(snapshot: Snapshot, payment: Payment) -> bool:
    """The outcome of an open charge is polled, or arrives as a webhook."""
    return payment.status == "charging" and payment.id in snapshot.open_charges


def _may_run(payment: Payment) -> bool:
    return payment.is_open or payment.is_giving_back


def _is_unknown(snapshot: Snapshot, execution: Execution) -> bool:
    _, _, id = execution.id.partition("/")
    return id not in (snapshot.orders if execution.type == ORDERS else snapshot.payments)


def _stuck(snapshot: Snapshot, status: str, workflow: str) -> str:
    execution = snapshot.executions_by_id.get(workflow)
    return f"{status}, but {workflow} is {execution.status if execution else 'not there'}"
