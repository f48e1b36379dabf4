"""The mailbox as a page: the newest mails first, with links that can be followed."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from sqlite3 import Row
from urllib.parse import urlencode

from starlette.responses import HTMLResponse

SHOWN = 100
"""How many mails the page shows at most."""

_LINK = re.compile(r"https?://[^\s<>\"]+")
_SECURITY = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:",
    "Referrer-Policy": "no-referrer",
}
_STYLE = """
:root { color-scheme: light dark; }
body { max-width: 46rem; margin: 0 auto; padding: 1rem; font: 1rem/1.5 system-ui, sans-serif;
  overflow-wrap: anywhere; }
article { margin: 1rem 0; padding: 0.8rem 1rem; border: 1px solid #8888; border-radius: 0.5rem; }
h1 { font-size: 1.5rem; } h2 { margin: 0; font-size: 1.1rem; }
p { margin: 0.3rem 0; } .text { margin-top: 0.8rem; white-space: pre-wrap; }
"""


def render(mails: Sequence[Row], recipient: str | None) -> HTMLResponse:
    """The page with these mails, which are the recipient's, or everybody's."""
    whose = f"Mails to {escape(recipient)}" if recipient else "Mails"
    everybody = '<p><a href="/">All mails</a></p>' if recipient else ""
    none = "" if mails else "<p>There are none yet. Reload this page to see new ones.</p>"
    more = f"<p>The newest {SHOWN} are shown.</p>" if len(mails) == SHOWN else ""
    return HTMLResponse(
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Mailbox</title>'
        '<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">'
        f"<style>{_STYLE}</style><main><h1>{whose}</h1>{everybody}{none}{more}"
        f"{''.join(_article(mail) for mail in mails)}</main></html>",
        headers=_SECURITY,
    )


def _article(mail: Row) -> str:
    received = datetime.fromisoformat(mail["received_at"]).astimezone(UTC)
    times = mail["deliveries"]
    again = f", delivered {times} times and shown once" if times > 1 else ""
    to = f'<a href="/?{urlencode({"to": mail["recipient"]})}">{escape(mail["recipient"])}</a>'
    return (
        f"<article><h2>{escape(mail['subject'])}</h2>"
        f"<p>To {to}, {received:%d %B %Y, %H:%M:%S} UTC{again}</p>"
        f'<p class="text">{_with_links(mail["text"].strip())}</p></article>'
    )


def _with_links(text: str) -> str:
    """The text as HTML."""
    parts: list[str] = []
    end = 0
    for found in _LINK.finditer(text):
        link = f'<a href="{escape(found[0])}">{escape(_short(found[0]))}</a>'
        parts += [escape(text[end : found.start()]), link]
        end = found.end()
    return "".join([*parts, escape(text[end:])])


def _short(url: str) -> str:
    """A link's token is long, and says nothing to people."""
    longest = 60
    return url if len(url) <= longest else f"{url[:longest]}…"
