import { answer, api } from "../api/client";
import type { Order } from "../api/types";
import { type Asked, useAnswer } from "../api/use-answer";
import { usePoll } from "../api/use-poll";
import { isOver } from "./settled";

/** Charging has no event of its own, and a payment's clock may be moved on. */
const LOOK_SECONDS = 3;

/** A payment's events can be asked for once it is there, and no event tells of that. */
const PAYMENT_SECONDS = 0.25;

/** An order, kept up to date.
 *
 * @param payment Whether its payment's events are told too: it is then seen as soon as it is there.
 */
export function useOrder(id: string, payment = false): Asked<Order> {
  const params = { path: { id } };
  const order = useAnswer(() => answer(api.GET("/orders/{id}", { params })), [id]);
  const soon = payment && order.data && !order.data.payment && !isOver(order.data);
  usePoll(order, soon ? PAYMENT_SECONDS : LOOK_SECONDS);
  return order;
}
