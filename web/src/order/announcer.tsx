import { useEffect, useRef, useState } from "preact/hooks";
import type { StoredEvent } from "../api/types";
import { eventDetail, eventName } from "../words/events";

interface Props {
  placed: StoredEvent[];
  paid: StoredEvent[];
  currency: string;
}

/** Announces new events to screen readers; earlier events are in the timelines. */
export function Announcer({ placed, paid, currency }: Props) {
  const opened = useRef(new Date().toISOString());
  const [announcement, setAnnouncement] = useState("");
  const newest = [placed.at(-1), paid.at(-1)]
    .filter((event) => event !== undefined)
    .filter((event) => event.at > opened.current)
    .map((event) =>
      [eventName(event.type), eventDetail(event, currency)].filter(Boolean).join(": "),
    )
    .join(". ");
  useEffect(() => setAnnouncement(newest), [newest]);
  return (
    <p class="unseen" aria-live="polite">
      {announcement}
    </p>
  );
}
