"""`orders watch`: a timeline that grows until the order, or the payment, ends."""

from contextlib import suppress

import typer

from clients import calls
from clients.cli import presentation
from clients.cli.terminal import busy, console, say
from clients.errors import UnavailableError
from clients.event_follower import follow
from clients.rest import RestClient

UNSUCCESSFUL, INTERRUPTED = 4, 130
"""Exit codes."""


def watch(api: RestClient, kind: str, id: str, *, as_json: bool) -> None:
    """Exits with `UNSUCCESSFUL` if the order is not fulfilled, or the payment not received."""
    look = calls.get(kind, id)
    timeline = presentation.Timeline()
    unavailable = False
    try:
        with busy("Connecting", shown=not as_json) as show:
            for news in follow(api, kind, id):
                if isinstance(news, UnavailableError):
                    if not unavailable:
                        console(stderr=True).print(f"{news}\nTrying again.", style="yellow")
                    unavailable = True
                    continue
                unavailable = False
                say(vars(news), timeline.line(news), as_json=as_json)
                with suppress(UnavailableError):
                    show(lambda: presentation.state(api.send(look)))
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None
    seen = api.send(look)
    if not as_json:
        console().print(presentation.state(seen))
    if seen["status"] not in presentation.GOOD_ENDS:
        raise typer.Exit(UNSUCCESSFUL)
