import type { Order } from "../api/types";
import { REASON } from "../words/policies";

const STATUS: Record<Order["status"], string> = {
  placed: "It was placed and is about to be carried out.",
  awaiting_payment: "It waits for the payment.",
  fetching_goods: "The goods are being fetched.",
  shipping: "The carrier is asked to take the goods.",
  canceling: "What was done for it is being undone.",
  fulfilled: "Paid, fetched and shipped.",
  not_fulfilled: "It was not fulfilled",
};

/** Where an order is, in a sentence. */
export function saidOf(order: Order): string {
  const said = STATUS[order.status];
  return order.reason ? `${said.replace(/\.$/, "")}: ${REASON[order.reason]}.` : said;
}
