import { describe, expect, it } from "vitest";
import type { Mail, StoredEvent, Transfer } from "../../api/types";
import { merged, timelineOf } from "./merged";

function events(...all: [type: string, at: string, data?: Record<string, unknown>][]) {
  return all.map(([type, at, data = {}], place): StoredEvent => {
    return { sequence: place + 1, type, at: `2026-03-${at}:00Z`, data };
  });
}

const placed = events(
  ["OrderPlaced", "01T12:00"],
  ["PaymentCanceled", "01T12:05"],
  ["OrderNotFulfilled", "01T12:05"],
);
const paid = events(
  ["PaymentRequested", "01T12:01"],
  ["AmountWithdrawn", "01T12:01", { amount: 500 }],
  ["CreditCardFailed", "01T12:02"],
  ["CustomerReminded", "03T12:02", { reminder: 1 }],
  ["CustomerReminded", "05T12:02", { reminder: 2 }],
  ["CreditCardFailed", "06T12:02"],
  ["PaymentCanceled", "15T12:02"],
  ["AmountCredited", "15T12:02", { amount: 500 }],
);

const mail = (id: string): Mail => ({ id, queued_at: "2026-03-01T12:04:00Z" }) as Mail;
const transfer = (id: string): Transfer => ({ id, amount: 500 }) as Transfer;

describe("the events of an order and its payment", () => {
  it("are in the sequence in which they happened, though the payment's clock is ahead", () => {
    const all = merged(placed, paid).map(({ of, event }) => `${of} ${event.type}`);
    expect(all).toEqual([
      "order OrderPlaced",
      ...paid.map(({ type }) => `payment ${type}`),
      "order PaymentCanceled",
      "order OrderNotFulfilled",
    ]);
  });

  it("are dated in the payment's time", () => {
    const times = merged(placed, paid).map(({ at }) => at);
    expect([...times].sort()).toEqual(times);
    expect(times.at(-1)).toBe("2026-03-15T12:02:00Z");
  });

  it("do not wait for an answer whose event is not there yet", () => {
    expect(merged(placed, paid.slice(0, 2))).toHaveLength(5);
  });
});

describe("the timeline", () => {
  const entries = timelineOf(
    merged(placed, paid),
    [
      mail("payment:1:failed"),
      mail("payment:1:reminder:2"),
      mail("order:1:canceled"),
      mail("payment:1:of a later release"),
    ],
    [transfer("payment:1:withdraw"), transfer("payment:1:credit")],
  );
  const entry = (type: string, place = 0) =>
    entries.filter(({ event }) => event.type === type)[place];

  it("has each mail at its event", () => {
    expect(entry("CreditCardFailed")?.mails.map(({ id }) => id)).toEqual(["payment:1:failed"]);
    expect(entry("CustomerReminded")?.mails).toEqual([]);
    expect(entry("CustomerReminded", 1)?.mails).toHaveLength(1);
    expect(entry("OrderNotFulfilled")?.mails[0]?.id).toBe("order:1:canceled");
  });

  it("shows a mail of an unknown kind last", () => {
    expect(entries.at(-1)?.mails.map(({ id }) => id)).toContain("payment:1:of a later release");
  });

  it("has each transfer at its event", () => {
    expect(entry("AmountWithdrawn")?.transfers.map(({ id }) => id)).toEqual(["payment:1:withdraw"]);
    expect(entry("AmountCredited")?.transfers.map(({ id }) => id)).toEqual(["payment:1:credit"]);
  });

  it("numbers the attempts to charge a card, if there were several", () => {
    expect(entry("CreditCardFailed", 1)?.attempt).toBe(2);
    const once = timelineOf(merged(placed, paid.slice(0, 3)), [], []);
    expect(once.map(({ attempt }) => attempt)).not.toContain(1);
  });
});
