"""The layout of the repository: import contracts, file sizes, and one meaning per module name."""

import re
import subprocess
import tomllib
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

AT_THE_ROOT = {"mailer.py", "worker.py"}
"""They start a process."""

NOT_PRODUCT = {"tests", "scripts"}
"""Folders whose modules are under no contract: tests, and scripts of the build."""

MOST_LINES = 300

MIRRORS = "one subject in several layers: route, service, activity, workflow, table, audit rule"
TWO_SIDES = "one protocol or service: our client, its simulator, what a check reads from it"
OWN_PROGRAM = "the usual part of a program of its own; no program uses another's"

SHARED_NAMES = {
    "__init__": "Python's name of a package",
    "__main__": "Python's name of a program",
    **dict.fromkeys(
        (
            *("authentication", "card_update", "cards", "charges", "customers", "events"),
            *("inventory", "ledger", "operations", "order", "orders", "payment", "payments"),
            *("declines", "disputes", "refunds", "shipment", "webhooks"),
        ),
        MIRRORS,
    ),
    **dict.fromkeys(("carrier", "simulators", "temporal", "tokens"), TWO_SIDES),
    **dict.fromkeys(
        (
            *("app", "build", "database", "errors", "load", "ports", "presentation", "register"),
            *("report", "run", "scenarios", "server", "shop", "terminal", "worker", "workers"),
        ),
        OWN_PROGRAM,
    ),
    "responses": "the bodies, and their description in the OpenAPI document",
    "web_page": "the route that serves the page, and the benchmark that measures it",
}
"""Module names that several modules share on purpose, and why. Any other names one module."""


def python_files() -> list[Path]:
    """All tracked Python files but tests, relative to the root."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a checkout")
    done = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    files = [Path(line) for line in done.stdout.splitlines() if (ROOT / line).is_file()]
    return [file for file in files if file.parts[0] != "tests"]


def module_name(file: Path) -> str:
    parts = file.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def contracts() -> list[dict[str, object]]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return settings["tool"]["importlinter"]["contracts"]


def contracted_modules() -> set[str]:
    """The modules that a contract names; it holds for all modules below them as well."""
    found: set[str] = set()
    for contract in contracts():
        for key in ("source_modules", "modules"):
            found |= {name.removesuffix(".*") for name in contract.get(key, [])}  # pyright: ignore[reportGeneralTypeIssues, reportAttributeAccessIssue]
        containers = contract.get("containers", [""])
        for layer in contract.get("layers", []):  # pyright: ignore[reportGeneralTypeIssues]
            names = str(layer).replace("|", " ").replace("(", " ").replace(")", " ").split()
            found |= {
                f"{container}.{name}" if container else name
                for container in containers  # pyright: ignore[reportGeneralTypeIssues]
                for name in names
            }
    return found


def is_contracted(module: str, contracted: set[str]) -> bool:
    return any(module == name or module.startswith(f"{name}.") for name in contracted)


def test_every_product_module_is_under_a_contract() -> None:
    contracted = contracted_modules()
    missing = [
        str(file)
        for file in python_files()
        if file.parts[0] not in NOT_PRODUCT and not is_contracted(module_name(file), contracted)
    ]
    assert not missing, f"under no contract of import-linter: {missing}"


def test_a_module_under_no_contract_would_be_found() -> None:
    assert not is_contracted("elsewhere.module", contracted_modules())
    assert not is_contracted("apis", {"api"})
    assert is_contracted("api.routes.orders", {"api"})


def test_only_processes_and_settings_are_at_the_root() -> None:
    assert {file.name for file in python_files() if len(file.parts) == 1} == AT_THE_ROOT


def test_no_product_file_is_longer_than_300_lines() -> None:
    lengths = {
        str(file): len((ROOT / file).read_text().splitlines())
        for file in python_files()
        if file.parts[0] not in NOT_PRODUCT
    }
    assert not {name: length for name, length in lengths.items() if length > MOST_LINES}


def shared_names() -> set[str]:
    """Names of more than one module."""
    counted = Counter(file.stem for file in python_files())
    return {name for name, count in counted.items() if count > 1}


def test_modules_share_no_name_but_those_listed() -> None:
    assert not shared_names() - SHARED_NAMES.keys()


def test_listed_names_are_still_shared() -> None:
    assert not SHARED_NAMES.keys() - shared_names()


def test_workflows_wait_for_conditions_in_one_place_only() -> None:
    """`workflows/timers.py` says why; a call elsewhere would end a workflow that is canceled."""
    callers = {
        str(file)
        for file in python_files()
        if re.search(r"\bwait_condition\(", (ROOT / file).read_text())
    }
    assert callers == {"workflows/timers.py"}
