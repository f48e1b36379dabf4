"""A stack encrypts payloads with a key of its own."""

import stat
from pathlib import Path

from codec.keys import PayloadKeys
from stack import Ports, Stack


def test_the_key_is_made_once_and_is_for_nobody_else(tmp_path: Path) -> None:
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
