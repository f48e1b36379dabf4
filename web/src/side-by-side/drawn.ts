/** Reads and writes where the elements of a BPMN file are drawn. */

export interface Point {
  x: number;
  y: number;
}

export interface Box extends Point {
  width: number;
  height: number;
}

const BOUNDS = /<dc:Bounds x="([^"]+)" y="([^"]+)" width="([^"]+)" height="([^"]+)"/;
const WAYPOINT = /<di:waypoint x="([^"]+)" y="([^"]+)"/g;
const SHAPE = /<bpmndi:BPMNShape [^>]*bpmnElement="([^"]+)".*?<\/bpmndi:BPMNShape>/gs;
const FLOW = /<bpmn:sequenceFlow id="([^"]+)" sourceRef="([^"]+)" targetRef="([^"]+)"/g;
const ATTACHED = /<bpmn:boundaryEvent id="([^"]+)"[^>]*attachedToRef="([^"]+)"/g;

/** The shapes, by the ids of their elements. */
export function shapesIn(xml: string): Map<string, Box> {
  const found = new Map<string, Box>();
  for (const [drawn, id = ""] of xml.matchAll(SHAPE)) {
    const box = boundsIn(drawn);
    if (box) {
      found.set(id, box);
    }
  }
  return found;
}

/** The elements from and to which flows lead, by the flows' ids. */
export function flowsIn(xml: string): Map<string, { source: string; target: string }> {
  return new Map(
    [...xml.matchAll(FLOW)].map(([, id = "", source = "", target = ""]) => [
      id,
      { source, target },
    ]),
  );
}

/** The elements that boundary events are attached to, by the events' ids. */
export function hostsIn(xml: string): Map<string, string> {
  return new Map([...xml.matchAll(ATTACHED)].map(([, id = "", host = ""]) => [id, host]));
}

/** The first bounds in there; null if there are none. */
export function boundsIn(xml: string): Box | null {
  const found = xml.match(BOUNDS);
  if (!found) {
    return null;
  }
  const [x = 0, y = 0, width = 0, height = 0] = found.slice(1).map(Number);
  return { x, y, width, height };
}

export function withBounds(xml: string, { x, y, width, height }: Box): string {
  return xml.replace(BOUNDS, `<dc:Bounds x="${x}" y="${y}" width="${width}" height="${height}"`);
}

/** The points of a connection. */
export function pointsIn(xml: string): Point[] {
  return [...xml.matchAll(WAYPOINT)].map(([, x, y]) => ({ x: Number(x), y: Number(y) }));
}

/** The same connection through as many other points. */
export function withPoints(xml: string, points: readonly Point[]): string {
  const rest = [...points];
  return xml.replace(WAYPOINT, (written) => {
    const next = rest.shift();
    return next ? `<di:waypoint x="${next.x}" y="${next.y}"` : written;
  });
}
