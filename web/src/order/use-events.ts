import { useEffect, useState } from "preact/hooks";
import { follow } from "../api/stream";
import type { StoredEvent, StreamedEvent } from "../api/types";

export interface Events {
  events: StoredEvent[];
  /** Whether the stream was lost and is not connected again yet. */
  lost: boolean;
}

/** The events of orders and payments (`order/<id>`, `payment/<id>`), live in one stream for all. */
export function useEvents(streams: readonly string[]): (stream: string) => Events {
  const [events, setEvents] = useState<StreamedEvent[]>([]);
  const [lost, setLost] = useState(false);
  const key = streams.join(" ");
  useEffect(() => {
    setEvents([]);
    if (!key) {
      return;
    }
    const stop = new AbortController();
    const listener = {
      onEvent: (event: StreamedEvent) => setEvents((before) => [...before, event]),
      onLost: setLost,
    };
    follow(key.split(" "), listener, stop.signal);
    return () => stop.abort();
  }, [key]);
  return (stream) => ({ events: events.filter(({ of }) => of === stream), lost });
}
