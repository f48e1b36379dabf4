import { EventSourceParserStream } from "eventsource-parser/stream";
import { noteRefusedToken } from "./client";
import { token } from "./token";
import type { StoredEvent } from "./types";

const RECONNECT_MILLISECONDS = 1000;

interface Listener {
  onEvent: (event: StoredEvent) => void;
  /** The stream is there, or it is lost. */
  onLost: (lost: boolean) => void;
  /** Whether no more is to come for now: a stream that has ended is then left alone. */
  isOver: () => boolean;
}

/** Follows a stream of events until `signal` aborts; what is lost is connected again behind the
 * last event that came. The browser's EventSource can't send a token.
 */
export async function follow(path: string, listener: Listener, signal: AbortSignal): Promise<void> {
  let last = 0;
  while (!signal.aborted) {
    try {
      for await (const event of connect(path, last, listener, signal)) {
        last = event.sequence;
        listener.onEvent(event);
      }
    } catch {
      // Lost: connected again below.
    }
    do {
      listener.onLost(!listener.isOver());
      await pause(signal);
    } while (listener.isOver() && !signal.aborted);
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
    throw new Error(`no stream: ${response.status}`);
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

function pause(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, RECONNECT_MILLISECONDS);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
