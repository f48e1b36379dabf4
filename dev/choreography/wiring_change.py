"""The change "charge later", as it is in the repository's code: files, lines and their text.

Found by symbol and not by line, so that it can't be outdated.
"""

import ast
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
CHAIN = ("payment", "inventory", "shipment")
WIRINGS = ("charge_first", "charge_later")


def wiring_change() -> dict[str, Any]:
    """What the two wirings say in each service of the chain, and in the order service."""
    chain = [_table(name, f"dev/choreography/{name}.py", "WIRINGS") for name in CHAIN]
    return {"chain": chain, "order_service": _table("order", "domain/order.py", "SEQUENCES")}


def _table(service: str, file: str, symbol: str) -> dict[str, Any]:
    """The table's row of each wiring. Raises `LookupError` if the code has none such."""
    text = (ROOT / file).read_text()
    found = _dictionary(ast.parse(text), symbol)
    if found is None:
        raise LookupError(f"{file} has no dictionary {symbol}.")
    rows = {
        key.attr.lower(): (key, value)
        for key, value in zip(found.keys, found.values, strict=True)
        if isinstance(key, ast.Attribute)
    }
    lines = text.splitlines()
    return {
        "service": service,
        "file": file,
        "symbol": symbol,
        "rows": [
            {
                "wiring": wiring,
                "line": rows[wiring][0].lineno,
                "text": "\n".join(
                    line.strip()
                    for line in lines[rows[wiring][0].lineno - 1 : rows[wiring][1].end_lineno]
                ),
                "listens_to": _first_argument(rows[wiring][1]),
            }
            for wiring in WIRINGS
        ],
        "touched": len({ast.dump(rows[wiring][1]) for wiring in WIRINGS}) > 1,
    }


def _dictionary(module: ast.Module, symbol: str) -> ast.Dict | None:
    for statement in module.body:
        match statement:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=ast.Dict() as value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.Dict() as value)
            ) if name == symbol:
                return value
            case _:
                pass
    return None


def _first_argument(value: ast.expr) -> str | None:
    match value:
        case ast.Call(args=[ast.Constant(value=str(text)), *_]):
            return text
        case _:
            return None
