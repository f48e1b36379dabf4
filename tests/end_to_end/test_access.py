"""With AUTH=jwt, on the real stack: Kermit buys, Gonzo sees nothing of it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx
import pytest

from api.auth.scopes import Scope
from dev.stack.stack import Stack
from dev.tokens import OF_A_CUSTOMER
from tests.integration.api.problems import problem_of
from tests.support.audits import assert_as_recorded, assert_consistent
from tests.support.links import holding, link_token, written_down
from tests.support.shop import Shop, respond
from tests.support.token_stack import TokenStack


@pytest.fixture(scope="module")
def barred(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TokenStack]:
    """A stack whose API requires tokens."""
    # Tests look again and again.
    environment = {"REQUESTS_PER_MINUTE": "100000"}
    with TokenStack(tmp_path_factory.mktemp("stack"), environment) as running:
        yield running
        assert_as_recorded(running)


@pytest.fixture
def seen_by(barred: TokenStack) -> Iterator[Callable[..., Shop]]:
    """The system as the bearer of a token with these scopes sees it."""
    with ExitStack() as shops:
        yield lambda who, *scopes: shops.enter_context(barred.shop(barred.token(who, *scopes)))
    assert_consistent(barred)


def test_an_order_is_its_customers_own(barred: Stack, seen_by: Callable[..., Shop]) -> None:
    operator = seen_by("operator", *Scope)
    kermit_id, gonzo_id = operator.customer("pm_card_visa"), operator.customer()
    sku = operator.product()
    kermit = seen_by(kermit_id, *OF_A_CUSTOMER)
    gonzo = seen_by(gonzo_id, *OF_A_CUSTOMER)

    order = kermit.order(kermit_id, sku)
    # At once, while it may not be written down yet, and then again.
    for _ in range(2):
        for path in (f"/orders/{order}", f"/orders/{order}/events", f"/customers/{kermit_id}"):
            problem_of(gonzo.respond("GET", path), 404)
        problem_of(gonzo.respond("POST", f"/orders/{order}/cancel"), 404)
        assert gonzo.get("/orders")["orders"] == []
        with kermit.http.stream(
            "GET", f"/orders/{order}/events", headers={"Accept": "text/event-stream"}
        ) as stream:
            assert "event: OrderFulfilled" in stream.iter_lines()
    assert [one["id"] for one in kermit.get("/orders")["orders"]] == [order]
    assert operator.see_order(order)["status"] == "fulfilled"
    problem_of(gonzo.respond("GET", f"/payments/{order}"), 404)
    problem_of(httpx.get(f"{barred.api_url}/orders/{order}", trust_env=False, timeout=60), 401)
    problem_of(kermit.respond("PUT", f"/products/{sku}", json={}), 403)
    assert operator.respond("GET", "/metrics").is_success


def test_a_card_can_be_given_ten_times_a_day(seen_by: Callable[..., Shop]) -> None:
    operator = seen_by("operator", *Scope)
    kermit_id = operator.customer()
    kermit = seen_by(kermit_id, *OF_A_CUSTOMER)
    payment = kermit.payment(kermit_id)
    kermit.await_payment(payment, "awaiting_card")
    declined = "pm_card_chargeDeclined"
    for _ in range(8):
        kermit.put(f"/payments/{payment}/card", payment_method=declined)
    for _ in range(2):
        kermit.update_customers_card(kermit_id, declined)
    for path in (f"/payments/{payment}/card", f"/customers/{kermit_id}/card"):
        problem_of(kermit.respond("PUT", path, json={"payment_method": "pm_card_visa"}), 429)
    problem_of(
        kermit.respond("POST", f"/dev/payments/{payment}/fast-forward", json={"days": 1}), 403
    )
    operator.fast_forward(payment, days=14.1)
    kermit.await_payment(payment, "canceled")
    assert kermit.captured(payment) == []


def test_whoever_has_the_link_needs_no_token(barred: Stack, seen_by: Callable[..., Shop]) -> None:
    operator = seen_by("operator", *Scope)
    kermit_id = operator.customer("pm_card_chargeDeclined")
    payment = operator.payment(kermit_id)
    operator.await_payment(payment, "awaiting_card")
    operator.fast_forward(payment, days=2)
    first = "Your card did not pay: please update it"
    operator.await_mails(kermit_id, first, "Reminder 1: please update your card")
    token = link_token(operator, kermit_id)
    problem_of(httpx.get(f"{barred.api_url}/card-update", trust_env=False, timeout=60), 401)
    with holding(operator, token) as holder:
        problem_of(respond(holder, "GET", f"/payments/{payment}"), 401)
        answer = respond(holder, "PUT", "/card-update", json={"payment_method": "pm_card_visa"})
        assert answer.status_code == 202
    operator.await_payment(payment, "received")
    assert written_down(operator, payment)
    assert written_down(operator, token) == []
