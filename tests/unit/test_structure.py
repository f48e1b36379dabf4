"""The layout of the repository: import contracts, file sizes, and one meaning per module name."""

import subprocess
import tomllib
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

AT_THE_ROOT = {"config.py", "mailer.py", "worker.py"}
"""They start a process or hold settings."""

NOT_PRODUCT = {"tests", "scripts"}
"""Folders whose modules are under no contract: tests, and scripts of the build."""

MOST_LINES = 300

ONE_MEANING = {"door", "names", "clock", "particulars", "keys"}
"""Module names that once existed twice; each may name at most one module."""


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


def test_no_module_name_has_two_meanings() -> None:
    counted = Counter(file.stem for file in python_files())
    assert not {name: counted[name] for name in ONE_MEANING if counted[name] > 1}
