"""A sandbox that imports all code of workflows anew for each run, with every restriction.

What a workflow must not do, such as reading the clock or drawing a random number, raises in it.
"""

from temporalio.worker.workflow_sandbox import SandboxRestrictions

from temporal.sandbox import OwnContextRunner

STRICT = OwnContextRunner(
    restrictions=SandboxRestrictions.default.with_passthrough_modules(
        # Values: messages are decoded outside of the sandbox, and tests shorten limits.
        "activities",
        "domain",
        "pydantic",
        "workflows.activity_options",
        "workflows.messages",
        "workflows.names",
    )
)
