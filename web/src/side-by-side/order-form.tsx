import { useState } from "preact/hooks";
import { answer, api } from "../api/client";
import { useAction } from "../api/use-action";
import { useAnswer } from "../api/use-answer";
import { CardForm } from "../customer/card-form";
import { useConfig } from "../layout/config";
import { RefusalNote } from "../layout/refusal-note";
import { type Basket, lines, total, withQuantity } from "../shop/basket";
import { CustomerPicker } from "../shop/customer-picker";
import { ownCustomer } from "../shop/own-customer";
import { ProductTable } from "../shop/product-table";
import { money } from "../words/money";
import { POLICIES } from "../words/policies";

/** What changes with a card is heard of by the orders' events. */
const NOTHING_TO_DO = () => {};

interface Props {
  /** Told of the orders' ids, in the sequence of the policies. */
  onPlaced: (ids: string[]) => void;
}

/** Whose basket, and what is in it: ordered once under each policy. */
export function OrderForm({ onPlaced }: Props) {
  const own = ownCustomer();
  const [customer, setCustomer] = useState(own ?? "kermit");
  const [basket, setBasket] = useState<Basket>({});
  const products = useAnswer(() => answer(api.GET("/products")), []);
  const { currency } = useConfig();
  const action = useAction();
  const sold = products.data?.products ?? [];
  const ordered = lines(basket, sold);

  const place = () =>
    action.run(async () => {
      const body = {
        customer_id: customer,
        lines: ordered.map(({ product, quantity }) => ({ sku: product.sku, quantity })),
      };
      const placed = POLICIES.map((policy) =>
        answer(api.POST("/orders", { body: { ...body, policy } })),
      );
      onPlaced((await Promise.all(placed)).map((order) => order.id));
    });

  const refusal = action.refusal ?? products.refusal;
  return (
    <div class="shop">
      <section class="card stack" aria-labelledby="customer">
        <h2 id="customer">Customer: {customer}</h2>
        {!own && <CustomerPicker chosen={customer} onChosen={setCustomer} />}
        <CardForm customer={customer} onUpdated={NOTHING_TO_DO} />
      </section>
      <section class="card stack" aria-labelledby="basket">
        <h2 id="basket">Basket</h2>
        <ProductTable
          products={sold}
          basket={basket}
          onChange={(sku, quantity) => setBasket(withQuantity(basket, sku, quantity))}
        />
        <button type="button" disabled={action.busy || ordered.length === 0} onClick={place}>
          {action.busy ? "Placing …" : `Order three times ${money(total(ordered), currency)}`}
        </button>
        {refusal && <RefusalNote refusal={refusal} again={products.again} />}
      </section>
    </div>
  );
}
