"""`python -m deploy.versions COMMAND`: move workflows from one build of the worker to another.

Each bounded context is a Worker Deployment of Temporal, each BUILD_ID a version of it. Every
command ends by showing the versions, and how many running workflows each has.
"""

import argparse
import asyncio
import re
import sys
from argparse import ArgumentTypeError
from collections.abc import Sequence

from temporalio.service import RPCError

from config.arguments import number, some_of
from config.capacity import BUILD_ID_PATTERN
from temporal.client import NO_KEYS, check_settings, connect
from temporal.deployments import Deployment
from workflows.names import TaskQueue

CALLED_FIRST = (TaskQueue.FULFILLMENT, TaskQueue.PAYMENTS, TaskQueue.ORDERS)
"""A context moves before those that call it: they may request what only the new build knows."""

LINE = "{:<12} {:<24} {:<9} {:>6} {:>8} {:>8}"


async def carry_out(asked: argparse.Namespace) -> bool:
    """Of `is-drained`: whether it is; of all other commands True. Raises `RPCError`."""
    client = await connect(NO_KEYS)
    deployments = [Deployment(client, queue) for queue in CALLED_FIRST if queue in asked.queues]
    for deployment in deployments:
        match asked.command:
            case "current":
                await deployment.make_current(asked.build_id)
            case "first" if not await deployment.has_current():
                await deployment.make_current(asked.build_id)
            case "ramp":
                await deployment.ramp(asked.build_id, asked.percentage)
            case "back":
                await deployment.ramp("", 0)
            case "unversioned":
                await deployment.make_current("")
            case "delete":
                await deployment.delete(asked.build_id)
            case _:
                pass
    await _show(deployments)
    if asked.command != "is-drained":
        return True
    return all([await _is_drained(deployment, asked.build_id) for deployment in deployments])


async def _show(deployments: Sequence[Deployment]) -> None:
    print(LINE.format("context", "build", "status", "ramp", "running", "pinned"))
    for deployment in deployments:
        for version in await deployment.versions():
            share = f"{version.percentage:g} %" if version.percentage else ""
            print(
                LINE.format(
                    deployment.name,
                    version.build_id,
                    version.status,
                    share,
                    version.running,
                    version.pinned,
                )
            )


async def _is_drained(deployment: Deployment, build_id: str) -> bool:
    """Also if that context has no such version, or has none any more."""
    versions = await deployment.versions()
    return all(one.is_drained for one in versions if one.build_id == build_id)


def _build_id(text: str) -> str:
    if not re.fullmatch(BUILD_ID_PATTERN, text):
        message = f"{text!r} must be a BUILD_ID: letters, digits, '.', '_' and '-', 63 at most"
        raise ArgumentTypeError(message)
    return text


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    contexts = f"bounded contexts, separated by commas (default: {','.join(TaskQueue)})"
    parser.add_argument("--queues", type=some_of(TaskQueue), default=[*TaskQueue], help=contexts)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("show", help="the versions, and how many running workflows each has")
    for name, text in {
        "current": "all tasks go to this build, but those of workflows pinned to another",
        "first": "the same, unless another build is current",
        "ramp": "a share of all workflows goes to this build",
        "is-drained": "exit with 0 if no workflow is pinned to this build, else with 1",
        "delete": "forget this build, which is drained and whose workers have ended",
    }.items():
        command = commands.add_parser(name, help=text)
        command.add_argument("build_id", metavar="BUILD", type=_build_id)
        if name == "ramp":
            command.add_argument("percentage", metavar="PERCENT", type=number(0, 100))
    commands.add_parser("back", help="no workflow goes to the build that is ramping any more")
    commands.add_parser("unversioned", help="all tasks go to workers without a BUILD_ID again")
    return parser


def main() -> None:
    """Exits with 0, or with 1 after a line that says why."""
    asked = _parser().parse_args()
    check_settings()
    try:
        done = asyncio.run(carry_out(asked))
    except RPCError as error:
        sys.exit(f"Temporal refuses: {error}. `python -m deploy.versions show` shows why.")
    except RuntimeError as error:  # the SDK raises it while the server is unavailable
        sys.exit(f"Temporal is unavailable: {error}")
    sys.exit(0 if done else 1)


if __name__ == "__main__":
    main()
