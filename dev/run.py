"""`make run`: starts the whole system, plays the talk's story on it, and stays up until Ctrl-C.

With ONCE=1 it ends after the story: exit code 0 if every scenario ended as it must. Ctrl-C before
the end of the story is 130. State is kept in .data, or DATA_DIR.

While it runs, `make audit` (`python -m dev.run audit`) audits it, and `python -m dev.run replay`
replays its workflows under the code at hand; see verification/audit and verification/replay.
"""

import os
import shutil
import signal
import subprocess
import sys
from argparse import ArgumentTypeError
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from threading import Event, Thread
from types import FrameType

import psutil
from dotenv import dotenv_values
from rich.console import Console
from rich.text import Text

from clients.errors import ApiError
from clients.rest import CALL_TIMEOUT, RestClient
from config import Settings, read_settings
from config.arguments import writable_folder
from config.settings import require_settings_file
from dev.stack import Ports, Stack, StackError
from dev.stack.logs import LogFollower, news
from dev.stack.terminal import ctrl_c_for_this_process
from dev.story.presentation import Timetable
from dev.story.samples import leave_samples
from dev.story.scenarios import KERMIT, MARTIN, SKU, play_all, set_stage
from dev.story.timeline import StoryError

# Settings that the story needs as the stack has them; all others may be set by the caller.
STORY_SETTINGS = {
    *("API_HOST", "CODEC_HOST", "AUTH", "DEVELOPMENT_MODE"),
    *("PAYMENT_WAITING_TIME", "REMINDER_INTERVAL"),
}
# Presenters click more in ten minutes than customers do in a day.
GENEROUS_LIMITS = {
    "CARD_UPDATES_PER_DAY": "10000",
    "CARD_UPDATES_PER_DAY_AND_CUSTOMER": "10000",
    "CARD_CHARGES_PER_DAY_AND_CUSTOMER": "1000000",
    "STREAMS_PER_ADDRESS": "1000",
}
# The exit code after Ctrl-C, as in shells.
INTERRUPTED = 130
# Seconds between two looks at the log files.
LOG_INTERVAL = 0.2

ROOT = Path(__file__).parents[1]

console = Console(highlight=False, soft_wrap=True)


def main() -> int:
    """Returns the exit code."""
    # SIGINT too: a shell ignores it for what it starts in the background.
    for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, _interrupt)
    folder = _data_folder()
    try:
        own = own_settings()
        check(own)
        ports = Ports.from_environment(own)
        if complaint := _taken(ports, own):
            return _give_up(complaint)
        if not _have_temporal_server(own):
            return 1
        _build_page()
        return _run(Stack(folder, ports, GENEROUS_LIMITS | own))
    except (StackError, StoryError, ApiError) as error:
        return _give_up(str(error))
    except KeyboardInterrupt:
        return INTERRUPTED


def check_running(how: str) -> int:
    """Audits the system that runs with our settings, or replays it; returns the exit code."""
    own = own_settings()
    folder = _data_folder()
    stack = Stack(folder, Ports.from_environment(own), own)
    done = subprocess.run(
        [sys.executable, "-m", f"verification.{how}"],
        cwd=ROOT,
        env=stack.client_environment,
        check=False,
    )
    return done.returncode


def _data_folder() -> Path:
    """The folder of `DATA_DIR`; ends this process, with a line that says why, if it can't be."""
    try:
        return writable_folder(os.environ.get("DATA_DIR", ".data"))
    except ArgumentTypeError as error:
        sys.exit(f"DATA_DIR={error}")


def own_settings() -> dict[str, str]:
    """The settings that the caller gave: in the environment or, second, in the settings file."""
    require_settings_file()
    file = Path(os.environ.get("SETTINGS_FILE", ".env"))
    in_file = dotenv_values(file) if file.is_file() else {}
    set_in_file = {name: text for name, text in in_file.items() if text is not None}
    names = {field.upper() for field in Settings.model_fields} - STORY_SETTINGS
    names |= {f"{field.name.upper()}_PORT" for field in fields(Ports)}
    own = {
        name.upper(): text
        for name, text in {**set_in_file, **os.environ}.items()
        if name.upper() in names or name.upper().startswith("TEMPORAL_")
    }
    if "TEMPORAL_ADDRESS" in own:
        return own
    # The rest of TEMPORAL_* says how to reach a server that is already running; ours needs none.
    ours = ("TEMPORAL_PORT", "TEMPORAL_UI_PORT")
    return {n: text for n, text in own.items() if n in ours or not n.startswith("TEMPORAL_")}


def check(own: Mapping[str, str]) -> None:
    """Ends this process, with a line that says why, if a setting of the caller's is invalid."""
    usual = {name.lower(): Settings.model_fields[name.lower()].default for name in STORY_SETTINGS}
    usual["development_mode"] = True
    given = {name.lower(): text for name, text in own.items()}
    read_settings(**usual | {name: text for name, text in given.items() if name not in usual})


def _run(stack: Stack) -> int:
    once = os.environ.get("ONCE", "") not in ("", "0")
    console.print(f"Starting; logs are in {stack.logs}.")
    reporter = _Reporter(stack)
    story_ended = False
    try:
        with stack:
            _play(stack)
            story_ended = True
            if not once:
                console.print("\nEverything stays up until Ctrl-C. The output of its processes:")
                reporter.everything = True
                Event().wait()
    except KeyboardInterrupt:
        return 0 if story_ended else INTERRUPTED
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # everything is being stopped already
        reporter.stop()
        for name in stack.unclean_exits:
            console.print(Text(f"{name} when it was stopped", style="red"))
    return 0


def _play(stack: Stack) -> None:
    timetable = Timetable(console)
    try:
        with RestClient(stack.api_url, patience=CALL_TIMEOUT) as api:
            stage = set_stage(api, timetable)
            play_all(stage)
            waiting = leave_samples(stage.shop, KERMIT, SKU)
    finally:
        timetable.close()
    console.print(f"\nPage      {stack.api_url}/")
    console.print(f"API docs  {stack.api_url}/docs")
    console.print(f"Mail      {stack.mailbox_url}/")
    console.print(f"Web UI    {stack.ui_url}")
    for kind, id in timetable.followed:
        console.print(f"  {stack.ui_url}/namespaces/default/workflows/{kind}%2F{id}")
    orders = "uv run orders" if shutil.which("uv") else ".venv/bin/orders"
    api = "" if stack.ports.api == Ports().api else f" --api {stack.api_url}"
    console.print(f"Waiting   {stack.api_url}/#/orders/{waiting} ({KERMIT}'s card has expired)")
    console.print(f"Order     {orders} place {MARTIN} {SKU}:2 --watch{api}")


class _Reporter:
    """Prints, from a thread, which processes died and were restarted, and, once `everything` is
    set, all output of all processes.
    """

    def __init__(self, stack: Stack) -> None:
        self.everything = False
        self._logs = stack.logs
        self._stopped = Event()
        self._logs.mkdir(parents=True, exist_ok=True)
        (self._logs / "supervisord.log").unlink(missing_ok=True)
        self._thread = Thread(target=self._report, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stops reporting."""
        self._stopped.set()
        self._thread.join()

    def _report(self) -> None:
        follower = LogFollower(self._logs)
        while not self._stopped.wait(LOG_INTERVAL):
            for process, line in follower.new_lines():
                if process == "supervisord":
                    if text := news(line):
                        console.print(Text(text, style="bold yellow"))
                elif self.everything:
                    console.print(Text(f"{process:>8} | ", style="cyan").append(line, style="none"))


def _taken(ports: Ports, own: Mapping[str, str]) -> str | None:
    """A complaint about the first port that is taken; None if all are free."""
    elsewhere = ("TEMPORAL_PORT", "TEMPORAL_UI_PORT") if "TEMPORAL_ADDRESS" in own else ()
    for variable, port in ports.taken(but=elsewhere).items():
        return f"Port {port} is taken{_listener(port)}: stop what listens there, or set {variable}."
    return None


def _listener(port: int) -> str:
    """` by NAME (pid N)`; empty if the operating system does not say."""
    try:
        for connection in psutil.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port:  # pyright: ignore[reportUnknownMemberType, reportAttributeAccessIssue] - psutil's stubs say too little
                name = psutil.Process(connection.pid).name() if connection.pid else "a process"
                return f" by {name} (pid {connection.pid})"
    except psutil.Error:
        pass
    return ""


def _have_temporal_server(own: Mapping[str, str]) -> bool:
    """Finds or builds the Temporal server before anything starts, as that may take minutes."""
    command = [sys.executable, "-m", "dev.temporal_server.launch", "--build-only"]
    # If it fails, it has printed why in one line.
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **own}, check=False)
    return done.returncode == 0


def _build_page() -> None:
    """Builds the web page; the system runs without it."""
    subprocess.run([sys.executable, "-m", "web.build"], cwd=ROOT, check=False)


def _give_up(complaint: str) -> int:
    console.print(Text(complaint, style="bold red"))
    return 1


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    if sys.argv[1:] in (["audit"], ["replay"]):
        sys.exit(check_running(sys.argv[1]))
    if sys.argv[1:]:
        given = " ".join(sys.argv[1:])
        sys.exit(f"{given} must be audit or replay, or nothing to start the system.")
    with ctrl_c_for_this_process():
        code = main()
    sys.exit(code)
