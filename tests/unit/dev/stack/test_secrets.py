import base64
import os
from pathlib import Path

import pytest

from dev.stack.secrets import local_secret


class KilledError(Exception):
    """In the middle of it."""


def test_a_secret_is_created_once_and_only_its_user_can_read_it(tmp_path: Path) -> None:
    file = tmp_path / "secrets" / "one"
    secret = local_secret(file)
    assert len(base64.b64decode(secret)) == 32
    assert local_secret(file) == secret
    assert file.stat().st_mode & 0o777 == 0o600
    assert local_secret(tmp_path / "another") != secret
    assert [one.name for one in file.parent.iterdir()] == ["one"]


def test_a_secret_is_there_as_a_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(_size: int) -> bytes:
        raise KilledError

    file = tmp_path / "one"
    with monkeypatch.context() as patch:
        patch.setattr(os, "urandom", killed)
        with pytest.raises(KilledError):
            local_secret(file)
    assert not file.exists()
    assert len(base64.b64decode(local_secret(file))) == 32


def test_who_makes_it_first_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "one"
    link = os.link

    def late(made: str, to: Path) -> None:
        file.write_text("theirs")
        link(made, to)

    monkeypatch.setattr(os, "link", late)
    assert local_secret(file) == "theirs"


def test_an_empty_secret_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "one"
    file.touch()
    with pytest.raises(SystemExit, match=r"one holds no secret; remove it"):
        local_secret(file)
