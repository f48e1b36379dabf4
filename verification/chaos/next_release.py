"""`python -m verification.chaos.next_release`: the worker of a later release.

Its workflows have changed.
"""

from typing import Any

import worker
from verification.chaos.next_workflows import NextOrderWorkflow, NextPaymentWorkflow
from workflows.names import TaskQueue
from workflows.order import OrderWorkflow
from workflows.payment import PaymentWorkflow

NEXT: dict[type, type] = {OrderWorkflow: NextOrderWorkflow, PaymentWorkflow: NextPaymentWorkflow}


class NextContexts(worker.Contexts):
    """The contexts with the changed workflows."""

    def __init__(self, *dependencies: Any) -> None:
        """Replace the workflows that have changed."""
        super().__init__(*dependencies)
        for queue, workflows in self.workflows.items():
            self.workflows[queue] = [NEXT.get(one, one) for one in workflows]


def main() -> None:
    """Serve all queues until SIGTERM."""
    worker.Contexts = NextContexts
    worker.run(list(TaskQueue))


if __name__ == "__main__":
    main()
