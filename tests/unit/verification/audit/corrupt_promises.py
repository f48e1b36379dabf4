"""Corruptions to mails, workflows and accepted requests."""

from tests.unit.verification.audit.builders import LILY, NOON, day, with_card_link
from tests.unit.verification.audit.consistent_snapshot import ORDER, PAYMENT
from tests.unit.verification.audit.corruption import Corruptions, add, change, drop
from verification.audit.records import Execution, Message, Receipt, sent_text
from verification.audit.rows import Mail
from verification.audit.shared_values import digest
from verification.audit.snapshot import Snapshot

PROMISES = Corruptions()


@PROMISES.breaking("every_mail_has_its_cause")
def a_mail_without_a_cause(snapshot: Snapshot) -> None:
    add(
        snapshot.books.mails,
        Mail("payment:alone:canceled", "kermit", "Oh", digest("No"), None, NOON),
    )


@PROMISES.breaking("every_cause_has_its_mail")
def a_customer_is_not_notified(snapshot: Snapshot) -> None:
    drop(snapshot.books.mails, "payment:alone:received")
    drop(snapshot.messages, "<payment=3Aalone=3Areceived@example.com>")


@PROMISES.breaking("every_mail_is_delivered")
def a_mail_is_lost(snapshot: Snapshot) -> None:
    drop(snapshot.messages, "<payment=3Aalone=3Areceived@example.com>")


@PROMISES.breaking("every_mail_is_delivered")
def a_mail_is_delivered_twice(snapshot: Snapshot) -> None:
    add(snapshot.messages, snapshot.messages[0])


@PROMISES.breaking("every_mail_is_delivered")
def a_mail_that_is_always_true_is_obsolete(snapshot: Snapshot) -> None:
    drop(snapshot.messages, "<payment=3Aalone=3Areceived@example.com>")
    change(snapshot.books.mails, "payment:alone:received", obsolete_at=NOON)


@PROMISES.breaking("the_mailbox_has_nothing_else")
def a_mail_to_another_customer(snapshot: Snapshot) -> None:
    add(
        snapshot.messages,
        Message("<x@example.com>", "gonzo@example.com", "Hello", sent_text("Who?")),
    )


@PROMISES.breaking("every_mail_is_delivered", "the_mailbox_has_nothing_else")
def a_link_for_another_payment(snapshot: Snapshot) -> None:
    text = sent_text(with_card_link("Dear Kermit", "payment:alone:reminder:1"))
    change(snapshot.messages, "<payment=3Awaiting=3Areminder=3A1@example.com>", text=text)


@PROMISES.breaking("every_open_order_has_a_running_workflow")
def an_orders_workflow_was_terminated(snapshot: Snapshot) -> None:
    change(snapshot.executions, "order/waiting", status="TERMINATED")


@PROMISES.breaking("every_open_payment_has_a_running_workflow")
def a_payments_workflow_is_gone(snapshot: Snapshot) -> None:
    drop(snapshot.executions, "payment/waiting")


@PROMISES.breaking("every_running_workflow_waits_for_something_known")
def no_worker_executes_a_workflow_task(snapshot: Snapshot) -> None:
    change(snapshot.executions, "payment/waiting", is_deciding=True)


@PROMISES.breaking("every_running_workflow_waits_for_something_known")
def an_order_waits_for_nothing(snapshot: Snapshot) -> None:
    change(snapshot.executions, "order/waiting", children=())


@PROMISES.breaking("every_running_workflow_waits_for_something_known")
def an_order_waits_for_a_child_that_has_ended(snapshot: Snapshot) -> None:
    add(snapshot.executions, Execution("payment/alone", PAYMENT, "COMPLETED"))
    change(snapshot.executions, "order/waiting", children=("payment/alone",))


@PROMISES.breaking("every_running_workflow_waits_for_something_known", "no_reminder_is_forgotten")
def a_deadline_has_passed(snapshot: Snapshot) -> None:
    change(snapshot.executions, "payment/waiting", clock=day(14))


@PROMISES.breaking("every_started_workflow_has_its_row")
def an_accepted_order_ended_without_a_row(snapshot: Snapshot) -> None:
    add(snapshot.executions, Execution("order/ghost", ORDER, "COMPLETED"))


@PROMISES.breaking("no_canceled_order_waits_for_a_card")
def a_canceled_order_waits_for_a_card(snapshot: Snapshot) -> None:
    change(snapshot.books.orders, "waiting", status="canceling")


@PROMISES.breaking("no_undo_stands_still")
def goods_can_not_be_returned(snapshot: Snapshot) -> None:
    change(snapshot.books.orders, "waiting", status="canceling")
    failing = ("return_goods",)
    change(snapshot.executions, "order/waiting", activities=failing, failing=failing)


@PROMISES.breaking("no_workflow_failed")
def an_order_that_is_over_failed(snapshot: Snapshot) -> None:
    add(snapshot.executions, Execution("order/fulfilled", ORDER, "FAILED"))


@PROMISES.breaking("no_workflow_failed")
def a_payment_that_is_over_took_too_long(snapshot: Snapshot) -> None:
    add(snapshot.executions, Execution("payment/fulfilled", PAYMENT, "TIMED_OUT"))


@PROMISES.breaking("no_workflow_outlives_its_order")
def a_payment_outlives_its_order(snapshot: Snapshot) -> None:
    runs = Execution("payment/canceled", PAYMENT, "RUNNING", ("charge_card",))
    add(snapshot.executions, runs)


@PROMISES.breaking("no_workflow_outlives_its_order")
def a_refund_outlives_its_order(snapshot: Snapshot) -> None:
    runs = Execution("refund/undone", "RefundWorkflow", "RUNNING", ("refund_card",))
    add(snapshot.executions, runs)


@PROMISES.breaking("no_workflow_outlives_its_order")
def a_payment_runs_after_its_end(snapshot: Snapshot) -> None:
    add(snapshot.executions, Execution("payment/alone", PAYMENT, "RUNNING", ("charge_card",)))


@PROMISES.breaking("every_accepted_order_is_there")
def an_accepted_order_is_gone(snapshot: Snapshot) -> None:
    lines = [{"sku": "lily", "quantity": 1}]
    body = {"customer_id": "kermit", "lines": lines}
    add(snapshot.receipts, Receipt("/orders", None, body, 202, {"id": "ghost", "total": 2500}))


@PROMISES.breaking("every_accepted_order_is_there")
def an_accepted_order_is_another(snapshot: Snapshot) -> None:
    lines = [{"sku": "lily", "quantity": 2}]
    body = {"customer_id": "kermit", "lines": lines}
    answer = {"id": "sold-out", "total": 2500}
    add(snapshot.receipts, Receipt("/orders", "key-sold-out", body, 202, answer))


@PROMISES.breaking("every_accepted_payment_is_there")
def an_accepted_payment_is_gone(snapshot: Snapshot) -> None:
    body = {"customer_id": "kermit", "amount": 1, "reference": "invoice-9"}
    add(snapshot.receipts, Receipt("/payments", None, body, 202, {"id": "ghost"}))


@PROMISES.breaking("every_accepted_customer_is_there")
def an_accepted_customer_is_gone(snapshot: Snapshot) -> None:
    body = {"id": "gonzo", "name": "Gonzo", "email": "gonzo@example.com"}
    add(snapshot.receipts, Receipt("/customers", None, body, 201, {}))


@PROMISES.breaking("every_accepted_credit_was_given_once")
def an_accepted_credit_was_never_given(snapshot: Snapshot) -> None:
    body = {"amount": 1, "reference": "another"}
    add(snapshot.receipts, Receipt("/customers/kermit/credits", None, body, 201, {}))


@PROMISES.breaking("every_accepted_credit_was_given_once")
def a_credit_was_given_twice(snapshot: Snapshot) -> None:
    body = {"amount": 1000, "reference": "gift"}
    add(snapshot.receipts, Receipt("/customers/kermit/credits", None, body, 201, {}))


@PROMISES.breaking("every_accepted_cancellation_is_done")
def an_accepted_cancellation_is_forgotten(snapshot: Snapshot) -> None:
    add(snapshot.receipts, Receipt("/orders/fulfilled/cancel", None, {}, 202, {}))


@PROMISES.breaking("one_key_is_one_order")
def one_key_stands_for_two_orders(snapshot: Snapshot) -> None:
    lines = [{"sku": "lily", "quantity": 1}]
    body = {"customer_id": "kermit", "lines": lines, "policy": "charge_first"}
    answer = {"id": "undone", "total": LILY.price}
    add(snapshot.receipts, Receipt("/orders", "key-canceled", body, 202, answer))


@PROMISES.breaking("one_key_is_one_order")
def two_orders_without_a_key_are_one(snapshot: Snapshot) -> None:
    lines = [{"sku": "lily", "quantity": 1}]
    body = {"customer_id": "kermit", "lines": lines, "policy": "charge_first"}
    answer = {"id": "undone", "total": LILY.price}
    add(snapshot.receipts, Receipt("/orders", None, body, 202, answer))


@PROMISES.breaking("one_reference_is_one_payment", "every_accepted_payment_is_there")
def one_reference_stands_for_two_payments(snapshot: Snapshot) -> None:
    body = {"customer_id": "kermit", "amount": 50, "reference": "invoice-7"}
    add(snapshot.receipts, Receipt("/payments", None, body, 202, {"id": "fulfilled"}))


@PROMISES.breaking("no_undo_stands_still", "no_workflow_outlives_its_order")
def money_can_not_be_given_back(snapshot: Snapshot) -> None:
    failing = ("refund_card",)
    refund = Execution("refund/undone", "RefundWorkflow", "RUNNING", failing, failing=failing)
    add(snapshot.executions, refund)
