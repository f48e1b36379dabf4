import { EventSourceParserStream } from "eventsource-parser/stream";
import { noteRefusedToken } from "./client";
import { slot } from "./stream-slots";
import { token } from "./token";
import type { StoredEvent, StreamedEvent } from "./types";
import { becomesVisible, whileVisible } from "./visibility";

const RETRY_SECONDS = 1;

/** Between two requests for events without a stream. */
const POLL_SECONDS = 2;

const NO_CONTENT = 204;
/** Request timeout, too early, too many requests: the same request may succeed later. */
const PASSING = [408, 425, 429];

const ORDER_ENDS = ["OrderFulfilled", "OrderNotFulfilled"];

export interface Listener {
  onEvent: (event: StreamedEvent) => void;
  /** The stream was lost or is connected again. */
  onLost: (lost: boolean) => void;
}

/** The API refused the stream; retry after `pause` seconds, unless it is final. */
class NoStreamError extends Error {
  constructor(
    readonly pause: number,
    readonly isFinal: boolean,
  ) {
    super("no stream");
  }
}

/** Follows the events of orders and payments (`order/<id>`, `payment/<id>`; an order first) in one
 * stream, until the API says that there will be no more, or `signal` aborts.
 *
 * The stream is closed while the page is hidden, and continues after the last event received. A
 * browser has few connections to one host: a page that gets none of those for streams polls.
 * The browser's EventSource is not used: it can't send a token.
 */
export async function follow(
  streams: readonly string[],
  listener: Listener,
  signal: AbortSignal,
): Promise<void> {
  const progress = new Progress(streams, listener);
  while (!signal.aborted) {
    await becomesVisible(signal);
    const visible = whileVisible(signal);
    let seconds = RETRY_SECONDS;
    try {
      const isOver = await slot(
        () => read(progress, listener, visible),
        async () => {
          await poll(progress, listener, visible);
          seconds = POLL_SECONDS;
          return progress.hasEnded;
        },
      );
      if (isOver) {
        return;
      }
    } catch (error) {
      if (visible.aborted) {
        continue;
      }
      listener.onLost(true);
      if (error instanceof NoStreamError) {
        if (error.isFinal) {
          return;
        }
        seconds = error.pause;
      }
    }
    await pause(seconds, signal);
  }
}

/** What was received of each stream. */
class Progress {
  private readonly last: Map<string, number>;
  /** Of each stream that decides when to stop polling, the types of its events. */
  private readonly open: Map<string, Set<string>>;

  constructor(
    readonly streams: readonly string[],
    private readonly listener: Listener,
  ) {
    this.last = new Map(streams.map((stream) => [stream, 0]));
    // An order's payment ends with it.
    const orders = streams.filter((stream) => stream.startsWith("order/"));
    this.open = new Map((orders.length > 0 ? orders : streams).map((one) => [one, new Set()]));
  }

  /** The `Last-Event-ID`; null before the first event. */
  get id(): string | null {
    const numbers = [...this.last.values()];
    return numbers.some((number) => number > 0) ? numbers.join(",") : null;
  }

  /** Whether every order has ended, or every payment without one. */
  get hasEnded(): boolean {
    return this.open.size === 0;
  }

  note(event: StreamedEvent): void {
    if (event.sequence <= (this.last.get(event.of) ?? 0)) {
      return;
    }
    this.last.set(event.of, event.sequence);
    const types = this.open.get(event.of)?.add(event.type);
    if (types && isEnd(event.of, types)) {
      this.open.delete(event.of);
    }
    this.listener.onEvent(event);
  }
}

/** A canceled payment ends once what was withdrawn is credited. Later refunds are not waited for. */
function isEnd(stream: string, types: ReadonlySet<string>): boolean {
  if (stream.startsWith("order/")) {
    return ORDER_ENDS.some((type) => types.has(type));
  }
  const isCredited = types.has("AmountCredited") || !types.has("AmountWithdrawn");
  return types.has("PaymentReceived") || (types.has("PaymentCanceled") && isCredited);
}

/** Reads one stream to its end; returns whether there will be no other. */
async function read(progress: Progress, listener: Listener, signal: AbortSignal): Promise<boolean> {
  const [first, ...others] = progress.streams;
  const query = new URLSearchParams(others.map((also) => ["also", also]));
  const path = others.length > 0 ? `${pathOf(first)}?${query}` : pathOf(first);
  const headers: Record<string, string> = { Accept: "text/event-stream" };
  if (progress.id) {
    headers["Last-Event-ID"] = progress.id;
  }
  const response = await request(path, headers, signal);
  listener.onLost(false);
  if (response.status === NO_CONTENT) {
    return true;
  }
  const messages = response.body
    ?.pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream());
  const reader = messages?.getReader();
  for (let next = await reader?.read(); next && !next.done; next = await reader?.read()) {
    progress.note({ of: first ?? "", ...JSON.parse(next.value.data) });
  }
  return false;
}

/** Requests the events of every stream once. */
async function poll(progress: Progress, listener: Listener, signal: AbortSignal): Promise<void> {
  for (const of of progress.streams) {
    try {
      const response = await request(pathOf(of), {}, signal);
      const { events } = (await response.json()) as { events: StoredEvent[] };
      for (const event of events) {
        progress.note({ of, ...event });
      }
    } catch (error) {
      // An order's payment need not exist yet.
      if (!(error instanceof NoStreamError && error.isFinal && of.startsWith("payment/"))) {
        throw error;
      }
    }
  }
  listener.onLost(false);
}

function pathOf(stream: string | undefined): string {
  const [kind, id] = (stream ?? "").split("/");
  return `/${kind}s/${id}/events`;
}

async function request(
  path: string,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<Response> {
  const bearer = token();
  if (bearer) {
    headers.Authorization = `Bearer ${bearer}`;
  }
  const response = await fetch(path, { headers, signal });
  if (!response.ok) {
    if (bearer) {
      await noteRefusedToken(response);
    }
    const { status } = response;
    const seconds = Number(response.headers.get("Retry-After")) || RETRY_SECONDS;
    throw new NoStreamError(seconds, status < 500 && !PASSING.includes(status));
  }
  return response;
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
