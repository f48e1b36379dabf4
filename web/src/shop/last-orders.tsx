import { answer, api } from "../api/client";
import { useAnswer } from "../api/use-answer";
import { usePoll } from "../api/use-poll";
import { Answered } from "../layout/answered";
import { Badge } from "../words/badge";
import { moment } from "../words/moments";
import { money } from "../words/money";

const LOOK_SECONDS = 3;

/** A customer's newest orders, to look at. */
export function LastOrders({ customer }: { customer: string }) {
  const query = { customer_id: customer, limit: 8 };
  const asked = useAnswer(() => answer(api.GET("/orders", { params: { query } })), [customer]);
  usePoll(asked, LOOK_SECONDS);
  return (
    <>
      <h3>Last orders</h3>
      <Answered asked={asked}>
        {({ orders }) =>
          orders.length === 0 ? (
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
          )
        }
      </Answered>
    </>
  );
}
