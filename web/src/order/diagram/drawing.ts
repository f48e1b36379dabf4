import Viewer from "bpmn-js/lib/Viewer";
import type { Course } from "./course";
import { type Graph, graphOf, isEvent } from "./graph";

/** As much of diagram-js' services as is used here. */
interface Canvas {
  addMarker(id: string, marker: string): void;
  removeMarker(id: string, marker: string): void;
  viewbox(): { inner: { x: number; y: number; width: number; height: number } };
  zoom(level: "fit-viewport", center: "auto"): void;
  resized(): void;
}

interface Overlays {
  add(
    id: string,
    overlay: { position: Record<string, number>; html: HTMLElement; scale: object },
  ): void;
  clear(): void;
}

interface Registry {
  getGraphics(id: string): SVGElement | undefined;
}

/** Smaller than the diagram if that is small, but to be read. */
const SCALE = { min: 0.75, max: 1 };

/** Of an event's note; pixels of the diagram. */
const BELOW_ITS_NAME = { top: 68, left: -34 };

/** Of a count; what sits on a task's border must not write on the task. */
const CORNER = { top: -12, right: 14 };
const LEFT_OF_IT = { top: 2, left: -26 };

/** One BPMN diagram in the page, drawn by bpmn-js. */
export class Drawing {
  graph: Graph = { nodes: new Map(), flows: [] };
  readonly #viewer: Viewer;
  readonly #place: HTMLElement;
  readonly #resizing: ResizeObserver;
  readonly #title: string;
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
    const { inner } = this.#canvas.viewbox();
    this.#place.style.aspectRatio = `${inner.width + 20} / ${inner.height + 20}`;
    this.#resizing.observe(this.#place);
    this.#fit();
  }

  /** What was passed, where it is now, what went wrong, and what there is to say of elements. */
  show(course: Course, troubles: string[], notes: Record<string, string>): void {
    for (const [id, marker] of this.#marked) {
      this.#canvas.removeMarker(id, marker);
    }
    this.#marked = [];
    this.#overlays.clear();
    for (const [id, times] of course.passed) {
      this.#mark(id, "passed");
      if (times > 1 && this.graph.nodes.has(id) && isCounted(id, this.graph)) {
        const position = this.graph.nodes.get(id)?.attachedTo ? LEFT_OF_IT : CORNER;
        this.#write(id, `${times}×`, position, "times");
      }
    }
    for (const id of troubles) {
      this.#mark(id, "trouble");
    }
    if (course.now) {
      this.#mark(course.now, "now");
      this.#scrollTo(course.now);
    }
    for (const [id, note] of Object.entries(notes)) {
      this.#write(id, note, BELOW_ITS_NAME, "said");
    }
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

  #write(id: string, text: string, position: Record<string, number>, kind: string): void {
    if (!this.graph.nodes.has(id)) {
      return;
    }
    const html = document.createElement("span");
    html.className = `beside ${kind}`;
    html.textContent = text;
    this.#overlays.add(id, { position, html, scale: SCALE });
  }

  /** Sideways only, where the page is too narrow for all of it. */
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
      this.#canvas.zoom("fit-viewport", "auto");
    }
  }

  get #canvas(): Canvas {
    return this.#viewer.get<Canvas>("canvas");
  }

  get #overlays(): Overlays {
    return this.#viewer.get<Overlays>("overlays");
  }
}

/** Tasks and events are repeated; a gateway that is passed twice says nothing. */
function isCounted(id: string, graph: Graph): boolean {
  return isEvent(id) || (graph.nodes.get(id)?.type.endsWith("Task") ?? false);
}
