import type { StoredEvent } from "../api/types";
import { failure } from "./failure";
import { money } from "./money";

type Data = StoredEvent["data"];

/** Details of an event, by its type. */
const DETAIL: Record<string, (data: Data, currency: string) => string> = {
  AmountWithdrawn: (data, currency) => `${money(data.amount as number, currency)} from the account`,
  PaymentPartlyCovered: (data, currency) =>
    `${money(data.rest as number, currency)} due from the card`,
  CreditCardCharged: (data, currency) => money(data.amount as number, currency),
  CreditCardFailed: (data) => failure({ message: data.message as string }),
  CreditCardRefunded: (data, currency) =>
    `${money(data.amount as number, currency)}${refundedWhere(data)}`,
  AmountCredited: (data, currency) => `${money(data.amount as number, currency)} to the account`,
  CustomerReminded: (data) => `reminder ${data.reminder}`,
  GoodsUnavailable: (data) => `not enough of ${data.sku}`,
  GoodsShipped: (data) => `tracking number ${data.tracking_number}`,
  OrderPlaced: (data, currency) => money(data.total as number, currency),
  PaymentRequested: (data, currency) => money(data.amount as number, currency),
};

/** An event's type in words: `Credit card failed`. */
export function eventName(type: string): string {
  const words = type.replace(/(?<!^)([A-Z])/g, " $1").toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The details of an event; empty for most types. */
export function eventDetail(event: StoredEvent, currency: string): string {
  return DETAIL[event.type]?.(event.data, currency) ?? "";
}

const FAILURES = new Set([
  "CreditCardFailed",
  "GoodsUnavailable",
  "PaymentCanceled",
  "OrderNotFulfilled",
]);

export function isFailure(type: string): boolean {
  return FAILURES.has(type);
}

function refundedWhere({ by_hand, outside }: Record<string, unknown>): string {
  if (outside) {
    return " in another way than to the card";
  }
  return by_hand ? " in the card provider’s dashboard" : "";
}
