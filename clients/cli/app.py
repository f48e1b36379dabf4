"""The commands of `orders`. See `orders --help`.

Exit codes: 0 done; 1 refused; 2 wrongly called; 3 the API is away; 4 what was watched came to
nothing; 130 ended with Ctrl-C.
"""

import subprocess
import sys
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any

import typer

from clients.cli import presentation
from clients.cli.api import Api, ApiError, RefusedError, path
from clients.cli.terminal import busy, console, say
from clients.cli.watch import watch

PAGE = 200
"""Orders that the API lists at once, at the most."""

app = typer.Typer(
    help="Orders and payments in the terminal.\n\nEverything is done over the REST API.",
    epilog="Exit codes: 0 done, 1 refused, 2 wrongly called, 3 the API is away, 4 what was "
    "watched came to nothing.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Url = Annotated[str, typer.Option("--api", envvar="ORDERS_API", help="URL of the API.")]
Token = Annotated[
    str | None,
    typer.Option(envvar="ORDERS_TOKEN", show_envvar=True, help="Bearer token, if AUTH=jwt."),
]
AsJson = Annotated[bool, typer.Option("--json", help="JSON for scripts, instead of text.")]
OrderId = Annotated[str, typer.Argument(metavar="ORDER", help="The order's id.")]
LOCAL = "http://127.0.0.1:8000"


def main(arguments: list[str] | None = None) -> int:
    """Exits, or returns the exit code."""
    try:
        app(arguments, prog_name="orders")
    except ApiError as error:
        console(stderr=True).print(str(error), style="red")
        return error.exit_code
    return 0


@app.command()
def place(
    customer: Annotated[str, typer.Argument(help="Who orders.")],
    lines: Annotated[
        list[str], typer.Argument(metavar="SKU[:QUANTITY]...", help="What, and how many of it.")
    ],
    *,
    policy: Annotated[
        str, typer.Option(help="charge_first, charge_before_shipping or charge_later.")
    ] = "charge_first",
    key: Annotated[
        str | None, typer.Option(help="Idempotency-Key: repeating it does not order twice.")
    ] = None,
    then_watch: Annotated[bool, typer.Option("--watch", help="Then watch the order.")] = False,
    as_json: AsJson = False,
    url: Url = LOCAL,
    token: Token = None,
) -> None:
    """Place an order."""
    body = {"customer_id": customer, "lines": [_line(one) for one in lines], "policy": policy}
    headers = {"Idempotency_Key": key} if key else {}
    with Api(url, token) as api:
        order = api.post("/orders", body, **headers)
        total = presentation.money(order["total"], order["currency"])
        say(order, f"Order {order['id']} of {total}", as_json=as_json)
        if then_watch:
            watch(api, "order", order["id"], as_json=as_json)


@app.command("watch")
def watch_it(
    id: Annotated[str, typer.Argument(help="Of an order, or of a payment by itself.")],
    *,
    as_json: AsJson = False,
    url: Url = LOCAL,
    token: Token = None,
) -> None:
    """Show what happens to an order and its payment, live, until it ends."""
    with Api(url, token) as api:
        try:
            api.get(path("orders", id))
            kind = "order"
        except RefusedError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
            api.get(path("payments", id))
            kind = "payment"
        watch(api, kind, id, as_json=as_json)


@app.command()
def update_card(
    who: Annotated[str, typer.Argument(help="A customer; with --payment, a payment.")],
    card: Annotated[str, typer.Argument(help="The card provider's token, e.g. pm_card_visa.")],
    *,
    payment: Annotated[bool, typer.Option("--payment", help="For this payment only.")] = False,
    as_json: AsJson = False,
    url: Url = LOCAL,
    token: Token = None,
) -> None:
    """Give a customer, and all payments of theirs that wait, another card."""
    kind = "payments" if payment else "customers"
    with Api(url, token) as api:
        answer = api.put(path(kind, who, "card"), {"payment_method": card})
    told = [who] if payment else answer["payments"]
    payments = "payment" if len(told) == 1 else "payments"
    say(answer, f"Told {len(told)} waiting {payments}: {', '.join(told) or '-'}", as_json=as_json)


@app.command()
def cancel(
    order: OrderId, *, as_json: AsJson = False, url: Url = LOCAL, token: Token = None
) -> None:
    """Cancel an order, and have undone what was done for it."""
    with Api(url, token) as api:
        answer = api.post(path("orders", order, "cancel"))
    say(answer, presentation.state(answer), as_json=as_json)


@app.command()
def fast_forward(
    payment: Annotated[str, typer.Argument(help="A payment, or the order it belongs to.")],
    days: Annotated[float, typer.Argument(min=0)],
    *,
    as_json: AsJson = False,
    url: Url = LOCAL,
    token: Token = None,
) -> None:
    """Move a payment's clock on (in development mode); returns when what fell due is done."""
    with Api(url, token) as api, busy(f"{days:g} days pass", shown=not as_json):
        answer = api.post(path("dev", "payments", payment, "fast-forward"), {"days": days})
    say(answer, presentation.state(answer), as_json=as_json)


@app.command("list")
def list_orders(
    *,
    customer: Annotated[str | None, typer.Option(help="Of this customer only.")] = None,
    status: Annotated[str | None, typer.Option(help="In this status only.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At the most.")] = 20,
    as_json: AsJson = False,
    url: Url = LOCAL,
    token: Token = None,
) -> None:
    """List orders, the newest first."""
    found: list[dict[str, Any]] = []
    cursor = None
    with Api(url, token) as api:
        while len(found) < limit:
            page = api.get(
                "/orders",
                customer_id=customer,
                status=status,
                limit=min(limit - len(found), PAGE),
                cursor=cursor,
            )
            found += page["orders"]
            cursor = page["next_cursor"]
            if cursor is None:
                break
    say({"orders": found}, presentation.orders(found), as_json=as_json)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def audit(context: typer.Context) -> None:
    """Audit the system that the settings of this machine speak of: `python -m verification.audit`.

    Takes the audit's own options. The only command that is not done over REST.
    """
    done = subprocess.run(
        [sys.executable, "-m", "verification.audit", *context.args],
        cwd=Path(__file__).parents[2],
        check=False,
    )
    raise typer.Exit(done.returncode)


def _line(text: str) -> dict[str, Any]:
    sku, _, quantity = text.partition(":")
    if quantity and not quantity.isdecimal():
        raise typer.BadParameter(f"{text!r} is not SKU or SKU:QUANTITY")
    return {"sku": sku, "quantity": int(quantity or 1)}
