"""A compose file, brought up by Docker Compose itself."""

import os
import signal
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from tests.support.containers.engine import Engine
from tests.support.processes import REPOSITORY, eventually
from tests.unit.deploy import docker_compose

LIMIT_SECONDS = 300.0
"""For what a container needs to start, or a process in it to begin again, on a busy machine."""


class Reset:
    """In an override: the file's value is dropped."""


class Instead(list[Any]):
    """In an override: a list that replaces the file's."""


class _Dumper(yaml.SafeDumper):
    """Writes both as Docker Compose reads them."""


_Dumper.add_representer(Reset, lambda dumper, _: dumper.represent_scalar("!reset", "null"))
_Dumper.add_representer(
    Instead, lambda dumper, items: dumper.represent_sequence("!override", items)
)

Override = dict[str, Any]


def fitting(file: Path, ports: Mapping[str, int]) -> Override:
    """What brings the file up here: other ports of this machine, by service, and no setting that
    podman does not know.
    """
    services: Override = {}
    for name, service in yaml.safe_load(file.read_text())["services"].items():
        changed = services.setdefault(name, {})
        if "healthcheck" in service:
            changed["healthcheck"] = {"start_interval": Reset()}
        if "ports" in service:
            [published] = service["ports"]
            target = published.rpartition(":")[2]
            changed["ports"] = Instead([f"127.0.0.1:{ports[name]}:{target}"])
    return {"services": services}


class Project:
    """One compose file with an override, whose variables have the values of `environment`."""

    def __init__(
        self,
        engine: Engine,
        file: Path,
        override: Override,
        environment: Mapping[str, str],
        folder: Path,
    ) -> None:
        """`folder` gets the override."""
        written = folder / "override.yml"
        written.write_text(yaml.dump(override, Dumper=_Dumper))
        self.engine = engine
        self._command = [
            *(str(docker_compose.built()), "--env-file", os.devnull),
            *("--project-directory", str(REPOSITORY)),
            *("--file", str(file), "--file", str(written)),
        ]
        self.environment = {**engine.environment, **environment}

    def compose(self, *arguments: str) -> str:
        """What the command prints; raises AssertionError, with its last lines, if it fails."""
        done = self.run(*arguments)
        if done.returncode != 0:
            output = "\n".join((done.stdout + done.stderr).splitlines()[-30:])
            raise AssertionError(f"docker compose {' '.join(arguments)} failed:\n{output}")
        return done.stdout

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs a command of Docker Compose to its end."""
        return subprocess.run(
            [*self._command, *arguments],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def up(self, *arguments: str) -> None:
        """Starts what does not run; returns once all that others wait for is there."""
        self.compose("up", "--detach", "--no-build", "--pull=never", "--quiet-pull", *arguments)

    def containers(self, service: str) -> list[str]:
        """The ids of the service's running containers."""
        return self.compose("ps", "--quiet", service).split()

    def pid(self, container: str) -> int:
        """The process on this machine that is the container's first; 0 if it does not run."""
        return int(self.engine.podman("inspect", "--format={{.State.Pid}}", container))

    def kill(self, container: str) -> None:
        """SIGKILL from outside; returns once the engine has started it again, as it shall."""
        before = self.pid(container)
        os.kill(before, signal.SIGKILL)
        eventually(
            lambda: self.pid(container) not in (0, before),
            f"container {container} starts again",
            LIMIT_SECONDS,
        )

    def logs(self, *arguments: str) -> str:
        """What the containers have written."""
        return self.run("logs", "--no-color", *arguments).stdout


@contextmanager
def brought_up(project: Project, *arguments: str) -> Generator[Project]:
    """Up; down with everything that it keeps at the end. What goes wrong shows the logs."""
    try:
        project.up(*arguments)
        yield project
    except BaseException:
        sys.stderr.write(project.logs("--tail=25"))
        raise
    finally:
        project.run("down", "--volumes", "--timeout=0")
