/** The card provider's test cards, by what they do. */
export const TEST_CARDS: readonly { token: string; name: string }[] = [
  { token: "pm_card_visa", name: "Succeeds (Visa)" },
  { token: "pm_card_mastercard", name: "Succeeds (Mastercard)" },
  { token: "pm_card_chargeDeclined", name: "Declined" },
  { token: "pm_card_chargeDeclinedInsufficientFunds", name: "Insufficient funds" },
  { token: "pm_card_chargeDeclinedExpiredCard", name: "Expired" },
  { token: "pm_card_authenticationRequired", name: "Authentication required" },
];
