/** A BPMN diagram that runs from left to right, made to run from top to bottom. */

interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

const BOUNDS = /<dc:Bounds x="([^"]+)" y="([^"]+)" width="([^"]+)" height="([^"]+)"/;
const WAYPOINT = /<di:waypoint x="([^"]+)" y="([^"]+)"/g;
const DRAWN = /<bpmndi:BPMN(Shape|Edge)\b.*?<\/bpmndi:BPMN\1>/gs;
const LABEL = /<bpmndi:BPMNLabel>.*?<\/bpmndi:BPMNLabel>/s;

/** Pixels between an element and its name. */
const GAP = 4;

/** `xml` turned over its diagonal; texts stay as wide as they are. */
export function verticalLayout(xml: string): string {
  return xml.replace(DRAWN, (drawn) => {
    const label = drawn.match(LABEL)?.[0];
    const rest = label ? drawn.replace(label, LABELS_PLACE) : drawn;
    const around = boxIn(rest);
    const turned = rest
      .replace(BOUNDS, around ? written(over(around)) : "")
      .replace(WAYPOINT, '<di:waypoint x="$2" y="$1"');
    return label ? turned.replace(LABELS_PLACE, beside(label, around)) : turned;
  });
}

const LABELS_PLACE = "<label/>";

function beside(label: string, around: Box | null): string {
  const box = boxIn(label);
  return box ? label.replace(BOUNDS, written(around ? named(around, box) : kept(box))) : label;
}

/** A connection's text stays at its place, clear of the stroke that marks what is usual. */
function kept(label: Box): Box {
  return at(middle(label).y - GAP, middle(label).x, label);
}

/** What was above is left of its element then, what was below right of it, the rest below it. */
function named(element: Box, label: Box): Box {
  const turned = over(element);
  const center = middle(turned);
  if (label.y + label.height <= element.y) {
    return at(turned.x - GAP - label.width / 2, center.y, label);
  }
  if (label.y >= element.y + element.height) {
    return at(turned.x + turned.width + GAP + label.width / 2, center.y, label);
  }
  const lower = label.y - middle(element).y;
  const x = lower > 0 ? center.x + lower + label.width / 2 : center.x;
  return at(x, turned.y + turned.height + GAP + label.height / 2, label);
}

function at(x: number, y: number, { width, height }: Box): Box {
  return { x: x - width / 2, y: y - height / 2, width, height };
}

function middle({ x, y, width, height }: Box): { x: number; y: number } {
  return { x: x + width / 2, y: y + height / 2 };
}

function over({ x, y, width, height }: Box): Box {
  return { x: y, y: x, width: height, height: width };
}

function boxIn(xml: string): Box | null {
  const found = xml.match(BOUNDS);
  if (!found) {
    return null;
  }
  const [x = 0, y = 0, width = 0, height = 0] = found.slice(1).map(Number);
  return { x, y, width, height };
}

function written({ x, y, width, height }: Box): string {
  return `<dc:Bounds x="${x}" y="${y}" width="${width}" height="${height}"`;
}
