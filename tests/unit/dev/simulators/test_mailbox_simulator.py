"""The mailbox's rules: SMTP in, HTTP out."""

import smtplib
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest

from tests.support import simulators
from tests.support.simulators import Simulator

TEXT = "A line.\nAnother, with ü.\n"


def send(
    mailbox: Simulator, *to: str, id: str = "", subject: str = "Hello", text: str = TEXT
) -> None:
    mail = EmailMessage()
    if id:
        mail["Message-ID"] = id
    mail["Subject"] = subject
    mail.set_content(text)
    port = urlsplit(mailbox.smtp_url).port or 0
    with smtplib.SMTP("127.0.0.1", port, timeout=60) as smtp:
        smtp.send_message(mail, "shop@example.com", to)


def messages(mailbox: Simulator, to: str) -> list[dict[str, Any]]:
    return httpx.get(f"{mailbox.url}/messages", params={"to": to}, timeout=60).json()["messages"]


@pytest.fixture
def to() -> str:
    return f"{uuid4()}@example.com"


def test_a_mail_can_be_read(mailbox: Simulator, to: str) -> None:
    send(mailbox, to, id="<one@shop>", subject="Grüße")
    [message] = messages(mailbox, to)
    assert message.pop("received_at")
    assert message == {
        "id": "<one@shop>",
        "from": "shop@example.com",
        "to": to,
        "subject": "Grüße",
        "text": "A line.\nAnother, with ü.\n",
        "deliveries": 1,
    }


def test_all_messages_are_listed_by_pages(mailbox: Simulator) -> None:
    for _ in range(3):
        send(mailbox, f"{uuid4()}@example.com")
    everything = httpx.get(f"{mailbox.url}/messages", timeout=60).json()
    listed: list[dict[str, Any]] = []
    page: dict[str, Any] = {"next": 0}
    while page["next"] is not None:
        params = {"after": page["next"], "limit": 2}
        page = httpx.get(f"{mailbox.url}/messages", params=params, timeout=60).json()
        assert len(page["messages"]) <= 2
        listed += page["messages"]
    assert listed == everything["messages"]
    assert everything["next"] is None


def test_a_message_id_delivered_again_is_the_same_message(mailbox: Simulator, to: str) -> None:
    send(mailbox, to, id="<one@shop>")
    send(mailbox, to, id="<one@shop>")
    send(mailbox, to, id="<two@shop>")
    send(mailbox, to)
    send(mailbox, to)
    assert [message["deliveries"] for message in messages(mailbox, to)] == [2, 1, 1, 1]


def test_every_recipient_has_a_mailbox(mailbox: Simulator, to: str) -> None:
    send(mailbox, to, f"other-{to}", id="<one@shop>")
    send(mailbox, to, id="<one@shop>")
    assert [message["deliveries"] for message in messages(mailbox, to)] == [2]
    assert [message["deliveries"] for message in messages(mailbox, f"other-{to}")] == [1]


def test_down_refuses_for_now(mailbox: Simulator, to: str) -> None:
    mailbox.fault("down")
    with pytest.raises(smtplib.SMTPSenderRefused) as refused:
        send(mailbox, to)
    assert refused.value.smtp_code == 451
    assert messages(mailbox, to) == []
    mailbox.clear_faults()
    send(mailbox, to)
    assert len(messages(mailbox, to)) == 1


def test_a_lost_answer_was_kept(mailbox: Simulator, to: str) -> None:
    mailbox.fault("lose_answer", times=1)
    with pytest.raises(smtplib.SMTPServerDisconnected):
        send(mailbox, to, id="<one@shop>")
    send(mailbox, to, id="<one@shop>")
    assert [message["deliveries"] for message in messages(mailbox, to)] == [2]


def test_messages_survive_sigkill_and_can_be_deleted(tmp_path: Path, to: str) -> None:
    with simulators.mailbox(tmp_path / "state.db") as simulator:
        send(simulator, to)
        simulator.process.kill()
    with simulators.mailbox(tmp_path / "state.db") as simulator:
        assert len(messages(simulator, to)) == 1
        assert httpx.delete(f"{simulator.url}/messages", timeout=60).status_code == 204
        assert messages(simulator, to) == []
        assert simulator.process.stop() == 0


def test_people_read_mails_as_a_page_with_links(mailbox: Simulator, to: str) -> None:
    link = "http://127.0.0.1:8000/#/update-card/abc?a=1&b=2"
    send(mailbox, to, subject="<b>Please</b> pay", text=f"Do it here:\n{link}\n<script>\n")
    send(mailbox, f"{uuid4()}@example.com", subject="To somebody else")
    answer = httpx.get(f"{mailbox.url}/", params={"to": to}, timeout=60)
    assert answer.headers["content-type"].startswith("text/html")
    page = answer.text
    assert "&lt;b&gt;Please&lt;/b&gt; pay" in page
    assert f'<a href="{link.replace("&", "&amp;")}">' in page
    assert "<script>" not in page
    assert "To somebody else" not in page
    assert "To somebody else" in httpx.get(f"{mailbox.url}/", timeout=60).text


def test_a_page_without_mails_says_so(mailbox: Simulator, to: str) -> None:
    page = httpx.get(f"{mailbox.url}/", params={"to": to}, timeout=60).text
    assert "There are none yet." in page
