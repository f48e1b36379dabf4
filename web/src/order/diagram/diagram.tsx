import "bpmn-js/dist/assets/bpmn-js.css";
import "bpmn-js/dist/assets/diagram-js.css";
import "./diagram.css";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Scroll } from "../../layout/scroll";
import { isFailure } from "../../words/events";
import { Drawing } from "./drawing";
import { ElementChoice } from "./element-choice";
import { eventsOf } from "./graph";
import { tokenPathOf } from "./token-path";
import { Tools } from "./tools";

interface Props {
  title: string;
  /** BPMN, as in docs/bpmn. */
  xml: string;
  /** The types of the events, in order. */
  events: string[];
  /** The current element, after the last event. */
  at: string | null;
  /** Notes beside elements, by their id. */
  notes: Record<string, string>;
  /** The number of attempts of retried steps, by their element's id. */
  attempts?: Record<string, number>;
  /** Elements without events that are known to be passed, such as the deadline. */
  decided?: readonly string[];
  /** Whether it has buttons that zoom, and one for the full screen. */
  tools?: boolean;
  /** Called with an element that is clicked on, or chosen in the list of them. */
  onElement?: (element: DiagramElement) => void;
}

/** An element of the diagram that a person points at. */
export interface DiagramElement {
  id: string;
  name: string;
  /** The types of the events that it leads to; of an event, its own. */
  events: string[];
}

const NOTHING = {};
const NONE: readonly string[] = [];

/** A BPMN process, and the path of an order or a payment through it.
 *
 * It is as wide as its frame, but not so small that its names can't be read: then it scrolls.
 */
export function Diagram({
  title,
  xml,
  events,
  at,
  notes,
  attempts = NOTHING,
  decided = NONE,
  tools = true,
  onElement,
}: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const place = useRef<HTMLDivElement>(null);
  const choose = useRef((_id: string) => {});
  const [zoom, setZoom] = useState(1);
  const [drawing, setDrawing] = useState<Drawing | null>(null);
  useEffect(() => {
    if (!place.current) {
      return;
    }
    const made = new Drawing(place.current, title);
    made.draw(xml).then(() => {
      made.onClick((id) => choose.current(id));
      setDrawing(made);
    });
    return () => {
      setDrawing(null);
      made.destroy();
    };
  }, [xml, title]);
  const key = JSON.stringify({ events, at, notes, attempts, decided });
  const path = useMemo(
    () => drawing && tokenPathOf(drawing.graph, events, at, decided),
    [drawing, key],
  );
  useEffect(() => {
    if (drawing && path) {
      drawing.show(path, events.filter(isFailure), notes, attempts);
    }
  }, [drawing, path]);
  useEffect(() => place.current?.style.setProperty("--zoom", `${zoom}`), [zoom]);
  choose.current = (id) => {
    const node = drawing?.graph.nodes.get(id);
    if (drawing && node && onElement) {
      onElement({ id, name: node.name || "Gateway", events: eventsOf(drawing.graph, id) });
    }
  };
  const named = [...(drawing?.graph.nodes.values() ?? [])].filter(({ name }) => name);
  return (
    <div ref={frame} class={onElement ? "diagram-frame clickable" : "diagram-frame"}>
      {tools && (
        <Tools title={title} zoom={zoom} onZoom={setZoom} frame={frame}>
          {onElement && <ElementChoice elements={named} onChosen={(id) => choose.current(id)} />}
        </Tools>
      )}
      <Scroll label={`Diagram: ${title}`}>
        <div ref={place} class="diagram" />
      </Scroll>
    </div>
  );
}
