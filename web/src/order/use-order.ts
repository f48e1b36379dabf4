import { answer, api } from "../api/client";
import type { Order } from "../api/types";
import { type Asked, useAnswer } from "../api/use-answer";
import { usePoll } from "../api/use-poll";

/** Charging has no event of its own, and a payment's clock may be moved on. */
const LOOK_SECONDS = 3;

/** An order, kept up to date. */
export function useOrder(id: string): Asked<Order> {
  const params = { path: { id } };
  const order = useAnswer(() => answer(api.GET("/orders/{id}", { params })), [id]);
  usePoll(order.again, LOOK_SECONDS);
  return order;
}
