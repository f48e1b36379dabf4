"""Shipping goods, over the carrier's HTTP API."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import NoReturn, Protocol
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError

from domain.statuses import ShipmentStatus


@dataclass(frozen=True)
class Parcel:
    """A number of pieces of one product."""

    sku: str
    quantity: int


class CarrierShipment(BaseModel):
    """A shipment, as the carrier's API returns it."""

    model_config = ConfigDict(frozen=True)

    id: str
    tracking_number: str
    status: ShipmentStatus


class CarrierUnavailableError(Exception):
    """The outcome of a request is unknown: retry it with the same reference."""


class CarrierRejectedError(Exception):
    """The carrier refuses the request for good; an operator has to look at it."""


class Carrier(Protocol):
    """Ships goods. Every method blocks, and raises `CarrierUnavailableError` and
    `CarrierRejectedError`.
    """

    def book(self, reference: str, customer: str, parcels: Sequence[Parcel]) -> CarrierShipment:
        """Book a shipment; the same reference books it once."""
        ...

    def recall(self, reference: str) -> CarrierShipment:
        """Recall a shipment; recalling it again changes nothing."""
        ...


class HttpCarrier:
    """`Carrier` over HTTP. Safe to use from several threads."""

    def __init__(self, base_url: str, timeout_seconds: float = 10) -> None:
        """The timeout is per connect and per read."""
        self._http = httpx.Client(base_url=base_url, timeout=timeout_seconds)

    def book(self, reference: str, customer: str, parcels: Sequence[Parcel]) -> CarrierShipment:
        """See `Carrier`."""
        lines = [{"sku": parcel.sku, "quantity": parcel.quantity} for parcel in parcels]
        body = {"reference": reference, "customer": customer, "lines": lines}
        return self._post("/shipments", body, f"book shipment {reference}")

    def recall(self, reference: str) -> CarrierShipment:
        """See `Carrier`."""
        path = f"/shipments/{quote(reference, safe='')}/recall"
        return self._post(path, None, f"recall shipment {reference}")

    def close(self) -> None:
        """Close the pooled connections."""
        self._http.close()

    def _post(self, path: str, body: object, action: str) -> CarrierShipment:
        try:
            response = self._http.post(path, json=body)
        except httpx.TransportError as error:
            _raise_unavailable(action, type(error).__name__)
        if response.is_server_error or response.status_code in _RETRYABLE:
            _raise_unavailable(action, str(response.status_code))
        if not response.is_success:
            raise CarrierRejectedError(
                f"Could not {action}: the carrier refused it with HTTP {response.status_code}. "
                "Compare it with the carrier's shipment under this reference."
            )
        try:
            return CarrierShipment.model_validate_json(response.content)
        except ValidationError:
            _raise_unavailable(action, "a malformed response")


_RETRYABLE = {
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.TOO_EARLY,
    HTTPStatus.TOO_MANY_REQUESTS,
}


def _raise_unavailable(action: str, reason: str) -> NoReturn:
    raise CarrierUnavailableError(
        f"Could not {action}: the carrier did not answer ({reason}). Retry it."
    ) from None
