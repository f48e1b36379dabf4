"""Mails: one for each event that customers are notified of, delivered once."""

import base64
import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any
from zlib import crc32

from verification.audit.records import SentText
from verification.audit.rows import Event, Mail
from verification.audit.snapshot import Snapshot
from verification.audit.violation import Findings

MAILS = {
    "CreditCardFailed": "payment:{}:failed",
    "PaymentReceived": "payment:{}:received",
    "PaymentCanceled": "payment:{}:canceled",
    "CustomerReminded": "payment:{}:reminder:{reminder}",
    "CreditCardRefunded": "payment:{}:refunded:{sequence}",
    "AmountCredited": "payment:{}:credited:{sequence}",
    "GoodsShipped": "order:{}:shipped",
    "OrderNotFulfilled": "order:{}:canceled",
}
"""The events that customers are notified of, each with the id of its mail."""

GIVEN_BACK_AGAIN = {"repaid", "outside"}
"""The kinds of mails about a refund whose money an earlier mail announced. Each has a transfer.

Without a mail is what an event announces, or an older release gave back.
"""

WHOLE_REFUND = "_undo"
"""The reference of the refund of an undone order, which its transfers' ids leave out."""

MAY_BE_OBSOLETE = {"failed", "reminder", "shipped"} | GIVEN_BACK_AGAIN
"""The kinds of mails that may have become untrue before they could be sent."""

BEFORE_MAILS = "Recorded by a release that sent no mail about it."
"""The reason that migration 0010 gives for mails about events of older releases."""

WITHHELD = "Whether it is true is not decided yet."
"""The reason that the mailer gives while a charge or a refund is not decided."""

Content = tuple[str, str, str, bytes]
"""A mail's id, recipient, subject, and the digest of its text."""


def every_mail_has_its_cause(snapshot: Snapshot) -> Findings:
    """An event of an order or payment of the recipient, or a refund that gave back again."""
    causes = dict(_causes(snapshot)) | dict(_given_back_again(snapshot))
    for mail in snapshot.books.mails:
        if causes.get(mail.id) != mail.customer_id:
            yield f"mail {mail.id}", f"to {mail.customer_id} has no cause"


def every_cause_has_its_mail(snapshot: Snapshot) -> Findings:
    """Every event of that kind queued its mail."""
    queued = {mail.id for mail in snapshot.books.mails}
    for mail_id, customer in _causes(snapshot):
        if mail_id not in queued:
            yield f"mail {mail_id}", f"to {customer} was never queued"


def every_mail_is_delivered(snapshot: Snapshot) -> Findings:
    """Exactly once, unless it can't be sent, is not true any more, or is of an older release.

    One that says what was given back waits while that has failed, and is owed.
    """
    delivered = Counter(_delivered(snapshot))
    for mail in snapshot.books.mails:
        times = delivered[_content(snapshot, mail)]
        is_unsent = mail.reason == BEFORE_MAILS or _may_be_obsolete(snapshot, mail)
        if mail.obsolete_at and is_unsent and times <= 1:
            continue  # once if the mail server's answer was lost
        if times == 0 and _waits_for_operator(snapshot, mail):
            continue
        if mail.refused_at is None and times != 1:
            sent = f"sent at {mail.sent_at}" if mail.sent_at else "not sent"
            yield f"mail {mail.id}", f"{sent}, and {times} times in the customer's mailbox"


def _may_be_obsolete(snapshot: Snapshot, mail: Mail) -> bool:
    """Also a payment that was received and of which nothing is kept."""
    _, id, kind, *_ = mail.id.split(":")
    payment, order = snapshot.payments.get(id), snapshot.orders.get(id)
    is_returned = payment is not None and payment.status == "refunded"
    is_undone = order is not None and order.status in {"canceling", "not_fulfilled"}
    return kind in MAY_BE_OBSOLETE or (kind == "received" and (is_returned or is_undone))


def _waits_for_operator(snapshot: Snapshot, mail: Mail) -> bool:
    _, id, kind, *_ = mail.id.split(":")
    refunds = snapshot.payment_refunds.get(id, ()) if kind == "refunded" else ()
    return mail.reason == WITHHELD and any(one.is_owed for one in refunds)


def the_mailbox_has_nothing_else(snapshot: Snapshot) -> Findings:
    """Every message in a mailbox is one of our mails, to its recipient.

    One that is not recorded as sent may say something else: it is written anew for each attempt,
    and the answer to an earlier one may have been lost.
    """
    contents = [(mail, _content(snapshot, mail)) for mail in snapshot.books.mails]
    ours = {content for _, content in contents}
    unsent = {content[:2] for mail, content in contents if mail.sent_at is None}
    for content in _delivered(snapshot):
        if content not in ours and content[:2] not in unsent:
            yield f"mail {content[0]}", f"{content[2]!r} to {content[1]} is not one of our mails"


def _causes(snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    """The id and the recipient of each mail that should exist."""
    for stream, events in snapshot.events.items():
        kind, _, id = stream.partition("/")
        owner = snapshot.orders.get(id) if kind == "order" else snapshot.payments.get(id)
        is_canceled = False
        for event in events:
            is_canceled = is_canceled or event.type == "PaymentCanceled"
            if is_canceled and event.type == "AmountCredited":
                continue  # that is in the mail that the payment was canceled
            mail_id = MAILS.get(event.type, "")
            # The order records the payment's events too; only the payment's own cause a mail.
            if owner is not None and mail_id.startswith(f"{kind}:"):
                yield mail_id.format(id, **_numbers(event)), owner.customer_id


def _given_back_again(snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    """The id and the recipient of each mail that may say that money was given back again."""
    for id in snapshot.transfers:
        subject, payment, kind, reference = [*id.split(":", 3), WHOLE_REFUND, "", ""][:4]
        if subject == "payment" and kind in GIVEN_BACK_AGAIN and payment in snapshot.payments:
            number = crc32(reference.encode())
            yield f"payment:{payment}:{kind}:{number}", snapshot.payments[payment].customer_id


def _numbers(event: Event) -> dict[str, Any]:
    return {"sequence": event.sequence, "reminder": event.data.get("reminder")}


def _content(snapshot: Snapshot, mail: Mail) -> Content:
    customer = snapshot.customers.get(mail.customer_id)
    return mail.id, customer.email if customer else "", mail.subject, mail.text


def _delivered(snapshot: Snapshot) -> Iterator[Content]:
    for message in snapshot.messages:
        id = _key(message.id)
        yield id, message.to, message.subject, _as_queued(id, message.text)


def _as_queued(id: str, sent: SentText) -> bytes:
    """Without the link if it is for the payment that the mail is about, or else no mail's text."""
    if sent.claims is None:
        return sent.text
    try:
        claims = json.loads(base64.urlsafe_b64decode(sent.claims + "=="))
        payment = f"payment:{claims['sub']}"
        is_own = id == f"{payment}:failed" or id.startswith(f"{payment}:reminder:")
    except (ValueError, KeyError, TypeError):
        is_own = False
    return sent.text if is_own else b"with a link for another payment"


def _key(message_id: str) -> str:
    """`<payment=3A4711=3Areceived@example.com>` is `payment:4711:received`."""
    local_part = message_id.strip("<>").rpartition("@")[0]
    return re.sub("=([0-9A-F]{2})", lambda found: chr(int(found[1], 16)), local_part)
