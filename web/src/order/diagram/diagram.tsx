import "bpmn-js/dist/assets/bpmn-js.css";
import "bpmn-js/dist/assets/diagram-js.css";
import "./diagram.css";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Scroll } from "../../layout/scroll";
import { isFailure } from "../../words/events";
import { Drawing } from "./drawing";
import { tokenPathOf } from "./token-path";

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
}

const NOTHING = {};

/** A BPMN process, and the path of an order or a payment through it. */
export function Diagram({ title, xml, events, at, notes, attempts = NOTHING }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const [drawing, setDrawing] = useState<Drawing | null>(null);
  useEffect(() => {
    if (!place.current) {
      return;
    }
    const made = new Drawing(place.current, title);
    made.draw(xml).then(() => setDrawing(made));
    return () => {
      setDrawing(null);
      made.destroy();
    };
  }, [xml, title]);
  const key = JSON.stringify({ events, at, notes, attempts });
  const path = useMemo(() => drawing && tokenPathOf(drawing.graph, events, at), [drawing, key]);
  useEffect(() => {
    if (drawing && path) {
      drawing.show(path, events.filter(isFailure), notes, attempts);
    }
  }, [drawing, path]);
  return (
    <Scroll label={`Diagram: ${title}`}>
      <div ref={place} class="diagram" />
    </Scroll>
  );
}
