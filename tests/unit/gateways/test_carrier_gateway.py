"""The carrier's adapter against the carrier simulator, which is a process of its own."""

from collections.abc import Callable, Generator
from contextlib import closing
from uuid import uuid4

import pytest

from domain.statuses import ShipmentStatus
from gateways.carrier import (
    Carrier,
    CarrierRejectedError,
    CarrierUnavailableError,
    HttpCarrier,
    Parcel,
)
from tests.support.processes import free_port
from tests.support.scripted_http import scripted_http
from tests.support.simulators import Simulator

PARCELS = [Parcel("pond-lily", 2)]
ASKS: list[Callable[[Carrier], object]] = [
    lambda carrier: carrier.book("r", "kermit", PARCELS),
    lambda carrier: carrier.recall("r"),
]


@pytest.fixture
def gateway(carrier: Simulator) -> Generator[Carrier]:
    with closing(HttpCarrier(carrier.url)) as gateway:
        yield gateway


@pytest.fixture(params=["plain", "order/1 with ümlaut?"])
def reference(request: pytest.FixtureRequest) -> str:
    return f"{request.param}-{uuid4()}"


def test_a_shipment_is_booked_and_recalled_once(gateway: Carrier, reference: str) -> None:
    booked = gateway.book(reference, "kermit", PARCELS)
    assert booked.status is ShipmentStatus.BOOKED
    assert booked.tracking_number
    assert gateway.book(reference, "kermit", PARCELS) == booked
    recalled = gateway.recall(reference)
    assert recalled == booked.model_copy(update={"status": ShipmentStatus.RECALLED})
    assert gateway.recall(reference) == recalled


def test_nonsense_is_rejected(gateway: Carrier, reference: str) -> None:
    gateway.book(reference, "kermit", PARCELS)
    with pytest.raises(CarrierRejectedError, match="409"):
        gateway.book(reference, "piggy", PARCELS)
    with pytest.raises(CarrierRejectedError, match="404"):
        gateway.recall(f"no-{reference}")
    with pytest.raises(CarrierRejectedError, match="409"):
        gateway.book(f"no-{reference}", "kermit", PARCELS)


def test_a_lost_answer_is_asked_for_again(
    carrier: Simulator, gateway: Carrier, reference: str
) -> None:
    for ask in (
        lambda: gateway.book(reference, "kermit", PARCELS),
        lambda: gateway.recall(reference),
    ):
        carrier.fault("lose_answer", times=1)
        with pytest.raises(CarrierUnavailableError):
            ask()
        ask()


def test_a_slow_carrier_is_given_up(carrier: Simulator, gateway: Carrier, reference: str) -> None:
    carrier.fault("slow", seconds=600)
    with (
        closing(HttpCarrier(carrier.url, timeout_seconds=0.2)) as impatient,
        pytest.raises(CarrierUnavailableError),
    ):
        impatient.book(reference, "kermit", PARCELS)
    carrier.clear_faults()
    assert gateway.book(reference, "kermit", PARCELS).status is ShipmentStatus.BOOKED


@pytest.mark.parametrize("fault", ["down", "error_500"])
@pytest.mark.parametrize("ask", ASKS)
def test_faults(
    carrier: Simulator, gateway: Carrier, fault: str, ask: Callable[[Carrier], object]
) -> None:
    carrier.fault(fault)
    with pytest.raises(CarrierUnavailableError):
        ask(gateway)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 503])
def test_a_carrier_that_is_busy_is_asked_again(status: int) -> None:
    with scripted_http() as script, closing(HttpCarrier(script.url)) as gateway:
        script.answer(status, "{}")
        with pytest.raises(CarrierUnavailableError, match=str(status)):
            gateway.recall("r")


def test_an_unavailable_carrier_or_a_malformed_response_is_a_fault() -> None:
    with pytest.raises(CarrierUnavailableError, match="ConnectError"):
        HttpCarrier(f"http://127.0.0.1:{free_port()}").recall("r")
    with scripted_http() as script:
        script.answer(200, "<html>")
        with (
            closing(HttpCarrier(script.url)) as gateway,
            pytest.raises(CarrierUnavailableError, match="malformed response"),
        ):
            gateway.recall("r")
