"""The commands that documents print: of make, python, pytest, npm and `orders`."""

import json
import re
import shlex
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import typer

from clients.cli.app import app
from tests.support.processes import REPOSITORY
from tests.unit.docs.documents import Document, tracked
from tests.unit.docs.references import selected_tests

SHELLS = {(), ("sh",), ("bash",), ("console",)}
PREFIXES = (["uv", "run"], [".cache/uv/bin/uv", "run"], ["(cd"], ["then"])
ASSIGNMENT = re.compile(r"[A-Z][A-Z0-9_]*=.*")


def commands(document: Document) -> Iterator[list[str]]:
    """Each split into words, without what only leads to it: variables, `uv run`."""
    lines = list(document.spans)
    for fence in document.fences:
        if fence.info in SHELLS:
            lines += fence.text.replace("\\\n", " ").splitlines()
    for line in lines:
        for part in [*re.findall(r"\$\((.*?)\)", line), re.sub(r"\$\(.*?\)", "X", line)]:
            words = _split(part)
            while words and (ASSIGNMENT.fullmatch(words[0]) or words[:2] in PREFIXES):
                words = words[2:] if words[:2] in PREFIXES else words[1:]
            if words:
                yield words


def _split(line: str) -> list[str]:
    try:
        return shlex.split(line, comments=True)
    except ValueError:  # prose, or a line of a longer command
        return []


def rotten_commands(document: Document) -> Iterator[str]:
    for words in commands(document):
        match Path(words[0]).name, words[1:]:
            case "make", arguments if arguments:
                yield from _make(arguments)
            case "python" | "python3" | "python3.11", ["-m", "pytest", *arguments]:
                yield from _pytest(arguments)
            case "python" | "python3" | "python3.11", ["-m", module, *arguments]:
                yield from _module(module, arguments)
            case "python" | "python3" | "python3.11", [script, *arguments] if script[0] != "-":
                yield from _script(script, arguments)
            case "pytest", arguments:
                yield from _pytest(arguments)
            case "orders", [subcommand, *arguments]:
                yield from _orders(subcommand, arguments)
            case "npm", ["run", script, *_]:
                if (
                    script
                    not in json.loads((REPOSITORY / "web/package.json").read_text())["scripts"]
                ):
                    yield f"npm run {script}: package.json has no such script"
            case _:
                pass


def _make(arguments: list[str]) -> Iterator[str]:
    makefile = (REPOSITORY / "Makefile").read_text()
    targets = set(re.findall(r"^([\w-]+):", makefile, re.MULTILINE))
    for word in arguments:
        variable, is_variable, _ = word.partition("=")
        if is_variable:
            if f"$({variable})" not in makefile and variable not in _environment():
                yield f"make {' '.join(arguments)}: nothing reads {variable}"
        elif not word.startswith("-") and word not in targets:
            yield f"make {word}: there is no such target"


@cache
def _environment() -> set[str]:
    """The variables that `make` hands on to what it starts."""
    sources = (one.read_text() for one in tracked() if one.match("*.py") and _is_dev(one))
    return {name for text in sources for name in re.findall(r'"([A-Z_]+)"', text)}


def _is_dev(path: Path) -> bool:
    return path.is_relative_to(REPOSITORY / "dev")


def _module(module: str, arguments: list[str]) -> Iterator[str]:
    try:
        spec = find_spec(module)
    except ModuleNotFoundError:
        spec = None
    if spec is None:
        yield f"python -m {module}: there is no such module"
        return
    folders = spec.submodule_search_locations
    if folders is None:
        sources = [Path(spec.origin or "")]
    else:
        sources = [path for folder in folders for path in Path(folder).rglob("*.py")]
        if not any(path.name == "__main__.py" for path in sources):
            yield f"python -m {module}: it has no __main__.py"
    if REPOSITORY in sources[0].parents:
        yield from _options(f"python -m {module}", arguments, sources)


def _script(script: str, arguments: list[str]) -> Iterator[str]:
    path = REPOSITORY / script
    if not path.is_file():
        yield f"python {script}: there is no such file"
    else:
        yield from _options(f"python {script}", arguments, [path])


def _options(command: str, arguments: list[str], sources: list[Path]) -> Iterator[str]:
    text = "".join(path.read_text() for path in [*sources, *_servers(sources)])
    for word in arguments:
        option = word.partition("=")[0]
        if option.startswith("--") and f'"{option}"' not in text:
            yield f"{command} {option}: there is no such option"


def _servers(sources: list[Path]) -> list[Path]:
    """The simulators share the options of their server."""
    folder = REPOSITORY / "dev/simulators"
    return [folder / "server.py"] if any(path.is_relative_to(folder) for path in sources) else []


def _pytest(arguments: list[str]) -> Iterator[str]:
    paths, expression = [], ""
    words = iter(arguments)
    for word in words:
        if word == "-k":
            expression = next(words, "")
        elif not word.startswith("-"):
            paths.append(word)
    yield from selected_tests(paths, expression)


def _orders(subcommand: str, arguments: list[str]) -> Iterator[str]:
    if subcommand == "--help":
        return
    group = typer.main.get_command(app)
    command = getattr(group, "commands", {}).get(subcommand)
    if command is None:
        yield f"orders {subcommand}: there is no such subcommand"
        return
    try:
        command.make_context(subcommand, list(arguments))
    except Exception as error:  # noqa: BLE001 whichever library typer parses with
        yield f"orders {subcommand} {' '.join(arguments)}: {error}"
