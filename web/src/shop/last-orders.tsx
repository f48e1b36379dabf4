import type { Order } from "../api/types";
import { Badge } from "../words/badge";
import { moment } from "../words/moments";
import { money } from "../words/money";

/** A customer's newest orders, to look at. */
export function LastOrders({ orders }: { orders: Order[] }) {
  return (
    <>
      <h3>Last orders</h3>
      {orders.length === 0 ? (
        <p class="muted">None yet.</p>
      ) : (
        <ul class="plain">
          {orders.map((order) => (
            <li key={order.id} class="row between">
              <a href={`#/orders/${order.id}`}>{moment(order.placed_at)}</a>
              <span>{money(order.total, order.currency)}</span>
              <Badge status={order.status} />
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
