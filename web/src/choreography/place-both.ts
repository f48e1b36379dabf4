import { answer, api } from "../api/client";
import type { ChainCard, Wiring } from "../api/types";
import { PRODUCTS } from "../shop/samples";

const PAYMENT_METHODS: Record<ChainCard, string> = {
  good: "pm_card_visa",
  declined: "pm_card_chargeDeclined",
};

export interface Placed {
  /** The order's number in the chain. */
  number: number;
  /** The order's id at the order service. */
  id: string;
}

/** Places one order for a pond lily in the chain, and the same one at the order service. */
export async function placeBoth(card: ChainCard, policy: Wiring): Promise<Placed> {
  const { number } = await answer(api.POST("/dev/choreography/orders", { body: { card } }));
  const customer = `customer-${number}`;
  const name = `Customer of order ${number}`;
  const body = { id: customer, name, email: `${customer}@example.com` };
  await answer(api.POST("/customers", { body }));
  const params = { path: { id: customer } };
  const method = { payment_method: PAYMENT_METHODS[card] };
  await answer(api.PUT("/customers/{id}/card", { params, body: method }));
  const order = { customer_id: customer, lines: [{ sku: await pondLily(), quantity: 1 }], policy };
  return { number, id: (await answer(api.POST("/orders", { body: order }))).id };
}

/** The sku of the pond lily, which is added if the shop has none. */
async function pondLily(): Promise<string> {
  const [{ sku, ...data }] = PRODUCTS;
  const { products } = await answer(api.GET("/products"));
  if (!products.some((product) => product.sku === sku)) {
    await answer(api.PUT("/products/{sku}", { params: { path: { sku } }, body: data }));
  }
  return sku;
}
