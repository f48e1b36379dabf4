import base64
from pathlib import Path

from stack.secrets import local_secret


def test_a_secret_is_made_once_and_nobody_else_can_read_it(tmp_path: Path) -> None:
    file = tmp_path / "secrets" / "one"
    secret = local_secret(file)
    assert len(base64.b64decode(secret)) == 32
    assert local_secret(file) == secret
    assert file.stat().st_mode & 0o777 == 0o600
    assert local_secret(tmp_path / "another") != secret
