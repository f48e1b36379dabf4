"""The carrier's rules, as seen on the wire."""

from collections.abc import Generator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.support import simulators
from tests.support.simulators import Simulator


def booking(reference: str, quantity: int = 1) -> dict[str, Any]:
    lines = [{"sku": "pond-lily", "quantity": quantity}]
    return {"reference": reference, "customer": "kermit", "lines": lines}


@pytest.fixture
def reference() -> str:
    return str(uuid4())


@pytest.fixture
def http(carrier: Simulator) -> Generator[httpx.Client]:
    with httpx.Client(base_url=carrier.url, timeout=60) as client:
        yield client


def test_a_reference_is_booked_once(http: httpx.Client, reference: str) -> None:
    first = http.post("/shipments", json=booking(reference))
    again = http.post("/shipments", json=booking(reference))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json() == http.get(f"/shipments/{reference}").json()
    assert first.json()["status"] == "booked"
    assert http.post("/shipments", json=booking(reference, quantity=2)).status_code == 409
    assert http.get("/shipments").json()["shipments"].count(first.json()) == 1


def test_all_shipments_are_listed_by_pages(http: httpx.Client) -> None:
    for _ in range(3):
        http.post("/shipments", json=booking(str(uuid4())))
    everything = http.get("/shipments").json()
    listed: list[dict[str, Any]] = []
    page: dict[str, Any] = {"next": 0}
    while page["next"] is not None:
        page = http.get("/shipments", params={"after": page["next"], "limit": 2}).json()
        assert len(page["shipments"]) <= 2
        listed += page["shipments"]
    assert listed == everything["shipments"]
    assert everything["next"] is None


def test_invalid_bookings_are_refused(http: httpx.Client, reference: str) -> None:
    nonsense: list[dict[str, Any]] = [{"lines": []}, {"customer": ""}, {"bogus": 1}]
    for change in nonsense:
        assert http.post("/shipments", json=booking(reference) | change).status_code == 422
    assert http.get(f"/shipments/{reference}").status_code == 404


def test_a_recall_is_idempotent(http: httpx.Client, reference: str) -> None:
    booked = http.post("/shipments", json=booking(reference)).json()
    first = http.post(f"/shipments/{reference}/recall")
    again = http.post(f"/shipments/{reference}/recall")
    assert first.status_code == again.status_code == 200
    assert first.json() == again.json() == booked | {"status": "recalled"}
    assert http.post("/shipments", json=booking(reference)).json()["status"] == "recalled"


def test_a_booking_that_comes_after_its_recall_is_refused(
    http: httpx.Client, reference: str
) -> None:
    assert http.post(f"/shipments/{reference}/recall").status_code == 404
    assert http.post("/shipments", json=booking(reference)).status_code == 409


def test_faults(carrier: Simulator, http: httpx.Client, reference: str) -> None:
    carrier.fault("down")
    assert http.post("/shipments", json=booking(reference)).status_code == 503
    carrier.fault("error_500", times=1)
    assert http.post("/shipments", json=booking(reference)).status_code == 500
    assert http.get(f"/shipments/{reference}").status_code == 404
    carrier.fault("lose_answer", times=1)
    with pytest.raises(httpx.RemoteProtocolError):
        http.post("/shipments", json=booking(reference))
    assert http.post("/shipments", json=booking(reference)).status_code == 200


def test_what_was_answered_outlives_sigkill(tmp_path: Path, reference: str) -> None:
    with simulators.carrier(tmp_path / "state.db") as simulator:
        booked = httpx.post(
            f"{simulator.url}/shipments", json=booking(reference), timeout=60
        ).json()
        simulator.process.kill()
    with simulators.carrier(tmp_path / "state.db") as simulator:
        assert httpx.get(f"{simulator.url}/shipments/{reference}", timeout=60).json() == booked
        assert simulator.process.stop() == 0
