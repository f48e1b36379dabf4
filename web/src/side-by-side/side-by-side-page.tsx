import "../shop/shop.css";
import "./side-by-side.css";
import { useEvents } from "../order/use-events";
import type { PageProps } from "../page";
import { go, queryOf, usePath } from "../router";
import { OrderForm } from "./order-form";
import { OrderView } from "./order-view";

/** One basket under each policy, side by side: when is what charged? */
export function SideBySidePage(_: PageProps) {
  const query = queryOf(usePath());
  const ids = query.get("orders")?.split(",") ?? [];
  const eventsOf = useEvents(ids.map((id) => `order/${id}`));
  const show = (customer: string, placed: string[]) => {
    if (placed.length > 0) {
      go(`/side-by-side?customer=${encodeURIComponent(customer)}&orders=${placed.join(",")}`);
    }
  };
  return (
    <div class="stack">
      <h1>Charge first or later</h1>
      <p>
        The same basket is ordered three times, once under each policy. The order service alone
        knows what comes next; payment, inventory and shipment do the same in all three.
      </p>
      <OrderForm last={query.get("customer")} onPlaced={show} />
      <div class="orders-beside">
        {ids.map((id) => (
          <OrderView key={id} id={id} events={eventsOf(`order/${id}`).events} />
        ))}
      </div>
    </div>
  );
}
