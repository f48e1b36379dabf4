"""What goes to the terminal: text for people, JSON for scripts."""

import json
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any

import typer
from rich.console import Console, RenderableType

WIDE = 200
"""Columns of what is no terminal: a line of a table stays a line."""


def console(*, stderr: bool = False) -> Console:
    """Prints what it is given as it is, without breaking lines."""
    made = Console(stderr=stderr, highlight=False, markup=False, soft_wrap=True)
    if not made.is_terminal:
        made.width = WIDE
    return made


def say(answer: Mapping[str, Any], text: RenderableType, *, as_json: bool) -> None:
    """Print the answer in a line of JSON, or the text that stands for it."""
    if as_json:
        typer.echo(json.dumps(answer))
    else:
        console().print(text)


@contextmanager
def busy(text: str, *, shown: bool) -> Generator[Callable[[Callable[[], RenderableType]], None]]:
    """A line at the bottom of a terminal that says what is going on; the block may change it.

    Elsewhere nothing is shown, nor worked out.
    """
    terminal = console()
    if not shown or not terminal.is_terminal:
        yield lambda _: None
        return
    with terminal.status(text) as status:
        yield lambda news: status.update(news())
