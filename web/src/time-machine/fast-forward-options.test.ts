import { describe, expect, it } from "vitest";
import type { Payment } from "../api/types";
import { fastForwardOptions } from "./fast-forward-options";

function waiting(now: string, deadline: string | null): Payment {
  return { now, deadline } as Payment;
}

describe("where a payment's clock can be moved to", () => {
  it("ends one day before the deadline, or behind it", () => {
    const options = fastForwardOptions(waiting("2026-03-01T12:00:00Z", "2026-03-15T12:00:00Z"));
    expect(options.map((option) => option.days)).toEqual([2, 13, 14 + 1 / (24 * 60)]);
  });

  it("is not the past", () => {
    const options = fastForwardOptions(waiting("2026-03-15T00:00:00Z", "2026-03-15T12:00:00Z"));
    expect(options.map((option) => option.days)).toEqual([2, null, 0.5 + 1 / (24 * 60)]);
  });

  it("is nowhere for a payment that does not wait", () => {
    expect(fastForwardOptions(waiting("2026-03-01T12:00:00Z", null))).toEqual([]);
  });
});
