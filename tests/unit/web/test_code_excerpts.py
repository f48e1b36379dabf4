"""The code that the page shows: found by symbol, and built into the image, too."""

from pathlib import Path

import pytest

from tests.support.processes import REPOSITORY
from web.code_excerpts import SOURCES, UnknownSymbolError, excerpt, excerpts, references

SLIDES = SOURCES / "talk" / "slides.ts"
MOST_LINES = 75
"""More of it nobody reads beside a slide."""

SOURCE = '''\
LIMIT: int = 3
"""How many."""

plain = (
    1,
)


@decorated
class Thing:
    @decorated
    async def method(self) -> None:
        pass

    def other(self) -> int:
        return 1


def after() -> None: ...
'''


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("web.code_excerpts.ROOT", tmp_path)
    file = tmp_path / "module.py"
    file.write_text(SOURCE)
    return file


@pytest.mark.parametrize("name", references())
def test_what_the_page_names_is_there_and_short_beside_a_slide(name: str) -> None:
    file, symbol = references()[name]
    found = excerpt(file, symbol)
    lines = file.read_text().splitlines()[found["first"] - 1 : found["last"]]
    assert [line.strip() for line in lines] == [line.strip() for line in found["text"].splitlines()]
    assert symbol.rpartition(".")[2] in found["text"]
    assert len(lines) <= MOST_LINES or f'"{name}"' not in SLIDES.read_text()


def test_each_of_the_24_slides_names_code() -> None:
    assert SLIDES.read_text().count("    code: [") == 24
    assert excerpts().keys() == references().keys()


def test_all_events_are_named_at_once() -> None:
    assert {
        "domain/events.py::OrderPlaced",
        "domain/events.py::PaymentReceived",
    } < excerpts().keys()


def test_the_image_has_what_the_page_names() -> None:
    """Its page is built there, of the files that .dockerignore admits."""
    admitted = (REPOSITORY / ".dockerignore").read_text().splitlines()
    for file, _ in references().values():
        path = file.relative_to(REPOSITORY)
        assert f"!{path.parts[0]}" in admitted or (len(path.parts) == 1 and "!*.py" in admitted)


@pytest.mark.parametrize(
    ("symbol", "first", "last"),
    [
        ("LIMIT", 1, 2),
        ("plain", 4, 6),
        ("Thing", 9, 16),
        ("Thing.method", 11, 13),
        ("Thing.other", 15, 16),
        ("after", 19, 19),
    ],
)
def test_lines_are_those_of_the_symbol(file: Path, symbol: str, first: int, last: int) -> None:
    found = excerpt(file, symbol)
    assert (found["path"], found["first"], found["last"]) == ("module.py", first, last)
    assert not found["text"].startswith(" ")


@pytest.mark.parametrize("symbol", ["Gone", "Thing.gone", "LIMIT.gone", "method"])
def test_a_symbol_that_is_gone_is_named(file: Path, symbol: str) -> None:
    with pytest.raises(UnknownSymbolError, match=rf"module\.py::{symbol}: .* does not define it"):
        excerpt(file, symbol)
