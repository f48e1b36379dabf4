"""Whose settings reach the processes of a stack."""

import tempfile
from pathlib import Path

import pytest

from config import Settings
from dev import run
from dev.stack import Ports, Stack

PERSONAL = {
    "CURRENCY": "USD",
    "currency": "USD",
    "PAYMENT_WAITING_TIME": "PT1S",
    "DATABASE_URL": "postgresql://real",
    "TEMPORAL_ADDRESS": "temporal.example:7233",
    "TEMPORAL_NAMESPACE": "real",
    "TEMPORAL_TLS": "true",
}


@pytest.fixture
def personal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of the person who runs the tests."""
    for name, text in PERSONAL.items():
        monkeypatch.setenv(name, text)


@pytest.mark.usefixtures("personal")
def test_a_stack_has_the_settings_it_is_given_and_no_others(tmp_path: Path) -> None:
    given = {"CARD_SEARCH_LAG": "PT0S"}
    environment = Stack(tmp_path, Ports(), given).environment
    assert not {text for text in PERSONAL.values() if text != "true"} & set(environment.values())
    assert "TEMPORAL_TLS" not in environment
    assert environment["CARD_SEARCH_LAG"] == "PT0S"
    assert environment["TEMPORAL_PORT"] == "7233"
    assert environment["PATH"]


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ({}, "127.0.0.1:7233"),
        ({"TEMPORAL_ADDRESS": "temporal.example:7233"}, "temporal.example:7233"),
    ],
    ids=["its own", "given"],
)
@pytest.mark.usefixtures("personal")
def test_a_further_process_is_a_client_of_the_stacks_temporal(
    given: dict[str, str], address: str, tmp_path: Path
) -> None:
    stack = Stack(tmp_path, Ports(), given)
    assert stack.client_environment == stack.environment | {"TEMPORAL_ADDRESS": address}
    assert stack.environment.get("TEMPORAL_ADDRESS") == given.get("TEMPORAL_ADDRESS")


def test_a_stack_reads_no_settings_file(tmp_path: Path) -> None:
    assert not Stack(tmp_path, Ports()).environment["SETTINGS_FILE"]


def test_a_stack_that_was_not_started_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    Stack(tmp_path / "data", Ports()).shut_down()
    assert list(tmp_path.iterdir()) == []


def test_tests_read_no_settings_file() -> None:
    assert not Settings.model_config.get("env_file")


@pytest.mark.usefixtures("personal")
def test_people_have_their_own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / ".env"
    file.write_text(
        "SMTP_URL=smtp://mail.example\nDATABASE_URL=sqlite:///other.db\nAPI_PORT=8001\n"
    )
    monkeypatch.setenv("SETTINGS_FILE", str(file))
    own = run.own_settings()
    assert own == {
        "CURRENCY": "USD",
        "DATABASE_URL": "postgresql://real",
        "TEMPORAL_ADDRESS": "temporal.example:7233",
        "TEMPORAL_NAMESPACE": "real",
        "TEMPORAL_TLS": "true",
        "TEMPORAL_CONFIG_FILE": "/dev/null",
        "SMTP_URL": "smtp://mail.example",
        "API_PORT": "8001",
    }
    environment = Stack(tmp_path, Ports.from_environment(own), own).environment
    assert environment.items() >= own.items()


def test_our_own_temporal_server_is_reached_without_settings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TEMPORAL_NAMESPACE", "real")
    monkeypatch.setenv("TEMPORAL_UI_PORT", "8234")
    assert run.own_settings() == {"TEMPORAL_UI_PORT": "8234"}


def test_nobody_is_locked_out_by_clicking() -> None:
    """A click a second for an hour, all for the same customer of a hundred open payments."""
    clicks = 3600
    given = {name.lower(): int(text) for name, text in run.GENEROUS_LIMITS.items()}
    limits = Settings().model_copy(update=given)
    run.check(run.GENEROUS_LIMITS)
    assert limits.card_updates_per_day >= clicks
    assert limits.card_updates_per_day_and_customer >= clicks
    assert limits.card_charges_per_day_and_customer >= 100 * clicks
    assert limits.requests_per_minute_and_address >= clicks


def test_the_story_can_be_watched_in_slow_motion() -> None:
    run.check({"STEP_PAUSE_SECONDS": "2"})
    with pytest.raises(SystemExit, match="STEP_PAUSE_SECONDS=4"):
        run.check({"STEP_PAUSE_SECONDS": "4"})
