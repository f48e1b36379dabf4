"""Mails: one for each thing that customers are told, and in their mailbox once."""

import base64
import json
import re
from collections import Counter
from collections.abc import Iterator

from verification.audit.rows import Mail
from verification.audit.snapshot import World
from verification.audit.violation import Findings

TOLD = {
    "PaymentReceived": "payment:{}:received",
    "PaymentCanceled": "payment:{}:canceled",
    "CustomerReminded": "payment:{}:reminder:{reminder}",
    "GoodsShipped": "order:{}:shipped",
}
"""Which events a customer is told of; the mail's id."""

_LINK = re.compile(
    r"\n\nGive it here, without signing in; the link is for this payment only:"
    r"\n\S+/#/update-card/[\w-]+\.(?P<claims>[\w-]+)\.[\w-]+$"
)
"""What the mailer adds to a reminder, as it is good for as long as the payment waits."""

Letter = tuple[str, str, str, str]
"""A mail's id, recipient, subject and text."""


def every_mail_has_its_cause(world: World) -> Findings:
    """An event that happened to an order or payment of the customer who is written to."""
    causes = dict(_causes(world))
    for mail in world.books.mails:
        if causes.get(mail.id) != mail.customer_id:
            yield f"mail {mail.id}", f"to {mail.customer_id}, who has no reason to get it"


def every_cause_has_its_mail(world: World) -> Findings:
    """Nobody is left in the dark."""
    queued = {mail.id for mail in world.books.mails}
    for mail_id, customer in _causes(world):
        if mail_id not in queued:
            yield f"mail {mail_id}", f"to {customer} was never queued"


def every_mail_is_delivered(world: World) -> Findings:
    """But for those that the mail server refuses."""
    delivered = Counter(_delivered(world))
    for mail in world.books.mails:
        if mail.refused_at is None and delivered[_letter(world, mail)] != 1:
            sent = f"sent at {mail.sent_at}" if mail.sent_at else "not sent"
            times = delivered[_letter(world, mail)]
            yield f"mail {mail.id}", f"{sent}, and {times} times in the customer's mailbox"


def the_mailbox_has_nothing_else(world: World) -> Findings:
    """Every message is a mail of ours, to whom it was meant for."""
    ours = {_letter(world, mail) for mail in world.books.mails}
    for letter in _delivered(world):
        if letter not in ours:
            yield f"mail {letter[0]}", f"{letter[2]!r} to {letter[1]} is none of ours"


def _causes(world: World) -> Iterator[tuple[str, str]]:
    """Each mail there should be, and the customer it is for."""
    for stream, events in world.events.items():
        kind, _, id = stream.partition("/")
        owner = world.orders.get(id) if kind == "order" else world.payments.get(id)
        for event in events:
            mail_id = TOLD.get(event.type, "")
            # An order hears of its payment; it is the payment that tells the customer.
            if owner is not None and mail_id.startswith(f"{kind}:"):
                yield mail_id.format(id, **event.data), owner.customer_id


def _letter(world: World, mail: Mail) -> Letter:
    customer = world.customers.get(mail.customer_id)
    return mail.id, customer.email if customer else "", mail.subject, mail.text.strip()


def _delivered(world: World) -> Iterator[Letter]:
    for message in world.messages:
        id = _key(message.id)
        yield id, message.to, message.subject, _as_queued(id, message.text.strip())


def _as_queued(id: str, text: str) -> str:
    """Without the link, if it is for the payment that the mail asks a card for."""
    link = _LINK.search(text)
    if link is None:
        return text
    try:
        claims = json.loads(base64.urlsafe_b64decode(link["claims"] + "=="))
        asked = id.startswith(f"payment:{claims['sub']}:reminder:")
    except (ValueError, KeyError, TypeError):
        return text
    return text[: link.start()] if asked else text


def _key(message_id: str) -> str:
    """`<payment=3A4711=3Areceived@example.com>` is `payment:4711:received`."""
    left = message_id.strip("<>").rpartition("@")[0]
    return re.sub("=([0-9A-F]{2})", lambda found: chr(int(found[1], 16)), left)
