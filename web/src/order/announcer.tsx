import { useEffect, useRef, useState } from "preact/hooks";
import type { StoredEvent } from "../api/types";
import { eventDetail, eventName } from "../words/happened";

interface Props {
  placed: StoredEvent[];
  paid: StoredEvent[];
  currency: string;
}

/** Tells a screen reader of what is new; of what had happened before, the timelines tell. */
export function Announcer({ placed, paid, currency }: Props) {
  const opened = useRef(new Date().toISOString());
  const [said, setSaid] = useState("");
  const newest = [placed.at(-1), paid.at(-1)]
    .filter((event) => event !== undefined)
    .filter((event) => event.at > opened.current)
    .map((event) =>
      [eventName(event.type), eventDetail(event, currency)].filter(Boolean).join(": "),
    )
    .join(". ");
  useEffect(() => setSaid(newest), [newest]);
  return (
    <p class="unseen" aria-live="polite">
      {said}
    </p>
  );
}
