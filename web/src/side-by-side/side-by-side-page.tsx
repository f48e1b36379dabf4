import "../shop/shop.css";
import "./side-by-side.css";
import { useState } from "preact/hooks";
import type { PageProps } from "../page";
import { OrderForm } from "./order-form";
import { OrderView } from "./order-view";

/** One basket under each policy: what is charged when, beside each other. */
export function SideBySidePage(_: PageProps) {
  const [ids, setIds] = useState<string[]>([]);
  return (
    <div class="stack">
      <h1>Charge first or later</h1>
      <p>
        The same basket is ordered three times, once under each policy. The order service alone
        knows what comes next; payment, inventory and shipment do the same in all three.
      </p>
      <OrderForm onPlaced={setIds} />
      <div class="orders-beside">
        {ids.map((id) => (
          <OrderView key={id} id={id} />
        ))}
      </div>
    </div>
  );
}
