import type { Payment } from "../api/types";

const PLAIN: Record<string, string> = {
  no_card: "There is no card.",
  insufficient_funds: "There is not enough money behind the card.",
  expired_card: "The card has expired.",
  authentication_required: "The bank wants the customer to confirm the payment.",
};

/** Why a card did not pay. */
export function failure(reason: NonNullable<Payment["failure"]>): string {
  return PLAIN[reason.code] ?? reason.message;
}
