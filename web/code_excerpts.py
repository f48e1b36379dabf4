"""`python -m web.code_excerpts FILE`: writes the code that the page shows, as JSON.

The page's sources name it by symbol (`domain/order.py::SEQUENCES`, or `domain/events.py::*` for
all of a file). Files and lines are looked up when the page is built, so that they can't be out of
date.
"""

import ast
import json
import re
import sys
from pathlib import Path
from textwrap import dedent
from typing import TypedDict

ROOT = Path(__file__).parents[1]
SOURCES = Path(__file__).parent / "src"

_REFERENCE = re.compile(r'"([\w/]+\.py)::([\w.]+|\*)"')


class Excerpt(TypedDict):
    """The lines `first` to `last` of a file, counted from 1; `text` is without their indent."""

    path: str
    first: int
    last: int
    text: str


class UnknownSymbolError(ValueError):
    """The page names a symbol that its file does not define."""


def references() -> dict[str, tuple[Path, str]]:
    """What the page's sources name, with its file and its symbol."""
    texts = (source.read_text() for source in sorted(SOURCES.rglob("*.ts")))
    found = (match for text in texts for match in _REFERENCE.finditer(text))
    return {
        f"{match[1]}::{symbol}": (ROOT / match[1], symbol)
        for match in found
        for symbol in _symbols(ROOT / match[1], match[2])
    }


def _symbols(file: Path, symbol: str) -> list[str]:
    if symbol != "*":
        return [symbol]
    return [name for one in ast.parse(file.read_text()).body for name in _defined(one)]


def excerpts() -> dict[str, Excerpt]:
    """The code of each reference; raises `UnknownSymbolError`, or `OSError` without its file."""
    return {name: excerpt(file, symbol) for name, (file, symbol) in references().items()}


def excerpt(file: Path, symbol: str) -> Excerpt:
    """A class, function or assignment, in its class if the symbol is dotted: `Class.method`.

    With its decorators, and the docstring below an assignment.
    """
    source = file.read_text()
    first, last = _lines(ast.parse(source).body, symbol.split("."), f"{file.name}::{symbol}")
    text = dedent("\n".join(source.splitlines()[first - 1 : last]))
    return Excerpt(path=file.relative_to(ROOT).as_posix(), first=first, last=last, text=text)


def _lines(body: list[ast.stmt], names: list[str], whole: str) -> tuple[int, int]:
    for place, statement in enumerate(body):
        if names[0] not in _defined(statement):
            continue
        if len(names) > 1 and isinstance(statement, ast.ClassDef):
            return _lines(statement.body, names[1:], whole)
        if len(names) == 1:
            return _first(statement), _last(statement, body[place + 1 : place + 2])
    raise UnknownSymbolError(f"{whole}: the file does not define it. Name another in web/src")


def _defined(statement: ast.stmt) -> list[str]:
    if isinstance(statement, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        return [statement.name]
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    targets = [statement.target] if isinstance(statement, ast.AnnAssign) else targets
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _first(statement: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(decorator.lineno for decorator in decorators)])


def _last(statement: ast.stmt, following: list[ast.stmt]) -> int:
    is_assignment = isinstance(statement, ast.Assign | ast.AnnAssign)
    for other in following:
        is_text = isinstance(other, ast.Expr) and isinstance(other.value, ast.Constant)
        if is_assignment and is_text:
            return other.end_lineno or other.lineno
    return statement.end_lineno or statement.lineno


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(excerpts(), indent=1))
