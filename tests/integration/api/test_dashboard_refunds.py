"""What somebody refunds in the card provider's dashboard is booked, once we know what it is of."""

import json
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from temporalio.client import Client

from config import Settings
from domain.errors import ConflictError
from domain.events import (
    CreditCardCharged,
    CreditCardRefunded,
    PaymentCanceled,
    PaymentReceived,
)
from domain.statuses import WHOLE, RefundState
from gateways.cards import ProviderRefund, RefundStatus
from storage import charges, payments, refund_states, refunds
from storage.database import Database
from tests.integration.api.problems import problem_of
from tests.integration.api.webhooks import NEW, PAYMENT, noted, tell, wait_for
from tests.support.examples import payment
from tests.support.fake_refunds import FakeRefunds
from tests.support.fake_temporal import FakeTemporal
from tests.verification.bugs import webhooks as bugs


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """With a secret that webhooks are signed with."""
    return settings.model_copy(update={"stripe_webhook_secrets": SecretStr(NEW)})


@pytest.fixture
def provider(app: FastAPI, http: httpx.AsyncClient) -> FakeRefunds:
    """Instead of the card provider."""
    del http
    fake = FakeRefunds()
    temporal = cast("Client", FakeTemporal(gone={f"refund/{PAYMENT}/r2"}))
    app.state.context = replace(app.state.context, refunds=fake, temporal=temporal)
    return fake


Refunded = Callable[..., str]


@pytest.fixture
def refund_of(provider: FakeRefunds) -> Refunded:
    """What Stripe reports of a refund, which is in the provider's records.

    By default somebody made it in the dashboard. The event itself is a hint: it says nothing else.
    """

    def make(
        id: str = "evt_1", refund: str = "re_1", type: str = "refund.created", **other: Any
    ) -> str:
        values: dict[str, Any] = {
            "charge_id": "pi_paid",
            "amount": 500,
            "currency": "EUR",
            "status": RefundStatus.SUCCEEDED,
        }
        provider.known[refund] = ProviderRefund(refund, **values | other)
        hint = {"id": refund, "created": int(time.time()), "amount": 1, "status": "a lie"}
        return json.dumps({"id": id, "type": type, "data": {"object": hint}})

    return make


def pay(database: Database, *, is_received: bool = True) -> None:
    """A payment whose charge succeeded."""
    with database.write() as tx:
        payments.request(tx, payment(PAYMENT))
        charges.begin(tx, PAYMENT, 1, "pm_card_visa", datetime.now(UTC))
    settle(database, "pi_paid", is_received=is_received)


def settle(database: Database, charge_id: str, *, is_received: bool = True) -> None:
    """Its charge succeeds."""
    now = datetime.now(UTC)
    with database.write() as tx:
        charge = charges.find(tx, PAYMENT, 1)
        assert charge is not None
        charges.settle(tx, charge.model_copy(update={"charge_id": charge_id}))
        charges.close(tx, PAYMENT)
        payments.record(tx, PAYMENT, CreditCardCharged(at=now, amount=charge.amount))
        if is_received:
            payments.record(tx, PAYMENT, PaymentReceived(at=now))


def refunded(database: Database) -> tuple[str, int, int]:
    with database.read() as tx:
        found = payments.find(tx, PAYMENT)
    return found.status, found.charged, found.refunded


async def test_what_was_refunded_by_hand_is_booked_once(
    http: httpx.AsyncClient, database: Database, refund_of: Refunded
) -> None:
    """However often its webhook arrives, also by another event of the same refund."""
    pay(database)
    bodies = [refund_of(), refund_of(), refund_of(id="evt_2"), refund_of(id="evt_3", refund="re_2")]
    outcomes = [(await tell(http, body)).json()["outcome"] for body in bodies]
    assert outcomes == ["told", "known", "noted", "told"]
    assert refunded(database) == ("received", 1500, 1000)
    assert noted(database) == [("evt_1", PAYMENT), ("evt_2", None), ("evt_3", PAYMENT)]


async def test_all_of_it_refunded_by_hand(
    http: httpx.AsyncClient, database: Database, refund_of: Refunded
) -> None:
    pay(database)
    await tell(http, refund_of(amount=2500))
    assert refunded(database) == ("refunded", 0, 2500)


@pytest.mark.parametrize(
    "other",
    [
        {"payment_id": PAYMENT},
        {"charge_id": "pi_of_another_shop"},
        {"status": RefundStatus.FAILED},
    ],
    ids=str,
)
async def test_our_own_refunds_and_those_that_gave_nothing_back_change_nothing(
    http: httpx.AsyncClient, database: Database, refund_of: Refunded, other: dict[str, Any]
) -> None:
    pay(database)
    assert (await tell(http, refund_of(**other))).json() == {"outcome": "noted"}
    assert refunded(database) == ("received", 2500, 0)


CARD = "4242424242424242"


@pytest.mark.parametrize("other", [{"refund": id} for id in (CARD, f"re_{CARD}", "re_" + "x" * 51)])
async def test_a_refund_of_another_shape_is_ignored(
    http: httpx.AsyncClient, database: Database, refund_of: Refunded, other: dict[str, Any]
) -> None:
    pay(database)
    answer = await tell(http, refund_of(**other))
    assert (answer.status_code, answer.json()) == (200, {"outcome": "ignored"})
    assert (noted(database), refunded(database)) == ([], ("received", 2500, 0))


async def test_refunded_before_it_is_received_it_is_to_be_sent_again(
    http: httpx.AsyncClient, database: Database, refund_of: Refunded
) -> None:
    pay(database, is_received=False)
    problem = problem_of(await tell(http, refund_of()), 503)
    assert PAYMENT in problem["detail"]
    assert (noted(database), refunded(database)) == ([], ("charging", 2500, 0))


@pytest.mark.parametrize("customer", [True, False])
async def test_refunded_before_we_know_that_it_is_paid_it_is_to_be_sent_again(
    http: httpx.AsyncClient, database: Database, refund_of: Refunded, *, customer: bool
) -> None:
    """As if the event of its success were delayed."""
    wait_for(database, customer=customer)
    body = refund_of(charge_id="pi_open")
    problem_of(await tell(http, body), 503)
    assert (noted(database), refunded(database)[2]) == ([], 0)

    settle(database, "pi_open")

    assert (await tell(http, body)).json() == {"outcome": "told"}
    assert refunded(database) == ("received", 2000, 500)


async def test_while_the_answer_to_a_charge_is_out_its_refund_is_to_be_sent_again(
    http: httpx.AsyncClient, database: Database, refund_of: Refunded
) -> None:
    with database.write() as tx:
        payments.request(tx, payment(PAYMENT))
        charges.begin(tx, PAYMENT, 1, "pm_card_visa", datetime.now(UTC))
    problem_of(await tell(http, refund_of()), 503)
    assert noted(database) == []

    settle(database, "pi_paid")

    assert (await tell(http, refund_of())).json() == {"outcome": "told"}
    assert refunded(database) == ("received", 2000, 500)


@pytest.mark.parametrize("later", [timedelta(minutes=10), timedelta(days=-4)], ids=str)
async def test_another_shops_refund_does_not_wait_for_charges_that_it_can_not_be_of(
    http: httpx.AsyncClient, database: Database, refund_of: Refunded, later: timedelta
) -> None:
    """One is requested after it was made; the answer to the other is lost for good."""
    with database.write() as tx:
        payments.request(tx, payment(PAYMENT))
        charges.begin(tx, PAYMENT, 1, "pm_card_visa", datetime.now(UTC) + later)
    answer = await tell(http, refund_of(charge_id="pi_of_another_shop"))
    assert answer.json() == {"outcome": "noted"}


async def test_another_shops_refund_does_not_wait_for_charges_that_are_open(
    http: httpx.AsyncClient, database: Database, refund_of: Refunded
) -> None:
    wait_for(database, customer=False)
    answer = await tell(http, refund_of(charge_id="pi_of_another_shop"))
    assert answer.json() == {"outcome": "noted"}


async def test_a_bug_that_books_what_was_refunded_anew_is_found(
    http: httpx.AsyncClient,
    database: Database,
    refund_of: Refunded,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bugs.book_refunds_by_hand_anew(monkeypatch)
    with pytest.raises(AssertionError, match="noted"):
        await test_what_was_refunded_by_hand_is_booked_once(http, database, refund_of)


async def test_without_the_provider_nothing_is_booked(
    http: httpx.AsyncClient, database: Database, refund_of: Refunded, provider: FakeRefunds
) -> None:
    """An event is only a hint: Stripe sends it again."""
    pay(database)
    body = refund_of()
    provider.is_unavailable = True
    assert "card provider" in problem_of(await tell(http, body), 503)["detail"]
    assert (noted(database), refunded(database)) == ([], ("received", 2500, 0))


async def test_a_refund_that_the_provider_does_not_know_is_stored_and_not_sent_again(
    http: httpx.AsyncClient, database: Database, refund_of: Refunded, provider: FakeRefunds
) -> None:
    """A 503 for good would have Stripe disable the webhook."""
    pay(database)
    body = refund_of()
    provider.known.clear()
    assert (await tell(http, body)).json() == {"outcome": "noted"}
    assert (await tell(http, body)).json() == {"outcome": "known"}
    assert refunded(database) == ("received", 2500, 0)


async def test_a_dashboard_refund_that_fails_is_owed(
    http: httpx.AsyncClient, database: Database, refund_of: Refunded
) -> None:
    pay(database)
    await tell(http, refund_of())
    for number, type in enumerate(("refund.failed", "charge.refund.updated")):
        body = refund_of(f"evt_f{number}", type=type, status=RefundStatus.FAILED, failure="lost")
        outcome = (await tell(http, body)).json()["outcome"]
        assert outcome == ("noted" if number else "told")
    [owed] = (await http.get("/operations")).json()["refunds"]["refunds"]
    assert (owed["reference"], owed["amount"], owed["failure"]) == ("re_1", 500, "lost")
    assert refunded(database) == ("received", 2000, 500)


async def test_a_refund_of_an_older_release_that_fails_is_owed(
    http: httpx.AsyncClient, database: Database, refund_of: Refunded
) -> None:
    """It recorded the event, and kept no refund."""
    pay(database)
    with database.write() as tx:
        event = CreditCardRefunded(at=datetime.now(UTC), amount=2500)
        payments.record(tx, PAYMENT, event)
    body = refund_of(amount=2500, payment_id=PAYMENT, status=RefundStatus.FAILED)
    assert (await tell(http, body)).json() == {"outcome": "told"}
    [owed] = (await http.get("/operations")).json()["refunds"]["refunds"]
    assert (owed["payment_id"], owed["amount"]) == (PAYMENT, 2500)


async def test_a_dashboard_refund_of_an_older_release_that_fails_is_owed(
    http: httpx.AsyncClient, database: Database, refund_of: Refunded
) -> None:
    pay(database)
    with database.write() as tx:
        event = CreditCardRefunded(at=datetime.now(UTC), amount=500, left=2000, by_hand=True)
        payments.record(tx, PAYMENT, event, number="re_1")
    values = {"status": RefundStatus.FAILED, "failure": "lost"}
    other = refund_of("evt_0", "re_0", **values)
    assert (await tell(http, other)).json() == {"outcome": "noted"}

    assert (await tell(http, refund_of("evt_1", "re_1", **values))).json() == {"outcome": "told"}
    again = refund_of("evt_2", "re_1", type="refund.failed", **values)
    assert (await tell(http, again)).json() == {"outcome": "noted"}

    [owed] = (await http.get("/operations")).json()["refunds"]["refunds"]
    assert (owed["reference"], owed["amount"], owed["failure"]) == ("re_1", 500, "lost")
    assert refunded(database) == ("received", 2000, 500)


async def test_a_canceled_payments_refund_of_an_older_release_that_fails_is_owed(
    http: httpx.AsyncClient, database: Database, refund_of: Refunded
) -> None:
    """The charge had paid when the payment was canceled; `refunded` counts nothing then."""
    pay(database, is_received=False)
    with database.write() as tx:
        payments.record(tx, PAYMENT, PaymentCanceled(at=datetime.now(UTC)))
        payments.record(tx, PAYMENT, CreditCardRefunded(at=datetime.now(UTC), amount=2500))
    assert refunded(database) == ("canceled", 0, 0)

    body = refund_of(amount=2500, payment_id=PAYMENT, status=RefundStatus.FAILED)

    assert (await tell(http, body)).json() == {"outcome": "told"}
    [owed] = (await http.get("/operations")).json()["refunds"]["refunds"]
    assert (owed["payment_id"], owed["reference"], owed["amount"]) == (PAYMENT, WHOLE, 2500)
    shown = (await http.get(f"/payments/{PAYMENT}")).json()
    assert (shown["status"], shown["refunded"]) == ("canceled", 0)
    assert (await http.get(f"/payments/{PAYMENT}/refunds")).json()["owed"] == 2500
    with database.write() as tx, pytest.raises(ConflictError, match=rf"replaces: {WHOLE}\."):
        refunds.begin_part(tx, PAYMENT, "again", 2500, datetime.now(UTC))
    with database.write() as tx:
        again, _ = refunds.begin_part(tx, PAYMENT, "again", 2500, datetime.now(UTC), WHOLE)
    assert (again.to_card, again.recorded) == (2500, True)


async def test_a_part_that_fails_before_its_answer_is_known_is_owed(
    http: httpx.AsyncClient, database: Database, refund_of: Refunded
) -> None:
    """Its answer, that it succeeded, is stored later, and changes nothing.

    Taken for an older release's refund of the whole, that could not begin any more.
    """
    pay(database)
    with database.write() as tx:
        payments.record(
            tx, PAYMENT, CreditCardRefunded(at=datetime.now(UTC), amount=500, left=2000)
        )
        asked, _ = refunds.begin_part(tx, PAYMENT, "r2", 500, datetime.now(UTC))
    values = {"payment_id": PAYMENT, "reference": "r2", "status": RefundStatus.FAILED}
    assert (await tell(http, refund_of(**values))).json() == {"outcome": "told"}
    with database.write() as tx:
        now = datetime.now(UTC)
        refund_states.settle(tx, asked, RefundState.SUCCEEDED, now, provider_id="re_1")
        assert refunds.find(tx, PAYMENT, WHOLE) is None
        found = refunds.get(tx, PAYMENT, "r2")
        assert (found.is_owed, found.provider_id) == (True, "re_1")


async def test_a_part_is_booked_once_although_it_is_reported_before_its_answer_is_known(
    http: httpx.AsyncClient, database: Database, refund_of: Refunded
) -> None:
    pay(database)
    now, key = datetime.now(UTC), f"{CreditCardRefunded.name()}:refund:r2"
    with database.write() as tx:
        asked, _ = refunds.begin_part(tx, PAYMENT, "r2", 500, now)
    values = {"payment_id": PAYMENT, "reference": "r2", "status": RefundStatus.SUCCEEDED}
    assert (await tell(http, refund_of(**values))).json() == {"outcome": "told"}
    with database.write() as tx:
        assert refunds.get(tx, PAYMENT, "r2").status is RefundState.SUCCEEDED
        assert key in payments.recorded_keys(tx, PAYMENT)
        refund_states.settle(tx, asked, RefundState.SUCCEEDED, now, provider_id="re_1")
    assert refunded(database) == ("received", 2000, 500)


async def test_a_pending_dashboard_refund_is_booked_when_it_succeeds(
    http: httpx.AsyncClient, database: Database, refund_of: Refunded
) -> None:
    pay(database)
    assert (await tell(http, refund_of(status=RefundStatus.PENDING))).json() == {"outcome": "noted"}
    assert refunded(database) == ("received", 2500, 0)
    assert (await tell(http, refund_of("evt_2", type="refund.updated"))).json() == {
        "outcome": "told"
    }
    assert refunded(database) == ("received", 2000, 500)


@pytest.mark.parametrize("other", [{"amount": 501}, {"currency": "USD"}], ids=str)
async def test_a_refund_of_another_amount_than_requested_is_not_booked(
    http: httpx.AsyncClient,
    database: Database,
    refund_of: Refunded,
    caplog: pytest.LogCaptureFixture,
    other: dict[str, Any],
) -> None:
    pay(database)
    with database.write() as tx:
        now = datetime.now(UTC)
        asked, _ = refunds.begin_part(tx, PAYMENT, "r2", 500, now)
        refund_states.settle(tx, asked, RefundState.PENDING, now, provider_id="re_1")
    values = {"payment_id": PAYMENT, "reference": "r2"} | other
    assert (await tell(http, refund_of(**values))).json() == {"outcome": "noted"}
    assert refunded(database) == ("refunding", 2500, 0)
    assert "500 EUR were requested" in caplog.text
    metrics = (await http.get("/metrics")).text
    assert 'webhooks_ignored_total{reason="amount"} 1.0' in metrics


async def test_a_refund_by_hand_in_another_currency_is_not_booked(
    http: httpx.AsyncClient,
    database: Database,
    refund_of: Refunded,
    caplog: pytest.LogCaptureFixture,
) -> None:
    pay(database)
    assert (await tell(http, refund_of(currency="USD"))).json() == {"outcome": "noted"}
    assert refunded(database) == ("received", 2500, 0)
    assert f"500 USD, but payment {PAYMENT} is in EUR" in caplog.text
