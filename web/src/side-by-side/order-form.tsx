import { useRef, useState } from "preact/hooks";
import { answer, api } from "../api/client";
import { useAction } from "../api/use-action";
import { useAnswer } from "../api/use-answer";
import { CardForm } from "../customer/card-form";
import { Answered } from "../layout/answered";
import { useConfig } from "../layout/config";
import { RefusalNote } from "../layout/refusal-note";
import { type Basket, lines, total, withQuantity } from "../shop/basket";
import { CustomerPicker } from "../shop/customer-picker";
import { Keys } from "../shop/keys";
import { ownCustomer } from "../shop/own-customer";
import { placeOrder } from "../shop/place-order";
import { ProductTable } from "../shop/product-table";
import { StockButton } from "../shop/stock-button";
import { money } from "../words/money";
import { POLICIES } from "../words/policies";

/** What changes with a card is heard of by the orders' events. */
const NOTHING_TO_DO = () => {};

interface Props {
  /** Who ordered last. */
  last: string | null;
  /** Told who ordered, and of the orders' ids, in the sequence of the policies. */
  onPlaced: (customer: string, ids: string[]) => void;
}

/** Whose basket, and what is in it: ordered once under each policy. */
export function OrderForm({ last, onPlaced }: Props) {
  const own = ownCustomer();
  const [customer, setCustomer] = useState(own ?? last ?? "kermit");
  const [basket, setBasket] = useState<Basket>({});
  const products = useAnswer(() => answer(api.GET("/products")), []);
  const { currency } = useConfig();
  const action = useAction();
  const keys = useRef(new Keys());
  const ordered = lines(basket, products.data?.products ?? []);

  const place = () =>
    action.run(async () => {
      const body = {
        customer_id: customer,
        lines: ordered.map(({ product, quantity }) => ({ sku: product.sku, quantity })),
      };
      const placed = await Promise.allSettled(
        POLICIES.map((policy) => placeOrder({ ...body, policy }, keys.current)),
      );
      onPlaced(
        customer,
        placed.flatMap((one) => (one.status === "fulfilled" ? [one.value.id] : [])),
      );
      for (const one of placed) {
        if (one.status === "rejected") {
          throw one.reason;
        }
      }
      // Only what was refused, or never answered, may be meant again.
      keys.current = new Keys();
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
        <Answered asked={products}>
          {({ products: sold }) =>
            sold.length === 0 ? (
              <StockButton onStocked={products.again} />
            ) : (
              <ProductTable
                products={sold}
                basket={basket}
                onChange={(sku, quantity) => setBasket(withQuantity(basket, sku, quantity))}
              />
            )
          }
        </Answered>
        <button
          type="button"
          aria-disabled={action.busy}
          disabled={ordered.length === 0}
          onClick={place}
        >
          {action.busy ? "Placing …" : `Order three times ${money(total(ordered), currency)}`}
        </button>
        {action.refusal && <RefusalNote refusal={action.refusal} again={place} />}
      </section>
    </div>
  );
}
