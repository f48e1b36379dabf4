"""A BPMN 2.0 file as what is drawn in it: nodes, and flows between them.

An element whose id is the name of a domain event is where that event happens.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from xml.etree import ElementTree as ET

from domain.statuses import OrderPolicy

FOLDER = Path(__file__).parents[3] / "docs" / "bpmn"
NAMESPACES = {
    "bpmn": "http://www.omg.org/spec/BPMN/20100524/MODEL",
    "bpmndi": "http://www.omg.org/spec/BPMN/20100524/DI",
    "dc": "http://www.omg.org/spec/DD/20100524/DC",
    "di": "http://www.omg.org/spec/DD/20100524/DI",
}
EVENT_NAME = re.compile(r"([A-Z][a-z]+)+")
"""Every other id is written in lower case."""


@dataclass(frozen=True)
class Node:
    """An event, a task, a gateway or a sub-process, which may be part of another (`parent`)."""

    id: str
    kind: str
    name: str
    parent: str | None
    attached_to: str | None
    interrupting: bool

    @cached_property
    def is_event_of_ours(self) -> bool:
        """Whether a domain event happens here."""
        return EVENT_NAME.fullmatch(self.id) is not None


@dataclass(frozen=True)
class Flow:
    """A sequence flow; its condition, if it has one, speaks of the events' data."""

    id: str
    source: str
    target: str
    condition: str | None


class Diagram:
    """One file of docs/bpmn."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.xml = ET.parse(file).getroot()
        process = self.xml.find("bpmn:process", NAMESPACES)
        assert process is not None, f"{file} holds no process"
        self.nodes = {node.id: node for node in _nodes(process, None)}
        self.flows = [
            _flow(element) for element in process.iterfind(".//bpmn:sequenceFlow", NAMESPACES)
        ]
        self._flows_from = defaultdict[str, list[Flow]](list)
        self._boundary_of = defaultdict[str, list[Node]](list)
        for flow in self.flows:
            self._flows_from[flow.source].append(flow)
        for node in self.nodes.values():
            self._boundary_of[node.attached_to or ""].append(node)

    @property
    def events(self) -> set[str]:
        """The names of the domain events that happen in this diagram."""
        return {node.id for node in self.nodes.values() if node.is_event_of_ours}

    def flows_from(self, id: str) -> list[Flow]:
        """The sequence flows out of a node."""
        return self._flows_from[id]

    def starts_in(self, parent: str | None) -> list[Node]:
        """The start events of a sub-process, or of the process itself."""
        return [n for n in self.nodes.values() if n.kind == "startEvent" and n.parent == parent]

    def boundary_of(self, id: str) -> list[Node]:
        """The events that sit on the boundary of a task or a sub-process."""
        return self._boundary_of[id]


@cache
def of_payment() -> Diagram:
    """The payment, as on slide 21."""
    return Diagram(FOLDER / "payment.bpmn")


@cache
def of_refund() -> Diagram:
    """One refund of a received payment, or of a part of it."""
    return Diagram(FOLDER / "refund.bpmn")


@cache
def of_order(policy: OrderPolicy) -> Diagram:
    """An order under this policy, as on slides 10 and 11."""
    return Diagram(FOLDER / f"order-{policy}.bpmn")


def _nodes(scope: ET.Element, parent: str | None) -> Iterator[Node]:
    for element in scope:
        kind = tag(element)
        if kind.endswith(("Event", "Task", "Gateway")) or kind == "subProcess":
            id = element.attrib["id"]
            yield Node(
                id=id,
                kind=kind,
                name=element.get("name", ""),
                parent=parent,
                attached_to=element.get("attachedToRef"),
                interrupting=element.get("cancelActivity") != "false",
            )
            if kind == "subProcess":
                yield from _nodes(element, id)


def _flow(element: ET.Element) -> Flow:
    return Flow(
        id=element.attrib["id"],
        source=element.attrib["sourceRef"],
        target=element.attrib["targetRef"],
        condition=element.findtext("bpmn:conditionExpression", None, NAMESPACES),
    )


def tag(element: ET.Element) -> str:
    """An element's name without its namespace."""
    return element.tag.rpartition("}")[2]
