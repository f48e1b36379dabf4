import "./shop.css";
import { useState } from "preact/hooks";
import { answer, api } from "../api/client";
import { ownCustomer } from "../api/token";
import { useResource } from "../api/use-resource";
import { RefusalNote } from "../layout/refusal-note";
import type { PageProps } from "../page";
import { CustomerPicker } from "./customer-picker";
import { CustomerView } from "./customer-view";
import { OrderForm } from "./order-form";
import { StockButton } from "./stock-button";

const CHOSEN = "customer";

/** Places orders: a customer, a basket, a policy. */
export function ShopPage(_: PageProps) {
  const own = ownCustomer();
  const [customer, setCustomer] = useState(own ?? localStorage.getItem(CHOSEN) ?? "");
  const [round, setRound] = useState(0);
  const products = useResource(() => answer(api.GET("/products")), [round]);
  const choose = (id: string) => {
    localStorage.setItem(CHOSEN, id);
    setCustomer(id);
  };
  const reload = () => setRound((before) => before + 1);
  return (
    <>
      <h1>Shop</h1>
      {products.refusal && <RefusalNote refusal={products.refusal} reload={products.reload} />}
      {products.data?.products.length === 0 && <StockButton onStocked={reload} />}
      <div class="shop">
        <section class="card" aria-labelledby="customer-title">
          <h2 id="customer-title">Customer</h2>
          {!own && <CustomerPicker chosen={customer} onChosen={choose} />}
          {customer ? (
            <CustomerView key={`${customer} ${round}`} id={customer} onStocked={reload} />
          ) : (
            <p class="muted">Choose a customer.</p>
          )}
        </section>
        <section class="card" aria-labelledby="basket-title">
          <h2 id="basket-title">Basket</h2>
          {products.data && (
            <OrderForm
              customer={customer}
              products={products.data.products}
              reload={products.reload}
            />
          )}
        </section>
      </div>
    </>
  );
}
