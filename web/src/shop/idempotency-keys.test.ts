import { expect, test } from "vitest";
import { IdempotencyKeys } from "./idempotency-keys";

test("what is sent again has the same key, and nothing else has", () => {
  const keys = new IdempotencyKeys();
  const { key } = keys.of({ sku: "lily", quantity: 1 });
  expect(keys.of({ sku: "lily", quantity: 1 }).key).toBe(key);
  expect(keys.of({ sku: "lily", quantity: 2 }).key).not.toBe(key);
  expect(new IdempotencyKeys().of({ sku: "lily", quantity: 1 }).key).not.toBe(key);
});
