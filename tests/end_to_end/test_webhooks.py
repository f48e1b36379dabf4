"""What the card provider decides later, and tells us by signed webhooks over HTTP."""

from collections.abc import Generator

import pytest

from tests.support.card_events import CardHolders
from tests.support.processes import eventually
from tests.support.shop import TIMEOUT_SECONDS, Shop

CARD = "pm_card_authenticationRequired"
WAITED = ["PaymentRequested", "CreditCardFailed"]
PAID = [*WAITED, "CreditCardDetailsUpdated", "CreditCardCharged", "PaymentReceived"]


@pytest.fixture
def people(shop: Shop) -> Generator[CardHolders]:
    """Whose webhooks behave again, and whose banks are quick again, after a test."""
    people = CardHolders(shop.stack.cards_url)
    yield people
    people.webhooks()
    people.take_time(on=False)


def unauthenticated(shop: Shop) -> tuple[str, str]:
    """A payment that its customer has to authenticate, and its PaymentIntent."""
    payment = shop.payment(shop.customer(CARD))
    seen = shop.await_payment(payment, "awaiting_card")
    assert seen["failure"]["code"] == "authentication_required"
    [charge] = shop.charges(payment)
    return payment, charge["id"]


def at_the_bank(shop: Shop, people: CardHolders) -> tuple[str, str]:
    """A payment whose bank takes its time, and its PaymentIntent."""
    people.take_time()
    payment = shop.payment(shop.customer("pm_card_visa"))
    eventually(lambda: bool(shop.charges(payment)), "a charge", TIMEOUT_SECONDS)
    [charge] = shop.charges(payment)
    return payment, charge["id"]


def await_answers(people: CardHolders, intent: str) -> None:
    """Wait until every webhook about it is answered 200."""

    def all_received() -> bool:
        sent = people.webhook_events(intent)
        return bool(sent) and all(one["answered"] == 200 for one in sent)

    eventually(all_received, "webhooks received", TIMEOUT_SECONDS)


@pytest.mark.parametrize("switches", [{}, {"copies": 2}, {"copies": 2, "reorder": True}], ids=str)
def test_authenticated_the_payment_is_received(
    shop: Shop, people: CardHolders, switches: dict[str, object]
) -> None:
    people.webhooks(**switches)
    payment, intent = unauthenticated(shop)
    assert people.authenticate(intent, succeeds=False).is_success

    assert people.authenticate(intent).is_success

    seen = shop.await_payment(payment, "received")
    assert (seen["charged"], seen["failure"], seen["reminders_sent"]) == (2500, None, 0)
    assert shop.payment_events(payment) == PAID
    assert shop.captured(payment) == [2500]
    await_answers(people, intent)
    assert shop.payment_events(payment) == PAID


def test_the_customers_browser_is_handed_what_it_authenticates_with(
    shop: Shop, people: CardHolders
) -> None:
    """Nothing of ours writes it down: no log, no database."""
    payment, intent = unauthenticated(shop)
    url = f"/payments/{payment}/authentication"

    secret = shop.get(url)["client_secret"]

    assert secret.startswith(f"{intent}_secret_")
    kept = [file for file in shop.stack.folder.rglob("*") if file.is_file()]
    theirs = [file.name for file in kept if secret.encode() in file.read_bytes()]
    assert all(name.startswith("cards.db") for name in theirs)
    assert people.authenticate(intent).is_success
    shop.await_payment(payment, "received")
    assert shop.respond("GET", url).status_code == 409


def test_never_authenticated_the_charge_is_canceled_at_the_deadline(
    shop: Shop, people: CardHolders
) -> None:
    payment, intent = unauthenticated(shop)

    seen = shop.fast_forward(payment, days=14.1)

    assert (seen["status"], seen["reminders_sent"]) == ("canceled", 6)
    assert [charge["status"] for charge in shop.charges(payment)] == ["canceled"]
    assert people.authenticate(intent).status_code == 400


def test_authenticated_and_not_told_it_is_received_at_the_deadline(
    shop: Shop, people: CardHolders
) -> None:
    payment, intent = unauthenticated(shop)
    shop.fast_forward(payment, days=13)
    people.webhooks(lose=True)
    assert people.authenticate(intent).is_success

    shop.fast_forward(payment, days=1.1)

    assert shop.await_payment(payment, "received")["reminders_sent"] == 6
    assert shop.captured(payment) == [2500]


@pytest.mark.parametrize("is_authenticated", [False, True])
def test_another_card_pays_only_if_the_first_has_not(
    shop: Shop, people: CardHolders, *, is_authenticated: bool
) -> None:
    payment, intent = unauthenticated(shop)
    if is_authenticated:
        people.webhooks(lose=True)
        assert people.authenticate(intent).is_success

    shop.put(f"/payments/{payment}/card", payment_method="pm_card_visa")

    shop.await_payment(payment, "received")
    assert shop.payment_events(payment) == PAID
    assert shop.captured(payment) == [2500]
    statuses = {charge["id"]: charge["status"] for charge in shop.charges(payment)}
    assert statuses[intent] == ("succeeded" if is_authenticated else "canceled")


@pytest.mark.parametrize("is_authenticated", [False, True])
def test_a_canceled_order_leaves_nothing_with_the_provider(
    shop: Shop, people: CardHolders, *, is_authenticated: bool
) -> None:
    """A charge that was authenticated without a webhook is received, and refunded."""
    order = shop.order(shop.customer(CARD), shop.product())
    shop.await_payment(order, "awaiting_card")
    [charge] = shop.charges(order)
    if is_authenticated:
        people.webhooks(lose=True)
        assert people.authenticate(charge["id"]).is_success

    shop.post(f"/orders/{order}/cancel")

    seen = shop.await_order(order)
    assert (seen["status"], seen["reason"]) == ("not_fulfilled", "canceled_by_customer")
    ended = "refunded" if is_authenticated else "canceled"
    assert shop.await_payment(order, ended)["charged"] == 0
    assert shop.captured(order) == shop.refunded(order) == ([2500] if is_authenticated else [])


@pytest.mark.parametrize("pays", [True, False])
@pytest.mark.parametrize("is_lost", [False, True])
def test_a_bank_that_takes_its_time_is_waited_for(
    shop: Shop, people: CardHolders, *, pays: bool, is_lost: bool
) -> None:
    payment, intent = at_the_bank(shop, people)
    people.webhooks(lose=is_lost)
    assert shop.see_payment(payment)["status"] == "charging"

    people.settle(intent, pays=pays)

    shop.await_payment(payment, "received" if pays else "awaiting_card")
    events = ["CreditCardCharged", "PaymentReceived"] if pays else ["CreditCardFailed"]
    assert shop.payment_events(payment) == ["PaymentRequested", *events]
    assert shop.captured(payment) == ([2500] if pays else [])


def test_while_the_api_is_away_webhooks_wait(shop: Shop, people: CardHolders) -> None:
    payment, intent = unauthenticated(shop)
    shop.stack.stop("api")
    assert people.authenticate(intent).is_success

    shop.stack.start("api")
    shop.stack.wait_until_ready()

    shop.await_payment(payment, "received")
    assert shop.captured(payment) == [2500]


@pytest.mark.parametrize("switches", [{}, {"copies": 2, "reorder": True}, {"lose": True}], ids=str)
@pytest.mark.parametrize("by_hand", [500, 2500])
def test_what_was_refunded_in_the_dashboard_is_not_refunded_again(
    shop: Shop, people: CardHolders, by_hand: int, switches: dict[str, object]
) -> None:
    shop.carrier.fault("down")
    order = shop.order(shop.customer("pm_card_visa"), shop.product())
    shop.await_order(order, "shipping")
    [charge] = shop.charges(order)
    people.webhooks(**switches)
    people.refund(charge["id"], by_hand)
    if not switches.get("lose"):
        await_booked(shop, order, by_hand)

    shop.post(f"/orders/{order}/cancel")
    shop.carrier.clear_faults()

    assert shop.await_order(order)["status"] == "not_fulfilled"
    seen = shop.await_payment(order, "refunded")
    assert (seen["charged"], seen["refunded"]) == (0, 2500)
    assert sorted(shop.refunded(order)) == sorted({by_hand, 2500 - by_hand} - {0})


def test_what_was_refunded_in_the_dashboard_is_booked(shop: Shop, people: CardHolders) -> None:
    """In two parts; the order that it paid for stays fulfilled."""
    order = shop.order(shop.customer("pm_card_visa", balance=500), shop.product())
    shop.await_order(order, "fulfilled")
    [charge] = shop.charges(order)

    for amount, booked in ((500, 500), (1500, 2000)):
        people.refund(charge["id"], amount)
        await_booked(shop, order, booked)

    seen = shop.see_payment(order)
    assert (seen["status"], seen["charged"], seen["withdrawn"]) == ("received", 0, 500)
    assert shop.payment_events(order)[-3:] == ["PaymentReceived", *["CreditCardRefunded"] * 2]


def test_what_is_refunded_before_we_know_that_it_is_paid_is_booked_then(
    shop: Shop, people: CardHolders
) -> None:
    payment, intent = at_the_bank(shop, people)
    shop.cards.fault("down", only=f"/v1/payment_intents/{intent}")  # nobody looks the charge up
    people.webhooks(lose=True)
    people.settle(intent)
    people.webhooks()
    people.refund(intent, 500)

    def is_put_off() -> bool:
        return any(one["answered"] == 503 for one in people.webhook_events(intent))

    eventually(is_put_off, "a refund whose webhook is to be sent again", TIMEOUT_SECONDS)
    shop.cards.clear_faults()

    await_booked(shop, payment, 500)
    seen = shop.see_payment(payment)
    assert (seen["status"], seen["charged"]) == ("received", 2000)


def await_booked(shop: Shop, payment: str, refunded: int) -> None:
    """Wait until so many cents of it are given back by our books."""
    eventually(
        lambda: shop.see_payment(payment)["refunded"] == refunded,
        f"{refunded} cents refunded",
        TIMEOUT_SECONDS,
    )
