import { EventSourceParserStream } from "eventsource-parser/stream";
import { noteRefusedToken } from "./client";
import { token } from "./token";
import type { StoredEvent } from "./types";

const RETRY_SECONDS = 1;

interface Listener {
  onEvent: (event: StoredEvent) => void;
  /** The stream was lost or is connected again. */
  onLost: (lost: boolean) => void;
  /** Whether there will be no more events. */
  isOver: () => boolean;
}

/** The API refused the stream; retry after `pause` seconds. */
class NoStreamError extends Error {
  constructor(readonly pause: number) {
    super("no stream");
  }
}

/** Follows a stream of events until a connection that began after the end of the order or payment
 * is closed, or until `signal` aborts. A stream that ends earlier, or is lost, is connected again
 * after the last event received. The browser's EventSource is not used: it can't send a token.
 */
export async function follow(path: string, listener: Listener, signal: AbortSignal): Promise<void> {
  let last = 0;
  while (!signal.aborted) {
    // Read before connecting: an event that happens meanwhile may be too late for this stream.
    const over = listener.isOver();
    let seconds = RETRY_SECONDS;
    try {
      for await (const event of connect(path, last, listener, signal)) {
        last = event.sequence;
        listener.onEvent(event);
      }
      if (over) {
        return;
      }
    } catch (error) {
      listener.onLost(true);
      seconds = error instanceof NoStreamError ? error.pause : RETRY_SECONDS;
    }
    await pause(seconds, signal);
  }
}

async function* connect(
  path: string,
  last: number,
  listener: Listener,
  signal: AbortSignal,
): AsyncGenerator<StoredEvent> {
  const headers: Record<string, string> = { Accept: "text/event-stream" };
  if (last > 0) {
    headers["Last-Event-ID"] = String(last);
  }
  const bearer = token();
  if (bearer) {
    headers.Authorization = `Bearer ${bearer}`;
  }
  const response = await fetch(path, { headers, signal });
  if (!response.ok || !response.body) {
    if (bearer) {
      await noteRefusedToken(response);
    }
    throw new NoStreamError(Number(response.headers.get("Retry-After")) || RETRY_SECONDS);
  }
  listener.onLost(false);
  const messages = response.body
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream());
  const reader = messages.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    yield JSON.parse(next.value.data) as StoredEvent;
  }
}

function pause(seconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, seconds * 1000);
    signal.addEventListener("abort", end);
  });
}
