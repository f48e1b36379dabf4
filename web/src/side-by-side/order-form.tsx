import { useRef, useState } from "preact/hooks";
import { answer, api } from "../api/client";
import { ownCustomer } from "../api/token";
import { useAction } from "../api/use-action";
import { useResource } from "../api/use-resource";
import { useConfig } from "../layout/config";
import { Loaded } from "../layout/loaded";
import { RefusalNote } from "../layout/refusal-note";
import { type Basket, lines, total, withQuantity } from "../shop/basket";
import { CustomerPicker } from "../shop/customer-picker";
import { IdempotencyKeys } from "../shop/idempotency-keys";
import { placeOrder } from "../shop/place-order";
import { ProductTable } from "../shop/product-table";
import { StockButton } from "../shop/stock-button";
import { money } from "../words/money";
import { POLICIES } from "../words/policies";

interface Props {
  /** The chosen customer; empty if none is. */
  customer: string;
  onChosen: (customer: string) => void;
  /** Called with the orders' ids, in the sequence of the policies, and whether all were placed. */
  onPlaced: (ids: string[], all: boolean) => void;
}

/** A form for a customer and a basket, which is ordered once under each policy. */
export function OrderForm({ customer, onChosen, onPlaced }: Props) {
  const [basket, setBasket] = useState<Basket>({});
  const products = useResource(() => answer(api.GET("/products")), []);
  const { currency } = useConfig();
  const action = useAction();
  const keys = useRef(new IdempotencyKeys());
  const ordered = lines(basket, products.data?.products ?? []);

  const place = () =>
    action.run(async () => {
      const body = {
        customer_id: customer,
        lines: ordered.map(({ product, quantity }) => ({ sku: product.sku, quantity })),
        expected_total: total(ordered),
      };
      const placed = await Promise.allSettled(
        POLICIES.map((policy) => placeOrder({ ...body, policy }, keys.current)),
      );
      const ids = placed.flatMap((one) => (one.status === "fulfilled" ? [one.value.id] : []));
      onPlaced(ids, ids.length === placed.length);
      for (const result of placed) {
        if (result.status === "rejected") {
          products.reload();
          throw result.reason;
        }
      }
      // All were placed: the same basket may be ordered again. After a refusal the keys stay.
      keys.current = new IdempotencyKeys();
    });

  return (
    <div class="shop">
      <section class="card stack" aria-labelledby="customer">
        <h2 id="customer">Customer</h2>
        {!ownCustomer() && <CustomerPicker chosen={customer} onChosen={onChosen} />}
      </section>
      <section class="card stack" aria-labelledby="basket">
        <h2 id="basket">Basket</h2>
        <Loaded resource={products}>
          {({ products: sold }) =>
            sold.length === 0 ? (
              <StockButton onStocked={products.reload} />
            ) : (
              <ProductTable
                products={sold}
                basket={basket}
                onChange={(sku, quantity) => setBasket(withQuantity(basket, sku, quantity))}
              />
            )
          }
        </Loaded>
        <button
          type="button"
          aria-disabled={action.busy}
          disabled={ordered.length === 0 || !customer}
          onClick={place}
        >
          {action.busy ? "Placing …" : `Order three times ${money(total(ordered), currency)}`}
        </button>
        {action.refusal && <RefusalNote refusal={action.refusal} reload={place} />}
      </section>
    </div>
  );
}
