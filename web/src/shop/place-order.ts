import { answer, api } from "../api/client";
import { asRefusal } from "../api/refusal";
import type { NewOrder, Order } from "../api/types";
import type { IdempotencyKeys } from "./idempotency-keys";

/**
 * Places an order: with the same keys only once, even after a double click or a lost response, and
 * although prices have changed since: until the API says that it placed nothing, the total of the
 * first attempt is sent again.
 */
export async function placeOrder(body: NewOrder, keys: IdempotencyKeys): Promise<Order> {
  const { expected_total, ...order } = body;
  const attempt = keys.of(order);
  attempt.expectedTotal ??= expected_total ?? null;
  const header = { "Idempotency-Key": attempt.key };
  const sent = { ...order, expected_total: attempt.expectedTotal };
  try {
    return await answer(api.POST("/orders", { params: { header }, body: sent }));
  } catch (error) {
    if (asRefusal(error).isFinal) {
      attempt.expectedTotal = null;
    }
    throw error;
  }
}
