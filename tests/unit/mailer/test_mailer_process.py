"""The mailer as a process, between a real database and a real mail server that both have faults."""

import signal
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from dev.stack.postgresql import PostgresServer
from domain.mail_templates import MailContent
from storage import outbox, tables
from storage.database import Database
from storage.migrate import migrate
from tests.support.databases import opened
from tests.support.examples import add_customer
from tests.support.outage_logs import assert_logged_rarely
from tests.support.processes import LIMIT_SECONDS, Running, answers, eventually, free_port, running
from tests.support.simulators import Simulator, mailbox

# Whatever does not depend on how the database keeps two mailers apart.
on_one_database = pytest.mark.parametrize("url", ["sqlite"], indirect=True)

CONTENT = MailContent(subject="Reminder 1: please update your card", text="Please do.")


@pytest.fixture(scope="module")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    """A mail server."""
    with mailbox(tmp_path_factory.mktemp("mailbox") / "mailbox.db") as simulator:
        yield simulator


@pytest.fixture
def server(shared_server: Simulator) -> Iterator[Simulator]:
    """A mail server without mails or faults."""
    yield shared_server
    shared_server.clear_faults()
    httpx.delete(f"{shared_server.url}/messages", timeout=60).raise_for_status()


@pytest.fixture
def kermit(database: Database) -> Database:
    """Kermit can be written to."""
    with database.write() as tx:
        add_customer(tx)
    return database


def mailer(url: str, smtp_url: str) -> AbstractContextManager[Running]:
    """The mailer's process, quick to try again."""
    env = {
        "DATABASE_URL": url,
        "SMTP_URL": smtp_url,
        "RETRY_FIRST": "PT0.1S",
        "RETRY_LONGEST": "PT0.2S",
    }
    return running([sys.executable, "mailer.py"], ready=lambda: True, env=env)


def queue(database: Database, *ids: str) -> None:
    """Mails to Kermit."""
    with database.write() as tx:
        for id in ids:
            outbox.queue(tx, id, "kermit", CONTENT)


def messages(mailbox_url: str) -> list[dict[str, Any]]:
    """What is in Kermit's mailbox."""
    answer = httpx.get(f"{mailbox_url}/messages", params={"to": "kermit@example.com"}, timeout=60)
    return answer.raise_for_status().json()["messages"]


def await_messages(server: Simulator, count: int) -> list[dict[str, Any]]:
    """Kermit's mails once there are so many."""
    eventually(lambda: len(messages(server.url)) == count, f"{count} messages")
    return messages(server.url)


def count(database: Database, column: str) -> int:
    """How many mails have that column set."""
    with database.read() as tx:
        return tx.execute(select(func.count(tables.mails.c[column]))).scalar_one()


def await_sent(database: Database, number: int) -> None:
    """So many mails are written down as sent, none is due."""
    eventually(lambda: count(database, "sent_at") == number, f"{number} mails marked as sent")
    assert count(database, "due_at") == 0


@on_one_database
def test_queued_mails_arrive_as_they_were_written(kermit: Database, server: Simulator) -> None:
    queue(kermit, "payment:p-1:reminder:1")
    with mailer(str(kermit.url), server.smtp_url):
        (message,) = await_messages(server, 1)
        queue(kermit, "payment:p-1:reminder:2")
        await_sent(kermit, 2)
    assert (message["subject"], message["text"].strip()) == (CONTENT.subject, CONTENT.text)
    assert [message["deliveries"] for message in messages(server.url)] == [1, 1]


@on_one_database
@pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_when_told_to(
    kermit: Database, server: Simulator, signal_number: signal.Signals
) -> None:
    with mailer(str(kermit.url), server.smtp_url) as process:
        eventually(lambda: "sending mail" in process.log(), "the mailer sending")
        process.process.send_signal(signal_number)
        assert process.process.wait(LIMIT_SECONDS) == 0
        assert "Traceback" not in process.log()


@on_one_database
def test_it_finishes_the_mail_under_way_before_it_ends(kermit: Database, server: Simulator) -> None:
    server.fault("hold")
    queue(kermit, "m-1", "m-2")
    with mailer(str(kermit.url), server.smtp_url) as process:
        server.await_held()
        process.process.terminate()
        server.clear_faults()
        assert process.process.wait(LIMIT_SECONDS) == 0
    assert [message["deliveries"] for message in messages(server.url)] == [1]
    assert (count(kermit, "sent_at"), count(kermit, "due_at")) == (1, 1)


def test_a_mail_sent_again_after_sigkill_is_the_same_mail(
    kermit: Database, server: Simulator
) -> None:
    server.fault("hold")
    queue(kermit, "m-1")
    with mailer(str(kermit.url), server.smtp_url) as process:
        server.await_held()
        # What the mailer would write once the server has the mail has to wait for us.
        with kermit.write() as tx:
            tx.execute(select(tables.mails).with_for_update())
            server.clear_faults()
            await_messages(server, 1)
            process.kill()
    assert count(kermit, "sent_at") == 0
    with kermit.write() as tx:  # its claim runs out
        outbox.hand_back(tx, "m-1", retry_after=timedelta(0))
    with mailer(str(kermit.url), server.smtp_url):
        await_sent(kermit, 1)
    assert [message["deliveries"] for message in messages(server.url)] == [2]


@on_one_database
def test_a_lost_answer_makes_it_the_same_mail_again(kermit: Database, server: Simulator) -> None:
    server.fault("lose_answer", times=1)
    queue(kermit, "m-1")
    with mailer(str(kermit.url), server.smtp_url):
        await_sent(kermit, 1)
    assert [message["deliveries"] for message in messages(server.url)] == [2]


@on_one_database
def test_an_unavailable_server_is_waited_for(kermit: Database, tmp_path: Path) -> None:
    port, smtp_port = free_port(), free_port()
    url = f"http://127.0.0.1:{port}"
    state = str(tmp_path / "mailbox.db")
    arguments = ["--port", str(port), "--smtp-port", str(smtp_port), "--db", state]
    queue(kermit, "m-1", "m-2", "m-3")
    with mailer(str(kermit.url), f"smtp://127.0.0.1:{smtp_port}") as process:
        eventually(lambda: "did not accept it" in process.log(), "the mailer complaining")
        with running(
            [sys.executable, "-m", "dev.simulators.mailbox", *arguments],
            ready=answers(f"{url}/healthz"),
        ):
            await_sent(kermit, 3)
            assert [message["deliveries"] for message in messages(url)] == [1, 1, 1]
        eventually(lambda: "is available again" in process.log(), "the mailer being relieved")
        assert process.log().count("did not accept it") == 1


@on_one_database
def test_a_refused_mail_is_kept_and_not_tried_again(kermit: Database, server: Simulator) -> None:
    server.fault("error_500", times=1)
    queue(kermit, "m-1")
    queue(kermit, "m-2")
    with mailer(str(kermit.url), server.smtp_url) as process:
        await_sent(kermit, 1)
        assert count(kermit, "refused_at") == 1
        assert process.log().count("not sent again") == 1
        assert "kermit@example.com" not in process.log()


def test_two_mailers_send_every_mail_once(kermit: Database, server: Simulator) -> None:
    queue(kermit, *(f"m-{number}" for number in range(30)))
    with mailer(str(kermit.url), server.smtp_url), mailer(str(kermit.url), server.smtp_url):
        await_sent(kermit, 30)
    assert [message["deliveries"] for message in messages(server.url)] == [1] * 30


def test_a_database_that_is_away_is_waited_for(postgres: PostgresServer, server: Simulator) -> None:
    name = f"late_{free_port()}"
    with mailer(postgres.url(name), server.smtp_url) as process:
        eventually(lambda: "waiting for the database" in process.log(), "the mailer complaining")
        url = postgres.create_database(name=name)
        migrate(url)
        with opened(url) as database:
            with database.write() as tx:
                add_customer(tx)
            queue(database, "m-1")
            await_sent(database, 1)
            postgres.disconnect_all(name)
            queue(database, "m-2")
            await_sent(database, 2)
        assert_logged_rarely(process.log(), "waiting for the database")
        assert process.stop() == 0
    assert len(messages(server.url)) == 2
