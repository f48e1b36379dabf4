import { useEffect, useRef, useState } from "preact/hooks";
import { follow } from "../api/stream";
import type { StoredEvent } from "../api/types";

export interface Events {
  events: StoredEvent[];
  /** Whether the stream was lost and is not connected again yet. */
  lost: boolean;
}

/** The events of an order or a payment, live; none while `path` is null.
 *
 * @param over Whether there will be no more events.
 */
export function useEvents(path: string | null, over: boolean): Events {
  const [events, setEvents] = useState<StoredEvent[]>([]);
  const [lost, setLost] = useState(false);
  const isOver = useRef(over);
  isOver.current = over;
  useEffect(() => {
    setEvents([]);
    if (!path) {
      return;
    }
    const stop = new AbortController();
    const listener = {
      onEvent: (event: StoredEvent) => setEvents((before) => [...before, event]),
      onLost: setLost,
      isOver: () => isOver.current,
    };
    follow(path, listener, stop.signal);
    return () => stop.abort();
  }, [path]);
  return { events, lost };
}
