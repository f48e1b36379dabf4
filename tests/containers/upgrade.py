"""A release with a migration: its job first, then workers of both versions side by side."""

import tempfile
from collections import Counter
from pathlib import Path

from tests.containers.development import (
    IMAGE,
    System,
    assert_fulfilled,
    await_ready,
    charges_under_way,
    place,
)
from tests.containers.steps import step
from tests.support.containers.engine import Engine
from tests.support.containers.project import Project
from tests.support.processes import REPOSITORY

NEXT_IMAGE = "localhost/orders-and-payments-next"
VERSIONS = Path("storage") / "migrations" / "versions"

MIGRATION = '''"""Written for the drill: what a release that expands the tables adds."""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{before}"
branch_labels = None
depends_on = None
oldest_compatible = "0009"


def upgrade() -> None:
    """Migrate to this revision."""
    op.create_table("drill", sa.Column("name", sa.String(32), primary_key=True))
    op.add_column("orders", sa.Column("drilled_at", sa.DateTime(timezone=True)))
    op.execute("INSERT INTO drill (name) SELECT 'orders' WHERE EXISTS (SELECT FROM orders)")


def downgrade() -> None:
    """Migrate back to the previous revision."""
    op.drop_column("orders", "drilled_at")
    op.drop_table("drill")
'''


def next_revision() -> tuple[str, str]:
    """A revision after the last one of this code, and that last one."""
    last = max(file.name[1:5] for file in (REPOSITORY / VERSIONS).glob("r[0-9]*.py"))
    return f"{int(last) + 1:04}", last


@step
def build_next(engine: Engine) -> None:
    """Build the next release: the same code, and a migration"""
    revision, before = next_revision()
    with tempfile.TemporaryDirectory() as folder:
        name = f"r{revision}_drill.py"
        context = Path(folder)
        (context / name).write_text(MIGRATION.format(revision=revision, before=before))
        (context / "Dockerfile").write_text(f"FROM {IMAGE}\nCOPY {name} /app/{VERSIONS}/\n")
        engine.build(NEXT_IMAGE, context)


def digest(engine: Engine, image: str) -> str:
    """What the image holds, as a registry would name it."""
    return engine.podman("image", "inspect", "--format={{.Digest}}", image)


@step
def migrate(system: System) -> None:
    """Run the next release's migration with orders under way, which go on"""
    project, shop = system.project, system.shop
    with charges_under_way(shop) as orders:
        project.compose("run", "--rm", "--no-deps", "migrate")
        now = project.compose("run", "--rm", "--no-deps", "migrate", "alembic", "current")
    assert now.split()[:1] == [next_revision()[0]], now
    assert_fulfilled(shop, orders)


@step
def restart_old_worker(system: System) -> None:
    """A worker of the release before starts on the tables of the next"""
    project, shop = system.project, system.shop
    for worker in project.containers("worker"):
        project.kill(worker)
    assert_fulfilled(shop, place(shop))


@step
def run_side_by_side(system: System) -> None:
    """Workers of both releases work side by side"""
    project, shop = system.project, system.shop
    project.up("--no-deps", "--no-recreate", "--scale", "worker=4", "worker")
    images = Counter(image_of(project, worker) for worker in project.containers("worker"))
    assert sorted(images.values()) == [2, 2], images
    assert_fulfilled(shop, place(shop))


@step
def roll(system: System) -> None:
    """All containers become the next release's with orders under way"""
    project, shop = system.project, system.shop
    with charges_under_way(shop) as orders:
        project.up("--scale", "worker=2")
    await_ready(system)
    assert_fulfilled(shop, orders)
    images = {
        image_of(project, container)
        for service in ("worker", "mailer", "api")
        for container in project.containers(service)
    }
    assert len(images) == 1, images


def image_of(project: Project, container: str) -> str:
    """The id of the image that the container was made from."""
    return project.engine.podman("inspect", "--format={{.Image}}", container)


def drill(system: System) -> None:
    """All of it, in a file whose image is ORDERS_IMAGE."""
    project = system.project
    build_next(project.engine)
    project.environment["ORDERS_IMAGE"] = f"{NEXT_IMAGE}@{digest(project.engine, NEXT_IMAGE)}"
    migrate(system)
    restart_old_worker(system)
    run_side_by_side(system)
    roll(system)
