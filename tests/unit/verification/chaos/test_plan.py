"""The plan is a pure function of seed and number; in 300 orders there is one of everything."""

from random import Random

import pytest

from domain.statuses import OrderPolicy
from verification.chaos.fault_kinds import DECK, Webhooks
from verification.chaos.malformed_signals import NAMES
from verification.chaos.plan import make_plan
from verification.chaos.sampler import Deck
from verification.chaos.scenario_sampling import CARD_TO_AUTHENTICATE, WAITING_DAYS
from verification.chaos.scenarios import (
    Authenticate,
    Cancel,
    GiveCards,
    Kind,
    LetTimePass,
    RaceTheDeadline,
    Rescue,
    SendPoison,
    Way,
)


def test_same_seed_same_plan() -> None:
    assert make_plan(7, 100) == make_plan(7, 100)
    assert make_plan(7, 100) != make_plan(8, 100)


@pytest.mark.parametrize("orders", [1, 2, 20, 300])
def test_there_are_as_many_orders_as_asked_for(orders: int) -> None:
    placed = [order for errand in make_plan(1, orders).errands for order in errand.orders]

    assert [order.number for order in placed] == list(range(1, orders + 1))


def test_every_order_is_placed_by_a_customer_of_its_errand_for_what_is_on_sale() -> None:
    plan = make_plan(1, 300)
    skus = {product.sku for product in plan.products}

    for errand in plan.errands:
        assert {one.customer for one in errand.orders} == {one.id for one in errand.customers}
        assert all(sku in skus for order in errand.orders for sku, _ in order.lines)
    customers = [one.id for errand in plan.errands for one in errand.customers]
    assert len(customers) == len(set(customers))


@pytest.mark.parametrize("seed", range(5))
def test_every_kind_of_order_and_of_fault_is_in_300_orders(seed: int) -> None:
    plan = make_plan(seed, 300)
    orders = [order for errand in plan.errands for order in errand.orders]

    assert {order.kind for order in orders} == set(Kind)
    assert {order.policy for order in orders} == {*OrderPolicy, None}
    assert {order.rescue for order in orders} == set(Rescue)
    assert {order.parked for order in orders} == {True, False}
    assert {order.posts for order in orders} == {1, 2}
    ways = {way for order in orders for _, way in getattr(order.deed, "cards", ())}
    assert ways == set(Way)
    poisons = {
        name for order in orders if isinstance(order.deed, SendPoison) for name in order.deed.names
    }
    assert poisons == set(NAMES)
    assert {str(planned.fault) for planned in plan.faults} == {str(fault) for fault in DECK}


@pytest.mark.parametrize("seed", range(5))
def test_in_300_orders_charges_stay_open_and_end_in_every_way(seed: int) -> None:
    errands = make_plan(seed, 300).errands
    cards = {one.id: one.card for errand in errands for one in errand.customers}
    orders = [order for errand in errands for order in errand.orders]
    authenticating = [
        order
        for order in orders
        if isinstance(order.deed, Authenticate) or _authenticates_late(order.deed)
    ]
    deeds = [order.deed for order in authenticating if isinstance(order.deed, Authenticate)]

    assert {cards[order.customer] for order in authenticating} == {CARD_TO_AUTHENTICATE}
    assert {deed.succeeds for deed in deeds} == {(True,), (False,), (False, True)}
    assert {deed.patient for deed in deeds} == {True, False}
    assert {type(deed.meanwhile) for deed in deeds} == {GiveCards, Cancel, type(None)}
    assert any(deed.days for deed in deeds)
    assert any(_authenticates_late(order.deed) for order in orders)
    assert {order.bank.pays for order in orders} == {True, False}
    assert min(order.bank.after for order in orders) == 0


def _authenticates_late(deed: object) -> bool:
    return isinstance(deed, RaceTheDeadline) and deed.authenticate_after is not None


def test_webhooks_are_lost_doubled_and_reordered_and_come_while_the_api_is_killed() -> None:
    faults = [fault for fault in DECK if isinstance(fault, Webhooks)]

    assert {name for fault in faults for name in fault.switches} == {"lose", "copies", "reorder"}
    assert {fault.kills for fault in faults} == {"", "api"}


def test_faults_come_evenly_while_orders_are_placed() -> None:
    faults = make_plan(1, 300).faults

    assert [planned.after for planned in faults] == sorted(planned.after for planned in faults)
    assert all(0 < planned.after < 300 for planned in faults)


def test_races_are_around_the_deadline_and_patience_beyond_it() -> None:
    deeds = [order.deed for errand in make_plan(1, 3000).errands for order in errand.orders]
    races = [deed for deed in deeds if isinstance(deed, RaceTheDeadline)]
    moments = [
        moment
        for race in races
        for moment in (race.card_after, race.cancel_after, race.authenticate_after)
        if moment is not None
    ]

    assert {race.way for race in races if race.card_after is not None} == set(Way)
    assert any(moment < 0 for moment in moments)
    assert any(moment > 0 for moment in moments)
    assert all(abs(moment) < 1.5 for moment in moments)
    passed = [sum(deed.days) for deed in deeds if isinstance(deed, LetTimePass)]
    assert min(passed) > WAITING_DAYS


def test_a_deck_deals_everything_before_it_repeats() -> None:
    deck = Deck(Random(1), "abc")

    assert sorted(deck.draw() for _ in range(3)) == ["a", "b", "c"]
    assert sorted(deck.draw() for _ in range(3)) == ["a", "b", "c"]
