import { type Box, hostsIn } from "./drawn";

/** Pixels between two elements below each other, with room for the text of the flow between. */
const BETWEEN = 12;

/** Of a boundary event from the middle of its element. */
const OFF_MIDDLE = 8;

/** At least so far apart are two places; the second is never before the first. */
interface Distance {
  from: number;
  to: number;
  pixels: number;
}

/** How far down what was at a place from left to right is, as close together as sizes allow. */
export function distances(xml: string, shapes: Map<string, Box>): (x: number) => number {
  const hosts = hostsIn(xml);
  const places = [...new Set([...shapes.values()].map(center))].sort((one, other) => one - other);
  const needed = [...along(shapes, hosts), ...attached(shapes, hosts)];
  const down = new Map(places.map((place) => [place, 0]));
  const at = (place: number) => down.get(place) ?? 0;
  for (let changed = true; changed; ) {
    changed = false;
    for (const { from, to, pixels } of needed) {
      if (at(to) < at(from) + pixels) {
        down.set(to, at(from) + pixels);
        changed = true;
      }
    }
  }
  return (x) => {
    const known = down.get(x);
    if (known !== undefined) {
      return known;
    }
    const before = places.filter((place) => place < x).at(-1) ?? places[0] ?? 0;
    const after = places.find((place) => place > x) ?? before;
    const part = after === before ? 0 : (x - before) / (after - before);
    return at(before) + part * (at(after) - at(before));
  };
}

/** Of a turned element: tasks keep two lines of text, all others their shape. */
export function size({
  width,
  height,
}: Pick<Box, "width" | "height">): Pick<Box, "width" | "height"> {
  if (width !== height) {
    return { width: height, height: 40 };
  }
  const side = width > 40 ? 36 : 28;
  return { width: side, height: side };
}

/** What stands in one row keeps its sequence, without touching. */
function along(shapes: Map<string, Box>, hosts: Map<string, string>): Distance[] {
  const all = [...shapes].filter(([id]) => !hosts.has(id)).map(([, box]) => box);
  const inOneRow = (one: Box, other: Box) =>
    one.y < other.y + other.height && other.y < one.y + one.height;
  return all.flatMap((one) =>
    all
      .filter((other) => center(other) > center(one) && inOneRow(one, other))
      .map((other) => ({
        from: center(one),
        to: center(other),
        pixels: (size(one).height + size(other).height) / 2 + BETWEEN,
      })),
  );
}

/** A boundary event stays at the border of its element. */
function attached(shapes: Map<string, Box>, hosts: Map<string, string>): Distance[] {
  return [...hosts].flatMap(([id, host]) => {
    const [event, element] = [shapes.get(id), shapes.get(host)];
    if (!event || !element) {
      return [];
    }
    const [from, to] = [center(event), center(element)];
    const pixels = Math.sign(to - from) * OFF_MIDDLE;
    return [
      { from, to, pixels },
      { from: to, to: from, pixels: -pixels },
    ];
  });
}

function center({ x, width }: Box): number {
  return x + width / 2;
}
