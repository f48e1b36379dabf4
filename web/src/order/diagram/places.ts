import type { Order, Payment } from "../../api/types";

const ORDER_PLACES: Partial<Record<Order["status"], string>> = {
  awaiting_payment: "payment_answer",
  fetching_goods: "fetch_goods",
  shipping: "ship_goods",
};

const PAYMENT_PLACES: Partial<Record<Payment["status"], string>> = {
  requested: "check_balance",
  partly_covered: "charge_credit_card",
  charging: "charge_credit_card",
  awaiting_card: "wait_for_card",
};

/** The current element of an order on its diagram; null when the order has ended. */
export function orderPlace(status: Order["status"], events: readonly string[]): string | null {
  if (status === "fulfilled" || status === "not_fulfilled") {
    return null;
  }
  return ORDER_PLACES[status] ?? events.at(-1) ?? null;
}

/** The current element of a payment on its diagram; null if it has no step to do. */
export function paymentPlace({ status, charged, withdrawn }: PaymentState): string | null {
  if (status === "refunding" && charged > 0) {
    return "refund_card";
  }
  if ((status === "refunding" || status === "canceled") && withdrawn > 0) {
    return "credit_amount";
  }
  return PAYMENT_PLACES[status] ?? null;
}

type PaymentState = Pick<Payment, "status" | "charged" | "withdrawn">;
