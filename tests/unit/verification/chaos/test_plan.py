"""The plan is a pure function of seed and size; 300 orders contain every kind."""

from random import Random

import pytest

from domain.statuses import OrderPolicy
from verification.chaos import plan as plans
from verification.chaos.card_scenarios import AROUND_THE_MINIMUM, REFUNDED, WORKING_AFTER
from verification.chaos.catalog import total
from verification.chaos.fault_kinds import ALL_FAULTS, Webhooks
from verification.chaos.intervention_kinds import ALL_INTERVENTIONS
from verification.chaos.malformed_signals import NAMES
from verification.chaos.plan import make_plan
from verification.chaos.sampler import Sampler
from verification.chaos.scenario_generator import CARD_TO_AUTHENTICATE, WAITING_DAYS
from verification.chaos.scenarios import (
    Authenticate,
    AwaitRetries,
    Cancel,
    Channel,
    FailSavedCard,
    GiveCards,
    Kind,
    LetTimePass,
    RaceTheDeadline,
    Refund,
    Remedy,
    Resolution,
    SendMalformedSignals,
)


def test_same_seed_same_plan() -> None:
    assert make_plan(7, 100) == make_plan(7, 100)
    assert make_plan(7, 100) != make_plan(8, 100)


@pytest.mark.parametrize("orders", [1, 2, 20, 300])
def test_a_plan_has_the_requested_number_of_orders(orders: int) -> None:
    placed = [order for scenario in make_plan(1, orders).scenarios for order in scenario.orders]

    assert [order.number for order in placed] == list(range(1, orders + 1))


def test_every_order_has_a_customer_and_products_of_its_scenario() -> None:
    plan = make_plan(1, 300)
    skus = {product.sku for product in plan.products}

    for scenario in plan.scenarios:
        assert {one.customer for one in scenario.orders} == {one.id for one in scenario.customers}
        assert all(sku in skus for order in scenario.orders for sku, _ in order.lines)
    customers = [one.id for scenario in plan.scenarios for one in scenario.customers]
    assert len(customers) == len(set(customers))


@pytest.mark.parametrize("seed", range(5))
def test_every_kind_of_order_and_of_fault_is_in_300_orders(seed: int) -> None:
    plan = make_plan(seed, 300)
    orders = [order for scenario in plan.scenarios for order in scenario.orders]

    assert {order.kind for order in orders} == set(Kind)
    assert {order.policy for order in orders} == {*OrderPolicy, None}
    assert {order.resolution for order in orders} == set(Resolution)
    assert {order.parked for order in orders} == {True, False}
    assert {order.posts for order in orders} == {1, 2}
    channels = {channel for order in orders for _, channel in getattr(order.action, "cards", ())}
    assert channels == set(Channel)
    signals = {
        name
        for order in orders
        if isinstance(order.action, SendMalformedSignals)
        for name in order.action.names
    }
    assert signals == set(NAMES)
    assert {str(planned.fault) for planned in plan.faults} == {str(fault) for fault in ALL_FAULTS}


@pytest.mark.parametrize("orders", [24, 300])
@pytest.mark.parametrize("seed", range(5))
def test_every_kind_of_intervention_is_in_24_orders(seed: int, orders: int) -> None:
    planned = make_plan(seed, orders).interventions

    assert {one.intervention for one in planned} == set(ALL_INTERVENTIONS)
    assert [one.after for one in planned] == sorted(one.after for one in planned)
    assert all(0 < one.after < orders for one in planned)


def test_what_operators_do_leaves_the_rest_of_a_seeds_plan_as_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = make_plan(7, 100)
    monkeypatch.setattr(plans, "ALL_INTERVENTIONS", ALL_INTERVENTIONS[:1])
    after = make_plan(7, 100)

    assert before.interventions != after.interventions
    assert (before.scenarios, before.faults) == (after.scenarios, after.faults)


@pytest.mark.parametrize("seed", range(5))
def test_300_orders_contain_open_charges_with_every_outcome(seed: int) -> None:
    scenarios = make_plan(seed, 300).scenarios
    cards = {one.id: one.card for scenario in scenarios for one in scenario.customers}
    orders = [order for scenario in scenarios for order in scenario.orders]
    authenticating = [
        order
        for order in orders
        if isinstance(order.action, Authenticate) or _authenticates_late(order.action)
    ]
    actions = [order.action for order in authenticating if isinstance(order.action, Authenticate)]

    assert {cards[order.customer] for order in authenticating} == {CARD_TO_AUTHENTICATE}
    assert {action.succeeds for action in actions} == {(True,), (False,), (False, True)}
    assert {action.after_waiting for action in actions} == {True, False}
    assert {type(action.meanwhile) for action in actions} == {GiveCards, Cancel, type(None)}
    assert any(action.days for action in actions)
    assert any(_authenticates_late(order.action) for order in orders)
    assert {order.bank.pays for order in orders} == {True, False}
    assert min(order.bank.after for order in orders) == 0


@pytest.mark.parametrize("seed", range(5))
def test_300_orders_contain_every_fate_of_refunds_and_saved_cards(seed: int) -> None:
    scenarios = make_plan(seed, 300).scenarios
    orders = [order for scenario in scenarios for order in scenario.orders]
    refunds = [order.action for order in orders if isinstance(order.action, Refund)]
    pending = [order for order in orders if order.kind is Kind.REFUND_PENDING]
    retries = [order.action for order in orders if isinstance(order.action, AwaitRetries)]
    balances = [
        one.balance
        for scenario in scenarios
        for one in scenario.customers
        if scenario.orders[0].kind is Kind.JUST_SHORT
    ]

    assert {one.remedy for one in refunds} == set(Remedy)
    assert {one.at_once for one in refunds} == {True, False}
    assert {one.by_hand > 0 for one in refunds} == {True, False}
    assert {one.remedy for one in refunds if one.disputed} == {Remedy.OUTSIDE, Remedy.NOTHING}
    assert {one.remedy for one in refunds if one.fails} == set(Remedy)
    assert {order.bank.pays for order in pending} == {True, False}
    assert {action.steps for action in retries} > set(WORKING_AFTER)
    assert set(balances) == set(AROUND_THE_MINIMUM)
    in_turn = {scenario.in_turn for scenario in scenarios if len(scenario.orders) > 1}
    assert in_turn == {True, False}


def test_no_more_is_refunded_than_was_ordered_and_a_part_leaves_something() -> None:
    orders = [order for scenario in make_plan(1, 3000).scenarios for order in scenario.orders]
    refunded = {
        kind: [
            (order.action.by_hand + sum(order.action.amounts), total(order.lines))
            for order in orders
            if isinstance(order.action, Refund) and order.kind is kind
        ]
        for kind in REFUNDED
    }

    assert all(part <= whole for part, whole in refunded.pop(Kind.REFUNDED_PART))
    assert all(part == whole for part, whole in refunded.pop(Kind.REFUNDED_WHOLE))
    assert {part for part, _ in refunded.pop(Kind.UNDONE)} == {0}
    assert all(part <= whole for amounts in refunded.values() for part, whole in amounts)


def test_a_lost_card_is_nobody_elses() -> None:
    plan = make_plan(1, 300)
    cards = {one.id: one.card for scenario in plan.scenarios for one in scenario.customers}
    lost = {
        order.customer
        for scenario in plan.scenarios
        for order in scenario.orders
        if order.action == FailSavedCard("lost_card")
    }

    assert len({cards[id] for id in lost}) == len(lost)
    assert not {cards[id] for id in lost} & {cards[id] for id in set(cards) - lost}


def _authenticates_late(action: object) -> bool:
    return isinstance(action, RaceTheDeadline) and action.authenticate_after is not None


def test_webhooks_are_lost_doubled_reordered_and_sent_while_the_api_is_killed() -> None:
    faults = [fault for fault in ALL_FAULTS if isinstance(fault, Webhooks)]

    assert {name for fault in faults for name in fault.switches} == {"lose", "copies", "reorder"}
    assert {fault.kills for fault in faults} == {"", "api"}


def test_faults_come_evenly_while_orders_are_placed() -> None:
    faults = make_plan(1, 300).faults

    assert [planned.after for planned in faults] == sorted(planned.after for planned in faults)
    assert all(0 < planned.after < 300 for planned in faults)


def test_races_are_around_the_deadline_and_passing_time_beyond_it() -> None:
    actions = [
        order.action for scenario in make_plan(1, 3000).scenarios for order in scenario.orders
    ]
    races = [action for action in actions if isinstance(action, RaceTheDeadline)]
    moments = [
        moment
        for race in races
        for moment in (race.card_after, race.cancel_after, race.authenticate_after)
        if moment is not None
    ]

    assert {race.channel for race in races if race.card_after is not None} == set(Channel)
    assert any(moment < 0 for moment in moments)
    assert any(moment > 0 for moment in moments)
    assert all(abs(moment) < 1.5 for moment in moments)
    passed = [sum(action.days) for action in actions if isinstance(action, LetTimePass)]
    assert min(passed) > WAITING_DAYS


def test_a_sampler_draws_every_item_before_it_repeats() -> None:
    sampler = Sampler(Random(1), "abc")

    assert sorted(sampler.draw() for _ in range(3)) == ["a", "b", "c"]
    assert sorted(sampler.draw() for _ in range(3)) == ["a", "b", "c"]
