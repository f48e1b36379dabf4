"""podman, from Debian's packages, behind a socket that Docker Compose can talk to."""

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread

import httpx

from dev.temporal_server.child_processes import ended_with_parent
from tests.support.processes import REPOSITORY, eventually

FOLDER = REPOSITORY / ".cache" / "containers"
"""The engine's images, which the next run finds again."""

RUNTIME = Path(__file__).with_name("plain_runc")

PROGRAMS = {
    **dict.fromkeys(("podman", "runc", "mmdebstrap", "iptables"), "apt-get install {}"),
    "go": "https://go.dev/doc/install",
    "node": "apt-get install nodejs npm",
}
"""What is needed, and where it comes from."""

NEEDED_CAPABILITIES = {"CAP_NET_ADMIN": 12, "CAP_SYS_ADMIN": 21}

LOCK = Path(tempfile.gettempdir()) / "orders-and-payments-containers.lock"
"""Networks and bridges have names on the whole machine: one drill at a time."""

HEALTH_CHECK_INTERVAL = 1.0
"""Seconds between two rounds."""


def missing() -> str | None:
    """What this machine lacks for running containers; None if it lacks nothing."""
    if os.geteuid() != 0:
        return "only root can run containers here"
    status = Path("/proc/self/status").read_text()
    effective = int(status.partition("CapEff:")[2].split()[0], 16)
    for name, bit in NEEDED_CAPABILITIES.items():
        if not effective >> bit & 1:
            return f"root lacks {name}"
    for program, source in PROGRAMS.items():
        if shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin") is None:
            return f"{program} is not installed ({source.format(program)})"
    return None


class Engine:
    """Runs containers and keeps images in `folder`; ends all containers when it is left."""

    def __init__(self, folder: Path, runtime_folder: Path) -> None:
        """`runtime_folder` gets the socket, whose path must be short."""
        self._folder = folder
        self._socket = runtime_folder / "engine.sock"
        self._log = runtime_folder / "engine.log"
        self._configuration = runtime_folder / "containers.conf"
        self.environment = {
            "PATH": f"{os.environ['PATH']}:/usr/sbin",
            "HOME": str(runtime_folder),
            "CONTAINERS_CONF": str(self._configuration),
            "DOCKER_HOST": f"unix://{self._socket}",
        }

    def podman(self, *arguments: str) -> str:
        """What the command prints; raises AssertionError, with its last lines, if it fails."""
        done = subprocess.run(
            [*self._podman, *arguments],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            output = "\n".join((done.stdout + done.stderr).splitlines()[-30:])
            raise AssertionError(f"podman {' '.join(arguments)} failed:\n{output}")
        return done.stdout.strip()

    def has_image(self, name: str) -> bool:
        """Whether there is one of that name."""
        command = [*self._podman, "image", "exists", name]
        return subprocess.run(command, env=self.environment, check=False).returncode == 0

    def build(self, name: str, folder: Path) -> None:
        """Builds the folder's Dockerfile from images that are here."""
        self.podman("build", "--isolation=chroot", "--pull-never", f"--tag={name}", str(folder))

    @contextmanager
    def running(self) -> Generator[None]:
        """Serves the socket, and runs health checks, which podman leaves to systemd."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._configuration.write_text(
            "[network]\n"
            f'network_config_dir = "{self._folder}/networks"\n'
            "[engine]\n"
            'cgroup_manager = "cgroupfs"\n'
            'events_logger = "file"\n'
            'runtime = "plain-runc"\n'
            "[engine.runtimes]\n"
            f'plain-runc = ["{RUNTIME}"]\n'
        )
        self._remove_all()  # what a run that was killed has left
        service_command = [*self._podman, "system", "service", "--time=0", f"unix://{self._socket}"]
        with self._log.open("wb") as log:
            service = subprocess.Popen(
                ended_with_parent(service_command, signal.SIGTERM),
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        ended = Event()
        checks = Thread(target=self._check_health, args=(ended,))
        try:
            eventually(self._answers, f"an answer of podman; see {self._log}")
            checks.start()
            yield
        finally:
            ended.set()
            if checks.is_alive():
                checks.join()
            service.terminate()
            service.wait()
            self._remove_all()

    @property
    def _podman(self) -> list[str]:
        places = {"root": "storage", "runroot": "run", "tmpdir": "tmp"}
        flags = [f"--{flag}={self._folder}/{name}" for flag, name in places.items()]
        return ["podman", *flags]

    def _remove_all(self) -> None:
        self.podman("rm", "--all", "--force", "--time=0", "--volumes")
        self.podman("volume", "prune", "--force")
        self.podman("network", "prune", "--force")

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as probe:
            # httpx would leave a socket open that nobody listens at yet.
            if probe.connect_ex(str(self._socket)):
                return False
        with self._http() as http, suppress(httpx.TransportError):
            return http.get("/_ping").is_success
        return False

    def _check_health(self, ended: Event) -> None:
        with self._http() as http:
            while not ended.wait(HEALTH_CHECK_INTERVAL):
                for container in http.get("/v4.0.0/libpod/containers/json").json():
                    # Answered with an error if it has no health check, or has just ended.
                    with suppress(httpx.TransportError):
                        http.get(f"/v4.0.0/libpod/containers/{container['Id']}/healthcheck")

    def _http(self) -> httpx.Client:
        transport = httpx.HTTPTransport(uds=str(self._socket))
        return httpx.Client(transport=transport, base_url="http://engine", timeout=60)


@contextmanager
def running_engine(folder: Path = FOLDER) -> Generator[Engine]:
    """An engine of one's own; waits until no other process of this machine has one."""
    with LOCK.open("w") as lock, tempfile.TemporaryDirectory(prefix="containers-") as runtime:
        fcntl.flock(lock, fcntl.LOCK_EX)
        engine = Engine(folder, Path(runtime))
        with engine.running():
            yield engine
