import type { Order, Payment } from "../../api/types";

/** Where an order is on its diagram while nothing happens; null: at its last event. */
export const ORDER_PLACES: Record<Order["status"], string | null> = {
  placed: null,
  awaiting_payment: "payment_answer",
  fetching_goods: "fetch_goods",
  shipping: "ship_goods",
  canceling: null,
  fulfilled: null,
  not_fulfilled: null,
};

/** The same of a payment. */
export const PAYMENT_PLACES: Record<Payment["status"], string | null> = {
  requested: "check_balance",
  partly_covered: "charge_credit_card",
  charging: "charge_credit_card",
  awaiting_card: "wait_for_card",
  received: null,
  canceled: null,
  refunding: null,
  refunded: null,
};
