import type { StoredEvent } from "../api/types";
import { failure } from "./failure";
import { money } from "./money";

type Data = StoredEvent["data"];

/** What there is to say of an event beside its name. */
const DETAIL: Record<string, (data: Data, currency: string) => string> = {
  AmountWithdrawn: (data, currency) => `${money(data.amount as number, currency)} from the account`,
  PaymentPartlyCovered: (data, currency) =>
    `${money(data.rest as number, currency)} are left for the card`,
  CreditCardCharged: (data, currency) => money(data.amount as number, currency),
  CreditCardFailed: (data) =>
    failure({ code: data.code as string, message: data.message as string }),
  CreditCardRefunded: (data, currency) =>
    `${money(data.amount as number, currency)}${data.by_hand ? " by hand" : ""}`,
  AmountCredited: (data, currency) => `${money(data.amount as number, currency)} to the account`,
  CustomerReminded: (data) => `reminder ${data.reminder}`,
  GoodsUnavailable: (data) => `not enough of ${data.sku}`,
  GoodsShipped: (data) => `tracking number ${data.tracking_number}`,
  OrderPlaced: (data, currency) => money(data.total as number, currency),
  PaymentRequested: (data, currency) => money(data.amount as number, currency),
};

/** An event's name in words: `Credit card failed`. */
export function eventName(type: string): string {
  const words = type.replace(/(?<!^)([A-Z])/g, " $1").toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** What there is to say of it; nothing of most. */
export function eventDetail(event: StoredEvent, currency: string): string {
  return DETAIL[event.type]?.(event.data, currency) ?? "";
}

const TROUBLES = new Set([
  "CreditCardFailed",
  "GoodsUnavailable",
  "PaymentCanceled",
  "OrderNotFulfilled",
]);

export function isTrouble(type: string): boolean {
  return TROUBLES.has(type);
}
