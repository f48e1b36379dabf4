import { answer, api } from "../api/client";
import type { NewOrder, Order } from "../api/types";
import type { IdempotencyKeys } from "./idempotency-keys";

/**
 * Places an order: with the same keys only once, even after a double click or a lost response, and
 * although prices have changed since.
 */
export async function placeOrder(body: NewOrder, keys: IdempotencyKeys): Promise<Order> {
  const { expected_total: _, ...order } = body;
  const header = { "Idempotency-Key": keys.of(order) };
  return answer(api.POST("/orders", { params: { header }, body }));
}
