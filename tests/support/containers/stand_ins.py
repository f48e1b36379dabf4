"""Images under the names that Dockerfile and the compose files give, where no registry is reached.

They are made from Debian's packages, uv from PyPI, this machine's Node.js, and Temporal's programs
and entrypoints from their pinned Go modules. PostgreSQL is Debian's, and so is Python.
"""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import yaml

from dev.temporal_server import build as temporal_build
from tests.support.containers.engine import Engine
from tests.support.processes import REPOSITORY
from tests.unit.deploy.compose_checks import PINNED
from tests.unit.deploy.docker_compose import module_folder

CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
PACKAGES = "ca-certificates,netcat-openbsd,postgresql,python3,python3-venv,wget"
NO_SERVER = (
    'mkdir -p "$1/etc/postgresql-common" && '
    'echo "create_main_cluster = false" >"$1/etc/postgresql-common/createcluster.conf"'
)
POSTGRES_ENTRYPOINT = Path(__file__).with_name("postgres_entrypoint.sh")
PACKAGE = REPOSITORY / "dev" / "temporal_server"


def names() -> set[str]:
    """The images, other than our own, that are named with a version."""
    dockerfile = (REPOSITORY / "Dockerfile").read_text()
    services = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text())["services"]
    found = set(re.findall(r"^FROM (\S+:\S+)", dockerfile, re.MULTILINE))
    return found | {service["image"] for service in services.values() if ":" in service["image"]}


def make_all(engine: Engine) -> None:
    """Makes those that are missing, or were made in another way."""
    base = _base(engine)
    for name in sorted(names()):
        repository, _, version = name.partition(":")
        with tempfile.TemporaryDirectory() as folder:
            context = Path(folder)
            text = _MAKERS[repository](context, version)
            (context / "Dockerfile").write_text(text.replace("FROM base", f"FROM {base}"))
            engine.build(_full(name), context)


def _full(name: str) -> str:
    """With the registry that Docker means."""
    registry, slash, _ = name.partition("/")
    if not slash:
        return f"docker.io/library/{name}"
    return name if "." in registry else f"docker.io/{name}"


def _base(engine: Engine) -> str:
    """A Debian with all packages that are needed. The registries that this machine trusts are
    trusted there.
    """
    command = [
        *("mmdebstrap", "--quiet", "--variant=minbase", f"--include={PACKAGES}"),
        # No server is made when PostgreSQL is installed.
        f"--setup-hook={NO_SERVER}",
        f'--customize-hook=cp {CERTIFICATES} "$1{CERTIFICATES}"',
        '--customize-hook=ln -s python3 "$1/usr/bin/python"',
        "bookworm",
    ]
    name = f"localhost/stand-in:{sha256(' '.join(command).encode()).hexdigest()[:12]}"
    if not engine.has_image(name):
        with tempfile.TemporaryDirectory() as folder:
            file = f"{folder}/base.tar"
            _run(*command, file)
            trusting = [
                f"ENV {it}={CERTIFICATES}" for it in ("SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS")
            ]
            changes = [f"--change={change}" for change in trusting]
            engine.podman("import", *changes, file, name)
    return name


def _python(_context: Path, _version: str) -> str:
    return "FROM base\n"


def _uv(context: Path, version: str) -> str:
    uv = shutil.which("uv") or str(REPOSITORY / ".cache" / "uv" / "bin" / "uv")
    _run(uv, "pip", "install", "--quiet", "--no-deps", "--target", str(context), f"uv=={version}")
    return "FROM scratch\nCOPY bin/uv /uv\n"


def _node(context: Path, _version: str) -> str:
    node = shutil.which("node") or "node"
    shutil.copy(os.path.realpath(node), context / "node")
    modules = Path(_run("npm", "root", "--global").strip())
    shutil.copytree(modules / "npm", context / "npm", symlinks=True)
    return (
        "FROM base\n"
        "COPY node /usr/local/bin/node\n"
        "COPY npm /usr/lib/node_modules/npm\n"
        "RUN ln -s /usr/lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm"
        " && ln -s /usr/lib/node_modules/npm/bin/npx-cli.js /usr/local/bin/npx\n"
    )


def _temporal(context: Path, _version: str) -> str:
    shutil.copy(temporal_build.build().server, context)
    entrypoint = _source("temporalio/server") / "docker" / "scripts" / "sh" / "entrypoint.sh"
    # Alpine's sh knows `pipefail`, Debian's does not.
    (context / "entrypoint.sh").write_text(
        entrypoint.read_text().replace("#!/bin/sh", "#!/bin/bash")
    )
    (context / "entrypoint.sh").chmod(0o755)
    return (
        "FROM base\n"
        "RUN useradd --uid 1000 temporal && install -d -o temporal /etc/temporal\n"
        "COPY temporal-server /usr/local/bin/\n"
        "COPY entrypoint.sh /etc/temporal/\n"
        "WORKDIR /etc/temporal\n"
        "USER temporal\n"
        'CMD ["/etc/temporal/entrypoint.sh"]\n'
    )


def _temporal_tools(context: Path, _version: str) -> str:
    shutil.copytree(_source("temporalio/server") / "schema", context / "schema")
    _run("chmod", "-R", "u+w", str(context))
    with tempfile.TemporaryDirectory() as folder:
        for name in ("go.mod", "go.sum"):
            shutil.copy(PACKAGE / name, folder)
        tool = "go.temporal.io/server/cmd/tools/sql"
        # It needs modules that the server does without.
        output = context / "temporal-sql-tool"
        _run("go", "build", "-C", folder, "-mod=mod", "-o", str(output), tool)
    return (
        "FROM base\n"
        "RUN useradd --uid 1000 temporal\n"
        "COPY temporal-sql-tool /usr/local/bin/\n"
        "COPY schema /etc/temporal/schema\n"
        "USER temporal\n"
    )


def _temporal_ui(context: Path, _version: str) -> str:
    source = _source("temporalio/ui")
    shutil.copy(temporal_build.build().ui, context / "ui-server")
    shutil.copytree(source / "config", context / "config")
    shutil.copy(source / "docker" / "start-ui-server.sh", context)
    _run("chmod", "-R", "u+w,+x", str(context))
    return (
        "FROM base\n"
        "RUN useradd --create-home ui-server\n"
        "WORKDIR /home/ui-server\n"
        "COPY --chown=ui-server . .\n"
        "USER ui-server\n"
        'ENTRYPOINT ["./start-ui-server.sh"]\n'
    )


def _postgres(context: Path, _version: str) -> str:
    shutil.copy(POSTGRES_ENTRYPOINT, context)
    return (
        "FROM base\n"
        f"COPY {POSTGRES_ENTRYPOINT.name} /\n"
        # Health checks and scripts name programs without a path.
        "RUN ln -s /usr/lib/postgresql/*/bin/* /usr/local/bin/\n"
        # As in the image postgres: sessions are ended, and not waited for.
        "STOPSIGNAL SIGINT\n"
        f'ENTRYPOINT ["/{POSTGRES_ENTRYPOINT.name}"]\n'
        'CMD ["postgres"]\n'
    )


_MAKERS: dict[str, Callable[[Path, str], str]] = {
    "ghcr.io/astral-sh/uv": _uv,
    "node": _node,
    "postgres": _postgres,
    "python": _python,
    "temporalio/admin-tools": _temporal_tools,
    "temporalio/server": _temporal,
    "temporalio/ui": _temporal_ui,
}
"""By repository: fills the folder of the build, and returns the Dockerfile."""


def _source(image: str) -> Path:
    """The Go module that the image is built from."""
    return module_folder(PINNED[image], temporal_build.pinned_version(PINNED[image]))


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)} failed:\n{done.stderr[-2000:]}"
    return done.stdout
