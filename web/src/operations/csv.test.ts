import { expect, test } from "vitest";
import type { Order } from "../api/types";
import { csvOf } from "./csv";

const ORDER = {
  id: "o-1",
  status: "fulfilled",
  reason: null,
  customer_id: "kermit",
  policy: "charge_first",
  total: 2500,
  currency: "EUR",
  payment: { status: "received", withdrawn: 500, charged: 2000, refunded: 5 },
  placed_at: "2026-03-01T12:00:00Z",
  updated_at: "2026-03-01T12:00:01Z",
} as Order;

test("a line for each order, with amounts as numbers", () => {
  const [heading, line, end] = csvOf([ORDER]).split("\r\n");
  expect(heading).toMatch(/^order,status,reason,customer,/);
  expect(line).toBe(
    "o-1,fulfilled,,kermit,charge_first,25.00,EUR,received,5.00,20.00,0.05," +
      "2026-03-01T12:00:00Z,2026-03-01T12:00:01Z",
  );
  expect(end).toBe("");
});

test("texts are no formulas, and quoted", () => {
  const line = csvOf([{ ...ORDER, id: '=1,"', payment: null }]).split("\r\n")[1];
  expect(line).toMatch(/^"'=1,""",fulfilled/);
  expect(line).toContain("EUR,,,,,2026");
});
