import { describe, expect, it } from "vitest";
import type { Payment } from "../api/types";
import { fastForwardOptions } from "./fast-forward-options";

function waiting(now: string, deadline: string | null): Payment {
  return { now, deadline } as Payment;
}

describe("where a payment's clock can be moved to", () => {
  it("ends one day before the deadline, or behind it", () => {
    const options = fastForwardOptions(waiting("2026-03-01T12:00:00Z", "2026-03-15T12:00:00Z"));
    expect(options.map((option) => option.days)).toEqual([2, 13, 14.000695]);
  });

  it("is not the past", () => {
    const options = fastForwardOptions(waiting("2026-03-15T00:00:00Z", "2026-03-15T12:00:00Z"));
    expect(options.map((option) => option.days)).toEqual([2, null, 0.500695]);
  });

  it("is said in few digits, which do not look like a card number", () => {
    const options = fastForwardOptions(waiting("2026-03-01T12:34:56.789Z", "2026-03-15T12:00:00Z"));
    for (const { days } of options) {
      expect(String(days).replace(/^\d+\.?/, "").length).toBeLessThanOrEqual(6);
    }
  });

  it("is nowhere for a payment that does not wait", () => {
    expect(fastForwardOptions(waiting("2026-03-01T12:00:00Z", null))).toEqual([]);
  });
});
