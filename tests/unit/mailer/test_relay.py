"""The relay's order of things when one mailbox takes nothing."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import cast

import pytest
from sqlalchemy import Connection, delete, select, update
from sqlalchemy.exc import (
    DataError,
    InterfaceError,
    InternalError,
    NotSupportedError,
    ProgrammingError,
)
from sqlalchemy.exc import TimeoutError as NoConnectionError

from domain.events import (
    AmountCredited,
    AmountWithdrawn,
    CreditCardCharged,
    CreditCardDetailsUpdated,
    CreditCardFailed,
    CreditCardRefunded,
    CustomerReminded,
    GoodsShipped,
    OrderNotFulfilled,
    PaymentCanceled,
    PaymentReceived,
)
from domain.mail_templates import MailContent
from domain.statuses import CancellationReason
from gateways.mail import MailRejectedError, OutgoingMail
from mailer import Stop
from security.card_links import CardLinks
from storage import operations, orders, outbox, payments, tables
from storage.database import Database
from tests.support.examples import NOON, add_customer, order, payment
from tests.support.mail_relay import MailServer, mail_states, make_relay, relaying
from tests.support.processes import eventually


@dataclass
class BrokenDatabase:
    """Fails in several ways, once each, before it works."""

    database: Database
    errors: list[Exception]

    def write(self) -> AbstractContextManager[Connection]:
        """See `Database`."""
        if self.errors:
            raise self.errors.pop()
        return self.database.write()

    def read(self) -> AbstractContextManager[Connection]:
        """See `Database`."""
        return self.database.read()


def test_no_error_of_the_database_ends_it(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mailer.RETRY_SECONDS", 0.01)
    kinds = (InternalError, ProgrammingError, InterfaceError, NotSupportedError, DataError)
    errors: list[Exception] = [kind("", {}, Exception()) for kind in kinds]
    errors.append(NoConnectionError())
    broken = BrokenDatabase(database, errors)
    with database.write() as tx:
        add_customer(tx)
        outbox.queue(tx, "m-1", "kermit", MailContent(subject="Hello", text="Hello"))
    server = MailServer(full="nobody@example.com")
    with relaying(cast("Database", broken), server):
        eventually(lambda: server.tried == ["m-1"], "the mail sent")
    assert broken.errors == []


def test_a_full_mailbox_keeps_nobody_else_waiting(database: Database) -> None:
    server = MailServer(full="piggy@example.com")
    with database.write() as tx:
        for customer in ("kermit", "piggy"):
            add_customer(tx, customer)
        for number in range(5):
            for customer in ("piggy", "kermit"):
                content = MailContent(subject="Hello", text="Hello.")
                outbox.queue(tx, f"{customer}:{number}", customer, content)
    kermits = {f"kermit:{number}" for number in range(5)}
    with relaying(database, server):
        eventually(lambda: kermits <= set(server.tried), "Kermit's mails sent")
        eventually(lambda: server.tried.count("piggy:0") >= 3, "Piggy's mail tried again")
    assert [id for id in server.tried if id in kermits] == sorted(kermits)


def test_a_mail_is_tried_again_after_as_long_as_it_has_waited(database: Database) -> None:
    server = MailServer(full="piggy@example.com")
    queued_at = datetime.now(UTC) - timedelta(minutes=50)
    mails = tables.mails
    with database.write() as tx:
        add_customer(tx, "piggy")
        outbox.queue(tx, "m-1", "piggy", MailContent(subject="Hello", text="Hello."))
        tx.execute(update(mails).values(queued_at=queued_at))

    def wait() -> timedelta:
        with database.read() as tx:
            return tx.execute(select(mails.c.due_at)).scalar_one() - datetime.now(UTC)

    with relaying(database, server, retry_longest=timedelta(hours=1)):
        # A claim alone lasts a minute.
        eventually(lambda: wait() > timedelta(minutes=2), "the mail handed back")
        assert timedelta(minutes=49) < wait() < timedelta(minutes=51)


def test_a_mail_that_was_just_queued_is_not_tried_again_at_once(database: Database) -> None:
    server = MailServer(full="piggy@example.com")
    mails = tables.mails
    with database.write() as tx:
        add_customer(tx, "piggy")
        outbox.queue(tx, "m-1", "piggy", MailContent(subject="Hello", text="Hello."))

    def wait() -> timedelta:
        with database.read() as tx:
            return tx.execute(select(mails.c.due_at)).scalar_one() - datetime.now(UTC)

    minutes = timedelta(minutes=10)
    with relaying(database, server, retry_first=minutes, retry_longest=timedelta(hours=1)):
        # A claim alone lasts a minute.
        eventually(lambda: wait() > timedelta(minutes=2), "the mail handed back")
        assert timedelta(minutes=9) < wait() <= minutes


def test_asked_to_stop_while_it_waits_it_stops_at_once(database: Database) -> None:
    server = MailServer(full="piggy@example.com")
    with database.write() as tx:
        add_customer(tx, "piggy")
        outbox.queue(tx, "m-1", "piggy", MailContent(subject="Hello", text="Hello."))
    stop = Stop()
    hour = timedelta(hours=1)
    relay = make_relay(database, server, stop, retry_first=hour, retry_longest=hour)
    thread = Thread(target=relay.run)
    thread.start()
    eventually(lambda: server.tried == ["m-1"], "the mail tried")
    stop.request()
    thread.join(timeout=60)
    assert not thread.is_alive()


def queue_three(database: Database) -> list[str]:
    """Kermit's mails, in the order in which they are due."""
    ids = ["m-1", "m-2", "m-3"]
    with database.write() as tx:
        add_customer(tx)
        for id in ids:
            outbox.queue(tx, id, "kermit", MailContent(subject="Hello", text="Hello."))
    return ids


def test_mails_that_are_due_together_share_a_connection(database: Database) -> None:
    ids = queue_three(database)
    server = MailServer(full="nobody@example.com")
    with relaying(database, server):
        eventually(lambda: "waiting" not in mail_states(database).values(), "all mails sent")
        eventually(lambda: bool(server.carried), "the connection closed")
    assert (server.tried, server.carried[0]) == (ids, 3)


def test_the_connection_is_kept_until_no_mail_is_due(database: Database) -> None:
    queue_three(database)

    class Busy(MailServer):
        def send(self, mail: OutgoingMail) -> None:
            super().send(mail)
            if len(self.tried) == 3:
                with database.write() as tx:
                    outbox.queue(tx, "m-4", "kermit", MailContent(subject="Hello", text="Hello."))

    server = Busy(full="nobody@example.com")
    with relaying(database, server):
        eventually(lambda: bool(server.carried), "the connection closed")
        assert server.carried[0] == 4


def test_a_mailer_that_stops_leaves_the_rest_to_others(database: Database) -> None:
    queue_three(database)
    stop = Stop()

    class Last(MailServer):
        def send(self, mail: OutgoingMail) -> None:
            super().send(mail)
            stop.request()

    server = Last(full="nobody@example.com")
    make_relay(database, server, stop).run()
    assert server.carried == [1]
    assert list(mail_states(database).values()).count("sent") == 1
    with database.write() as tx:
        assert [mail.id for mail in outbox.claim(tx, 3)] == ["m-2", "m-3"]


def test_a_slow_mail_server_gets_no_mail_whose_claim_may_have_ended(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = queue_three(database)
    seconds = [0.0]
    monkeypatch.setattr("mailer.monotonic", lambda: seconds[0])

    class Slow(MailServer):
        def send(self, mail: OutgoingMail) -> None:
            super().send(mail)
            seconds[0] += outbox.CLAIM_TIME.total_seconds()

    server = Slow(full="nobody@example.com")
    tried_at_claims: list[int] = []
    claim = outbox.claim

    def counting_claim(tx: Connection, limit: int) -> list[outbox.QueuedMail]:
        tried_at_claims.append(len(server.tried))
        return claim(tx, limit)

    monkeypatch.setattr(outbox, "claim", counting_claim)
    with relaying(database, server):
        eventually(lambda: "waiting" not in mail_states(database).values(), "all mails sent")
    assert (server.tried, tried_at_claims[:3]) == (ids, [0, 1, 2])


class Unpredictable(MailServer):
    """Fails at some mails as nobody has foreseen."""

    def send(self, mail: OutgoingMail) -> None:
        """See `gateways.mail.Mailer`."""
        if mail.message_id == "odd":
            raise IndexError
        if mail.message_id == "refused":
            raise MailRejectedError(mail.message_id, "the mail server refused it (554)")
        super().send(mail)


def test_a_mail_that_cannot_be_sent_is_parked_and_keeps_nobody_waiting(database: Database) -> None:
    server = Unpredictable(full="nobody@example.com")
    with database.write() as tx:
        add_customer(tx)
        for id in ("odd", "refused", "m-1"):
            outbox.queue(tx, id, "kermit", MailContent(subject="Hello", text="Hello."))
    with relaying(database, server):
        eventually(lambda: server.tried == ["m-1"], "the other mail sent")
    with database.read() as tx:
        assert outbox.backlog(tx).parked == 2
        parked = operations.mails_parked(tx, 10).rows
    assert {row["id"]: row["reason"] for row in parked} == {
        "odd": "fault of the mailer (IndexError)",
        "refused": "the mail server refused it (554)",
    }


def waiting_payment(database: Database) -> None:
    """Kermit's payment p-1 waits for a card: 20.00 of 25.00 are due, and he was reminded once."""
    with database.write() as tx:
        add_customer(tx)
        payments.request(tx, payment())
        payments.record(tx, "p-1", AmountWithdrawn(at=NOON, amount=500))
        payments.record(tx, "p-1", CreditCardFailed(at=NOON, code="expired_card", message=""))
        payments.record(tx, "p-1", CustomerReminded(at=NOON, reminder=1))


def test_the_first_mail_says_at_once_what_is_due_and_why(database: Database) -> None:
    waiting_payment(database)
    server = MailServer(full="nobody@example.com")
    with relaying(database, server):
        eventually(lambda: "waiting" not in mail_states(database).values(), "all mails sent")
    assert server.tried == ["payment:p-1:failed", "payment:p-1:reminder:1"]
    for mail in server.mails:
        assert "EUR 20.00 for order o-1. Your card has expired." in mail.text


@pytest.mark.parametrize("end", [PaymentReceived, PaymentCanceled])
def test_no_card_is_requested_for_a_payment_that_has_ended(
    database: Database, end: type[PaymentReceived | PaymentCanceled]
) -> None:
    waiting_payment(database)
    with database.write() as tx:
        payments.record(tx, "p-1", end(at=NOON))
    server = MailServer(full="nobody@example.com")
    with relaying(database, server):
        eventually(lambda: "waiting" not in mail_states(database).values(), "nothing left")
    states = mail_states(database)
    assert [id for id, state in states.items() if state == "sent"] == server.tried
    assert server.tried in (["payment:p-1:received"], ["payment:p-1:canceled"])
    assert states["payment:p-1:failed"] == states["payment:p-1:reminder:1"] == "obsolete"


def test_a_card_is_requested_only_once_the_one_being_charged_has_failed(
    database: Database,
) -> None:
    waiting_payment(database)
    with database.write() as tx:
        payments.record(tx, "p-1", CreditCardDetailsUpdated(at=NOON), number=2)
    server = MailServer(full="nobody@example.com")
    with relaying(database, server):
        with database.write() as tx:
            outbox.queue(tx, "m-1", "kermit", MailContent(subject="Hello", text="Hello."))
        eventually(lambda: server.tried == ["m-1"], "the other mail sent")
        with database.write() as tx:
            failed = CreditCardFailed(at=NOON, code="card_declined", message="")
            payments.record(tx, "p-1", failed, number=2)
        eventually(lambda: len(server.tried) == 3, "the others sent")
    assert "Your card was declined." in server.mails[-1].text


def test_a_mail_that_waits_for_a_decision_raises_no_alarm(database: Database) -> None:
    """As long as nobody knows whether it is true, nothing is wrong with the mail server."""
    waiting_payment(database)
    with database.write() as tx:
        payments.record(tx, "p-1", CreditCardDetailsUpdated(at=NOON), number=2)
        tx.execute(update(tables.mails).values(queued_at=datetime.now(UTC) - timedelta(days=3)))

    def backlog() -> outbox.Backlog:
        with database.read() as tx:
            return outbox.backlog(tx)

    assert backlog().seconds >= timedelta(days=3).total_seconds()
    server = MailServer(full="kermit@example.com")
    with relaying(database, server):
        eventually(lambda: backlog().seconds == 0, "no age")
        assert backlog().mails == 2
        with database.write() as tx:
            failed = CreditCardFailed(at=NOON, code="card_declined", message="")
            payments.record(tx, "p-1", failed, number=2)
        # True by now, and the mail server takes neither.
        eventually(lambda: backlog().seconds > 0, "their age")
        server.full = "nobody@example.com"
        eventually(lambda: backlog() == outbox.Backlog(mails=0, seconds=0, parked=0), "both sent")
    with database.read() as tx:
        assert set(tx.execute(select(tables.mails.c.reason)).scalars()) == {None}


def test_a_canceled_order_is_not_on_its_way(database: Database) -> None:
    shipped = GoodsShipped(at=NOON, shipment_id="s-1", tracking_number="T1")
    reason = CancellationReason.CANCELED_BY_CUSTOMER
    with database.write() as tx:
        add_customer(tx)
        for id in ("o-1", "o-2"):
            orders.place(tx, order(id))
            orders.record(tx, id, shipped)
        orders.begin_canceling(tx, "o-1")
    server = MailServer(full="nobody@example.com")
    with relaying(database, server):
        eventually(lambda: "waiting" not in mail_states(database).values(), "nothing left")
        assert server.tried == ["order:o-2:shipped"]
        with database.write() as tx:
            orders.record(tx, "o-1", OrderNotFulfilled(at=NOON, reason=reason))
        eventually(lambda: len(server.tried) == 2, "the cancellation sent")
    assert mail_states(database)["order:o-1:shipped"] == "obsolete"
    assert server.mails[-1].text == "Order o-1 was canceled on request.\nYou paid nothing for it."


def test_whoever_gets_money_back_is_notified_of_each_part(database: Database) -> None:
    with database.write() as tx:
        add_customer(tx)
        payments.request(tx, payment())
        payments.record(tx, "p-1", AmountWithdrawn(at=NOON, amount=500))
        payments.record(tx, "p-1", CreditCardCharged(at=NOON, amount=2000))
        payments.record(tx, "p-1", PaymentReceived(at=NOON))
        refunded = CreditCardRefunded(at=NOON, amount=700, left=1300)
        payments.record(tx, "p-1", refunded, number="refund:return-3")
        payments.record(tx, "p-1", AmountCredited(at=NOON, amount=500), number="refund:return-4")
    server = MailServer(full="nobody@example.com")
    with relaying(database, server):
        eventually(lambda: len(server.mails) == 3, "all mails sent")
    received, card, account = server.mails
    assert "EUR 25.00 for order o-1 arrived" in received.text
    assert "We gave back EUR 7.00 for order o-1. It goes to your card" in card.text
    assert "We gave back EUR 5.00 for order o-1. It went to your account" in account.text


def test_events_of_an_older_release_get_their_mails(database: Database) -> None:
    """It recorded them after the migration, without the mails of this release."""
    reason = CancellationReason.CANCELED_BY_CUSTOMER
    waiting_payment(database)
    with database.write() as tx:
        orders.place(tx, order("o-1"))
        orders.record(tx, "o-1", OrderNotFulfilled(at=NOON, reason=reason))
        for id, end in (("p-2", PaymentReceived(at=NOON)), ("p-3", PaymentCanceled(at=NOON))):
            payments.request(tx, payment(id))
            payments.record(tx, id, AmountWithdrawn(at=NOON, amount=500))
            failed = CreditCardFailed(at=NOON, code="expired_card", message="")
            payments.record(tx, id, failed)
            payments.record(tx, id, end)
            payments.record(tx, id, AmountCredited(at=NOON, amount=500))
    queued = set(mail_states(database))
    of_this_release = {"failed", "refunded", "credited"}
    mails = tables.mails
    with database.write() as tx:
        for id in queued:
            if id.split(":")[2] in of_this_release or id == "order:o-1:canceled":
                tx.execute(delete(mails).where(mails.c.id == id))
        # That release knows neither of these columns, and this one sends its mails all the same.
        assert set(tx.execute(select(mails.c.reason, mails.c.obsolete_at)).all()) == {(None, None)}
    assert len(mail_states(database)) == 3
    server = MailServer(full="nobody@example.com")
    with relaying(database, server):
        eventually(lambda: mail_states(database).keys() == queued, "all mails queued")
        eventually(lambda: "waiting" not in mail_states(database).values(), "nothing left")
    states = mail_states(database)
    assert {id for id, state in states.items() if state == "obsolete"} == {
        "payment:p-2:failed",
        "payment:p-2:received",
        "payment:p-3:failed",
    }
    assert sorted(server.tried) == sorted(id for id in states if states[id] == "sent")
    with relaying(database, server):
        eventually(lambda: mail_states(database) == states, "the same")
    assert len(server.tried) == len(set(server.tried))


def test_an_undone_order_says_what_was_given_back(database: Database) -> None:
    reason = CancellationReason.GOODS_UNAVAILABLE
    with database.write() as tx:
        add_customer(tx)
        orders.place(tx, order("o-1"))
        payments.request(tx, payment("o-1"))
        payments.record(tx, "o-1", AmountWithdrawn(at=NOON, amount=500))
        payments.record(tx, "o-1", CreditCardCharged(at=NOON, amount=2000))
        payments.record(tx, "o-1", PaymentReceived(at=NOON))
        payments.record(tx, "o-1", AmountCredited(at=NOON, amount=500))
        orders.record(tx, "o-1", OrderNotFulfilled(at=NOON, reason=reason))
    server = MailServer(full="nobody@example.com")
    with relaying(database, server):
        eventually(lambda: "waiting" not in mail_states(database).values(), "all mails sent")
    assert server.mails[-1].text.splitlines()[1:] == [
        "We gave back EUR 5.00 to your account.",
        "EUR 20.00 is still to be given back; we will write again about it.",
    ]


def test_what_is_sent_is_stored_without_the_link(database: Database) -> None:
    waiting_payment(database)
    links = CardLinks(["x" * 32], "http://127.0.0.1:8000")
    with database.write() as tx:
        tx.execute(update(tables.mails).values(text="What it said when it was queued."))
    server = MailServer(full="nobody@example.com")
    with relaying(database, server, links=links):
        eventually(lambda: "waiting" not in mail_states(database).values(), "all mails sent")
    with database.read() as tx:
        texts = tx.execute(select(tables.mails.c.text).order_by(tables.mails.c.id)).scalars().all()
    for mail, text in zip(server.mails, texts, strict=True):
        written, _, link = mail.text.partition("\n\nDo it here")
        assert written == text
        assert "/#/update-card/" in link
        assert "/#/update-card/" not in text
