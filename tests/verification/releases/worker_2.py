"""`python -m tests.verification.releases.worker_2 [--bad]`: the worker of the next release."""

import sys

import worker
from tests.verification.releases.workflows_2 import BadPaymentWorkflow, PaymentWorkflow2
from verification.chaos.next_release import contexts_with
from workflows.names import TaskQueue
from workflows.payment import PaymentWorkflow

if __name__ == "__main__":
    payment = BadPaymentWorkflow if sys.argv[1:] == ["--bad"] else PaymentWorkflow2
    worker.Contexts = contexts_with({PaymentWorkflow: payment})
    worker.run(list(TaskQueue))
