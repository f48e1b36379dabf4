"""Events about disputes and fraud warnings lead to the provider's present state, whatever they say.

Events of another mode or account lead to nothing.
"""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from config import Settings
from domain.disputes import Dispute, DisputeKind, StoredDispute
from storage import charges, disputes, payments
from storage.database import Database
from tests.integration.api.problems import problem_of
from tests.integration.api.test_dashboard_refunds import pay, settle
from tests.integration.api.webhooks import NEW, PAYMENT, body_of, noted, tell, wait_for
from tests.support.examples import payment
from tests.support.fake_disputes import FakeDisputes, dispute

WARNING = dispute(
    "issfr_1", kind=DisputeKind.EARLY_FRAUD_WARNING, reason="misc", status="actionable"
)
CREATED = "charge.dispute.created"
CARD = "4242424242424242"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """With a secret that webhooks are signed with, and a key of test mode."""
    return settings.model_copy(update={"stripe_webhook_secrets": SecretStr(NEW)})


@pytest.fixture
def provider(app: FastAPI, http: httpx.AsyncClient) -> FakeDisputes:
    """Instead of the card provider."""
    del http
    fake = FakeDisputes()
    app.state.context = replace(app.state.context, disputes=fake)
    return fake


def event_of(
    type: str = CREATED, id: str = "evt_1", about: str = "du_1", object: Any = None, **fields: Any
) -> str:
    """As Stripe sends it; what it says of the dispute is out of date."""
    said = {"id": about, "amount": 1, "status": "won", "payment_intent": "pi_other"}
    event = {"id": id, "type": type, "livemode": False, "data": {"object": object or said}}
    return json.dumps(event | fields)


def stored(database: Database, id: str = "du_1") -> StoredDispute | None:
    with database.read() as tx:
        return disputes.find(tx, id)


def status(database: Database) -> str | None:
    found = stored(database)
    return found and found.status


async def metric(http: httpx.AsyncClient, line: str) -> float:
    text = (await http.get("/metrics")).text
    (value,) = [row.rpartition(" ")[2] for row in text.splitlines() if row.startswith(line)]
    return float(value)


async def outcome(http: httpx.AsyncClient, body: str) -> str:
    answer = await tell(http, body)
    assert answer.status_code == 200
    return answer.json()["outcome"]


async def test_what_is_written_is_what_the_provider_says(
    http: httpx.AsyncClient, database: Database, provider: FakeDisputes
) -> None:
    pay(database)
    provider.add(dispute())
    assert await outcome(http, event_of()) == "told"
    found = stored(database)
    assert found is not None
    assert found.payment_id == PAYMENT
    assert Dispute.model_validate(found.model_dump()) == dispute()
    assert noted(database) == [("evt_1", PAYMENT)]


@pytest.mark.parametrize("news", ["updated", "closed", "funds_withdrawn", "funds_reinstated"])
async def test_late_repeated_and_reordered_events_do_no_harm(
    http: httpx.AsyncClient, database: Database, provider: FakeDisputes, news: str
) -> None:
    pay(database)
    provider.add(dispute(status="won"))
    assert await outcome(http, event_of(f"charge.dispute.{news}", "evt_2")) == "told"
    assert await outcome(http, event_of(CREATED, "evt_1")) == "told"
    assert status(database) == "won"
    assert await outcome(http, event_of(CREATED, "evt_1")) == "known"
    assert len(provider.asked) == 2


@pytest.mark.parametrize("news", ["created", "updated"])
async def test_a_fraud_warning(
    http: httpx.AsyncClient, database: Database, provider: FakeDisputes, news: str
) -> None:
    pay(database)
    provider.add(WARNING)
    event = event_of(f"radar.early_fraud_warning.{news}", about="issfr_1")
    assert await outcome(http, event) == "told"
    found = stored(database, "issfr_1")
    assert found is not None
    assert (found.kind, found.status, found.payment_id) == (
        DisputeKind.EARLY_FRAUD_WARNING,
        "actionable",
        PAYMENT,
    )


async def test_one_of_an_open_charge_is_of_its_payment(
    http: httpx.AsyncClient, database: Database, provider: FakeDisputes
) -> None:
    wait_for(database, customer=True)
    provider.add(dispute(charge_id="pi_open"))
    assert await outcome(http, event_of()) == "told"


async def test_one_of_no_payment_of_ours_is_kept_and_said(
    http: httpx.AsyncClient,
    database: Database,
    provider: FakeDisputes,
    caplog: pytest.LogCaptureFixture,
) -> None:
    provider.add(dispute(charge_id="pi_of_another_shop"))
    assert await outcome(http, event_of()) == "noted"
    found = stored(database)
    assert found is not None
    assert found.payment_id is None
    assert "du_1 is of no payment of ours" in caplog.text


async def test_one_of_a_charge_whose_answer_is_outstanding_is_matched_later(
    http: httpx.AsyncClient, database: Database, provider: FakeDisputes
) -> None:
    now = datetime.now(UTC)
    with database.write() as tx:
        payments.request(tx, payment(PAYMENT))
        charges.begin(tx, PAYMENT, 1, "pm_card_visa", now)
    provider.add(dispute(opened_at=now))

    problem_of(await tell(http, event_of()), 503)
    # It is written already, and the event is to be sent again.
    assert (status(database), noted(database)) == ("needs_response", [])

    settle(database, "pi_paid")
    assert await outcome(http, event_of()) == "told"
    found = stored(database)
    assert found is not None
    assert found.payment_id == PAYMENT


@pytest.mark.parametrize("id", ["du_gone", "", CARD, f"du_{CARD}", "du_1\n", None])
async def test_one_that_the_provider_does_not_know_is_not_written(
    http: httpx.AsyncClient,
    database: Database,
    provider: FakeDisputes,
    caplog: pytest.LogCaptureFixture,
    id: str | None,
) -> None:
    assert await outcome(http, event_of(object={"id": id})) == "noted"
    assert provider.asked == ([(DisputeKind.DISPUTE, "du_gone")] if id == "du_gone" else [])
    assert stored(database, str(id)) is None
    assert "knows no such dispute" in caplog.text
    assert CARD not in caplog.text


async def test_while_the_provider_is_unavailable_it_is_to_be_sent_again(
    http: httpx.AsyncClient, database: Database, provider: FakeDisputes
) -> None:
    provider.add(dispute())
    provider.is_unavailable = True
    problem_of(await tell(http, event_of()), 503)
    assert (stored(database), noted(database)) == (None, [])


@pytest.mark.parametrize(
    ("key", "fields", "reason"),
    [
        ("sk_test_1", {"livemode": True}, "livemode"),
        ("sk_live_1", {"livemode": False}, "livemode"),
        ("rk_live_1", {"livemode": False}, "livemode"),
        ("sk_test_1", {"account": "acct_of_a_connected_shop"}, "account"),
        ("sk_live_1", {"livemode": True, "account": "acct_of_a_connected_shop"}, "account"),
    ],
)
@pytest.mark.parametrize("type", [CREATED, "payment_intent.succeeded", "refund.created"])
async def test_events_of_another_mode_or_account_are_ignored(  # noqa: PLR0913, PLR0917  its fixtures
    app: FastAPI,
    http: httpx.AsyncClient,
    database: Database,
    provider: FakeDisputes,
    caplog: pytest.LogCaptureFixture,
    key: str,
    fields: dict[str, Any],
    reason: str,
    type: str,
) -> None:
    use_key(app, key)
    wait_for(database, customer=True)
    provider.add(dispute())
    said = json.loads(body_of(type)) | fields
    assert await outcome(http, json.dumps(said)) == "ignored"
    assert (provider.asked, noted(database)) == ([], [])
    (line,) = [one for one in caplog.records if one.name == "api.services.stripe_events"]
    assert all(word in line.message for word in ("evt_1", type, "docs/webhooks.md"))
    assert await metric(http, f'webhooks_ignored_total{{reason="{reason}"}}') == 1


@pytest.mark.parametrize("prefix", ["sk", "rk"])
async def test_events_of_live_mode_are_for_a_live_key(
    app: FastAPI, http: httpx.AsyncClient, database: Database, provider: FakeDisputes, prefix: str
) -> None:
    use_key(app, f"{prefix}_live_1")
    pay(database)
    provider.add(dispute())
    assert await outcome(http, event_of(livemode=True, account=None)) == "told"


async def test_open_ones_are_counted(http: httpx.AsyncClient, database: Database) -> None:
    now = datetime.now(UTC)
    statuses = ("needs_response", "warning_under_review", "a_new_one", "won", "lost", "prevented")
    with database.write() as tx:
        for number, one in enumerate(statuses):
            disputes.record(tx, dispute(f"du_{number}", status=one), now)
    assert await metric(http, 'disputes_open{kind="dispute"}') == 3
    assert await metric(http, 'disputes_open{kind="early_fraud_warning"}') == 0


def use_key(app: FastAPI, key: str) -> None:
    context = app.state.context
    with_key = context.settings.model_copy(update={"stripe_api_key": SecretStr(key)})
    app.state.context = replace(context, settings=with_key)
