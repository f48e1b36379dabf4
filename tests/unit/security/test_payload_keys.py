"""Keys are identified by their ids, and never shown."""

import base64
import subprocess
import sys

import pytest
from pydantic import ValidationError

from config import Settings
from security.payload_keys import KEY_BYTES, PayloadKeys, UnknownKeyError, new_key
from tests.support.processes import REPOSITORY

ENCODED = base64.b64encode(bytes(range(KEY_BYTES))).decode()
SHORT = base64.b64encode(b"sixteen bytes...").decode()


def test_the_first_key_encrypts() -> None:
    keys = PayloadKeys.parse(f"{new_key('new')}, {new_key('old')}")
    assert keys.encrypting is not None
    assert keys.encrypting.id == "new"
    assert keys.encrypting.cipher is keys.find("new")
    assert keys.find("old") is not keys.find("new")


@pytest.mark.parametrize("text", ["", " ", "\n"])
def test_there_may_be_no_key(text: str) -> None:
    keys = PayloadKeys.parse(text)
    assert not keys
    assert keys.encrypting is None


def test_a_key_that_is_not_there_is_named() -> None:
    keys = PayloadKeys.parse(f"{new_key('new')},{new_key('old')}")
    with pytest.raises(UnknownKeyError, match=r"'older'.*\(it has new, old\)"):
        keys.find("older")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (ENCODED, "Key 1 of 1"),
        (f"a:{ENCODED},{ENCODED}", "Key 2 of 2"),
        (f"a:{ENCODED},", "Key 2 of 2"),
        (f"{ENCODED}:a", "Key 1 of 1"),
        (f"a:{ENCODED},a:{ENCODED}", "two keys with the id 'a'"),
        (f"a:{ENCODED[:-2]}", "'a' is not base64"),
        (f"a:!{ENCODED}", "'a' is not base64"),
        (f"a:{SHORT}", "'a' has 16 bytes"),
    ],
)
def test_what_is_no_key_is_refused_and_not_repeated(text: str, said: str) -> None:
    with pytest.raises(ValidationError, match=said) as caught:
        Settings.model_validate({"payload_keys": text})
    for secret in (ENCODED, ENCODED[:12], ENCODED[12:24], SHORT):
        assert secret not in str(caught.value)
        assert secret not in repr(caught.value)


def test_settings_show_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAYLOAD_KEYS", f"2030-01:{ENCODED}")
    settings = Settings()
    assert settings.payload_keys.find("2030-01")
    shown = f"{settings!r} {settings} {settings.model_dump()} {vars(settings.payload_keys)}"
    assert "PayloadKeys(2030-01)" in shown
    assert ENCODED not in shown
    assert repr(bytes(range(KEY_BYTES))) not in shown


def test_no_secret_is_shown_when_another_setting_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAYLOAD_KEYS", f"a:{ENCODED}")
    monkeypatch.setenv("STRIPE_API_KEY", "sk_live_secret")
    monkeypatch.setenv("RETRY_FIRST", "PT2M")
    with pytest.raises(ValidationError, match="RETRY_FIRST=PT2M") as caught:
        Settings()
    for piece in ("sk_liv", ENCODED[:6]):
        assert piece not in str(caught.value)


def test_a_key_is_made_by_a_command() -> None:
    command = [sys.executable, "-m", "security.payload_keys", "2030-01"]
    made = [
        subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout
        for _ in range(2)
    ]
    assert len(set(made)) == 2
    for line in made:
        assert PayloadKeys.parse(line).find("2030-01")
