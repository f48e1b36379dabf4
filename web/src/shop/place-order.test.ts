import { afterEach, expect, test, vi } from "vitest";
import { IdempotencyKeys } from "./idempotency-keys";
import { placeOrder } from "./place-order";

// Outside a browser there is no page that a path such as /orders belongs to.
vi.hoisted(() => {
  const OfPage = globalThis.Request;
  globalThis.Request = class extends OfPage {
    constructor(path: string, init?: RequestInit) {
      super(new URL(path, "http://localhost"), init);
    }
  } as typeof Request;
});

const ORDER = {
  customer_id: "kermit",
  lines: [{ sku: "lily", quantity: 1 }],
  policy: "charge_first" as const,
};

afterEach(() => {
  vi.unstubAllGlobals();
});

/** Places the order at these totals, one after the other; returns the keys and totals sent. */
async function place(totals: number[], responses: (Response | Error)[]) {
  const sent: [string | null, number][] = [];
  const left = [...responses];
  vi.stubGlobal("fetch", async (request: Request) => {
    sent.push([request.headers.get("Idempotency-Key"), (await request.json()).expected_total]);
    const response = left.shift();
    if (response instanceof Response) {
      return response;
    }
    throw response;
  });
  vi.stubGlobal("sessionStorage", { getItem: () => null });
  const keys = new IdempotencyKeys();
  for (const total of totals) {
    await placeOrder({ ...ORDER, expected_total: total }, keys).catch(() => {});
  }
  return sent;
}

test("after a lost response the same is sent again, although prices have changed", async () => {
  const unavailable = Response.json({ title: "Unavailable" }, { status: 503 });
  const sent = await place([2500, 3000, 3000], [new TypeError("lost"), unavailable]);
  expect(sent.map(([, total]) => total)).toEqual([2500, 2500, 2500]);
  expect(new Set(sent.map(([key]) => key)).size).toBe(1);
});

test("once it is known that nothing was placed, the total of now is sent", async () => {
  const changed = Response.json({ title: "The price has changed" }, { status: 409 });
  const sent = await place([2500, 3000], [changed]);
  expect(sent.map(([, total]) => total)).toEqual([2500, 3000]);
});
