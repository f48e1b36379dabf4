"""The files are BPMN 2.0, with one element for each domain event."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import get_args

import pytest
from pydantic import TypeAdapter

from domain.events import DomainEvent
from domain.order import OrderEvent
from domain.payment import PaymentEvent, RefundEvent
from domain.statuses import OrderPolicy
from domain.waiting_period import PaymentTerms
from tests.integration.diagrams.conditions import may_hold
from tests.integration.diagrams.diagram import (
    FOLDER,
    NAMESPACES,
    Diagram,
    of_order,
    of_payment,
    of_refund,
    tag,
)

DIAGRAMS = {
    "payment": of_payment(),
    "refund": of_refund(),
    **{policy.value: of_order(policy) for policy in OrderPolicy},
}
every_diagram = pytest.mark.parametrize("diagram", DIAGRAMS.values(), ids=DIAGRAMS.keys())


def test_there_is_no_other_file() -> None:
    assert set(FOLDER.iterdir()) == {diagram.file for diagram in DIAGRAMS.values()}


def test_every_event_of_an_order_has_its_element_under_every_policy() -> None:
    for policy in OrderPolicy:
        assert of_order(policy).events == {event.__name__ for event in get_args(OrderEvent)}


def test_every_event_of_a_payment_has_its_element() -> None:
    refunded = {event.__name__ for event in get_args(RefundEvent)}
    assert of_refund().events == refunded
    assert of_payment().events | refunded == {event.__name__ for event in get_args(PaymentEvent)}
    # The account is credited by a payment that is canceled, too.
    assert of_payment().events & refunded == {"AmountCredited"}


def test_every_domain_event_has_its_element() -> None:
    drawn = {event for diagram in DIAGRAMS.values() for event in diagram.events}
    assert drawn == {event.name() for event in DomainEvent.__subclasses__()}


@every_diagram
def test_an_element_is_called_as_its_event(diagram: Diagram) -> None:
    for id in diagram.events:
        words = re.sub(r"(?<=.)([A-Z])", r" \1", id).capitalize()
        assert diagram.nodes[id].name == words
        assert diagram.nodes[id].kind.endswith("Event")


def test_timers_are_those_of_the_terms() -> None:
    timers = {
        node: "".join(element.itertext())
        for node in of_payment().nodes
        for element in of_payment().xml.iterfind(
            f".//*[@id='{node}']/bpmn:timerEventDefinition", NAMESPACES
        )
    }
    found = {node: re.findall(r"P\w+", text) for node, text in timers.items()}
    terms = PaymentTerms()
    assert {node: [duration(one) for one in texts] for node, texts in found.items()} == {
        "deadline": [terms.waiting_time],
        "reminder_due": [terms.reminder_interval],
        "card_retry_due": list(terms.card_retry_days),
        "put_right": [],
    }


def duration(text: str) -> timedelta:
    return TypeAdapter(timedelta).validate_python(text)


@every_diagram
def test_ids_are_unique_and_references_lead_somewhere(diagram: Diagram) -> None:
    ids = Counter(element.get("id") for element in diagram.xml.iter())
    assert {id for id, count in ids.items() if id is not None and count > 1} == set()
    for element in diagram.xml.iter():
        for name in (
            "sourceRef",
            "targetRef",
            "attachedToRef",
            "messageRef",
            "errorRef",
            "default",
        ):
            assert element.get(name, element.get("id")) in ids
        if tag(element) in {"BPMNShape", "BPMNEdge", "BPMNPlane"}:
            assert element.get("bpmnElement") in ids


@every_diagram
def test_nodes_list_the_flows_that_lead_in_and_out(diagram: Diagram) -> None:
    for id in diagram.nodes:
        element = diagram.xml.find(f".//*[@id='{id}']")
        assert element is not None
        incoming = Counter(one.text for one in element.findall("bpmn:incoming", NAMESPACES))
        outgoing = Counter(one.text for one in element.findall("bpmn:outgoing", NAMESPACES))
        assert incoming == Counter(flow.id for flow in diagram.flows if flow.target == id)
        assert outgoing == Counter(flow.id for flow in diagram.flows if flow.source == id)
        default = element.get("default")
        assert default is None or default in outgoing


@every_diagram
def test_flows_stay_in_their_scope_and_begin_and_end_where_they_may(diagram: Diagram) -> None:
    for flow in diagram.flows:
        source, target = diagram.nodes[flow.source], diagram.nodes[flow.target]
        assert source.parent == target.parent
        assert source.kind != "endEvent"
        assert target.kind not in {"startEvent", "boundaryEvent"}
        assert flow.condition is None or source.kind == "exclusiveGateway"
        if flow.condition is not None:
            may_hold(flow.condition, {})
        if source.kind == "eventBasedGateway":
            assert target.kind == "intermediateCatchEvent"


@every_diagram
def test_every_node_is_on_a_way_from_a_start_to_an_end(diagram: Diagram) -> None:
    forward = {id: set(steps(diagram, id)) for id in diagram.nodes}
    backward = {id: {a for a, after in forward.items() if id in after} for id in diagram.nodes}
    starts = {n.id for n in diagram.starts_in(None)}
    ends = {n.id for n in diagram.nodes.values() if n.kind == "endEvent"}
    assert len(starts) == 1
    assert reachable(starts, forward) == set(diagram.nodes)
    assert reachable(ends, backward) == set(diagram.nodes)


def steps(diagram: Diagram, id: str) -> Iterator[str]:
    """Where a token may go next, whatever is decided."""
    node = diagram.nodes[id]
    yield from (flow.target for flow in diagram.flows_from(id))
    yield from (event.id for event in diagram.boundary_of(id))
    yield from (start.id for start in diagram.starts_in(id))
    if node.kind == "endEvent" and node.parent:
        yield from (flow.target for flow in diagram.flows_from(node.parent))


def reachable(start: set[str], following: dict[str, set[str]]) -> set[str]:
    found, edge = set(start), set(start)
    while edge:
        edge = {after for id in edge for after in following[id]} - found
        found |= edge
    return found


@every_diagram
def test_a_gateway_either_splits_or_joins_and_nothing_else_does(diagram: Diagram) -> None:
    for node in diagram.nodes.values():
        incoming = sum(flow.target == node.id for flow in diagram.flows)
        outgoing = len(diagram.flows_from(node.id))
        if node.kind.endswith("Gateway"):
            assert (incoming == 1) != (outgoing == 1), node.id
            splits = node.kind == "exclusiveGateway" and outgoing > 1
            assert splits == bool(node.name), f"{node.id} asks something, or joins"
        else:
            assert max(incoming, outgoing) <= 1, node.id
