"""`python -m verification.chaos.next_release`: the worker of a later release.

Its workflows have changed.
"""

from collections.abc import Mapping
from typing import Any

import worker
from verification.chaos.next_workflows import NextOrderWorkflow, NextPaymentWorkflow
from workflows.names import TaskQueue
from workflows.order import OrderWorkflow
from workflows.payment import PaymentWorkflow

NEXT: dict[type, type] = {OrderWorkflow: NextOrderWorkflow, PaymentWorkflow: NextPaymentWorkflow}


def contexts_with(changed: Mapping[type, type]) -> type[worker.Contexts]:
    """The worker's contexts with other workflows in place of some of its own."""

    class ChangedContexts(worker.Contexts):
        def __init__(self, *dependencies: Any) -> None:
            super().__init__(*dependencies)
            for queue, workflows in self.workflows.items():
                self.workflows[queue] = [changed.get(one, one) for one in workflows]

    return ChangedContexts


def main() -> None:
    """Serve all queues until SIGTERM."""
    worker.Contexts = contexts_with(NEXT)
    worker.run(list(TaskQueue))


if __name__ == "__main__":
    main()
