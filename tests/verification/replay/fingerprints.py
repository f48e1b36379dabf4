"""The commands of every history, in words: `fingerprints/<workflow>.txt`, made by the recorder."""

import re
from itertools import zip_longest
from pathlib import Path
from textwrap import indent

from tests.verification.replay.replayer import WORKFLOWS, Replayed

Fingerprint = list[str]

PATCHED = "patched "
END = "nothing"


def read(folder: Path) -> dict[str, Fingerprint]:
    """By the name of the history."""
    found: dict[str, Fingerprint] = {}
    for path in sorted(folder.glob("*.txt")):
        for story in path.read_text().split("\n\n"):
            name, *commands = story.splitlines()
            found[name] = [command.strip() for command in commands]
    return found


def write(folder: Path, fingerprints: dict[str, Fingerprint]) -> None:
    """A file per workflow, by name."""
    for kind in WORKFLOWS:
        stories = [
            "\n".join([name, *(f"  {command}" for command in fingerprints[name])])
            for name in sorted(fingerprints)
            if name.startswith(f"{kind}-")
        ]
        (folder / f"{kind}.txt").write_text("\n\n".join(stories) + "\n")


def with_patches(name: str, commands: Fingerprint, *, spares_history: bool = False) -> str:
    """A history that went through patches is another one than the one before them.

    So is one whose input says that it spares its history.
    """
    patches = {line.removeprefix(PATCHED) for line in commands if line.startswith(PATCHED)}
    return "+".join([name, *sorted(patches), *(["sparing"] if spares_history else [])])


def without_patches(name: str) -> str:
    """The name as `tests.verification.replay.states` has it."""
    return name.partition("+")[0]


def complaint(name: str, committed: Fingerprint, replayed: Replayed) -> str | None:
    """What is wrong with today's code, or with the history, and what to do; None if nothing is."""
    changed = first_difference(committed, replayed.commands)
    if changed is None:
        if replayed.failure is None:
            return None
        return f"{name} can't be replayed, though its commands are the same: {replayed.failure}"
    number, old, new = changed
    if replayed.failure is None:
        return (
            f"{name} is a history of another sequence than its fingerprint: command {number} is"
            f" written down as `{old}`, the history leads to `{new}`.\n"
            "If the history was made anew: workflows that began like the former one may be under"
            " way. Bring it back (git checkout) and give the new sequence a patch, so that both"
            " are kept.\n"
            "If only the words of a command changed:"
            " python -m tests.verification.replay.record --derive"
        )
    after = committed[number - 2] if number > 1 else "its start"
    advice = patch_advice(name, old, new)
    return (
        f"{name}: command {number} was `{old}`, today's code requests `{new}` (after `{after}`).\n"
        f"Workflows under way that began like this would be stuck there. {advice}\n"
        f"Temporal says: {replayed.failure}"
    )


def first_difference(old: Fingerprint, new: Fingerprint) -> tuple[int, str, str] | None:
    """Number, from 1, and both commands."""
    for number, (before, after) in enumerate(zip_longest(old, new, fillvalue=END), start=1):
        if before != after:
            return number, before, after
    return None


def patch_advice(name: str, old: str, new: str) -> str:
    """How to change a sequence while workflows of the old one are under way."""
    workflow = WORKFLOWS[name.partition("-")[0]]
    code = (
        f'if workflow.patched("{_slug(new)}-instead-of-{_slug(old)}"):\n'
        f"    ...  # {new}\n"
        "else:\n"
        f"    ...  # {old}, as before\n"
    )
    return (
        f"Keep the old sequence for them, in {workflow.__name__}"
        f" ({workflow.__module__.replace('.', '/')}.py), under a name that says the change:\n\n"
        f"{indent(code, '    ')}\n"
        "Then add histories of the new sequence beside these:"
        " python -m tests.verification.replay.record"
    )


def _slug(command: str) -> str:
    said = re.sub(r"^(local activity|activity|child workflow|timer|show) ", "", command)
    return re.sub(r"\W+", "-", said).strip("-")
