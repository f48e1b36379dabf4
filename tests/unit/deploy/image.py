"""What .dockerignore lets into our image, laid out in a folder, and commands run in it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from tests.support.processes import REPOSITORY

_NO_SUCH_FLAG = "--no-such-flag"

_LOAD = """
import importlib, importlib.util, sys
name = sys.argv[1]
spec = importlib.util.find_spec(name) or sys.exit(f"there is no {name}")
importlib.import_module(f"{name}.__main__" if spec.submodule_search_locations else name)
"""


def let_through() -> dict[str, list[Path]]:
    """What .dockerignore, which begins by shutting everything out, lets in, by its pattern."""
    patterns = [line.removeprefix("!") for line in _dockerignore() if line.startswith("!")]
    return {pattern: list(REPOSITORY.glob(pattern)) for pattern in patterns}


def lay_out(folder: Path) -> None:
    """Copies what the build is given of ours."""
    kept_out = [line.rpartition("/")[2] for line in _dockerignore()[1:] if not line.startswith("!")]
    for source in chain.from_iterable(let_through().values()):
        target = folder / source.relative_to(REPOSITORY)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns(*kept_out))
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)


def _dockerignore() -> list[str]:
    """Its patterns; the first shuts everything out."""
    lines = (REPOSITORY / ".dockerignore").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def complaint_about(command: Sequence[str], image: Path) -> str | None:
    """Why that command would not start in a container; None if it would.

    Its modules are imported, and its own parser is shown its flags, without it being run.
    """
    program, *arguments = command
    if program == "python":
        return _complaint_of_python(arguments, image)
    if not (Path(sys.executable).parent / program).exists():
        return f"{program} is no program of the dependencies"
    return _complaint_of_parser([program, *arguments], image)


def run(
    command: Sequence[str], image: Path, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Runs a command as a container would, with nothing of our environment."""
    programs = Path(sys.executable).parent
    return subprocess.run(
        [str(programs / command[0]), *command[1:]],
        cwd=image,
        env={"PATH": f"{programs}{os.pathsep}{os.defpath}", **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def _complaint_of_python(arguments: Sequence[str], image: Path) -> str | None:
    if arguments[0] == "-m":
        module, flags = arguments[1], arguments[2:]
    elif arguments[0].endswith(".py"):
        module, flags = arguments[0].removesuffix(".py"), arguments[1:]
    else:
        return f"python {arguments[0]}: neither a module nor a file"
    if flags:
        return _complaint_of_parser(["python", *arguments], image)
    done = run(["python", "-c", _LOAD, module], image)
    return None if done.returncode == 0 else _last_line(done.stderr)


def _complaint_of_parser(command: Sequence[str], image: Path) -> str | None:
    """Shown a flag that it does not know, argparse complains of that alone if the rest is right."""
    said = _last_line(run([*command, _NO_SUCH_FLAG], image).stderr)
    return None if said.endswith(f"unrecognized arguments: {_NO_SUCH_FLAG}") else said


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["it says nothing"])[-1]
