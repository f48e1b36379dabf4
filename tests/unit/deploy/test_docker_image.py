"""Dockerfile and .dockerignore: what is in the image is what its processes need, and no more."""

import json
import re
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest

from tests.support.processes import REPOSITORY
from tests.unit.deploy import image

PROCESSES = [
    *(
        "api.__main__",
        "api.export_openapi",
        "api.codec_server",
        "worker",
        "mailer",
        "storage.migrate",
    ),
    *("dev.simulators.cards.app", "dev.simulators.carrier", "dev.simulators.mailbox"),
    *("deploy.health_check", "deploy.register", "deploy.restored", "deploy.versions"),
    "verification.audit.__main__",
    "verification.nightly.__main__",
    "verification.replay.__main__",
]

DOCKERFILE = (REPOSITORY / "Dockerfile").read_text()


@pytest.fixture
def laid_out(tmp_path: Path) -> Path:
    image.lay_out(tmp_path)
    return tmp_path


def test_only_what_is_named_gets_in() -> None:
    lines = (REPOSITORY / ".dockerignore").read_text().splitlines()
    patterns = [line for line in lines if line and not line.startswith("#")]

    assert patterns[0] == "*"
    for pattern, found in image.let_through().items():
        assert found, pattern
        assert not any(path.name.startswith((".", "tests")) for path in found), pattern


def test_every_process_finds_its_modules_without_the_tools_of_development(laid_out: Path) -> None:
    load = "import importlib, json, sys; [importlib.import_module(n) for n in sys.argv[1:]];"
    load += "print(json.dumps([n for n in sys.modules if '.' not in n]))"

    done = image.run(["python", "-c", load, *PROCESSES], laid_out)

    assert done.returncode == 0, done.stderr
    distributions = packages_distributions()
    used = {name for module in json.loads(done.stdout) for name in distributions.get(module, [])}
    assert "temporalio" in used
    assert not used & _tools_of_development()


def test_migrations_are_in_it(laid_out: Path, tmp_path: Path) -> None:
    database = tmp_path / "orders.db"

    done = image.run(["alembic", "upgrade", "head"], laid_out, DATABASE_URL=f"sqlite:///{database}")

    assert done.returncode == 0, done.stderr
    assert database.exists()


def test_it_is_made_of_certain_versions() -> None:
    stages = re.findall(r"^FROM \S+ AS (\S+)", DOCKERFILE, re.MULTILINE)
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    bases = [base for base in bases if base not in stages]

    assert len(bases) == 4
    for base in bases:
        assert re.search(r":\d+\.\d+\.\d+(-\w+)*$", base), base
    pythons = {base for base in bases if base.startswith("python:")}
    assert len(pythons) == 1
    wanted = _project()["project"]["requires-python"].removeprefix(">=")
    assert pythons.pop().startswith(f"python:{wanted}.")


def test_it_installs_what_is_locked_and_no_tools() -> None:
    assert re.search(r"uv sync --locked --no-dev --no-install-project$", DOCKERFILE, re.MULTILINE)


def test_the_page_is_built_from_what_gets_in(laid_out: Path) -> None:
    scripts = json.loads((laid_out / "web" / "package.json").read_text())["scripts"]
    run = re.findall(r"npm run (\w+)", DOCKERFILE)

    assert run == ["types", "build"]
    assert set(run) <= scripts.keys()
    copied = re.findall(r"^COPY ((?:web|docs)\S*(?: web\S+)*) \S+$", DOCKERFILE, re.MULTILINE)
    assert copied
    for source in " ".join(copied).split():
        assert (laid_out / source).exists(), source
    assert not (laid_out / "web" / "node_modules").exists()


def test_the_build_is_given_what_the_types_are_made_from(laid_out: Path) -> None:
    done = image.run(["python", "-m", "api.export_openapi", "openapi.json"], laid_out)

    assert done.returncode == 0, done.stderr
    assert "/orders" in json.loads((laid_out / "openapi.json").read_text())["paths"]


def test_its_processes_are_not_root() -> None:
    last_stage = DOCKERFILE[DOCKERFILE.rindex("FROM ") :]

    users = re.findall(r"^USER (\S+)", last_stage, re.MULTILINE)
    assert users == ["app"]
    assert re.search(r"useradd .*\bapp$", last_stage.replace(" \\", ""), re.MULTILINE)
    # Nothing after it that would be done as root, or belong to somebody else.
    assert re.findall(r"^(COPY|RUN|ADD|USER)", last_stage, re.MULTILINE)[-1] == "USER"


def _tools_of_development() -> set[str]:
    listed = _project()["dependency-groups"]["dev"]
    return {re.split(r"[\[<>=~ ]", requirement)[0] for requirement in listed}


def _project() -> dict[str, Any]:
    return tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
