"""What is computed of the measurements with waiting payments."""

import asyncio
import io
import json
import sqlite3
import sys
from contextlib import closing
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from rich.console import Console

from verification.bench.errors import InvalidMeasurementError
from verification.bench.instruments import processes
from verification.bench.instruments.load import carry_out_turns
from verification.bench.instruments.processes import Finished
from verification.bench.waiting import counts, growth_goals, growth_report, table_sizes
from verification.bench.waiting.__main__ import check
from verification.bench.waiting.growth import DueReminders, Growth, Opening, Step
from verification.bench.waiting.run import steps

CONSISTENT = Finished(seconds=4.0, memory=2**20, status=0)
OPENING = Opening(
    payments=100,
    seconds=5.0,
    temporal={"executions_visibility_fts_text_data": 2000, "history_node": 1000, "executions": 500},
    ours={"payments": 300, "events": 700},
)
EMPTY = Step(
    waiting=0,
    opening=None,
    cpu_at_rest={"worker": 0.01},
    requests={"GET /orders": [0.001, 0.002, 0.003]},
    rates=[9.0, 10.0, 30.0],
    seconds_to_post=[0.01] * 98 + [0.5, 0.9],
    memory={"worker": 100, "API": 100},
    audit=CONSISTENT,
)
FULL = replace(EMPTY, waiting=100, opening=OPENING)
REMINDED = DueReminders(
    due=25,
    late=0.0,
    recorded=25,
    seconds_to_record=2.0,
    mailed=25,
    seconds_to_mail=3.0,
    rate=5.0,
    seconds_of_orders=[1.0, 2.0, 9.0],
)
GROWTH = Growth([EMPTY, FULL], REMINDED, CONSISTENT, CONSISTENT)


@pytest.mark.parametrize(
    ("payments", "at"), [(20_000, [0, 1000, 5000, 20_000]), (40, [0, 2, 10, 40])]
)
def test_the_steps_grow_from_none_to_all(payments: int, at: list[int]) -> None:
    assert steps(payments) == at


def test_a_step_is_judged_by_its_median_round_and_slow_requests() -> None:
    assert (EMPTY.rate, EMPTY.post_p99) == (10.0, 0.5)


def test_bytes_are_of_each_payment_and_by_part_of_a_database() -> None:
    assert OPENING.bytes_each() == {
        "Temporal: visibility": 20.0,
        "Temporal: histories": 10.0,
        "Temporal: state, timers and tasks": 5.0,
        "ours": 10.0,
    }


def test_a_table_is_as_large_as_its_pages_and_those_of_its_indexes(tmp_path: Path) -> None:
    file = tmp_path / "some.db"
    with closing(sqlite3.connect(file)) as opened, opened:
        opened.execute("CREATE TABLE kept (text TEXT)")
        opened.execute("CREATE INDEX of_kept ON kept (text)")
        before = table_sizes.read(file)
        opened.execute("CREATE TABLE other (number INTEGER)")
        opened.executemany("INSERT INTO kept VALUES (?)", [("x" * 1000,) for _ in range(100)])
    after = table_sizes.read(file)

    schema = page = 4096
    assert before["kept"] == 2 * page
    assert sum(after.values()) + schema == file.stat().st_size
    grown = table_sizes.growth(before, after)
    assert grown["kept"] > 2 * 100 * 1000
    assert grown["other"] == page


@pytest.mark.parametrize(("rate", "reached"), [(9.0, True), (8.9, False)])
def test_waiting_payments_may_take_a_tenth_of_the_speed(rate: float, *, reached: bool) -> None:
    assert growth_goals.speed([EMPTY, replace(FULL, rates=[rate])]).reached is reached


@pytest.mark.parametrize(("size", "reached"), [(110, True), (111, False)])
def test_memory_is_compared_once_caches_are_full(size: int, *, reached: bool) -> None:
    much_less = replace(EMPTY, memory={"API": 1})
    last = replace(FULL, waiting=400, memory={"API": size})
    assert growth_goals.memory([EMPTY, much_less, FULL, last], "API").reached is reached


@pytest.mark.parametrize(
    ("result", "reached"),
    [
        (REMINDED, True),
        (replace(REMINDED, mailed=24), False),
        (replace(REMINDED, recorded=24), False),
        (replace(REMINDED, mailed=26), False),
    ],
)
def test_each_reminder_is_sent_once(result: DueReminders, *, reached: bool) -> None:
    assert growth_goals.reminders(result).reached is reached


@pytest.mark.parametrize("status", [1, 2])
def test_what_is_inconsistent_is_no_measurement(status: int) -> None:
    check(GROWTH)
    failed = replace(CONSISTENT, status=status)
    step = replace(FULL, audit=failed)
    for growth in (replace(GROWTH, audit=failed), replace(GROWTH, steps=[EMPTY, step])):
        with pytest.raises(InvalidMeasurementError, match="audit"):
            check(growth)
    with pytest.raises(InvalidMeasurementError, match="replay"):
        check(replace(GROWTH, replay=failed))


def test_figures_are_printed_and_written(tmp_path: Path) -> None:
    console = Console(width=100, record=True, file=io.StringIO())
    growth_report.show(GROWTH, console)
    growth_report.write(GROWTH, tmp_path / "figures.json")

    text = console.export_text()
    assert "25 reminders fell due at once: 25 recorded after 2.0 s, 25 mailed after 3.0 s" in text
    assert "New orders meanwhile: 3, 5.0 per second; they took 2.0 s, 9.0 s at the longest." in text
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in text.splitlines()]
    assert ["POST /orders, p99, ms", "500.0", "500.0"] in rows
    assert ["GET /orders, ms", "2.0", "2.0"] in rows
    assert ["opened per second", "20.0"] in rows
    assert ["bytes, Temporal: visibility", "20"] in rows
    # 4 s for 100 payments are 4,000 s for 100,000.
    assert ["minutes, audit", "67", "667"] in rows
    written = json.loads((tmp_path / "figures.json").read_text())
    assert written["reminders"]["mailed"] == 25
    assert written["steps"][1]["opening"]["ours"] == {"payments": 300, "events": 700}


async def test_a_count_is_awaited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counts, "POLL_SECONDS", 0.0)
    numbers = count()
    await counts.until(lambda: next(numbers), 5, "numbers")
    assert next(numbers) == 6


async def test_a_count_that_stands_still_ends_the_measurement(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(counts, "POLL_SECONDS", 0.0)
    monkeypatch.setattr(counts, "STALLED_SECONDS", 0.0)
    with pytest.raises(InvalidMeasurementError, match="mails: 3 instead of 4, unchanged"):
        await counts.until(lambda: 3, 4, "mails")


async def test_a_load_ends_with_its_turns() -> None:
    ended = asyncio.Event()
    placed: list[int] = []

    async def order() -> None:
        placed.append(len(placed))
        await asyncio.sleep(0)
        if len(placed) >= 10:
            ended.set()

    turns = iter(ended.is_set, True)  # noqa: FBT003
    await carry_out_turns(order, turns, 2, lambda: None, limit=60)

    assert 10 <= len(placed) <= 12


async def test_a_process_is_measured_to_its_end(tmp_path: Path) -> None:
    log = tmp_path / "some.log"
    code = "import sys; print('x'); sys.exit(3)"

    done = await processes.finish([sys.executable, "-c", code], log, {})

    assert done.status == 3
    assert log.read_text() == "x\n"
