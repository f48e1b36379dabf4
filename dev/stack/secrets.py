"""Secrets of this machine, each in a file of its own."""

import base64
import os
import sys
import tempfile
from contextlib import suppress
from pathlib import Path


def local_secret(file: Path) -> str:
    """The file's content, 256 bits in base64; a missing file is created, readable by this user.

    Ends the process, with a line that says why, if the file is empty.
    """
    if not file.exists():
        _create(file)
    secret = file.read_text().strip()
    if not secret:
        sys.exit(f"{file} holds no secret; remove it, and a new one is made.")
    return secret


def _create(file: Path) -> None:
    """Creates the file atomically; if another process creates it first, that one is kept."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=file.parent) as output:
        output.write(base64.b64encode(os.urandom(32)).decode())
        output.flush()
        os.fsync(output.fileno())
        with suppress(FileExistsError):
            os.link(output.name, file)
