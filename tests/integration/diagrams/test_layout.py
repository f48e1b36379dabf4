"""The diagrams are drawn to be read: nothing covers or crosses anything else."""

from collections.abc import Iterator
from itertools import combinations, pairwise
from xml.etree import ElementTree as ET

from tests.integration.diagrams.diagram import NAMESPACES, Diagram
from tests.integration.diagrams.test_diagrams import every_diagram

Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""


def shapes(diagram: Diagram) -> dict[str, ET.Element]:
    return {
        s.attrib["bpmnElement"]: s for s in diagram.xml.iterfind(".//bpmndi:BPMNShape", NAMESPACES)
    }


def edges(diagram: Diagram) -> dict[str, list[tuple[float, float]]]:
    return {
        edge.attrib["bpmnElement"]: [
            (float(point.attrib["x"]), float(point.attrib["y"]))
            for point in edge.iterfind("di:waypoint", NAMESPACES)
        ]
        for edge in diagram.xml.iterfind(".//bpmndi:BPMNEdge", NAMESPACES)
    }


def box(bounds: ET.Element | None) -> Box:
    assert bounds is not None
    x, y, width, height = (float(bounds.attrib[name]) for name in ("x", "y", "width", "height"))
    return x, y, x + width, y + height


def boxes(diagram: Diagram) -> dict[str, Box]:
    return {id: box(shape.find("dc:Bounds", NAMESPACES)) for id, shape in shapes(diagram).items()}


def labels(diagram: Diagram) -> dict[str, Box]:
    labelled = diagram.xml.iterfind(".//bpmndi:BPMNLabel/..", NAMESPACES)
    return {
        one.attrib["bpmnElement"]: box(one.find("bpmndi:BPMNLabel/dc:Bounds", NAMESPACES))
        for one in labelled
    }


def overlap(one: Box, other: Box) -> bool:
    apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
    return not apart


def segments(diagram: Diagram) -> Iterator[tuple[str, Box]]:
    """Each straight piece of each flow, as a box without thickness."""
    for id, points in edges(diagram).items():
        for (x1, y1), (x2, y2) in pairwise(points):
            yield id, (min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2))


@every_diagram
def test_everything_is_drawn_once(diagram: Diagram) -> None:
    assert set(shapes(diagram)) == set(diagram.nodes)
    assert set(edges(diagram)) == {flow.id for flow in diagram.flows}


@every_diagram
def test_flows_are_drawn_at_right_angles_from_border_to_border(diagram: Diagram) -> None:
    where = boxes(diagram)
    for flow in diagram.flows:
        points = edges(diagram)[flow.id]
        for (x1, y1), (x2, y2) in pairwise(points):
            assert (x1 == x2) != (y1 == y2), flow.id
        for (x, y), node in ((points[0], flow.source), (points[-1], flow.target)):
            left, top, right, bottom = where[node]
            on_side = x in {left, right} and top <= y <= bottom
            assert on_side or (y in {top, bottom} and left <= x <= right), flow.id


@every_diagram
def test_no_shape_covers_another(diagram: Diagram) -> None:
    for one, other in combinations(diagram.nodes.values(), 2):
        belongs = {one.attached_to, one.parent} & {other.id} or {
            other.attached_to,
            other.parent,
        } & {one.id}
        assert belongs or not overlap(boxes(diagram)[one.id], boxes(diagram)[other.id]), (
            one.id,
            other.id,
        )


@every_diagram
def test_no_flow_crosses_another_or_runs_through_a_shape(diagram: Diagram) -> None:
    for (one, piece), (other, other_piece) in combinations(segments(diagram), 2):
        assert one == other or not touch(piece, other_piece), (one, other)
    ends = {flow.id: {flow.source, flow.target} for flow in diagram.flows}
    for id, piece in segments(diagram):
        for node, where in boxes(diagram).items():
            around = {diagram.nodes[end].parent for end in ends[id]}
            assert node in ends[id] | around or not touch(piece, where), (id, node)


def touch(one: Box, other: Box) -> bool:
    """As `overlap`, but a line has no thickness."""
    apart = one[2] < other[0] or other[2] < one[0] or one[3] < other[1] or other[3] < one[1]
    return not apart


def slash(diagram: Diagram, flow: str) -> Box:
    """That marks a default flow, which starts to the right; as thick as where it was passed."""
    x, y = edges(diagram)[flow][0]
    return x, y - 10, x + 20, y + 10


@every_diagram
def test_no_name_is_struck_through_by_the_mark_of_a_default_flow(diagram: Diagram) -> None:
    for gateway in diagram.xml.iterfind(".//bpmn:exclusiveGateway[@default]", NAMESPACES):
        flow = gateway.attrib["default"]
        start, then = edges(diagram)[flow][:2]
        assert start < then, flow
        for id, label in labels(diagram).items():
            assert not overlap(label, slash(diagram, flow)), (id, flow)


@every_diagram
def test_names_have_room_of_their_own(diagram: Diagram) -> None:
    outside = {n.id for n in diagram.nodes.values() if n.name and not n.kind.endswith("Task")}
    outside -= {n.id for n in diagram.nodes.values() if n.kind == "subProcess"}
    named = {
        f.attrib["id"] for f in diagram.xml.iterfind(".//bpmn:sequenceFlow[@name]", NAMESPACES)
    }
    assert set(labels(diagram)) == outside | named
    inside = {n.id: n.parent for n in diagram.nodes.values()}
    for (one, label), (other, other_label) in combinations(labels(diagram).items(), 2):
        assert not overlap(label, other_label), (one, other)
    for id, label in labels(diagram).items():
        for node, where in boxes(diagram).items():
            assert node == inside.get(id) or not overlap(label, where), (id, node)
        for flow, piece in segments(diagram):
            assert not touch(label, piece), (id, flow)
