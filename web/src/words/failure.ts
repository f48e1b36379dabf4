import type { Payment } from "../api/types";

/** Why a card was declined, in the API's words for the customer. */
export function failure(reason: Pick<NonNullable<Payment["failure"]>, "message">): string {
  return reason.message || "Your card was declined.";
}

const AUTHENTICATION = ["authentication_required", "payment_intent_authentication_failure"];

/** Whether the payment waits for its customer to authenticate a charge, or for another card. */
export function needsAuthentication({
  status,
  failure,
}: Pick<Payment, "status" | "failure">): boolean {
  const codes = [failure?.code, failure?.decline_code];
  return status === "awaiting_card" && codes.some((code) => code && AUTHENTICATION.includes(code));
}
