import { answer, api } from "../api/client";
import type { Order } from "../api/types";
import { usePoll } from "../api/use-poll";
import { type Resource, useResource } from "../api/use-resource";
import { isOver } from "./completion";

/** Charging has no event of its own, and a payment's clock may be moved. */
const POLL_SECONDS = 3;

/** A payment's events can be read when it exists, which no event announces. */
const PAYMENT_SECONDS = 0.25;

/** An order, kept up to date.
 *
 * @param payment Whether the payment's events are shown too: then it is polled more often until the
 * payment exists.
 */
export function useOrder(id: string, payment = false): Resource<Order> {
  const params = { path: { id } };
  const order = useResource(() => answer(api.GET("/orders/{id}", { params })), [id]);
  const soon = payment && order.data && !order.data.payment && !isOver(order.data);
  usePoll(order, soon ? PAYMENT_SECONDS : POLL_SECONDS);
  return order;
}
