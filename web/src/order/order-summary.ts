import type { Order } from "../api/types";
import { REASON } from "../words/policies";

const STATUS: Record<Order["status"], string> = {
  placed: "It was placed and is waiting to start.",
  awaiting_payment: "It waits for the payment.",
  fetching_goods: "The goods are being fetched.",
  shipping: "The shipment is being booked with the carrier.",
  canceling: "Its completed steps are being undone.",
  fulfilled: "Paid, fetched and shipped.",
  not_fulfilled: "It was not fulfilled",
};

/** The state of an order in one sentence. */
export function orderSummary(order: Order): string {
  const sentence = STATUS[order.status];
  return order.reason ? `${sentence.replace(/\.$/, "")}: ${REASON[order.reason]}.` : sentence;
}
