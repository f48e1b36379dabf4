"""Counts the results of a run and prints them."""

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
from verification.chaos.effects import Effect
from verification.chaos.faults import Injector
from verification.chaos.interventions import Interventions
from verification.chaos.recovery import GOAL, Recovery, percentile

UNKNOWN_COMMIT = "no commit"
WEBHOOKS_REFUSED = "webhooks refused"
PAGE = 1000
"""Mails per answer."""

TIMEOUT = 120.0
"""Seconds for an answer with all records of a kind."""

_REFUSALS = {httpx.codes.BAD_REQUEST, httpx.codes.INTERNAL_SERVER_ERROR}


def commit() -> str:
    """The commit checked out, with `+` if files are changed; `no commit` outside a checkout."""
    try:
        name = _git("rev-parse", "--short", "HEAD")
        return name + ("+" if _git("status", "--porcelain", "--untracked-files=no") else "")
    except (OSError, subprocess.CalledProcessError):
        return UNKNOWN_COMMIT


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@dataclass(frozen=True)
class Metrics:
    """Counts from our database and the simulators."""

    outcomes: Mapping[str, int]
    charges: Mapping[str, int]
    refunds: int
    reminders: int
    mails: int
    repeated_mails: int
    webhooks: Mapping[str, int]


def metrics(database: Database, cards_url: str, mailbox_url: str) -> Metrics:
    """Count the records at the end of a run."""
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
    return Metrics(
        outcomes=dict(sorted(outcomes.items())),
        charges=Counter(str(one["status"]) for one in intents(cards_url)),
        refunds=len(_listed(cards_url, "refunds")),
        reminders=reminders,
        mails=len(mails),
        repeated_mails=sum(mail["deliveries"] - 1 for mail in mails),
        webhooks=_webhooks(cards_url),
    )


def intents(cards_url: str) -> list[dict[str, Any]]:
    """All PaymentIntents at the card provider."""
    return _listed(cards_url, "payment_intents")


def _webhooks(cards_url: str) -> Mapping[str, int]:
    """Counts by outcome."""
    sent = _get(f"{cards_url}/_webhooks")["events"]
    copies = Counter(one["event"] for one in sent)
    return {
        "webhooks delivered": sum(one["answered"] == httpx.codes.OK for one in sent),
        "webhooks delivered after a retry": sum(one["attempts"] > 1 for one in sent),
        "webhooks sent twice": sum(number > 1 for number in copies.values()),
        "webhooks lost": sum(not one["attempts"] for one in sent),
        WEBHOOKS_REFUSED: sum(one["answered"] in _REFUSALS for one in sent),
    }


def _mails(url: str) -> list[dict[str, Any]]:
    """All delivered mails."""
    found: list[dict[str, Any]] = []
    after = 0
    while after is not None:
        page = _get(f"{url}/messages", limit=PAGE, after=after)
        found += page["messages"]
        after = page["next"]
    return found


def _get(url: str, **params: int) -> dict[str, Any]:
    answer = httpx.get(url, params=params, timeout=TIMEOUT, trust_env=False)
    return answer.raise_for_status().json()


def _listed(url: str, what: str) -> list[dict[str, Any]]:
    """All objects of a kind at the card provider."""
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


def show(  # noqa: PLR0913, PLR0917  all that a run has
    console: Console,
    metrics: Metrics,
    customers: Customers,
    injector: Injector,
    interventions: Interventions,
    effects: Mapping[Effect, int],
) -> None:
    """Print the counts."""
    table = Table("orders and payments", "", title=f"{len(customers.ids)} accepted")
    _rows(table, metrics.outcomes)
    table.add_section()
    _rows(
        table, dict(sorted(Counter(order.kind.value for order in customers.ids.values()).items()))
    )
    console.print(table)
    table = Table("faults", "", title=f"{sum(injector.injected.values())} with an effect")
    _rows(table, dict(sorted(injector.injected.items())))
    table.add_section()
    _rows(
        table,
        {
            f"malformed signal: {name}": count
            for name, count in sorted(customers.malformed_signals.items())
        },
    )
    console.print(table)
    done = interventions.done
    table = Table("operators in Temporal", "", title=f"{sum(done.values())} carried out")
    _rows(table, dict(sorted(done.items())))
    console.print(table)
    table = Table("saved cards and refunds", "")
    _rows(table, {effect.value: effects.get(effect, 0) for effect in Effect})
    console.print(table)
    table = Table("seen from outside", "")
    _rows(
        table,
        {f"charges at the provider: {name}": n for name, n in sorted(metrics.charges.items())},
    )
    _rows(table, dict(sorted(customers.card_holders.done.items())))
    _rows(table, metrics.webhooks)
    _rows(table, {f"race: {name}": n for name, n in sorted(customers.race_results().items())})
    _rows(
        table,
        {
            "refunds at the provider": metrics.refunds,
            "reminders": metrics.reminders,
            "mails": metrics.mails,
            "mails delivered twice, and shown once": metrics.repeated_mails,
            "orders requested twice at once, and placed once": customers.repeated,
        },
    )
    console.print(table)


def show_without_effect(console: Console, without_effect: Mapping[str, str]) -> None:
    """Print the planned kinds of faults and interventions that had no effect, with the reason."""
    for kind, why in without_effect.items():
        console.print(f"NO EFFECT: {kind}: {why}", style="bold red")


def show_recovery(console: Console, recovery: Recovery) -> None:
    """Print the recovery times by killed process; their resolution is 0.25 s."""
    table = Table("killed", "orders", "p50", "p99", "longest", "p99 within 40 s", title="Recovery")
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
