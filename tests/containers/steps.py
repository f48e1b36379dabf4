"""The steps of the drill say what they do, and how long it took."""

import functools
import inspect
import sys
import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

Given = ParamSpec("Given")
Result = TypeVar("Result")


def step(function: Callable[Given, Result]) -> Callable[Given, Result]:
    """Prints the first line of the function's docstring, and the seconds that it took."""
    title = inspect.getdoc(function) or function.__name__

    @functools.wraps(function)
    def timed(*arguments: Given.args, **named: Given.kwargs) -> Result:
        _write(f"{title.splitlines()[0]}: ")
        started, ending = time.monotonic(), "failed after"
        try:
            result = function(*arguments, **named)
            ending = "done in"
            return result
        finally:
            _write(f"{ending} {time.monotonic() - started:.1f} s\n")

    return timed


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
