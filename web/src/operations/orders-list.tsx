import { useEffect, useMemo, useState } from "preact/hooks";
import { answer, api } from "../api/client";
import type { Operations, Order, OrderStatus } from "../api/types";
import { useAnswer } from "../api/use-answer";
import { usePages } from "../api/use-pages";
import { usePoll } from "../api/use-poll";
import { RefusalNote } from "../layout/refusal-note";
import { Scroll } from "../layout/scroll";
import { Badge } from "../words/badge";
import { moment } from "../words/moments";
import { money } from "../words/money";
import { POLICY } from "../words/policies";
import { words } from "../words/statuses";
import { Pager } from "./pager";
import { StatusFilter } from "./status-filter";

const SIZES = [50, 100, 200];

/** What ids are made of; the API refuses anything else. */
const SEARCHABLE = /^[a-z0-9][a-z0-9_-]{0,63}$/;

/** Orders, the newest first: filtered, searched, a page at a time. */
export function OrdersList({ counts }: { counts: Operations["orders"] | undefined }) {
  const [status, setStatus] = useState<OrderStatus | undefined>();
  const [typed, setTyped] = useState("");
  const wanted = typed.trim().toLowerCase();
  const refused = wanted !== "" && !SEARCHABLE.test(wanted);
  const search = refused ? "" : wanted;
  const [limit, setLimit] = useState(50);
  const pages = usePages();
  const { cursor } = pages;
  const asked = useAnswer(() => {
    const query = {
      limit,
      ...(status && { status }),
      ...(search && { search }),
      ...(cursor && { cursor }),
    };
    return answer(api.GET("/orders", { params: { query } }));
  }, [status, search, limit, cursor]);
  usePoll(asked, 5);
  // Another list begins at its beginning.
  useEffect(pages.first, [status, search, limit]);

  const page = asked.data;
  // Hundreds of rows are not looked through each time a figure changes.
  const table = useMemo(() => page && <Table orders={page.orders} />, [page]);
  return (
    <section class="card stack" aria-labelledby="orders">
      <h2 id="orders">Orders</h2>
      <StatusFilter counts={counts} chosen={status} choose={setStatus} />
      <search>
        <form class="row filters" onSubmit={(event) => event.preventDefault()}>
          <label>
            Order id or customer
            <input
              type="search"
              value={typed}
              aria-invalid={refused}
              aria-describedby="not-searched"
              autocomplete="off"
              spellcheck={false}
              onInput={(event) => setTyped(event.currentTarget.value)}
            />
          </label>
          <label>
            Per page
            <select value={limit} onChange={(event) => setLimit(Number(event.currentTarget.value))}>
              {SIZES.map((size) => (
                <option key={size}>{size}</option>
              ))}
            </select>
          </label>
        </form>
        <p id="not-searched" class="small" role="status">
          {refused &&
            "Nothing is searched for: ids have letters, digits, - and _ only, and 64 at the most."}
        </p>
      </search>
      {asked.refusal && <RefusalNote refusal={asked.refusal} again={asked.again} />}
      {table}
      <Pager of="orders" pages={pages} next={page?.next_cursor} />
    </section>
  );
}

function Table({ orders }: { orders: Order[] }) {
  if (orders.length === 0) {
    return <p class="muted">There is no such order.</p>;
  }
  return (
    <Scroll label="Table of orders">
      <table class="list">
        <thead>
          <tr>
            <th scope="col">Order</th>
            <th scope="col">Status</th>
            <th scope="col">Customer</th>
            <th scope="col">Payment</th>
            <th scope="col">Policy</th>
            <th scope="col" class="number">
              Total
            </th>
            <th scope="col">Placed</th>
          </tr>
        </thead>
        <tbody>
          {orders.map((order) => (
            <Row key={order.id} order={order} />
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function Row({ order }: { order: Order }) {
  return (
    <tr>
      <td>
        <a href={`#/orders/${order.id}`}>
          <code>{order.id.slice(0, 8)}</code>
        </a>
      </td>
      <td>
        <Badge status={order.status} />
      </td>
      <td>{order.customer_id}</td>
      <td>{order.payment ? words(order.payment.status) : "–"}</td>
      <td>{POLICY[order.policy].name}</td>
      <td class="number">{money(order.total, order.currency)}</td>
      <td class="when">{moment(order.placed_at)}</td>
    </tr>
  );
}
