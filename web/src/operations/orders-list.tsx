import { Fragment } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import { answer, api } from "../api/client";
import type { Operations, Order, OrderStatus } from "../api/types";
import { usePagination } from "../api/use-pagination";
import { usePoll } from "../api/use-poll";
import { useResource } from "../api/use-resource";
import { RefusalNote } from "../layout/refusal-note";
import { Scroll } from "../layout/scroll";
import { useQuery } from "../router";
import { Badge } from "../words/badge";
import { moment } from "../words/moments";
import { money } from "../words/money";
import { POLICY } from "../words/policies";
import { words } from "../words/statuses";
import { ExportButton } from "./export-button";
import { OrderActions } from "./order-actions";
import { Pager } from "./pager";
import { StatusFilter } from "./status-filter";

const SIZES = [50, 100, 200];

/** The characters of ids; the API refuses any others. */
const SEARCHABLE = /^[a-z0-9][a-z0-9_-]{0,63}$/;

/** Orders, newest first, with filter, search and pagination. */
export function OrdersList({ counts }: { counts: Operations["orders"] | undefined }) {
  const [address, change] = useQuery();
  const status = (address.get("status") ?? undefined) as OrderStatus | undefined;
  const typed = address.get("search") ?? "";
  const wanted = typed.trim().toLowerCase();
  const isInvalid = wanted !== "" && !SEARCHABLE.test(wanted);
  const search = isInvalid ? "" : wanted;
  const limit = SIZES.find((size) => String(size) === address.get("limit")) ?? SIZES[0] ?? 50;
  const filters = { ...(status && { status }), ...(search && { search }) };
  const [open, setOpen] = useState<string | null>(null);
  const pagination = usePagination();
  const { cursor } = pagination;
  const resource = useResource(() => {
    const query = { limit, ...filters, ...(cursor && { cursor }) };
    return answer(api.GET("/orders", { params: { query } }));
  }, [status, search, limit, cursor]);
  usePoll(resource, 5);
  // Another list starts at its beginning.
  useEffect(pagination.first, [status, search, limit]);

  const list = resource.data;
  // Hundreds of rows are not rendered again each time a metric changes.
  const { reload } = resource;
  const table = useMemo(
    () => list && <Table orders={list.orders} open={open} setOpen={setOpen} reload={reload} />,
    [list, open, reload],
  );
  return (
    <section class="card stack" aria-labelledby="orders">
      <h2 id="orders">Orders</h2>
      <StatusFilter
        counts={counts}
        chosen={status}
        choose={(chosen) => change({ status: chosen ?? "" })}
      />
      <search>
        <form class="row filters" onSubmit={(event) => event.preventDefault()}>
          <label>
            Order id or customer
            <input
              type="search"
              value={typed}
              aria-invalid={isInvalid}
              aria-describedby="search-error"
              autocomplete="off"
              spellcheck={false}
              onInput={(event) => change({ search: event.currentTarget.value })}
            />
          </label>
          <label>
            Per page
            <select
              value={limit}
              onChange={(event) => change({ limit: event.currentTarget.value })}
            >
              {SIZES.map((size) => (
                <option key={size}>{size}</option>
              ))}
            </select>
          </label>
          <ExportButton filters={filters} />
        </form>
        <p id="search-error" class="small" role="status">
          {isInvalid &&
            "Invalid search: ids contain only letters, digits, - and _, and at most 64 of them."}
        </p>
      </search>
      {resource.refusal && <RefusalNote refusal={resource.refusal} reload={resource.reload} />}
      {table}
      <Pager of="orders" pagination={pagination} next={list?.next_cursor} />
    </section>
  );
}

interface TableProps {
  orders: Order[];
  /** The id of the order whose actions are shown. */
  open: string | null;
  setOpen: (id: string | null) => void;
  reload: () => void;
}

const COLUMNS = 8;

function Table({ orders, open, setOpen, reload }: TableProps) {
  if (orders.length === 0) {
    return <p class="muted">No orders found.</p>;
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
            <th scope="col">Actions</th>
          </tr>
        </thead>
        <tbody>
          {orders.map((order) => (
            <Fragment key={order.id}>
              <Row
                order={order}
                isOpen={order.id === open}
                toggle={() => setOpen(order.id === open ? null : order.id)}
              />
              {order.id === open && (
                <tr>
                  <td colSpan={COLUMNS}>
                    <OrderActions order={order} reload={reload} />
                  </td>
                </tr>
              )}
            </Fragment>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

interface RowProps {
  order: Order;
  isOpen: boolean;
  toggle: () => void;
}

function Row({ order, isOpen, toggle }: RowProps) {
  const short = order.id.slice(0, 8);
  return (
    <tr>
      <td>
        <a href={`#/orders/${order.id}`}>
          <code>{short}</code>
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
      <td>
        <button
          type="button"
          class="quiet small"
          aria-expanded={isOpen}
          aria-label={`Actions of order ${short}`}
          onClick={toggle}
        >
          {isOpen ? "Close" : "Act …"}
        </button>
      </td>
    </tr>
  );
}
