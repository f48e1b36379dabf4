"""Events replayed as tokens through a diagram.

An event moves one token, from where it is to the element of the event, through elements that
leave no event: tasks, gateways, timers. A timer that does not interrupt leaves the token where it
is and sends another one; a parallel gateway sends one along each of its flows. What a gateway
decided is not in the events, so every way is tried that its conditions allow; the events are known
to their end, so that conditions may speak of later ones.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

from tests.integration.diagrams.conditions import Known, may_hold
from tests.integration.diagrams.diagram import Diagram, Node

BEFORE_THE_START = ""

Marking = tuple[str, ...]
"""Where the tokens are: ids of nodes, sorted."""


class Event(NamedTuple):
    """What happened: a domain event's type, and its data, field by field."""

    type: str
    data: tuple[tuple[str, Any], ...]

    @classmethod
    def of(cls, type: str, data: Mapping[str, Any]) -> Self:
        """From an event as it is written down."""
        return cls(type, tuple(sorted(data.items())))


@dataclass(frozen=True)
class Result:
    """`deviation` says which event could not happen; without one, whether all was over then."""

    deviation: str | None
    is_over: bool


def replay(diagram: Diagram, events: Sequence[Event]) -> Result:
    """Whether the diagram allows these events, from the beginning."""
    markings: set[Marking] = {(BEFORE_THE_START,)}
    happened = Counter[str]()
    tokens = _Tokens(diagram, _known(events, 0))
    for number, (type, data) in enumerate(events, 1):
        happened[type] += 1
        # Each firing of a timer that repeats is counted in what it leads to.
        counts = dict(data).get("reminder", happened[type]) == happened[type]
        after = {m for marking in markings for m in tokens.after(marking, type)}
        if not after or not counts:
            deviation = f"event {number}, {type}, can't happen at {sorted(markings)}"
            return Result(deviation, is_over=False)
        markings, tokens = after, _Tokens(diagram, _known(events, number))
    return Result(None, any(tokens.can_end(marking) for marking in markings))


def _known(events: Sequence[Event], happened: int) -> Known:
    """When so many of them have happened."""
    in_turn = [*reversed(events[happened:]), *events[:happened]]
    return {event.type: dict(event.data) for event in in_turn}


@dataclass(frozen=True)
class _Tokens:
    diagram: Diagram
    known: Known

    def after(self, marking: Marking, event: str) -> Iterator[Marking]:
        """The markings that the event may lead to."""
        for token in set(marking):
            others = list(marking)
            others.remove(token)
            for node, left_behind in self._ways(token):
                if node.id == event:
                    arrived = [] if node.kind == "endEvent" else [node.id]
                    yield tuple(sorted([*others, *left_behind, *arrived]))

    def can_end(self, marking: Marking) -> bool:
        """Whether every token can reach an end event without another event of ours."""
        return all(
            any(
                node.kind == "endEvent"
                and node.parent is None
                and not node.is_event_of_ours
                and self.can_end(left_behind)
                for node, left_behind in self._ways(token)
            )
            for token in marking
        )

    def _ways(
        self, id: str, left_behind: tuple[str, ...] = (), passed: tuple[str, ...] = ()
    ) -> Iterator[tuple[Node, tuple[str, ...]]]:
        """Every node that a token can reach without an event but its own, and what stays behind.

        A node that was passed is not passed again: a request may be repeated without an event.
        """
        following = list(self._next(id))
        for node in following:
            left = left_behind
            if node.attached_to is not None and not node.interrupting:
                left = (*left, id)
            if id in self.diagram.nodes and self.diagram.nodes[id].kind == "parallelGateway":
                left = (*left, *(other.id for other in following if other != node))
            yield node, left
            if not node.is_event_of_ours and node.id not in passed:
                yield from self._ways(node.id, left, (*passed, node.id))

    def _next(self, id: str) -> Iterable[Node]:
        diagram = self.diagram
        if id == BEFORE_THE_START:
            return diagram.starts_in(None)
        node = diagram.nodes[id]
        if node.kind == "subProcess":
            return diagram.starts_in(id)
        if node.kind == "endEvent" and node.parent:
            return self._along_flows(node.parent)
        # What has happened is left at once; elsewhere in a sub-process a token may have to wait.
        waits_in = None if node.is_event_of_ours else node.parent
        around = diagram.boundary_of(waits_in) if waits_in else []
        return [*self._along_flows(id), *diagram.boundary_of(id), *around]

    def _along_flows(self, id: str) -> Iterator[Node]:
        for flow in self.diagram.flows_from(id):
            if flow.condition is None or may_hold(flow.condition, self.known):
                yield self.diagram.nodes[flow.target]
