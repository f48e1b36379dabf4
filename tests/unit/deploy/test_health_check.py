"""The health check of our containers."""

from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from deploy.health_check import find_fault
from tests.support.processes import free_port


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """A server that answers `/metrics` and nothing else."""
    (tmp_path / "metrics").write_text("temporal_num_pollers 5")
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_an_answer_is_health(url: str) -> None:
    assert find_fault(f"{url}/metrics", "") is None
    assert find_fault(f"{url}/metrics", "temporal_num_pollers") is None


def test_an_answer_that_lacks_what_it_should_hold_is_none(url: str) -> None:
    assert find_fault(f"{url}/metrics", "orders") == f"{url}/metrics does not contain orders"


def test_another_status_is_none(url: str) -> None:
    assert find_fault(f"{url}/readyz", "") == f"{url}/readyz answers 404"


def test_nobody_answers() -> None:
    assert "does not answer" in (find_fault(f"http://127.0.0.1:{free_port()}/readyz", "") or "")


@pytest.mark.parametrize("url", ["127.0.0.1:8000", "http://127.0.0.1:99999", "http://[::1", ""])
def test_no_address(url: str) -> None:
    assert (find_fault(url, "") or "").startswith(f"{url} is not an http:// address")
