import type { Order, Payment } from "../api/types";

const ENDS: readonly Order["status"][] = ["fulfilled", "not_fulfilled"];
const PAYMENT_ENDS: readonly Payment["status"][] = ["received", "canceled", "refunded"];

export function isOver(order: Order): boolean {
  return ENDS.includes(order.status);
}

/** Whether nothing will happen to its payment, unless it is asked to give the money back. */
export function isPaymentOver({ status, payment }: Order): boolean {
  return status !== "canceling" && (!payment || PAYMENT_ENDS.includes(payment.status));
}
