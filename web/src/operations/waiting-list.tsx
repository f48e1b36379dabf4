import { answer, api } from "../api/client";
import type { Payment } from "../api/types";
import { usePagination } from "../api/use-pagination";
import { usePoll } from "../api/use-poll";
import { useResource } from "../api/use-resource";
import { RefusalNote } from "../layout/refusal-note";
import { Scroll } from "../layout/scroll";
import { failure } from "../words/failure";
import { duration, moment } from "../words/moments";
import { money } from "../words/money";
import { until } from "../words/until";
import { Pager } from "./pager";
import { Query } from "./query";
import { RemindButton } from "./remind-button";

/** Payments that wait for a card, those with the nearest deadline first. */
export function WaitingList() {
  const pagination = usePagination();
  const { cursor } = pagination;
  const resource = useResource(
    () =>
      answer(
        api.GET("/operations/waiting", {
          params: { query: { limit: 20, ...(cursor && { cursor }) } },
        }),
      ),
    [cursor],
  );
  const { data, refusal, reload } = resource;
  usePoll(resource, 5);
  return (
    <section class="card stack" aria-labelledby="waiting">
      <h2 id="waiting">Waiting for a card, by deadline</h2>
      {refusal && <RefusalNote refusal={refusal} reload={reload} />}
      {data && <Query of="this list" text={data.query} />}
      {data && data.payments.length === 0 && <p class="muted">No payment waits for a card.</p>}
      {data && data.payments.length > 0 && <Table payments={data.payments} reload={reload} />}
      <Pager of="waiting payments" pagination={pagination} next={data?.next_cursor} />
    </section>
  );
}

function Table({ payments, reload }: { payments: Payment[]; reload: () => void }) {
  return (
    <Scroll label="Table of waiting payments">
      <table class="list">
        <thead>
          <tr>
            <th scope="col">Payment</th>
            <th scope="col">Deadline</th>
            <th scope="col">Time left</th>
            <th scope="col">Customer</th>
            <th scope="col" class="number">
              Amount due
            </th>
            <th scope="col">Reminders</th>
            <th scope="col">Reason</th>
            <th scope="col">Action</th>
          </tr>
        </thead>
        <tbody>
          {payments.map((payment) => (
            <Row key={payment.id} payment={payment} reload={reload} />
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function Row({ payment, reload }: { payment: Payment; reload: () => void }) {
  const { id, deadline, amount, withdrawn, charged, currency } = payment;
  const short = <code>{id.slice(0, 8)}</code>;
  return (
    <tr>
      <td>{payment.reference === id ? <a href={`#/orders/${id}`}>{short}</a> : short}</td>
      <td class="when">{deadline && moment(deadline)}</td>
      <td class="when">{deadline && duration(until(deadline, payment.now))}</td>
      <td>{payment.customer_id}</td>
      <td class="number">{money(amount - withdrawn - charged, currency)}</td>
      <td>{payment.reminders_sent}</td>
      <td>
        {payment.failure && failure(payment.failure)}{" "}
        <code class="block">{payment.failure?.decline_code ?? payment.failure?.code}</code>
      </td>
      <td>
        <RemindButton payment={payment} reload={reload} />
      </td>
    </tr>
  );
}
