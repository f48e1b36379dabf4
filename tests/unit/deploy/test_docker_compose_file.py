"""docker-compose.yml: Docker Compose accepts it, and everything it refers to exists.

Each check is itself tested with a damaged copy of the file.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from dev.run import GENEROUS_LIMITS
from dev.stack.installation import DEVELOPMENT_LIMITS
from tests.support.processes import REPOSITORY
from tests.unit.deploy import compose_checks, docker_compose, image
from tests.unit.deploy.compose_checks import (
    dead_addresses,
    killed_too_early,
    missing_mounts,
    open_ports,
    refused_settings,
    unchecked,
    unknown_settings,
    unpinned_images,
    wrong_order,
)
from tests.unit.deploy.docker_compose import Services

# Building Docker Compose takes that long on a slow machine.
pytestmark = [pytest.mark.proof, pytest.mark.timeout(1800)]

FILE = REPOSITORY / "docker-compose.yml"

Look = Callable[[Services], Iterable[str]]


@pytest.fixture(scope="module")
def laid_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds what our image holds."""
    folder = tmp_path_factory.mktemp("image")
    image.lay_out(folder)
    return folder


def test_everything_it_asks_for_is_there(laid_out: Path) -> None:
    services = docker_compose.config(FILE)["services"]

    assert compose_checks.all_of(services, laid_out) == []


def test_it_has_every_process_of_the_system() -> None:
    services = docker_compose.config(FILE)["services"]

    assert services.keys() == {
        *("postgres", "migrate"),
        *("temporal-schema", "temporal", "temporal-register", "temporal-ui", "first-build"),
        *("cards", "carrier", "mailbox"),
        *("worker", "mailer", "nightly", "api", "codec"),
    }


def test_a_password_of_ones_own_is_used_everywhere() -> None:
    understood = docker_compose.config(FILE, {"POSTGRES_PASSWORD": "a-better-one"})

    settings = [
        (variable, value)
        for service in understood["services"].values()
        for variable, value in (service.get("environment") or {}).items()
    ]
    secret = {variable: value for variable, value in settings if "a-better-one" in value}
    assert secret.keys() == {"POSTGRES_PASSWORD", "POSTGRES_PWD", "SQL_PASSWORD", "DATABASE_URL"}
    assert not any(":orders@" in value for _, value in settings)


@pytest.mark.parametrize("given", [{}, {"STRIPE_API_BASE": "https://api.stripe.com"}])
def test_no_webhook_secret_is_known_to_everybody(given: dict[str, str]) -> None:
    services = docker_compose.config(FILE, given)["services"]
    for name in ("api", "cards"):
        assert not services[name]["environment"]["STRIPE_WEBHOOK_SECRETS"]


def test_a_presenter_meets_no_limit_of_a_shop() -> None:
    api = docker_compose.config(FILE)["services"]["api"]
    limits = GENEROUS_LIMITS | DEVELOPMENT_LIMITS
    assert {name: api["environment"].get(name) for name in limits} == limits


def test_a_webhook_secret_is_no_argument() -> None:
    given = {"STRIPE_WEBHOOK_SECRETS": "whsec_new, whsec_old"}
    services = docker_compose.config(FILE, given)["services"]
    for name in ("api", "cards"):
        assert services[name]["environment"].items() >= given.items()
        assert not any("whsec" in argument for argument in services[name]["command"])


def test_the_api_asks_the_workers_card_provider() -> None:
    given = {"STRIPE_API_BASE": "https://api.stripe.com", "STRIPE_API_KEY": "sk_test_mine"}
    services = docker_compose.config(FILE, given)["services"]
    for name in ("api", "worker"):
        assert services[name]["environment"].items() >= given.items()


def test_workers_can_be_multiplied() -> None:
    worker = docker_compose.config(FILE)["services"]["worker"]

    assert worker["deploy"]["replicas"] > 1
    # Only one worker could have a fixed name or a published port.
    assert not worker.keys() & {"container_name", "ports"}


@pytest.mark.parametrize(
    ("right", "wrong", "look", "complaint"),
    [
        ("CARRIER_URL:", "CARRIER_URI:", unknown_settings, "reads CARRIER_URI"),
        ("TEMPORAL_ADDRESS:", "TEMPORAL_ADRESS:", unknown_settings, "reads TEMPORAL_ADRESS"),
        ("NUM_HISTORY_SHARDS:", "HISTORY_SHARDS:", unknown_settings, "reads HISTORY_SHARDS"),
        ("SQL_USER:", "SQL_USERNAME:", unknown_settings, "reads SQL_USERNAME"),
        ("TEMPORAL_UI_PORT:", "UI_PORT:", unknown_settings, "reads UI_PORT"),
        ("POSTGRES_DB:", "POSTGRES_DATABASE:", unknown_settings, "reads POSTGRES_DATABASE"),
        ('REMOTE_ACCESS: "true"', 'REMOTE_ACCESS: "false"', refused_settings, "API_HOST"),
        ("MODE:-false", "MODE:-perhaps", refused_settings, "development_mode"),
        ("http://carrier:8102", "http://carrier:8103", dead_addresses, "carrier:8103"),
        ("@postgres:5432", "@postgresql:5432", dead_addresses, "postgresql:5432"),
        ("SQL_HOST: postgres", "SQL_HOST: database", dead_addresses, "database:5432"),
        ('"--host", "0.0.0.0", "--port", "8102"', '"--port", "8102"', dead_addresses, "8102"),
        (":8102/healthz", ":8101/healthz", unchecked, "carrier: its health"),
        (
            "service_completed_successfully",
            "service_healthy",
            wrong_order,
            "waits for the health of",
        ),
        ('"127.0.0.1:8000:8080"', '"8000:8080"', open_ports, "open to everybody"),
        ('"127.0.0.1:8000:8080"', '"127.0.0.1:8000:8000"', open_ports, "does not listen"),
        ("API_HOST: 0.0.0.0", "API_HOST: 127.0.0.1", open_ports, "does not listen"),
        ('"127.0.0.1:8233:8233"', '"127.0.0.1:8080:8233"', open_ports, "is documented"),
        ("period: 30s\n\nx-", "period: 20s\n\nx-", killed_too_early, "killed after 20s"),
        ("/dynamicconfig.yaml:/", "/dynamic.yaml:/", missing_mounts, "dynamic"),
        ("server:1.32.1", "server:1.31.0", unpinned_images, "pins v1.32.1"),
        ("postgres:16.10", "postgres:latest", unpinned_images, "not a fixed version"),
    ],
)
def test_a_damaged_copy_is_found_out(
    tmp_path: Path, right: str, wrong: str, look: Look, complaint: str
) -> None:
    damaged = _damaged(tmp_path, right, wrong)

    found = list(look(docker_compose.config(damaged)["services"]))

    assert any(complaint in line for line in found), found


@pytest.mark.parametrize(
    ("right", "wrong", "complaint"),
    [
        ('"mailer.py"', '"mailers.py"', "there is no mailers"),
        ('"deploy.register"', '"deploy.registration"', "there is no deploy.registration"),
        ('"python", "-m", "api"]', '"python", "-m", "rest"]', "there is no rest"),
        ('"worker.py"]\n    deploy', '"worker.py", "--queues", "goods"]\n    deploy', "--queues"),
        ('"--smtp-port"', '"--smtpport"', "--smtpport"),
        ('"--db", "/data/cards.db"', '"--database", "/data/cards.db"', "--db"),
        ('"alembic", "upgrade"', '"alembic", "update"', "update"),
        ('"--containing", "temporal', '"--contains-text", "temporal', "--contains-text"),
        ("schema.sh:/opt/temporal-schema.sh", "schema.sh:/opt/schema.sh", "is mounted"),
        ('"nc", "-z"', '"netcat", "-z"', "no netcat"),
    ],
)
def test_a_wrong_command_is_found_out(
    tmp_path: Path, laid_out: Path, right: str, wrong: str, complaint: str
) -> None:
    services = docker_compose.config(_damaged(tmp_path, right, wrong))["services"]
    whole = docker_compose.config(FILE)["services"]
    changed = {name: service for name, service in services.items() if service != whole[name]}

    found = list(compose_checks.wrong_commands(changed, laid_out))

    assert any(complaint in line for line in found), found


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("depends_on:", "depend_on:"),
        ("temporal-register: {condition", "temporal-registration: {condition"),
        ("service_healthy", "service_well"),
        ('["cards:/data"]', '["card:/data"]'),
        ("interval: 5s", "interval: often"),
    ],
)
def test_docker_compose_refuses_what_it_does_not_know(
    tmp_path: Path, right: str, wrong: str
) -> None:
    with pytest.raises(docker_compose.RefusedError):
        docker_compose.config(_damaged(tmp_path, right, wrong))


def _damaged(folder: Path, right: str, wrong: str) -> Path:
    text = FILE.read_text()
    assert right in text
    copy = folder / "docker-compose.yml"
    copy.write_text(text.replace(right, wrong))
    return copy
