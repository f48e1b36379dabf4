"""What clients were told is accepted: it is there, once, and as they asked for it."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid5

from verification.audit.records import Receipt
from verification.audit.rows import Order
from verification.audit.snapshot import World
from verification.audit.violation import Findings

CREATED = 201

_REFERENCES = UUID("c1f0dd5c-3f2b-4a4e-8a55-7f2b3c6d9b10")
"""The name space of payment ids; a customer's own are in the customer's below it."""


def every_accepted_order_is_there(world: World) -> Findings:
    """With the lines, the customer and the policy that were asked for, at the price answered."""
    for receipt in _to(world, "orders"):
        id, order = receipt.answer["id"], world.orders.get(receipt.answer["id"])
        if order is None:
            yield f"order {id}", "was accepted, and is not there"
        elif (asked := _asked_order(receipt)) != (there := _order(order)):
            yield f"order {id}", f"asked for was {asked}, and there is {there}"


def every_accepted_payment_is_there(world: World) -> Findings:
    """With the amount, the customer and the reference that were asked for."""
    for receipt in _to(world, "payments"):
        id, payment = receipt.answer["id"], world.payments.get(receipt.answer["id"])
        asked = tuple(receipt.body[name] for name in ("customer_id", "amount", "reference"))
        if payment is None:
            yield f"payment {id}", "was accepted, and is not there"
        elif (there := (payment.customer_id, payment.amount, payment.reference)) != asked:
            yield f"payment {id}", f"asked for was {asked}, and there is {there}"


def every_accepted_customer_is_there(world: World) -> Findings:
    """With name and address."""
    for receipt in _to(world, "customers"):
        id = receipt.body["id"]
        customer = world.customers.get(id)
        asked = (receipt.body["name"], receipt.body["email"])
        if customer is None or (customer.name, customer.email) != asked:
            yield f"customer {id}", f"{asked} was accepted, and there is {customer}"


def every_accepted_credit_was_given_once(world: World) -> Findings:
    """Its transfer is there with its amount, and only one request was told that it moved it."""
    moved = Counter[str]()
    for receipt in _to(world, "customers", None, "credits"):
        customer = receipt.path.split("/")[2]
        id = f"credit:{customer}:{receipt.body['reference']}"
        moved[id] += receipt.status == CREATED
        transfer = world.transfers.get(id)
        asked = (receipt.body["amount"], f"customer:{customer}")
        if transfer is None or (transfer.amount, transfer.credit_account) != asked:
            yield f"transfer {id}", f"a credit of {asked} was accepted, and there is {transfer}"
    for id, times in moved.items():
        if times > 1:
            yield f"transfer {id}", f"{times} requests were told that they had it made"


def every_accepted_cancellation_is_done(world: World) -> Findings:
    """The order comes to nothing, because of its customer."""
    for receipt in _to(world, "orders", None, "cancel"):
        order = world.orders.get(receipt.path.split("/")[2])
        if order is None or order.status == "canceling":
            continue
        if order.reason != "canceled_by_customer":
            yield f"order {order.id}", f"cancellation was accepted; it is {order.status}"


def one_key_is_one_order(world: World) -> Findings:
    """However often it is used; and without one, each request is an order of its own."""
    by_key: defaultdict[str, set[str]] = defaultdict(set)
    keyless = Counter[str]()
    for receipt in _to(world, "orders"):
        if receipt.key is None:
            keyless[receipt.answer["id"]] += 1
        else:
            by_key[receipt.key].add(receipt.answer["id"])
    for key, ids in by_key.items():
        if len(ids) > 1:
            yield f"key {key}", f"stands for {len(ids)} orders: {', '.join(sorted(ids))}"
        keyless.update(ids)
    for id, times in keyless.items():
        if times > 1:
            yield f"order {id}", f"is the answer to {times} requests for an order of its own"


def one_reference_is_one_payment(world: World) -> Findings:
    """However often it is asked for; a customer and the operator each have references of theirs."""
    by_reference: defaultdict[tuple[str, str | None], set[str]] = defaultdict(set)
    asked = [(receipt.body, receipt.answer["id"]) for receipt in _to(world, "payments")]
    requested = [
        ({"customer_id": payment.customer_id, "reference": payment.reference}, payment.id)
        for payment in world.books.payments
        if payment.id not in world.orders
    ]
    for body, id in asked + requested:
        own = uuid5(uuid5(_REFERENCES, body["customer_id"]), body["reference"])
        whose = body["customer_id"] if id == str(own) else None
        by_reference[body["reference"], whose].add(id)
    for (reference, _), ids in by_reference.items():
        if len(ids) > 1:
            yield f"reference {reference}", f"stands for payments {', '.join(sorted(ids))}"


def _to(world: World, *path: str | None) -> Iterator[Receipt]:
    """The receipts of that path, None being any id."""
    for receipt in world.receipts:
        parts = receipt.path.split("/")[1:]
        if len(parts) == len(path) and all(
            wanted in (None, part) for part, wanted in zip(parts, path, strict=True)
        ):
            yield receipt


def _asked_order(receipt: Receipt) -> tuple[Any, ...]:
    lines = Counter((line["sku"], line["quantity"]) for line in receipt.body["lines"])
    policy = receipt.body.get("policy", "charge_first")
    return receipt.body["customer_id"], policy, lines, receipt.answer["total"]


def _order(order: Order) -> tuple[Any, ...]:
    lines = Counter((line.sku, line.quantity) for line in order.lines)
    return order.customer_id, order.policy, lines, order.total
