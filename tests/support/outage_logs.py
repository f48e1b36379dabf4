"""Reads the logs during an outage: the lines since it began, and that there are few."""

from dataclasses import dataclass, field

import httpx

from dev.stack.stack import Stack
from tests.support.processes import eventually
from tests.support.shop import TIMEOUT_SECONDS
from tests.support.simulators import SECRET_KEY

OURS = ("api", "worker", "mailer")
PRIVATE = (SECRET_KEY, "@example.com", "Kermit", "pm_card")
"""Secrets and personal data: not for logs."""


RARELY = 5
"""At most so many lines; a line for each attempt or poll would be far more."""


@dataclass
class Logs:
    """The logs of our processes from the creation of this object."""

    stack: Stack
    _before: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        """Remember where each log ends."""
        self._before = {name: len(self.stack.log(name)) for name in OURS}

    def since(self, name: str) -> str:
        """What the process has written since."""
        return self.stack.log(name)[self._before[name] :]

    def await_words(self, name: str, words: str, times: int = 1) -> None:
        """Wait until the process has written the words so often."""
        what = f"{words!r} in the log of {name}"
        eventually(lambda: self.since(name).count(words) >= times, what, TIMEOUT_SECONDS)

    def assert_readable(self) -> None:
        """No log contains a traceback, a secret or personal data."""
        for name in OURS:
            text = self.since(name)
            for unwanted in ("Traceback", *PRIVATE):
                assert unwanted not in text, f"{unwanted} in the log of {name}:\n{text[-3000:]}"


def assert_logged_rarely(text: str, words: str) -> None:
    """Once or a few times: on a slow machine a poll may time out, which is logged again."""
    assert 1 <= text.count(words) <= RARELY, text


def unavailable(api_url: str) -> list[str]:
    """The dependencies that `/readyz` names; checks that the API itself is alive."""
    with httpx.Client(base_url=api_url, timeout=60, trust_env=False) as http:
        assert http.get("/healthz").status_code == 200
        answer = http.get("/readyz")
    if answer.is_success:
        return []
    assert answer.status_code == 503
    named = answer.json()["detail"].removeprefix("Temporarily unavailable: ")
    return named.removesuffix(". Please try again.").split(", ")


def await_unavailable(api_url: str, *names: str) -> None:
    """Wait until `/readyz` names exactly these dependencies."""
    eventually(lambda: unavailable(api_url) == list(names), f"/readyz {names}", TIMEOUT_SECONDS)
