"""`python -m verification.bench.contenders.worker_variant NAME`: a variant of worker.py.

It has a part replaced, or is profiled; the product has no settings for that.
"""

import asyncio
import sys
from contextlib import nullcontext
from enum import StrEnum
from pathlib import Path
from typing import assert_never

from temporalio.worker import PollerBehaviorSimpleMaximum, UnsandboxedWorkflowRunner

import worker
from verification.bench.instruments.profiler import profiled
from workflows.names import TaskQueue


class Variant(StrEnum):
    """The variants of the worker."""

    AS_IT_IS = "as_it_is"
    WITHOUT_SANDBOX = "without_sandbox"
    WITH_DEFAULT_POLLERS = "with_default_pollers"
    PROFILED = "profiled"


def make(variant: Variant) -> None:
    """Replace the part in the module `worker`, before the worker is created."""
    match variant:
        case Variant.AS_IT_IS | Variant.PROFILED:
            pass
        case Variant.WITHOUT_SANDBOX:
            _replace("SANDBOX", UnsandboxedWorkflowRunner())
        case Variant.WITH_DEFAULT_POLLERS:
            _replace("PollerBehaviorAutoscaling", PollerBehaviorSimpleMaximum)
        case _:
            assert_never(variant)


def _replace(name: str, value: object) -> None:
    if name not in vars(worker):  # else two equal workers would be compared
        message = f"worker.py has no {name} any more"
        raise LookupError(message)
    setattr(worker, name, value)


def main(variant: Variant, *arguments: str) -> None:
    """Serve all queues until SIGTERM; a profiled worker then writes the given file."""
    make(variant)
    with profiled(Path(*arguments)) if variant is Variant.PROFILED else nullcontext():
        asyncio.run(worker.main(list(TaskQueue)))


if __name__ == "__main__":
    main(Variant(sys.argv[1]), *sys.argv[2:])
