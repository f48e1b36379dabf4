"""Types for arguments of command lines: what is no such number is refused in one line."""

import math
import os
from argparse import ArgumentTypeError
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from config.section import HttpUrl

Name = TypeVar("Name", bound=StrEnum)
_HTTP_URL = TypeAdapter[str](HttpUrl)


def whole_number(least: int, most: int) -> Callable[[str], int]:
    """A type for argparse: whole numbers in decimal digits, with both bounds."""

    def parse(text: str) -> int:
        digits = text.removeprefix("-")
        # Python refuses to read thousands of digits.
        if not (
            digits.isdecimal() and len(digits) <= len(str(most)) and least <= int(text) <= most
        ):
            message = f"{text!r} must be a whole number from {least} to {most}"
            raise ArgumentTypeError(message)
        return int(text)

    return parse


def number(least: float, most: float) -> Callable[[str], float]:
    """A type for argparse: numbers, with both bounds; neither `nan` nor `inf` is one."""

    def parse(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not least <= value <= most:
            message = f"{text!r} must be a number from {least:g} to {most:g}"
            raise ArgumentTypeError(message)
        return value

    return parse


def some_of(kind: type[Name]) -> Callable[[str], list[Name]]:
    """A type for argparse: names of that kind, separated by commas."""

    def parse(text: str) -> list[Name]:
        try:
            return [kind(name) for name in text.split(",")]
        except ValueError as error:
            message = f"{text!r} must be some of {','.join(kind)}, separated by commas"
            raise ArgumentTypeError(message) from error

    return parse


def http_url(text: str) -> str:
    """A type for argparse: an http:// or https:// URL, as a setting takes it."""
    try:
        return _HTTP_URL.validate_python(text)
    except ValidationError as error:
        message = f"{text!r} must be a URL such as http://host:port"
        raise ArgumentTypeError(message) from error


def writable_folder(text: str) -> Path:
    """A type for argparse: a folder, created if missing, in which this process may write."""
    folder = Path(text)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        message = f"{text!r} must be a folder: {error}"
        raise ArgumentTypeError(message) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        message = f"{text!r} must be a folder that this process may write to"
        raise ArgumentTypeError(message)
    return folder
