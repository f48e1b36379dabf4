"""The change "charge later", as it is in the repository's code: files, lines and their text.

Found by symbol and not by line, so that it can't be outdated.
"""

import re
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
    """The symbol's row for each wiring. Raises `LookupError` if the code has none such."""
    text = (ROOT / file).read_text()
    table = re.search(rf"^{symbol}\b.*?^}}", text, re.MULTILINE | re.DOTALL)
    rows: list[dict[str, Any]] = []
    for wiring in WIRINGS:
        row = table and re.search(rf"\w+\.{wiring.upper()}: .*", table[0])
        if not table or not row:
            raise LookupError(f"{file} has no {symbol} with a row of {wiring}.")
        listens_to = re.search(r'Rule\("(\w+)"', row[0])
        rows.append(
            {
                "wiring": wiring,
                "line": text.count("\n", 0, table.start() + row.start()) + 1,
                "text": row[0],
                "listens_to": listens_to and listens_to[1],
            }
        )
    is_touched = len({row["text"].partition(": ")[2] for row in rows}) > 1
    names = {"service": service, "file": file, "symbol": symbol}
    return {**names, "rows": rows, "touched": is_touched}
