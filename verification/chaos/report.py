"""What was played and what came of it."""

import subprocess
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table
from sqlalchemy import func, select

from dev.stack.stack import ROOT
from storage import tables
from storage.database import Database
from verification.chaos.card_events import SECRET_KEY
from verification.chaos.customers import Customers
from verification.chaos.faults import Injector
from verification.chaos.recovery import GOAL, Recovery, percentile

UNKNOWN_COMMIT = "no commit"
WEBHOOKS_REFUSED = "webhooks refused"
PAGE = 1000
"""Mails in one answer."""

TIMEOUT = 120.0
"""Seconds for an answer that holds everything of a kind."""

_REFUSALS = {httpx.codes.BAD_REQUEST, httpx.codes.INTERNAL_SERVER_ERROR}


def commit() -> str:
    """What is checked out, `+` if something is changed; or that this is no checkout."""
    try:
        name = _git("rev-parse", "--short", "HEAD")
        return name + ("+" if _git("status", "--porcelain", "--untracked-files=no") else "")
    except (OSError, subprocess.CalledProcessError):
        return UNKNOWN_COMMIT


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@dataclass(frozen=True)
class Figures:
    """Counts from our books and from the simulators'."""

    outcomes: Mapping[str, int]
    charges: Mapping[str, int]
    refunds: int
    reminders: int
    mails: int
    repeated_mails: int
    webhooks: Mapping[str, int]


def figures(database: Database, cards_url: str, mailbox_url: str) -> Figures:
    """What is there at the end."""
    orders, payments, events = tables.orders, tables.payments, tables.events
    with database.read() as tx:
        outcomes = Counter(
            {
                f"{row.policy}: {row.status}"
                + (f", {row.reason}" if row.reason else ""): row.number
                for row in tx.execute(
                    select(
                        orders.c.policy,
                        orders.c.status,
                        orders.c.reason,
                        func.count().label("number"),
                    ).group_by(orders.c.policy, orders.c.status, orders.c.reason)
                )
            }
        )
        alone = tx.execute(
            select(payments.c.status, func.count().label("number"))
            .where(payments.c.id.not_in(select(orders.c.id)))
            .group_by(payments.c.status)
        )
        outcomes.update({f"payment alone: {row.status}": row.number for row in alone})
        reminders = tx.execute(
            select(func.count()).where(events.c.type == "CustomerReminded")
        ).scalar_one()
    mails = _mails(mailbox_url)
    return Figures(
        outcomes=dict(sorted(outcomes.items())),
        charges=Counter(str(one["status"]) for one in _listed(cards_url, "payment_intents")),
        refunds=len(_listed(cards_url, "refunds")),
        reminders=reminders,
        mails=len(mails),
        repeated_mails=sum(mail["deliveries"] - 1 for mail in mails),
        webhooks=_webhooks(cards_url),
    )


def _webhooks(cards_url: str) -> Mapping[str, int]:
    """By what became of them: sent until they were answered with 200, or never."""
    told = _asked(f"{cards_url}/_webhooks")["events"]
    copies = Counter(one["event"] for one in told)
    return {
        "webhooks heard": sum(one["answered"] == httpx.codes.OK for one in told),
        "webhooks heard once they were sent again": sum(one["attempts"] > 1 for one in told),
        "webhooks sent twice": sum(number > 1 for number in copies.values()),
        "webhooks lost": sum(not one["attempts"] for one in told),
        WEBHOOKS_REFUSED: sum(one["answered"] in _REFUSALS for one in told),
    }


def _mails(url: str) -> list[dict[str, Any]]:
    """All that were delivered."""
    found: list[dict[str, Any]] = []
    after = 0
    while after is not None:
        page = _asked(f"{url}/messages", limit=PAGE, after=after)
        found += page["messages"]
        after = page["next"]
    return found


def _asked(url: str, **params: int) -> dict[str, Any]:
    answer = httpx.get(url, params=params, timeout=TIMEOUT, trust_env=False)
    return answer.raise_for_status().json()


def _listed(url: str, what: str) -> list[dict[str, Any]]:
    """Everything of a kind in the card provider's books."""
    found: list[dict[str, Any]] = []
    more: dict[str, str] = {}
    with httpx.Client(
        base_url=url, auth=(SECRET_KEY, ""), timeout=TIMEOUT, trust_env=False
    ) as http:
        while True:
            page = http.get(f"/v1/{what}", params={"limit": "100"} | more).json()
            found += page["data"]
            if not page["has_more"]:
                return found
            more = {"starting_after": str(page["data"][-1]["id"])}


def show(console: Console, seen: Figures, customers: Customers, injector: Injector) -> None:
    """The counts."""
    table = Table("orders and payments", "", title=f"{len(customers.ids)} accepted")
    _rows(table, seen.outcomes)
    table.add_section()
    _rows(
        table, dict(sorted(Counter(order.kind.value for order in customers.ids.values()).items()))
    )
    console.print(table)
    table = Table("faults", "", title=f"{sum(injector.injected.values())} that struck")
    _rows(table, dict(sorted(injector.injected.items())))
    table.add_section()
    _rows(table, {f"poison: {name}": count for name, count in sorted(customers.poison.items())})
    console.print(table)
    table = Table("seen from outside", "")
    _rows(
        table, {f"charges at the provider: {name}": n for name, n in sorted(seen.charges.items())}
    )
    _rows(table, dict(sorted(customers.people.done.items())))
    _rows(table, seen.webhooks)
    _rows(table, {f"race: {name}": n for name, n in sorted(customers.race_results().items())})
    _rows(
        table,
        {
            "refunds at the provider": seen.refunds,
            "reminders": seen.reminders,
            "mails": seen.mails,
            "mails delivered again, and shown once": seen.repeated_mails,
            "orders asked for twice at once, and placed once": customers.repeated,
        },
    )
    console.print(table)


def show_missed(console: Console, missed: Mapping[str, str]) -> None:
    """Kinds of fault that were planned and had no effect, with the reason."""
    for fault, why in missed.items():
        console.print(f"NO EFFECT: {fault}: {why}", style="bold red")


def show_recovery(console: Console, recovery: Recovery) -> None:
    """Per process that was killed; an order's time is counted in every look, each 0.25 s."""
    table = Table(
        "killed", "under way", "p50", "p99", "longest", "p99 within 40 s", title="Recovery"
    )
    for process, seconds in [*sorted(recovery.seconds.items()), ("all", recovery.all_seconds)]:
        if seconds:
            p50, p99, most = (percentile(seconds, percent) for percent in (50, 99, 100))
            reached = "yes" if p99 <= GOAL else "NO"
            times = (f"{time:.1f} s" for time in (p50, p99, most))
            table.add_row(process, str(len(seconds)), *times, reached)
        else:
            table.add_row(process, "0", "", "", "", "")
    console.print(table)


def _rows(table: Table, counts: Mapping[str, int]) -> None:
    for name, count in counts.items():
        table.add_row(name, str(count))
