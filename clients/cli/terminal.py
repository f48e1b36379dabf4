"""Output: text for people, JSON for scripts."""

import json
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any

import typer
from rich.console import Console, RenderableType

WIDE = 200
"""Columns where there is no terminal, so that a row of a table stays on one line."""


def console(*, stderr: bool = False) -> Console:
    """A console that prints text unchanged, without breaking lines."""
    made = Console(stderr=stderr, highlight=False, markup=False, soft_wrap=True)
    if not made.is_terminal:
        made.width = WIDE
    return made


def say(answer: Mapping[str, Any], text: RenderableType, *, as_json: bool) -> None:
    """Prints the answer as a line of JSON, or else the text."""
    if as_json:
        typer.echo(json.dumps(answer))
    else:
        console().print(text)


@contextmanager
def busy(text: str, *, shown: bool) -> Generator[Callable[[Callable[[], RenderableType]], None]]:
    """Shows a status line at the bottom of the terminal; the block can replace its text.

    The new text comes from a function, which is not called where there is no terminal.
    """
    terminal = console()
    if not shown or not terminal.is_terminal:
        yield lambda _: None
        return
    with terminal.status(text) as status:
        yield lambda new_text: status.update(new_text())
