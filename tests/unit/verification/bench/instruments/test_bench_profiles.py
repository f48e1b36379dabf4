import threading
from pathlib import Path

import pytest

from verification.bench.instruments import profiler, profiles
from verification.bench.instruments.profiler import profiled


@pytest.mark.parametrize(
    ("file", "package"),
    [
        ("/a/.venv/lib/python3.11/site-packages/sqlalchemy/engine/base.py", "sqlalchemy"),
        ("/usr/lib/python3.11/asyncio/events.py", "the standard library"),
        ("/work/storage/orders.py", "storage"),
        ("~", "built in"),
        ("<frozen importlib._bootstrap>", "built in"),
    ],
)
def test_files_belong_to_packages(file: str, package: str) -> None:
    assert profiles.package(file) == package


def spin() -> int:
    return sum(number * number for number in range(300_000))


@pytest.mark.skipif(not profiler.IS_SUPPORTED, reason="cProfile can't tell threads apart here")
def test_what_another_thread_does_is_seen_and_waiting_is_not(tmp_path: Path) -> None:
    with profiled(tmp_path / "stats"):
        thread = threading.Thread(target=spin)
        thread.start()
        thread.join()
        threading.Event().wait(0.5)
    profile = profiles.read(tmp_path / "stats")
    spinning = [seconds for name, seconds in profile.functions if name.endswith(":spin")]
    waiting = [seconds for name, seconds in profile.functions if name.endswith(":wait")]
    # Seconds of CPU, which a busy machine does not change.
    assert spinning[0] > 0.001
    assert max(waiting) < 0.1
