"""A mail is true when it is sent: each kind of mail after each event that may come before that."""

from collections.abc import Callable
from typing import get_args

import pytest
from sqlalchemy import Connection, select

from domain.events import (
    AmountCredited,
    AmountWithdrawn,
    CreditCardCharged,
    CreditCardDetailsUpdated,
    CreditCardFailed,
    CreditCardRefunded,
    CustomerReminded,
    GoodsFetched,
    GoodsReturned,
    GoodsShipped,
    GoodsUnavailable,
    OrderFulfilled,
    OrderNotFulfilled,
    PaymentCanceled,
    PaymentPartlyCovered,
    PaymentReceived,
    ShipmentRecalled,
)
from domain.mail_templates import MailContent
from domain.order import OrderEvent
from domain.payment import PaymentEvent
from domain.statuses import CancellationReason, RefundState
from storage import (
    charges,
    dashboard_refunds,
    notifications,
    orders,
    outbox,
    payments,
    refund_states,
    refunded_money,
    refunds,
    tables,
)
from storage.dashboard_refunds import DashboardRefund
from storage.database import Database
from storage.notifications import Withheld
from tests.support.examples import NOON, add_customer, order, payment

FAILED = CreditCardFailed(at=NOON, code="expired_card", message="")
NOT_FULFILLED = OrderNotFulfilled(at=NOON, reason=CancellationReason.CANCELED_BY_CUSTOMER)
SHIPPED = GoodsShipped(at=NOON, shipment_id="s-1", tracking_number="T1")
RETURNED = "return-1"


def paid(event: PaymentEvent, number: int | str = 1) -> Callable[[Connection], None]:
    """The payment records the event."""

    def record(tx: Connection) -> None:
        payments.record(tx, "o-1", event, number=number)

    return record


def ordered(event: OrderEvent, *, undoing: bool = False) -> Callable[[Connection], None]:
    """The order records the event; some happen only while it is being undone."""

    def record(tx: Connection) -> None:
        if undoing:
            orders.begin_canceling(tx, "o-1")
        orders.record(tx, "o-1", event)

    return record


def refund(amount: int, state: RefundState | None = None) -> Callable[[Connection], None]:
    """A refund of so much begins; it gets as far as the state."""

    def begin(tx: Connection) -> None:
        begun, _ = refunds.begin_part(tx, "o-1", RETURNED, amount, NOON)
        if state is not None:
            settled = refund_states.settle(tx, begun, RefundState.SUCCEEDED, NOON)
            if begun.to_account:
                refund_states.credit(tx, settled, NOON)
        if state is RefundState.FAILED:
            fail_refund(tx)

    return begin


def fail_refund(tx: Connection) -> None:
    """The refund fails after all."""
    known = refunds.get(tx, "o-1", RETURNED)
    refund_states.settle(tx, known, RefundState.FAILED, NOON)


def settle_outside(tx: Connection) -> None:
    """An operator gives back in another way what failed."""
    fail_refund(tx)
    refund_states.settle_outside(tx, "o-1", RETURNED, "bank transfer", NOON)


def charge(tx: Connection) -> None:
    """The card is being charged; no event marks that."""
    payments.mark_charging(tx, payments.lock(tx, "o-1"))


STEPS: dict[str, Callable[[Connection], object]] = {
    "payment PaymentRequested": lambda tx: payments.request(tx, payment("o-1")),
    "payment AmountWithdrawn": paid(AmountWithdrawn(at=NOON, amount=100), number=2),
    "payment PaymentPartlyCovered": paid(PaymentPartlyCovered(at=NOON, rest=2000)),
    "payment CreditCardCharged": paid(CreditCardCharged(at=NOON, amount=2000), number=2),
    "payment CreditCardFailed": paid(FAILED, number=2),
    "payment CreditCardDetailsUpdated": paid(CreditCardDetailsUpdated(at=NOON), number=2),
    "payment CustomerReminded": paid(CustomerReminded(at=NOON, reminder=2), number=2),
    "payment PaymentReceived": paid(PaymentReceived(at=NOON)),
    "payment PaymentCanceled": paid(PaymentCanceled(at=NOON)),
    "payment AmountCredited": paid(AmountCredited(at=NOON, amount=300), number="refund:other"),
    "payment CreditCardRefunded": paid(
        CreditCardRefunded(at=NOON, amount=600), number="refund:other"
    ),
    "order OrderPlaced": lambda tx: orders.place(tx, order("o-1")),
    "order PaymentReceived": ordered(PaymentReceived(at=NOON)),
    "order PaymentCanceled": ordered(PaymentCanceled(at=NOON)),
    "order GoodsFetched": ordered(GoodsFetched(at=NOON)),
    "order GoodsUnavailable": ordered(GoodsUnavailable(at=NOON, sku="pond-lily")),
    "order GoodsShipped": ordered(SHIPPED),
    "order OrderFulfilled": ordered(OrderFulfilled(at=NOON)),
    "order ShipmentRecalled": ordered(ShipmentRecalled(at=NOON, shipment_id="s-1"), undoing=True),
    "order GoodsReturned": ordered(GoodsReturned(at=NOON), undoing=True),
    "order OrderNotFulfilled": ordered(NOT_FULFILLED),
}
"""Each event of the domain."""

STATES: dict[str, Callable[[Connection], None]] = {
    "order canceling": lambda tx: orders.begin_canceling(tx, "o-1"),
    "payment charging": charge,
    "refund of a part begun": refund(500),
    "refund of a part succeeded": refund(500, RefundState.SUCCEEDED),
    "refund of a part failed": refund(500, RefundState.FAILED),
    "refund of all begun": refund(2500),
    "refund of all succeeded": refund(2500, RefundState.SUCCEEDED),
    "this refund failed": fail_refund,
    "this refund settled outside": settle_outside,
}
"""What no event marks."""

REQUESTED = [paid(AmountWithdrawn(at=NOON, amount=500))]
WAITING = [*REQUESTED, paid(FAILED)]
RECEIVED = [
    *REQUESTED,
    paid(CreditCardCharged(at=NOON, amount=2000)),
    paid(PaymentReceived(at=NOON)),
]

BEFORE = {
    "payment:o-1:failed": WAITING,
    "payment:o-1:reminder:1": [*WAITING, paid(CustomerReminded(at=NOON, reminder=1))],
    "payment:o-1:received": RECEIVED,
    "payment:o-1:canceled": [*WAITING, paid(PaymentCanceled(at=NOON))],
    "payment:o-1:refunded:5": [*RECEIVED, refund(700, RefundState.SUCCEEDED)],
    "payment:o-1:credited:5": [*RECEIVED, paid(AmountCredited(at=NOON, amount=200))],
    "order:o-1:shipped": [*RECEIVED, ordered(SHIPPED)],
    "order:o-1:canceled": [*RECEIVED, ordered(NOT_FULFILLED)],
}
"""The events up to the one that each kind of mail is about."""

UNDONE = {
    "order canceling",
    "order PaymentCanceled",
    "order GoodsUnavailable",
    "order ShipmentRecalled",
    "order GoodsReturned",
    "order OrderNotFulfilled",
}
ENDED = {"payment PaymentReceived", "payment PaymentCanceled"}
UNDECIDED = {
    "payment CreditCardCharged",
    "payment CreditCardDetailsUpdated",
    "payment charging",
}

OBSOLETE_AFTER = {
    "payment:o-1:failed": UNDONE | ENDED,
    "payment:o-1:reminder:1": UNDONE | ENDED,
    "payment:o-1:received": UNDONE | {"refund of all succeeded"},
    "order:o-1:shipped": UNDONE,
}
UNDECIDED_AFTER = {
    "payment:o-1:failed": UNDECIDED,
    "payment:o-1:reminder:1": UNDECIDED,
    "payment:o-1:received": {"refund of all begun"},
    "payment:o-1:refunded:5": {"this refund failed"},
}

ONLY_AFTER_RECEIVED = {name for name in STATES if name.startswith("refund of")} | {
    "payment AmountCredited",
    "payment CreditCardRefunded",
}
ONLY_BEFORE_FAILED = {"payment PaymentPartlyCovered"}
OF_A_REFUND = {"this refund failed", "this refund settled outside"}
OF_ANOTHER_MAIL = {"payment charging", *OF_A_REFUND}
NEVER_AFTER = {
    "payment:o-1:failed": ONLY_AFTER_RECEIVED | ONLY_BEFORE_FAILED | OF_A_REFUND,
    "payment:o-1:reminder:1": ONLY_AFTER_RECEIVED | ONLY_BEFORE_FAILED | OF_A_REFUND,
    "payment:o-1:canceled": ONLY_AFTER_RECEIVED - {"payment AmountCredited"} | OF_ANOTHER_MAIL,
    "payment:o-1:refunded:5": {*ONLY_AFTER_RECEIVED, "payment charging"},
    "payment:o-1:credited:5": {"refund of all begun", "refund of all succeeded", *OF_ANOTHER_MAIL},
}
"""What the process does not allow."""


def apply(database: Database, steps: list[Callable[[Connection], None]]) -> None:
    """One after the other."""
    for step in steps:
        with database.write() as tx:
            step(tx)


@pytest.fixture
def kermit(database: Database) -> Database:
    """He has placed order o-1, whose payment is requested."""
    with database.write() as tx:
        add_customer(tx)
        orders.place(tx, order("o-1"))
        payments.request(tx, payment("o-1"))
    return database


def present(database: Database, mail_id: str) -> MailContent | Withheld | None:
    """What the mail says now."""
    with database.write() as tx:
        return notifications.present(tx, mail_id)


def test_every_event_is_here() -> None:
    events = {f"payment {kind.name()}" for kind in get_args(PaymentEvent)}
    events |= {f"order {kind.name()}" for kind in get_args(OrderEvent)}
    assert events == STEPS.keys()


def expected(mail: str, step: str) -> str:
    """Whether the mail is true after that step."""
    if step in OBSOLETE_AFTER.get(mail, ()):
        return Withheld.OBSOLETE
    return Withheld.UNDECIDED if step in UNDECIDED_AFTER.get(mail, ()) else "true"


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("mail", BEFORE)
def test_a_mail_is_true_after_whatever_came_before_it_was_sent(kermit: Database, mail: str) -> None:
    apply(kermit, BEFORE[mail])
    never = NEVER_AFTER.get(mail, OF_ANOTHER_MAIL) | (
        {"order ShipmentRecalled"} if "shipped" not in mail else set()
    )
    found: dict[str, str] = {}
    with kermit.write() as tx:
        assert isinstance(notifications.present(tx, mail), MailContent)
        for name in (STEPS | STATES).keys() - never:
            before = tx.begin_nested()
            (STEPS | STATES)[name](tx)
            said = notifications.present(tx, mail)
            if isinstance(said, MailContent):
                assert "EUR 0.00" not in said.text
            found[name] = said if isinstance(said, Withheld) else "true"
            before.rollback()
    assert found == {name: expected(mail, name) for name in found}
    assert len(found) > len(STEPS) / 2


def texts(database: Database) -> dict[str, str]:
    """What each mail says that would be sent now, by id."""
    with database.read() as tx:
        ids = tx.execute(select(tables.mails.c.id).order_by(tables.mails.c.id)).scalars().all()
    found = {id: present(database, id) for id in ids}
    return {id: said.text for id, said in found.items() if isinstance(said, MailContent)}


def test_who_got_all_back_is_told_that_and_not_that_it_arrived(kermit: Database) -> None:
    apply(kermit, [*RECEIVED, refund(2500, RefundState.SUCCEEDED)])
    returned = texts(kermit)
    assert [text.partition(" for ")[0] for text in returned.values()] == [
        "We gave back EUR 5.00",
        "We gave back EUR 20.00",
    ]


def test_who_canceled_is_told_what_came_back_and_not_that_the_payment_arrived(
    kermit: Database,
) -> None:
    apply(kermit, [*RECEIVED, STATES["order canceling"]])
    with kermit.write() as tx:
        assert refunds.begin_whole(tx, "o-1", NOON)
    assert texts(kermit) == {}
    with kermit.write() as tx:
        whole = refunds.get(tx, "o-1", "_undo")
        refund_states.credit(tx, refund_states.settle(tx, whole, RefundState.SUCCEEDED, NOON), NOON)
    apply(kermit, [ordered(NOT_FULFILLED)])
    assert texts(kermit) == {
        "order:o-1:canceled": (
            "Order o-1 was canceled on request.\n"
            "We gave back EUR 20.00 to your card and EUR 5.00 to your account."
        ),
        "payment:o-1:credited:6": "We gave back EUR 5.00 for order o-1. It went to your account.",
        "payment:o-1:refunded:5": (
            "We gave back EUR 20.00 for order o-1. It goes to your card; "
            "your bank may need some days to show it."
        ),
    }


def test_a_payment_that_arrived_late_in_the_mail_says_what_was_given_back_since(
    kermit: Database,
) -> None:
    apply(kermit, [*RECEIVED, refund(700, RefundState.SUCCEEDED)])
    received = "Thank you: EUR 25.00 for order o-1 arrived."
    assert texts(kermit)["payment:o-1:received"] == (
        f"{received} Since then we gave back EUR 7.00 of it."
    )
    apply(kermit, [fail_refund])
    assert texts(kermit) == {"payment:o-1:received": received}


def test_what_an_operator_gave_back_in_another_way_did_not_go_to_the_card(kermit: Database) -> None:
    apply(kermit, [*RECEIVED, refund(700, RefundState.SUCCEEDED), settle_outside])
    assert texts(kermit)["payment:o-1:refunded:5"] == (
        "We gave back EUR 7.00 for order o-1. You get it in another way than on your card."
    )
    apply(kermit, [ordered(NOT_FULFILLED)])
    assert "We gave back EUR 7.00 in another way." in texts(kermit)["order:o-1:canceled"]
    assert [mail for mail in texts(kermit) if ":outside:" in mail] == []


def deliver(mail: str) -> Callable[[Connection], None]:
    """The mail is sent as it is true now."""

    def send(tx: Connection) -> None:
        said = notifications.present(tx, mail)
        assert isinstance(said, MailContent)
        outbox.rewrite(tx, mail, said)
        outbox.mark_sent(tx, mail)

    return send


def fail(reference: str) -> Callable[[Connection], None]:
    """The refund of that reference fails, although it had succeeded."""

    def settle(tx: Connection) -> None:
        known = refunds.get(tx, "o-1", reference)
        refund_states.settle(tx, known, RefundState.FAILED, NOON)

    return settle


def replace(tx: Connection) -> None:
    """An operator gives back to the card once more what failed."""
    begun, _ = refunds.begin_part(tx, "o-1", "return-2", 700, NOON, replaces=RETURNED)
    refund_states.settle(tx, begun, RefundState.SUCCEEDED, NOON)


def refund_in_dashboard(amount: int) -> Callable[[Connection], None]:
    """Somebody gives back in the card provider's dashboard what failed."""

    def record(tx: Connection) -> None:
        made = DashboardRefund(
            refund_id="re_1", charge_id="ch_1", amount=amount, currency="EUR", made_at=NOON
        )
        assert dashboard_refunds.record(tx, made, NOON)

    return record


FIRST = "payment:o-1:refunded:5"
ANNOUNCED = [*RECEIVED, refund(700, RefundState.SUCCEEDED), deliver(FIRST)]
AGAIN = "which we gave back, did not arrive on your card."
OUTSIDE = "You get it in another way than on your card."
TO_CARD = "It goes to your card now; your bank may need some days to show it."


def second_mails(database: Database) -> list[str]:
    """What the mails say that follow the first one about the same money."""
    return [text for mail, text in texts(database).items() if "repaid" in mail or "outside" in mail]


@pytest.mark.parametrize(
    ("given_back", "said"),
    [
        ([settle_outside], [f"EUR 7.00 for order o-1, {AGAIN} {OUTSIDE}"]),
        ([fail_refund, replace], [f"EUR 7.00 for order o-1, {AGAIN} {TO_CARD}"]),
        ([fail_refund, replace, fail("return-2")], []),
        (
            [fail_refund, refund_in_dashboard(300)],
            [f"EUR 3.00 for order o-1, {AGAIN} {TO_CARD}"],
        ),
    ],
    ids=["outside", "to the card", "failed again", "a part, in the dashboard"],
)
def test_a_mail_says_how_announced_money_comes_that_did_not_arrive(
    kermit: Database, given_back: list[Callable[[Connection], None]], said: list[str]
) -> None:
    with kermit.write() as tx:
        charge = charges.begin(tx, "o-1", 1, "pm_card_visa", NOON)
        charges.settle(tx, charge.model_copy(update={"charge_id": "ch_1"}))
    apply(kermit, [*ANNOUNCED, fail_refund])
    assert second_mails(kermit) == []
    apply(kermit, given_back)
    assert second_mails(kermit) == said


def test_what_the_first_mail_says_when_it_is_sent_at_last_is_not_said_again(
    kermit: Database,
) -> None:
    apply(kermit, [*RECEIVED, refund(700, RefundState.SUCCEEDED), settle_outside])
    second = f"payment:o-1:outside:{refunded_money.number_of(RETURNED)}"
    assert present(kermit, second) is Withheld.UNDECIDED
    apply(kermit, [deliver(FIRST)])
    assert present(kermit, second) is Withheld.OBSOLETE


def test_a_first_mail_that_was_on_its_way_when_the_refund_failed_is_followed_by_another(
    kermit: Database,
) -> None:
    def hand_over(tx: Connection) -> None:
        said = notifications.present(tx, FIRST)
        assert isinstance(said, MailContent)
        outbox.rewrite(tx, FIRST, said)

    before = [*RECEIVED, refund(700, RefundState.SUCCEEDED), hand_over]
    apply(kermit, [*before, settle_outside, lambda tx: outbox.mark_sent(tx, FIRST)])
    assert second_mails(kermit) == [f"EUR 7.00 for order o-1, {AGAIN} {OUTSIDE}"]


def test_nothing_is_on_its_way_once_the_payment_of_shipped_goods_is_canceled(
    kermit: Database,
) -> None:
    apply(kermit, [*WAITING, ordered(SHIPPED)])
    assert isinstance(present(kermit, "order:o-1:shipped"), MailContent)
    apply(kermit, [paid(PaymentCanceled(at=NOON))])
    assert present(kermit, "order:o-1:shipped") is Withheld.OBSOLETE


def test_a_refund_that_was_replaced_is_true_once_the_other_one_succeeded(kermit: Database) -> None:
    def replace(tx: Connection) -> None:
        refunds.begin_part(tx, "o-1", "return-2", 700, NOON, replaces=RETURNED)

    def succeed(tx: Connection) -> None:
        other = refunds.get(tx, "o-1", "return-2")
        refund_states.settle(tx, other, RefundState.SUCCEEDED, NOON)

    mail = "payment:o-1:refunded:5"
    apply(kermit, [*RECEIVED, refund(700, RefundState.SUCCEEDED), fail_refund, replace])
    assert present(kermit, mail) is Withheld.UNDECIDED
    apply(kermit, [succeed])
    assert "It goes to your card" in texts(kermit)[mail]
