import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { follow } from "./stream";

/** The responses of the API, in turn, and the event ids that it received. */
interface Asked {
  headers: Record<string, string>;
  signal: AbortSignal;
}

let answers: ((signal: AbortSignal) => Response | Promise<Response>)[];
let requested: string[];
let lastEventIds: (string | null)[];
let stop: AbortController;
let seen: number[];
let kinds: string[];
let lost: boolean[];
let page: EventTarget & { hidden: boolean };

beforeEach(() => {
  vi.useFakeTimers();
  page = Object.assign(new EventTarget(), { hidden: false });
  vi.stubGlobal("document", page);
  vi.stubGlobal("navigator", {});
  vi.stubGlobal("sessionStorage", { getItem: () => null });
  vi.stubGlobal("fetch", async (path: string, { headers, signal }: Asked) => {
    requested.push(path);
    lastEventIds.push(headers["Last-Event-ID"] ?? null);
    const next = answers.shift();
    if (!next) {
      throw new Error("too many requests");
    }
    return next(signal);
  });
  answers = [];
  lastEventIds = [];
  requested = [];
  stop = new AbortController();
  seen = [];
  kinds = [];
  lost = [];
});

afterEach(() => {
  stop.abort();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function following(streams = ["payment/1"]): Promise<void> {
  const listener = {
    onEvent: ({ of, sequence }: { of: string; sequence: number }) => {
      seen.push(sequence);
      kinds.push(of);
    },
    onLost: (now: boolean) => lost.push(now),
  };
  return follow(streams, listener, stop.signal);
}

/** The API expects no more events. */
const over = () => new Response(null, { status: 204 });

/** Stays open until the client leaves. */
function open(sequence: number) {
  return (signal: AbortSignal) => {
    const text = `data: ${JSON.stringify({ sequence })}\r\n\r\n`;
    const body = new ReadableStream({
      start(control) {
        control.enqueue(new TextEncoder().encode(text));
        signal.addEventListener("abort", () => control.error(new TypeError("aborted")));
      },
    });
    return new Response(body);
  };
}

function hide(hidden: boolean): void {
  page.hidden = hidden;
  page.dispatchEvent(new Event("visibilitychange"));
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
  answers = [() => stream([1, 2], "breaks"), () => stream([3]), over];
  const done = following();
  await vi.waitFor(() => expect(lost).toEqual([false, true]));
  await vi.runAllTimersAsync();
  await done;
  expect(seen).toEqual([1, 2, 3]);
  expect(lastEventIds).toEqual([null, "2", "3"]);
  expect(lost).toEqual([false, true, false, false]);
});

test("only the API ends it", async () => {
  answers = [() => stream([1]), () => stream([2]), over, () => stream([3])];
  const done = following();
  await vi.runAllTimersAsync();
  await done;
  expect(seen).toEqual([1, 2]);
  expect(answers).toHaveLength(1);
});

test("an order and its payment share a stream", async () => {
  const data = [
    { of: "order/1", sequence: 1 },
    { of: "payment/1", sequence: 1 },
  ];
  const text = data.map((one) => `data: ${JSON.stringify(one)}\r\n\r\n`).join("");
  answers = [() => new Response(text), over];
  const done = following(["order/1", "payment/1"]);
  await vi.runAllTimersAsync();
  await done;
  expect(kinds).toEqual(["order/1", "payment/1"]);
  expect(requested[0]).toBe("/orders/1/events?also=payment%2F1");
  expect(lastEventIds).toEqual([null, "1,1"]);
});

test("a hidden page has no stream, and continues where it was", async () => {
  hide(true);
  answers = [open(1), open(2), over];
  const done = following();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(requested).toEqual([]);
  hide(false);
  await vi.waitFor(() => expect(seen).toEqual([1]));
  hide(true);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(requested).toHaveLength(1);
  hide(false);
  await vi.waitFor(() => expect(seen).toEqual([1, 2]));
  expect(lastEventIds).toEqual([null, "1"]);
  expect(lost).not.toContain(true);
  stop.abort();
  await done;
});

test("a page without one of the browser's streams polls until the order ends", async () => {
  const request = (_name: string, _options: unknown, work: (lock: null) => unknown) => work(null);
  vi.stubGlobal("navigator", { locks: { request } });
  const events = (...types: string[]) => ({
    events: types.map((type, index) => ({ sequence: index + 1, type })),
  });
  answers = [
    () => Response.json(events("OrderPlaced")),
    () => new Response("{}", { status: 404 }),
    () => Response.json(events("OrderPlaced", "OrderFulfilled")),
    () => Response.json(events("PaymentRequested")),
  ];
  const done = following(["order/1", "payment/1"]);
  await vi.runAllTimersAsync();
  await done;
  expect(kinds).toEqual(["order/1", "order/1", "payment/1"]);
  expect(seen).toEqual([1, 2, 1]);
});

test.each([
  [["PaymentRequested"], ["PaymentRequested", "PaymentReceived"]],
  [["PaymentRequested"], ["PaymentRequested", "CreditCardFailed", "PaymentCanceled"]],
  [
    ["AmountWithdrawn", "CreditCardFailed", "PaymentCanceled"],
    ["AmountWithdrawn", "CreditCardFailed", "PaymentCanceled", "AmountCredited"],
  ],
])("a payment without an order is polled from %j until %j", async (before, after) => {
  const request = (_name: string, _options: unknown, work: (lock: null) => unknown) => work(null);
  vi.stubGlobal("navigator", { locks: { request } });
  const events = (types: string[]) => () =>
    Response.json({ events: types.map((type, index) => ({ sequence: index + 1, type })) });
  answers = [events(before), events(before), events(after), events([])];
  const done = following(["payment/1"]);
  await vi.runAllTimersAsync();
  await done;
  expect(seen).toHaveLength(after.length);
  expect(answers).toHaveLength(1);
});

test("a refused stream is retried after the time that the API states", async () => {
  const headers = { "Retry-After": "7" };
  answers = [() => new Response(null, { status: 429, headers }), () => stream([1]), over];
  const done = following();
  await vi.advanceTimersByTimeAsync(6900);
  expect(lastEventIds).toHaveLength(1);
  await vi.runAllTimersAsync();
  await done;
  expect(seen).toEqual([1]);
});

test("a stream of something that is not there is not retried", async () => {
  answers = [() => new Response(null, { status: 404 })];
  await following();
  expect(lost).toEqual([true]);
});

test("an aborted stream leaves no timer", async () => {
  answers = [() => stream([1])];
  const done = following();
  await vi.waitFor(() => expect(seen).toEqual([1]));
  stop.abort();
  await done;
  expect(vi.getTimerCount()).toBe(0);
});
