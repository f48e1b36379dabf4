"""The file of the security log: it has a bound, and what was written stays as it was."""

import logging
from pathlib import Path

import pytest

from api.infrastructure.security_log_file import OLDER_FILES, SecurityLogFile

LINE = "x" * 49
LINES_PER_FILE = 10


def write(file: Path, first: int, last: int) -> None:
    """Entries of 50 bytes, each with its number, as a process writes them."""
    log = SecurityLogFile(str(file), max_bytes=50 * LINES_PER_FILE)
    for number in range(first, last):
        log.emit(logging.makeLogRecord({"msg": f"{number:04}{LINE[4:]}"}))
    log.close()


def numbers(file: Path) -> list[int]:
    return [int(line[:4]) for line in file.read_text().splitlines()]


def full_files(file: Path) -> list[Path]:
    return sorted(file.parent.glob(f"{file.name}.*"))


def test_full_files_are_kept_as_they_are(tmp_path: Path) -> None:
    file = tmp_path / "security.jsonl"
    write(file, 0, 25)
    first, second = full_files(file)
    assert [numbers(one) for one in (first, second, file)] == [
        list(range(10)),
        list(range(10, 20)),
        list(range(20, 25)),
    ]
    inode = first.stat().st_ino
    write(file, 25, 35)
    assert full_files(file)[0] == first
    assert (first.stat().st_ino, numbers(first)) == (inode, list(range(10)))


def test_the_oldest_make_room(tmp_path: Path) -> None:
    file = tmp_path / "security.jsonl"
    others = tmp_path / "security.jsonl.mine"
    others.write_text("not ours")
    write(file, 0, 10 * (OLDER_FILES + 5) + 1)
    others.unlink()
    kept = [number for one in (*full_files(file), file) for number in numbers(one)]
    assert kept == list(range(50, 10 * (OLDER_FILES + 5) + 1))


def test_two_processes_write_to_one_file(tmp_path: Path) -> None:
    file = tmp_path / "security.jsonl"
    one, other = (SecurityLogFile(str(file), max_bytes=500) for _ in range(2))
    for number in range(0, 40, 2):
        one.emit(logging.makeLogRecord({"msg": f"{number:04}{LINE[4:]}"}))
        other.emit(logging.makeLogRecord({"msg": f"{number + 1:04}{LINE[4:]}"}))
    one.close()
    other.close()
    assert [n for part in (*full_files(file), file) for n in numbers(part)] == list(range(40))


def test_where_nobody_may_rename_it_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with `chattr +a`."""

    def refused(*_path: object) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "rename", refused)
    file = tmp_path / "security.jsonl"
    write(file, 0, 25)
    assert full_files(file) == []
    assert numbers(file) == list(range(25))
