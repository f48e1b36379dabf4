"""A known vulnerability fails the check; an unavailable source of vulnerabilities does not."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from scripts.audit_dependencies import AwayError, ask_pypi, audit, sources
from tests.support.processes import free_port

UNREACHABLE = f"http://127.0.0.1:{free_port()}"
FINDING = {
    "id": "PYSEC-1",
    "summary": "Authentication can be bypassed.",
    "aliases": [],
    "affected": [
        {"package": {"name": "httpx", "ecosystem": "PyPI"}, "versions": ["0.1.0"], "ranges": []}
    ],
}


@contextmanager
def answering(status: int, answer: Mapping[str, Any] | str) -> Iterator[str]:
    """The address of a server that gives this answer to every request."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(status)
            self.end_headers()
            self.wfile.write((answer if isinstance(answer, str) else json.dumps(answer)).encode())

        do_POST = do_GET  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def requirements(tmp_path: Path) -> Path:
    file = tmp_path / "requirements.txt"
    file.write_text(f"httpx==0.1.0 --hash=sha256:{'0' * 64}\n")
    return file


def test_an_unavailable_source_is_named(
    requirements: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with answering(404, {"message": "Not Found"}) as mirror:
        assert audit(requirements, sources(mirror, UNREACHABLE)) == 0
        [line] = capfd.readouterr().out.splitlines()
        assert f"{mirror}/pypi/pip-audit/" in line
        assert "answers 404" in line
        assert f"{UNREACHABLE}/v1/query: " in line


@pytest.mark.parametrize("answer", [{"info": {}}, "<html>", "[1]"])
def test_a_mirror_without_vulnerabilities_is_no_source(answer: dict[str, Any] | str) -> None:
    with answering(200, answer) as mirror, pytest.raises(AwayError):
        ask_pypi(mirror)
    with answering(200, {"vulnerabilities": []}) as pypi:
        ask_pypi(pypi)


def test_a_finding_fails(requirements: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with answering(200, {"vulns": [FINDING]}) as osv:
        assert audit(requirements, sources(UNREACHABLE, osv)) == 1
    assert "PYSEC-1" in capfd.readouterr().out


def test_no_finding_passes(requirements: Path) -> None:
    with answering(200, {}) as osv:
        assert audit(requirements, sources(UNREACHABLE, osv)) == 0


def test_an_audit_that_aborts_fails(requirements: Path) -> None:
    requirements.write_text("httpx\n")
    with answering(200, {}) as osv:
        assert audit(requirements, sources(UNREACHABLE, osv)) == 1


@pytest.mark.parametrize("status", [500, 503, 429])
def test_a_source_that_does_not_do_its_work_fails_in_ci(
    requirements: Path, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    with answering(status, {}) as osv:
        monkeypatch.setenv("CI", "true")
        assert audit(requirements, sources(UNREACHABLE, osv)) == 1
        monkeypatch.delenv("CI")
        assert audit(requirements, sources(UNREACHABLE, osv)) == 0


def test_where_the_audit_is_required_no_source_fails(
    requirements: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")
    assert audit(requirements, sources(UNREACHABLE, UNREACHABLE)) == 0
    monkeypatch.setenv("DEPENDENCY_AUDIT", "required")
    assert audit(requirements, sources(UNREACHABLE, UNREACHABLE)) == 1
