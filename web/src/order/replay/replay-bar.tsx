import "./replay.css";
import { eventDetail, eventName } from "../../words/events";
import { moment } from "../../words/moments";
import type { Happened } from "../timeline/merged";
import { PACES, type Pace, type Replay } from "./use-replay";

interface Props {
  replay: Replay;
  events: readonly Happened[];
  currency: string;
}

/** Buttons that play a finished order again: slowly, step by step, backwards. */
export function ReplayBar({ replay, events, currency }: Props) {
  const { step, total, direction, pace, setPace, goTo, play, end } = replay;
  if (step === null) {
    return (
      <p class="replay-start">
        <button type="button" class="quiet" onClick={() => play(1)}>
          ▶ Play it again
        </button>
      </p>
    );
  }
  const toggle = (wanted: 1 | -1) => play(direction === wanted ? 0 : wanted);
  return (
    <section class="card replay" aria-label="Replay">
      <div class="row">
        <button type="button" class="quiet" onClick={() => toggle(-1)}>
          {direction === -1 ? "⏸ Pause" : "◀ Play backwards"}
        </button>
        <button type="button" class="quiet" disabled={step === 0} onClick={() => goTo(step - 1)}>
          One step back
        </button>
        <input
          type="range"
          class="grow"
          aria-label="Events that have happened"
          min={0}
          max={total}
          value={step}
          onInput={({ currentTarget }) => goTo(Number(currentTarget.value))}
        />
        <button
          type="button"
          class="quiet"
          disabled={step === total}
          onClick={() => goTo(step + 1)}
        >
          One step on
        </button>
        <button type="button" class="quiet" onClick={() => toggle(1)}>
          {direction === 1 ? "⏸ Pause" : "▶ Play"}
        </button>
        <select
          aria-label="Pace"
          value={pace}
          onChange={({ currentTarget }) => setPace(currentTarget.value as Pace)}
        >
          {Object.keys(PACES).map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
        <button type="button" class="quiet" onClick={end}>
          End the replay
        </button>
      </div>
      <p class="small" role="status">
        {caption(events[step - 1], step, total, currency)}
      </p>
    </section>
  );
}

function caption(last: Happened | undefined, step: number, total: number, currency: string) {
  if (!last) {
    return `Before the first of ${total} events.`;
  }
  const { event, at, of } = last;
  const detail = eventDetail(event, currency);
  const words = detail ? `${eventName(event.type)}: ${detail}` : eventName(event.type);
  return `Event ${step} of ${total}, of the ${of}, ${moment(at)}. ${words}`;
}
