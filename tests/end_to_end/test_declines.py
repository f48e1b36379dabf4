"""Every reason for which a card is declined, from the card provider to the customer's mail."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from clients import calls
from dev.simulators.cards.declines import AUTHENTICATION_FAILED, DECLINES, Decline
from dev.stack.stack import Stack
from domain import declines
from tests.support import simulators
from tests.support.audits import assert_as_recorded, receipts_of, sources_of
from tests.support.card_events import CardHolders
from tests.support.processes import REPOSITORY, eventually
from tests.support.shop import TIMEOUT_SECONDS, Shop
from verification.audit import Sources, audit
from verification.audit.auditor import SETTLING_SECONDS

pytestmark = [pytest.mark.proof, pytest.mark.timeout(900)]

QUICK = {
    "CARD_SEARCH_LAG": "PT0S",
    "RETRY_FIRST": "PT0.2S",
    "RETRY_LONGEST": "PT1S",
    "REQUESTS_PER_MINUTE": "100000",
}
GENERIC = "Your card was declined."
CONFIDENTIAL = {"lost_card", "stolen_card", "fraudulent", "merchant_blacklist"}


@pytest.fixture(scope="module")
def retrying(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack that tries a card again on the third day."""
    environment = QUICK | {"CARD_RETRY_DAYS": "3"}
    with Stack(tmp_path_factory.mktemp("stack"), environment=environment) as running:
        yield running
        assert_as_recorded(running)


@pytest.fixture
def shop(retrying: Stack) -> Iterator[Shop]:
    """Is audited; the diagrams don't draw what `CARD_RETRY_DAYS` does."""
    shop = Shop(retrying)
    yield shop
    shop.http.close()
    _assert_consistent(sources_of(retrying), receipts_of(retrying))


@dataclass
class Case:
    """An order of 2500 cents, whose saved card is declined."""

    card: str
    customer: str
    saved_by: str
    order: str = ""


def test_each_decline_code(shop: Shop) -> None:
    assert set(DECLINES) | {AUTHENTICATION_FAILED.code} == STRIPES
    sku = shop.product(stock=len(DECLINES))
    cases = {code: _paying_customer(shop, number) for number, code in enumerate(DECLINES, 8000)}
    for code, case in cases.items():
        shop.await_payment(case.saved_by, "received")
        [saving] = shop.charges(case.saved_by)
        _decline(shop, saving["payment_method"], code)
        case.order = shop.order(case.customer, sku)

    for code, case in cases.items():
        assert _seen(shop, case) == _expected(DECLINES[code]), code

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda case: shop.fast_forward(case.order, 3.1), cases.values()))
    for code, case in cases.items():
        why = ("Your card did not pay: please update it", "Reminder 1: please update your card")
        sentence = _sentence(DECLINES[code])
        if code in declines.AUTHENTICATION_CODES:
            asked = "lease confirm your payment with your bank"
            why = (f"P{asked}", f"Reminder 1: p{asked}")
            sentence = "Your bank wants you to confirm the payment"
        shop.await_mails(case.customer, "We received your payment", *why)
        mails = [one["text"] for one in shop.mails(case.customer) if one["subject"] in why]
        assert all(sentence in text for text in mails), code
    for code, case in cases.items():
        attempts = 2 if _kind(DECLINES[code]) == "later" else 1
        _await_charges(shop, case.order, attempts, code)

    for case in cases.values():
        # The bank accepts this card again; it is the same number.
        shop.api.send(calls.update_payment_card(case.order, case.card))
    for code, case in cases.items():
        if _kind(DECLINES[code]) != "hard":
            shop.await_order(case.order, "fulfilled")
            continue
        _await_failures(shop, case.order, 2)
        assert _failure(shop, case.order) == _expected(DECLINES[code])["api"], code
        assert len(shop.charges(case.order)) == 1, code
        shop.api.send(calls.update_payment_card(case.order, "pm_card_visa"))
        shop.await_order(case.order, "fulfilled")


def test_a_charge_whose_customer_fails_to_authenticate(shop: Shop) -> None:
    order = shop.order(shop.customer("pm_card_authenticationRequired"), shop.product())
    shop.await_payment(order, "awaiting_card")
    [charge] = shop.charges(order)

    CardHolders(shop.stack.cards_url).authenticate(charge["id"], succeeds=False)

    eventually(
        lambda: shop.charges(order)[0]["status"] != "requires_action", "an answer", TIMEOUT_SECONDS
    )
    failure = _failure(shop, order)
    assert failure["code"] in declines.AUTHENTICATION_CODES
    assert failure["message"] == _sentence_of(failure["code"])
    shop.api.send(calls.update_payment_card(order, "pm_card_visa"))
    shop.await_order(order, "fulfilled")


def test_a_card_at_its_networks_limit_is_not_charged(tmp_path: Path) -> None:
    """The limits hold with a live key only; Visa's is 15 declines of a card in 30 days."""
    key = "sk_live_simulator"
    with ExitStack() as running:
        cards = running.enter_context(simulators.cards(tmp_path / "cards.db", "--secret-key", key))
        environment = QUICK | {"STRIPE_API_KEY": key, "STRIPE_API_BASE": cards.url}
        stack = running.enter_context(Stack(tmp_path / "stack", environment=environment))
        shop = Shop(stack)
        running.callback(shop.http.close)
        token = "pm_card_chargeDeclinedInsufficientFunds"
        declined = [shop.payment(shop.customer(token)) for _ in range(15)]
        for payment in declined:
            shop.await_payment(payment, "awaiting_card")

        order = shop.order(shop.customer(token), shop.product())

        shop.await_payment(order, "awaiting_card")
        assert _failure(shop, order) == {
            "code": "card_declined",
            "decline_code": "retry_limit",
            "message": (
                "This card was not charged: it was declined too often lately, and its network "
                "allows no further attempt for some days."
            ),
        }
        intents = httpx.get(
            f"{cards.url}/v1/payment_intents", params={"limit": 100}, auth=(key, ""), timeout=60
        ).json()["data"]
        assert {one["metadata"]["payment"] for one in intents} == set(declined)
        assert len(intents) == 15
        _assert_consistent(
            replace(sources_of(stack), stripe_api_base=cards.url), receipts_of(stack)
        )


OURS = {declines.NO_CARD, declines.RETRY_LIMIT}
STRIPES = set(declines.REASONS) - OURS


def _assert_consistent(sources: Sources, receipts: Path) -> None:
    report = audit(sources, receipts, SETTLING_SECONDS)
    assert not [*report.violations, *report.unsettled]


def _paying_customer(shop: Shop, number: int) -> Case:
    """Whose card, which nobody else has, is saved by a payment."""
    card = f"pm_card_visa_{number}"
    customer = shop.customer(card)
    return Case(card, customer, saved_by=shop.payment(customer, 500))


def _decline(shop: Shop, payment_method: str, code: str) -> None:
    url = f"{shop.stack.cards_url}/_cards/{payment_method}"
    httpx.post(url, json={"declines": code}, trust_env=False, timeout=60).raise_for_status()


def _seen(shop: Shop, case: Case) -> dict[str, Any]:
    """Where the reason can be read: the payment, its order, and the events of both."""
    shop.await_payment(case.order, "awaiting_card")
    order = shop.await_order(case.order, "awaiting_payment")
    events = shop.get(f"/payments/{case.order}/events")["events"]
    [failed] = [one["data"] for one in events if one["type"] == "CreditCardFailed"]
    return {
        "api": _failure(shop, case.order),
        "order": order["payment"]["failure"],
        "event": {name: failed[name] for name in ("code", "decline_code", "message")},
        "order's events": shop.order_events(case.order),
    }


def _expected(decline: Decline) -> dict[str, Any]:
    failure = {
        "code": decline.code,
        "decline_code": decline.decline_code,
        "message": _sentence(decline),
    }
    return {
        "api": failure,
        "order": failure,
        "event": failure,
        "order's events": ["OrderPlaced"],
    }


def _failure(shop: Shop, payment: str) -> dict[str, Any]:
    return dict(shop.see_payment(payment)["failure"])


def _sentence(decline: Decline) -> str:
    reason = decline.decline_code or decline.code
    return GENERIC if reason in CONFIDENTIAL else _sentence_of(reason)


def _sentence_of(code: str) -> str:
    return declines.REASONS[code].sentence


def _kind(decline: Decline) -> str:
    """What docs/declines.md says that follows: `hard`, `later`, or else `by the customer`."""
    reason = decline.decline_code or decline.code
    if reason in _documented("hard") or decline.advice_code == "do_not_try_again":
        return "hard"
    if reason in _documented("later") or decline.advice_code == "try_again_later":
        return "later"
    return "by the customer"


def _documented(kind: str) -> set[str]:
    text = (REPOSITORY / "docs/declines.md").read_text(encoding="utf-8")
    [row] = re.findall(rf"^\| {kind} \|([^|]*)\|", text, re.MULTILINE)
    listed, _, _ = row.partition("; every")
    names = re.findall(r"`([a-z_]+…?)`", listed)
    return {
        code
        for code in STRIPES
        for name in names
        if code == name or (name.endswith("…") and code.startswith(name[:-1]))
    }


def _await_charges(shop: Shop, payment: str, count: int, code: str) -> None:
    def reached() -> bool:
        return len(shop.charges(payment)) >= count

    eventually(reached, f"{count} charges after {code}", TIMEOUT_SECONDS)
    assert len(shop.charges(payment)) == count, code


def _await_failures(shop: Shop, payment: str, count: int) -> None:
    def reached() -> bool:
        return shop.payment_events(payment).count("CreditCardFailed") == count

    eventually(reached, f"{count} failures of {payment}", TIMEOUT_SECONDS)
