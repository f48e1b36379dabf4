import { answer, api } from "../api/client";
import type { Order } from "../api/types";
import { usePoll } from "../api/use-poll";
import { type Resource, useResource } from "../api/use-resource";
import { isSettled } from "./completion";

/** Charging has no event of its own, and a payment's clock may be moved. */
const POLL_SECONDS = 3;

/** An order, kept up to date until it is settled. */
export function useOrder(id: string): Resource<Order> {
  const params = { path: { id } };
  const order = useResource(() => answer(api.GET("/orders/{id}", { params })), [id]);
  usePoll(order, order.data && isSettled(order.data) ? null : POLL_SECONDS);
  return order;
}
