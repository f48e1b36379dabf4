"""The processes of a stack, by what they are."""

from collections.abc import Sequence

from dev.stack import Stack
from verification.bench.instruments.processes import Pids
from verification.bench.measurements import workers

WORKER, API, SERVER, MAILER = "worker", "API", "Temporal server", "mailer"


def of_stack(stack: Stack, database: Sequence[int] = ()) -> Pids:
    """All that carry out orders; `database` are the process ids of the system's, if it has any."""
    pid = stack.pid
    return {
        WORKER: workers.pids(stack),
        API: [pid("api")],
        SERVER: [pid("temporal")],
        MAILER: [pid("mailer")],
        **({"database": database} if database else {}),
        "simulators": [pid(name) for name in ("cards", "carrier", "mailbox")],
    }
