import { useRef, useState } from "preact/hooks";
import type { Policy, Product } from "../api/types";
import { useAction } from "../api/use-action";
import { useConfig } from "../layout/config";
import { RefusalNote } from "../layout/refusal-note";
import { go } from "../router";
import { money } from "../words/money";
import { type Basket, lines, total, withQuantity } from "./basket";
import { IdempotencyKeys } from "./idempotency-keys";
import { placeOrder } from "./place-order";
import { PolicyChoice } from "./policy-choice";
import { ProductTable } from "./product-table";

interface Props {
  /** The customer's id; empty if none is chosen. */
  customer: string;
  products: Product[];
  /** Their prices may have changed: the API placed nothing. */
  reload: () => void;
}

/** A form for an order: products and policy. */
export function OrderForm({ customer, products, reload }: Props) {
  const [basket, setBasket] = useState<Basket>({});
  const [policy, setPolicy] = useState<Policy>("charge_first");
  const { currency } = useConfig();
  const action = useAction();
  const keys = useRef(new IdempotencyKeys());
  const ordered = lines(basket, products);
  const submit = (event: Event) => {
    event.preventDefault();
    action.run(async () => {
      const body = {
        customer_id: customer,
        lines: ordered.map(({ product, quantity }) => ({ sku: product.sku, quantity })),
        policy,
        expected_total: total(ordered),
      };
      const order = await placeOrder(body, keys.current).catch((refusal) => {
        reload();
        throw refusal;
      });
      go(`/orders/${order.id}`);
    });
  };
  return (
    <form onSubmit={submit}>
      <ProductTable
        products={products}
        basket={basket}
        onChange={(sku, typed) => setBasket(withQuantity(basket, sku, typed))}
      />
      <PolicyChoice chosen={policy} onChosen={setPolicy} />
      <div class="row between">
        <p class="total">
          Total <strong>{money(total(ordered), currency)}</strong>
        </p>
        <button
          type="submit"
          aria-disabled={action.busy}
          disabled={!customer || ordered.length === 0}
        >
          {action.busy ? "Placing …" : "Place the order"}
        </button>
      </div>
      {action.refusal && <RefusalNote refusal={action.refusal} />}
    </form>
  );
}
