"""`python -m verification.chaos.worker`: worker.py with failpoints put in, armed in the folder
FAILPOINTS.

The product has no place for them, and needs none: they are put around what it is composed of. The
worker is a child of this process, so that the next one need not import everything again.
"""

import asyncio
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection
from temporalio import activity
from temporalio.worker import (
    ActivityInboundInterceptor,
    ExecuteActivityInput,
    Interceptor,
    Worker,
)

import worker
from config import Settings
from storage.database import Database
from verification.chaos.failpoints import Armory, Failpoint, Passing
from workflows.names import TaskQueue

VARIABLE = "FAILPOINTS"

GATHERING_SECONDS = 1.0
"""For others to reach their armed points too, so that they die together."""

_execution: ContextVar["_Execution | None"] = ContextVar("execution", default=None)


class _Gallows:
    """Ends this process by SIGKILL, a moment after the first armed point was reached."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ordered = False

    def order(self) -> None:
        """Whoever orders it waits for it, and does no more."""
        with self._lock:
            if self._ordered:
                return
            self._ordered = True
        threading.Thread(target=self._carry_out, daemon=True).start()

    def _carry_out(self) -> None:
        time.sleep(GATHERING_SECONDS)
        os.kill(os.getpid(), signal.SIGKILL)


@dataclass
class _Execution:
    """An activity under way in this process."""

    armory: Armory
    gallows: _Gallows
    info: activity.Info
    transactions: int = 0
    requests: int = 0

    def comes_by(self, point: str) -> bool:
        """Write it down; whether the point was armed: then nothing more may be done."""
        workflow = str(self.info.workflow_id)
        self.armory.write(
            Passing(
                workflow=workflow,
                activity=self.info.activity_type,
                activity_id=self.info.activity_id,
                point=point,
                process=os.getpid(),
                moment=time.time(),
            )
        )
        if not self.armory.set_off(Failpoint(self.info.activity_type, point), workflow):
            return False
        self.gallows.order()
        return True

    def come_by(self, point: str) -> None:
        """As `comes_by`, on a thread: it goes no further than an armed point."""
        if self.comes_by(point):
            threading.Event().wait()


class _Failpoints(Interceptor):
    """Before and after every activity."""

    def __init__(self, armory: Armory, gallows: _Gallows) -> None:
        self._armory = armory
        self._gallows = gallows

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        return _Around(next, self._armory, self._gallows)


class _Around(ActivityInboundInterceptor):
    def __init__(self, next: ActivityInboundInterceptor, armory: Armory, gallows: _Gallows) -> None:
        super().__init__(next)
        self._armory = armory
        self._gallows = gallows

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        execution = _Execution(self._armory, self._gallows, activity.info())
        _execution.set(execution)
        await self._come_by(execution, "before")
        result = await super().execute_activity(input)
        await self._come_by(execution, "after")
        return result

    async def _come_by(self, execution: _Execution, point: str) -> None:
        if execution.comes_by(point):
            await asyncio.Event().wait()


class _Transactions(Database):
    """Between a transaction's last statement and its commit, and behind that."""

    @contextmanager
    def write(self) -> Generator[Connection]:
        execution = _execution.get()
        if execution is None:
            with super().write() as tx:
                yield tx
            return
        execution.transactions += 1
        number = execution.transactions
        with super().write() as tx:
            yield tx
            execution.come_by(f"committing-{number}")
        execution.come_by(f"committed-{number}")


class _Requests:
    """Behind every answer from outside."""

    def __init__(self, gateway: object) -> None:
        self._gateway = gateway

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._gateway, name)

        def ask(*arguments: Any) -> Any:
            answer = method(*arguments)
            execution = _execution.get()
            if execution is not None:
                execution.requests += 1
                execution.come_by(f"asked-{execution.requests}")
            return answer

        return ask


def put_in() -> None:
    """Put failpoints into the module `worker`."""
    armory = Armory(Path(os.environ[VARIABLE]))
    interceptor = _Failpoints(armory, _Gallows())
    outside = vars(worker)["_outside"]

    def worker_with_failpoints(
        *arguments: Any, interceptors: Sequence[Interceptor] = (), **options: Any
    ) -> Worker:
        return Worker(*arguments, interceptors=[*interceptors, interceptor], **options)

    def outside_with_failpoints(settings: Settings) -> tuple[_Requests, ...]:
        return tuple(_Requests(gateway) for gateway in outside(settings))

    _replace("Worker", worker_with_failpoints)
    _replace("Database", _Transactions)
    _replace("_outside", outside_with_failpoints)


def _replace(name: str, value: object) -> None:
    if name not in vars(worker):  # else points would silently be left out
        message = f"worker.py has no {name} any more"
        raise LookupError(message)
    setattr(worker, name, value)


def main() -> int:
    """One worker after the other, until one of them was not killed: its exit status."""
    child = 0

    def pass_on(signum: int, _frame: object) -> None:
        if child:
            os.kill(child, signum)

    put_in()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, pass_on)
    while True:
        child = os.fork()
        if child == 0:
            worker.run(list(TaskQueue))
            return 0
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if status != -signal.SIGKILL:
            return status


if __name__ == "__main__":
    sys.exit(main())
