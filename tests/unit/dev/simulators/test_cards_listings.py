"""Lists and searches of the card provider, as seen on the wire."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.support import simulators
from tests.support.simulators import Simulator
from tests.support.stripe_wire import Wire, of


@pytest.fixture
def wire(cards: Simulator) -> Wire:
    return Wire(cards.url)


@pytest.fixture
def key() -> str:
    return str(uuid4())


def test_listings_are_paged_by_cursor(tmp_path: Path) -> None:
    with simulators.cards(tmp_path / "state.db") as simulator:
        wire = Wire(simulator.url)
        newest_first = [wire.charge().json()["id"] for _ in range(5)][::-1]

        def page(**params: str) -> tuple[list[str], bool]:
            answer = wire.get("/v1/payment_intents", limit="2", **params).json()
            return [intent["id"] for intent in answer["data"]], answer["has_more"]

        assert page() == (newest_first[:2], True)
        assert page(starting_after=newest_first[1]) == (newest_first[2:4], True)
        assert page(starting_after=newest_first[3]) == (newest_first[4:], False)
        assert page(ending_before=newest_first[3]) == (newest_first[1:3], True)
        assert page(**{"created[lt]": "1"}) == ([], False)
        assert wire.get("/v1/payment_intents", limit="101").status_code == 400
        assert wire.get("/v1/payment_intents", starting_after="pi_none").status_code == 400


def test_search_finds_by_metadata(wire: Wire, key: str) -> None:
    first, second = wire.charge(**of(key, 1)).json(), wire.charge(**of(key, 2)).json()

    def found(query: str) -> list[dict[str, Any]]:
        return wire.get("/v1/payment_intents/search", query=query).json()["data"]

    assert found(f"metadata['payment']:'{key}'") == [second, first]
    assert found(f"metadata['payment']:'{key}' AND metadata['attempt']:'1'") == [first]
    assert found(f"""metadata["payment"]:"{key}" AND status:"succeeded" """) == [second, first]
    assert found("metadata['payment']:'none'") == []
    for query in ("", "nonsense", f"metadata['payment']:'{key}' OR status:'succeeded'"):
        assert wire.get("/v1/payment_intents/search", query=query).status_code == 400


def test_search_is_paged(wire: Wire, key: str) -> None:
    ids = [wire.charge(**of(key)).json()["id"] for _ in range(3)][::-1]
    query = f"metadata['payment']:'{key}'"
    page = wire.get("/v1/payment_intents/search", query=query, limit="2").json()
    assert [intent["id"] for intent in page["data"]] == ids[:2]
    rest = wire.get("/v1/payment_intents/search", query=query, page=page["next_page"]).json()
    assert [intent["id"] for intent in rest["data"]] == ids[2:]
    assert not rest["has_more"]


def test_quotes_in_metadata_are_found(wire: Wire, key: str) -> None:
    odd = f'it\'s {key} \\ "quoted"'
    charged = wire.charge(**of(odd)).json()
    quoted = odd.replace("\\", "\\\\").replace("'", "\\'")
    assert wire.charges_of(quoted) == [charged]
