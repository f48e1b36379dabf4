import { count } from "../words/count";
import { eventName } from "../words/events";

/** An event of a payment, and what of it the order handles. */
export interface Row {
  event: string;
  /** What the order receives of it now; empty if nothing. */
  now: string;
  /** What the order would have to do if the payment handed its problems out. */
  instead: string;
}

const RECEIVED = "Payment received";
const CANCELED = "Payment canceled";

const NOW: Record<string, string> = { PaymentReceived: RECEIVED, PaymentCanceled: CANCELED };

const INSTEAD: Record<string, string> = {
  PaymentRequested: "Find out what the customer's account covers.",
  AmountWithdrawn: "Remember the amount, to credit it back if the order ends.",
  PaymentPartlyCovered: "Charge the rest to the credit card.",
  CreditCardFailed: "Request another card from the customer, and start two timers.",
  CustomerReminded: "Remind the customer when a timer fires, and start the next.",
  CreditCardDetailsUpdated: "Stop the timers, and charge the new card.",
  CreditCardCharged: "Add up what was paid, and decide whether it is enough.",
  PaymentReceived: "Fetch the goods.",
  PaymentCanceled: "Give up when the deadline has passed.",
  AmountCredited: "Make sure that the credit is not given twice.",
};

/** The events of a payment, up to its end, as both kinds of order handle them. */
export function rowsOf(events: readonly string[]): Row[] {
  return events.flatMap((type) => {
    const instead = INSTEAD[type];
    return instead ? [{ event: eventName(type), now: NOW[type] ?? "", instead }] : [];
  });
}

/** How much of it the order handles now, and would handle. */
export function summaryOf(rows: readonly Row[]): string {
  const received = rows.filter(({ now }) => now).length;
  const now =
    received === 0
      ? "So far the order has received nothing: it waits for the payment."
      : `The order received ${received === 1 ? "one message" : `${received} messages`}.`;
  const all = count(rows.length, "event");
  return `${now} If the payment handed its problems out, the order would have handled ${all}.`;
}
