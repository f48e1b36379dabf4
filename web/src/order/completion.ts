import type { Order } from "../api/types";

const ENDS: readonly Order["status"][] = ["fulfilled", "not_fulfilled"];

/** Whether the order has ended; until then its payment may still be refunded. */
export function isOver(order: Order): boolean {
  return ENDS.includes(order.status);
}

/** Whether nothing is under way any more: neither the order nor a refund of its payment. */
export function isSettled(order: Order): boolean {
  return isOver(order) && order.payment?.status !== "refunding";
}
