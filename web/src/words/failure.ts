import type { Payment } from "../api/types";

const PLAIN: Record<string, string> = {
  no_card: "The customer has no card.",
  insufficient_funds: "The card has insufficient funds.",
  expired_card: "The card has expired.",
  authentication_required: "The bank requires authentication by the customer.",
};

/** Why a card was declined. */
export function failure(reason: NonNullable<Payment["failure"]>): string {
  return PLAIN[reason.code] ?? reason.message;
}
