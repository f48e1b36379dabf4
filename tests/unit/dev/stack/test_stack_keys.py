"""A stack has keys and secrets of its own, and keeps them secret."""

import re
import stat
from pathlib import Path

from dev.stack import Ports, Stack
from security.payload_keys import PayloadKeys
from tests.support.processes import REPOSITORY


def test_the_key_is_created_once_and_only_its_user_can_read_it(tmp_path: Path) -> None:
    first = Stack(tmp_path / "one", Ports()).environment["PAYLOAD_KEYS"]
    again = Stack(tmp_path / "one", Ports()).environment["PAYLOAD_KEYS"]
    other = Stack(tmp_path / "two", Ports()).environment["PAYLOAD_KEYS"]

    assert PayloadKeys.parse(first).find("local")
    assert first == again
    assert first != other
    file = tmp_path / "one" / "secrets" / "payloads"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_text() in first


def test_keys_that_are_given_are_used(tmp_path: Path) -> None:
    assert not Stack(tmp_path, Ports(), {"PAYLOAD_KEYS": ""}).environment["PAYLOAD_KEYS"]


def webhook_secrets(folder: Path, **given: str) -> tuple[str, str]:
    """The API's, and what the simulator signs with."""
    environment = Stack(folder, Ports(), given).environment
    return environment["STRIPE_WEBHOOK_SECRETS"], environment["STACK_WEBHOOK_SECRETS"]


def test_webhooks_are_signed_with_a_secret_of_ones_own(tmp_path: Path) -> None:
    api, simulator = webhook_secrets(tmp_path / "one")
    assert api == simulator
    assert webhook_secrets(tmp_path / "one") == (api, simulator)
    assert api not in webhook_secrets(tmp_path / "two")


def test_webhooks_are_signed_with_what_is_given(tmp_path: Path) -> None:
    given = "whsec_new, whsec_old"
    assert webhook_secrets(tmp_path, STRIPE_WEBHOOK_SECRETS=given) == (given, given)


def test_the_simulator_does_not_sign_with_stripes_secret(tmp_path: Path) -> None:
    _, own = webhook_secrets(tmp_path)
    real = {"STRIPE_API_BASE": "https://api.stripe.com", "STRIPE_WEBHOOK_SECRETS": "whsec_stripe"}
    assert webhook_secrets(tmp_path, **real) == ("whsec_stripe", own)


def test_no_secret_is_an_argument() -> None:
    """Everybody on the machine can read a process's arguments."""
    configuration = (REPOSITORY / "dev" / "stack" / "supervisord.conf").read_text()
    commands = re.findall("^command = (.*)", configuration, re.MULTILINE)
    assert commands
    assert not [one for one in commands if re.search("secret|key", one, re.IGNORECASE)]
