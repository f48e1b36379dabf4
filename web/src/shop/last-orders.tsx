import { answer, api } from "../api/client";
import { usePoll } from "../api/use-poll";
import { useResource } from "../api/use-resource";
import { Loaded } from "../layout/loaded";
import { Badge } from "../words/badge";
import { moment } from "../words/moments";
import { money } from "../words/money";

const POLL_SECONDS = 3;

/** Links to a customer's newest orders. */
export function LastOrders({ customer }: { customer: string }) {
  const query = { customer_id: customer, limit: 8 };
  const resource = useResource(() => answer(api.GET("/orders", { params: { query } })), [customer]);
  usePoll(resource, POLL_SECONDS);
  return (
    <>
      <h3>Last orders</h3>
      <Loaded resource={resource}>
        {({ orders }) =>
          orders.length === 0 ? (
            <p class="muted">None yet.</p>
          ) : (
            <ul class="plain last-orders">
              {orders.map((order) => (
                <li key={order.id}>
                  <a href={`#/orders/${order.id}`}>{moment(order.placed_at)}</a>
                  <span class="number">{money(order.total, order.currency)}</span>
                  <span>
                    <Badge status={order.status} />
                  </span>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </>
  );
}
