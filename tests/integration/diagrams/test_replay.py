"""The diagrams allow what the process allows, and nothing else."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import combinations

import pytest

from domain.events import DomainEvent
from domain.statuses import OrderPolicy
from domain.waiting_period import PaymentTerms
from tests.integration.diagrams import allowed_traces
from tests.integration.diagrams.diagram import Diagram, of_order, of_payment, of_refund
from tests.integration.diagrams.token_replay import Event, Result, replay

Trace = tuple[Event, ...]


@dataclass(frozen=True)
class Process:
    """A diagram, traces to be altered, and all that are allowed: longer by a card update and by a
    retry of the card, so that an altered trace that happens to be allowed is among them.
    """

    diagram: Diagram
    traces: frozenset[Trace]
    allowed: frozenset[Trace]

    @cached_property
    def beginnings(self) -> frozenset[Trace]:
        """Every prefix of an allowed trace."""
        return frozenset(c[:end] for c in self.allowed for end in range(len(c) + 1))


@cache
def processes() -> dict[str, Process]:
    """By the name of the diagram."""
    payments = Process(
        of_payment(),
        event_traces(allowed_traces.of_payments(1)),
        event_traces(allowed_traces.of_payments(2, 1)),
    )
    traces = event_traces(allowed_traces.of_refunds())
    refunds = Process(of_refund(), traces, traces)
    orders = {
        policy.value: Process(
            of_order(policy),
            event_traces(allowed_traces.of_orders(policy)),
            event_traces(allowed_traces.of_orders(policy)),
        )
        for policy in OrderPolicy
    }
    return {"payment": payments, "refund": refunds} | orders


every_process = pytest.mark.parametrize("name", ["payment", "refund", *OrderPolicy])


def event_traces(traces: Iterable[Sequence[DomainEvent]]) -> frozenset[Trace]:
    return frozenset(tuple(Event.of(e.name(), e.data()) for e in trace) for trace in traces)


def names(trace: Trace) -> str:
    return " ".join(event.type for event in trace)


def dropped(trace: Trace) -> Iterator[Trace]:
    for place in range(len(trace)):
        yield trace[:place] + trace[place + 1 :]


def doubled(trace: Trace) -> Iterator[Trace]:
    for place in range(len(trace)):
        yield trace[: place + 1] + trace[place:]


def swapped(trace: Trace) -> Iterator[Trace]:
    for one, other in combinations(range(len(trace)), 2):
        events = list(trace)
        events[one], events[other] = events[other], events[one]
        yield tuple(events)


@every_process
def test_no_course_deviates(name: str) -> None:
    process = processes()[name]
    for trace in process.allowed:
        assert replay(process.diagram, trace) == Result(None, is_over=True), names(trace)


@every_process
def test_a_course_is_over_at_its_end_only(name: str) -> None:
    process = processes()[name]
    for beginning in process.beginnings:
        result = replay(process.diagram, beginning)
        assert result.deviation is None, names(beginning)
        assert result.is_over == (beginning in process.allowed), names(beginning)


@every_process
def test_after_every_beginning_what_the_process_allows_may_follow_and_nothing_else(
    name: str,
) -> None:
    process = processes()[name]
    events = {event for trace in process.allowed for event in trace}
    for beginning in process.beginnings:
        allowed = {e.type for e in events if (*beginning, e) in process.beginnings}
        drawn = {
            e.type for e in events if replay(process.diagram, (*beginning, e)).deviation is None
        }
        bound = beyond(beginning)
        assert drawn - bound == allowed - bound, names(beginning)


def beyond(beginning: Trace) -> set[str]:
    """What may follow once the traces have gone into as many updates and retries as they do."""
    happened = Counter(event.type for event in beginning)
    updates, failures = happened["CreditCardDetailsUpdated"], happened["CreditCardFailed"]
    updated = {"CreditCardDetailsUpdated"} if updates == 2 else set[str]()
    retried = {"CreditCardFailed", "CreditCardCharged"} if failures - updates == 2 else set[str]()
    return updated | retried


@every_process
@pytest.mark.parametrize("alter", [dropped, doubled, swapped])
def test_a_course_with_an_event_dropped_doubled_or_swapped_is_refused(
    name: str,
    alter: Callable[[Trace], Iterator[Trace]],
) -> None:
    # Unless the process itself allows what came out: the last reminder may be missing because the
    # customer canceled before it was due.
    process = processes()[name]
    refused = 0
    for trace in process.traces:
        for altered in set(alter(trace)) - {trace}:
            result = replay(process.diagram, altered)
            assert (result.deviation is None) == (altered in process.beginnings), names(altered)
            assert result.is_over == (altered in process.allowed), names(altered)
            refused += not result.is_over
    # Card and account are independent of each other: only doubled events of a refund are refused.
    assert refused or (name == "refund" and alter is not doubled)


def test_six_reminders_are_drawn_as_well_as_two() -> None:
    longest = max(event_traces(allowed_traces.of_payments(0, terms=PaymentTerms())), key=len)
    assert names(longest).count("CustomerReminded") == 6
    assert replay(of_payment(), longest) == Result(None, is_over=True)


def test_a_deviation_says_which_event_and_where() -> None:
    diagram = of_order(OrderPolicy.CHARGE_FIRST)
    trace = min(event_traces(allowed_traces.of_orders(OrderPolicy.CHARGE_FIRST)), key=len)
    result = replay(diagram, (*trace, trace[0]))
    assert result.deviation == f"event {len(trace) + 1}, OrderPlaced, can't happen at [()]"
