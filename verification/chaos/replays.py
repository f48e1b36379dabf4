"""Whether what faults have led to can be replayed."""

from temporalio.client import Client

from verification.chaos.next_release import NEXT
from verification.replay.deviations import WORKFLOWS, replay_all


async def deviations(temporal: Client) -> list[str]:
    """A line for each execution that the next release, rolled onto meanwhile, would stop.

    Raises `RPCError`.
    """
    following = [NEXT.get(one, one) for one in WORKFLOWS]
    replayed = await replay_all(temporal, following)
    print(f"Replay: {len(replayed)} executions")
    return [f"replay: {one}" for one in replayed if one.deviation]
