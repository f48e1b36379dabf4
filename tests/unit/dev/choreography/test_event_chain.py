"""The event chain: what it does well, and its three failures.

The order service in the same situations: tests/integration/workflows/test_order_beside_chain.py.
"""

from contextlib import closing
from pathlib import Path

import pytest

from dev.choreography.control import SERVICES, state, where
from dev.choreography.event_log import Wiring
from dev.choreography.wiring_change import ROOT, wiring_change
from gateways.cards import ProviderUnavailableError
from tests.support.simulators import Simulator
from tests.unit.dev.choreography.chain import Chain, CrashError, CrashingMemory

CHARGED_FIRST = ["PaymentReceived", "GoodsFetched", "GoodsShipped", "OrderFulfilled"]
CHARGED_LATER = ["GoodsFetched", "GoodsShipped", "PaymentReceived", "OrderFulfilled"]


@pytest.mark.parametrize(
    ("wiring", "events"),
    [(Wiring.CHARGE_FIRST, CHARGED_FIRST), (Wiring.CHARGE_LATER, CHARGED_LATER)],
)
def test_an_order_is_fulfilled_under_each_wiring(
    chain: Chain, wiring: Wiring, events: list[str]
) -> None:
    chain.log.rewire(wiring)
    order = chain.place()

    chain.run(*SERVICES)

    assert chain.events(order) == ["OrderPlaced", *events]
    assert chain.charges(order) == [2500]
    assert chain.shipments(order) == ["booked"]
    assert chain.memories["inventory"].stock == 99


def test_a_service_that_is_down_holds_up_its_own_step_only(chain: Chain) -> None:
    """The first failure: nothing is lost, but nobody knows that it waits."""
    waiting = chain.place()
    chain.run("payment", "shipment")

    assert chain.events(waiting) == ["OrderPlaced", "PaymentReceived"]
    # The inventory can't be asked. Of the others, one has done its part, and one knows nothing.
    answers = chain.answers(waiting)
    assert (answers["payment"], answers["shipment"]) == (["PaymentReceived"], [])
    # Payment continues with the next order all the same.
    next_one = chain.place()
    chain.run("payment")
    assert chain.events(next_one) == ["OrderPlaced", "PaymentReceived"]

    chain.run(*SERVICES)
    for order in (waiting, next_one):
        assert chain.events(order) == ["OrderPlaced", *CHARGED_FIRST]


def test_an_event_that_is_handled_twice_takes_the_goods_twice(chain: Chain) -> None:
    """The second failure: a key protects card and carrier, nothing protects the listeners."""
    order = chain.place()
    memory = CrashingMemory(chain.folder, "payment")
    with closing(memory), pytest.raises(CrashError):
        chain.service("payment", memory).handle_next()

    chain.run(*SERVICES)

    assert chain.charges(order) == [2500]
    assert chain.shipments(order) == ["booked"]
    assert chain.events(order).count("PaymentReceived") == 2
    assert chain.memories["inventory"].stock == 98
    # Each of them believes that all is well.
    assert chain.answers(order)["payment"] == ["PaymentReceived"]
    assert chain.answers(order)["inventory"] == ["GoodsFetched"] * 2


@pytest.mark.parametrize("wiring", Wiring)
def test_a_decline_that_nobody_owns_leaves_the_order_stuck(chain: Chain, wiring: Wiring) -> None:
    """The third failure: no service can name the order, and goods are gone if charged later."""
    chain.log.rewire(wiring)
    order = chain.place("declined")

    chain.run(*SERVICES)

    assert chain.events(order)[-1] == "CreditCardFailed"
    listened_to = {row["listens_to"] for table in wiring_change()["chain"] for row in table["rows"]}
    assert "CreditCardFailed" not in listened_to
    assert [event.service for event in chain.log.of_order(order)][-1] == "payment"
    # Payment has done its part, and read everything: it waits for nothing.
    assert chain.answers(order)["payment"] == ["CreditCardFailed"]
    assert len({memory.position for memory in chain.memories.values()}) == 1
    shipped = wiring is Wiring.CHARGE_LATER
    assert chain.charges(order) == []
    assert chain.shipments(order) == (["booked"] if shipped else [])
    assert chain.answers(order)["shipment"] == (["GoodsShipped"] if shipped else [])


def test_an_order_under_way_is_lost_between_two_wirings(chain: Chain) -> None:
    """It keeps no wiring, so that nobody listens to the event that it has reached."""
    order = chain.place()
    chain.run("inventory", "shipment")
    chain.log.rewire(Wiring.CHARGE_LATER)

    chain.run(*SERVICES)

    assert chain.events(order) == ["OrderPlaced"]


def test_goods_that_are_not_in_stock_are_not_shipped(chain: Chain) -> None:
    assert chain.memories["inventory"].take(100)
    order = chain.place()
    chain.run(*SERVICES)
    assert chain.events(order)[-1] == "GoodsUnavailable"
    assert chain.memories["inventory"].stock == 0


def test_an_unavailable_provider_is_tried_again(chain: Chain, cards: Simulator) -> None:
    order = chain.place()
    for mode in ("down", "lose_answer"):
        cards.fault(mode)
        with pytest.raises(ProviderUnavailableError):
            chain.run("payment")
    assert chain.events(order) == ["OrderPlaced"]
    cards.clear_faults()
    chain.run(*SERVICES)
    assert chain.events(order) == ["OrderPlaced", *CHARGED_FIRST]
    assert chain.charges(order) == [2500]


def test_orders_are_numbered_from_17(chain: Chain) -> None:
    assert state(chain.log) == {"wiring": "charge_first", "orders": []}
    assert where(chain.log, chain.folder, 17) is None
    assert [chain.place(), chain.place()] == [17, 18]
    assert [order["number"] for order in state(chain.log)["orders"]] == [18, 17]


def test_charging_later_touches_three_services_or_one() -> None:
    """As the code has it, line by line."""
    change = wiring_change()
    assert [(one["service"], one["touched"]) for one in change["chain"]] == [
        ("payment", True),
        ("inventory", True),
        ("shipment", True),
    ]
    assert change["order_service"]["file"] == "domain/order.py"
    for table in (*change["chain"], change["order_service"]):
        lines = (ROOT / table["file"]).read_text().splitlines()
        assert [row["wiring"] for row in table["rows"]] == ["charge_first", "charge_later"]
        for row in table["rows"]:
            assert row["text"] == lines[row["line"] - 1].strip()
            assert row["wiring"].upper() in row["text"]


def test_a_table_that_is_gone_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dev.choreography.wiring_change.ROOT", tmp_path)
    code = tmp_path / "dev" / "choreography" / "payment.py"
    code.parent.mkdir(parents=True)
    code.write_text("WIRINGS = {\n    Wiring.CHARGE_FIRST: Rule('OrderPlaced'),\n}\n")
    with pytest.raises(LookupError, match=r"payment\.py has no WIRINGS with a row of charge_later"):
        wiring_change()
