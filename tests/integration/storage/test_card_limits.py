"""Cards that are not charged: declined hard, or at their network's limit, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest

from domain import declines
from domain.declines import RETRY_LIMITS, Limits
from domain.payment import PaymentFailure
from storage import card_limits, charges, payments
from storage.card_limits import UndecidedChargesError
from storage.charges import Charge
from storage.database import Database
from tests.support.examples import add_customer, payment

NOW = datetime(2026, 1, 31, tzinfo=UTC)
CARD = "fingerprint"
STOLEN = PaymentFailure(code="card_declined", decline_code="stolen_card", message="Declined.")
NO_FUNDS = PaymentFailure(
    code="card_declined", decline_code="insufficient_funds", message="Insufficient funds."
)
LIMIT = PaymentFailure(code="card_declined", decline_code="retry_limit", message="Too often.")


@pytest.fixture(autouse=True)
def kermit(database: Database) -> None:
    with database.write() as tx:
        add_customer(tx)
        add_customer(tx, "gonzo")


def begin(  # noqa: PLR0913  what charges may have in common
    database: Database,
    payment_id: str,
    *,
    attempt: int = 1,
    customer: str = "kermit",
    method: str = "pm_1",
    fingerprint: str | None = CARD,
    brand: str | None = None,
    asked_at: datetime = NOW,
) -> Charge:
    """Begin a charge."""
    with database.write() as tx:
        payments.request(tx, payment(payment_id, customer_id=customer))
        return charges.begin(
            tx, payment_id, attempt, method, asked_at, fingerprint=fingerprint, brand=brand
        )


def decline(database: Database, charge: Charge, failure: PaymentFailure) -> None:
    with database.write() as tx:
        charges.settle(tx, charge.model_copy(update={"failure": failure}))


def declined(database: Database, times: int, failure: PaymentFailure, asked_at: datetime) -> None:
    """That often, each time of another payment of kermit's."""
    for number in range(times):
        charge = begin(
            database, f"{asked_at:%d}-{failure.decline_code}-{number}", asked_at=asked_at
        )
        decline(database, charge, failure)


def refusal(
    database: Database, charge: Charge, limits: Limits = RETRY_LIMITS
) -> PaymentFailure | None:
    with database.write() as tx:
        return card_limits.find_refusal(tx, charge, NOW, limits)


def test_a_new_card_is_charged(database: Database) -> None:
    assert refusal(database, begin(database, "p")) is None


@pytest.mark.parametrize(
    "failure",
    [
        STOLEN,
        PaymentFailure(code="incorrect_number", message="Wrong."),
        NO_FUNDS.model_copy(update={"advice_code": "do_not_try_again"}),
    ],
    ids=["by decline code", "by error code", "by advice"],
)
@pytest.mark.parametrize("limits", [RETRY_LIMITS, {}], ids=["live", "test mode"])
def test_a_card_declined_hard_is_refused_to_everybody(
    database: Database, failure: PaymentFailure, limits: Limits
) -> None:
    first = begin(database, "first", asked_at=NOW - timedelta(days=400))
    decline(database, first, failure)

    again = begin(database, "again", customer="gonzo", method="pm_2")
    refused = refusal(database, again, limits)

    assert refused is not None
    assert refused.model_copy(update={"message": failure.message}) == failure
    assert refused.message == declines.sentence(failure.code, failure.decline_code)


def test_another_card_is_not_refused(database: Database) -> None:
    decline(database, begin(database, "first"), STOLEN)
    assert refusal(database, begin(database, "again", fingerprint="of another")) is None
    assert refusal(database, begin(database, "unknown", fingerprint=None)) is None


def test_within_a_payment_the_payment_method_is_enough(database: Database) -> None:
    decline(database, begin(database, "p", fingerprint=None), STOLEN)
    again = begin(database, "p", attempt=2, fingerprint=None)
    other = begin(database, "p", attempt=3, method="pm_2", fingerprint=None)
    assert refusal(database, again) is not None
    assert refusal(database, other) is None


def test_without_a_card_there_is_nothing_to_refuse(database: Database) -> None:
    charge = begin(database, "p").model_copy(update={"payment_method": None})
    assert refusal(database, charge) is None


@pytest.mark.parametrize(
    ("brand", "limit", "age"),
    [
        ("visa", 15, timedelta(days=29)),
        ("amex", 15, timedelta(days=29)),
        ("mastercard", 35, timedelta(days=29)),
        ("mastercard", 10, timedelta(hours=23)),
    ],
)
def test_a_card_may_be_declined_so_often(
    database: Database, brand: str, limit: int, age: timedelta
) -> None:
    declined(database, limit - 1, NO_FUNDS, NOW - age)
    allowed = begin(database, "allowed", brand=brand)
    assert refusal(database, allowed) is None

    decline(database, allowed, NO_FUNDS)
    charge = begin(database, "refused", brand=brand)
    refused = refusal(database, charge)

    assert refused is not None
    assert (refused.code, refused.decline_code) == ("card_declined", "retry_limit")
    assert refusal(database, charge, {}) is None


def test_of_an_unknown_brand_the_strictest_limit_holds(database: Database) -> None:
    declined(database, 15, NO_FUNDS, NOW)
    refused = refusal(database, begin(database, "p", customer="gonzo"))
    assert refused is not None
    assert refused.decline_code == "retry_limit"


def test_old_declines_do_not_count(database: Database) -> None:
    declined(database, 15, NO_FUNDS, NOW - timedelta(days=31))
    assert refusal(database, begin(database, "p")) is None


def test_what_was_never_sent_does_not_count(database: Database) -> None:
    declined(database, 14, NO_FUNDS, NOW)
    declined(database, 5, LIMIT, NOW)
    assert refusal(database, begin(database, "p")) is None


def test_what_is_undecided_may_be_declined_too(database: Database) -> None:
    declined(database, 10, NO_FUNDS, NOW)
    under_way = [begin(database, f"under-way-{number}") for number in range(5)]
    charge = begin(database, "p")
    with pytest.raises(UndecidedChargesError, match="declined 10 times, and 5 charges"):
        refusal(database, charge)

    with database.write() as tx:
        charges.settle(tx, under_way[0].model_copy(update={"charge_id": "pi_1"}))
    assert refusal(database, charge) is None


def test_a_refused_request_can_not_be_declined(database: Database) -> None:
    declined(database, 14, NO_FUNDS, NOW)
    parked, charge = begin(database, "parked"), begin(database, "p")
    with pytest.raises(UndecidedChargesError):
        refusal(database, charge)

    with database.write() as tx:
        assert charges.refuse(tx, parked)
    assert refusal(database, charge) is None


def test_of_two_at_once_at_most_one_is_the_last(database: Database) -> None:
    """Each in a transaction of its own, which begins the charge too."""
    declined(database, 14, NO_FUNDS, NOW)
    for id in ("one", "other"):
        with database.write() as tx:
            payments.request(tx, payment(id))
    barrier = Barrier(2)

    def charge(id: str) -> bool:
        barrier.wait()
        with database.write() as tx:
            charge = charges.begin(tx, id, 1, "pm_1", NOW, fingerprint=CARD)
            return card_limits.find_refusal(tx, charge, NOW, RETRY_LIMITS) is None

    with ThreadPoolExecutor(2) as threads:
        under_way = [threads.submit(charge, id) for id in ("one", "other")]

    failed = [each for each in under_way if each.exception()]
    assert [type(each.exception()) for each in failed] == [UndecidedChargesError]
    assert [each.result() for each in under_way if each not in failed] == [True]
