"""Reads the project's Markdown documents: links, code spans, fenced blocks, headings."""

import re
import subprocess
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from tests.support.processes import REPOSITORY

FENCE = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+(?:\n[^`\n]+)?)`")
LINK = re.compile(r"\]\(([^)\s]+)\)|(?:src|srcset|href)=\"([^\"]+)\"")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Fence:
    """A fenced block: its info string, split into words, and its text."""

    info: tuple[str, ...]
    text: str


@dataclass(frozen=True)
class Document:
    """A Markdown document at `path`, relative to the repository."""

    path: Path
    text: str

    @cached_property
    def fences(self) -> list[Fence]:
        found = FENCE.finditer(self.text)
        return [Fence(tuple(match[1].split()), match[2]) for match in found]

    @cached_property
    def prose(self) -> str:
        """The text without its fenced blocks."""
        return FENCE.sub("", self.text)

    @cached_property
    def spans(self) -> list[str]:
        """The code spans, each on one line."""
        return [re.sub(r"\s+", " ", span.strip()) for span in SPAN.findall(self.prose)]

    @cached_property
    def links(self) -> list[str]:
        found = [first or second for first, second in LINK.findall(self.prose)]
        return [link for link in found if not re.match(r"(https?|mailto):", link)]

    @cached_property
    def anchors(self) -> set[str]:
        """What GitHub calls the headings."""
        slugs = (re.sub(r"[^\w\- ]", "", one.lower()) for one in HEADING.findall(self.prose))
        return {slug.replace(" ", "-") for slug in slugs}

    @property
    def folder(self) -> Path:
        return REPOSITORY / self.path.parent


def read(path: Path) -> Document:
    return Document(path.relative_to(REPOSITORY), path.read_text())


def all_documents() -> list[Document]:
    return [read(path) for path in tracked() if path.suffix == ".md" and path.is_file()]


@cache
def tracked() -> list[Path]:
    """The files of the project, those not committed yet included."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    return [REPOSITORY / line for line in listed.stdout.splitlines()]


@cache
def source_words() -> set[str]:
    """The identifiers, and the names of files, in all that is not a document."""
    words: set[str] = set()
    ours = REPOSITORY / "tests/unit/docs"
    for path in tracked():
        if path.is_relative_to(ours):  # it names what does not exist, on purpose
            continue
        is_text = path.suffix in SOURCES or path.name in {"Makefile", "Dockerfile", "check", "run"}
        if is_text and path.is_file() and path.name != "uv.lock" and "histories" not in path.parts:
            words.update(re.findall(r"\w+", path.read_text()))
        words.update(re.findall(r"\w+", path.name))
    return words


SOURCES = {".py", ".ts", ".tsx", ".toml", ".yml", ".yaml", ".sh", ".json", ".bpmn", ".mako", ".css"}
