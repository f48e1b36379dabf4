"""What the runbook tells people to paste works as pasted, and what it names is there."""

import asyncio
import re
from contextlib import closing
from importlib import import_module
from pkgutil import iter_modules

import httpx
import pytest
from sqlalchemy import text
from temporalio.client import Client
from temporalio.service import RPCError

import verification.audit.rules
from dev.stack.stack import Stack
from storage.database import Database
from tests.support.processes import REPOSITORY

RUNBOOK = ("operations", "outages", "releases", "payload-keys", "restore")
TEXT = "\n".join((REPOSITORY / f"docs/{name}.md").read_text() for name in RUNBOOK)


def test_every_query_is_one(stack: Stack) -> None:
    queries = re.findall(r"`(\w+ (?:=|IN) [^`]*)`", TEXT)
    queries += [f"{queries[0]} {more}" for more in re.findall(r"`… (AND [^`]*)`", TEXT)]

    async def count() -> None:
        client = await Client.connect(stack.temporal_address)
        with pytest.raises(RPCError, match="NoSuchAttribute"):
            await client.count_workflows("NoSuchAttribute = 'x'")
        for query in queries:
            await client.count_workflows(query)

    assert len(queries) > 5
    asyncio.run(count())


def test_whoever_is_woken_reads_no_more_than_needed() -> None:
    assert len((REPOSITORY / "docs/operations.md").read_text().splitlines()) <= 250


def test_every_statement_is_one(stack: Stack) -> None:
    [statement] = re.findall(r"```sql\n(.*?)```", TEXT, re.DOTALL)
    with closing(Database(stack.environment["DATABASE_URL"])) as database, database.read() as tx:
        assert tx.execute(text(statement)).all() == []


def test_every_rule_of_the_audit_that_is_named_exists() -> None:
    modules = [
        import_module(f"verification.audit.rules.{one.name}")
        for one in iter_modules(verification.audit.rules.__path__)
    ]
    named = re.findall(r"`([a-z]+(?:_[a-z]+){3,})`", TEXT)
    metrics = ("audit_", "payments_", "signals_", "temporal_")
    named = [name for name in named if not name.startswith(metrics)]
    assert len(named) > 5
    assert [name for name in named if not any(hasattr(one, name) for one in modules)] == []


def test_every_test_that_is_named_exists() -> None:
    for file in re.findall(r"`((?:tests/|test_)[\w/.]+\.py)", TEXT):
        folder = REPOSITORY if file.startswith("tests/") else REPOSITORY / "tests/end_to_end"
        assert (folder / file).is_file(), file


def test_every_metric_of_the_api_that_is_named_exists(stack: Stack) -> None:
    metrics = httpx.get(f"{stack.api_url}/metrics", trust_env=False, timeout=60).text
    named = {name for line in TEXT.splitlines() if "| API" in line for name in _metrics(line)}
    assert len(named) > 4
    for name in named:
        assert f"# TYPE {name.removesuffix('_count').removesuffix('_total')}" in metrics


def _metrics(line: str) -> list[str]:
    return re.findall(r"`([a-z]+(?:_[a-z]+)+)", line)
