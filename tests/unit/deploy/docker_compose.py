"""Docker Compose itself, built from its source, once. It reads files without a container engine."""

import fcntl
import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

import pytest

from tests.support.processes import REPOSITORY

MODULE = "github.com/docker/compose/v2"
VERSION = "v2.40.3"
BINARY = REPOSITORY / ".cache" / "bin" / f"docker-compose-{VERSION}"

Services = dict[str, dict[str, Any]]


class RefusedError(Exception):
    """Docker Compose does not take the file; the text is its own."""


def config(file: Path, environment: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The file as Docker Compose understands it: defaults filled in, paths absolute.

    Nothing of our own environment, or of a `.env`, gets into it: only `environment`. Raises
    `RefusedError`.
    """
    done = subprocess.run(
        [
            str(built()),
            *("--env-file", os.devnull, "--project-directory", str(REPOSITORY)),
            *("--file", str(file), "config", "--format", "json"),
        ],
        env={"PATH": os.defpath, "HOME": str(file.parent), **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RefusedError(done.stderr.strip())
    understood: dict[str, Any] = json.loads(done.stdout)
    return understood


def built() -> Path:
    """The program; built on first use, which takes minutes."""
    BINARY.parent.mkdir(parents=True, exist_ok=True)
    with BINARY.with_name(f"{BINARY.name}.lock").open("w") as lock:
        # One build at a time, should several test processes come here at once.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not BINARY.exists():
            unfinished = BINARY.with_name(f"{BINARY.name}.unfinished")
            # In the module's own folder, since its go.mod holds what `go install` does not take;
            # what it is made of is checked against its own go.sum.
            folder = module_folder(MODULE, VERSION)
            arguments = ["-trimpath", "-ldflags=-s -w", "-o", str(unfinished), "./cmd"]
            _go("build", "-C", str(folder), *arguments)
            unfinished.rename(BINARY)
    return BINARY


def module_folder(module: str, version: str) -> Path:
    """The source of a Go module; downloaded if it isn't there. Skips the test without Go."""
    downloaded = _go("mod", "download", "-json", f"{module}@{version}")
    return Path(json.loads(downloaded)["Dir"])


def _go(*arguments: str) -> str:
    go = shutil.which("go")
    if go is None:
        _give_up("Go is not installed")
    # In a folder that is no module's: go.mod files of ours have no say.
    done = subprocess.run([go, *arguments], cwd="/", capture_output=True, text=True, check=False)
    if done.returncode != 0:
        _give_up(f"go {arguments[0]} failed: {(done.stderr or done.stdout)[-500:]}")
    return done.stdout


def _give_up(reason: str) -> NoReturn:
    if os.environ.get("CI") == "true":
        pytest.fail(f"{reason}; CI has to have it")
    pytest.skip(f"{reason}; docker-compose.yml is not checked")
