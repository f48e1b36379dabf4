import type { StoredEvent } from "../../api/types";
import type { Happened, Subject } from "../timeline/merged";

/** A finished order as it was after some of its events. */
export interface Past {
  order: Side;
  payment: Side;
}

interface Side {
  /** The types of the events that had happened. */
  events: string[];
  /** The element that was the current one; null before the first event and after the last. */
  at: string | null;
}

/** The element from which the next event of an order was reached, if not its last event. */
const BEFORE_IN_ORDER: Record<string, string> = {
  PaymentReceived: "payment_answer",
  PaymentCanceled: "payment_answer",
  GoodsFetched: "fetch_goods",
  GoodsUnavailable: "fetch_goods",
  GoodsShipped: "ship_goods",
  ShipmentRecalled: "recall_shipment",
  GoodsReturned: "return_goods",
};

/** The same of a payment. */
const BEFORE_IN_PAYMENT: Record<string, string> = {
  AmountWithdrawn: "withdraw_amount",
  CreditCardCharged: "charge_credit_card",
  CreditCardFailed: "charge_credit_card",
  CreditCardDetailsUpdated: "wait_for_card",
  CustomerReminded: "wait_for_card",
  AmountCredited: "credit_amount",
};

/** The order after the first `step` of all its events and its payment's. */
export function past(all: readonly Happened[], step: number): Past {
  return {
    order: side(all, step, "order", (next) => BEFORE_IN_ORDER[next]),
    payment: side(all, step, "payment", (next, seen) =>
      next === "PaymentCanceled" && seen.includes("CreditCardFailed")
        ? "wait_for_card"
        : BEFORE_IN_PAYMENT[next],
    ),
  };
}

function side(
  all: readonly Happened[],
  step: number,
  subject: Subject,
  before: (next: string, seen: string[]) => string | undefined,
): Side {
  const own = ({ of }: Happened) => of === subject;
  const events = all.slice(0, step).filter(own).map(type);
  const next = all.slice(step).find(own);
  const last = events.at(-1);
  return { events, at: last && next ? (before(type(next), events) ?? last) : null };
}

function type({ event }: { event: StoredEvent }): string {
  return event.type;
}
