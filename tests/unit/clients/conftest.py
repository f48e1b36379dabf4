"""The `orders` command, and an API that answers as a test wants it."""

from collections.abc import Iterator

import pytest

from clients.cli.app import main
from tests.support.scripted_http import Script, scripted_http
from tests.unit.clients.answers import Orders


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[Script]:
    with scripted_http() as script:
        monkeypatch.setenv("ORDERS_API", script.url)
        monkeypatch.delenv("ORDERS_TOKEN", raising=False)
        yield script


@pytest.fixture
def orders(capsys: pytest.CaptureFixture[str]) -> Orders:
    """Runs the command; its exit code."""

    def run(*arguments: str) -> int:
        capsys.readouterr()
        try:
            return main(list(arguments))
        except SystemExit as ended:
            return int(ended.code or 0)

    return run
