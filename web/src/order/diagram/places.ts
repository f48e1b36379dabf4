import type { Order, Payment, Refund } from "../../api/types";

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
export function paymentPlace({ status, withdrawn }: PaymentState): string | null {
  if (status === "canceled" && withdrawn > 0) {
    return "credit_amount";
  }
  return PAYMENT_PLACES[status] ?? null;
}

type PaymentState = Pick<Payment, "status" | "withdrawn">;

/** What led to the end of a canceled payment, and the end itself, which have no events.
 *
 * @param reason Why its order was not fulfilled; null before that.
 */
export function paymentDecisions(reason: Order["reason"], events: readonly string[]): string[] {
  if (!events.includes("PaymentCanceled")) {
    return [];
  }
  const end = events.includes("AmountWithdrawn") ? "nothing_held" : "nothing_to_credit";
  const cause = reason && CAUSES[reason];
  return cause ? [cause, end] : [end];
}

const CAUSES: Partial<Record<NonNullable<Order["reason"]>, string>> = {
  payment_canceled: "deadline",
  canceled_by_customer: "cancellation_requested",
};

/** The events that are drawn on the payment's diagram: those after PaymentReceived are refunds'. */
export function paymentEvents(events: readonly string[]): string[] {
  const received = events.indexOf("PaymentReceived");
  return received < 0 ? [...events] : events.slice(0, received + 1);
}

/** What has happened of a refund, on its diagram; a dashboard refund is not requested by us. */
export function refundEvents({ reason, to_card, events }: RefundState): string[] {
  return to_card > 0 && reason !== "dashboard" ? ["refund_card", ...events] : events;
}

/** The current element of a refund on its diagram; null if nothing is to be done. */
export function refundPlace(refund: RefundState): string | null {
  const { status, to_card, events, replaced_by } = refund;
  switch (status) {
    case "requested":
      return to_card > 0 ? "refund_card" : "credit_amount";
    case "pending":
      return "refund_decided";
    case "refused":
    case "failed":
      return replaced_by ? null : events.includes("CreditCardRefunded") ? "pay_again" : "settle";
    case "succeeded":
    case "settled_outside":
      return null;
  }
}

type RefundState = Pick<Refund, "reason" | "status" | "to_card" | "events" | "replaced_by">;
