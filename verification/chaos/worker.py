"""`python -m verification.chaos.worker`: worker.py with failpoints, armed in the folder FAILPOINTS.

The product has no hooks for failpoints: they wrap the parts that the worker is composed of. The
worker is a forked child of this process, so that the next one need not import everything again.
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
from verification.chaos.failpoints import Failpoint, FailpointRegistry, PassedPoint
from workflows.names import TaskQueue

VARIABLE = "FAILPOINTS"

KILL_DELAY_SECONDS = 1.0
"""Time for other activities to reach their armed points, so that one kill serves all."""

_execution: ContextVar["_Execution | None"] = ContextVar("execution", default=None)


class _KillSwitch:
    """Kills this process with SIGKILL shortly after the first armed point was reached."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ordered = False

    def order(self) -> None:
        """Order the kill; the caller must not do anything more."""
        with self._lock:
            if self._ordered:
                return
            self._ordered = True
        threading.Thread(target=self._carry_out, daemon=True).start()

    def _carry_out(self) -> None:
        time.sleep(KILL_DELAY_SECONDS)
        os.kill(os.getpid(), signal.SIGKILL)


@dataclass
class _Execution:
    """An execution of an activity in this process."""

    registry: FailpointRegistry
    kill_switch: _KillSwitch
    info: activity.Info
    transactions: int = 0
    requests: int = 0

    def reach(self, point: str) -> bool:
        """Record the point; returns whether it was armed: then the caller must stop."""
        workflow = str(self.info.workflow_id)
        self.registry.write(
            PassedPoint(
                workflow=workflow,
                activity=self.info.activity_type,
                activity_id=self.info.activity_id,
                point=point,
                process=os.getpid(),
                moment=time.time(),
            )
        )
        if not self.registry.trigger(Failpoint(self.info.activity_type, point), workflow):
            return False
        self.kill_switch.order()
        return True

    def stop_at(self, point: str) -> None:
        """Record the point; if it was armed, block this thread for ever."""
        if self.reach(point):
            threading.Event().wait()


class _Failpoints(Interceptor):
    """Adds the points before and after every activity."""

    def __init__(self, registry: FailpointRegistry, kill_switch: _KillSwitch) -> None:
        self._registry = registry
        self._kill_switch = kill_switch

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        return _FailpointInterceptor(next, self._registry, self._kill_switch)


class _FailpointInterceptor(ActivityInboundInterceptor):
    def __init__(
        self,
        next: ActivityInboundInterceptor,
        registry: FailpointRegistry,
        kill_switch: _KillSwitch,
    ) -> None:
        super().__init__(next)
        self._registry = registry
        self._kill_switch = kill_switch

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        execution = _Execution(self._registry, self._kill_switch, activity.info())
        _execution.set(execution)
        await self._stop_at(execution, "before")
        result = await super().execute_activity(input)
        await self._stop_at(execution, "after")
        return result

    async def _stop_at(self, execution: _Execution, point: str) -> None:
        if execution.reach(point):
            await asyncio.Event().wait()


class _Transactions(Database):
    """Adds the points before and after every commit."""

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
            execution.stop_at(f"committing-{number}")
        execution.stop_at(f"committed-{number}")


class _Requests:
    """Adds a point after every answer of an external system."""

    def __init__(self, gateway: object) -> None:
        self._gateway = gateway

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._gateway, name)

        def call(*arguments: Any) -> Any:
            answer = method(*arguments)
            execution = _execution.get()
            if execution is not None:
                execution.requests += 1
                execution.stop_at(f"asked-{execution.requests}")
            return answer

        return call


def install() -> None:
    """Install the failpoints in the module `worker`."""
    registry = FailpointRegistry(Path(os.environ[VARIABLE]))
    interceptor = _Failpoints(registry, _KillSwitch())
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
    if name not in vars(worker):  # else points would silently be missing
        message = f"worker.py has no {name} any more"
        raise LookupError(message)
    setattr(worker, name, value)


def main() -> int:
    """Run one worker after another until one was not killed; returns its exit status."""
    child = 0

    def pass_on(signum: int, _frame: object) -> None:
        if child:
            os.kill(child, signum)

    install()
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
