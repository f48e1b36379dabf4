import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { follow } from "./stream";

/** The responses of the API, in turn, and the event ids that it received. */
let answers: (() => Response | Promise<Response>)[];
let lastEventIds: (string | null)[];
let stop: AbortController;
let seen: number[];
let lost: boolean[];
let over: boolean;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("sessionStorage", { getItem: () => null });
  vi.stubGlobal("fetch", async (_: string, { headers }: { headers: Record<string, string> }) => {
    lastEventIds.push(headers["Last-Event-ID"] ?? null);
    const next = answers.shift();
    if (!next) {
      throw new Error("too many requests");
    }
    return next();
  });
  answers = [];
  lastEventIds = [];
  stop = new AbortController();
  seen = [];
  lost = [];
  over = false;
});

afterEach(() => {
  stop.abort();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function following(): Promise<void> {
  const listener = {
    onEvent: ({ sequence }: { sequence: number }) => seen.push(sequence),
    onLost: (now: boolean) => lost.push(now),
    isOver: () => over,
  };
  return follow("/payments/1/events", listener, stop.signal);
}

/** Sends events with these sequence numbers, then ends or breaks off. */
function stream(sequences: number[], end: "ends" | "breaks" = "ends"): Response {
  const rest = sequences.map((n) => `id: ${n}\r\ndata: ${JSON.stringify({ sequence: n })}\r\n\r\n`);
  const body = new ReadableStream({
    pull(control) {
      const next = rest.shift();
      if (next) {
        control.enqueue(new TextEncoder().encode(next));
      } else if (end === "ends") {
        control.close();
      } else {
        control.error(new TypeError("network error"));
      }
    },
  });
  return new Response(body);
}

test("a lost stream is connected again after the last event received", async () => {
  answers = [() => stream([1, 2], "breaks"), () => stream([3])];
  const done = following();
  await vi.waitFor(() => expect(lost).toEqual([false, true]));
  over = true;
  await vi.runAllTimersAsync();
  await done;
  expect(seen).toEqual([1, 2, 3]);
  expect(lastEventIds).toEqual([null, "2"]);
  expect(lost).toEqual([false, true, false]);
});

test("only a stream that began after the end is the last", async () => {
  const ends = () => {
    over = true;
    return stream([2]);
  };
  answers = [() => stream([1]), ends, () => stream([3])];
  const done = following();
  await vi.runAllTimersAsync();
  await done;
  expect(seen).toEqual([1, 2, 3]);
  expect(lastEventIds).toEqual([null, "1", "2"]);
  expect(lost).not.toContain(true);
});

test("a refused stream is retried after the time that the API states", async () => {
  const headers = { "Retry-After": "7" };
  answers = [() => new Response(null, { status: 429, headers }), () => stream([1])];
  over = true;
  const done = following();
  await vi.advanceTimersByTimeAsync(6900);
  expect(lastEventIds).toHaveLength(1);
  await vi.runAllTimersAsync();
  await done;
  expect(seen).toEqual([1]);
});

test("an aborted stream leaves no timer", async () => {
  answers = [() => stream([1])];
  const done = following();
  await vi.waitFor(() => expect(seen).toEqual([1]));
  stop.abort();
  await done;
  expect(vi.getTimerCount()).toBe(0);
});
