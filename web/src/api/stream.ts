import { EventSourceParserStream } from "eventsource-parser/stream";
import { noteRefusedToken } from "./client";
import { token } from "./token";
import type { StoredEvent } from "./types";

const PAUSE_SECONDS = 1;

interface Listener {
  onEvent: (event: StoredEvent) => void;
  /** The stream is there, or it is lost. */
  onLost: (lost: boolean) => void;
  /** Whether nothing more can happen. */
  isOver: () => boolean;
}

/** There is no stream; `pause` seconds later there may be one. */
class NoStreamError extends Error {
  constructor(readonly pause: number) {
    super("no stream");
  }
}

/** Follows a stream of events until a look that began when all was over, or until `signal` aborts.
 * One that ends earlier, or is lost, is connected again behind the last event that came. The
 * browser's EventSource can't send a token.
 */
export async function follow(path: string, listener: Listener, signal: AbortSignal): Promise<void> {
  let last = 0;
  while (!signal.aborted) {
    // Asked before, as what happens meanwhile may come too late for this look.
    const over = listener.isOver();
    let seconds = PAUSE_SECONDS;
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
      seconds = error instanceof NoStreamError ? error.pause : PAUSE_SECONDS;
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
    throw new NoStreamError(Number(response.headers.get("Retry-After")) || PAUSE_SECONDS);
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
