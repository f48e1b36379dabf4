"""The database of the system that is measured."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from dev.stack import StackError
from dev.stack.postgresql import find_programs, running_postgres
from verification.chaos.databases import Kind


@dataclass(frozen=True)
class MeasuredDatabase:
    """The settings by which the stack finds it, and its processes; SQLite has none."""

    settings: dict[str, str] = field(default_factory=dict[str, str])
    pids: Sequence[int] = ()


@contextmanager
def running(kind: Kind, folder: Path) -> Generator[MeasuredDatabase]:
    """Have a database with its log in `folder`; it is removed with the block.

    Raises StackError if there is none of that kind.
    """
    if kind is Kind.SQLITE:
        yield MeasuredDatabase()
        return
    programs = find_programs()
    if programs is None:
        raise StackError("PostgreSQL's programs are not installed: apt-get install postgresql")
    logs = folder / "logs"
    logs.mkdir()
    with running_postgres(programs, logs / "postgresql.log", fsync=True) as server:
        url = server.create_database("orders")
        yield MeasuredDatabase({"DATABASE_URL": url}, [server.pid])
