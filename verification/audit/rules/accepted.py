"""Every accepted request had its effect, exactly once and as requested."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import chain
from typing import Any
from uuid import UUID, uuid5

from verification.audit.records import Receipt
from verification.audit.rows import Order
from verification.audit.snapshot import Snapshot
from verification.audit.violation import Findings

CREATED = 201

_REFERENCES = UUID("c1f0dd5c-3f2b-4a4e-8a55-7f2b3c6d9b10")
"""The UUID namespace of payment ids; each customer has a namespace of their own below it."""


def every_accepted_order_is_there(snapshot: Snapshot) -> Findings:
    """With the requested lines, customer and policy, at the total in the answer."""
    for receipt in _to(snapshot, "orders"):
        id, order = receipt.answer["id"], snapshot.orders.get(receipt.answer["id"])
        if order is None:
            yield f"order {id}", "was accepted, but does not exist"
        elif (requested := _requested_order(receipt)) != (found := _order(order)):
            yield f"order {id}", f"requested {requested}, found {found}"


def every_accepted_payment_is_there(snapshot: Snapshot) -> Findings:
    """With the requested amount, customer and reference."""
    for receipt in _to(snapshot, "payments"):
        id, payment = receipt.answer["id"], snapshot.payments.get(receipt.answer["id"])
        requested = tuple(receipt.body[name] for name in ("customer_id", "amount", "reference"))
        if payment is None:
            yield f"payment {id}", "was accepted, but does not exist"
        elif (found := (payment.customer_id, payment.amount, payment.reference)) != requested:
            yield f"payment {id}", f"requested {requested}, found {found}"


def every_accepted_customer_is_there(snapshot: Snapshot) -> Findings:
    """With the requested name and e-mail address."""
    for receipt in _to(snapshot, "customers"):
        id = receipt.body["id"]
        customer = snapshot.customers.get(id)
        requested = (receipt.body["name"], receipt.body["email"])
        if customer is None or (customer.name, customer.email) != requested:
            yield f"customer {id}", f"{requested} was accepted, found {customer}"


def every_accepted_credit_was_given_once(snapshot: Snapshot) -> Findings:
    """Its transfer exists with its amount, and only one request was answered with 201."""
    moved = Counter[str]()
    for receipt in _to(snapshot, "customers", None, "credits"):
        customer = receipt.path.split("/")[2]
        id = f"credit:{customer}:{receipt.body['reference']}"
        moved[id] += receipt.status == CREATED
        transfer = snapshot.transfers.get(id)
        requested = (receipt.body["amount"], f"customer:{customer}")
        if transfer is None or (transfer.amount, transfer.credit_account) != requested:
            yield f"transfer {id}", f"a credit of {requested} was accepted, found {transfer}"
    for id, times in moved.items():
        if times > 1:
            yield f"transfer {id}", f"{times} requests were answered that they created it"


def every_accepted_cancellation_is_done(snapshot: Snapshot) -> Findings:
    """The order is not fulfilled, with the reason that its customer canceled it."""
    for receipt in _to(snapshot, "orders", None, "cancel"):
        order = snapshot.orders.get(receipt.path.split("/")[2])
        if order is None or order.status == "canceling":
            continue
        if order.reason != "canceled_by_customer":
            yield f"order {order.id}", f"cancellation was accepted; it is {order.status}"


def one_key_is_one_order(snapshot: Snapshot) -> Findings:
    """However often the key is used; each request without a key is an order of its own."""
    by_key: defaultdict[str, set[str]] = defaultdict(set)
    keyless = Counter[str]()
    for receipt in _to(snapshot, "orders"):
        if receipt.key is None:
            keyless[receipt.answer["id"]] += 1
        else:
            by_key[receipt.key].add(receipt.answer["id"])
    for key, ids in by_key.items():
        if len(ids) > 1:
            yield f"key {key}", f"identifies {len(ids)} orders: {', '.join(sorted(ids))}"
        keyless.update(ids)
    for id, times in keyless.items():
        if times > 1:
            yield f"order {id}", f"is the answer to {times} separate requests for an order"


def one_reference_is_one_payment(snapshot: Snapshot) -> Findings:
    """However often it is requested; customers and the operator have separate references."""
    by_reference: defaultdict[tuple[str, str | None], set[str]] = defaultdict(set)
    accepted = (
        (receipt.body["customer_id"], receipt.body["reference"], receipt.answer["id"])
        for receipt in _to(snapshot, "payments")
    )
    requested = (
        (payment.customer_id, payment.reference, payment.id)
        for payment in snapshot.books.payments
        if payment.id not in snapshot.orders
    )
    for customer, reference, id in chain(accepted, requested):
        own = uuid5(uuid5(_REFERENCES, customer), reference)
        by_reference[reference, customer if id == str(own) else None].add(id)
    for (reference, _), ids in by_reference.items():
        if len(ids) > 1:
            yield f"reference {reference}", f"identifies payments {', '.join(sorted(ids))}"


def _to(snapshot: Snapshot, *path: str | None) -> Iterator[Receipt]:
    """The receipts of that path; None matches any id."""
    for receipt in snapshot.receipts:
        parts = receipt.path.split("/")[1:]
        if len(parts) == len(path) and all(
            wanted in (None, part) for part, wanted in zip(parts, path, strict=True)
        ):
            yield receipt


def _requested_order(receipt: Receipt) -> tuple[Any, ...]:
    lines = Counter((line["sku"], line["quantity"]) for line in receipt.body["lines"])
    policy = receipt.body.get("policy", "charge_first")
    return receipt.body["customer_id"], policy, lines, receipt.answer["total"]


def _order(order: Order) -> tuple[Any, ...]:
    lines = Counter((line.sku, line.quantity) for line in order.lines)
    return order.customer_id, order.policy, lines, order.total
