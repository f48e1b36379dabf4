"""Malformed signals to a payment; none may affect it."""

from collections.abc import Mapping, Sequence
from typing import Any

from temporalio.api.common.v1 import Payload
from temporalio.client import Client
from temporalio.common import RawValue

from domain.statuses import payment_workflow_id

CARD_DETAILS_UPDATED = "card_details_updated"

_LARGE = 2 * 1024 * 1024

_SIGNALS: Mapping[str, tuple[str, Sequence[Any]]] = {
    "a number": (CARD_DETAILS_UPDATED, [42]),
    "null": (CARD_DETAILS_UPDATED, [None]),
    "nothing": (CARD_DETAILS_UPDATED, []),
    "two arguments": (CARD_DETAILS_UPDATED, [{"payment_method": "pm_card_visa"}, 7]),
    "a list": (CARD_DETAILS_UPDATED, [["pm_card_visa"]]),
    "no field": (CARD_DETAILS_UPDATED, [{}]),
    "an unknown field": (CARD_DETAILS_UPDATED, [{"card": "pm_card_visa"}]),
    "a field of the wrong type": (CARD_DETAILS_UPDATED, [{"payment_method": 7}]),
    "an unknown enum": (CARD_DETAILS_UPDATED, [{"payment_method": {"kind": "cheque"}}]),
    "an unknown encoding": (
        CARD_DETAILS_UPDATED,
        [RawValue(Payload(metadata={"encoding": b"binary/unheard-of"}, data=b"\xff\x00"))],
    ),
    "broken JSON": (
        CARD_DETAILS_UPDATED,
        [RawValue(Payload(metadata={"encoding": b"json/plain"}, data=b'{"payment_method": "pm_'))],
    ),
    "an unknown token": (CARD_DETAILS_UPDATED, [{"payment_method": "pm_card_unheardOf"}]),
    "no token at all": (CARD_DETAILS_UPDATED, [{"payment_method": "\N{PILE OF POO} '\"\\"}]),
    "an unknown signal": ("deadline_reached", [{"paid": True}]),
    "2 MB": (CARD_DETAILS_UPDATED, [{"payment_method": "pm_" + "x" * _LARGE}]),
}

NAMES = tuple(_SIGNALS)


async def send(client: Client, payment_id: str, name: str) -> None:
    """Signal the payment. Raises RPCError where the server refuses to take it."""
    signal, arguments = _SIGNALS[name]
    handle = client.get_workflow_handle(payment_workflow_id(payment_id))
    await handle.signal(signal, args=arguments)
