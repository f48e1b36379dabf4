"""Reads the profile of a process: its CPU by package and function."""

import pstats
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Any

Function = tuple[str, int, str]
"""File, line, name."""


@dataclass(frozen=True)
class Profile:
    """CPU seconds."""

    total: float
    packages: list[tuple[str, float]]
    """By what was running itself, the most expensive first."""
    functions: list[tuple[str, float]]
    """With all they called, the most expensive first."""


def read(path: Path) -> Profile:
    """What `verification.bench.instruments.profiler` has written."""
    stats: Mapping[Function, tuple[Any, ...]] = vars(pstats.Stats(str(path)))["stats"]
    packages: dict[str, float] = defaultdict(float)
    functions: dict[str, float] = defaultdict(float)
    for function, (_, _, own, inclusive, _) in stats.items():
        packages[package(function[0])] += own
        functions[f"{package(function[0])} {Path(function[0]).name}:{function[2]}"] += inclusive
    return Profile(sum(packages.values()), _descending(packages), _descending(functions))


def _descending(seconds: Mapping[str, float]) -> list[tuple[str, float]]:
    return sorted(seconds.items(), key=itemgetter(1), reverse=True)


def package(file: str) -> str:
    """The installed package that the file belongs to, or our own folder."""
    parts = Path(file).parts
    if "site-packages" in parts:
        return parts[parts.index("site-packages") + 1]
    if any(part.startswith("python3") for part in parts):
        return "the standard library"
    return parts[-2] if len(parts) > 1 else "built in"
