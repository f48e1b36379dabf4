"""`orders watch`: a timeline that grows until the order, or the payment, ends."""

from contextlib import suppress

import typer

from clients.cli import presentation
from clients.cli.api import Api, AwayError, path
from clients.cli.event_follower import follow
from clients.cli.terminal import busy, console, say

CAME_TO_NOTHING, INTERRUPTED = 4, 130
"""Exit codes."""


def watch(api: Api, kind: str, id: str, *, as_json: bool) -> None:
    """Exits with `CAME_TO_NOTHING` if the order is not fulfilled, or the payment not received."""
    where = path(f"{kind}s", id)
    timeline = presentation.Timeline()
    away = False
    try:
        with busy("Connecting", shown=not as_json) as tell:
            for news in follow(api, kind, id):
                if isinstance(news, AwayError):
                    if not away:
                        console(stderr=True).print(f"{news}\nTrying again.", style="yellow")
                    away = True
                    continue
                away = False
                say(vars(news), timeline.line(news), as_json=as_json)
                with suppress(AwayError):
                    tell(lambda: presentation.state(api.get(where)))
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None
    seen = api.get(where)
    if not as_json:
        console().print(presentation.state(seen))
    if seen["status"] not in presentation.GOOD_ENDS:
        raise typer.Exit(CAME_TO_NOTHING)
