import { answer, api } from "../api/client";
import { CUSTOMERS, PRODUCTS } from "./samples";

/** The sku of the pond lily, which is put into the shop if it is missing or out of stock. */
export async function offerLily(): Promise<string> {
  const [{ sku, ...body }] = PRODUCTS;
  const { products } = await answer(api.GET("/products"));
  if (!products.some((product) => product.sku === sku && product.stock > 0)) {
    await answer(api.PUT("/products/{sku}", { params: { path: { sku } }, body }));
  }
  return sku;
}

/** Creates the sample products and customers. A repetition resets only the stock: customers keep
 * their cards.
 */
export async function stockTheShop(): Promise<void> {
  for (const { sku, ...data } of PRODUCTS) {
    await answer(api.PUT("/products/{sku}", { params: { path: { sku } }, body: data }));
  }
  for (const { id, name, credit, card } of CUSTOMERS) {
    const body = { id, name, email: `${id}@example.com` };
    const customer = await answer(api.POST("/customers", { body }));
    const params = { path: { id } };
    if (credit > 0) {
      const body = { amount: credit, reference: "welcome" };
      await answer(api.POST("/customers/{id}/credits", { params, body }));
    }
    if (card && !customer.card) {
      const body = { payment_method: card };
      await answer(api.PUT("/customers/{id}/card", { params, body }));
    }
  }
}
