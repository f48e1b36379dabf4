import { answer, api } from "../api/client";
import type { ChainCard, Wiring } from "../api/types";
import { offerLily } from "../shop/stock";

/** Customers of the order service, each with a card of its own. */
const CUSTOMERS: Record<ChainCard, { id: string; name: string; card: string; last4: string }> = {
  good: { id: "fozzie", name: "Fozzie", card: "pm_card_visa", last4: "4242" },
  declined: { id: "rowlf", name: "Rowlf", card: "pm_card_chargeDeclined", last4: "0002" },
};

export interface Placed {
  /** The order's number in the chain. */
  number: number;
  /** The order's id at the order service. */
  id: string;
}

/** Places one order for a pond lily in the chain, and the same one at the order service. */
export async function placeBoth(card: ChainCard, policy: Wiring): Promise<Placed> {
  const customer_id = await customerWith(card);
  const lines = [{ sku: await offerLily(), quantity: 1 }];
  // First where it may be refused, so that none is placed in the chain alone.
  const order = await answer(api.POST("/orders", { body: { customer_id, lines, policy } }));
  const { number } = await answer(api.POST("/dev/choreography/orders", { body: { card } }));
  return { number, id: order.id };
}

/** A card is registered by the worker, which may be stopped: only if it is another one. */
async function customerWith(card: ChainCard): Promise<string> {
  const { id, name, card: payment_method, last4 } = CUSTOMERS[card];
  const body = { id, name, email: `${id}@example.com` };
  const customer = await answer(api.POST("/customers", { body }));
  if (customer.card?.last4 !== last4) {
    const params = { path: { id } };
    await answer(api.PUT("/customers/{id}/card", { params, body: { payment_method } }));
  }
  return id;
}
