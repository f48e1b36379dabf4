import { describe, expect, it } from "vitest";
import { brand } from "./brand";
import { count } from "./count";
import { eventDetail } from "./events";
import { failure, needsAuthentication } from "./failure";
import { duration } from "./moments";
import { cents, money } from "./money";

describe("a card's brand", () => {
  it("is a name", () => {
    expect(brand("visa")).toBe("Visa");
  });
});

describe("a decline", () => {
  const data = { code: "card_declined", decline_code: "insufficient_funds", message: "No funds." };
  const event = { sequence: 1, type: "CreditCardFailed", at: "2026-03-01T12:00:00Z", data };

  it("uses the words of the API", () => {
    expect(failure(data)).toBe("No funds.");
    expect(eventDetail(event, "EUR")).toBe("No funds.");
  });
  it("has words also where an older release recorded none", () => {
    expect(failure({ message: "" })).toBe("Your card was declined.");
  });
  it("can be authenticated while the payment waits", () => {
    const unauthenticated = { ...data, decline_code: "authentication_required" };
    expect(needsAuthentication({ status: "awaiting_card", failure: unauthenticated })).toBe(true);
    expect(needsAuthentication({ status: "canceled", failure: unauthenticated })).toBe(false);
    expect(needsAuthentication({ status: "awaiting_card", failure: data })).toBe(false);
  });
});

describe("a count", () => {
  it("knows one from many", () => {
    expect([0, 1, 2].map((number) => count(number, "order"))).toEqual([
      "0 orders",
      "1 order",
      "2 orders",
    ]);
  });
});

describe("money", () => {
  it("has as many decimals as its currency", () => {
    expect(money(2500, "EUR")).toBe("€25.00");
    expect(money(-1, "EUR")).toBe("-€0.01");
    expect(money(2500, "JPY")).toBe("¥2,500");
  });
});

describe("a duration", () => {
  it("is given in its largest two units", () => {
    expect(duration(0)).toBe("0 s");
    expect(duration(59.9)).toBe("59 s");
    expect(duration(3600)).toBe("1 h");
    expect(duration(13 * 86_400 + 4 * 3600 + 59)).toBe("13 d 4 h");
    expect(duration(86_400 + 59)).toBe("1 d");
    expect(duration(-5)).toBe("0 s");
  });
});

describe("a typed amount", () => {
  it.each([
    ["5", "EUR", 500],
    ["5.5", "EUR", 550],
    [" 12,34 ", "EUR", 1234],
    ["5.005", "EUR", null],
    ["-5", "EUR", null],
    ["five", "EUR", null],
    ["1.234.567", "EUR", null],
    ["", "EUR", null],
    ["500", "JPY", 500],
    ["5.5", "JPY", null],
    ["1.234", "BHD", 1234],
  ])("%s in %s is %s minor units", (text, currency, minor) => {
    expect(cents(text, currency)).toBe(minor);
  });
});
