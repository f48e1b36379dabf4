"""Damages to mails, workflows, and what clients were told is accepted."""

from tests.unit.verification.audit.builders import LILY, NOON, day, with_card_link
from tests.unit.verification.audit.consistent_snapshot import ORDER, PAYMENT
from tests.unit.verification.audit.corruption import Damages, add, change, drop
from verification.audit.records import Execution, Message, Receipt
from verification.audit.rows import Mail
from verification.audit.snapshot import World

PROMISES = Damages()


@PROMISES.breaking("every_mail_has_its_cause")
def a_mail_without_a_cause(world: World) -> None:
    add(world.books.mails, Mail("payment:alone:canceled", "kermit", "Oh", "No", None, NOON))


@PROMISES.breaking("every_cause_has_its_mail")
def nobody_is_told(world: World) -> None:
    drop(world.books.mails, "payment:alone:received")
    drop(world.messages, "<payment=3Aalone=3Areceived@example.com>")


@PROMISES.breaking("every_mail_is_delivered")
def a_mail_is_lost(world: World) -> None:
    drop(world.messages, "<payment=3Aalone=3Areceived@example.com>")


@PROMISES.breaking("every_mail_is_delivered")
def a_mail_is_delivered_twice(world: World) -> None:
    add(world.messages, world.messages[0])


@PROMISES.breaking("the_mailbox_has_nothing_else")
def a_mail_to_somebody_else(world: World) -> None:
    add(world.messages, Message("<x@example.com>", "gonzo@example.com", "Hello", "Who?"))


@PROMISES.breaking("every_mail_is_delivered", "the_mailbox_has_nothing_else")
def a_link_for_another_payment(world: World) -> None:
    text = with_card_link("Dear Kermit", "payment:alone:reminder:1")
    change(world.messages, "<payment=3Awaiting=3Areminder=3A1@example.com>", text=text)


@PROMISES.breaking("every_order_is_over_or_goes_on")
def an_orders_workflow_was_terminated(world: World) -> None:
    change(world.executions, "order/waiting", status="TERMINATED")


@PROMISES.breaking("every_payment_is_over_or_goes_on")
def a_payments_workflow_is_gone(world: World) -> None:
    drop(world.executions, "payment/waiting")


@PROMISES.breaking("what_runs_waits_for_a_named_thing")
def nobody_carries_a_workflow_on(world: World) -> None:
    change(world.executions, "payment/waiting", is_deciding=True)


@PROMISES.breaking("what_runs_waits_for_a_named_thing")
def an_order_waits_for_nothing(world: World) -> None:
    change(world.executions, "order/waiting", children=())


@PROMISES.breaking("what_runs_waits_for_a_named_thing", "no_reminder_is_forgotten")
def a_deadline_has_passed(world: World) -> None:
    change(world.executions, "payment/waiting", clock=day(14))


@PROMISES.breaking("what_is_accepted_is_written_down")
def an_accepted_order_ended_before_it_was_written_down(world: World) -> None:
    add(world.executions, Execution("order/ghost", ORDER, "COMPLETED"))


@PROMISES.breaking("what_is_canceled_waits_for_no_card")
def a_canceled_order_waits_for_a_card(world: World) -> None:
    change(world.books.orders, "waiting", status="canceling")


@PROMISES.breaking("no_workflow_failed")
def an_order_that_is_over_failed(world: World) -> None:
    add(world.executions, Execution("order/fulfilled", ORDER, "FAILED"))


@PROMISES.breaking("no_workflow_failed")
def a_payment_that_is_over_took_too_long(world: World) -> None:
    add(world.executions, Execution("payment/fulfilled", PAYMENT, "TIMED_OUT"))


@PROMISES.breaking("no_workflow_outlives_its_order")
def a_payment_outlives_its_order(world: World) -> None:
    runs = Execution("payment/canceled", PAYMENT, "RUNNING", ("charge_card",))
    add(world.executions, runs)


@PROMISES.breaking("no_workflow_outlives_its_order")
def a_refund_outlives_its_order(world: World) -> None:
    runs = Execution("refund/undone", "RefundWorkflow", "RUNNING", ("refund_card",))
    add(world.executions, runs)


@PROMISES.breaking("no_workflow_outlives_its_order")
def a_payment_goes_on_after_its_end(world: World) -> None:
    add(world.executions, Execution("payment/alone", PAYMENT, "RUNNING", ("charge_card",)))


@PROMISES.breaking("every_accepted_order_is_there")
def an_accepted_order_is_gone(world: World) -> None:
    lines = [{"sku": "lily", "quantity": 1}]
    body = {"customer_id": "kermit", "lines": lines}
    add(world.receipts, Receipt("/orders", None, body, 202, {"id": "ghost", "total": 2500}))


@PROMISES.breaking("every_accepted_order_is_there")
def an_accepted_order_is_another(world: World) -> None:
    lines = [{"sku": "lily", "quantity": 2}]
    body = {"customer_id": "kermit", "lines": lines}
    answer = {"id": "sold-out", "total": 2500}
    add(world.receipts, Receipt("/orders", "key-sold-out", body, 202, answer))


@PROMISES.breaking("every_accepted_payment_is_there")
def an_accepted_payment_is_gone(world: World) -> None:
    body = {"customer_id": "kermit", "amount": 1, "reference": "invoice-9"}
    add(world.receipts, Receipt("/payments", None, body, 202, {"id": "ghost"}))


@PROMISES.breaking("every_accepted_customer_is_there")
def an_accepted_customer_is_gone(world: World) -> None:
    body = {"id": "gonzo", "name": "Gonzo", "email": "gonzo@example.com"}
    add(world.receipts, Receipt("/customers", None, body, 201, {}))


@PROMISES.breaking("every_accepted_credit_was_given_once")
def an_accepted_credit_was_never_given(world: World) -> None:
    body = {"amount": 1, "reference": "another"}
    add(world.receipts, Receipt("/customers/kermit/credits", None, body, 201, {}))


@PROMISES.breaking("every_accepted_credit_was_given_once")
def a_credit_was_given_twice(world: World) -> None:
    body = {"amount": 1000, "reference": "gift"}
    add(world.receipts, Receipt("/customers/kermit/credits", None, body, 201, {}))


@PROMISES.breaking("every_accepted_cancellation_is_done")
def an_accepted_cancellation_is_forgotten(world: World) -> None:
    add(world.receipts, Receipt("/orders/fulfilled/cancel", None, {}, 202, {}))


@PROMISES.breaking("one_key_is_one_order")
def one_key_stands_for_two_orders(world: World) -> None:
    lines = [{"sku": "lily", "quantity": 1}]
    body = {"customer_id": "kermit", "lines": lines, "policy": "charge_first"}
    answer = {"id": "undone", "total": LILY.price}
    add(world.receipts, Receipt("/orders", "key-canceled", body, 202, answer))


@PROMISES.breaking("one_key_is_one_order")
def two_orders_without_a_key_are_one(world: World) -> None:
    lines = [{"sku": "lily", "quantity": 1}]
    body = {"customer_id": "kermit", "lines": lines, "policy": "charge_first"}
    answer = {"id": "undone", "total": LILY.price}
    add(world.receipts, Receipt("/orders", None, body, 202, answer))


@PROMISES.breaking("one_reference_is_one_payment", "every_accepted_payment_is_there")
def one_reference_stands_for_two_payments(world: World) -> None:
    body = {"customer_id": "kermit", "amount": 50, "reference": "invoice-7"}
    add(world.receipts, Receipt("/payments", None, body, 202, {"id": "fulfilled"}))
