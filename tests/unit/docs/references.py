"""What a document refers to, and which of it does not exist. Each function lists problems."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from textwrap import dedent

from config import Settings
from tests.support.processes import REPOSITORY
from tests.unit.docs.documents import Document, read, source_words, tracked

GENERATED = (".data", ".venv", ".cache", ".env", "web/dist", "web/.generated", ".generated")
"""Paths that exist only where the system was set up."""

FOREIGN_FILES = {"temporal-server", "temporal-ui"}

EXTENSIONS = "py|md|toml|yml|yaml|ts|tsx|css|json|sh|bpmn|conf|mod|ini"
PATH = re.compile(rf"[\w.-]+(?:/[\w.*-]+)*/|[\w.-]+(?:/[\w.*-]+)+|[\w-]+\.(?:{EXTENSIONS})")
MEDIA_TYPE = re.compile(r"(application|text)/.*")

IDENTIFIER = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*(?:\(\))?")
UPPER_CASE = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")

FOREIGN_WORDS = {
    # Temporal, its server and its SDK.
    "TEMPORAL_CODEC_AUTH",
    "TEMPORAL_CODEC_PASS_ACCESS_TOKEN",
    "WORKFLOW_TASK_FAILED",
    "PyGILState_Release",
    "Terminate",
    "enableCancelWorkerPollsOnShutdown",
    "recordTaskStartedSyncMatchTimeout",
    "temporal_activity_execution_failed",
    "temporal_activity_schedule_to_start_latency",
    "temporal_local_activity_execution_failed",
    "temporal_long_request_failure",
    "temporal_request_failure",
    "temporal_worker_task_slots_available",
    "temporal_workflow_task_execution_failed",
    "temporal_workflow_task_schedule_to_start_latency",
    # Stripe.
    "amount_too_small",
    "last_payment_error",
    # Programs.
    "cp",
    "ps",
}


def missing_links(document: Document) -> Iterator[str]:
    for link in document.links:
        target, _, anchor = link.partition("#")
        path = (document.folder / target).resolve() if target else REPOSITORY / document.path
        if not path.exists():
            yield f"link to {link}: there is no such file"
        elif anchor and path.suffix == ".md":
            anchors = document.anchors if not target else read(path).anchors
            if anchor not in anchors:
                yield f"link to {link}: there is no such heading"


def missing_paths(document: Document) -> Iterator[str]:
    """Of code spans that are a path; from the repository, or from the document's folder."""
    for span in document.spans:
        path = span.partition("::")[0]
        if PATH.fullmatch(path) and not MEDIA_TYPE.fullmatch(path) and not _exists(document, path):
            yield f"{span}: there is no such file or folder"


def _exists(document: Document, path: str) -> bool:
    if path.startswith(GENERATED) or path in FOREIGN_FILES:
        return True
    return any(
        any(base.glob(path)) if "*" in path else (base / path).exists()
        for base in (REPOSITORY, document.folder)
    )


def missing_identifiers(document: Document) -> Iterator[str]:
    """Of code spans that are a name, dotted or not: each part is a word of the sources."""
    for span in document.spans:
        is_checked_elsewhere = PATH.fullmatch(span) or UPPER_CASE.fullmatch(span)
        if not IDENTIFIER.fullmatch(span) or is_checked_elsewhere:
            continue
        words = {word.removesuffix("_total") for word in re.findall(r"\w+", span)}
        unknown = words - source_words() - settings() - FOREIGN_WORDS
        if unknown:
            yield f"{span}: no source names {', '.join(sorted(unknown))}"


def missing_settings(document: Document) -> Iterator[str]:
    """Names in upper case are settings, or a variable or constant that a source names."""
    for text in [*document.spans, *(fence.text for fence in document.fences)]:
        for name in UPPER_CASE.findall(text):
            known = name in settings() or name in source_words() or name in FOREIGN_WORDS
            if not known:
                yield f"{name}: no setting of config, and no source names it"


def settings() -> set[str]:
    return {name.upper() for name in Settings.model_fields}


def rotten_snippets(document: Document) -> Iterator[str]:
    """A Python snippet names its file (```python PATH) and stands in it, whatever its indent."""
    for fence in document.fences:
        if fence.info[:1] != ("python",):
            continue
        first = fence.text.strip().splitlines()[0]
        if len(fence.info) != 2:
            yield f"snippet {first!r} does not name its file"
            continue
        path = REPOSITORY / fence.info[1]
        if not path.is_file():
            yield f"snippet of {fence.info[1]}: there is no such file"
        elif not _stands_in(fence.text, path.read_text()):
            yield f"snippet {first!r} does not stand in {fence.info[1]}"


def _stands_in(snippet: str, source: str) -> bool:
    wanted = dedent(snippet).strip("\n").splitlines()
    lines = source.splitlines()
    windows = (lines[i : i + len(wanted)] for i in range(len(lines) - len(wanted) + 1))
    return any(dedent("\n".join(window)).splitlines() == wanted for window in windows)


def missing_tests(document: Document) -> Iterator[str]:
    """Of code spans `path::test`."""
    for span in document.spans:
        path, found, test = span.partition("::")
        if found and PATH.fullmatch(path) and test not in tests_in(REPOSITORY / path):
            yield f"{span}: there is no such test"


def selected_tests(paths: list[str], expression: str) -> Iterator[str]:
    """The problems of `pytest PATHS -k EXPRESSION`: each word of it selects a test."""
    tests: set[str] = set()
    for path in paths:
        file, found, test = path.partition("::")
        in_file = tests_in(REPOSITORY / file)
        if not in_file or (found and test not in in_file):
            yield f"pytest {path}: there is no such test"
        tests |= {f"{file}::{one}".lower() for one in in_file}
    for word in set(re.findall(r"\w+", expression)) - {"and", "or", "not"}:
        if not any(word.lower() in test for test in tests):
            yield f"pytest {' '.join(paths)} -k {expression!r}: no test is named {word!r}"


@cache
def tests_in(path: Path) -> set[str]:
    """The tests of a file, or of the files of a folder: `test`, or `Class::test`."""
    if path.is_dir():
        files = [one for one in tracked() if one.is_relative_to(path) and one.match("test_*.py")]
        return set().union(*(tests_in(one) for one in files))
    if path.suffix != ".py" or not path.is_file():
        return set()
    found: set[str] = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}::{one}" for one in _functions(node.body)}
        found |= set(_functions([node]))
    return found


def _functions(body: list[ast.stmt]) -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith(
            "test"
        ):
            yield node.name
