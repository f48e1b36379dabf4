import type { Order } from "../api/types";

const ENDS: readonly Order["status"][] = ["fulfilled", "not_fulfilled"];

/** Whether nothing will happen to it any more; until then its payment may still be given back. */
export function isOver(order: Order): boolean {
  return ENDS.includes(order.status);
}
