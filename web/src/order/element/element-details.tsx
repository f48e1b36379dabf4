import { useEffect, useRef } from "preact/hooks";
import type { StoredEvent } from "../../api/types";
import { Scroll } from "../../layout/scroll";
import { EXCERPTS } from "../../words/code-excerpts";
import { eventDetail, eventName } from "../../words/events";
import { moment } from "../../words/moments";
import type { DiagramElement } from "../diagram/diagram";
import { WorkflowLink } from "../workflow-link";
import { activityOf, codeOf, type Process } from "./code";

interface Props {
  element: DiagramElement;
  process: Process;
  /** The process's events so far. */
  events: readonly StoredEvent[];
  currency: string;
  /** The id of the process's workflow; null if it has none. */
  workflow: string | null;
  close: () => void;
}

/** An element of a diagram: its event, its code, and its place in Temporal. */
export function ElementDetails({ element, process, events, currency, workflow, close }: Props) {
  const place = useRef<HTMLElement>(null);
  const name = codeOf(process, element.id);
  const code = EXCERPTS[name];
  const symbol = name.split(/::|\./).at(-1);
  const activity = activityOf(element.id);
  useEffect(() => place.current?.scrollIntoView({ block: "nearest" }), [element, code]);
  return (
    <section ref={place} class="note element" aria-label={`Element: ${element.name}`}>
      <div class="row between">
        <h3>{element.name}</h3>
        <button type="button" class="quiet" onClick={close}>
          Close
        </button>
      </div>
      <dl class="facts">
        <dt>Event</dt>
        <dd>
          {element.events.length === 0 && "It leaves none."}
          {element.events.map((type) => (
            <EventLine key={type} type={type} events={events} currency={currency} />
          ))}
        </dd>
        <dt>Code</dt>
        <dd>
          {code && (
            <>
              <code>{code.path}</code>, lines {code.first} to {code.last}
              <details>
                <summary>
                  <code>{symbol}</code>
                </summary>
                <Scroll label={`Code: ${symbol}`}>
                  <pre>{code.text}</pre>
                </Scroll>
              </details>
            </>
          )}
        </dd>
        <dt>Temporal</dt>
        <dd>
          {activity ? `Activity ${activity}` : "Decided by the workflow itself"}
          {workflow && (
            <>
              , in <WorkflowLink workflow={workflow} text={workflow} />
            </>
          )}
        </dd>
      </dl>
    </section>
  );
}

interface LineProps {
  type: string;
  events: readonly StoredEvent[];
  currency: string;
}

function EventLine({ type, events, currency }: LineProps) {
  const found = events.filter((event) => event.type === type);
  const lines = found.map((event) =>
    [moment(event.at), eventDetail(event, currency)].filter(Boolean).join(", "),
  );
  return (
    <span class="block">
      {eventName(type)}: {lines.length > 0 ? lines.join("; ") : "has not happened"}
    </span>
  );
}
