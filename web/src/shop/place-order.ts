import { answer, api } from "../api/client";
import type { NewOrder, Order } from "../api/types";
import type { IdempotencyKeys } from "./idempotency-keys";

/** Places an order: with the same keys only once, even after a double click or a lost response. */
export async function placeOrder(body: NewOrder, keys: IdempotencyKeys): Promise<Order> {
  const header = { "Idempotency-Key": keys.of(body) };
  return answer(api.POST("/orders", { params: { header }, body }));
}
