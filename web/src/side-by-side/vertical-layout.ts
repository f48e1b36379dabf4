/** A BPMN diagram that runs from left to right, made to run from top to bottom, close together. */

import { distances, size } from "./distances";
import {
  type Box,
  boundsIn,
  flowsIn,
  type Point,
  pointsIn,
  shapesIn,
  withBounds,
  withPoints,
} from "./drawn";

const DRAWN = /<bpmndi:BPMN(Shape|Edge)\b.*?<\/bpmndi:BPMN\1>/gs;
const LABEL = /<bpmndi:BPMNLabel>.*?<\/bpmndi:BPMNLabel>/s;
const ELEMENT = /bpmnElement="([^"]+)"/;

/** Pixels between an element and its name. */
const GAP = 4;

/** From where on what stands below others is moved closer to them, and by how many pixels. */
const FAR = 300;
const CLOSER = 50;

/** `xml` turned over its diagonal; texts stay as wide as they are. */
export function verticalLayout(xml: string): string {
  const shapes = shapesIn(xml);
  const flows = flowsIn(xml);
  const down = distances(xml, shapes);
  const turned = new Map(
    [...shapes].map(([id, box]) => {
      const { x, y } = middle(box);
      return [id, around({ x: across(y), y: down(x) }, size(box))];
    }),
  );
  return xml.replace(DRAWN, (drawn) => {
    const id = drawn.match(ELEMENT)?.[1] ?? "";
    const label = drawn.match(LABEL)?.[0] ?? "";
    const rest = label ? drawn.replace(label, LABELS_PLACE) : drawn;
    const name = boundsIn(label);
    const box = turned.get(id);
    if (box) {
      const at = name && named(shapes.get(id) ?? box, box, name);
      return placed(withBounds(rest, box), label, at);
    }
    const points = pointsIn(rest).map(({ x, y }) => ({ x: across(y), y: down(x) }));
    const { source, target } = flows.get(id) ?? { source: "", target: "" };
    const docked = [
      dock(turned.get(source), points[0], points[1]),
      ...points.slice(1, -1),
      dock(turned.get(target), points.at(-1), points.at(-2)),
    ];
    const at = name && beginning(pointsIn(rest)[0], docked[0], name);
    return placed(withPoints(rest, docked), label, at);
  });
}

const LABELS_PLACE = "<label/>";

function placed(drawn: string, label: string, box: Box | null): string {
  return drawn.replace(LABELS_PLACE, box ? withBounds(label, box) : label);
}

function across(y: number): number {
  return y > FAR ? y - CLOSER : y;
}

/** Where a flow that goes on to `next` meets the border of the element that it is at. */
function dock(box: Box | undefined, point: Point | undefined, next: Point | undefined): Point {
  if (!box || !point || !next) {
    return point ?? { x: 0, y: 0 };
  }
  const { x, y } = middle(box);
  if (point.x === next.x) {
    return { x: point.x, y: y + (Math.sign(next.y - y) * box.height) / 2 };
  }
  return { x: x + (Math.sign(next.x - x) * box.width) / 2, y: point.y };
}

/** A flow's text stays at its beginning, clear of the stroke that marks what is usual. */
function beginning(from: Point | undefined, to: Point | undefined, label: Box): Box {
  const { x, y } = middle(label);
  const right = y - (from?.y ?? y);
  const below = x - (from?.x ?? x);
  return around({ x: (to?.x ?? x) + right, y: (to?.y ?? y) + below / 2 }, label);
}

/** What was above is left of its element then, what was below right of it, the rest below it; what
 * was low on the right is below the flow that leads on, in one line.
 */
function named(element: Box, turned: Box, label: Box): Box {
  const { x, y } = middle(turned);
  const right = turned.x + turned.width + GAP;
  if (label.y + label.height <= element.y) {
    return around({ x: turned.x - GAP - label.width / 2, y }, label);
  }
  if (label.y >= element.y + element.height) {
    return around({ x: right + label.width / 2, y }, label);
  }
  if (label.y > middle(element).y) {
    return { x: right, y: y + GAP, width: 2 * label.width, height: label.height / 2 };
  }
  return around({ x, y: turned.y + turned.height + GAP + label.height / 2 }, label);
}

function around({ x, y }: Point, { width, height }: Pick<Box, "width" | "height">): Box {
  return { x: x - width / 2, y: y - height / 2, width, height };
}

function middle({ x, y, width, height }: Box): Point {
  return { x: x + width / 2, y: y + height / 2 };
}
