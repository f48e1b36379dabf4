"""Secrets for one machine, each in a file of its own."""

import base64
import os
from contextlib import suppress
from pathlib import Path


def local_secret(file: Path) -> str:
    """256 bits in base64: what the file holds, which is made if it is not there, for us alone."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        made = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(made, "w") as output:
            output.write(base64.b64encode(os.urandom(32)).decode())
    return file.read_text()
