import { expect, test } from "vitest";
import { outages } from "./outage";

test("what is tried again is said in words", () => {
  expect(outages({ charge_credit_card: 3 }, false)).toEqual([
    "The card provider is unavailable. The payment charges the card again until it succeeds: attempt 3.",
  ]);
  expect(outages({ return_goods: 2 }, false)[0]).toBe(
    "“return goods” does not succeed. It is tried again until it succeeds: attempt 2.",
  );
});

test("a request that was not accepted is no declined card", () => {
  expect(outages({}, true)[0]).toContain("no card was declined");
});

test("nothing is said while every step succeeds at once", () => {
  expect(outages({}, false)).toEqual([]);
});
