"""The outbox: every mail queued once, claimed by one, and due until it is done with."""

from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo

import pytest
from sqlalchemy import Connection, select

from domain.mail_templates import MailContent
from storage import outbox, tables
from storage.database import Database
from tests.support.databases import opened
from tests.support.examples import add_customer
from tests.support.races import at_once, overlapping

THANKS = MailContent(subject="Thank you", text="It arrived.")


@pytest.fixture
def post(database: Database) -> Database:
    """Kermit can be written to."""
    with database.write() as tx:
        add_customer(tx)
    return database


def queue(database: Database, *ids: str) -> None:
    """One mail after the other."""
    for id in ids:
        with database.write() as tx:
            outbox.queue(tx, id, "kermit", THANKS)


def claim(database: Database, limit: int = 10) -> list[str]:
    """The ids of the mails that are claimed now."""
    with database.write() as tx:
        return [mail.id for mail in outbox.claim(tx, limit)]


def make_due(tx: Connection) -> None:
    """The time for which mails were claimed is over."""
    for id in tx.execute(select(tables.mails.c.id)).scalars().all():
        outbox.hand_back(tx, id, retry_after=timedelta(0))


def test_a_mail_is_claimed_with_all_it_takes_to_send_it(post: Database) -> None:
    queue(post, "m-1")
    with post.write() as tx:
        (mail,) = outbox.claim(tx, 10)
    assert (mail.id, mail.email) == ("m-1", "kermit@example.com")
    assert (mail.subject, mail.text) == (THANKS.subject, THANKS.text)


def test_a_mail_queued_again_is_queued_once(post: Database) -> None:
    queue(post, "m-1", "m-1")
    assert claim(post) == ["m-1"]


def test_a_mail_queued_twice_at_once_is_queued_once(post: Database) -> None:
    overlapping(post, lambda tx: outbox.queue(tx, "m-1", "kermit", THANKS))
    assert claim(post) == ["m-1"]


def test_a_mail_queued_again_after_it_was_sent_is_not_sent_again(post: Database) -> None:
    queue(post, "m-1")
    with post.write() as tx:
        outbox.mark_sent(tx, "m-1")
    queue(post, "m-1")
    assert claim(post) == []


def test_the_oldest_mails_come_first(post: Database) -> None:
    queue(post, "m-3", "m-1", "m-2")
    assert claim(post, limit=2) == ["m-3", "m-1"]
    assert claim(post, limit=2) == ["m-2"]


def test_a_claimed_mail_is_nobody_elses_until_its_time_is_over(post: Database) -> None:
    queue(post, "m-1")
    assert claim(post) == ["m-1"]
    assert claim(post) == []
    with post.write() as tx:
        make_due(tx)
    assert claim(post) == ["m-1"]


def _park(tx: Connection, id: str) -> None:
    outbox.park(tx, id, reason="the mail server refused it (554)")


@pytest.mark.parametrize("mark", [outbox.mark_sent, outbox.mark_obsolete, _park])
def test_a_mail_that_is_done_with_is_due_no_more(
    post: Database, mark: Callable[[Connection, str], None]
) -> None:
    queue(post, "m-1", "m-2")
    with post.write() as tx:
        mark(tx, "m-1")
    assert claim(post) == ["m-2"]


def test_a_mail_handed_back_is_due_when_it_was_said(post: Database) -> None:
    queue(post, "m-1", "m-2")
    claim(post)
    with post.write() as tx:
        outbox.hand_back(tx, "m-1", retry_after=timedelta(hours=1))
        outbox.hand_back(tx, "m-2", retry_after=timedelta(0))
    assert claim(post) == ["m-2"]


def test_a_mail_that_was_not_tried_yet_comes_before_those_that_were(post: Database) -> None:
    queue(post, "m-1")
    claim(post)
    with post.write() as tx:
        outbox.hand_back(tx, "m-1", retry_after=timedelta(0))
    queue(post, "m-2")
    assert claim(post) == ["m-2", "m-1"]


class Ahead(datetime):
    """A clock that is two weeks ahead."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # pyright: ignore[reportIncompatibleMethodOverride]
        return datetime.now(tz) + timedelta(weeks=2)


def test_a_mail_queued_by_a_worker_whose_clock_is_ahead_is_due_now(
    post: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(outbox, "datetime", Ahead)
        queue(post, "m-1")
    assert claim(post) == ["m-1"]


def test_many_mailers_never_claim_the_same_mail(post: Database) -> None:
    ids = [f"m-{number:02}" for number in range(40)]
    queue(post, *ids)

    def claim_all(_number: int) -> list[str]:
        with opened(str(post.url)) as own:
            claimed: list[str] = []
            while more := claim(own, limit=3):
                claimed += more
            return claimed

    claims = at_once(4, claim_all)
    assert sorted(id for claimed in claims for id in claimed) == ids


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_a_mailer_does_not_wait_for_what_another_one_claims(post: Database) -> None:
    queue(post, "m-1", "m-2")
    with post.write() as tx, opened(str(post.url)) as other:
        assert [mail.id for mail in outbox.claim(tx, 1)] == ["m-1"]
        assert claim(other) == ["m-2"]
