import { useRef, useState } from "preact/hooks";
import { answer, api } from "../api/client";
import { ownCustomer } from "../api/token";
import { useAction } from "../api/use-action";
import { useResource } from "../api/use-resource";
import { CardForm } from "../customer/card-form";
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

/** The orders' events show the effects of a new card. */
const NOTHING_TO_DO = () => {};

interface Props {
  /** The customer of the last orders. */
  last: string | null;
  /** Called with the customer and the orders' ids, in the sequence of the policies. */
  onPlaced: (customer: string, ids: string[]) => void;
}

/** A form for a customer and a basket, which is ordered once under each policy. */
export function OrderForm({ last, onPlaced }: Props) {
  const own = ownCustomer();
  const [customer, setCustomer] = useState(own ?? last ?? "kermit");
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
      onPlaced(
        customer,
        placed.flatMap((result) => (result.status === "fulfilled" ? [result.value.id] : [])),
      );
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
        <h2 id="customer">Customer: {customer}</h2>
        {!own && <CustomerPicker chosen={customer} onChosen={setCustomer} />}
        <CardForm customer={customer} onUpdated={NOTHING_TO_DO} />
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
          disabled={ordered.length === 0}
          onClick={place}
        >
          {action.busy ? "Placing …" : `Order three times ${money(total(ordered), currency)}`}
        </button>
        {action.refusal && <RefusalNote refusal={action.refusal} reload={place} />}
      </section>
    </div>
  );
}
