import type { Payment } from "../api/types";

/** Why a card was declined, in the API's words for the customer. */
export function failure(reason: Pick<NonNullable<Payment["failure"]>, "message">): string {
  return reason.message || "Your card was declined.";
}
