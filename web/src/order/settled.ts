import type { Order, Payment } from "../api/types";

const ENDS: readonly Order["status"][] = ["fulfilled", "not_fulfilled"];
const PAYMENT_ENDS: readonly Payment["status"][] = ["received", "canceled", "refunded"];

export function isOver(order: Order): boolean {
  return ENDS.includes(order.status);
}

/** Whether nothing will happen any more, to its money neither. */
export function isSettled(order: Order): boolean {
  return isOver(order) && (!order.payment || PAYMENT_ENDS.includes(order.payment.status));
}
