/** What keeps an order from going on, in words, by the element that is tried again. */
const OUTAGES: Record<string, string> = {
  charge_credit_card: "The card provider is unavailable. The payment charges the card again",
  refund_card: "The card provider is unavailable. The refund is requested again",
  ship_goods: "The carrier is unavailable. The shipment is booked again",
  recall_shipment: "The carrier is unavailable. The shipment is recalled again",
};

const REFUSED =
  "The card provider did not accept our request to charge. The payment makes it again; " +
  "no card was declined.";

/** One sentence for each outage; none if every step succeeds at once.
 *
 * @param attempts The number of attempts of retried steps, by their element's id.
 * @param chargeRefused Whether the provider did not accept our request to charge.
 */
export function outages(attempts: Record<string, number>, chargeRefused: boolean): string[] {
  const retried = Object.entries(attempts).map(([id, attempt]) => {
    const words = OUTAGES[id] ?? `“${id.replaceAll("_", " ")}” does not succeed. It is tried again`;
    return `${words} until it succeeds: attempt ${attempt}.`;
  });
  return chargeRefused ? [REFUSED, ...retried] : retried;
}
