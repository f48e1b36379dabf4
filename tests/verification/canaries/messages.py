"""What an operator may send to Temporal, past the API: every message of every workflow."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, cast

from pydantic import BaseModel
from temporalio.workflow import _Definition  # pyright: ignore[reportPrivateUsage]

from tests.verification.canaries.numbers import CVC, CVC_FIELDS, numbers, whole
from worker import Contexts
from workflows.names import TaskQueue

EXAMPLES = {
    "payment_method": "pm_card_chargeDeclined",
    "currency": "EUR",
    "policy": "charge_first",
    "first": "PT1S",
    "longest": "PT1M",
    "lines": [{"sku": "lily", "name": "Pond lily", "quantity": 1, "price": 2500}],
}
"""What is good for a field of that name; texts are `kermit`, numbers 1, moments in 2026."""

FREE = {"sku", "name", "reference", "public_url"}
"""Fields that take any text."""


@dataclass(frozen=True)
class Start:
    """A workflow's input with a canary in it."""

    workflow: str
    queue: TaskQueue
    input: Any


@dataclass(frozen=True)
class Sent:
    """A signal, an update or a query, with a canary in its argument."""

    workflow: str
    kind: str
    name: str
    argument: Any


def messages(contexts: Contexts) -> Iterator[Start | Sent]:
    """Every one that the workflows know, with a canary in each text; and some they don't know."""
    fresh = numbers()
    for queue, workflows in contexts.workflows.items():
        for workflow in workflows:
            known = _Definition.must_from_class(workflow)
            name = str(known.name)
            for input in _spoilt(known.arg_types, fresh):
                yield Start(name, queue, input)
            kinds = {"signal": known.signals, "update": known.updates, "query": known.queries}
            for kind, handlers in kinds.items():
                for handler, definition in handlers.items():
                    for argument in _spoilt(definition.arg_types, fresh):
                        yield Sent(name, kind, str(handler), argument)
                unknown = {"payment_method": whole(next(fresh)), "cvc": CVC}
                yield Sent(name, kind, "no_such_thing", unknown)


def _spoilt(types: list[type] | None, fresh: Iterator[str]) -> Iterator[Any]:
    """What is no model at all, and the model with a canary in one place after the other."""
    yield whole(next(fresh))
    for model in types or ():
        if issubclass(model, BaseModel):
            good = _example(model)
            for path in _texts(good):
                spoilt = deepcopy(good)
                inner: Any = spoilt
                for key in path[:-1]:
                    inner = inner[key]
                inner[path[-1]] = _text(path[-1], next(fresh))
                yield spoilt
            yield good | {"unknown": next(fresh)} | dict.fromkeys(CVC_FIELDS, CVC)


def _text(name: str | int, number: str) -> str:
    """A canary as it gets furthest in a field of that name."""
    if name == "payment_method":
        return f"pm_{number}".replace(" ", "").replace("-", "")
    return whole(number) if name in FREE else number


def _example(model: type[BaseModel]) -> dict[str, Any]:
    """Good but for what is in the place of a canary."""
    made: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        kind = field.annotation
        if name in EXAMPLES:
            made[name] = EXAMPLES[name]
        elif isinstance(kind, type) and issubclass(kind, BaseModel):
            made[name] = _example(kind)
        elif kind is int:
            made[name] = 1
        elif name == "at" or name.endswith("_at"):
            made[name] = "2026-03-01T12:00:00Z"
        elif kind is str:
            made[name] = "kermit"
    return made


def _texts(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(cast("list[Any]", value))
    for key, inner in inside:
        if isinstance(inner, dict | list):
            yield from _texts(inner, (*path, key))
        elif isinstance(inner, str):
            yield (*path, key)
