"""The one way to a Temporal server, for the API and the workers alike."""

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.envconfig import ClientConfig
from temporalio.runtime import Runtime

from temporal_runtime import own_runtime

DEFAULT_ADDRESS = "127.0.0.1:7233"


async def connect(
    *, lazy: bool = False, runtime: Runtime | None = None, address: str | None = None
) -> Client:
    """A client for this process and event loop; where to is `temporalio.envconfig`'s to say, or
    the caller's.

    A `lazy` one connects with its first call, so that its process starts while Temporal is away;
    a worker can't have it. Without a `runtime` it gets one of its own. Raises `RuntimeError` if
    nobody answers.
    """
    config = ClientConfig.load_client_connect_config()
    config["target_host"] = address or config.get("target_host", DEFAULT_ADDRESS)
    return await Client.connect(
        **config,
        lazy=lazy,
        data_converter=pydantic_data_converter,
        runtime=runtime or own_runtime(),
    )
