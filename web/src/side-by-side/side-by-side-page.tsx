import "../shop/shop.css";
import "./side-by-side.css";
import { useCallback, useState } from "preact/hooks";
import { ownCustomer } from "../api/token";
import type { Order } from "../api/types";
import { CardForm } from "../customer/card-form";
import { useEvents } from "../order/use-events";
import type { PageProps } from "../page";
import { go, queryOf, usePath } from "../router";
import { TimeMachine } from "../time-machine/time-machine";
import { OrderForm } from "./order-form";
import { OrderView } from "./order-view";
import { useSomeCustomer } from "./use-customer";

/** The orders' events show the effects of a new card, and of time. */
const NOTHING_TO_DO = () => {};

/** One basket under each policy, side by side: when is what charged? */
export function SideBySidePage(_: PageProps) {
  const query = queryOf(usePath());
  const ids = query.get("orders")?.split(",") ?? [];
  const known = ownCustomer() ?? query.get("customer");
  const found = useSomeCustomer(known !== null);
  const [chosen, setChosen] = useState<string | null>(null);
  const customer = chosen ?? known ?? found ?? "";
  const [isOpen, setOpen] = useState(ids.length === 0);
  const [orders, setOrders] = useState<Record<string, Order>>({});
  const note = useCallback((order: Order) => {
    setOrders((before) => ({ ...before, [order.id]: order }));
  }, []);
  const eventsOf = useEvents(ids.map((id) => `order/${id}`));
  const show = (placed: string[], all: boolean) => {
    setOpen(!all);
    if (placed.length > 0) {
      go(`/side-by-side?customer=${encodeURIComponent(customer)}&orders=${placed.join(",")}`);
    }
  };
  const payments = ids.map((id) => orders[id]?.payment ?? null);
  const [waiting, ...others] = payments.filter((one) => one !== null && one.deadline !== null);
  return (
    <div class="stack side-by-side">
      <div class="row bar">
        <div class="intro">
          <h1>Charge first or later</h1>
          <details open={isOpen} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
            <summary>The same basket, ordered three times: once under each policy</summary>
            <p>
              Only the order service knows what comes next; payment, inventory and shipment do the
              same in all three.
            </p>
            <OrderForm customer={customer} onChosen={setChosen} onPlaced={show} />
          </details>
        </div>
        {customer && (
          <section class="card" aria-labelledby="chosen">
            <h2 id="chosen">Customer: {customer}</h2>
            <CardForm customer={customer} onUpdated={NOTHING_TO_DO} />
          </section>
        )}
        {waiting && (
          <TimeMachine
            payment={waiting}
            others={others.filter((one) => one !== null)}
            moved={NOTHING_TO_DO}
          />
        )}
      </div>
      <div class="orders-beside">
        {ids.map((id) => (
          <OrderView key={id} id={id} events={eventsOf(`order/${id}`).events} onLoaded={note} />
        ))}
      </div>
    </div>
  );
}
