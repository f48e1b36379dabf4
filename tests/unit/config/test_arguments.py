"""Arguments of command lines that can't be used are refused in one line, which says what can."""

import os
import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from config import settings
from config.arguments import number, whole_number
from deploy.health_check import find_fault
from dev import tokens
from dev.temporal_server import launch
from tests.support.processes import REPOSITORY
from verification.audit import __main__ as audit
from verification.bench import __main__ as bench
from verification.bench.waiting import __main__ as bench_waiting
from verification.chaos import __main__ as chaos
from verification.replay import __main__ as replay

NO_NUMBERS = ["nan", "inf", "-inf", "-1", "1e400", "x", ""]
NO_COUNTS = ["nan", "inf", "-1", "1.5", "1_0", "9" * 5000, "x", ""]
NO_URLS = ["", "x", "ftp://x", "http://a:b", "http://[::1", "http://a b"]

Command = Callable[[], Any]
ARGUMENTS: dict[tuple[Command, str], tuple[list[str], str]] = {
    (audit.main, "--patience"): (NO_NUMBERS, "a number from 0 to 86400"),
    (audit.main, "--mailbox"): (NO_URLS, "a URL such as http://host:port"),
    (tokens.main, "--hours"): ([*NO_NUMBERS, "0", "1e9"], "a number from 0.01 to 8784"),
    (tokens.main, "--folder"): (["/dev/null", "/proc/x", "a\0b"], "a folder"),
    (bench.main, "--rounds"): ([*NO_COUNTS, "0"], "a whole number from 1 to 100"),
    (bench.main, "--concurrency"): ([*NO_COUNTS, "0"], "a whole number from 1 to 1000"),
    (bench.main, "--orders"): (NO_COUNTS, "a whole number from 0 to 1000000"),
    (bench.main, "--memory-orders"): (NO_COUNTS, "a whole number from 0 to 1000000"),
    (bench.main, "--sandbox-orders"): (NO_COUNTS, "a whole number from 0 to 1000000"),
    (bench.main, "--page-orders"): (NO_COUNTS, "a whole number from 0 to 1000000"),
    (bench.main, "--poller-orders"): (NO_COUNTS, "a whole number from 0 to 1000000"),
    (bench.main, "--profile-orders"): (NO_COUNTS, "a whole number from 0 to 1000000"),
    (bench.main, "--peer"): (["", "/dev/null", "/etc"], "a folder with the program oms"),
    (bench_waiting.main, "--payments"): ([*NO_COUNTS, "19"], "a whole number from 20 to 1000000"),
    (bench_waiting.main, "--orders"): ([*NO_COUNTS, "0"], "a whole number from 1 to 1000000"),
    (bench_waiting.main, "--rounds"): ([*NO_COUNTS, "0"], "a whole number from 1 to 100"),
    (bench_waiting.main, "--concurrency"): ([*NO_COUNTS, "0"], "a whole number from 1 to 1000"),
    (launch.main, "--port"): ([*NO_COUNTS, "0", "65529"], "a whole number from 1 to 65528"),
    (launch.main, "--ui-port"): ([*NO_COUNTS, "0", "65536"], "a whole number from 1 to 65535"),
    (launch.main, "--data-dir"): (["/dev/null", "/proc/x", "a\0b"], "a folder"),
    (chaos.main, "--orders"): ([*NO_COUNTS, "0"], "a whole number from 1 to 1000000"),
    (chaos.main, "--seed"): (NO_COUNTS, f"a whole number from 0 to {2**63 - 1}"),
    (replay.main, "--closed"): (NO_COUNTS, "a whole number from 0 to 1000000000"),
    (chaos.main, "--worker"): (["'", "", " "], "arguments of python"),
}


@pytest.mark.parametrize(
    ("command", "argument", "values", "rule"),
    [(*which, *what) for which, what in ARGUMENTS.items()],
    ids=[f"{command.__module__} {argument}" for command, argument in ARGUMENTS],
)
def test_what_can_not_be_used_is_refused(  # noqa: PLR0913, PLR0917  a row of the table
    command: Command,
    argument: str,
    values: list[str],
    rule: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for value in values:
        monkeypatch.setattr(sys, "argv", ["program", f"{argument}={value}"])
        with pytest.raises(SystemExit, match="2"):
            command()
        last = capsys.readouterr().err.splitlines()[-1]
        assert last.partition("error: ")[2].startswith(
            f"argument {argument}: {value!r} must be {rule}"
        )


def test_the_bounds_themselves_can_be_used() -> None:
    assert [whole_number(-5, 100)(text) for text in ("-5", "0", "100")] == [-5, 0, 100]
    assert [number(0.5, 2)(text) for text in ("0.5", "2e0")] == [0.5, 2.0]


def test_a_file_of_receipts_that_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "receipts"
    file.write_bytes(b"\xff\x00nonsense\n")
    monkeypatch.setattr(sys, "argv", ["program", "--receipts", str(file)])
    assert audit.main() == audit.UNREADABLE
    assert capsys.readouterr().err == f"Cannot read the receipts in {file}: line 1 is none.\n"


def test_a_file_that_the_audit_can_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "text"
    file.write_text("no database")
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{file}")
    monkeypatch.setattr(sys, "argv", ["program", "--patience", "0"])
    assert audit.main() == audit.UNREADABLE
    said = f"Cannot read our database: DATABASE_URL=sqlite:///{file} can't be used: "
    assert capsys.readouterr().err.startswith(said)


@pytest.mark.parametrize(
    "url", ["", "x", "http://a b/", "http://a:b", "http://127.0.0.1:1/\u00fc x"]
)
def test_an_address_that_can_not_be_healthy(url: str) -> None:
    assert (find_fault(url, "") or "").startswith(f"{url} ")


def test_a_file_of_a_key_that_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "key.pem").write_text("nonsense")
    monkeypatch.setattr(sys, "argv", ["program", "--folder", str(tmp_path)])
    with pytest.raises(SystemExit, match=r"key\.pem holds no key for ES256; remove it"):
        tokens.main()


def ended(*command: str, **environment: str) -> tuple[int, list[str]]:
    """Its exit code, and the lines that it wrote to stderr."""
    process = subprocess.run(
        [sys.executable, *command],
        cwd=REPOSITORY,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return process.returncode, process.stderr.splitlines()


@pytest.mark.parametrize("queues", ["orders,nonsense"])
def test_queues_that_no_worker_serves(queues: str) -> None:
    code, lines = ended("worker.py", "--queues", queues)
    rule = "must be some of orders,payments,fulfillment, separated by commas"
    assert (code, lines[-1]) == (
        2,
        f"worker.py: error: argument --queues: {queues!r} {rule}",
    )


@pytest.mark.parametrize(
    ("url", "line"),
    [
        ("sqlite:////proc/orders/x.db", "The folder /proc/orders of DATABASE_URL can't be created"),
        ("sqlite:///{text}", "DATABASE_URL=sqlite:///{text} can't be used: the file is no "),
        (
            "postgresql://kermit:hush@127.0.0.1:1/x?password=hush",
            "DATABASE_URL=postgresql+psycopg://kermit:***@127.0.0.1:1/x can't be used: ",
        ),
    ],
)
def test_a_database_that_can_not_be_migrated(url: str, line: str, tmp_path: Path) -> None:
    """By the `alembic` command."""
    text = tmp_path / "text"
    text.write_text("no database")
    code, lines = ended("-m", "alembic", "upgrade", "head", DATABASE_URL=url.format(text=text))
    assert (code, len(lines)) == (1, 1), lines
    assert lines[0].startswith(line.format(text=text))
    assert "hush" not in lines[0]


def ended_in_process(module: str, *arguments: str, patch: pytest.MonkeyPatch) -> object:
    """What the process ends with."""
    patch.setattr(sys, "argv", [module, *arguments])
    with pytest.raises(SystemExit) as ended:
        # Not as a module: another test may have imported it.
        runpy.run_path(f"{REPOSITORY / module.replace('.', '/')}.py", run_name="__main__")
    return ended.value.code


@pytest.mark.parametrize("arguments", [[], ["audit"]])
def test_a_folder_of_the_stack_that_can_not_be(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATA_DIR", "/proc/x")
    said = ended_in_process("dev.run", *arguments, patch=monkeypatch)
    assert str(said).startswith("DATA_DIR='/proc/x' must be a folder: ")


@pytest.mark.parametrize("arguments", [[], ["audit"]])
def test_settings_of_the_stack_that_are_no_text(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "settings"
    file.write_bytes(b"\xff\xfe")
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("SETTINGS_FILE", str(file))
    monkeypatch.setattr(settings, "SETTINGS_FILE", str(file))
    said = ended_in_process("dev.run", *arguments, patch=monkeypatch)
    assert str(said).startswith(f"SETTINGS_FILE={file} can't be read as text: ")


@pytest.mark.parametrize(
    ("module", "arguments", "said"),
    [
        (
            "dev.run",
            ["nonsense"],
            "nonsense must be audit or replay, or nothing to start the",
        ),
        ("api.export_openapi", [], "[] must be the name of one file."),
        ("api.export_openapi", ["/proc/x/y"], "/proc/x/y can't be written: "),
        ("domain.subjects", ["a", "b"], "['a', 'b'] must be one subject."),
    ],
)
def test_words_that_a_command_does_not_know(
    module: str, arguments: list[str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert str(ended_in_process(module, *arguments, patch=monkeypatch)).startswith(said)


def test_a_keys_id_that_its_setting_would_not_take(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended_in_process("security.payload_keys", "a:b,c", patch=monkeypatch) == 2
    assert "argument id: 'a:b,c' must be letters" in capsys.readouterr().err


@pytest.mark.parametrize("command", [("-m", "api"), ("worker.py",), ("mailer.py",)])
def test_a_file_that_is_no_database_ends_the_process(
    command: tuple[str, ...], tmp_path: Path
) -> None:
    text = tmp_path / "text"
    text.write_text("no database")
    code, lines = ended(*command, DATABASE_URL=f"sqlite:///{text}")
    assert (code, len(lines)) == (1, 1), lines
    assert lines[0].startswith(f"DATABASE_URL=sqlite:///{text} can't be used: ")
