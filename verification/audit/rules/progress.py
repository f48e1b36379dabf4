"""Whatever is not over goes on: Temporal has its workflow, which waits for a named thing."""

from datetime import datetime

from verification.audit.records import Execution
from verification.audit.rows import Payment
from verification.audit.snapshot import World
from verification.audit.violation import Findings

FAILED = {"FAILED", "TIMED_OUT"}
ORDERS, PAYMENTS, REFUNDS = "OrderWorkflow", "PaymentWorkflow", "RefundWorkflow"


def every_order_is_over_or_goes_on(world: World) -> Findings:
    """An order that is not over has a running workflow."""
    for order in world.books.orders:
        if not order.is_over and not world.running(f"order/{order.id}"):
            yield f"order {order.id}", _stuck(world, order.status, f"order/{order.id}")


def every_payment_is_over_or_goes_on(world: World) -> Findings:
    """So has a payment that is open, and one that is being given back."""
    for payment in world.books.payments:
        workflows = [f"payment/{payment.id}"] if payment.is_open else []
        if payment.is_giving_back:
            # Right after PaymentCanceled it is the payment itself that credits the account.
            workflows = [f"refund/{payment.id}", f"payment/{payment.id}", f"order/{payment.id}"]
        if workflows and not any(world.running(workflow) for workflow in workflows):
            yield f"payment {payment.id}", _stuck(world, payment.status, workflows[0])


def what_runs_waits_for_a_named_thing(world: World) -> Findings:
    """An activity, a child, a bank, or a card until the deadline; nobody waits for a worker."""
    for execution in world.executions:
        if not execution.is_running:
            continue
        kind, _, id = execution.id.partition("/")
        payment = world.payments.get(id) if kind == "payment" else None
        waits_outside = payment is not None and (
            _waits_for_card(payment, execution.clock or world.at) or _waits_for_bank(world, payment)
        )
        if execution.is_deciding:
            yield f"workflow {execution.id}", "a worker should be carrying it on"
        elif not (execution.activities or execution.children or waits_outside):
            status = f", {payment.status}" if payment else ""
            yield f"workflow {execution.id}", f"waits for nothing that has a name{status}"


def what_is_accepted_is_written_down(world: World) -> Findings:
    """The workflow of an order or payment has its row."""
    for execution in world.executions:
        if execution.type in {ORDERS, PAYMENTS} and _is_unknown(world, execution):
            found = f"{execution.status}, but nothing of it is written down"
            yield f"workflow {execution.id}", found


def what_is_canceled_waits_for_no_card(world: World) -> Findings:
    """An order that is being undone has its payment ended, unless something is under way."""
    for order in world.books.orders:
        payment = world.payments.get(order.id)
        if order.status != "canceling" or payment is None or payment.status != "awaiting_card":
            continue
        workflows = [world.running(f"order/{order.id}"), world.running(f"payment/{order.id}")]
        if not any(one and (one.activities or one.is_deciding) for one in workflows):
            yield f"order {order.id}", f"{order.status}, but its payment is {payment.status}"


def no_workflow_failed(world: World) -> Findings:
    """They retry; who ends one by force is another matter."""
    for execution in world.executions:
        if execution.type in {ORDERS, PAYMENTS} and execution.status in FAILED:
            yield f"workflow {execution.id}", f"ended as {execution.status}"


def no_workflow_outlives_its_order(world: World) -> Findings:
    """Nor its payment."""
    for execution in world.executions:
        _, _, id = execution.id.partition("/")
        if not execution.is_running or execution.type not in {ORDERS, PAYMENTS, REFUNDS}:
            continue
        order, payment = world.orders.get(id), world.payments.get(id)
        if order is not None and order.is_over:
            yield f"order {id}", f"{order.status}, but {execution.id} still runs"
        elif execution.type == PAYMENTS and payment is not None and not _lives(payment):
            yield f"payment {id}", f"{payment.status}, but {execution.id} still runs"


def _waits_for_card(payment: Payment, now: datetime) -> bool:
    if payment.status != "awaiting_card" or payment.waiting_since is None:
        return False
    return now < payment.waiting_since + payment.terms.waiting_time


def _waits_for_bank(world: World, payment: Payment) -> bool:
    """It is asked again after a while, or tells us."""
    return payment.status == "charging" and payment.id in world.open_charges


def _lives(payment: Payment) -> bool:
    return payment.is_open or payment.is_giving_back


def _is_unknown(world: World, execution: Execution) -> bool:
    _, _, id = execution.id.partition("/")
    return id not in (world.orders if execution.type == ORDERS else world.payments)


def _stuck(world: World, status: str, workflow: str) -> str:
    execution = world.executions_by_id.get(workflow)
    return f"{status}, but {workflow} is {execution.status if execution else 'not there'}"
