"""The counts at the end of a run."""

import smtplib
from urllib.parse import urlsplit

import pytest

from tests.support.simulators import Simulator
from verification.chaos import report


def test_mails_on_all_pages_are_counted(
    mailbox: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "PAGE", 2)
    where = urlsplit(mailbox.smtp_url)
    with smtplib.SMTP(where.hostname or "", where.port or 0) as smtp:
        for number in range(5):
            text = f"Message-ID: <{number}@shop>\n\nHello"
            smtp.sendmail("shop@example.com", "kermit@example.com", text)

    assert len(report._mails(mailbox.url)) == 5
