"""The part of FEEL, the expression language of DMN, that our diagrams' conditions are written in.

`EVENT.field = "text"`, `EVENT.field < EVENT.field`, `EVENT.field > 0`, `EVENT.field = true`,
`EVENT = null`, `EVENT != null`: an EVENT stands for the data of the last event of that name; before
there is one, of the first to come.
"""

import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

COMPARISON = re.compile(r'([\w.]+) (=|!=|<|>) ("\w+"|[\w.]+)')
OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
}

TRUTH = {"true": True, "false": False}

Known = Mapping[str, Mapping[str, Any]]
"""The data of events by their names."""


def may_hold(condition: str, known: Known) -> bool:
    """Whether the condition holds, or can't be decided yet because its event has not happened."""
    parsed = COMPARISON.fullmatch(condition)
    assert parsed is not None, f"{condition!r} is not a condition as we write them"
    left, comparison, right = parsed.groups()
    if right == "null":
        return OPERATORS[comparison](known.get(left), None)
    values = (_value(left, known), _value(right, known))
    return None in values or OPERATORS[comparison](*values)


def _value(operand: str, known: Known) -> Any:
    if operand.isdigit():
        return int(operand)
    if operand in TRUTH:
        return TRUTH[operand]
    if operand.startswith('"'):
        return operand.strip('"')
    event, _, field = operand.partition(".")
    return known[event][field] if event in known else None
