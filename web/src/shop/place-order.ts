import { answer, api } from "../api/client";
import type { NewOrder, Order } from "../api/types";
import type { Keys } from "./keys";

/** Places it; with the same keys it is one order, after a double click or a lost answer too. */
export async function placeOrder(body: NewOrder, keys: Keys): Promise<Order> {
  const header = { "Idempotency-Key": keys.of(body) };
  return answer(api.POST("/orders", { params: { header }, body }));
}
