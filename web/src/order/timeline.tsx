import { eventDetail, eventName, isFailure } from "../words/events";
import { moment } from "../words/moments";
import type { Events } from "./use-events";

interface Props extends Events {
  title: string;
  currency: string;
}

/** Every event, in words. */
export function Timeline({ title, events, currency }: Props) {
  const id = title.replaceAll(" ", "-").toLowerCase();
  return (
    <section class="card" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {events.length === 0 ? (
        <p class="muted">Nothing yet.</p>
      ) : (
        <ol class="timeline">
          {events.map((event) => (
            <li key={event.sequence} class={isFailure(event.type) ? "failure" : ""}>
              <span>{eventName(event.type)}</span>{" "}
              <span class="muted small">{eventDetail(event, currency)}</span>
              <time class="muted small" datetime={event.at}>
                {moment(event.at)}
              </time>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
