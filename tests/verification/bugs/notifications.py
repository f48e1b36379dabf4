"""Bugs in notifying customers and the carrier."""

from collections.abc import Sequence

import pytest

from domain.statuses import ShipmentStatus
from gateways.carrier import CarrierShipment, HttpCarrier, Parcel
from storage import outbox


def notify_nobody(patch: pytest.MonkeyPatch) -> None:
    """Mails are written and never queued."""
    patch.setattr(outbox, "queue", lambda *_: None)


def ship_on_paper(patch: pytest.MonkeyPatch) -> None:
    """Goods are said to be with the carrier, but were never booked."""

    def book(
        self: HttpCarrier, reference: str, customer: str, parcels: Sequence[Parcel]
    ) -> CarrierShipment:
        del self, customer, parcels
        tracking_number = f"TN_{reference}"
        return CarrierShipment(
            id=reference, tracking_number=tracking_number, status=ShipmentStatus.BOOKED
        )

    patch.setattr(HttpCarrier, "book", book)
