import "./talk.css";
import { useCallback } from "preact/hooks";
import { RefusalNote } from "../layout/refusal-note";
import type { PageProps } from "../page";
import { go, queryOf, usePath } from "../router";
import { ActionButtons } from "./action-buttons";
import { Code } from "./code";
import { Comparison } from "./comparison";
import { EventChain } from "./event-chain";
import { LiveDiagram } from "./live-diagram";
import { addressOf, afterKey, slideNumber } from "./position";
import { SLIDES } from "./slides";
import { useArrows } from "./use-arrows";
import { usePlayedOrder } from "./use-played-order";

/** The guided tour along the talk's slides, which plays one order at a time. */
export function TalkPage({ parameters }: PageProps) {
  const number = slideNumber(parameters.slide);
  const orderId = queryOf(usePath()).get("order");
  const played = usePlayedOrder(orderId);
  const press = useCallback(
    (key: string) => {
      const next = afterKey(number, key);
      if (next !== null) {
        go(addressOf(next, orderId));
      }
    },
    [number, orderId],
  );
  useArrows(press);
  const slide = SLIDES[number - 1];
  if (!slide) {
    return null;
  }
  const { title, text, actions, chain, compares, code } = slide;
  return (
    <div class="talk stack">
      <Slides current={number} order={orderId} />
      <div class="talk-columns">
        <section class="card stack" aria-labelledby="slide-title">
          <div aria-live="polite">
            <p class="small muted">
              Slide {number} of {SLIDES.length}
            </p>
            <h1 id="slide-title">{title}</h1>
            <p>{text}</p>
          </div>
          {chain && <EventChain lit={chain} />}
          {actions && <ActionButtons names={actions} order={played.order} onDone={played.reload} />}
          {played.refusal && <RefusalNote refusal={played.refusal} reload={played.reload} />}
        </section>
        <LiveDiagram slide={slide} played={played} />
        <div class="talk-rest stack">
          {compares && <Comparison played={played} />}
          <Code names={code} />
        </div>
      </div>
    </div>
  );
}

/** Links to all slides. */
function Slides({ current, order }: { current: number; order: string | null }) {
  return (
    <nav aria-label="Slides of the talk" class="talk-slides small">
      <ol>
        {SLIDES.map(({ title }, place) => (
          <li key={title}>
            <a
              href={`#${addressOf(place + 1, order)}`}
              title={title}
              aria-label={`Slide ${place + 1}: ${title}`}
              aria-current={place + 1 === current ? "page" : undefined}
            >
              {place + 1}
            </a>
          </li>
        ))}
      </ol>
      {current > 1 && <a href={`#${addressOf(current - 1, order)}`}>← Back</a>}
      {current < SLIDES.length && <a href={`#${addressOf(current + 1, order)}`}>Next →</a>}
      <span class="muted keys">or the arrow keys</span>
    </nav>
  );
}
