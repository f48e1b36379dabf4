import Viewer from "bpmn-js/lib/Viewer";
import { type Graph, graphOf, isEvent } from "./graph";
import type { TokenPath } from "./token-path";

/** The parts of diagram-js that are used here. */
interface Canvas {
  addMarker(id: string, marker: string): void;
  removeMarker(id: string, marker: string): void;
  viewbox(shown?: Box): { inner: Box };
  resized(): void;
}

interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

interface Overlays {
  add(
    id: string,
    overlay: { position: Record<string, number>; html: HTMLElement; scale: object },
  ): void;
  clear(): void;
}

interface EventBus {
  on(event: "element.click", listener: (event: { element: { id: string } }) => void): void;
}

interface Registry {
  getGraphics(id: string): SVGElement | undefined;
}

/** Pixels of its letters; 12 on the screen at the least size of a diagram (`--least`). */
const LETTERS = 14;

/** Overlays, whose letters have 12 pixels, never shrink with the diagram. */
const SCALE = { min: 1, max: 1.5 };

/** Space around the diagram for tags at its edges; in the diagram's pixels, as all that follow. */
const MARGIN = 12;

/** The position of an element's note, and the distance to the next note. */
const BELOW_ITS_NAME = { top: 80, left: -34 };
const NEXT_NOTE = 24;

/** The position of a tag; the tag of a boundary event must not cover its task. */
const CORNER = { top: -12, right: 14 };
const LEFT_OF_IT = { top: 2, left: -2 };
const WITHIN_ITS_WIDTH = { top: -12, left: 10 };

/** One BPMN diagram in the page, drawn by bpmn-js. */
export class Drawing {
  graph: Graph = { nodes: new Map(), flows: [] };
  readonly #viewer: Viewer;
  readonly #place: HTMLElement;
  readonly #resizing: ResizeObserver;
  readonly #title: string;
  #shown: Box = { x: 0, y: 0, width: 0, height: 0 };
  #marked: [id: string, marker: string][] = [];

  constructor(place: HTMLElement, title: string) {
    this.#place = place;
    this.#title = title;
    this.#viewer = new Viewer({
      container: place,
      bpmnRenderer: {
        defaultFillColor: "var(--surface)",
        defaultStrokeColor: "var(--drawn)",
        defaultLabelColor: "var(--text)",
      },
      textRenderer: {
        defaultStyle: { fontSize: LETTERS },
        externalStyle: { fontSize: LETTERS },
      },
    });
    this.#resizing = new ResizeObserver(() => this.#fit());
  }

  async draw(xml: string): Promise<void> {
    await this.#viewer.importXML(xml);
    this.graph = graphOf(this.#viewer.getDefinitions());
    const svg = this.#place.querySelector("svg");
    svg?.setAttribute("role", "img");
    svg?.setAttribute("aria-label", `${this.#title}: its events are listed below.`);
    svg?.removeAttribute("tabindex");
    this.#shown = widened(this.#canvas.viewbox().inner);
    const { width, height } = this.#shown;
    this.#place.style.setProperty("--drawn-width", `${width}px`);
    this.#place.style.setProperty("--aspect", `${width / height}`);
    this.#resizing.observe(this.#place);
    this.#fit();
  }

  /** Marks passed elements, the current one and failures, and writes the notes. */
  show(
    path: TokenPath,
    failures: string[],
    notes: Record<string, string>,
    attempts: Record<string, number>,
  ): void {
    for (const [id, marker] of this.#marked) {
      this.#canvas.removeMarker(id, marker);
    }
    this.#marked = [];
    this.#overlays.clear();
    for (const id of path.passed.keys()) {
      this.#mark(id, "passed");
    }
    for (const id of failures) {
      this.#mark(id, "failure");
    }
    if (path.now) {
      this.#mark(path.now, "now");
    }
    for (const id of this.graph.nodes.keys()) {
      this.#tag(id, path, failures, attempts[id]);
    }
    if (path.last) {
      this.#scrollTo(path.last);
    }
    for (const [place, [id, note]] of Object.entries(notes).entries()) {
      const { top, left } = BELOW_ITS_NAME;
      // One below the other: there is no room beside each other.
      this.#write(id, note, { top: top + place * NEXT_NOTE, left }, "note-beside");
    }
  }

  /** Calls `clicked` with the id of each element that is clicked on, by its shape or its name. */
  onClick(clicked: (id: string) => void): void {
    this.#viewer.get<EventBus>("eventBus").on("element.click", ({ element }) => {
      clicked(element.id.replace(/_label$/, ""));
    });
  }

  destroy(): void {
    this.#resizing.disconnect();
    this.#viewer.destroy();
  }

  #mark(id: string, marker: string): void {
    if (this.graph.nodes.has(id) || this.graph.flows.some((flow) => flow.id === id)) {
      this.#canvas.addMarker(id, marker);
      this.#marked.push([id, marker]);
    }
  }

  /** A tag with the state, how often the element was passed, and the number of attempts. */
  #tag(id: string, { passed, now }: TokenPath, failures: string[], tried?: number): void {
    const times = isCounted(id, this.graph) ? (passed.get(id) ?? 0) : 0;
    const kind = id === now ? "here" : failures.includes(id) ? "wrong" : "times";
    const words = [
      failures.includes(id) && "!",
      id === now && "here",
      times > 1 && `${times}×`,
      tried && `try ${tried}`,
    ].filter(Boolean);
    if (words.length > 0) {
      const node = this.graph.nodes.get(id);
      const wide = node?.type === "bpmn:SubProcess";
      const place = node?.attachedTo ? LEFT_OF_IT : wide ? WITHIN_ITS_WIDTH : CORNER;
      this.#write(id, words.join(" "), place, node?.attachedTo ? `${kind} left` : kind);
    }
  }

  #write(id: string, text: string, position: Record<string, number>, kind: string): void {
    if (!this.graph.nodes.has(id)) {
      return;
    }
    const html = document.createElement("span");
    html.className = `beside ${kind}`;
    html.textContent = text;
    this.#overlays.add(id, { position, html, scale: SCALE });
  }

  /** Scrolls horizontally if the page is narrower than the diagram. */
  #scrollTo(id: string): void {
    const scroller = this.#place.parentElement;
    const shape = this.#viewer.get<Registry>("elementRegistry").getGraphics(id);
    if (scroller && shape) {
      const { left, width } = shape.getBoundingClientRect();
      const frame = scroller.getBoundingClientRect();
      scroller.scrollLeft += left + width / 2 - (frame.left + frame.width / 2);
    }
  }

  #fit(): void {
    if (this.#place.clientWidth > 0) {
      this.#canvas.resized();
      this.#canvas.viewbox(this.#shown);
    }
  }

  get #canvas(): Canvas {
    return this.#viewer.get<Canvas>("canvas");
  }

  get #overlays(): Overlays {
    return this.#viewer.get<Overlays>("overlays");
  }
}

function widened({ x, y, width, height }: Box): Box {
  return {
    x: x - MARGIN,
    y: y - MARGIN,
    width: width + 2 * MARGIN,
    height: height + 2 * MARGIN,
  };
}

/** Repetitions of tasks and events are counted; those of gateways are not of interest. */
function isCounted(id: string, graph: Graph): boolean {
  return isEvent(id) || (graph.nodes.get(id)?.type.endsWith("Task") ?? false);
}
