import { useRef, useState } from "preact/hooks";
import { answer, api } from "../api/client";
import type { Policy, Product } from "../api/types";
import { useAction } from "../api/use-action";
import { useConfig } from "../layout/config";
import { RefusalNote } from "../layout/refusal-note";
import { go } from "../router";
import { money } from "../words/money";
import { type Basket, lines, total, withQuantity } from "./basket";
import { freshKey } from "./fresh-key";
import { PolicyChoice } from "./policy-choice";
import { ProductTable } from "./product-table";

interface Props {
  /** Who orders; empty as long as nobody is chosen. */
  customer: string;
  products: Product[];
}

/** A basket, a policy, and the button. */
export function OrderForm({ customer, products }: Props) {
  const [basket, setBasket] = useState<Basket>({});
  const [policy, setPolicy] = useState<Policy>("charge_first");
  const { currency } = useConfig();
  const action = useAction();
  // One key for one basket, however often it is sent: a double click, or no answer, is one order.
  const key = useRef({ of: "", text: "" });
  const ordered = lines(basket, products);
  const submit = (event: Event) => {
    event.preventDefault();
    action.run(async () => {
      const body = {
        customer_id: customer,
        lines: ordered.map(({ product, quantity }) => ({ sku: product.sku, quantity })),
        policy,
      };
      const of = JSON.stringify(body);
      if (key.current.of !== of) {
        key.current = { of, text: freshKey() };
      }
      const header = { "Idempotency-Key": key.current.text };
      const order = await answer(api.POST("/orders", { params: { header }, body }));
      go(`/orders/${order.id}`);
    });
  };
  return (
    <form onSubmit={submit}>
      <ProductTable
        products={products}
        basket={basket}
        onChange={(sku, quantity) => setBasket(withQuantity(basket, sku, quantity))}
      />
      <PolicyChoice chosen={policy} onChosen={setPolicy} />
      <div class="row between">
        <p class="total">
          Total <strong>{money(total(ordered), currency)}</strong>
        </p>
        <button type="submit" disabled={action.busy || !customer || ordered.length === 0}>
          {action.busy ? "Placing …" : "Place the order"}
        </button>
      </div>
      {action.refusal && <RefusalNote refusal={action.refusal} />}
    </form>
  );
}
