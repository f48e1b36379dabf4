import { describe, expect, it } from "vitest";
import { duration } from "./moments";
import { money } from "./money";

describe("money", () => {
  it("has as many decimals as its currency", () => {
    expect(money(2500, "EUR")).toBe("€25.00");
    expect(money(-1, "EUR")).toBe("-€0.01");
    expect(money(2500, "JPY")).toBe("¥2,500");
  });
});

describe("a duration", () => {
  it("is told in its largest two units", () => {
    expect(duration(0)).toBe("0 s");
    expect(duration(59.9)).toBe("59 s");
    expect(duration(3600)).toBe("1 h");
    expect(duration(13 * 86_400 + 4 * 3600 + 59)).toBe("13 d 4 h");
    expect(duration(86_400 + 59)).toBe("1 d");
    expect(duration(-5)).toBe("0 s");
  });
});
