"""`python -m scripts.audit_dependencies REQUIREMENTS`: is anything known against what we depend on?

Runs `pip-audit --strict` with the first source of known vulnerabilities that can be reached, and
whatever that one answers counts. Where none can be, that is said in one line. It is a failure with
DEPENDENCY_AUDIT=required, and under CI=true if a source was reached but did not do its work: an
audit that was prevented is no passed one.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from importlib.metadata import version
from pathlib import Path

import httpx

PYPI = "https://pypi.org"
OSV = "https://api.osv.dev"
TIMEOUT_SECONDS = 10.0
"""For one answer."""


class AwayError(Exception):
    """The source does not answer, or what answers at its address is something else."""


class BrokenError(AwayError):
    """The source was reached, but is overloaded, out of order or too slow."""


@dataclass(frozen=True)
class Source:
    """Where vulnerabilities are known; `ask` raises `AwayError` if they are not to be had there."""

    ask: Callable[[], None]
    arguments: tuple[str, ...]


def sources(pypi: str = PYPI, osv: str = OSV) -> list[Source]:
    """In the order in which they are tried."""
    return [
        Source(lambda: ask_pypi(pypi), ("--vulnerability-service=pypi",)),
        Source(lambda: ask_osv(osv), ("--vulnerability-service=osv", f"--osv-url={osv}/v1/query")),
    ]


def ask_pypi(url: str) -> None:
    """Whether it tells what is known of one release: mirrors have the files, and seldom that."""
    of_a_release = f"{url}/pypi/pip-audit/{version('pip-audit')}/json"
    answer = _answer("GET", of_a_release)
    if "vulnerabilities" not in answer:
        raise AwayError(f"{of_a_release} says nothing of vulnerabilities")


def ask_osv(url: str) -> None:
    """Whether it answers a question."""
    package = {"name": "pip-audit", "ecosystem": "PyPI"}
    question = {"package": package, "version": version("pip-audit")}
    _answer("POST", f"{url}/v1/query", question)


def _answer(method: str, url: str, question: object = None) -> dict[str, object]:
    """Raises `AwayError`."""
    try:
        answer = httpx.request(
            method, url, json=question, timeout=TIMEOUT_SECONDS, follow_redirects=True
        )
        if answer.is_server_error or answer.status_code == HTTPStatus.TOO_MANY_REQUESTS:
            raise BrokenError(f"{url} answers {answer.status_code}")
        if answer.status_code != HTTPStatus.OK:
            raise AwayError(f"{url} answers {answer.status_code}")
        return dict(answer.json())
    except (httpx.ReadTimeout, httpx.RemoteProtocolError, httpx.ReadError) as error:
        raise BrokenError(f"{url}: {error or type(error).__name__}") from error
    except httpx.TransportError as error:
        raise AwayError(f"{url}: {error}") from error
    except (TypeError, ValueError) as error:
        raise AwayError(f"{url} answers no JSON object") from error


def audit(requirements: Path, tried: list[Source]) -> int:
    """The exit code: pip-audit's, or without a source 1 where the audit is required, else 0."""
    reasons: list[AwayError] = []
    for source in tried:
        try:
            source.ask()
        except AwayError as error:
            reasons.append(error)
            continue
        fixed = ["--strict", "--require-hashes", "--disable-pip", "--progress-spinner=off"]
        command = [sys.executable, "-m", "pip_audit", *fixed, *source.arguments]
        return subprocess.run([*command, "-r", str(requirements)], check=False).returncode
    said = "; ".join(map(str, reasons))
    sys.stdout.write(f"dependencies NOT audited, no source reached: {said}\n")
    is_broken = any(isinstance(reason, BrokenError) for reason in reasons)
    is_required = os.environ.get("DEPENDENCY_AUDIT") == "required"
    return int(is_required or (os.environ.get("CI") == "true" and is_broken))


if __name__ == "__main__":
    sys.exit(audit(Path(sys.argv[1]), sources()))
