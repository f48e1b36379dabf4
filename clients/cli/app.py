"""The commands of `orders`. See `orders --help`.

Exit codes: 0 done; 1 refused; 2 wrong arguments; 3 the API is unavailable; 4 the watched order was
not fulfilled, or the payment not received; 130 ended with Ctrl-C.
"""

import subprocess
import sys
from http import HTTPStatus
from pathlib import Path
from typing import Annotated

import typer

from clients import calls
from clients.cli import presentation
from clients.cli.listing import full_id, listed, short
from clients.cli.terminal import busy, console, say
from clients.cli.watch import watch
from clients.errors import ApiError, RefusedError
from clients.rest import RestClient

MOST_DAYS = 3660
MOST_DIGITS = 18
"""Of a quantity; Python refuses to read thousands of them."""

REFUSED, UNAVAILABLE = 1, 3
"""Exit codes."""

app = typer.Typer(
    help="Orders and payments in the terminal, over the REST API.",
    epilog="Exit codes: 0 done, 1 refused, 2 wrong arguments, 3 the API is unavailable, 4 the "
    "watched order was not fulfilled, or the payment not received.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Url = Annotated[str, typer.Option("--api", envvar="ORDERS_API", help="URL of the API.")]
Token = Annotated[
    str | None,
    typer.Option(
        envvar="ORDERS_TOKEN", show_envvar=True, help="Bearer token; needed with AUTH=jwt."
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
PaymentId = Annotated[
    str, typer.Argument(help="The id of a payment, or of its order; its beginning is enough.")
]
OrderId = Annotated[
    str, typer.Argument(metavar="ORDER", help="The order's id; its beginning is enough.")
]
Most = Annotated[int, typer.Option("--limit", min=1, help="How many at most.")]
LOCAL = "http://127.0.0.1:8000"


def main(arguments: list[str] | None = None) -> int:
    """Runs a command; returns the exit code, or raises SystemExit with it."""
    try:
        app(arguments, prog_name="orders")
    except ApiError as error:
        console(stderr=True).print(str(error), style="red")
        return REFUSED if isinstance(error, RefusedError) else UNAVAILABLE
    return 0


@app.command()
def place(
    customer: Annotated[str, typer.Argument(help="The customer's id.")],
    lines: Annotated[
        list[str], typer.Argument(metavar="SKU[:QUANTITY]...", help="Products and quantities.")
    ],
    *,
    policy: Annotated[
        str, typer.Option(help="charge_first, charge_before_shipping or charge_later.")
    ] = "charge_first",
    expected_total: Annotated[
        int | None, typer.Option(help="In cents; at other prices nothing is ordered.")
    ] = None,
    key: Annotated[
        str | None, typer.Option(help="Idempotency-Key: the same key never orders twice.")
    ] = None,
    then_watch: Annotated[
        bool, typer.Option("--watch", help="Watch the order until it ends.")
    ] = False,
    as_json: AsJson = False,
    url: Url = LOCAL,
    token: Token = None,
) -> None:
    """Place an order."""
    call = calls.place_order(
        customer,
        [_line(one) for one in lines],
        policy=policy,
        expected_total=expected_total,
        key=key,
    )
    with RestClient(url, token) as api:
        order = api.send(call)
        total = presentation.money(order["total"], order["currency"])
        say(order, f"Order {short(order['id'])} of {total}", as_json=as_json)
        if then_watch:
            watch(api, "order", order["id"], as_json=as_json)


@app.command("watch")
def watch_order_or_payment(
    id: Annotated[
        str,
        typer.Argument(
            help="The id of an order, or of a payment without one; its beginning is enough."
        ),
    ],
    *,
    as_json: AsJson = False,
    url: Url = LOCAL,
    token: Token = None,
) -> None:
    """Show what happens to an order and its payment, live, until the order ends."""
    with RestClient(url, token) as api:
        id = full_id(api, id)
        try:
            api.send(calls.get_order(id))
            kind = "order"
        except RefusedError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
            api.send(calls.get_payment(id))
            kind = "payment"
        watch(api, kind, id, as_json=as_json)


@app.command()
def update_card(
    id: Annotated[str, typer.Argument(help="A customer's id; with --payment, a payment's.")],
    card: Annotated[str, typer.Argument(help="The card provider's token, e.g. pm_card_visa.")],
    *,
    payment: Annotated[bool, typer.Option("--payment", help="Update this payment only.")] = False,
    as_json: AsJson = False,
    url: Url = LOCAL,
    token: Token = None,
) -> None:
    """Update the card of a customer and of all their waiting payments."""
    with RestClient(url, token) as api:
        if payment:
            id = full_id(api, id)
            answer = api.send(calls.update_payment_card(id, card))
            notified = [id]
        else:
            answer = api.send(calls.update_customer_card(id, card))
            notified = answer["payments"]
    payments = "payment" if len(notified) == 1 else "payments"
    ids = ", ".join(map(short, notified)) or "-"
    text = f"Notified {len(notified)} waiting {payments}: {ids}"
    say(answer, text, as_json=as_json)


@app.command()
def cancel(
    order: OrderId, *, as_json: AsJson = False, url: Url = LOCAL, token: Token = None
) -> None:
    """Cancel an order; what was done for it is undone."""
    with RestClient(url, token) as api:
        answer = api.send(calls.cancel_order(full_id(api, order)))
    say(answer, presentation.state(answer), as_json=as_json)


@app.command()
def refund(
    payment: PaymentId,
    amount: Annotated[int, typer.Argument(min=1, help="In minor units, e.g. cents.")],
    reference: Annotated[str, typer.Argument(help="The same reference never refunds twice.")],
    *,
    replaces: Annotated[
        str | None,
        typer.Option(help="Reference of the refund, owed to the customer, that it gives back."),
    ] = None,
    as_json: AsJson = False,
    url: Url = LOCAL,
    token: Token = None,
) -> None:
    """Give back a part of a received payment: to the card first, then to the account."""
    with RestClient(url, token) as api:
        answer = api.send(calls.refund_payment(full_id(api, payment), amount, reference, replaces))
    say(answer, presentation.state(answer), as_json=as_json)


@app.command()
def refunds(
    payment: PaymentId, *, as_json: AsJson = False, url: Url = LOCAL, token: Token = None
) -> None:
    """Show what of a payment is held, its refunds with their states, and whether it is disputed."""
    with RestClient(url, token) as api:
        id = full_id(api, payment)
        answer = api.send(calls.list_refunds(id)) | api.send(calls.list_disputes(id))
    say(answer, presentation.refunds(answer), as_json=as_json)


@app.command()
def settle_refund(
    payment: PaymentId,
    reference: Annotated[str, typer.Argument(help="The refund's, as the operations page has it.")],
    reason: Annotated[str, typer.Argument(help="How the money was given back.")],
    *,
    as_json: AsJson = False,
    url: Url = LOCAL,
    token: Token = None,
) -> None:
    """Book that a refund which was refused or failed was given back in another way."""
    with RestClient(url, token) as api:
        answer = api.send(calls.settle_refund(full_id(api, payment), reference, reason))
    say(answer, presentation.state(answer), as_json=as_json)


@app.command()
def fast_forward(
    payment: PaymentId,
    days: Annotated[float, typer.Argument(min=0, max=MOST_DAYS)],
    *,
    as_json: AsJson = False,
    url: Url = LOCAL,
    token: Token = None,
) -> None:
    """Advance a payment's clock (development mode only); waits until all that fell due is done."""
    with RestClient(url, token) as api, busy(f"{days:g} days pass", shown=not as_json):
        answer = api.send(calls.fast_forward(full_id(api, payment), days))
    say(answer, presentation.state(answer), as_json=as_json)


@app.command("list")
def list_orders(
    *,
    customer: Annotated[str | None, typer.Option(help="Only this customer's.")] = None,
    status: Annotated[str | None, typer.Option(help="Only in this status.")] = None,
    most: Most = 20,
    as_json: AsJson = False,
    url: Url = LOCAL,
    token: Token = None,
) -> None:
    """List orders, the newest first."""
    call = calls.list_orders(customer=customer, status=status)
    with RestClient(url, token) as api:
        found = list(listed(api, call, "orders", most))
    say({"orders": found}, presentation.orders(found), as_json=as_json)


@app.command()
def customers(
    *, most: Most = 20, as_json: AsJson = False, url: Url = LOCAL, token: Token = None
) -> None:
    """List customers with their balances and cards, by id; for operators."""
    with RestClient(url, token) as api:
        found = list(listed(api, calls.list_customers(), "customers", most))
    say({"customers": found}, presentation.customers(found), as_json=as_json)


@app.command()
def products(*, as_json: AsJson = False, url: Url = LOCAL, token: Token = None) -> None:
    """List all products with their prices and stock."""
    with RestClient(url, token) as api:
        answer = api.send(calls.list_products())
    say(answer, presentation.products(answer["products"]), as_json=as_json)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def audit(context: typer.Context) -> None:
    """Audit the system that this machine's settings name, as `python -m verification.audit` does.

    Takes the audit's options. The only command that does not use the REST API.
    """
    done = subprocess.run(
        [sys.executable, "-m", "verification.audit", *context.args],
        cwd=Path(__file__).parents[2],
        check=False,
    )
    raise typer.Exit(done.returncode)


def _line(text: str) -> tuple[str, int]:
    """SKU and quantity."""
    sku, _, quantity = text.partition(":")
    if quantity and not (quantity.isdecimal() and len(quantity) <= MOST_DIGITS):
        raise typer.BadParameter(f"{text!r} is not SKU or SKU:QUANTITY")
    return sku, int(quantity or 1)
