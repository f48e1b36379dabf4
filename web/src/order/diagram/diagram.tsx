import "bpmn-js/dist/assets/bpmn-js.css";
import "bpmn-js/dist/assets/diagram-js.css";
import "./diagram.css";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Scroll } from "../../layout/scroll";
import { isTrouble } from "../../words/happened";
import { courseOf } from "./course";
import { Drawing } from "./drawing";

interface Props {
  title: string;
  /** BPMN, as in docs/bpmn. */
  xml: string;
  /** The names of what happened, in turn. */
  events: string[];
  /** Where it is now, beyond the last event. */
  at: string | null;
  /** What to write beside elements, by their id. */
  notes: Record<string, string>;
  /** How often a step has been tried that has not succeeded yet, by its element's id. */
  tries?: Record<string, number>;
}

const NOTHING = {};

/** The process, and the way that an order or a payment has taken through it. */
export function Diagram({ title, xml, events, at, notes, tries = NOTHING }: Props) {
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
  const said = JSON.stringify({ events, at, notes, tries });
  const course = useMemo(() => drawing && courseOf(drawing.graph, events, at), [drawing, said]);
  useEffect(() => {
    if (drawing && course) {
      drawing.show(course, events.filter(isTrouble), notes, tries);
    }
  }, [drawing, course]);
  return (
    <Scroll label={`Diagram: ${title}`}>
      <div ref={place} class="diagram" />
    </Scroll>
  );
}
