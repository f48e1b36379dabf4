"""The diagrams allow what the process allows, and nothing else."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import combinations

import pytest

from domain.events import DomainEvent
from domain.statuses import OrderPolicy
from domain.waiting_period import PaymentTerms
from tests.integration.diagrams import allowed_traces
from tests.integration.diagrams.diagram import Diagram, of_order, of_payment
from tests.integration.diagrams.token_replay import Event, Verdict, replay

Course = tuple[Event, ...]


@dataclass(frozen=True)
class Process:
    """A diagram, courses to be spoilt, and all that are allowed: longer by a card update, so that
    a spoilt course that happens to be allowed is among them, and by refunds made by hand.
    """

    diagram: Diagram
    courses: frozenset[Course]
    allowed: frozenset[Course]

    @cached_property
    def beginnings(self) -> frozenset[Course]:
        """Of every allowed course, and what it is itself."""
        return frozenset(c[:end] for c in self.allowed for end in range(1, len(c) + 1))


@cache
def processes() -> dict[str, Process]:
    """By the name of the diagram."""
    payments = Process(
        of_payment(), told(allowed_traces.of_payments(1)), told(allowed_traces.of_payments(2, 2))
    )
    orders = {
        policy.value: Process(
            of_order(policy),
            told(allowed_traces.of_orders(policy)),
            told(allowed_traces.of_orders(policy)),
        )
        for policy in OrderPolicy
    }
    return {"payment": payments} | orders


every_process = pytest.mark.parametrize("name", ["payment", *OrderPolicy])


def told(courses: Iterable[Sequence[DomainEvent]]) -> frozenset[Course]:
    return frozenset(tuple(Event.of(e.name(), e.data()) for e in course) for course in courses)


def names(course: Course) -> str:
    return " ".join(event.type for event in course)


def dropped(course: Course) -> Iterator[Course]:
    for place in range(len(course)):
        yield course[:place] + course[place + 1 :]


def doubled(course: Course) -> Iterator[Course]:
    for place in range(len(course)):
        yield course[: place + 1] + course[place:]


def swapped(course: Course) -> Iterator[Course]:
    for one, other in combinations(range(len(course)), 2):
        events = list(course)
        events[one], events[other] = events[other], events[one]
        yield tuple(events)


@every_process
def test_no_course_deviates(name: str) -> None:
    process = processes()[name]
    for course in process.allowed:
        assert replay(process.diagram, course) == Verdict(None, is_over=True), names(course)


@every_process
def test_a_course_is_over_at_its_end_only(name: str) -> None:
    process = processes()[name]
    for beginning in process.beginnings:
        verdict = replay(process.diagram, beginning)
        assert verdict.deviation is None, names(beginning)
        assert verdict.is_over == (beginning in process.allowed), names(beginning)


@every_process
def test_after_every_beginning_what_the_process_allows_may_follow_and_nothing_else(
    name: str,
) -> None:
    process = processes()[name]
    events = {event for course in process.allowed for event in course}
    # After the second card update a third is allowed, which the courses do not go into.
    bound = {"CreditCardDetailsUpdated"} if name == "payment" else set[str]()
    for beginning in process.beginnings:
        allowed = {e.type for e in events if (*beginning, e) in process.beginnings}
        drawn = {
            e.type for e in events if replay(process.diagram, (*beginning, e)).deviation is None
        }
        assert drawn - bound == allowed - bound, names(beginning)


@every_process
@pytest.mark.parametrize("spoil", [dropped, doubled, swapped])
def test_a_course_with_an_event_dropped_doubled_or_swapped_is_refused(
    name: str,
    spoil: Callable[[Course], Iterator[Course]],
) -> None:
    # Unless the process itself allows what came out: the last reminder may be missing because the
    # customer canceled before it was due.
    process = processes()[name]
    refused = 0
    for course in process.courses:
        for spoilt in set(spoil(course)) - {course}:
            verdict = replay(process.diagram, spoilt)
            assert (verdict.deviation is None) == (spoilt in process.beginnings), names(spoilt)
            assert verdict.is_over == (spoilt in process.allowed), names(spoilt)
            refused += not verdict.is_over
    assert refused


def test_six_reminders_are_drawn_as_well_as_two() -> None:
    longest = max(told(allowed_traces.of_payments(0, terms=PaymentTerms())), key=len)
    assert names(longest).count("CustomerReminded") == 6
    assert replay(of_payment(), longest) == Verdict(None, is_over=True)


def test_a_deviation_says_which_event_and_where() -> None:
    diagram = of_order(OrderPolicy.CHARGE_FIRST)
    course = min(told(allowed_traces.of_orders(OrderPolicy.CHARGE_FIRST)), key=len)
    verdict = replay(diagram, (*course, course[0]))
    assert verdict.deviation == f"event {len(course) + 1}, OrderPlaced, can't happen at [()]"
