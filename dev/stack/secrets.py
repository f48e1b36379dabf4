"""Secrets for one machine, each in a file of its own."""

import base64
import os
import sys
import tempfile
from contextlib import suppress
from pathlib import Path


def local_secret(file: Path) -> str:
    """256 bits in base64: what the file holds, which is made if it is not there, for us alone.

    Ends the process, with a line that says why, if the file is empty.
    """
    if not file.exists():
        _make(file)
    secret = file.read_text().strip()
    if not secret:
        sys.exit(f"{file} holds no secret; remove it, and another is made.")
    return secret


def _make(file: Path) -> None:
    """All of it at once, whoever else makes it and whatever is killed meanwhile: the first wins."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=file.parent) as output:
        output.write(base64.b64encode(os.urandom(32)).decode())
        output.flush()
        os.fsync(output.fileno())
        with suppress(FileExistsError):
            os.link(output.name, file)
