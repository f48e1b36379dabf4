"""Which releases work with which schema: processes check it, and every migration declares it."""

import logging
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack

import pytest
from alembic import command
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Inspector, inspect, text

from storage import ledger
from storage.migrate import (
    SchemaTooNewError,
    SchemaTooOldError,
    alembic_config,
    migrate,
    require_schema,
)
from tests.support.databases import opened
from tests.support.processes import answers, eventually, free_port, running

FIRST_DECLARED = "0009"
"""Older releases don't read what a migration declares."""

HEAD = str(ScriptDirectory.from_config(alembic_config("")).get_current_head())


def change(url: str, statement: str) -> None:
    """An operator, or a newer release, changes the database."""
    with opened(url) as database, database.write() as tx:
        tx.execute(text(statement))


def of_a_newer_release(url: str, oldest: str) -> None:
    """Its migrations were here, and it says which releases it can work beside."""
    migrate(url)
    change(url, "UPDATE alembic_version SET version_num = '9999'")
    change(url, f"UPDATE schema_compatibility SET oldest = '{oldest}'")
    change(url, "ALTER TABLE mails ADD COLUMN weight INTEGER")


@pytest.mark.parametrize("oldest", ["0001", HEAD])
@pytest.mark.parametrize("start", [require_schema, migrate])
def test_a_newer_schema_is_accepted_if_it_is_compatible(
    empty_url: str, caplog: pytest.LogCaptureFixture, oldest: str, start: Callable[[str], None]
) -> None:
    of_a_newer_release(empty_url, oldest)
    with caplog.at_level(logging.WARNING, "storage.migrate"):
        start(empty_url)
    assert "9999 is newer" in caplog.text
    with opened(empty_url) as database, database.read() as tx:
        assert tx.execute(text("SELECT version_num FROM alembic_version")).scalar_one() == "9999"
        assert ledger.total(tx) == 0


@pytest.mark.parametrize("start", [require_schema, migrate])
def test_a_newer_schema_that_is_not_compatible_is_refused(
    empty_url: str, start: Callable[[str], None]
) -> None:
    of_a_newer_release(empty_url, "9998")
    with pytest.raises(SchemaTooNewError, match="9999 is too new"):
        start(empty_url)


@pytest.mark.parametrize(
    ("revision", "found"), [(None, "has no tables"), ("0014", "has the schema 0014")]
)
def test_an_older_schema_is_refused_and_left_alone(
    empty_url: str, revision: str | None, found: str
) -> None:
    if revision is not None:
        command.upgrade(alembic_config(empty_url), revision)
    for _ in range(2):
        with pytest.raises(SchemaTooOldError) as refused:
            require_schema(empty_url)
        assert str(refused.value) == (
            f"the database {found}, and this release needs {HEAD}: run `alembic upgrade head`"
        )
    migrate(empty_url)
    require_schema(empty_url)


def test_waiting_for_the_schema_logs_nothing_of_its_own(
    empty_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Processes ask every second, and log once themselves that they wait."""
    with caplog.at_level(logging.INFO), pytest.raises(SchemaTooOldError):
        require_schema(empty_url)
    assert caplog.text == ""


@pytest.mark.parametrize("empty_url", ["sqlite"], indirect=True)
def test_processes_wait_for_the_migration(empty_url: str) -> None:
    environment = {
        "API_PORT": str(free_port()),
        "DATABASE_URL": empty_url,
        "TEMPORAL_ADDRESS": f"127.0.0.1:{free_port()}",
    }
    url = f"http://127.0.0.1:{environment['API_PORT']}"
    with ExitStack() as started:
        processes = [
            started.enter_context(
                running([sys.executable, *process], ready=lambda: True, env=environment)
            )
            for process in (["worker.py"], ["mailer.py"], ["-m", "api"])
        ]
        for process in processes:
            eventually(
                lambda process=process: "run `alembic upgrade head`" in process.log(), "the line"
            )
        worker, mailer, _ = processes
        with opened(empty_url) as database:
            assert not inspect(database.engine).get_table_names()
        command.upgrade(alembic_config(empty_url), "head")
        eventually(lambda: "waiting for Temporal" in worker.log(), "the worker going on")
        eventually(lambda: "sending mail" in mailer.log(), "the mailer going on")
        eventually(answers(f"{url}/products"), "the API going on")
        for process in processes:
            assert process.log().count("upgrade head") == 1
            assert "Traceback" not in process.log()


def declared(revision: Script) -> str:
    """What a migration says of older releases."""
    return str(getattr(revision.module, "oldest_compatible", None))


def migrations() -> Sequence[Script]:
    """All of them, the oldest first."""
    found = ScriptDirectory.from_config(alembic_config("")).walk_revisions()
    return sorted(found, key=lambda revision: revision.revision)


def test_every_migration_declares_the_oldest_release_that_works_with_it() -> None:
    known = [revision.revision for revision in migrations()]
    found = {
        revision.revision: declared(revision)
        for revision in migrations()
        if revision.revision >= FIRST_DECLARED
    }
    wrong = {revision: said for revision, said in found.items() if said not in known}
    assert not wrong, "set `oldest_compatible`, see CONTRIBUTING.md"
    assert all(said <= revision for revision, said in found.items())
    # A release that some schema shuts out is not let in again by the next one.
    assert list(found.values()) == sorted(found.values())


def test_the_database_says_what_its_revision_declares(empty_url: str) -> None:
    for revision in reversed(migrations()):
        if revision.revision == HEAD:
            migrate(empty_url)
        else:
            command.downgrade(alembic_config(empty_url), revision.revision)
        with opened(empty_url) as database, database.read() as tx:
            said = tx.execute(text("SELECT oldest FROM schema_compatibility")).scalar()
        assert str(said) == declared(revision)


Shape = dict[str, dict[str, bool]]
"""For each table its columns, whether a row may be inserted without it, and its rules."""


def shape(url: str) -> Shape:
    """What the tables allow."""
    with opened(url) as database:
        there = inspect(database.engine)
        return {
            table: {
                column["name"]: bool(column["nullable"] or column["default"])
                for column in there.get_columns(table)
            }
            | dict.fromkeys(_rules(there, table), False)
            for table in there.get_table_names()
        }


def _rules(there: Inspector, table: str) -> list[str]:
    """The names of constraints that may refuse a row."""
    found = [
        *there.get_unique_constraints(table),
        *there.get_check_constraints(table),
        *there.get_foreign_keys(table),
        *(index for index in there.get_indexes(table) if index["unique"]),
    ]
    return [f"rule {rule['name']}" for rule in found]


def what_breaks(before: Shape, after: Shape) -> set[str]:
    """What an older release may miss in its tables, or can't insert any more."""
    broken: set[str] = set()
    for table, columns in before.items():
        now = after.get(table, {})
        broken |= {f"{table}.{name}" for name in columns.keys() - now.keys() if "rule" not in name}
        broken |= {
            f"{table}.{name}"
            for name, is_optional in now.items()
            if not is_optional and columns.get(name, True)
        }
    return broken


def test_a_migration_that_breaks_an_older_release_declares_it(empty_url: str) -> None:
    """Expand in one release, contract in the next: the latter shuts the oldest releases out."""
    earlier: Script | None = None
    before: Shape = {}
    for revision in migrations():
        if revision.revision < FIRST_DECLARED:
            continue
        command.upgrade(alembic_config(empty_url), revision.revision)
        after = shape(empty_url)
        if earlier is not None and declared(revision) == declared(earlier):
            assert not what_breaks(before, after), (
                f"{revision.revision} declares that {declared(revision)} works with it"
            )
        before, earlier = after, revision


@pytest.mark.parametrize(
    ("statement", "broken"),
    [
        ("ALTER TABLE mails ADD COLUMN weight INTEGER", None),
        ("ALTER TABLE mails ADD COLUMN weight INTEGER NOT NULL DEFAULT 1", None),
        ("CREATE TABLE weights (id INTEGER NOT NULL)", None),
        ("DROP TABLE charges", "charges.charge_id"),
        ("ALTER TABLE mails DROP COLUMN sent_at", "mails.sent_at"),
        ("ALTER TABLE mails RENAME COLUMN sent_at TO left_at", "mails.sent_at"),
        ("CREATE UNIQUE INDEX one_mail ON mails (customer_id)", "mails.rule one_mail"),
    ],
)
def test_what_breaks_an_older_release_is_noticed(
    empty_url: str, statement: str, broken: str | None
) -> None:
    migrate(empty_url)
    before = shape(empty_url)
    change(empty_url, statement)
    found = what_breaks(before, shape(empty_url))
    assert broken in found if broken else not found


@pytest.mark.parametrize("kind", ["SET NOT NULL", "ADD CONSTRAINT short CHECK (text <> '')"])
@pytest.mark.parametrize("empty_url", ["postgresql"], indirect=True)
def test_a_new_rule_is_noticed(empty_url: str, kind: str) -> None:
    migrate(empty_url)
    before = shape(empty_url)
    column = "ALTER COLUMN sent_at " if kind == "SET NOT NULL" else ""
    change(empty_url, f"ALTER TABLE mails {column}{kind}")
    assert what_breaks(before, shape(empty_url))
