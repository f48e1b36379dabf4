import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type Box, boundsIn, flowsIn, hostsIn, pointsIn, shapesIn } from "./drawn";
import { verticalLayout } from "./vertical-layout";

const shape = (label: string) =>
  `<bpmndi:BPMNShape id="a" bpmnElement="a"><dc:Bounds x="10" y="200" width="36" height="36"/>${
    label && `<bpmndi:BPMNLabel><dc:Bounds ${label}/></bpmndi:BPMNLabel>`
  }</bpmndi:BPMNShape>`;

const DIAGRAMS = ["order-charge_first", "order-charge_before_shipping", "order-charge_later"];

const read = (name: string) => readFileSync(`../docs/bpmn/${name}.bpmn`, "utf8");

const overlap = (one: Box, other: Box) =>
  one.x < other.x + other.width &&
  other.x < one.x + one.width &&
  one.y < other.y + other.height &&
  other.y < one.y + one.height;

describe("a diagram that runs from top to bottom", () => {
  it.each([
    ["above", 'x="-2" y="160" width="60" height="28"', 'x="140" y="-14" width="60" height="28"'],
    ["below", 'x="-2" y="240" width="60" height="28"', 'x="236" y="-14" width="60" height="28"'],
    ["right", 'x="50" y="204" width="60" height="28"', 'x="188" y="18" width="60" height="28"'],
    [
      "low on the right",
      'x="50" y="224" width="60" height="28"',
      'x="236" y="4" width="120" height="14"',
    ],
  ])("has a name that was %s where no connection runs", (_, label, expected) => {
    expect(verticalLayout(shape(label))).toContain(expected);
  });

  it.each(DIAGRAMS)("is the same process: %s", (name) => {
    const xml = read(name);
    const turned = verticalLayout(xml);
    expect(turned.split("<bpmndi:BPMNDiagram")[0]).toBe(xml.split("<bpmndi:BPMNDiagram")[0]);
    expect(turned.match(/<dc:Bounds|<di:waypoint/g)).toEqual(xml.match(/<dc:Bounds|<di:waypoint/g));
    expect(turned).not.toContain("NaN");
  });

  it.each(DIAGRAMS)("is as high as a window at most, and nothing covers another: %s", (name) => {
    const xml = verticalLayout(read(name));
    const shapes = shapesIn(xml);
    const hosts = hostsIn(xml);
    const boxes = [...shapes.values()];
    const bottom = Math.max(...boxes.map(({ y, height }) => y + height));
    expect(bottom - Math.min(...boxes.map(({ y }) => y))).toBeLessThan(680);
    for (const [id, box] of shapes) {
      for (const [other, around] of shapes) {
        const belongs = id === other || hosts.get(id) === other || hosts.get(other) === id;
        expect(belongs || !overlap(box, around), `${id} ${other}`).toBe(true);
      }
    }
  });

  it.each(DIAGRAMS)("has straight connections from border to border: %s", (name) => {
    const xml = verticalLayout(read(name));
    const shapes = shapesIn(xml);
    const flows = flowsIn(xml);
    for (const [drawn, id = ""] of xml.matchAll(
      /<bpmndi:BPMNEdge [^>]*bpmnElement="([^"]+)".*?<\/bpmndi:BPMNEdge>/gs,
    )) {
      const points = pointsIn(drawn);
      for (const [place, { x, y }] of points.slice(1).entries()) {
        expect(points[place]?.x === x || points[place]?.y === y, id).toBe(true);
      }
      const ends = [flows.get(id)?.source, flows.get(id)?.target].map((end) =>
        shapes.get(end ?? ""),
      );
      expect(isOnBorder(ends[0], points[0]), id).toBe(true);
      expect(isOnBorder(ends[1], points.at(-1)), id).toBe(true);
    }
  });

  it("keeps what has no bounds", () => {
    expect(boundsIn("<a/>")).toBeNull();
    expect(verticalLayout("<a/>")).toBe("<a/>");
  });
});

function isOnBorder(box: Box | undefined, point: { x: number; y: number } | undefined): boolean {
  if (!box || !point) {
    return false;
  }
  const onSide = [box.x, box.x + box.width].includes(point.x);
  const onTop = [box.y, box.y + box.height].includes(point.y);
  const within = point.y >= box.y && point.y <= box.y + box.height;
  const beside = point.x >= box.x && point.x <= box.x + box.width;
  return (onSide && within) || (onTop && beside);
}
