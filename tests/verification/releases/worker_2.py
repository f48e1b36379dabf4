"""`python -m tests.verification.releases.worker_2 [--bad]`: the worker of the next release."""

import sys
from typing import Any

import worker
from tests.verification.releases.workflows_2 import BadPaymentWorkflow, PaymentWorkflow2
from workflows.names import TaskQueue
from workflows.payment import PaymentWorkflow


class Contexts2(worker.Contexts):
    """The contexts with the changed payment."""

    payment: type = PaymentWorkflow2

    def __init__(self, *dependencies: Any) -> None:
        """Replace it."""
        super().__init__(*dependencies)
        changed = {PaymentWorkflow: self.payment}
        for queue, workflows in self.workflows.items():
            self.workflows[queue] = [changed.get(one, one) for one in workflows]


class BadContexts(Contexts2):
    """The contexts of the bad release."""

    payment = BadPaymentWorkflow


if __name__ == "__main__":
    worker.Contexts = BadContexts if sys.argv[1:] == ["--bad"] else Contexts2
    worker.run(list(TaskQueue))
