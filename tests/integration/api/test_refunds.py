"""Operators give back parts of a payment, and settle outside what the card did not get."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import cast

import httpx
import pytest
from fastapi import FastAPI
from temporalio.client import Client

from domain.disputes import DisputeKind
from domain.events import AmountWithdrawn, CreditCardCharged, PaymentReceived
from domain.statuses import RefundState
from storage import charges, disputes, payments, refund_states, refunds
from storage.database import Database
from tests.integration.api.problems import fields_of, problem_of
from tests.integration.api.webhooks import PAYMENT
from tests.support.examples import payment
from tests.support.fake_disputes import OPENED, dispute
from tests.support.fake_temporal import FakeTemporal

REFUNDS = f"/payments/{PAYMENT}/refunds"
PART = {"amount": 500, "reference": "return-3"}
OTHER = "0b7e3a52-9f63-4a55-8d8a-93bb0e3f1d11"
WORKFLOW = ("start", f"refund/{PAYMENT}/return-3")


@pytest.fixture
def database(database: Database) -> Database:
    """With a payment of 2500 cents that a card has paid."""
    now = datetime.now(UTC)
    with database.write() as tx:
        payments.request(tx, payment(PAYMENT))
        payments.record(tx, PAYMENT, CreditCardCharged(at=now, amount=2500))
        payments.record(tx, PAYMENT, PaymentReceived(at=now))
    return database


def settle(database: Database, state: RefundState, reference: str = "return-3") -> None:
    """The provider gives that state."""
    with database.write() as tx:
        refund = refunds.get(tx, PAYMENT, reference)
        refund_states.settle(tx, refund, state, datetime.now(UTC), failure="charge_disputed")


async def test_a_part_is_given_back_once(
    http: httpx.AsyncClient, temporal: FakeTemporal, database: Database
) -> None:
    first = await http.post(REFUNDS, json=PART)
    assert (first.status_code, first.json()["status"]) == (202, "refunding")
    again = await http.post(REFUNDS, json=PART)
    assert again.status_code == 200
    assert set(temporal.asked) == {WORKFLOW}
    problem_of(await http.post(REFUNDS, json=PART | {"amount": 501}), 409)

    settle(database, RefundState.SUCCEEDED)

    temporal.requests.clear()
    last = await http.post(REFUNDS, json=PART)
    assert (last.status_code, last.json()["status"]) == (200, "received")
    assert (last.json()["charged"], last.json()["refunded"]) == (2000, 500)
    assert temporal.asked == []


@pytest.mark.usefixtures("temporal")
async def test_the_refunds_of_a_payment_have_states_and_say_what_is_left(
    http: httpx.AsyncClient, database: Database
) -> None:
    held = {"card": 2500, "account": 0, "owed": 0, "currency": "EUR"}
    assert (await http.get(REFUNDS)).json() == held | {"can_refund": True, "refunds": []}
    await http.post(REFUNDS, json=PART)
    await http.post(REFUNDS, json={"amount": 200, "reference": "return-4"})
    settle(database, RefundState.SUCCEEDED)
    settle(database, RefundState.REFUSED, "return-4")

    seen = (await http.get(REFUNDS)).json()

    assert (seen["card"], seen["account"]) == (1800, 0)
    given, refused = seen["refunds"]
    assert (given["reference"], given["reason"], given["amount"]) == ("return-3", "operator", 500)
    assert (given["to_card"], given["to_account"], given["status"]) == (500, 0, "succeeded")
    assert given["events"] == ["CreditCardRefunded"]
    assert (refused["status"], refused["failure"]) == ("refused", "charge_disputed")
    assert (refused["events"], refused["replaced_by"]) == ([], None)


@pytest.mark.usefixtures("temporal")
async def test_a_refund_that_repays_a_failed_one_has_no_event_of_its_own(
    http: httpx.AsyncClient, database: Database
) -> None:
    await http.post(REFUNDS, json=PART)
    settle(database, RefundState.SUCCEEDED)
    settle(database, RefundState.FAILED)
    await http.post(REFUNDS, json=PART | {"reference": "return-3-again", "replaces": "return-3"})
    settle(database, RefundState.SUCCEEDED, "return-3-again")

    failed, repaying = (await http.get(REFUNDS)).json()["refunds"]

    assert (failed["status"], failed["replaced_by"]) == ("failed", "return-3-again")
    assert failed["events"] == ["CreditCardRefunded"]
    assert (repaying["status"], repaying["events"]) == ("succeeded", [])


@pytest.mark.usefixtures("temporal")
async def test_what_account_and_card_get_is_listed_apart(
    http: httpx.AsyncClient, database: Database
) -> None:
    now = datetime.now(UTC)
    with database.write() as tx:
        payments.request(tx, payment(OTHER))
        payments.record(tx, OTHER, AmountWithdrawn(at=now, amount=500))
        payments.record(tx, OTHER, CreditCardCharged(at=now, amount=2000))
        payments.record(tx, OTHER, PaymentReceived(at=now))
    path = f"/payments/{OTHER}/refunds"
    await http.post(path, json=PART | {"amount": 2300})
    with database.write() as tx:
        refund_states.credit(tx, refunds.get(tx, OTHER, "return-3"), now)

    seen = (await http.get(path)).json()

    assert (seen["card"], seen["account"]) == (0, 200)
    [refund] = seen["refunds"]
    assert (refund["to_card"], refund["to_account"]) == (2000, 300)
    assert (refund["status"], refund["events"]) == ("requested", ["AmountCredited"])


async def test_the_disputes_of_a_payment(http: httpx.AsyncClient, database: Database) -> None:
    path = f"/payments/{OTHER}/disputes"
    with database.write() as tx:
        payments.request(tx, payment(OTHER))
        charge = charges.begin(tx, OTHER, 1, "pm_1", OPENED)
        charges.settle(tx, charge.model_copy(update={"charge_id": "pi_paid"}))
    assert (await http.get(path)).json() == {"disputes": []}
    with database.write() as tx:
        warning = dispute("issfr_1", kind=DisputeKind.EARLY_FRAUD_WARNING, status="not_actionable")
        for one in (dispute(), warning, dispute("du_2", charge_id="pi_other")):
            disputes.record(tx, one, OPENED)

    found = (await http.get(path)).json()["disputes"]

    assert [(one["id"], one["is_open"]) for one in found] == [("du_1", True), ("issfr_1", False)]
    assert (found[0]["reason"], found[0]["amount"]) == ("fraudulent", 2500)


async def test_of_what_is_not_there(http: httpx.AsyncClient) -> None:
    for list in ("refunds", "disputes"):
        problem_of(await http.get(f"/payments/1/{list}"), 404)


async def test_what_is_reserved_before_temporal_is_unavailable_is_started_by_the_next_request(
    http: httpx.AsyncClient, database: Database, app: FastAPI
) -> None:
    del database
    assert (await http.post(REFUNDS, json=PART)).status_code == 503
    fake = FakeTemporal()
    app.state.context = replace(app.state.context, temporal=cast("Client", fake))
    assert (await http.post(REFUNDS, json=PART)).status_code == 200
    assert fake.asked == [WORKFLOW]


@pytest.mark.usefixtures("temporal", "database")
async def test_no_more_than_is_held_is_given_back(http: httpx.AsyncClient) -> None:
    assert (await http.post(REFUNDS, json=PART)).status_code == 202
    more = {"amount": 2001, "reference": "return-4"}
    assert "2000" in problem_of(await http.post(REFUNDS, json=more), 409)["detail"]
    rest = await http.post(REFUNDS, json=more | {"amount": 2000})
    assert rest.status_code == 202


@pytest.mark.usefixtures("temporal")
async def test_an_open_payment_and_no_payment(http: httpx.AsyncClient, database: Database) -> None:
    problem_of(await http.post(f"/payments/{OTHER}/refunds", json=PART), 404)
    with database.write() as tx:
        payments.request(tx, payment(OTHER))
    problem_of(await http.post(f"/payments/{OTHER}/refunds", json=PART), 409)


@pytest.mark.usefixtures("temporal", "database")
@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"amount": 0}, "amount"),
        ({"amount": 5.5}, "amount"),
        ({"reference": "_undo"}, "reference"),
        ({"reference": "a/b"}, "reference"),
        ({"reference": "4242424242424242"}, "reference"),
        ({"reference": "x" * 51}, "reference"),
        ({"other": 1}, "other"),
    ],
)
async def test_what_makes_no_sense(
    http: httpx.AsyncClient, wrong: dict[str, object], field: str
) -> None:
    assert field in fields_of(await http.post(REFUNDS, json=PART | wrong))


@pytest.mark.usefixtures("temporal")
@pytest.mark.parametrize("state", [RefundState.REFUSED, RefundState.FAILED])
async def test_what_is_owed_is_listed_until_it_is_settled_outside(
    http: httpx.AsyncClient, database: Database, state: RefundState
) -> None:
    await http.post(REFUNDS, json=PART)
    settle(database, state)
    shown = (await http.get("/operations")).json()["refunds"]
    [owed] = shown["refunds"]
    assert shown["waiting"] == 1
    assert shown["query"].startswith("SELECT ")
    assert (owed["payment_id"], owed["reference"], owed["amount"]) == (PAYMENT, "return-3", 500)
    assert (owed["status"], owed["failure"]) == (state, "charge_disputed")
    assert "refunds_owed 1.0" in (await http.get("/metrics")).text

    path = f"{REFUNDS}/return-3/settle"
    for _ in range(2):
        settled = await http.post(path, json={"reason": "Paid by bank transfer."})
        assert (settled.status_code, settled.json()["status"]) == (200, "received")
        assert (settled.json()["charged"], settled.json()["refunded"]) == (2000, 500)
    problem_of(await http.post(path, json={"reason": "In cash."}), 409)
    assert (await http.get("/operations")).json()["refunds"]["refunds"] == []
    assert "refunds_owed 0.0" in (await http.get("/metrics")).text


@pytest.mark.usefixtures("temporal", "database")
async def test_what_is_not_owed_is_not_settled(http: httpx.AsyncClient) -> None:
    path = f"{REFUNDS}/return-3/settle"
    problem_of(await http.post(path, json={"reason": "why"}), 404)
    await http.post(REFUNDS, json=PART)
    problem_of(await http.post(path, json={"reason": "why"}), 409)
    assert "reason" in fields_of(await http.post(path, json={"reason": ""}))


@pytest.mark.usefixtures("temporal")
async def test_what_is_owed_is_replaced_only_by_a_refund_that_names_it(
    http: httpx.AsyncClient, database: Database
) -> None:
    """Another one of the same amount gives back what is still held, as long as there is enough."""
    await http.post(REFUNDS, json=PART)
    settle(database, RefundState.SUCCEEDED)
    settle(database, RefundState.FAILED)
    own = {"amount": 500, "reference": "return-4"}
    assert (await http.post(REFUNDS, json=own)).status_code == 202
    settle(database, RefundState.SUCCEEDED, "return-4")
    assert await amounts(http) == (1500, 500, 500)

    for wrong in ({"amount": 499}, {"replaces": "return-4"}, {"replaces": "return-9"}):
        named = {"amount": 500, "reference": "again", "replaces": "return-3"} | wrong
        problem_of(await http.post(REFUNDS, json=named), 409)
    named = {"amount": 500, "reference": "again", "replaces": "return-3"}
    assert [(await http.post(REFUNDS, json=named)).status_code for _ in range(2)] == [202, 200]
    problem_of(await http.post(REFUNDS, json=named | {"replaces": None}), 409)
    problem_of(await http.post(REFUNDS, json=own | {"replaces": "return-3"}), 409)
    problem_of(await http.post(REFUNDS, json=named | {"reference": "twice"}), 409)

    settle(database, RefundState.SUCCEEDED, "again")
    assert await amounts(http) == (1500, 1000, 0)
    assert (await http.get("/operations")).json()["refunds"]["refunds"] == []


@pytest.mark.usefixtures("temporal")
@pytest.mark.parametrize("state", [RefundState.REFUSED, RefundState.FAILED])
async def test_what_is_owed_is_named_if_not_enough_is_held(
    http: httpx.AsyncClient, database: Database, state: RefundState
) -> None:
    """Also when the event of the refund that failed is recorded: nothing is held then."""
    whole = {"amount": 2500, "reference": "all"}
    await http.post(REFUNDS, json=whole)
    if state is RefundState.FAILED:
        settle(database, RefundState.SUCCEEDED, "all")
    settle(database, state, "all")

    refused = await http.post(REFUNDS, json=whole | {"reference": "again"})

    assert "all" in problem_of(refused, 409)["detail"].split("replaces: ")[1]
    held = 0 if state is RefundState.FAILED else 2500
    assert await amounts(http) == (held, 0, 2500)


async def amounts(http: httpx.AsyncClient) -> tuple[int, int, int]:
    """What is held of the charge, what was given back, and what is owed."""
    payment = (await http.get(f"/payments/{PAYMENT}")).json()
    owed = (await http.get(REFUNDS)).json()["owed"]
    return payment["charged"], payment["refunded"], owed
