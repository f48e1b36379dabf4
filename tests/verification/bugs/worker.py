"""`python -m tests.verification.bugs.worker tests.verification.bugs.MODULE:BUG …`: worker.py
with bugs planted.
"""

import pkgutil
import sys

import pytest
from temporalio.worker import UnsandboxedWorkflowRunner

import worker
from workflows.names import TaskQueue


def plant(names: list[str]) -> None:
    """Have the bugs in this process from now on."""
    patch = pytest.MonkeyPatch()
    # In the sandbox workflows are imported anew for each run, without the bugs.
    patch.setattr(worker, "SANDBOX", UnsandboxedWorkflowRunner())
    for name in names:
        pkgutil.resolve_name(name)(patch)


def main(names: list[str]) -> None:
    """Serve all queues until SIGTERM."""
    plant(names)
    worker.run(list(TaskQueue))


if __name__ == "__main__":
    main(sys.argv[1:])
