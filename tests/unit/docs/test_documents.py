"""Every path, test, command, snippet, name and setting that a document names exists."""

import re
import tomllib
from pathlib import Path

import pytest

from tests.support.processes import REPOSITORY
from tests.unit.docs import commands, references
from tests.unit.docs.documents import Document, all_documents, read, tracked

DOCUMENTS = all_documents()
CHECKS = [
    references.missing_links,
    references.missing_paths,
    references.missing_tests,
    references.missing_identifiers,
    references.missing_settings,
    references.rotten_snippets,
    commands.rotten_commands,
]


def problems(document: Document) -> list[str]:
    return [problem for check in CHECKS for problem in check(document)]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: str(document.path))
def test_what_a_document_names_exists(document: Document) -> None:
    assert problems(document) == []


@pytest.mark.parametrize(
    "text",
    [
        "[gone](docs/gone.md)",
        "[gone](README.md#gone)",
        '<img src="docs/pictures/gone.png">',
        "`storage/gone.py`",
        "`gone/`",
        "`tests/unit/docs/test_documents.py::test_gone`",
        "`pytest tests/gone`",
        "`pytest tests/unit/docs -k absent`",
        "`.venv/bin/python -m pytest tests/unit/docs/test_documents.py::test_gone`",
        "`make gone`",
        "`make run GONE=1`",
        "`python -m storage.gone`",
        "`python -m verification.audit --gone`",
        "`python gone.py`",
        "`python worker.py --gone`",
        "`uv run orders gone`",
        "`orders place kermit`",
        "`orders list --gone`",
        "`npm run gone`",
        "`GONE_SETTING`",
        "`OrderWorkflow.gone_method`",
        "```\nmake gone\n```",
        "```python\nunnamed = 1\n```",
        "```python worker.py\ngone = 1\n```",
        "```python gone.py\ngone = 1\n```",
    ],
)
def test_what_is_gone_is_found(text: str) -> None:
    assert len(problems(Document(Path("README.md"), text + "\n"))) == 1


@pytest.mark.parametrize(
    "text",
    [
        "[the order](workflows/order.py)",
        "`workflows/order.py` and `workflows/`, `docs/bpmn/*.bpmn`",
        "`tests/unit/docs/test_documents.py::test_what_is_gone_is_found`",
        '`pytest tests/unit/docs -k "gone or exists"`',
        "`make chaos ORDERS=300 SEED=1`, `make run ONCE=1`",
        "`python -m dev.simulators.cards --port 8101`, `python worker.py --queues payments`",
        "`uv run orders place kermit pond-lily:2 --watch`",
        "`OrderWorkflow`, `OrderPlaced`, `charge_first`",
        '```python config/access.py\nLOOPBACK_HOSTS = {"127.0.0.1", "::1", "localhost"}\n```',
    ],
)
def test_what_is_there_is_no_problem(text: str) -> None:
    assert problems(Document(Path("README.md"), text + "\n")) == []


def test_every_setting_is_described_and_no_other() -> None:
    rows = read(REPOSITORY / "docs" / "settings.md").prose.splitlines()
    names = [cell for row in rows for cell in row.split("|")[1:2]]
    described = {
        name for cell in names for name in cell.replace("`", " ").replace(",", " ").split()
    }
    described = {name for name in described if name.isupper()}
    assert described - {"TEMPORAL_ADDRESS"} == references.settings()


def test_the_readme_names_every_folder_within_its_first_40_lines() -> None:
    beginning = (REPOSITORY / "README.md").read_text().splitlines()[:40]
    assert "## Where things are" in beginning
    paths = {path.relative_to(REPOSITORY) for path in tracked()}
    folders = {path.parts[0] for path in paths if len(path.parts) > 1}
    for folder in folders - {".ci"}:
        assert any(f"]({folder})" in line for line in beginning), folder


def test_the_architecture_has_the_layers_that_import_linter_holds() -> None:
    """Each layer is a row of a table, in the order of the contract."""
    rows = (REPOSITORY / "docs" / "architecture.md").read_text().splitlines()
    settings = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    contracts = settings["tool"]["importlinter"]["contracts"]
    for contract in [one for one in contracts if one["type"] == "layers"]:
        prefix = "".join(f"{container}/" for container in contract.get("containers", []))
        layers = [re.findall(r"\w+", layer) for layer in contract["layers"]]
        start = next(n for n, row in enumerate(rows) if _names(row, prefix, layers[0]))
        table = [row for row in rows[start:] if row.startswith("|")][: len(layers)]
        for row, layer in zip(table, layers, strict=True):
            assert _names(row, prefix, layer), (layer, row)


def _names(row: str, prefix: str, modules: list[str]) -> bool:
    cell = row.split("|")[1] if row.startswith("|") else ""
    paths = [{f"`{prefix}{module}/`", f"`{prefix}{module}.py`"} for module in modules]
    return all(any(path in cell for path in either) for either in paths)
