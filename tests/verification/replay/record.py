"""Makes the committed histories: `python -m tests.verification.replay.record`.

What is there and still comes about the same way is left alone, what is new is added. A history that
would come about another way is not replaced: workflows that began like it may be under way.
"""

import argparse
import asyncio
import base64
import json
import logging
import sys
import tempfile
from pathlib import Path

from dev.temporal_server.server import temporal_server
from tests.integration.workflows.harness import open_office
from tests.verification.replay import fingerprints, order_stories, payment_stories
from tests.verification.replay.player import Play
from tests.verification.replay.replayer import replay

HERE = Path(__file__).parent
HISTORIES = HERE / "histories"
FINGERPRINTS = HERE / "fingerprints"

log = logging.getLogger("record")


def read_histories(folder: Path) -> dict[str, str]:
    """By name."""
    return {path.stem: path.read_text() for path in folder.iterdir()}


class ChangedSequenceError(Exception):
    """Histories that are there would be replaced by ones of another sequence."""


async def play_all(address: str, folder: Path) -> dict[str, str]:
    """The histories of every scenario, each played in an harness of its own."""
    histories: dict[str, str] = {}
    for scenario in (*order_stories.SCENARIOS, *payment_stories.SCENARIOS):
        log.info("playing: %s", scenario.__name__.replace("_", " "))
        place = folder / scenario.__name__
        place.mkdir()
        async with open_office(address, place) as harness:
            play = Play(harness)
            await scenario(play)
        histories |= play.kept
    return histories


async def keep(played: dict[str, str], histories: Path, folder: Path, *, replace: bool) -> None:
    """Write down what was played and its fingerprints, beside what is there.

    Raises `ChangedSequenceError`, and writes nothing, if a history there has another fingerprint
    and is not to be replaced.
    """
    there, known, new = read_histories(histories), fingerprints.read(folder), {}
    for name, history in played.items():
        commands = await commands_of(name, history)
        is_sparing = name.startswith(("order-", "payment-")) and _spares_history(history)
        full_name = fingerprints.with_patches(name, commands, spares_history=is_sparing)
        new[full_name] = (history, commands)
    changed = [name for name in new if name in there and known.get(name) != new[name][1]]
    if changed and not replace:
        raise ChangedSequenceError(
            "\n\n".join(_refusal(name, known.get(name, []), new[name][1]) for name in changed)
        )
    for name, (history, commands) in new.items():
        if known.get(name) != commands:
            log.info("%s: %s", "replaced" if name in there else "added", name)
            (histories / f"{name}.json").write_text(history)
            known[name] = commands
    fingerprints.write(folder, known)


def _spares_history(history: str) -> bool:
    start = json.loads(history)["events"][0]["workflowExecutionStartedEventAttributes"]
    input = json.loads(base64.b64decode(start["input"]["payloads"][0]["data"]))
    return bool(input["agreement"].get("spares_history"))


async def derive(histories: dict[str, str], folder: Path) -> None:
    """Make the fingerprints anew from these histories."""
    known = {name: await commands_of(name, history) for name, history in histories.items()}
    fingerprints.write(folder, known)


async def commands_of(name: str, history: str) -> list[str]:
    """What led to the history. Raises if today's code would not lead there."""
    replayed = await replay(name, history)
    if replayed.failure:
        raise replayed.failure
    return replayed.commands


def _refusal(name: str, old: list[str], new: list[str]) -> str:
    changed = fingerprints.first_difference(old, new)
    assert changed
    number, before, after = changed
    return (
        f"{name} is there already, and came about another way: command {number} was `{before}`,"
        f" now it is `{after}`.\n{fingerprints.patch_advice(name, before, after)}"
    )


def main() -> None:
    """On a server and a database of its own."""
    logging.basicConfig(format="%(message)s")
    log.setLevel(logging.INFO)
    parser = argparse.ArgumentParser(
        prog="python -m tests.verification.replay.record", description=__doc__
    )
    parser.add_argument(
        "--nothing-is-under-way",
        action="store_true",
        help="replace histories whose sequence changed; say so only if no workflow that began"
        " before the change is running anywhere",
    )
    parser.add_argument(
        "--derive",
        action="store_true",
        help="only make the fingerprints anew, from the histories that are there",
    )
    choice = parser.parse_args()
    if choice.derive:
        asyncio.run(derive(read_histories(HISTORIES), FINGERPRINTS))
        return
    # What is unavailable in a scenario fails again and again.
    logging.getLogger("temporalio").setLevel(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as folder, temporal_server(Path(folder)) as server:
        played = asyncio.run(play_all(server.address, Path(folder)))
    try:
        asyncio.run(keep(played, HISTORIES, FINGERPRINTS, replace=choice.nothing_is_under_way))
    except ChangedSequenceError as error:
        sys.exit(f"{error}\n\nNothing was written.")


if __name__ == "__main__":
    main()
