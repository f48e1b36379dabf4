"""The threads of Temporal's SDK, which must have ended before Python ends.

The SDK answers each `await` from a thread of its own, which is still in Python for a moment after
the event loop has gone on with that answer. If it was the last one, Python may be finalizing by
then; up to 3.13 it then ends that thread in the middle of Rust code, and the process aborts with
`Fatal Python error: PyGILState_Release` (https://github.com/temporalio/sdk-python/issues/300).

A runtime without references ends its threads and waits for them. The SDK's default runtime keeps
its reference, so each of our processes creates a runtime, passes it to its clients, and keeps
neither of them in anything that outlives `main`.
"""

import atexit
import gc
import logging
import sys
import time
from weakref import WeakSet

from temporalio.envconfig import ClientConfigProfile
from temporalio.runtime import LoggingConfig, PrometheusConfig, Runtime, TelemetryConfig

LIMIT_SECONDS = 5.0
"""How long a process waits at its end for the SDK's threads to release their references."""

LOG_FILTER = "error,temporalio_sdk_core=warn,temporalio_client=warn,temporalio_client::retry=error"
"""The SDK's default, without a line for each retry of a poll while Temporal is unavailable."""

_runtimes = WeakSet[Runtime]()


def own_runtime(metrics_address: str | None = None) -> Runtime:
    """A runtime for the clients of this process; serves Prometheus metrics on a `host:port`.

    Ends this process, with a line that says why, if it can't listen there.
    """
    metrics = PrometheusConfig(bind_address=metrics_address) if metrics_address else None
    logs = LoggingConfig(filter=LOG_FILTER)
    try:
        runtime = Runtime(telemetry=TelemetryConfig(logging=logs, metrics=metrics))
    except ValueError as error:
        sys.exit(f"METRICS_ADDRESS={metrics_address} can't be used: {error}")
    _runtimes.add(runtime)
    return runtime


@atexit.register
def _end_runtimes() -> None:
    end = time.monotonic() + LIMIT_SECONDS
    while True:
        # What a thread of the SDK held is let go of at the next call into the SDK: this one. It
        # may be an error, and with its traceback the client that met it.
        ClientConfigProfile.load(disable_file=True, override_env_vars={})
        gc.collect()  # clients and workers are parts of reference cycles
        if not _runtimes:
            return
        if time.monotonic() > end:
            logging.getLogger(__name__).warning("Something still refers to a Temporal runtime.")
            return
        time.sleep(0.001)  # lets such a thread go on
