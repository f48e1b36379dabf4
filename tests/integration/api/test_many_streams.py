"""What 300 open streams cost everybody else, as a ratio of two measurements of one run."""

import sys
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

import httpx
import pytest

from storage import orders
from storage.database import Database
from storage.migrate import migrate
from tests.support.examples import add_customer, order
from tests.support.processes import answers, free_port, running

pytestmark = [pytest.mark.proof, pytest.mark.timeout(300)]

CUSTOMERS, STREAMS_EACH = 15, 20
MOST = 3.0
"""How many times as long a request may take beside them, in the median."""

REQUESTS = 300


@contextmanager
def open_streams(url: str) -> Generator[None]:
    """20 streams of each customer, each of which has sent what there was."""
    limits = httpx.Limits(max_connections=None)
    with ExitStack() as streams, httpx.Client(limits=limits, timeout=30, trust_env=False) as http:
        for number in range(CUSTOMERS):
            path = f"{url}/orders/{order_id(number)}/events"
            for _ in range(STREAMS_EACH):
                accept = {"Accept": "text/event-stream"}
                stream = streams.enter_context(http.stream("GET", path, headers=accept))
                assert next(stream.iter_lines()) == "id: 1"
        yield


def order_id(number: int) -> str:
    return f"6a1f8e9e-5d9e-4a53-9d53-{number:012}"


def median_seconds(http: httpx.Client) -> float:
    """Of requests that read the database, one after the other."""
    taken: list[float] = []
    for _ in range(REQUESTS):
        begun = time.perf_counter()
        assert http.get("/products").status_code == 200
        taken.append(time.perf_counter() - begun)
    return median(taken)


def test_streams_delay_nobody_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    environment = {
        "API_PORT": str(free_port()),
        "DATABASE_URL": f"sqlite:///{tmp_path}/orders.db",
        "TEMPORAL_ADDRESS": f"127.0.0.1:{free_port()}",
        "STREAMS_PER_ADDRESS": "1000",
        "REQUESTS_PER_MINUTE_AND_ADDRESS": "100000",
    }
    migrate(environment["DATABASE_URL"])
    url = f"http://127.0.0.1:{environment['API_PORT']}"
    with (
        running([sys.executable, "-m", "api"], ready=answers(f"{url}/products"), env=environment),
        httpx.Client(base_url=url, timeout=30, trust_env=False) as http,
    ):
        database = Database(environment["DATABASE_URL"])
        with database.write() as tx:
            for number in range(CUSTOMERS):
                add_customer(tx, f"customer-{number}")
                orders.place(tx, order(order_id(number), customer_id=f"customer-{number}"))
        database.close()
        median_seconds(http)  # the first requests are slower
        before = median_seconds(http)
        with open_streams(url):
            beside = median_seconds(http)
        after = median_seconds(http)
    # Whatever else the machine does, it did in one of the two as well.
    ratio = beside / max(before, after)
    with capsys.disabled():
        figures = ", ".join(f"{one * 1000:.1f}" for one in (before, beside, after))
        sys.stdout.write(f"p50 before, beside, after: {figures} ms; {ratio:.2f} times\n")
    assert ratio <= MOST
